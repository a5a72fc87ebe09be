//! A tree of inputs as flake.lock, byte for byte as Nix writes it.
//!
//! Format 7: one table of nodes. A node's key is the name of its input; when another node has that key
//! already, `_2`, `_3` … is added. Nodes get their keys from the root downwards, a node before its
//! inputs and inputs in the order of their names, so a new input can give many nodes another key.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::pins::Pin;
use super::resolve::{Edge, Inputs, Locked, Source};

/// The content of flake.lock.
pub(super) fn text(inputs: &Inputs) -> String {
    let mut table = Table::default();
    let root = table.add("root", inputs, Map::new());
    let members = [("nodes", Value::Object(table.nodes)), ("root", root.into()), ("version", 7.into())];
    let lock = Value::Object(object(members));
    format!("{lock:#}\n")
}

/// The table of nodes while it grows.
#[derive(Default)]
struct Table {
    nodes: Map<String, Value>,
    /// Keys are taken before their nodes are complete.
    taken: BTreeSet<String>,
}

impl Table {
    /// Adds a node and all below it, and returns its key.
    fn add(&mut self, name: &str, inputs: &Inputs, mut members: Map<String, Value>) -> String {
        let key = self.take_key(name);
        let mut edges = Map::new();
        for (name, edge) in inputs {
            let value = match edge {
                Edge::Locked(node) => self.add(name, &node.inputs, attributes(node)).into(),
                Edge::Follows(path) => path.clone().into(),
            };
            edges.insert((*name).to_owned(), value);
        }
        if !edges.is_empty() {
            members.insert("inputs".to_owned(), edges.into());
        }
        self.nodes.insert(key.clone(), members.into());
        key
    }

    fn take_key(&mut self, name: &str) -> String {
        let mut key = name.to_owned();
        let mut number = 2;
        while !self.taken.insert(key.clone()) {
            key = format!("{name}_{number}");
            number += 1;
        }
        key
    }
}

/// What a node says besides its inputs.
fn attributes(node: &Locked) -> Map<String, Value> {
    let source = Source::of(node.url);
    let mut members =
        object([("locked", locked(source, node.pin).into()), ("original", original(source).into())]);
    // Nix leaves it out when it is true.
    if !node.flake {
        members.insert("flake".to_owned(), false.into());
    }
    members
}

fn original(source: Source<'_>) -> Map<String, Value> {
    match source {
        Source::GitHub { owner, repo, reference } => {
            let mut members =
                object([("owner", owner.into()), ("repo", repo.into()), ("type", "github".into())]);
            if let Some(reference) = reference {
                members.insert("ref".to_owned(), reference.into());
            }
            members
        }
        Source::Tarball(url) => object([("type", "tarball".into()), ("url", url.into())]),
    }
}

fn locked(source: Source<'_>, pin: &Pin) -> Map<String, Value> {
    let mut members = match source {
        Source::GitHub { owner, repo, .. } => {
            object([("owner", owner.into()), ("repo", repo.into()), ("type", "github".into())])
        }
        Source::Tarball(url) => object([("type", "tarball".into()), ("url", pin.url.unwrap_or(url).into())]),
    };
    members.extend(object([
        ("lastModified", pin.last_modified.into()),
        ("narHash", pin.nar_hash.into()),
        ("rev", pin.rev.into()),
    ]));
    members
}

/// An object of these members; they come out sorted by name.
fn object<const N: usize>(members: [(&str, Value); N]) -> Map<String, Value> {
    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
