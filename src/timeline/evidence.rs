//! Each fact about a generation held against every lock: agrees, contradicts, silent.

use std::hash::BuildHasher as _;
use std::rc::Rc;
use std::sync::Arc;

use crate::generation::{Facts, Kept, NixpkgsRevision, Told};
use crate::history::Universe;
use crate::lock::{Change, InputPath, Lock, Node, Pin, Source, StoreDir, compare};
use crate::spread::{Spread, SpreadMap, SpreadSet};

use super::correlate::Set;

/// What a fact says about a lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// The lock has what the fact tells.
    Agrees,
    /// The lock has something else instead.
    Contradicts,
    /// The fact says nothing about it.
    Silent,
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Agrees => "agrees",
            Self::Contradicts => "contradicts",
            Self::Silent => "says nothing",
        })
    }
}

/// A fact of a generation, and its verdict on the lock that was chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// What the fact is about.
    pub what: String,
    /// What it says.
    pub value: String,
    /// The file it was read from, below the system's own path.
    pub origin: String,
    /// What it says about the lock.
    pub verdict: Verdict,
}

/// A fact about an input, with the locks it speaks for and against.
#[derive(Debug)]
pub(super) struct Claim {
    pub(super) what: String,
    pub(super) value: String,
    pub(super) origin: String,
    /// The nodes that are what the fact tells, as places in the [`Index`].
    pub(super) nodes: Vec<usize>,
    /// Whether the fact tells those nodes whole, not only the beginning of a revision.
    pub(super) is_whole: bool,
    pub(super) agree: Set,
    pub(super) contradict: Against,
}

/// The locks a fact speaks against.
#[derive(Debug)]
pub(super) enum Against {
    /// All that it does not speak for.
    Others,
    /// These.
    Only(Set),
}

impl Claim {
    pub(super) fn verdict(&self, lock: usize) -> Verdict {
        if self.agree.has(lock) {
            return Verdict::Agrees;
        }
        match &self.contradict {
            Against::Others => Verdict::Contradicts,
            Against::Only(locks) if locks.has(lock) => Verdict::Contradicts,
            Against::Only(_) => Verdict::Silent,
        }
    }

    /// Whether it can tell nothing of any lock.
    pub(super) fn says_nothing(&self) -> bool {
        self.nodes.is_empty()
            && match &self.contradict {
                Against::Others => self.agree.is_all(),
                Against::Only(locks) => locks.is_empty(),
            }
    }
}

/// The state that a node pins.
#[derive(Clone, Copy)]
struct Pinned {
    number: usize,
    hash: u64,
}

/// A fact that generations share, and with it what it says of the locks.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Fact<'f> {
    Nixpkgs(&'f Told<NixpkgsRevision>),
    Darwin(&'f Told<String>),
    Kept(&'f Kept),
}

/// Every node of every lock, to be found by revision, store path and hash. Made once for a repository and a store.
pub(super) struct Index<'u> {
    universe: &'u Universe,
    nodes: Vec<&'u Arc<Node>>,
    /// The locks that have a node.
    holders: Vec<Vec<usize>>,
    /// What each node pins; `None` for one that pins nothing.
    pin_of: Vec<Option<Pinned>>,
    /// Every different pin, numbered.
    pins: SpreadMap<&'u str, usize>,
    /// The sum of what each lock pins: different ones say different things.
    signatures: Vec<u64>,
    by_signature: SpreadMap<u64, Vec<usize>>,
    places: SpreadMap<*const Node, usize>,
    by_rev: SpreadMap<&'u str, Vec<usize>>,
    by_path: SpreadMap<String, Vec<usize>>,
    by_hash: SpreadMap<&'u str, Vec<usize>>,
    claims: SpreadMap<Fact<'u>, Rc<Claim>>,
}

impl<'u> Index<'u> {
    pub(super) fn new(universe: &'u Universe, store: &StoreDir) -> Self {
        std::thread::scope(|scope| {
            let paths = || paths(universe, store);
            // As much work as all the rest.
            let helper = std::thread::Builder::new().name("paths".to_owned()).spawn_scoped(scope, paths);
            let mut index = Self::without_paths(universe);
            // Where no thread can be had, or it broke off, there is still this one.
            for (path, node) in helper.ok().and_then(|helper| helper.join().ok()).unwrap_or_else(paths) {
                let place = index.place(node);
                index.by_path.entry(path).or_default().push(place);
            }
            index
        })
    }

    fn without_paths(universe: &'u Universe) -> Self {
        // Locks of a history have about as many different nodes as there are locks.
        let size = universe.versions.len();
        let mut index = Self {
            universe,
            nodes: Vec::new(),
            holders: Vec::new(),
            pin_of: Vec::new(),
            pins: SpreadMap::default(),
            signatures: Vec::with_capacity(universe.versions.len()),
            by_signature: SpreadMap::default(),
            places: SpreadMap::with_capacity_and_hasher(size, Spread::default()),
            by_rev: SpreadMap::with_capacity_and_hasher(size, Spread::default()),
            by_path: SpreadMap::with_capacity_and_hasher(size, Spread::default()),
            by_hash: SpreadMap::with_capacity_and_hasher(size, Spread::default()),
            claims: SpreadMap::default(),
        };
        // Which lock had each pin last: one source under two names is one.
        let mut seen: Vec<Option<usize>> = Vec::new();
        // Nearly every node is the one that stood in its place in the lock before, and is found there without hashing.
        let mut before: Vec<(*const Node, usize)> = Vec::new();
        for (lock, version) in universe.versions.iter().enumerate() {
            let mut signature: u64 = 0;
            for (n, node) in version.lock.nodes().enumerate() {
                let known = before.get(n).filter(|(known, _)| std::ptr::eq(*known, Arc::as_ptr(node)));
                let place = known.map_or_else(|| index.place(node), |(_, place)| *place);
                match before.get_mut(n) {
                    Some(stood) => *stood = (Arc::as_ptr(node), place),
                    None => before.push((Arc::as_ptr(node), place)),
                }
                if let Some(holders) = index.holders.get_mut(place) {
                    holders.push(lock);
                }
                seen.resize(index.pins.len(), None);
                if let Some(pinned) = index.pin_of.get(place).copied().flatten()
                    && seen.get_mut(pinned.number).is_some_and(|seen| seen.replace(lock) != Some(lock))
                {
                    signature = signature.wrapping_add(pinned.hash);
                }
            }
            index.signatures.push(signature);
            index.by_signature.entry(signature).or_default().push(lock);
        }
        index
    }

    /// A node's place; locks decoded together share their nodes, so most have one already.
    fn place(&mut self, node: &'u Arc<Node>) -> usize {
        if let Some(&place) = self.places.get(&Arc::as_ptr(node)) {
            return place;
        }
        let place = self.nodes.len();
        self.places.insert(Arc::as_ptr(node), place);
        self.nodes.push(node);
        self.holders.push(Vec::new());
        let pin = node.locked().and_then(|source| source.rev().or_else(|| source.nar_hash()));
        let next = self.pins.len();
        self.pin_of.push(pin.map(|pin| Pinned {
            number: *self.pins.entry(pin).or_insert(next),
            hash: self.pins.hasher().hash_one(pin),
        }));
        if let Some(source) = node.locked() {
            if let Some(rev) = source.rev() {
                self.by_rev.entry(rev).or_default().push(place);
            }
            if let Some(hash) = source.nar_hash() {
                self.by_hash.entry(hash.trim_end_matches('=')).or_default().push(place);
            }
        }
        place
    }

    /// How many locks there are.
    pub(super) fn size(&self) -> usize {
        self.universe.versions.len()
    }

    pub(super) fn lock(&self, place: usize) -> Option<&'u Lock> {
        self.universe.versions.get(place).map(|version| version.lock.as_ref())
    }

    /// The locks that pin the same as this one, itself among them.
    pub(super) fn like(&self, lock: usize) -> &[usize] {
        let signature = self.signatures.get(lock);
        signature.and_then(|signature| self.by_signature.get(signature)).map_or(&[], Vec::as_slice)
    }

    /// Whether two locks say the same. Nearly all pairs differ in what they pin, which is quickly seen.
    pub(super) fn says_same(&self, a: usize, b: usize) -> bool {
        let signature = |lock: usize| self.signatures.get(lock);
        match (self.lock(a), self.lock(b)) {
            (Some(one), Some(other)) if signature(a) == signature(b) => {
                !compare(Some(one), Some(other)).iter().any(Change::is_move)
            }
            _ => false,
        }
    }

    /// Whether every fixed input of a lock is among these nodes.
    pub(super) fn accounts_for(&self, lock: usize, nodes: &SpreadSet<usize>) -> bool {
        let Some(lock) = self.lock(lock) else { return false };
        let is_fixed =
            |node: &Arc<Node>| node.locked().is_some_and(|s| s.rev().is_some() || s.nar_hash().is_some());
        lock.nodes()
            .filter(|node| is_fixed(node))
            .all(|node| self.places.get(&Arc::as_ptr(node)).is_some_and(|place| nodes.contains(place)))
    }

    fn holders_of(&self, nodes: &[usize]) -> Set {
        let mut set = Set::new(self.size());
        for lock in nodes.iter().filter_map(|&node| self.holders.get(node)).flatten() {
            set.add(*lock);
        }
        set
    }

    /// What a generation's facts say about all the locks. Each different fact is looked up once: most of a generation's
    /// are those of the one before.
    pub(super) fn claims(&mut self, facts: &'u Facts) -> Vec<Rc<Claim>> {
        let nixpkgs = facts.nixpkgs.as_ref().map(Fact::Nixpkgs);
        let darwin = facts.darwin_revision.as_ref().map(Fact::Darwin);
        let kept = facts.kept.iter().map(Fact::Kept);
        nixpkgs.into_iter().chain(darwin).chain(kept).map(|fact| self.shared(fact)).collect()
    }

    fn shared(&mut self, fact: Fact<'u>) -> Rc<Claim> {
        if let Some(known) = self.claims.get(&fact) {
            return Rc::clone(known);
        }
        let claim = Rc::new(self.claim(fact));
        self.claims.insert(fact, Rc::clone(&claim));
        claim
    }

    fn claim(&self, fact: Fact<'_>) -> Claim {
        let of_rev = |rev: &str| self.by_rev.get(rev).cloned().unwrap_or_default();
        match fact {
            Fact::Nixpkgs(Told { value: NixpkgsRevision::Full(rev), origin }) => {
                self.decisive("nixpkgs revision", rev.clone(), origin, of_rev(rev))
            }
            Fact::Nixpkgs(Told { value: NixpkgsRevision::Beginning { digits, day }, origin }) => {
                let day_text = day.as_deref().map(|day| format!(" of {day}")).unwrap_or_default();
                let nodes = self.beginning_with(digits, day.as_deref());
                let value = format!("{digits}…{day_text}");
                Claim { is_whole: false, ..self.decisive("nixpkgs revision", value, origin, nodes) }
            }
            Fact::Darwin(Told { value, origin }) => {
                let rev = value.strip_suffix("-dirty").unwrap_or(value);
                self.decisive("nix-darwin revision", value.clone(), origin, of_rev(rev))
            }
            Fact::Kept(kept) => self.kept(kept),
        }
    }

    /// The nodes whose revision begins like this and is of this day (UTC, `20260131`), where both days are known.
    fn beginning_with(&self, digits: &str, day: Option<&str>) -> Vec<usize> {
        let fits = |source: &Source| {
            source.rev().is_some_and(|rev| rev.starts_with(digits))
                && day.is_none_or(|day| day_of(source).is_none_or(|of_node| of_node == day))
        };
        let nodes = self.nodes.iter().enumerate();
        nodes.filter(|(_, node)| node.locked().is_some_and(fits)).map(|(place, _)| place).collect()
    }

    /// A fact that every lock must have: one without it was not used.
    fn decisive(&self, what: &str, value: String, origin: &str, nodes: Vec<usize>) -> Claim {
        Claim {
            what: what.to_owned(),
            value,
            origin: origin.to_owned(),
            agree: self.holders_of(&nodes),
            nodes,
            is_whole: true,
            contradict: Against::Others,
        }
    }

    /// A source that is kept. If some lock has it, it was an input, and locks without it were not used. If none has
    /// it, it may be anything (the configuration itself, say), unless its name is that of an input.
    fn kept(&self, kept: &Kept) -> Claim {
        let mut nodes: Vec<usize> = Vec::new();
        let by_path = kept.path.as_deref().and_then(|path| self.by_path.get(path));
        let by_hash = kept.nar_hash.as_deref().and_then(|hash| self.by_hash.get(hash.trim_end_matches('=')));
        let by_rev = kept.rev.as_deref().and_then(|rev| self.by_rev.get(rev));
        for found in [by_path, by_hash, by_rev].into_iter().flatten() {
            nodes.extend(found.iter().filter(|node| !nodes.contains(node)).copied().collect::<Vec<_>>());
        }
        let name =
            kept.name.as_deref().map_or_else(|| "source".to_owned(), |name| format!("source kept as {name}"));
        let value = kept
            .rev
            .clone()
            .or_else(|| kept.path.clone())
            .or_else(|| kept.nar_hash.clone())
            .unwrap_or_default();
        if !nodes.is_empty() {
            return self.decisive(&name, value, &kept.origin, nodes);
        }
        let mut contradict = Set::new(self.size());
        if let Some(name) = kept.name.as_deref() {
            let path = InputPath::new([name]);
            for lock in (0..self.size())
                .filter(|&lock| self.lock(lock).is_some_and(|lock| could_tell(lock, &path, kept)))
            {
                contradict.add(lock);
            }
        }
        let (origin, agree) = (kept.origin.clone(), Set::new(self.size()));
        let contradict = Against::Only(contradict);
        Claim { what: name, value, origin, nodes, is_whole: true, agree, contradict }
    }
}

/// Every different node that has a store path, with it.
fn paths<'u>(universe: &'u Universe, store: &StoreDir) -> Vec<(String, &'u Arc<Node>)> {
    let mut seen = SpreadSet::with_capacity_and_hasher(universe.versions.len(), Spread::default());
    let nodes = universe.versions.iter().flat_map(|version| version.lock.nodes());
    let different = nodes.filter(|node| seen.insert(Arc::as_ptr(node)));
    different.filter_map(|node| Some((store.path_of(node.locked()?)?, node))).collect()
}

/// Whether the lock has an input of that name which would be recognised if it were the kept one.
fn could_tell(lock: &Lock, path: &InputPath, kept: &Kept) -> bool {
    match lock.pin(path) {
        Some(Pin::Own(node)) => node.locked().is_some_and(|source| {
            (kept.rev.is_some() && source.rev().is_some())
                || ((kept.path.is_some() || kept.nar_hash.is_some()) && source.nar_hash().is_some())
        }),
        Some(Pin::Follows(_)) | None => false,
    }
}

fn day_of(source: &Source) -> Option<String> {
    let seconds = i64::try_from(source.date()?).ok()?;
    let day = chrono::DateTime::<chrono::Utc>::from_timestamp(seconds, 0)?;
    Some(day.format("%Y%m%d").to_string())
}
