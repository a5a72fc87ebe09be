//! What the fuzzers share: locks told as what they mean, and locks made of a fuzzer's bytes.

use std::collections::BTreeMap;

use flakehist::lock::{Decoder, Edge, InputPath, Lock, Pin, Source};
use serde_json::{Map, Value, json};

/// How an input is given, without the keys of the file.
#[derive(Clone, Debug, PartialEq)]
pub enum Given {
    Own { locked: Option<Source>, original: Option<Source>, is_flake: bool, parent: Option<InputPath> },
    Follows(InputPath),
}

/// Every input by path: what a lock says, however it is written.
pub fn given(lock: &Lock) -> BTreeMap<InputPath, Given> {
    let of = |(path, _): (InputPath, &Edge)| {
        let given = match lock.pin(&path).expect("every input is given somehow") {
            Pin::Own(node) => Given::Own {
                locked: node.locked().cloned(),
                original: node.original().cloned(),
                is_flake: node.is_flake(),
                parent: node.parent().cloned(),
            },
            Pin::Follows(target) => Given::Follows(target.clone()),
        };
        (path, given)
    };
    lock.inputs().into_iter().map(of).collect()
}

/// The lock that was written.
pub fn read_again(bytes: &[u8]) -> Lock {
    Decoder::new().decode(bytes).unwrap_or_else(|e| {
        panic!("what was written cannot be read, {e}:\n{}", String::from_utf8_lossy(bytes))
    })
}

/// So many inputs are looked at closely; more take longer than they teach.
pub const MOST_INPUTS: usize = 2_000;

/// Names that are also keys, need care, or are the root's.
const NAMES: [&str; 7] = ["a", "a_2", "b", "root", "é\"\\", "a b", "b_2"];

/// A fuzzer's bytes, taken as decisions; zeros when there are no more.
pub struct Decisions<'b>(pub &'b [u8]);

impl Decisions<'_> {
    pub fn byte(&mut self) -> u8 {
        let Some((&first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        first
    }

    pub fn below(&mut self, end: usize) -> usize {
        usize::from(self.byte()) % end
    }

    /// The text of a lock: nodes of a few states, follows across and into everything, shared nodes, circles.
    pub fn lock(&mut self) -> String {
        let mut nodes = vec![("root".to_owned(), Value::Null)];
        let inputs = self.inputs(&mut nodes, 0);
        nodes[0].1 = json!({ "inputs": inputs });
        let nodes: Map<String, Value> = nodes.into_iter().collect();
        json!({ "nodes": nodes, "root": "root", "version": 7 }).to_string()
    }

    fn inputs(&mut self, nodes: &mut Vec<(String, Value)>, depth: usize) -> Value {
        let mut inputs = Map::new();
        for _ in 0..self.below([5, 4, 3, 2, 1][depth.min(4)]) {
            let name = NAMES[self.below(NAMES.len())];
            let input = match self.below(8) {
                0..3 => (0..self.below(4)).map(|_| NAMES[self.below(NAMES.len())]).collect(),
                3 => nodes[self.below(nodes.len())].0.clone().into(),
                _ if nodes.len() > 20 => continue,
                _ => self.node(nodes, depth + 1),
            };
            inputs.insert(name.to_owned(), input);
        }
        inputs.into()
    }

    /// A node, by its key.
    fn node(&mut self, nodes: &mut Vec<(String, Value)>, depth: usize) -> Value {
        let key = format!("n{}", nodes.len());
        nodes.push((key.clone(), Value::Null));
        let at = nodes.len() - 1;
        let (state, odd) = (self.below(3), self.byte());
        let original =
            json!({ "type": "github", "owner": "o", "repo": if odd & 15 == 15 { "s" } else { "r" } });
        let mut node = json!({
            "locked": { "type": "github", "owner": "o", "repo": "r", "rev": format!("{state:040}"),
                        "narHash": format!("sha256-{state}"), "lastModified": state },
            "original": original,
            "inputs": self.inputs(nodes, depth),
        });
        if odd & 0x70 == 0x70 {
            node["flake"] = false.into();
        }
        if odd & 0x8f == 0x8e {
            node["parent"] = json!([]);
        }
        nodes[at].1 = node;
        key.into()
    }
}
