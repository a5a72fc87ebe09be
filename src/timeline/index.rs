//! The locks of a repository as a generation sees them whose system lies in some store.

use std::cell::OnceCell;
use std::hash::BuildHasher as _;
use std::ops::Range;

use crate::history::Universe;
use crate::lock::{Change, Lock, Source, StoreDir, compare};
use crate::spread::{Spread, SpreadSet};

use super::nodes::{ByKey, Nodes};

/// The locks and their nodes, and where the nodes' sources lie in one store.
pub(super) struct Index<'u> {
    universe: &'u Universe,
    nodes: &'u Nodes,
    store: StoreDir,
    spread: Spread,
    /// Made when a path is asked for the first time: they must be computed.
    by_path: OnceCell<ByKey>,
}

impl<'u> Index<'u> {
    /// The index of all locks; the nodes must be theirs.
    pub(super) fn new(universe: &'u Universe, nodes: &'u Nodes, store: StoreDir) -> Self {
        Self { universe, nodes, store, spread: Spread::default(), by_path: OnceCell::new() }
    }

    pub(super) fn nodes(&self) -> &'u Nodes {
        self.nodes
    }

    /// Whether there is no lock.
    pub(super) fn is_empty(&self) -> bool {
        self.universe.versions.is_empty()
    }

    /// The places of all locks.
    pub(super) fn locks(&self) -> Range<usize> {
        0..self.universe.versions.len()
    }

    pub(super) fn lock(&self, place: usize) -> Option<&'u Lock> {
        self.universe.versions.get(place).map(|version| version.lock.as_ref())
    }

    /// Whether two locks say the same. Nearly all pairs differ in what they pin, which is quickly seen.
    pub(super) fn says_same(&self, a: usize, b: usize) -> bool {
        match (self.lock(a), self.lock(b)) {
            (Some(one), Some(other)) if self.nodes.seem_alike(a, b) => {
                !compare(Some(one), Some(other)).iter().any(Change::is_move)
            }
            _ => false,
        }
    }

    /// Whether every fixed input of a lock is among these nodes.
    pub(super) fn accounts_for(&self, lock: usize, nodes: &SpreadSet<usize>) -> bool {
        let is_among = |lock: &Lock| self.nodes.fixed(lock).all(|place| nodes.contains(&place));
        self.lock(lock).is_some_and(is_among)
    }

    /// The nodes whose source lies at this path.
    pub(super) fn of_path(&self, path: &str) -> impl Iterator<Item = usize> {
        let key = self.spread.hash_one(path);
        let is_there = move |source: &Source| self.store.path_of(source).is_some_and(|own| own == path);
        let near = self.by_path.get_or_init(|| self.paths()).between(key, key);
        near.filter(move |&node| self.nodes.source(node).is_some_and(is_there))
    }

    fn paths(&self) -> ByKey {
        let key = |source| Some(self.spread.hash_one(self.store.path_of(source)?));
        let keys = self.nodes.sources().filter_map(|(place, source)| Some((key(source)?, place)));
        ByKey::new(keys.collect())
    }
}
