//! Whether a lock fits what flake.nix asks for today: which inputs it names, what they follow, where they come from.
//!
//! Nix decides by the same comparison (`computeLocks` in `flake.cc`): an input whose reference is not the one the
//! lock was made for is fetched anew. Only what can be said for certain is called a misfit here; the rest is Nix's to
//! judge.

use serde_json::Value;

use crate::lock::{Edge, InputPath, Lock, Node, Source};

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
pub struct Asked(Value);

impl Asked {
    /// Reads the value.
    #[must_use]
    pub(super) fn read(json: &[u8]) -> Option<Self> {
        serde_json::from_slice(json).ok().filter(|value: &Value| value.get("inputs").is_some()).map(Self)
    }

    /// What stands under `inputs`, as JSON.
    #[must_use]
    pub fn declared(&self) -> &Value {
        self.0.get("inputs").unwrap_or(&Value::Null)
    }

    /// The inputs by name, sorted, with what is said of each; of one that only the outputs name nothing is.
    fn inputs(&self) -> std::collections::BTreeMap<&str, Option<&Value>> {
        let formals = self.0.get("formals").and_then(Value::as_array);
        let formals = formals.into_iter().flatten().filter_map(Value::as_str);
        let mut inputs: std::collections::BTreeMap<&str, Option<&Value>> =
            formals.map(|name| (name, None)).collect();
        let declared = self.0.get("inputs").and_then(Value::as_object);
        inputs.extend(declared.into_iter().flatten().map(|(name, value)| (name.as_str(), Some(value))));
        // What is said of it (`inputs.self.submodules`, since 2.27) is how the flake itself is fetched.
        inputs.remove("self");
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
            Some(edge) => match (compare(name, *said, edge, lock), edge) {
                (Some(why), _) => found.push(misfit(why)),
                (None, Edge::Node(key)) => {
                    let node = lock.node(key);
                    found.extend(node.into_iter().flat_map(|node| overridden(name, *said, node, lock)));
                }
                (None, Edge::Follows(_)) => {}
            },
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

/// What does not fit of the inputs that an input has itself, and that flake.nix may say other things of than its own
/// flake.nix does: `inputs.home-manager.inputs.nixpkgs.follows`. `path` leads to it from the root, `said` is what is
/// said of it.
fn overridden(path: &str, said: Option<&Value>, node: &Node, lock: &Lock) -> Vec<Misfit> {
    let mut found = Vec::new();
    let declared = said.and_then(|said| said.get("inputs")).and_then(Value::as_object);
    for (name, edge) in node.inputs() {
        let said = declared.and_then(|declared| declared.get(name.as_ref()));
        let input = format!("{path}/{name}");
        let has = |key: &str| said.is_some_and(|said| said.get(key).is_some());
        let why = if has("follows") {
            compare(name, said, edge, lock)
        } else if has("url") || has("type") {
            // Whether that counts for an input of an input is not the same in all versions of Nix.
            None
        } else {
            dropped(path, edge)
        };
        match (why, edge) {
            (Some(why), _) => found.push(Misfit { input, why }),
            (None, Edge::Node(key)) if said.is_some() => {
                found
                    .extend(lock.node(key).into_iter().flat_map(|node| overridden(&input, said, node, lock)));
            }
            (None, _) => {}
        }
    }
    found
}

/// An input of another that follows what lies outside of that one, which nobody but flake.nix can have asked for.
fn dropped(path: &str, edge: &Edge) -> Option<Why> {
    let Edge::Follows(locked) = edge else { return None };
    let is_its_own = locked.names().next() == path.split('/').next();
    (!is_its_own).then(|| Why::OtherFollows { asked: None, locked: Some(locked.to_string()) })
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

/// A reference taken apart as Nix does (`parseFlakeRef`), as far as that is the same in all its versions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Reference {
    /// The type; archives and single files are one, for old versions of Nix did not tell them apart.
    kind: String,
    /// `owner/repo`, the id in the registry, a URL or a path.
    place: String,
    /// A branch, a tag or a revision: Nix tells them apart by their look, so the text says enough.
    version: Option<String>,
    host: Option<String>,
    dir: Option<String>,
}

const FORGES: [&str; 3] = ["github", "gitlab", "sourcehut"];
/// Attributes that are compared; where there are others, only a different place is certain.
const COMPARED: [&str; 10] = ["type", "owner", "repo", "id", "url", "path", "ref", "rev", "host", "dir"];

impl Reference {
    /// What flake.nix says of an input; without a word it is the registry's entry of the same name.
    fn asked(name: &str, said: Option<&Value>) -> Option<Self> {
        let Some(said) = said else { return Some(Self::indirect(name, None)) };
        let text = |key: &str| said.get(key).and_then(Value::as_str);
        match (text("url"), text("type")) {
            (Some(url), None) => Self::parse(url),
            (_, Some(kind)) => Self::from_attributes(kind, text),
            (None, None) => Some(Self::indirect(name, None)),
        }
    }

    fn of(original: &Source) -> Option<Self> {
        if original.attributes().any(|(name, _)| !COMPARED.contains(&name)) {
            return None;
        }
        Self::from_attributes(original.kind(), |key| original.text(key))
    }

    fn indirect(id: &str, version: Option<String>) -> Self {
        Self { kind: "indirect".to_owned(), place: id.to_owned(), version, ..Self::default() }
    }

    fn from_attributes<'v>(kind: &str, text: impl Fn(&str) -> Option<&'v str>) -> Option<Self> {
        let own = |key: &str| text(key).map(str::to_owned);
        let version = own("ref").or_else(|| own("rev"));
        let (kind, place) = match kind {
            "indirect" => (kind, own("id")?),
            "git" | "hg" => (kind, own("url")?),
            "tarball" | "file" => ("archive", own("url")?),
            "path" => (kind, own("path")?),
            kind if FORGES.contains(&kind) => (kind, format!("{}/{}", text("owner")?, text("repo")?)),
            _ => return None,
        };
        // An escape may stand for anything, and a path is written in more ways than one.
        if place.contains(['%', '?']) || (kind == "path" && !place.starts_with('/')) {
            return None;
        }
        Some(Self { kind: kind.to_owned(), place, version, host: own("host"), dir: own("dir") })
    }

    /// `github:NixOS/nixpkgs/nixos-25.11?dir=x`, `flake:nixpkgs`, `git+https://x/y?ref=main`, `nixpkgs/nixos-25.11`.
    fn parse(url: &str) -> Option<Self> {
        if url.contains(['%', '#']) {
            return None;
        }
        let (place, query) = url.split_once('?').unwrap_or((url, ""));
        let mut reference = Self::default();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (key, value) = pair.split_once('=')?;
            let place = match key {
                "ref" | "rev" => &mut reference.version,
                "host" => &mut reference.host,
                "dir" => &mut reference.dir,
                _ => return None,
            };
            // Of two that say the same key, which one counts has changed.
            if place.replace(value.to_owned()).is_some() {
                return None;
            }
        }
        let scheme = place.split_once(':');
        let (kind, place, version) = match scheme {
            Some((kind, rest)) if FORGES.contains(&kind) => {
                let mut parts = rest.splitn(3, '/');
                let place = format!("{}/{}", parts.next()?, parts.next()?);
                (kind, place, parts.next().map(str::to_owned))
            }
            Some(("path", path)) if path.starts_with('/') => ("path", path.to_owned(), None),
            Some(("git", rest)) if rest.starts_with("//") => ("git", place.to_owned(), None),
            Some((scheme, rest)) if scheme.starts_with("git+") && rest.starts_with("//") => {
                ("git", place.strip_prefix("git+")?.to_owned(), None)
            }
            // Nix keeps the query of an archive in its URL.
            Some(("https" | "http", _)) if query.is_empty() => ("archive", place.to_owned(), None),
            None | Some(("flake", _)) => {
                let rest = place.strip_prefix("flake:").unwrap_or(place);
                let mut parts = rest.split('/');
                let id = parts.next().filter(|id| id.starts_with(|c: char| c.is_ascii_alphabetic()))?;
                let version = parts.next().map(str::to_owned);
                if parts.next().is_some() {
                    return None;
                }
                ("indirect", id.to_owned(), version)
            }
            Some(_) => return None,
        };
        let version = version.or_else(|| reference.version.take());
        Some(Self { kind: kind.to_owned(), place, version, ..reference })
    }

    fn in_words(&self) -> String {
        let is_forge = FORGES.contains(&self.kind.as_str());
        let (prefix, slash) = match self.kind.as_str() {
            "indirect" => ("flake:", true),
            "git" => ("git+", false),
            "hg" => ("hg+", false),
            "path" => ("path:", false),
            _ => ("", false),
        };
        let prefix = if is_forge { format!("{}:", self.kind) } else { prefix.to_owned() };
        let in_path = self.version.as_ref().filter(|_| slash || is_forge);
        let version = in_path.map_or_else(String::new, |version| format!("/{version}"));
        let in_query =
            self.version.as_ref().filter(|_| in_path.is_none()).map(|version| format!("ref={version}"));
        let option = |key: &str, value: &Option<String>| value.as_ref().map(|value| format!("{key}={value}"));
        let query: Vec<String> =
            [in_query, option("dir", &self.dir), option("host", &self.host)].into_iter().flatten().collect();
        let query = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
        format!("{prefix}{}{version}{query}", self.place)
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
                let word = |follows: &Option<String>| match follows.as_deref() {
                    None => "follows nothing".to_owned(),
                    Some("") => "follows the flake itself".to_owned(),
                    Some(path) => format!("follows {path}"),
                };
                write!(f, "`{input}` {} in flake.nix, and {} in this lock", word(asked), word(locked))
            }
        }
    }
}

#[cfg(test)]
mod tests;
