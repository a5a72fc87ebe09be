//! Each fact about a generation held against every lock: agrees, contradicts, silent.

use std::cell::OnceCell;
use std::rc::Rc;
use std::sync::Arc;

use crate::generation::{Facts, Kept, NixpkgsRevision, Told};
use crate::lock::{InputPath, Pin, Source};
use crate::spread::SpreadMap;

use super::index::Index;
use super::set::Set;

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

/// A fact of a generation in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stated {
    /// What the fact is about.
    pub what: String,
    /// What it says.
    pub value: String,
    /// The file it was read from, below the system's own path.
    pub origin: String,
}

/// A fact of a generation, and its verdict on the lock that was chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// The fact, which many generations may share.
    pub stated: Rc<Stated>,
    /// What it says about the lock.
    pub verdict: Verdict,
}

/// A fact about an input, with the locks it speaks for and against.
#[derive(Debug)]
pub(super) struct Claim<'f> {
    fact: Fact<'f>,
    /// The fact in words, once somebody has asked.
    stated: OnceCell<Rc<Stated>>,
    /// The nodes that are what the fact tells, by their places.
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

impl Claim<'_> {
    pub(super) fn stated(&self) -> Rc<Stated> {
        Rc::clone(self.stated.get_or_init(|| Rc::new(self.fact.stated())))
    }

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

    /// Whether it speaks against every lock that it does not speak for.
    pub(super) fn is_decisive(&self) -> bool {
        matches!(self.contradict, Against::Others)
    }

    /// Whether it can tell nothing of any lock.
    pub(super) fn says_nothing(&self) -> bool {
        let against_none = matches!(&self.contradict, Against::Only(locks) if locks.is_empty());
        self.nodes.is_empty() && against_none
    }
}

/// A fact, as it was read.
#[derive(Clone, Copy, Debug)]
enum Fact<'f> {
    Revision(Revision<'f>),
    Kept(&'f Kept),
}

/// A revision that a system tells besides the sources it keeps. Many systems tell the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Revision<'f> {
    Nixpkgs(&'f Told<NixpkgsRevision>),
    Darwin(&'f Told<String>),
}

impl Fact<'_> {
    fn stated(self) -> Stated {
        let (what, value, origin) = match self {
            Self::Revision(Revision::Nixpkgs(Told { value, origin })) => {
                let value = match value {
                    NixpkgsRevision::Full(rev) => rev.clone(),
                    NixpkgsRevision::Beginning { digits, day: None } => format!("{digits}…"),
                    NixpkgsRevision::Beginning { digits, day: Some(day) } => format!("{digits}… of {day}"),
                };
                ("nixpkgs revision".to_owned(), value, origin)
            }
            Self::Revision(Revision::Darwin(Told { value, origin })) => {
                ("nix-darwin revision".to_owned(), value.clone(), origin)
            }
            Self::Kept(kept) => {
                let what = match &kept.name {
                    Some(name) => format!("source kept as {name}"),
                    None => "source".to_owned(),
                };
                let value = [&kept.rev, &kept.path, &kept.nar_hash].into_iter().flatten().next().cloned();
                (what, value.unwrap_or_default(), &kept.origin)
            }
        };
        Stated { what, value, origin: origin.clone() }
    }
}

/// What facts say about the locks of an [`Index`], each fact looked up once: most of a generation's are those of the one
/// before.
pub(super) struct Claims<'u> {
    index: Index<'u>,
    known: SpreadMap<Revision<'u>, Rc<Claim<'u>>>,
    /// By their addresses: systems that keep the same share it.
    kept: SpreadMap<*const Kept, Rc<Claim<'u>>>,
    inputs: SpreadMap<&'u str, Recognisable>,
}

/// The locks with an input of some name, that would be recognised by its revision, and by its hash or store path.
struct Recognisable {
    by_rev: Set,
    by_hash: Set,
}

/// What the facts of one generation say.
#[derive(Default)]
pub(super) struct OfFacts<'f> {
    /// All claims.
    pub(super) claims: Vec<Rc<Claim<'f>>>,
    /// How many of them, at the end, are those of the kept sources, in their order.
    of_kept: usize,
}

impl OfFacts<'_> {
    /// The kept sources that are no input of any lock.
    pub(super) fn no_inputs<'f>(&self, facts: &'f Facts) -> impl Iterator<Item = &'f Kept> {
        let of_kept = self.claims.iter().skip(self.claims.len() - self.of_kept);
        let kept = facts.kept.iter().zip(of_kept);
        kept.filter(|(_, claim)| claim.nodes.is_empty()).map(|(kept, _)| kept.as_ref())
    }
}

impl<'u> Claims<'u> {
    pub(super) fn new(index: Index<'u>) -> Self {
        let (known, kept, inputs) = (SpreadMap::default(), SpreadMap::default(), SpreadMap::default());
        Self { index, known, kept, inputs }
    }

    pub(super) fn index(&self) -> &Index<'u> {
        &self.index
    }

    /// What a generation's facts say about all the locks.
    pub(super) fn of(&mut self, facts: &'u Facts) -> OfFacts<'u> {
        let nixpkgs = facts.nixpkgs.as_ref().map(Revision::Nixpkgs);
        let darwin = facts.darwin_revision.as_ref().map(Revision::Darwin);
        let mut claims = Vec::with_capacity(2 + facts.kept.len());
        for revision in nixpkgs.into_iter().chain(darwin) {
            let known = self.known.get(&revision).map(Rc::clone);
            claims.push(known.unwrap_or_else(|| {
                let claim = Rc::new(self.of_revision(revision));
                self.known.insert(revision, Rc::clone(&claim));
                claim
            }));
        }
        for kept in &facts.kept {
            let known = self.kept.get(&Arc::as_ptr(kept)).map(Rc::clone);
            claims.push(known.unwrap_or_else(|| {
                let claim = Rc::new(self.of_kept(kept));
                self.kept.insert(Arc::as_ptr(kept), Rc::clone(&claim));
                claim
            }));
        }
        OfFacts { claims, of_kept: facts.kept.len() }
    }

    fn of_revision(&self, revision: Revision<'u>) -> Claim<'u> {
        let nodes = self.index.nodes();
        let fact = Fact::Revision(revision);
        match revision {
            Revision::Nixpkgs(Told { value: NixpkgsRevision::Full(rev), .. }) => {
                self.decisive(fact, nodes.of_rev(rev).collect())
            }
            Revision::Nixpkgs(Told { value: NixpkgsRevision::Beginning { digits, day }, .. }) => {
                // The day is that of the revision in UTC, where both are known.
                let is_of_day = |source: &Source| {
                    day.as_ref().is_none_or(|day| day_of(source).is_none_or(|of_node| of_node == *day))
                };
                let nodes = nodes.beginning_with(digits, is_of_day).collect();
                Claim { is_whole: false, ..self.decisive(fact, nodes) }
            }
            Revision::Darwin(Told { value, .. }) => {
                let rev = value.strip_suffix("-dirty").unwrap_or(value);
                self.decisive(fact, nodes.of_rev(rev).collect())
            }
        }
    }

    /// A fact that every lock must have: one without it was not used.
    fn decisive(&self, fact: Fact<'u>, nodes: Vec<usize>) -> Claim<'u> {
        let agree = self.index.nodes().holders_of(&nodes);
        // Where there is no lock at all, it speaks against none.
        let contradict = if self.index.is_empty() { Against::Only(Set::default()) } else { Against::Others };
        Claim { fact, stated: OnceCell::new(), agree, nodes, is_whole: true, contradict }
    }

    /// A source that is kept. If some lock has it, it was an input, and locks without it were not used. If none has
    /// it, it may be anything (the configuration itself, say), unless its name is that of an input.
    fn of_kept(&mut self, kept: &'u Kept) -> Claim<'u> {
        let mut nodes: Vec<usize> = Vec::new();
        nodes.extend(kept.nar_hash.iter().flat_map(|hash| self.index.nodes().of_hash(hash)));
        nodes.extend(kept.rev.iter().flat_map(|rev| self.index.nodes().of_rev(rev)));
        nodes.sort_unstable();
        nodes.dedup();
        // A path is nothing but a hash by another name, and one that must be computed.
        if nodes.is_empty() {
            nodes.extend(kept.path.iter().flat_map(|path| self.index.of_path(path)));
        }
        let is_input = !nodes.is_empty();
        let claim = self.decisive(Fact::Kept(kept), nodes);
        if is_input { claim } else { Claim { contradict: Against::Only(self.without_it(kept)), ..claim } }
    }

    /// The locks that have another input under the name of a source which no lock has.
    fn without_it(&mut self, kept: &'u Kept) -> Set {
        let Some(name) = kept.name.as_deref() else { return Set::default() };
        let recognisable = self.inputs.entry(name).or_insert_with(|| recognisable(&self.index, name));
        let by_rev = kept.rev.as_ref().map(|_| &recognisable.by_rev);
        // Every input's path is called so; a patched nixpkgs or a folder at home is not, and tells of none.
        let path = kept.path.as_ref().filter(|path| path.ends_with("-source"));
        let by_hash = path.or(kept.nar_hash.as_ref()).map(|_| &recognisable.by_hash);
        by_rev.into_iter().chain(by_hash).fold(Set::default(), |locks, more| locks.or(more))
    }
}

fn recognisable(index: &Index<'_>, name: &str) -> Recognisable {
    let path = InputPath::new([name]);
    let source = |lock| match index.lock(lock)?.pin(&path)? {
        Pin::Own(node) => node.locked(),
        Pin::Follows(_) => None,
    };
    let those = |is_told: fn(&Source) -> bool| {
        index.locks().filter(|&lock| source(lock).is_some_and(is_told)).collect::<Set>()
    };
    Recognisable {
        by_rev: those(|source| source.rev().is_some()),
        by_hash: those(|source| source.nar_hash().is_some()),
    }
}

/// The day of a revision in UTC, as `20260131`.
fn day_of(source: &Source) -> Option<String> {
    let seconds = i64::try_from(source.date()?).ok()?;
    let day = chrono::DateTime::<chrono::Utc>::from_timestamp(seconds, 0)?;
    Some(day.format("%Y%m%d").to_string())
}
