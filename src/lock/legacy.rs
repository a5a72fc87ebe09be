//! Lock versions 1 to 4: a tree of inputs, as development versions of Nix wrote it from February 2019 to March 2020.
//!
//! No released Nix ever read them; they are read here so that an old history can be shown, and turned into the graph
//! of the later versions. Keys by version (source: `src/libexpr/flake/lockfile.cc` and `flake.cc` of that time):
//!
//! - 1: `inputs` (or `requires`) and `nonFlakeInputs` (`nonFlakeRequires`), each with `uri` and, later, `narHash` or
//!   `contentHash`; a file from February 2019 has a registry's `flakes` instead;
//! - 2: the same with `id`; until August 2019 the names are flake references, and `id` is the name;
//! - 3: `uri` or `url` with `originalUri` or `originalUrl`;
//! - 4: attribute sets `locked`, `original` and `info` (for two days `resolvedRef` and `originalRef`).

use std::sync::Arc;

use serde_json::{Map, Value};

use super::wire::attributes;
use super::{Attribute, Edge, InputPath, Lock, Node, Notice, Source, Unreadable};

/// Reads a tree of inputs.
pub(super) fn decode(text: &str, version: u64) -> Result<Lock, Unreadable> {
    // These files are few and small, and so is serde_json's limit of nesting.
    let top: Value = serde_json::from_str(text).map_err(|e| Unreadable::new(format!("not JSON: {e}")))?;
    let Value::Object(top) = top else { return Err(Unreadable::new("expected an object at the top")) };
    let mut tree = Tree::default();
    let inputs = tree.inputs(&top, &InputPath::default()).map_err(Unreadable::new)?;
    let root = Arc::new(node(inputs, None, None, true));
    tree.nodes.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(Lock { version, root, nodes: tree.nodes.into(), notices: vec![Notice::TreeVersion(version)] })
}

fn node(
    inputs: Vec<(Arc<str>, Edge)>,
    locked: Option<Source>,
    original: Option<Source>,
    is_flake: bool,
) -> Node {
    Node { inputs: inputs.into(), locked, original: original.map(Arc::new), is_flake, ..Node::bare() }
}

/// The nodes made so far. Their keys are numbers: names, and paths of names, could be anything, so also one another.
#[derive(Default)]
struct Tree {
    nodes: Vec<(Arc<str>, Arc<Node>)>,
}

impl Tree {
    /// Makes nodes of all inputs of one flake.
    fn inputs(
        &mut self,
        flake: &Map<String, Value>,
        at: &InputPath,
    ) -> Result<Vec<(Arc<str>, Edge)>, String> {
        let mut edges: Vec<(Arc<str>, Edge)> = Vec::new();
        let groups = [("inputs", true), ("requires", true), ("flakes", true)];
        let plain = [("nonFlakeInputs", false), ("nonFlakeRequires", false)];
        for (group, is_flake) in groups.into_iter().chain(plain) {
            let Some(members) = flake.get(group) else { continue };
            let place = if at.is_root() { group.to_owned() } else { format!("{at}.{group}") };
            let Value::Object(members) = members else { return Err(format!("{place}: expected an object")) };
            for (written, member) in members {
                let Value::Object(member) = member else {
                    return Err(format!("{place}.{written}: expected an object"));
                };
                let name: Arc<str> = member.get("id").and_then(Value::as_str).unwrap_or(written).into();
                let path = InputPath::new(at.names().chain([name.as_ref()]));
                let key = self.input(member, &path, is_flake)?;
                edges.push((name, Edge::Node(key)));
            }
        }
        edges.sort_by(|a, b| a.0.cmp(&b.0));
        edges.dedup_by(|a, b| a.0 == b.0);
        Ok(edges)
    }

    /// Makes a node of one input and gives its key.
    fn input(
        &mut self,
        member: &Map<String, Value>,
        path: &InputPath,
        is_flake: bool,
    ) -> Result<Arc<str>, String> {
        let inputs = self.inputs(member, path)?;
        let is_flake = member.get("flake").and_then(Value::as_bool).unwrap_or(is_flake);
        let locked = first_of(member, &["locked", "resolvedRef", "url", "uri"], path)?;
        let original = first_of(member, &["original", "originalRef", "originalUrl", "originalUri"], path)?;
        let mut locked = locked.ok_or_else(|| format!("{path}: where it comes from is missing"))?;
        if let Some(info) = member.get("info") {
            locked = locked.with(attributes(info, "info").map_err(|e| format!("{path}{e}"))?);
        }
        for name in ["narHash", "contentHash"] {
            if let Some(hash) = member.get(name).and_then(Value::as_str) {
                locked = locked.with([("narHash", Attribute::Text(hash))]);
            }
        }
        let key: Arc<str> = self.nodes.len().to_string().into();
        let node = node(inputs, Some(locked), original, is_flake);
        self.nodes.push((Arc::clone(&key), Arc::new(node)));
        Ok(key)
    }
}

/// The first of these members that is there: an attribute set, or a URL to be taken apart.
fn first_of(member: &Map<String, Value>, names: &[&str], path: &InputPath) -> Result<Option<Source>, String> {
    let Some((name, value)) = names.iter().find_map(|name| Some((name, member.get(*name)?))) else {
        return Ok(None);
    };
    match value {
        Value::String(url) => Ok(Some(from_url(url))),
        other => attributes(other, name).map(Source::new).map(Some).map_err(|e| format!("{path}{e}")),
    }
}

/// The attributes of a flake reference as it was written in 2019.
fn from_url(url: &str) -> Source {
    let mut found = Source::default();
    let mut put = |name: &str, value: &str| {
        if !value.is_empty() {
            found = found.with([(name, Attribute::Text(value))]);
        }
    };
    let ref_or_rev = |word: &str| if is_rev(word) { "rev" } else { "ref" };
    if let Some(rest) = url.strip_prefix("github:") {
        let mut parts = rest.splitn(3, '/');
        put("type", "github");
        put("owner", parts.next().unwrap_or_default());
        put("repo", parts.next().unwrap_or_default());
        let last = parts.next().unwrap_or_default();
        put(ref_or_rev(last), last);
    } else if let Some(rest) = url.strip_prefix("git+").or_else(|| url.strip_prefix("git:").map(|_| url)) {
        let (base, query) = super::source::split_query(rest);
        put("type", "git");
        put("url", base);
        for name in ["ref", "rev", "dir"] {
            put(name, query.get(name).map_or("", String::as_str));
        }
    } else if let Some(path) =
        url.strip_prefix("path:").or_else(|| url.starts_with(['/', '.']).then_some(url))
    {
        put("type", "path");
        put("path", path);
    } else if url.contains("://") {
        put("type", "tarball");
        put("url", url);
    } else {
        let mut parts = url.strip_prefix("flake:").unwrap_or(url).split('/');
        put("type", "indirect");
        put("id", parts.next().unwrap_or_default());
        for part in parts {
            put(ref_or_rev(part), part);
        }
    }
    found
}

fn is_rev(word: &str) -> bool {
    word.len() == 40 && word.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::super::{Decoder, Pin};
    use super::*;

    #[test]
    fn references_of_2019_are_taken_apart() {
        let rev = "3ec0c82fab94a2c1a6f7dfe8bbc5a0e0b9bd5d1d";
        for (url, shown) in [
            (format!("github:edolstra/dwarffs/{rev}"), format!("github:edolstra/dwarffs/{rev}")),
            ("nixpkgs/release-19.09".into(), "flake:nixpkgs/release-19.09".into()),
            ("flake:nixpkgs".into(), "flake:nixpkgs".into()),
            (format!("git+file:///p?ref=R&rev={rev}"), format!("git+file:///p?ref=R&rev={rev}")),
            ("https://h/x.tar.gz".into(), "https://h/x.tar.gz".into()),
            ("./sub".into(), "path:./sub".into()),
        ] {
            assert_eq!(from_url(&url).url(), shown);
        }
    }

    #[test]
    fn each_version_becomes_the_same_graph() {
        let one = r#"{"version":1,"requires":{"a":{"uri":"github:o/r","contentHash":"h","inputs":{"b":{"uri":"b"}}}},
            "nonFlakeRequires":{"c":{"uri":"https://h/c"}}}"#;
        let two = r#"{"version":2,"inputs":{"r/master":{"id":"a","uri":"github:o/r","narHash":"h",
            "inputs":{"x":{"id":"b","uri":"b"}}}},"nonFlakeInputs":{"c":{"uri":"https://h/c"}}}"#;
        let three = r#"{"version":3,"inputs":{"a":{"url":"github:o/r","originalUrl":"r","narHash":"h",
            "inputs":{"b":{"uri":"b"}}},"c":{"url":"https://h/c"}}}"#;
        let four = r#"{"version":4,"inputs":{"a":{"locked":{"type":"github","owner":"o","repo":"r"},
            "original":{"type":"indirect","id":"r"},"info":{"narHash":"h","lastModified":7},
            "inputs":{"b":{"locked":{"type":"indirect","id":"b"}}}},
            "c":{"locked":{"type":"tarball","url":"https://h/c"},"flake":false}}}"#;
        for text in [one, two, three, four] {
            let lock = Decoder::new().decode(text.as_bytes()).unwrap();
            let url = |path: &[&str]| match lock.pin(&InputPath::new(path.iter().copied())) {
                Some(Pin::Own(node)) => node.locked().unwrap().url(),
                _ => panic!("no {path:?} in {text}"),
            };
            assert_eq!(url(&["a"]), "github:o/r");
            assert_eq!(url(&["a", "b"]), "flake:b");
            assert_eq!(url(&["c"]), "https://h/c");
            assert!(matches!(lock.notices(), [Notice::TreeVersion(version)] if *version == lock.version()));
        }
    }

    #[test]
    fn names_that_look_like_keys_or_paths_are_names() {
        let text = r#"{"version":3,"inputs":{"root":{"uri":"r","inputs":{"root":{"uri":"rr"}}},
            "a":{"uri":"a","inputs":{"b":{"uri":"ab"}}},"a/b":{"uri":"slash"},"0":{"uri":"zero"},"":{"uri":"none"}}}"#;
        let lock = Decoder::new().decode(text.as_bytes()).unwrap();
        let url = |path: &[&str]| match lock.pin(&InputPath::new(path.iter().copied())) {
            Some(Pin::Own(node)) => node.locked().unwrap().url(),
            other => panic!("{path:?}: {other:?}"),
        };
        for (path, expected) in [
            (&["root"] as &[&str], "flake:r"),
            (&["root", "root"], "flake:rr"),
            (&["a", "b"], "flake:ab"),
            (&["a/b"], "flake:slash"),
            (&["0"], "flake:zero"),
            (&[""], "flake:none"),
        ] {
            assert_eq!(url(path), expected);
        }
        assert_eq!(lock.inputs().len(), 7);
    }

    #[test]
    fn what_is_wrong_is_named_by_place() {
        for (text, reason) in [
            (r#"{"version":3,"inputs":[]}"#, "inputs: expected an object"),
            (
                r#"{"version":3,"inputs":{"a":{"url":"x","inputs":{"b":1}}}}"#,
                "a.inputs.b: expected an object",
            ),
            (r#"{"version":3,"inputs":{"a":{}}}"#, "a: where it comes from is missing"),
            (r#"{"version":4,"inputs":{"a":{"locked":{"rev":1}}}}"#, "a.locked.rev: expected a string"),
        ] {
            assert_eq!(Decoder::new().decode(text.as_bytes()).unwrap_err().reason(), reason);
        }
    }
}
