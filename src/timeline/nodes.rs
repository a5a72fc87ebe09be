//! Every node of every lock of a repository, each once, with the locks that have it.
//!
//! A history has hundreds of thousands of nodes, nearly all of which were in the lock before. So what is gone through
//! is what each lock has that the one before had not: each node is in one row of locks, or in a few.

use std::hash::BuildHasher as _;
use std::ops::Range;
use std::sync::Arc;

use crate::history::Universe;
use crate::lock::{Lock, Node, Source};
use crate::spread::SpreadMap;

use super::set::Set;

/// The nodes of all locks.
pub(super) struct Nodes {
    nodes: Vec<Arc<Node>>,
    places: SpreadMap<*const Node, usize>,
    /// What each node pins.
    pins: Vec<Option<Pinned>>,
    /// The locks each node is in, sorted by node.
    rows: Vec<Row>,
    /// Where the rows of each node begin; behind the last one, their end.
    begins: Vec<usize>,
    /// The sum of what each lock pins: different ones say different things.
    signatures: Vec<u64>,
    by_signature: ByKey,
    by_rev: ByKey,
    by_hash: ByKey,
}

/// The state that a node pins.
#[derive(Clone, Copy)]
struct Pinned {
    number: usize,
    hash: u64,
}

/// Locks one after the other that a node is in.
struct Row {
    node: usize,
    locks: Range<usize>,
}

/// A node that a lock has more than the lock before, or less.
struct Exchange {
    lock: usize,
    node: usize,
    came: bool,
}

/// Places, sorted by a key that says nearly all.
pub(super) struct ByKey(Vec<(u64, usize)>);

impl ByKey {
    pub(super) fn new(mut keys: Vec<(u64, usize)>) -> Self {
        keys.sort_unstable();
        Self(keys)
    }

    /// The places whose keys are not before the one and not after the other.
    pub(super) fn between(&self, first: u64, last: u64) -> impl Iterator<Item = usize> {
        let begin = self.0.partition_point(|(key, _)| *key < first);
        let found = self.0.iter().skip(begin).take_while(move |(key, _)| *key <= last);
        found.map(|(_, place)| *place)
    }
}

/// The nodes of the locks that were come by so far.
#[derive(Default)]
pub(super) struct Gathering {
    nodes: Vec<Arc<Node>>,
    places: SpreadMap<*const Node, usize>,
    pins: Pins,
    by_rev: Vec<(u64, usize)>,
    by_hash: Vec<(u64, usize)>,
    exchanges: Vec<Exchange>,
    locks: usize,
    last: Option<Arc<Lock>>,
}

impl Gathering {
    /// Adds the next lock.
    pub(super) fn add(&mut self, lock: &Arc<Lock>) {
        match self.last.replace(Arc::clone(lock)) {
            Some(before) => {
                let (left, came) = lock.exchanged(&before);
                left.for_each(|node| self.exchange(node, false));
                came.for_each(|node| self.exchange(node, true));
            }
            None => lock.nodes().for_each(|node| self.exchange(node, true)),
        }
        self.locks += 1;
    }

    fn exchange(&mut self, node: &Arc<Node>, came: bool) {
        let next = self.nodes.len();
        let place = *self.places.entry(Arc::as_ptr(node)).or_insert(next);
        if place == next {
            self.nodes.push(Arc::clone(node));
            // It was made a moment ago; to come back to it later would take longer than to look at it.
            let source = node.locked();
            let (rev, hash) = source.map(|source| (source.rev(), source.nar_hash())).unwrap_or_default();
            self.pins.push(rev.or(hash));
            self.by_rev.extend(rev.map(|rev| (beginning(rev, 0), place)));
            self.by_hash.extend(hash.map(|hash| (beginning_of_hash(hash), place)));
        }
        self.exchanges.push(Exchange { lock: self.locks, node: place, came });
    }
}

impl From<Gathering> for Nodes {
    fn from(gathering: Gathering) -> Self {
        let Gathering { nodes, places, pins, by_rev, by_hash, exchanges, locks, .. } = gathering;
        let rows = rows(&exchanges, nodes.len(), locks);
        let begins = begins(&rows, nodes.len());
        let signatures = signatures(&exchanges, &pins, locks);
        let by_signature =
            signatures.iter().enumerate().map(|(lock, signature)| (*signature, lock)).collect();
        Self {
            nodes,
            places,
            pins: pins.of_nodes,
            rows,
            begins,
            signatures,
            by_signature: ByKey::new(by_signature),
            by_rev: ByKey::new(by_rev),
            by_hash: ByKey::new(by_hash),
        }
    }
}

impl Nodes {
    /// Those of all these locks.
    pub(super) fn of(universe: &Universe) -> Self {
        let mut gathering = Gathering::default();
        universe.versions.iter().for_each(|version| gathering.add(&version.lock));
        gathering.into()
    }

    /// How many locks were gone through.
    pub(super) fn locks(&self) -> usize {
        self.signatures.len()
    }

    /// What is locked, with the places of the nodes.
    pub(super) fn sources(&self) -> impl Iterator<Item = (usize, &Source)> {
        self.nodes.iter().enumerate().filter_map(|(place, node)| Some((place, node.locked()?)))
    }

    /// What the node in a place locks.
    pub(super) fn source(&self, node: usize) -> Option<&Source> {
        self.nodes.get(node)?.locked()
    }

    /// The places of those nodes of a lock that are fixed.
    pub(super) fn fixed(&self, lock: &Lock) -> impl Iterator<Item = usize> {
        let places = lock.nodes().filter_map(|node| self.places.get(&Arc::as_ptr(node)).copied());
        places.filter(|&place| self.pins.get(place).copied().flatten().is_some())
    }

    /// Whether two locks pin the same, as far as can be seen from afar.
    pub(super) fn seem_alike(&self, a: usize, b: usize) -> bool {
        self.signatures.get(a) == self.signatures.get(b)
    }

    /// The locks that seem to pin the same as this one, itself among them.
    pub(super) fn like(&self, lock: usize) -> impl Iterator<Item = usize> {
        let signature = self.signatures.get(lock).into_iter();
        signature.flat_map(|&signature| self.by_signature.between(signature, signature))
    }

    /// The locks that have one of these nodes.
    pub(super) fn holders_of(&self, nodes: &[usize]) -> Set {
        let begin = |node: usize| self.begins.get(node).copied();
        let rows = |&node: &usize| self.rows.get(begin(node)?..begin(node + 1)?);
        Set::of(nodes.iter().filter_map(rows).flatten().map(|row| row.locks.clone()).collect())
    }

    /// The nodes of this revision.
    pub(super) fn of_rev(&self, rev: &str) -> impl Iterator<Item = usize> {
        self.beginning_with(rev, move |source| source.rev() == Some(rev))
    }

    /// The nodes whose revision begins like this and that are this as well.
    pub(super) fn beginning_with(
        &self,
        digits: &str,
        is_also: impl Fn(&Source) -> bool,
    ) -> impl Iterator<Item = usize> {
        let near = self.by_rev.between(beginning(digits, 0), beginning(digits, u8::MAX));
        let fits =
            move |source: &Source| source.rev().is_some_and(|rev| rev.starts_with(digits)) && is_also(source);
        near.filter(move |&node| self.source(node).is_some_and(&fits))
    }

    /// The nodes with this narHash, padded or not.
    pub(super) fn of_hash(&self, hash: &str) -> impl Iterator<Item = usize> {
        let (key, bare) = (beginning_of_hash(hash), hash.trim_end_matches('='));
        let is_same = move |own: &str| own.trim_end_matches('=') == bare;
        let is_wanted = move |source: &Source| source.nar_hash().is_some_and(is_same);
        self.by_hash.between(key, key).filter(move |&node| self.source(node).is_some_and(is_wanted))
    }
}

/// What each node pins, if anything.
#[derive(Default)]
struct Pins {
    of_nodes: Vec<Option<Pinned>>,
    /// Every different one by its hash, numbered. Should two have the same, two locks seem alike that are not, which is
    /// all that is lost.
    different: SpreadMap<u64, usize>,
}

impl Pins {
    fn push(&mut self, pin: Option<&str>) {
        let next = self.different.len();
        self.of_nodes.push(pin.map(|pin| {
            let hash = self.different.hasher().hash_one(pin);
            Pinned { number: *self.different.entry(hash).or_insert(next), hash }
        }));
    }
}

/// The locks each node is in, in rows.
fn rows(exchanges: &[Exchange], nodes: usize, locks: usize) -> Vec<Row> {
    // How often each node is in the lock that was come to, and since which one.
    let mut standing: Vec<(usize, Option<usize>)> = vec![(0, None); nodes];
    let mut rows = Vec::with_capacity(exchanges.len());
    for of_lock in exchanges.chunk_by(|one, other| one.lock == other.lock) {
        for Exchange { node, came, .. } in of_lock {
            if let Some((count, _)) = standing.get_mut(*node) {
                *count = if *came { *count + 1 } else { count.saturating_sub(1) };
            }
        }
        // One that left may have come again in another place: what counts is what there is in the end.
        for &Exchange { lock, node, .. } in of_lock {
            match standing.get_mut(node) {
                Some((0, since @ Some(_))) => {
                    rows.extend(since.take().map(|since| Row { node, locks: since..lock }));
                }
                Some((1.., since @ None)) => *since = Some(lock),
                _ => {}
            }
        }
    }
    let to_the_end = standing.iter().enumerate().filter_map(|(node, (_, since))| Some((node, (*since)?)));
    rows.extend(to_the_end.map(|(node, since)| Row { node, locks: since..locks }));
    rows.sort_unstable_by_key(|row| row.node);
    rows
}

/// Where the rows of each node begin, and where the last one's end.
fn begins(rows: &[Row], nodes: usize) -> Vec<usize> {
    let mut begins = Vec::with_capacity(nodes + 1);
    for (n, row) in rows.iter().enumerate() {
        if begins.len() <= row.node {
            begins.resize(row.node + 1, n);
        }
    }
    begins.resize(nodes + 1, rows.len());
    begins
}

/// The sum of what each lock pins, each pin once: one source under two names is one.
fn signatures(exchanges: &[Exchange], pins: &Pins, locks: usize) -> Vec<u64> {
    let mut counts = vec![0usize; pins.different.len()];
    let mut signatures = Vec::with_capacity(locks);
    let mut signature: u64 = 0;
    for &Exchange { lock, node, came } in exchanges {
        // Locks in which nothing came or went say what the one before says.
        signatures.resize(lock, signature);
        let Some(Pinned { number, hash }) = pins.of_nodes.get(node).copied().flatten() else { continue };
        let Some(count) = counts.get_mut(number) else { continue };
        match (came, *count) {
            (true, 0) => signature = signature.wrapping_add(hash),
            (false, 1) => signature = signature.wrapping_sub(hash),
            _ => {}
        }
        *count = if came { *count + 1 } else { count.saturating_sub(1) };
    }
    signatures.resize(locks, signature);
    signatures
}

/// The first eight bytes of a text as a number that sorts as they do, with this in place of those that are not there.
fn beginning(text: &str, filler: u8) -> u64 {
    let mut bytes = [filler; 8];
    bytes.iter_mut().zip(text.bytes()).for_each(|(place, byte)| *place = byte);
    u64::from_be_bytes(bytes)
}

/// The same of a hash, whose first letters are always the same, and which may be padded.
fn beginning_of_hash(hash: &str) -> u64 {
    let bare = hash.trim_end_matches('=');
    beginning(bare.strip_prefix("sha256-").unwrap_or(bare), 0)
}

#[cfg(test)]
mod tests;
