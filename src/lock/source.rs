//! Where an input comes from: the attribute sets `locked` and `original`.
//!
//! The attributes are kept as the file has them, whatever they are; the methods know what they mean. What each type
//! carries is in Nix's manual ("Flake references") and in its fetchers (`src/libfetchers/`).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// The value of an attribute: the three kinds Nix allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attribute {
    /// Text.
    Text(String),
    /// A number, such as `lastModified` in seconds since 1970 UTC.
    Number(u64),
    /// A switch, such as `submodules`.
    Flag(bool),
}

/// Where an input comes from, by attributes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source {
    attributes: BTreeMap<String, Attribute>,
}

/// A query of a URL: sorted by key, as Nix keeps it.
type Query = BTreeMap<String, String>;

impl Source {
    /// The source with these attributes.
    #[must_use]
    pub fn new(attributes: BTreeMap<String, Attribute>) -> Self {
        Self { attributes }
    }

    /// All attributes as in the file, sorted by name.
    pub fn attributes(&self) -> impl Iterator<Item = (&str, &Attribute)> {
        self.attributes.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// An attribute that is text and not empty.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.attributes.get(name) {
            Some(Attribute::Text(text)) if !text.is_empty() => Some(text),
            _ => None,
        }
    }

    /// Whether a switch is on; one that is not there is off.
    pub(super) fn flag(&self, name: &str) -> bool {
        self.attributes.get(name) == Some(&Attribute::Flag(true))
    }

    fn number(&self, name: &str) -> Option<u64> {
        match self.attributes.get(name) {
            Some(Attribute::Number(number)) => Some(*number),
            _ => None,
        }
    }

    /// `github`, `git`, `path` …, or whatever the file says; empty when it says nothing.
    #[must_use]
    pub fn kind(&self) -> &str {
        self.text("type").unwrap_or_default()
    }

    /// The revision in the source's own version control.
    #[must_use]
    pub fn rev(&self) -> Option<&str> {
        self.text("rev")
    }

    /// The hash of the contents, as written (`sha256-…`).
    #[must_use]
    pub fn nar_hash(&self) -> Option<&str> {
        self.text("narHash")
    }

    /// `lastModified` in seconds since 1970 UTC: when the revision was committed, where that is known. The numbers
    /// that stand for "unknown" in real locks (0, 1 and 1980-01-01) count as unknown.
    #[must_use]
    pub fn date(&self) -> Option<u64> {
        self.number("lastModified").filter(|seconds| !matches!(seconds, 0 | 1 | 315_532_800))
    }

    /// The number of commits up to the revision.
    #[must_use]
    pub fn rev_count(&self) -> Option<u64> {
        self.number("revCount")
    }

    /// The branch or tag that was asked for, without `refs/heads/`.
    #[must_use]
    pub fn branch(&self) -> Option<&str> {
        self.text("ref").map(|name| name.strip_prefix("refs/heads/").unwrap_or(name))
    }

    /// What tells two states of the same source apart: the revision, else the contents' hash, else the URL.
    #[must_use]
    pub fn version(&self) -> Option<&str> {
        self.rev().or_else(|| self.nar_hash()).or_else(|| self.text("url"))
    }

    /// Whether Nix takes the two for the same reference: spellings that its versions have used for one thing count as
    /// one. Upper and lower case are told apart, and so is everything else.
    #[must_use]
    pub fn means(&self, other: &Self) -> bool {
        self == other || self.in_one_spelling() == other.in_one_spelling()
    }

    /// Nix before 2.26 escaped the slash of a GitLab group, and before 2.29 left `dir` in the URL too.
    fn in_one_spelling(&self) -> Self {
        let mut attributes = self.attributes.clone();
        if self.kind() == "gitlab"
            && let Some(Attribute::Text(owner)) = attributes.get_mut("owner")
        {
            *owner = owner.replace("%2F", "/").replace("%2f", "/");
        }
        if let (Some(dir), Some(url)) = (self.text("dir"), self.text("url")) {
            let (base, mut query) = split_query(url);
            if query.get("dir").is_some_and(|own| own == dir) {
                query.remove("dir");
                let url = format!("{base}{}", encode_query(&query));
                attributes.insert("url".to_owned(), Attribute::Text(url));
            }
        }
        Self { attributes }
    }

    /// The names of the attributes that are not the same in both, sorted.
    pub(super) fn differing<'s>(&'s self, other: &'s Self) -> Vec<&'s str> {
        let names: BTreeSet<&str> =
            self.attributes.keys().chain(other.attributes.keys()).map(String::as_str).collect();
        names.into_iter().filter(|name| self.attributes.get(*name) != other.attributes.get(*name)).collect()
    }

    /// The flake URL as a person writes it: without hashes and dates, but with the revision.
    #[must_use]
    pub fn url(&self) -> String {
        self.render(false)
    }

    /// The flake URL as Nix 2.34 prints it, with everything it takes to fetch exactly this.
    #[must_use]
    pub fn full_url(&self) -> String {
        self.render(true)
    }

    fn render(&self, full: bool) -> String {
        let mut query = Query::new();
        let mut put = |key: &str, value: Option<&str>| {
            if let Some(value) = value {
                query.insert(key.to_owned(), value.to_owned());
            }
        };
        put("dir", self.text("dir"));
        match self.kind() {
            kind @ ("github" | "gitlab" | "sourcehut") => {
                put("host", self.text("host"));
                put("narHash", self.nar_hash().filter(|_| full));
                self.with_parts(kind, &["owner", "repo", "ref", "rev"], &query)
            }
            "indirect" => self.with_parts("flake", &["id", "ref", "rev"], &query),
            "path" => {
                if full {
                    self.put_numbers(&mut query);
                    query.extend(self.nar_hash().map(|hash| ("narHash".to_owned(), hash.to_owned())));
                    query.extend(self.rev().map(|rev| ("rev".to_owned(), rev.to_owned())));
                }
                let parts: Vec<String> =
                    self.text("path").unwrap_or_default().split('/').map(encode_part).collect();
                format!("path:{}{}", parts.join("/"), encode_query(&query))
            }
            kind @ ("git" | "hg") => self.with_url(kind, query, full),
            "tarball" | "file" => {
                query.extend(self.nar_hash().filter(|_| full).map(|h| ("narHash".to_owned(), h.to_owned())));
                self.with_url("", query, full)
            }
            other => self.unknown_type(other),
        }
    }

    /// `scheme:part/part/…`, leaving out the parts that are not there.
    fn with_parts(&self, scheme: &str, names: &[&str], query: &Query) -> String {
        let parts: Vec<String> = names.iter().filter_map(|name| self.text(name)).map(encode_part).collect();
        format!("{scheme}:{}{}", parts.join("/"), encode_query(query))
    }

    /// `kind+URL?query`, where the URL may have brought a query of its own.
    fn with_url(&self, kind: &str, mut query: Query, full: bool) -> String {
        let (base, own) = split_query(self.text("url").unwrap_or_default());
        let dir = self.text("dir");
        query.extend(
            own.into_iter().filter(|(key, value)| full || key != "dir" || Some(value.as_str()) != dir),
        );
        if !kind.is_empty() {
            for name in ["ref", "rev"] {
                query.extend(self.text(name).map(|value| (name.to_owned(), value.to_owned())));
            }
            for name in ["shallow", "submodules", "lfs", "exportIgnore", "verifyCommit"] {
                if self.flag(name) {
                    query.insert(name.to_owned(), "1".to_owned());
                }
            }
        }
        let prefix =
            if kind.is_empty() || base.starts_with("git:") { String::new() } else { format!("{kind}+") };
        format!("{prefix}{base}{}", encode_query(&query))
    }

    fn put_numbers(&self, query: &mut Query) {
        for name in ["lastModified", "revCount"] {
            query.extend(self.number(name).map(|number| (name.to_owned(), number.to_string())));
        }
    }

    /// A type no Nix of today knows: its text attributes, so that nothing is hidden.
    fn unknown_type(&self, kind: &str) -> String {
        let query: Query = self
            .attributes()
            .filter(|(name, _)| !matches!(*name, "type" | "narHash" | "lastModified" | "revCount"))
            .filter_map(|(name, value)| match value {
                Attribute::Text(text) => Some((name.to_owned(), text.clone())),
                Attribute::Number(_) | Attribute::Flag(_) => None,
            })
            .collect();
        format!("{}:{}", if kind.is_empty() { "unknown" } else { kind }, encode_query(&query))
    }
}

/// Splits `base?key=value&…`, decoding keys and values.
pub(super) fn split_query(url: &str) -> (&str, Query) {
    let Some((base, query)) = url.split_once('?') else { return (url, Query::new()) };
    let pairs = query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decode(key), decode(value))
    });
    (base, pairs.collect())
}

fn encode_query(query: &Query) -> String {
    let pairs: Vec<String> = query
        .iter()
        .map(|(key, value)| format!("{}={}", encode(key, "!$'()*,;:@/?"), encode(value, "!$'()*,;:@/?")))
        .collect();
    if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) }
}

fn encode_part(part: &str) -> String {
    encode(part, "!$&'()*+,;=:@")
}

/// Percent-encodes all but RFC 3986's unreserved characters and `kept`.
fn encode(text: &str, kept: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii_alphanumeric() || "-._~".contains(c) || kept.contains(c) {
            encoded.push(c);
        } else {
            for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                // Writing to a String cannot fail.
                let _ = write!(encoded, "%{byte:02X}");
            }
        }
    }
    encoded
}

/// Undoes percent-encoding; what is no valid escape stays as it is.
pub(super) fn decode(text: &str) -> String {
    if !text.contains('%') {
        return text.to_owned();
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let escaped = after.get(..2).filter(|_| first == b'%').and_then(|hex| {
            let hex = std::str::from_utf8(hex).ok().filter(|hex| !hex.starts_with('+'))?;
            u8::from_str_radix(hex, 16).ok()
        });
        bytes.push(escaped.unwrap_or(first));
        rest = if escaped.is_some() { after.get(2..).unwrap_or_default() } else { after };
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A source from `name=value` words; digits become numbers, `true` and `false` flags.
    pub(in crate::lock) fn source(words: &[&str]) -> Source {
        let attribute = |word: &&str| {
            let (name, value) = word.split_once('=').unwrap();
            let value = match value {
                "true" => Attribute::Flag(true),
                "false" => Attribute::Flag(false),
                digits if matches!(name, "lastModified" | "revCount") => {
                    Attribute::Number(digits.parse().unwrap())
                }
                text => Attribute::Text(text.to_owned()),
            };
            (name.to_owned(), value)
        };
        Source::new(words.iter().map(attribute).collect())
    }

    #[test]
    fn every_type_is_written_as_the_user_knows_it() {
        let cases: &[(&[&str], &str)] = &[
            (
                &["type=github", "owner=NixOS", "repo=nixpkgs", "ref=nixos-23.11"],
                "github:NixOS/nixpkgs/nixos-23.11",
            ),
            (&["type=github", "owner=a", "repo=b", "rev=12", "narHash=sha256-x="], "github:a/b/12"),
            (
                &["type=gitlab", "owner=rycee", "repo=nmd", "host=h.org", "dir=x"],
                "gitlab:rycee/nmd?dir=x&host=h.org",
            ),
            (&["type=gitlab", "owner=g/sub", "repo=r"], "gitlab:g%2Fsub/r"),
            (&["type=sourcehut", "owner=~misterio", "repo=nix-colors"], "sourcehut:~misterio/nix-colors"),
            (&["type=indirect", "id=nixpkgs", "ref=nixos-23.11"], "flake:nixpkgs/nixos-23.11"),
            (&["type=path", "path=./sub dir"], "path:./sub%20dir"),
            (
                &["type=git", "url=https://h/r", "ref=refs/heads/main", "rev=6e", "shallow=true"],
                "git+https://h/r?ref=refs/heads/main&rev=6e&shallow=1",
            ),
            (&["type=git", "url=git://h/r", "rev=6e"], "git://h/r?rev=6e"),
            (&["type=git", "url=https://h/r?dir=s", "dir=s"], "git+https://h/r?dir=s"),
            (&["type=hg", "url=https://h/r", "rev=6e"], "hg+https://h/r?rev=6e"),
            (&["type=tarball", "url=https://h/x%2By.tar.gz"], "https://h/x%2By.tar.gz"),
            (&["type=file", "url=https://h/x?a=b=c"], "https://h/x?a=b%3Dc"),
            (&["type=warp", "url=https://h"], "warp:?url=https://h"),
        ];
        for (words, url) in cases {
            assert_eq!(source(words).url(), *url, "{words:?}");
        }
    }

    #[test]
    fn the_full_url_has_what_it_takes_to_fetch() {
        let github = source(&["type=github", "owner=a", "repo=b", "rev=12", "narHash=sha256-x+="]);
        assert_eq!(github.full_url(), "github:a/b/12?narHash=sha256-x%2B%3D");
        let path = source(&["type=path", "path=/p", "lastModified=5", "narHash=sha256-x", "revCount=2"]);
        assert_eq!(path.full_url(), "path:/p?lastModified=5&narHash=sha256-x&revCount=2");
    }

    #[test]
    fn dates_that_mean_nothing_are_unknown() {
        for (written, date) in
            [("0", None), ("1", None), ("315532800", None), ("1700000000", Some(1_700_000_000))]
        {
            assert_eq!(source(&[&format!("lastModified={written}")]).date(), date);
        }
    }

    #[test]
    fn percent_signs_that_escape_nothing_stay() {
        for (text, decoded) in
            [("a%2Fb", "a/b"), ("100%", "100%"), ("%zz", "%zz"), ("%+1", "%+1"), ("%ff", "%ff")]
        {
            assert_eq!(decode(text), decoded);
        }
    }
}
