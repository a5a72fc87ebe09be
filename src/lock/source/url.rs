//! A source as a flake URL, and what it takes to read one.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{Attribute, Source};

/// A query of a URL: sorted by key, as Nix keeps it.
pub(in crate::lock) type Query = BTreeMap<String, String>;

impl Source {
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
                Attribute::Text(text) => Some((name.to_owned(), text.to_owned())),
                Attribute::Number(_) | Attribute::Flag(_) => None,
            })
            .collect();
        format!("{}:{}", if kind.is_empty() { "unknown" } else { kind }, encode_query(&query))
    }
}

/// Splits `base?key=value&…`, decoding keys and values.
pub(in crate::lock) fn split_query(url: &str) -> (&str, Query) {
    let Some((base, query)) = url.split_once('?') else { return (url, Query::new()) };
    let pairs = query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decode(key), decode(value))
    });
    (base, pairs.collect())
}

pub(super) fn encode_query(query: &Query) -> String {
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
pub(in crate::lock) fn decode(text: &str) -> String {
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
