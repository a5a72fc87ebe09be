//! From the members of a file to a [`Lock`] that keeps its promises: every edge leads to a node, nothing runs in a
//! circle, and there are not more inputs than a person could have made.
//!
//! Works on lists, not by recursion: a file may be nested as deep as it likes.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::lock::nodes::Nodes;
use crate::lock::{Edge, Lock, MOST_NAMES, Node, Notice, Unreadable};
use crate::spread::SpreadMap;

use super::Entry;

/// A node while its inputs are being counted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Count {
    Untouched,
    UnderWay,
    Done(Below),
}

/// The inputs that hang below a node, by every path.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Below {
    inputs: u64,
    /// The names of all their paths from here on.
    names: u64,
}

impl Below {
    /// Adds one input with what hangs below it.
    fn add(&mut self, input: Self) {
        self.inputs = self.inputs.saturating_add(1).saturating_add(input.inputs);
        self.names = self.names.saturating_add(1).saturating_add(input.inputs).saturating_add(input.names);
    }

    fn check(self) -> Result<(), Unreadable> {
        if self.names > MOST_NAMES {
            return Err(Unreadable::new("too many inputs within inputs"));
        }
        Ok(())
    }
}

/// What was found wrong first; the rest is left out of the readable part as well.
#[derive(Default)]
struct Problems {
    first: Option<String>,
    /// Edges that lead nowhere: by the node's place, the inputs' places in it.
    dead: HashMap<usize, HashSet<usize>>,
}

impl Problems {
    fn add(&mut self, node: usize, input: usize, reason: String) {
        self.first.get_or_insert(reason);
        self.dead.entry(node).or_default().insert(input);
    }
}

pub(super) fn lock(
    version: u64,
    root_key: &str,
    entries: Vec<Entry>,
    notices: Vec<Notice>,
) -> Result<Lock, Unreadable> {
    let Ok(root_at) = entries.binary_search_by(|(key, _)| key.as_ref().cmp(root_key)) else {
        return Err(Unreadable::new(format!("root: there is no node `{root_key}`")));
    };
    let mut problems = Problems::default();
    count_inputs(&entries, root_at, &mut problems)?;
    let Some((_, Ok(root))) = entries.get(root_at) else {
        let what = entries.get(root_at).and_then(|(_, node)| node.as_ref().err().cloned());
        return Err(Unreadable::new(format!("nodes.{root_key}{}", what.unwrap_or_default())));
    };
    let root = Arc::clone(root);
    match problems.first {
        None => {
            let nodes = entries.into_iter().filter_map(|(key, node)| Some((key, node.ok()?))).collect();
            Ok(Lock { version, root, nodes, notices })
        }
        Some(reason) => {
            let mut nodes = Vec::with_capacity(entries.len());
            for (at, (key, node)) in entries.into_iter().enumerate() {
                if let Ok(node) = node {
                    nodes.push((key, without(at, node, &problems.dead)));
                }
            }
            let nodes = Nodes::from(nodes);
            let root = nodes.find(root_key).map_or(root, Arc::clone);
            Err(Unreadable::in_part(reason, Lock { version, root, nodes, notices }))
        }
    }
}

/// The node without the edges that lead nowhere.
fn without(at: usize, mut node: Arc<Node>, dead: &HashMap<usize, HashSet<usize>>) -> Arc<Node> {
    if let Some(dead) = dead.get(&at) {
        let own = Arc::make_mut(&mut node);
        let mut input = 0..;
        let lives = |_: &&_| input.next().is_some_and(|input| !dead.contains(&input));
        own.inputs = own.inputs.iter().filter(lives).cloned().collect();
    }
    node
}

/// Visits every node that string edges lead to, depth first, and counts what hangs below.
fn count_inputs(entries: &[Entry], root: usize, problems: &mut Problems) -> Result<(), Unreadable> {
    let mut counts = vec![Count::Untouched; entries.len()];
    // Each is looked for at least once, and in a list that is long every step of a search leads to another corner of it.
    let places: SpreadMap<&str, usize> =
        entries.iter().enumerate().map(|(place, (key, _))| (key.as_ref(), place)).collect();
    // The nodes under way, each with the next of its inputs to look at and the inputs counted so far.
    let mut stack = vec![(root, 0, Below::default())];
    mark(&mut counts, root, Count::UnderWay);
    while let Some((node, input, mut below)) = stack.pop() {
        below.check()?;
        let Some((_, Ok(here))) = entries.get(node) else { continue };
        let Some((_, edge)) = here.inputs.get(input) else {
            mark(&mut counts, node, Count::Done(below));
            if let Some((_, _, above)) = stack.last_mut() {
                above.add(below);
            }
            continue;
        };
        let Edge::Node(key) = edge else {
            below.add(Below::default());
            stack.push((node, input + 1, below));
            continue;
        };
        match leads_to(entries, &places, &counts, root, key) {
            Ok((_, Count::Done(counted))) => {
                below.add(counted);
                stack.push((node, input + 1, below));
            }
            Ok((target, _)) => {
                mark(&mut counts, target, Count::UnderWay);
                // It is added when it has been counted.
                stack.push((node, input + 1, below));
                stack.push((target, 0, Below::default()));
            }
            Err(reason) => {
                problems.add(node, input, place(entries, node, input, key, &reason));
                stack.push((node, input + 1, below));
            }
        }
    }
    Ok(())
}

fn mark(counts: &mut [Count], node: usize, count: Count) {
    if let Some(place) = counts.get_mut(node) {
        *place = count;
    }
}

/// Why an edge cannot be followed.
enum Dead {
    Missing,
    Circle,
    Malformed(String),
}

/// The place of the node an edge names, with how far it has been counted.
fn leads_to(
    entries: &[Entry],
    places: &SpreadMap<&str, usize>,
    counts: &[Count],
    root: usize,
    key: &str,
) -> Result<(usize, Count), Dead> {
    let target = *places.get(key).ok_or(Dead::Missing)?;
    let (_, node) = entries.get(target).ok_or(Dead::Missing)?;
    match node {
        _ if target == root => Err(Dead::Circle),
        Err(reason) => Err(Dead::Malformed(reason.clone())),
        Ok(node) => match counts.get(target) {
            // One that something is wrong with is never counted.
            Some(Count::Untouched) => match objection(node) {
                Some(what) => Err(Dead::Malformed(what.to_owned())),
                None => Ok((target, Count::Untouched)),
            },
            Some(Count::UnderWay) => Err(Dead::Circle),
            Some(count) => Ok((target, *count)),
            None => Err(Dead::Missing),
        },
    }
}

/// What is wrong with a node that is an input.
pub(super) fn objection(node: &Node) -> Option<&'static str> {
    match (&node.locked, &node.original) {
        (None, _) => Some(".locked: missing"),
        (_, None) => Some(".original: missing"),
        (Some(locked), _) if !locked.has_kind() => Some(".locked.type: missing"),
        (_, Some(original)) if !original.has_kind() => Some(".original.type: missing"),
        _ => None,
    }
}

fn place(entries: &[Entry], node: usize, input: usize, key: &str, reason: &Dead) -> String {
    let own_key = entries.get(node).map_or("", |(key, _)| key.as_ref());
    let name = match entries.get(node) {
        Some((_, Ok(node))) => node.inputs.get(input).map_or("", |(name, _)| name.as_ref()),
        _ => "",
    };
    match reason {
        Dead::Missing => format!("nodes.{own_key}.inputs.{name}: there is no node `{key}`"),
        Dead::Circle => format!("nodes.{own_key}.inputs.{name}: `{key}` is an input of itself"),
        Dead::Malformed(what) => format!("nodes.{key}{what}"),
    }
}
