//! Where an input comes from: the attribute sets `locked` and `original`.
//!
//! The attributes are kept as the file has them, whatever they are; the methods know what they mean. What each type
//! carries is in Nix's manual ("Flake references") and in its fetchers (`src/libfetchers/`).

use std::collections::{BTreeMap, BTreeSet};

mod url;

use url::encode_query;
pub(super) use url::{decode, split_query};

/// The value of an attribute: the three kinds Nix allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attribute<'s> {
    /// Text.
    Text(&'s str),
    /// A number, such as `lastModified` in seconds since 1970 UTC.
    Number(u64),
    /// A switch, such as `submodules`.
    Flag(bool),
}

/// Where an input comes from, by attributes.
///
/// A history has tens of thousands of them, so one is two pieces of memory, however many attributes it has.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Source {
    /// Names and texts one after the other, sorted by name.
    text: String,
    attributes: Vec<Placed>,
    /// Whether it says of which type it is: asked of every source of every lock, most of which nobody else looks at.
    has_kind: bool,
}

/// An attribute within the text.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Placed {
    /// Where its name begins and ends.
    name: (u32, u32),
    value: Value,
}

/// The value of an attribute within the text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Value {
    /// From the end of the name to here.
    Text(u32),
    Number(u64),
    Flag(bool),
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_map().entries(self.attributes()).finish()
    }
}

/// The attributes that change when a source moves on.
pub(super) const OF_A_STATE: [&str; 5] = ["lastModified", "narHash", "rev", "revCount", "treeHash"];

impl Source {
    /// The source with these attributes, of which the last counts where a name stands twice.
    #[must_use]
    pub fn new<'s>(attributes: impl IntoIterator<Item = (&'s str, Attribute<'s>)>) -> Self {
        let sorted: BTreeMap<&str, Attribute<'_>> = attributes.into_iter().collect();
        let mut source = Self::default();
        for (name, value) in sorted {
            // No lock has texts of 4 GiB.
            let _ = source.push(name, value);
        }
        source
    }

    /// Adds an attribute behind all others; says whether its name belongs there, and does nothing when it does not.
    pub(super) fn push(&mut self, name: &str, value: Attribute<'_>) -> bool {
        let is_next = self.attributes.last().is_none_or(|last| self.name(last) < name);
        let text = if let Attribute::Text(text) = value { text } else { "" };
        let place = |length: usize| u32::try_from(self.text.len() + length).ok();
        let places = place(0).zip(place(name.len())).zip(place(name.len() + text.len()));
        let Some(((begin, end), end_of_text)) = places.filter(|_| is_next) else { return false };
        let value = match value {
            Attribute::Text(_) => Value::Text(end_of_text),
            Attribute::Number(number) => Value::Number(number),
            Attribute::Flag(flag) => Value::Flag(flag),
        };
        self.has_kind |= name == "type" && !text.is_empty();
        self.text.push_str(name);
        self.text.push_str(text);
        self.attributes.push(Placed { name: (begin, end), value });
        true
    }

    /// Gives back room that was taken for attributes that did not come, where that is worth the copy.
    pub(super) fn shrink(&mut self) {
        if self.attributes.capacity() >= 2 * self.attributes.len() {
            self.attributes.shrink_to_fit();
        }
        if self.text.capacity() >= 2 * self.text.len() {
            self.text.shrink_to_fit();
        }
    }

    /// A source that is to get so many attributes, whose names and texts have so many bytes together, if it is like most.
    pub(super) fn with_room(attributes: usize, bytes: usize) -> Self {
        Self {
            text: String::with_capacity(bytes),
            attributes: Vec::with_capacity(attributes),
            ..Self::default()
        }
    }

    /// The source with these attributes besides its own, or instead of them.
    #[must_use]
    pub fn with<'s>(&'s self, more: impl IntoIterator<Item = (&'s str, Attribute<'s>)>) -> Self {
        Self::new(self.attributes().chain(more))
    }

    /// All attributes as in the file, sorted by name.
    pub fn attributes(&self) -> impl Iterator<Item = (&str, Attribute<'_>)> {
        self.attributes.iter().map(|placed| (self.name(placed), self.value(placed)))
    }

    fn name(&self, placed: &Placed) -> &str {
        self.between(placed.name.0, placed.name.1)
    }

    fn value(&self, placed: &Placed) -> Attribute<'_> {
        match placed.value {
            Value::Text(end) => Attribute::Text(self.between(placed.name.1, end)),
            Value::Number(number) => Attribute::Number(number),
            Value::Flag(flag) => Attribute::Flag(flag),
        }
    }

    fn between(&self, begin: u32, end: u32) -> &str {
        self.text.get(begin as usize..end as usize).unwrap_or_default()
    }

    fn get(&self, name: &str) -> Option<Attribute<'_>> {
        // Asked hundreds of thousands of times in a history: as bytes, whose places need not be those of characters.
        let is_wanted = |placed: &&Placed| {
            let (begin, end) = (placed.name.0 as usize, placed.name.1 as usize);
            end - begin == name.len() && self.text.as_bytes().get(begin..end) == Some(name.as_bytes())
        };
        self.attributes.iter().find(is_wanted).map(|placed| self.value(placed))
    }

    /// An attribute that is text and not empty.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.get(name) {
            Some(Attribute::Text(text)) if !text.is_empty() => Some(text),
            _ => None,
        }
    }

    /// Whether a switch is on; one that is not there is off.
    pub(super) fn flag(&self, name: &str) -> bool {
        self.get(name) == Some(Attribute::Flag(true))
    }

    fn number(&self, name: &str) -> Option<u64> {
        match self.get(name) {
            Some(Attribute::Number(number)) => Some(number),
            _ => None,
        }
    }

    /// Whether it has a [`kind`](Self::kind).
    pub(super) fn has_kind(&self) -> bool {
        self.has_kind
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
        self.last_modified().filter(|seconds| !matches!(seconds, 0 | 1 | 315_532_800))
    }

    /// `lastModified` as it stands there, in seconds since 1970 UTC, also where it means nothing.
    #[must_use]
    pub fn last_modified(&self) -> Option<u64> {
        self.number("lastModified")
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
        let (mut own_owner, mut own_url) = (None, None);
        if self.kind() == "gitlab"
            && let Some(owner) = self.text("owner")
        {
            own_owner = Some(owner.replace("%2F", "/").replace("%2f", "/"));
        }
        if let (Some(dir), Some(url)) = (self.text("dir"), self.text("url")) {
            let (base, mut query) = split_query(url);
            if query.get("dir").is_some_and(|own| own == dir) {
                query.remove("dir");
                own_url = Some(format!("{base}{}", encode_query(&query)));
            }
        }
        let own = [("owner", &own_owner), ("url", &own_url)];
        self.with(own.into_iter().filter_map(|(name, text)| Some((name, Attribute::Text(text.as_ref()?)))))
    }

    /// Whether both are the same but for what tells the states of one source apart.
    pub(super) fn is_another_state_of(&self, other: &Self) -> bool {
        let mut pairs = self.attributes().zip(other.attributes());
        self.attributes.len() == other.attributes.len()
            && pairs.all(|((name, own), (others_name, others))| {
                name == others_name && (own == others || OF_A_STATE.contains(&name))
            })
    }

    /// The names of the attributes that are not the same in both, sorted.
    pub(super) fn differing<'s>(&'s self, other: &'s Self) -> Vec<&'s str> {
        let names: BTreeSet<&str> =
            self.attributes().chain(other.attributes()).map(|(name, _)| name).collect();
        names.into_iter().filter(|name| self.get(name) != other.get(name)).collect()
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A source from `name=value` words; digits become numbers, `true` and `false` flags.
    pub(in crate::lock) fn source(words: &[&str]) -> Source {
        fn attribute(word: &str) -> (&str, Attribute<'_>) {
            let (name, value) = word.split_once('=').unwrap();
            let value = match value {
                "true" => Attribute::Flag(true),
                "false" => Attribute::Flag(false),
                digits if matches!(name, "lastModified" | "revCount") => {
                    Attribute::Number(digits.parse().unwrap())
                }
                text => Attribute::Text(text),
            };
            (name, value)
        }
        Source::new(words.iter().map(|word| attribute(word)))
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
    fn what_has_a_kind_is_known_without_a_search() {
        for words in [&["type=git"][..], &["type="], &["rev=a", "type=x", "url=b"], &["rev=a"], &[]] {
            let source = source(words);
            assert_eq!(source.has_kind(), !source.kind().is_empty(), "{words:?}");
        }
        assert!(!Source::new([("type", Attribute::Number(5))]).has_kind());
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
