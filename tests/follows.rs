//! Where a `follows` leads, on graphs made up by chance: always somewhere, nowhere or round in a circle, and just where
//! a resolver leads that was written another way.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly in its helpers too")]
#![expect(clippy::indexing_slicing, reason = "the tests know what they made")]

#[path = "support/chance.rs"]
mod chance;

use std::collections::BTreeMap;

use flakehist::lock::{Decoder, Followed, InputPath, Lock};
use serde_json::{Map, Value, json};

use chance::Chance;

const NAMES: [&str; 4] = ["a", "b", "c", "d"];
/// So many `follows` one after the other are still followed.
const MOST_STEPS: u32 = 200;

/// How an input is given.
enum Given {
    Node(usize),
    Follows(Vec<&'static str>),
}

/// The inputs of each node; the root is the first. A node is an input of earlier ones alone, and may be shared.
struct Graph(Vec<BTreeMap<&'static str, Given>>);

impl Graph {
    fn made_up(chance: &mut Chance) -> Self {
        let count = 1 + chance.below(7);
        let follows = 20 + chance.below(70);
        let inputs = |node: usize, chance: &mut Chance| {
            let mut inputs = BTreeMap::new();
            for name in NAMES {
                if chance.percent(30) {
                    continue;
                }
                let given = if chance.percent(follows) || node + 1 == count {
                    Given::Follows(some_path(chance))
                } else {
                    Given::Node(node + 1 + chance.below(count - node - 1))
                };
                inputs.insert(name, given);
            }
            inputs
        };
        Self((0..count).map(|node| inputs(node, chance)).collect())
    }

    /// The lock as Nix would read it.
    fn lock(&self) -> Lock {
        let node = |(n, inputs): (usize, &BTreeMap<&str, Given>)| {
            let input = |(name, given): (&&str, &Given)| {
                let given = match given {
                    Given::Node(to) => json!(format!("n{to}")),
                    Given::Follows(path) => json!(path),
                };
                ((*name).to_owned(), given)
            };
            let source = json!({ "type": "path", "path": format!("/{n}") });
            let inputs: Map<String, Value> = inputs.iter().map(input).collect();
            (format!("n{n}"), json!({ "inputs": inputs, "locked": source, "original": source }))
        };
        let nodes: Map<String, Value> = self.0.iter().enumerate().map(node).collect();
        let text = json!({ "nodes": nodes, "root": "n0", "version": 7 }).to_string();
        Decoder::new().decode(text.as_bytes()).unwrap()
    }

    /// Where every `follows` leads, found from the ends: first those that pass through no other, then those that pass
    /// through these only, until none is left, or only such as wait for each other.
    fn settled(&self) -> BTreeMap<(usize, &'static str), (End, u32)> {
        let mut settled = BTreeMap::new();
        loop {
            let mut more = Vec::new();
            for (node, inputs) in self.0.iter().enumerate() {
                for (name, given) in inputs {
                    if let Given::Follows(target) = given
                        && !settled.contains_key(&(node, *name))
                        && let (end, steps) = self.walk(target, &settled)
                        && end != End::Circle
                    {
                        more.push(((node, *name), (end, steps)));
                    }
                }
            }
            if more.is_empty() {
                return settled;
            }
            settled.extend(more);
        }
    }

    /// Where a path leads, and over how many `follows`, when all on the way are settled; else in a circle, for now.
    fn walk(&self, path: &[&'static str], settled: &BTreeMap<(usize, &str), (End, u32)>) -> (End, u32) {
        let (mut at, mut steps) = (0, 0_u32);
        for name in path {
            match self.0[at].get(name) {
                None => return (End::Nowhere, steps),
                Some(Given::Node(to)) => at = *to,
                Some(Given::Follows(_)) => match settled.get(&(at, *name)) {
                    None => return (End::Circle, steps),
                    Some((end, more)) => {
                        steps = steps.saturating_add(1).saturating_add(*more);
                        match end {
                            End::Node(to) => at = *to,
                            End::Nowhere | End::Circle => return (*end, steps),
                        }
                    }
                },
            }
        }
        (End::Node(at), steps)
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    Node(usize),
    Nowhere,
    Circle,
}

fn some_path(chance: &mut Chance) -> Vec<&'static str> {
    (0..chance.below(5)).map(|_| *chance.one_of(&NAMES)).collect()
}

/// Where the lock says that a path leads.
fn end(lock: &Lock, path: &[&'static str]) -> End {
    match lock.resolve(&InputPath::new(path.iter().copied())) {
        Followed::Nowhere => End::Nowhere,
        Followed::Circle => End::Circle,
        Followed::Node(node) => {
            let number =
                node.locked().and_then(|source| source.text("path")?.strip_prefix('/')?.parse().ok());
            // The root has none.
            End::Node(number.unwrap_or(0))
        }
    }
}

#[test]
fn a_follows_leads_where_a_plain_resolver_leads() {
    let mut chance = Chance::new(8);
    let mut met: BTreeMap<String, usize> = BTreeMap::new();
    for round in 0..3_000 {
        let graph = Graph::made_up(&mut chance);
        let (lock, settled) = (graph.lock(), graph.settled());
        for _ in 0..30 {
            let path = some_path(&mut chance);
            let expected = match graph.walk(&path, &settled) {
                (_, steps) if steps > MOST_STEPS => End::Circle,
                (end, _) => end,
            };
            assert_eq!(end(&lock, &path), expected, "round {round}: {path:?} in {lock:?}");
            let kind = format!("{expected:?}").split('(').next().unwrap().to_owned();
            *met.entry(kind).or_default() += 1;
        }
    }
    assert!(met.len() == 3 && met.values().all(|count| *count > 5_000), "{met:?}");
}

#[test]
fn follows_that_double_with_every_level_come_to_an_end() {
    // Each is the one before, twice: 2^n steps.
    for (levels, expected) in [(6, End::Node(1)), (60, End::Circle)] {
        let mut inputs = vec![("x0".to_owned(), json!("n1"))];
        for n in 1..=levels {
            let before = format!("x{}", n - 1);
            inputs.push((format!("x{n}"), json!([before, "up", before])));
        }
        let source = json!({ "type": "path", "path": "/1" });
        let root: Map<String, Value> = inputs.into_iter().collect();
        let text = json!({ "root": "n0", "version": 7, "nodes": {
            "n0": { "inputs": root },
            "n1": { "inputs": { "up": [] }, "locked": source, "original": source },
        }});
        let lock = Decoder::new().decode(text.to_string().as_bytes()).unwrap();
        let last: &'static str = Box::leak(format!("x{levels}").into_boxed_str());
        assert_eq!(end(&lock, &[last]), expected, "{levels} levels");
    }
}
