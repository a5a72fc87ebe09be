//! Whether a lock fits what flake.nix asks for today: which inputs it names, what they follow, where they come from.
//!
//! Nix decides by the same comparison (`computeLocks` in `flake.cc`): an input whose reference is not the one the
//! lock was made for is fetched anew. Only what can be said for certain is called a misfit here; the rest is Nix's to
//! judge.

use serde_json::Value;

use crate::lock::{Edge, InputPath, Lock, Source};

/// An input that Nix would not take from the lock as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misfit {
    /// The input of the flake.
    pub input: String,
    /// What is different.
    pub why: Why,
}

/// What is different.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// flake.nix has it, the lock does not: Nix would fetch it.
    NotLocked,
    /// The lock has it, flake.nix does not: Nix would drop it.
    NotAsked,
    /// flake.nix asks for another source than the lock was made for.
    OtherSource {
        /// What flake.nix asks for.
        asked: String,
        /// What the lock was made for.
        locked: String,
    },
    /// flake.nix makes it follow what it does not follow in the lock, or no longer.
    OtherFollows {
        /// What it follows in flake.nix, if anything.
        asked: Option<String>,
        /// What it follows in the lock, if anything.
        locked: Option<String>,
    },
}

/// What flake.nix asks for: its `inputs` evaluated, and the names of its outputs' arguments.
///
/// The value is `{"inputs": {…}, "formals": […]}`.
#[derive(Clone, Debug)]
pub(super) struct Asked(Value);

impl Asked {
    /// Reads the value.
    #[must_use]
    pub(super) fn read(json: &[u8]) -> Option<Self> {
        serde_json::from_slice(json).ok().filter(|value: &Value| value.get("inputs").is_some()).map(Self)
    }

    /// The inputs by name, sorted, with what is said of each; of one that only the outputs name nothing is.
    fn inputs(&self) -> std::collections::BTreeMap<&str, Option<&Value>> {
        let formals = self.0.get("formals").and_then(Value::as_array);
        let formals = formals.into_iter().flatten().filter_map(Value::as_str);
        let mut inputs: std::collections::BTreeMap<&str, Option<&Value>> =
            formals.filter(|name| *name != "self").map(|name| (name, None)).collect();
        let declared = self.0.get("inputs").and_then(Value::as_object);
        inputs.extend(declared.into_iter().flatten().map(|(name, value)| (name.as_str(), Some(value))));
        inputs
    }
}

/// The inputs that do not fit, sorted by name. Empty does not promise that Nix takes the lock.
#[must_use]
pub(super) fn misfits(asked: &Asked, lock: &Lock) -> Vec<Misfit> {
    let mut found = Vec::new();
    let inputs = asked.inputs();
    for (name, said) in &inputs {
        let misfit = |why| Misfit { input: (*name).to_owned(), why };
        match lock.root().input(name) {
            None => found.push(misfit(Why::NotLocked)),
            Some(edge) => found.extend(compare(name, *said, edge, lock).map(misfit)),
        }
    }
    for (name, _) in lock.root().inputs() {
        if !inputs.contains_key(name.as_ref()) {
            found.push(Misfit { input: name.to_string(), why: Why::NotAsked });
        }
    }
    found.sort_by(|a, b| a.input.cmp(&b.input));
    found
}

fn compare(name: &str, said: Option<&Value>, edge: &Edge, lock: &Lock) -> Option<Why> {
    let follows = said.and_then(|said| said.get("follows")).and_then(Value::as_str);
    let asked_path = follows.map(|path| InputPath::new(path.split('/').filter(|part| !part.is_empty())));
    let node = match (asked_path, edge) {
        (Some(asked), Edge::Follows(locked)) if asked == *locked => return None,
        (Some(asked), Edge::Follows(locked)) => {
            return Some(Why::OtherFollows {
                asked: Some(asked.to_string()),
                locked: Some(locked.to_string()),
            });
        }
        (Some(asked), Edge::Node(_)) => {
            return Some(Why::OtherFollows { asked: Some(asked.to_string()), locked: None });
        }
        (None, Edge::Follows(locked)) => {
            return Some(Why::OtherFollows { asked: None, locked: Some(locked.to_string()) });
        }
        (None, Edge::Node(key)) => lock.node(key)?,
    };
    let original = node.original()?;
    let asked = Reference::asked(name, said)?;
    let locked = Reference::of(original)?;
    (asked != locked).then(|| Why::OtherSource { asked: asked.in_words(), locked: locked.in_words() })
}

/// A reference to a repository on a forge or to an entry of the registry, taken apart as Nix does. Other kinds are
/// not compared here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Reference {
    kind: String,
    /// `owner/repo`, or the id in the registry.
    place: String,
    /// A branch, a tag or a revision: Nix tells them apart by their look, so the text says enough.
    version: Option<String>,
    host: Option<String>,
    dir: Option<String>,
}

const FORGES: [&str; 3] = ["github", "gitlab", "sourcehut"];

impl Reference {
    /// What flake.nix says of an input; without a word it is the registry's entry of the same name.
    fn asked(name: &str, said: Option<&Value>) -> Option<Self> {
        let Some(said) = said else { return Some(Self::indirect(name, None)) };
        let text = |key: &str| said.get(key).and_then(Value::as_str);
        match (text("url"), text("type")) {
            (Some(url), None) => Self::parse(url),
            (None, Some(kind)) => Self::from_attributes(kind, text),
            (None, None) => Some(Self::indirect(name, None)),
            (Some(_), Some(_)) => None,
        }
    }

    fn of(original: &Source) -> Option<Self> {
        Self::from_attributes(original.kind(), |key| original.text(key))
    }

    fn indirect(id: &str, version: Option<String>) -> Self {
        Self { kind: "indirect".to_owned(), place: id.to_owned(), version, ..Self::default() }
    }

    fn from_attributes<'v>(kind: &str, text: impl Fn(&str) -> Option<&'v str>) -> Option<Self> {
        let own = |key: &str| text(key).map(str::to_owned);
        let version = own("ref").or_else(|| own("rev"));
        let place = match kind {
            "indirect" => own("id")?,
            kind if FORGES.contains(&kind) => format!("{}/{}", text("owner")?, text("repo")?),
            _ => return None,
        };
        Some(Self { kind: kind.to_owned(), place, version, host: own("host"), dir: own("dir") })
    }

    /// `github:NixOS/nixpkgs/nixos-25.11?dir=x`, `flake:nixpkgs`, `nixpkgs/nixos-25.11`.
    fn parse(url: &str) -> Option<Self> {
        // An escape may stand for anything; Nix reads it.
        if url.contains(['%', '#']) {
            return None;
        }
        let (place, query) = url.split_once('?').unwrap_or((url, ""));
        let mut reference = Self::default();
        let mut from_query = None;
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (key, value) = pair.split_once('=')?;
            match key {
                "ref" | "rev" => from_query = Some(value.to_owned()),
                "host" => reference.host = Some(value.to_owned()),
                "dir" => reference.dir = Some(value.to_owned()),
                _ => return None,
            }
        }
        let (kind, rest) = match place.split_once(':') {
            Some((kind, rest)) if FORGES.contains(&kind) => (kind, rest),
            Some(("flake", rest)) => ("indirect", rest),
            None if place.starts_with(|c: char| c.is_ascii_alphabetic()) => ("indirect", place),
            Some(_) | None => return None,
        };
        let parts: Vec<&str> = rest.split('/').collect();
        let (place, version) = match (kind, parts.as_slice()) {
            ("indirect", [id]) => ((*id).to_owned(), None),
            ("indirect", [id, version]) => ((*id).to_owned(), Some((*version).to_owned())),
            ("indirect", _) => return None,
            (_, [owner, repo]) => (format!("{owner}/{repo}"), None),
            // A branch may have a slash in it.
            (_, [owner, repo, version @ ..]) => (format!("{owner}/{repo}"), Some(version.join("/"))),
            _ => return None,
        };
        Some(Self { kind: kind.to_owned(), place, version: version.or(from_query), ..reference })
    }

    fn in_words(&self) -> String {
        let kind = if self.kind == "indirect" { "flake" } else { &self.kind };
        let version = self.version.as_ref().map_or_else(String::new, |version| format!("/{version}"));
        let option = |key: &str, value: &Option<String>| value.as_ref().map(|value| format!("{key}={value}"));
        let query: Vec<String> =
            option("dir", &self.dir).into_iter().chain(option("host", &self.host)).collect();
        let query = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
        format!("{kind}:{}{version}{query}", self.place)
    }
}

impl std::fmt::Display for Misfit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let input = &self.input;
        match &self.why {
            Why::NotLocked => write!(f, "`{input}` is in flake.nix, but not in this lock"),
            Why::NotAsked => write!(f, "`{input}` is in this lock, but no longer in flake.nix"),
            Why::OtherSource { asked, locked } => {
                write!(f, "`{input}` is {asked} in flake.nix, and {locked} in this lock")
            }
            Why::OtherFollows { asked, locked } => {
                let word = |follows: &Option<String>| {
                    follows
                        .as_ref()
                        .map_or_else(|| "follows nothing".to_owned(), |path| format!("follows {path}"))
                };
                write!(f, "`{input}` {} in flake.nix, and {} in this lock", word(asked), word(locked))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::lock::Decoder;

    use super::*;

    #[test]
    fn references_are_told_apart_as_nix_does() {
        for (a, b, equal) in [
            ("github:a/b", "github:a/b", true),
            ("github:a/b", "github:A/b", false),
            ("github:a/b/main", "github:a/b?ref=main", true),
            ("github:a/b/x/y", "github:a/b?ref=x/y", true),
            ("nixpkgs", "flake:nixpkgs", true),
            ("nixpkgs/nixos-25.11", "flake:nixpkgs/nixos-25.05", false),
            ("github:a/b?dir=x", "github:a/b", false),
            ("gitlab:a/b?host=x.org", "gitlab:a/b?host=y.org", false),
        ] {
            assert_eq!(Reference::parse(a).unwrap() == Reference::parse(b).unwrap(), equal, "{a} {b}");
        }
        for unknown in
            ["git+https://x/y", "./sub", "path:/x", "https://x/y.tar.gz", "github:a%2Fb/c", "a/b/c", ""]
        {
            assert_eq!(Reference::parse(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let text = r#"{ "nodes": {
            "a": { "locked": { "type": "github", "owner": "o", "repo": "a", "rev": "0123456789012345678901234567890123456789", "narHash": "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "lastModified": 1 }, "original": { "type": "github", "owner": "o", "repo": "a", "ref": "old" } },
            "root": { "inputs": { "a": "a", "b": ["a"], "gone": "a", "same": "a" } } }, "root": "root", "version": 7 }"#;
        let lock = Decoder::new().decode(text.as_bytes()).unwrap();
        let asked = Asked::read(
            br#"{ "inputs": { "a": { "url": "github:o/a/new" }, "b": { "follows": "same" }, "same": { "type": "github", "owner": "o", "repo": "a", "ref": "old" } }, "formals": ["self", "a", "more"] }"#,
        )
        .unwrap();
        let told: Vec<String> = misfits(&asked, &lock).iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "`a` is github:o/a/new in flake.nix, and github:o/a/old in this lock",
                "`b` follows same in flake.nix, and follows a in this lock",
                "`gone` is in this lock, but no longer in flake.nix",
                "`more` is in flake.nix, but not in this lock",
            ]
        );
        assert!(Asked::read(b"[]").is_none());
    }
}
