//! The file as Nix writes it, byte for byte.
//!
//! `LockFile::toJSON` of Nix names the nodes anew every time: depth first, inputs in the order of their names' bytes, a
//! node gets the name of the input that leads to it, with `_2`, `_3` … when that is taken. Nodes that nothing leads to
//! are not written. The text is nlohmann's `dump(2)` and a line end: keys sorted by bytes, one member a line, and only
//! quotes, backslashes and control characters escaped, which is what `serde_json` does too.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde_json::{Map, Value};

use super::by_path::{ByPath, Given};
use super::{Attribute, Edge, InputPath, Lock, Node, Source};

/// The version that every released Nix writes.
const VERSION: u64 = 7;

impl Lock {
    /// The bytes Nix would write for this lock, in version 7 whatever the file was: nodes named anew, nothing shared,
    /// nothing that no input leads to. Attributes and members of nodes that are not known are kept as they are.
    ///
    /// A lock of version 1 to 4 has nodes without `original`, which Nix cannot read back.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let lock = ByPath::of(self).into_lock();
        let nodes = lock.nodes.iter().map(|(key, node)| (key.to_string(), of_node(node))).collect();
        let file = Value::Object(Map::from_iter([
            ("nodes".to_owned(), Value::Object(nodes)),
            ("root".to_owned(), ROOT.into()),
            ("version".to_owned(), VERSION.into()),
        ]));
        format!("{file:#}\n").into_bytes()
    }

    /// Whether the lock was read from just the bytes that Nix would write for it. Others come from a merge or an edit,
    /// or from a Nix before 2.4.
    #[must_use]
    pub fn is_as_nix_writes(&self, bytes: &[u8]) -> bool {
        self.to_bytes() == bytes
    }
}

/// The root's key. Nix names the root first, so it always gets this one.
const ROOT: &str = "root";

/// A node whose inputs are being collected.
struct Open {
    key: Arc<str>,
    node: Node,
    inputs: Vec<(Arc<str>, Edge)>,
}

impl ByPath {
    /// The lock with these inputs, its nodes under the keys that Nix gives.
    pub(super) fn into_lock(self) -> Lock {
        let mut keys = Keys::default();
        let mut nodes: Vec<(Arc<str>, Arc<Node>)> = Vec::new();
        // The nodes that lead to the input at hand, the root first.
        let mut open = vec![Open { key: keys.take(&ROOT.into()), node: Node::bare(), inputs: Vec::new() }];
        for (path, given) in self.iter() {
            while open.len() > path.0.len() {
                nodes.extend(open.pop().map(closed));
            }
            let (Some(name), Some(above)) = (path.0.last(), open.last_mut()) else { continue };
            match given {
                Given::Follows(target) => {
                    above.inputs.push((Arc::clone(name), Edge::Follows(target.clone())));
                }
                Given::Own(node) => {
                    let key = keys.take(name);
                    above.inputs.push((Arc::clone(name), Edge::Node(Arc::clone(&key))));
                    open.push(Open { key, node: Node::clone(node), inputs: Vec::new() });
                }
            }
        }
        nodes.extend(open.drain(1..).map(closed));
        let root = open.pop().map_or_else(|| Arc::new(Node::bare()), |root| closed(root).1);
        nodes.push((ROOT.into(), Arc::clone(&root)));
        nodes.sort_by(|a, b| a.0.cmp(&b.0));
        Lock { version: VERSION, root, nodes: nodes.into(), notices: Vec::new() }
    }
}

fn closed(open: Open) -> (Arc<str>, Arc<Node>) {
    (open.key, Arc::new(Node { inputs: open.inputs.into(), ..open.node }))
}

/// The keys given so far.
#[derive(Default)]
struct Keys {
    taken: HashSet<Arc<str>>,
    /// For a name that was taken, the number to try next: the lower ones stay taken.
    next: HashMap<Arc<str>, u64>,
}

impl Keys {
    /// The name itself, or with the first number from 2 on that makes it a new one.
    fn take(&mut self, name: &Arc<str>) -> Arc<str> {
        if self.taken.insert(Arc::clone(name)) {
            return Arc::clone(name);
        }
        let next = self.next.entry(Arc::clone(name)).or_insert(2);
        loop {
            let key: Arc<str> = format!("{name}_{next}").into();
            *next += 1;
            if self.taken.insert(Arc::clone(&key)) {
                return key;
            }
        }
    }
}

fn of_node(node: &Node) -> Value {
    let mut members: Map<String, Value> = node.more.clone().into_iter().collect();
    let mut put = |name: &str, value: Option<Value>| {
        members.extend(value.map(|value| (name.to_owned(), value)));
    };
    put("buildTime", node.build_time.then_some(true.into()));
    put("flake", (!node.is_flake).then_some(false.into()));
    put("inputs", (!node.inputs.is_empty()).then(|| of_inputs(&node.inputs)));
    put("locked", node.locked.as_ref().map(of_source));
    put("original", node.original().map(of_source));
    put("parent", node.parent.as_ref().map(of_path));
    Value::Object(members)
}

fn of_inputs(inputs: &[(Arc<str>, Edge)]) -> Value {
    let of_edge = |edge: &Edge| match edge {
        Edge::Node(key) => Value::String(key.to_string()),
        Edge::Follows(target) => of_path(target),
    };
    Value::Object(inputs.iter().map(|(name, edge)| (name.to_string(), of_edge(edge))).collect())
}

fn of_path(path: &InputPath) -> Value {
    Value::Array(path.names().map(Value::from).collect())
}

fn of_source(source: &Source) -> Value {
    let value = |attribute: Attribute<'_>| match attribute {
        Attribute::Text(text) => Value::from(text),
        Attribute::Number(number) => Value::from(number),
        Attribute::Flag(flag) => Value::Bool(flag),
    };
    Value::Object(source.attributes().map(|(name, attribute)| (name.to_owned(), value(attribute))).collect())
}

#[cfg(test)]
mod tests;
