//! git's commit-graph: dates, parents and trees of many commits side by side, and for each commit a filter of the
//! paths it changed, so that a walk need not unpack commits and trees to learn that nothing happened in them.
//!
//! Nothing in the files is trusted. What is odd when they are opened means that there is no graph; what is odd in a
//! record, that this commit is not in it; the objects are read instead. A graph may also be older than the history:
//! what is not in it is not known to it.
//!
//! Not read: the hash at the end, as in git, and more of the files than is asked for.

mod bloom;
mod files;
mod layer;
mod pages;

use std::num::NonZeroU32;

use git2::Oid;

use super::CommitId;
use files::Files;
use layer::Layer;
use pages::{Pages, Source};

pub use bloom::PathKeys;

/// The generation of what is not in the graph: newer than everything that is (git's `GENERATION_NUMBER_INFINITY`).
pub(super) const NOT_IN_THE_GRAPH: u64 = (1 << 63) - 1;

/// The commit-graph of a repository.
pub struct CommitGraph {
    pages: Pages,
    /// Those below first.
    layers: Vec<Layer>,
    /// Whether generations are corrected dates.
    has_dates: bool,
}

/// A commit's place in a [`CommitGraph`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place(
    /// Its position, counted from 1.
    NonZeroU32,
);

/// A commit as the graph knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// The tree.
    pub(super) tree: Oid,
    /// The parents, in the commit's order.
    pub parents: Vec<(Place, CommitId)>,
    /// The committer's date in seconds since 1970 UTC; of a date after the year 2514 only what is left of it in 34 bits.
    pub date: u64,
}

/// What git's configuration says of commit-graphs.
struct Settings {
    is_used: bool,
    has_dates: bool,
    /// The only version of filters to be asked; `None`: any.
    version: Option<u32>,
}

impl Settings {
    fn of(repository: &git2::Repository) -> Self {
        let config = repository.config().and_then(|mut config| config.snapshot()).ok();
        let switch = |key| config.as_ref().and_then(|config| config.get_bool(key).ok()).unwrap_or(true);
        let number = |key| config.as_ref().and_then(|config| config.get_i64(key).ok());
        let old = if switch("commitgraph.readchangedpaths") { -1 } else { 0 };
        let version = number("commitgraph.changedpathsversion").unwrap_or(old);
        Self {
            is_used: switch("core.commitgraph"),
            has_dates: number("commitgraph.generationversion").unwrap_or(2) >= 2,
            // There is no version 0: it switches filters off.
            version: u32::try_from(version).ok(),
        }
    }
}

impl CommitGraph {
    /// The graph that git would use here. `None` when there is none, it is switched off, or cannot be made sense of.
    pub(super) fn of(repository: &git2::Repository) -> Option<Self> {
        // The files before the settings: most repositories that have none need not look further.
        let mut graph = Self::new(Files::of(&repository.commondir().join("objects"))?)?;
        let settings = Settings::of(repository);
        for layer in &mut graph.layers {
            if let Some(version) = settings.version {
                layer.keep_filters_of(version);
            }
            if !settings.has_dates {
                layer.forget_generations();
            }
        }
        graph.has_dates &= settings.has_dates;
        settings.is_used.then_some(graph)
    }

    /// The graph that a single file with these bytes makes; `None` when it cannot be made sense of.
    #[must_use]
    pub fn from_bytes(bytes: Vec<u8>) -> Option<Self> {
        Self::new(Files::one(Source::Memory(bytes))?)
    }

    fn new(files: Files) -> Option<Self> {
        let Files { sources, mut layers, .. } = files;
        // Dates and levels cannot be compared.
        let has_dates = layers.iter().all(Layer::has_generations);
        if !has_dates {
            layers.iter_mut().for_each(Layer::forget_generations);
        }
        Some(Self { pages: Pages::new(sources)?, layers, has_dates })
    }

    /// How many commits it holds.
    #[must_use]
    pub fn len(&self) -> u32 {
        self.layers.last().map_or(0, |layer| layer.first + layer.count)
    }

    /// Whether it holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The places of all commits.
    pub fn places(&self) -> impl Iterator<Item = Place> {
        (1..=self.len()).filter_map(NonZeroU32::new).map(Place)
    }

    /// Where a commit is. `None` when it is not in the graph.
    #[must_use]
    pub fn find(&self, commit: CommitId) -> Option<Place> {
        let id = commit.0.as_bytes();
        // What is looked for is mostly new, and so in one of the small files on top.
        let found =
            self.layers.iter().rev().find_map(|layer| {
                layer.find(&self.pages, id).and_then(|n| NonZeroU32::new(layer.first + n + 1))
            });
        found.map(Place)
    }

    /// The id of the commit there.
    #[must_use]
    pub fn id(&self, place: Place) -> Option<CommitId> {
        let (layer, n) = self.layer(place)?;
        Oid::from_bytes(&layer.id(&self.pages, n)?).ok().map(CommitId)
    }

    /// The commit there. `None` when its record, or that of one of its parents' ids, cannot be made sense of.
    #[must_use]
    pub fn commit(&self, place: Place) -> Option<Recorded> {
        let (layer, n) = self.layer(place)?;
        let record = layer.record(&self.pages, n)?;
        let linked = |position: &u32| {
            let place = Place(NonZeroU32::new(position + 1)?);
            Some((place, self.id(place)?))
        };
        let parents: Option<Vec<_>> = record.parents.iter().map(linked).collect();
        Some(Recorded { tree: Oid::from_bytes(&record.tree).ok()?, parents: parents?, date: record.date })
    }

    /// The tree of the commit there.
    pub(super) fn tree(&self, place: Place) -> Option<Oid> {
        let (layer, n) = self.layer(place)?;
        Oid::from_bytes(&layer.tree(&self.pages, n)?).ok()
    }

    /// Whether the generations are corrected dates.
    pub(super) fn has_dates(&self) -> bool {
        self.has_dates && !self.is_empty()
    }

    /// A number that is greater than that of each parent: a date, or only how long the longest way to a root is. Very
    /// old versions of git wrote a zero for each.
    #[must_use]
    pub fn generation(&self, place: Place) -> Option<u64> {
        let (layer, n) = self.layer(place)?;
        layer.generation(&self.pages, n)
    }

    /// Whether the commit there surely has the same as its first parent at a path; of a commit without parents,
    /// whether it surely has nothing there.
    #[must_use]
    pub fn is_unchanged(&self, place: Place, path: &PathKeys) -> bool {
        self.layer(place).is_some_and(|(layer, n)| layer.is_unchanged(&self.pages, n, path))
    }

    /// The file that a place is in, and the place in that file.
    fn layer(&self, place: Place) -> Option<(&Layer, u32)> {
        let position = place.0.get() - 1;
        let layer = self.layers.iter().rev().find(|layer| layer.first <= position)?;
        Some((layer, position - layer.first))
    }
}

#[cfg(test)]
mod tests;
