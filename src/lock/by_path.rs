//! A lock without its keys: every input under its path. Nothing is shared here, as in every lock of version 7; what
//! follows another stays symbolic. This is how Nix holds a lock while it makes one (`computeLocks` in `flake.cc`).
//!
//! Sorted by path, parents stand before their inputs and those in the order of their names' bytes: the order in which
//! Nix writes.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Edge, InputPath, Lock, MOST_NAMES, Node};

/// How an input is given. The inputs of a node here are those below its path, whatever the node itself says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Given {
    Own(Arc<Node>),
    Follows(InputPath),
}

/// Every input by its path.
#[derive(Clone, Debug, Default)]
pub(super) struct ByPath {
    inputs: BTreeMap<InputPath, Given>,
    /// The names of all paths together.
    names: u64,
}

/// More inputs than [`MOST_NAMES`] allows.
#[derive(Debug)]
pub(super) struct TooMany;

/// Where a path leads, as Nix looks it up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// To the input at this path, which is given by itself; the empty path is the root flake.
    At(InputPath),
    /// To no input.
    Nowhere,
    /// To a path that was asked for on the way already: from there on, back to it.
    Again(Vec<InputPath>),
    /// Over more steps than anybody would write.
    TooFar,
}

/// No real chain of `follows` has more than a dozen links.
const MOST_STEPS: usize = 200;

impl ByPath {
    pub(super) fn of(lock: &Lock) -> Self {
        let mut by_path = Self::default();
        for (path, edge) in lock.inputs() {
            let given = match edge {
                Edge::Follows(target) => Given::Follows(target.clone()),
                Edge::Node(key) => match lock.nodes.find(key) {
                    Some(node) => Given::Own(Arc::clone(node)),
                    None => continue,
                },
            };
            by_path.names += names(&path);
            by_path.inputs.insert(path, given);
        }
        by_path
    }

    pub(super) fn get(&self, path: &InputPath) -> Option<&Given> {
        self.inputs.get(path)
    }

    /// The node at a path that no `follows` lies on.
    pub(super) fn node(&self, path: &InputPath) -> Option<&Arc<Node>> {
        match self.get(path)? {
            Given::Own(node) => Some(node),
            Given::Follows(_) => None,
        }
    }

    /// Every input, parents before children, sorted by name.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&InputPath, &Given)> {
        self.inputs.iter()
    }

    /// The input at a path and all that lies below it.
    pub(super) fn subtree(&self, at: &InputPath) -> impl Iterator<Item = (&InputPath, &Given)> {
        self.inputs.range(at..).take_while(move |(path, _)| path.starts_with(at))
    }

    /// Gives an input, whatever it was before.
    pub(super) fn insert(&mut self, path: InputPath, given: Given) -> Result<(), TooMany> {
        let own = names(&path);
        if self.inputs.insert(path, given).is_none() {
            self.names += own;
        }
        if self.names > MOST_NAMES { Err(TooMany) } else { Ok(()) }
    }

    /// Takes away the input at a path and all that lies below it.
    pub(super) fn remove(&mut self, at: &InputPath) {
        let gone: Vec<InputPath> = self.subtree(at).map(|(path, _)| path.clone()).collect();
        for path in gone {
            self.names -= names(&path);
            self.inputs.remove(&path);
        }
    }

    /// Puts what another lock has at `from`, with all that lies below it, in the place of `to`.
    pub(super) fn put(&mut self, to: &InputPath, other: &Self, from: &InputPath) -> Result<(), TooMany> {
        self.remove(to);
        for (path, given) in other.subtree(from) {
            if let Some(path) = path.moved(from, to) {
                self.insert(path, given.moved(from, to))?;
            }
        }
        Ok(())
    }

    /// Follows a path as Nix does (`LockFile::findInput`), with its oddity: a path asked for twice is a cycle to it,
    /// even where the first time is over and done with.
    pub(super) fn resolve(&self, path: &InputPath) -> Found {
        let mut asked = vec![path.clone()];
        let mut position = InputPath::default();
        // The names still to go, for each path under way.
        let mut legs: Vec<Vec<Arc<str>>> = vec![path.0.iter().rev().cloned().collect()];
        while let Some(leg) = legs.last_mut() {
            let Some(name) = leg.pop() else {
                legs.pop();
                continue;
            };
            position.0.push(name);
            match self.get(&position) {
                None => return Found::Nowhere,
                Some(Given::Own(_)) => {}
                Some(Given::Follows(target)) => {
                    if let Some(first) = asked.iter().position(|path| path == target) {
                        let mut again = asked.split_off(first);
                        again.push(target.clone());
                        return Found::Again(again);
                    }
                    if asked.len() >= MOST_STEPS {
                        return Found::TooFar;
                    }
                    asked.push(target.clone());
                    position = InputPath::default();
                    legs.push(target.0.iter().rev().cloned().collect());
                }
            }
        }
        Found::At(position)
    }
}

impl Given {
    /// The same where what lay below `from` lies below `to`: with it moves what it follows there, and the flake there
    /// that its path is relative to.
    fn moved(&self, from: &InputPath, to: &InputPath) -> Self {
        if from == to {
            return self.clone();
        }
        match self {
            Self::Follows(target) => Self::Follows(target.moved(from, to).unwrap_or_else(|| target.clone())),
            Self::Own(node) => match node.parent().and_then(|parent| parent.moved(from, to)) {
                None => self.clone(),
                parent => Self::Own(Arc::new(Node { parent, ..Node::clone(node) })),
            },
        }
    }
}

fn names(path: &InputPath) -> u64 {
    path.0.len() as u64
}

#[cfg(test)]
pub(crate) mod tests;
