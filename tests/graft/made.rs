//! Locks made up by chance: names that collide with keys, follows across and into everything, shared nodes.

use flakehist::lock::{InputPath, Lock};
use serde_json::{Map, Value, json};

use super::support::Chance;
use super::{path, read};

/// Names that are also keys of others, of the root, or need care.
const NAMES: [&str; 8] = ["a", "a_2", "b", "root", "a_2_2", "é\"\\", "b-1", "a b"];

/// A flake of the tree that is written down.
struct Flake {
    inputs: Vec<(&'static str, Input)>,
    state: usize,
    is_flake: bool,
    declared: usize,
}

enum Input {
    Flake(Flake),
    Follows(Vec<String>),
}

/// How a lock is written.
#[derive(Clone, Copy)]
pub(super) enum Form {
    /// Version 7, keys and order by chance.
    Shuffled,
    /// Version 5, where equal inputs share a node.
    Shared,
}

/// The same lock for the same numbers, however it is written. The age changes some of it: another state, inputs that
/// are not there yet, or no longer, or follow.
pub(super) fn lock(seed: u64, age: u64, form: Form) -> Lock {
    let mut chance = Chance::new(seed);
    let mut root = flake(&mut chance, 0);
    point(&mut root, &mut chance);
    for age in 1..=age {
        chance = Chance::new(seed * 8 + age);
        vary(&mut root, &mut chance, 0);
        point(&mut root, &mut chance);
    }
    // From here on chance only decides how it is written.
    let mut nodes = Writer { nodes: Vec::new(), by_text: Vec::new(), shares: matches!(form, Form::Shared) };
    let inputs = nodes.inputs(&root, &mut chance);
    let root_key = format!("r{}", chance.below(9));
    nodes.nodes.push((root_key.clone(), json!({ "inputs": inputs, "ignored": 1 })));
    let mut written: Map<String, Value> = Map::new();
    while !nodes.nodes.is_empty() {
        let (key, node) = nodes.nodes.swap_remove(chance.below(nodes.nodes.len()));
        written.insert(key, node);
    }
    let version = if nodes.shares { 5 } else { 7 };
    read(json!({ "nodes": written, "root": root_key, "version": version }).to_string().as_bytes())
}

fn flake(chance: &mut Chance, depth: usize) -> Flake {
    let mut inputs = Vec::new();
    for name in NAMES {
        if !chance.percent([65, 32, 16, 10].get(depth).copied().unwrap_or(0)) {
            continue;
        }
        let input = match chance.percent(30) {
            // Where it leads is decided when all paths are known.
            true => Input::Follows(Vec::new()),
            false => Input::Flake(flake(chance, depth + 1)),
        };
        inputs.push((name, input));
    }
    // A few states and few that were declared otherwise, so that two locks have something in common.
    Flake {
        inputs,
        state: chance.below(3),
        is_flake: !chance.percent(4),
        declared: usize::from(chance.percent(7)),
    }
}

/// Another version of the flake.
fn vary(flake: &mut Flake, chance: &mut Chance, depth: usize) {
    flake.state = chance.below(3);
    flake.declared = usize::from(chance.percent(4));
    flake.is_flake ^= chance.percent(3);
    flake.inputs.retain(|_| !chance.percent(4));
    let new = *chance.one_of(&NAMES);
    if chance.percent(12) && flake.inputs.iter().all(|(name, _)| *name != new) {
        flake.inputs.push((new, Input::Flake(self::flake(chance, depth + 1))));
        flake.inputs.sort_by_key(|(name, _)| *name);
    }
    for (_, input) in &mut flake.inputs {
        match input {
            Input::Flake(_) if depth > 0 && chance.percent(6) => *input = Input::Follows(Vec::new()),
            Input::Flake(below) => vary(below, chance, depth + 1),
            Input::Follows(_) if chance.percent(8) => *input = Input::Flake(self::flake(chance, depth + 1)),
            Input::Follows(_) => {}
        }
    }
}

/// Gives every input that follows, and follows nothing yet, something to follow.
fn point(root: &mut Flake, chance: &mut Chance) {
    let mut paths = Vec::new();
    collect(root, &mut Vec::new(), &mut paths);
    point_below(root, &mut Vec::new(), &paths, chance);
}

/// The paths of all inputs, and whether they are given by themselves.
type Paths = Vec<(Vec<String>, bool)>;

fn collect(flake: &Flake, at: &mut Vec<String>, paths: &mut Paths) {
    for (name, input) in &flake.inputs {
        at.push((*name).to_owned());
        paths.push((at.clone(), matches!(input, Input::Flake(_))));
        if let Input::Flake(flake) = input {
            collect(flake, at, paths);
        }
        at.pop();
    }
}

fn point_below(flake: &mut Flake, at: &mut Vec<String>, paths: &Paths, chance: &mut Chance) {
    for (name, input) in &mut flake.inputs {
        match input {
            Input::Flake(flake) => {
                at.push((*name).to_owned());
                point_below(flake, at, paths, chance);
                at.pop();
            }
            Input::Follows(target) if target.is_empty() => *target = to_follow(at, paths, chance),
            Input::Follows(_) => {}
        }
    }
}

/// Mostly what leads somewhere: an input of the root, a neighbour, or the root itself.
fn to_follow(at: &[String], paths: &Paths, chance: &mut Chance) -> Vec<String> {
    let own: Vec<&Vec<String>> = paths.iter().filter(|(_, is_own)| *is_own).map(|(path, _)| path).collect();
    let near: Vec<&Vec<String>> =
        own.iter().copied().filter(|path| !at.is_empty() && path.first() == at.first()).collect();
    let top: Vec<&Vec<String>> = own.iter().copied().filter(|path| path.len() == 1).collect();
    match chance.below(16) {
        0 => Vec::new(),
        1 => chance.one_of(paths).0.clone(),
        2..7 if !near.is_empty() => (*chance.one_of(&near)).clone(),
        7 if !own.is_empty() => {
            [chance.one_of(&own).as_slice(), &[(*chance.one_of(&NAMES)).to_owned()]].concat()
        }
        8 | 9 if !own.is_empty() => (*chance.one_of(&own)).clone(),
        _ if !top.is_empty() => (*chance.one_of(&top)).clone(),
        _ => Vec::new(),
    }
}

struct Writer {
    nodes: Vec<(String, Value)>,
    by_text: Vec<(String, String)>,
    shares: bool,
}

impl Writer {
    fn inputs(&mut self, flake: &Flake, chance: &mut Chance) -> Map<String, Value> {
        let mut edges = Vec::new();
        for (name, input) in &flake.inputs {
            let edge = match input {
                Input::Follows(target) => json!(target),
                Input::Flake(below) => json!(self.node(name, below, chance)),
            };
            edges.push(((*name).to_owned(), edge));
        }
        edges.into_iter().collect()
    }

    fn node(&mut self, name: &str, flake: &Flake, chance: &mut Chance) -> String {
        let inputs = self.inputs(flake, chance);
        let rev = format!("{:040x}", flake.state + 1);
        let mut node = json!({
            "locked": { "type": "github", "owner": "o", "repo": name, "rev": rev, "narHash": "sha256-x", "lastModified": flake.state + 5 },
            "original": { "type": "github", "owner": "o", "repo": name },
        });
        if flake.declared > 0 {
            node["original"]["ref"] = json!("other");
        }
        if !flake.is_flake {
            node["flake"] = json!(false);
        }
        if !inputs.is_empty() {
            node["inputs"] = Value::Object(inputs);
        }
        let text = node.to_string();
        if let Some((_, key)) = self.by_text.iter().find(|(known, _)| self.shares && *known == text) {
            return key.clone();
        }
        let key = format!("{}-{}", chance.below(1000), self.nodes.len());
        self.nodes.push((key.clone(), node));
        self.by_text.push((text, key.clone()));
        key
    }
}

#[test]
fn how_it_is_written_is_all_that_differs() {
    let mut many: Vec<InputPath> = Vec::new();
    for seed in 0..50 {
        let (plain, shared) = (lock(seed, 1, Form::Shuffled), lock(seed, 1, Form::Shared));
        assert_eq!(plain.to_bytes(), shared.to_bytes(), "{seed}");
        many.extend(super::own_inputs(&plain));
    }
    assert!(many.iter().any(|path| path.names().len() > 3) && many.contains(&path("a_2/root")));
}
