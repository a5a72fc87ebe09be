//! The sources that systems keep. Thousands of systems keep mostly the same ones, so each is there once.

use std::borrow::Cow;
use std::collections::hash_map::Entry;
use std::hash::BuildHasher as _;
use std::path::Path;
use std::sync::Arc;

use crate::spread::{Spread, SpreadMap, SpreadSet};

use super::files;

/// A source the system keeps or names: an input, or the configuration itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The name it is kept under, which by habit is the input's.
    pub name: Option<String>,
    /// Its store path.
    pub path: Option<String>,
    /// Its revision.
    pub rev: Option<String>,
    /// Its narHash.
    pub nar_hash: Option<String>,
    /// Its date in seconds since 1970 UTC.
    pub last_modified: Option<u64>,
    /// The file that says so, below the system's own path.
    pub origin: String,
    /// Whether it is known to be the configuration whose history is looked at. Nothing a system says of itself tells
    /// that, so it is false until what it holds was compared.
    pub is_own: bool,
}

impl Kept {
    /// Whether it is some configuration itself, by what it holds or by the two habits of keeping that: `self` in the
    /// registry, and the link `src`.
    #[must_use]
    pub fn is_configuration(&self) -> bool {
        self.is_own || self.name.as_deref() == Some("self") || self.origin == "src"
    }

    /// A file of the kept source, when that is still there: a regular one of no more than a mebibyte.
    #[must_use]
    pub fn file(&self, name: &str) -> Option<Vec<u8>> {
        files::bytes(&Path::new(self.path.as_deref()?).join(name))
    }
}

/// A kept source as it stands in the text that was read.
#[derive(Debug, Default)]
pub(super) struct Found<'t> {
    pub(super) name: Option<Cow<'t, str>>,
    pub(super) path: Option<Cow<'t, str>>,
    pub(super) rev: Option<Cow<'t, str>>,
    pub(super) nar_hash: Option<Cow<'t, str>>,
    pub(super) last_modified: Option<u64>,
    pub(super) origin: &'t str,
}

impl Found<'_> {
    fn is(&self, kept: &Kept) -> bool {
        self.rev.as_deref() == kept.rev.as_deref()
            && self.path.as_deref() == kept.path.as_deref()
            && self.nar_hash.as_deref() == kept.nar_hash.as_deref()
            && self.name.as_deref() == kept.name.as_deref()
            && self.last_modified == kept.last_modified
            && self.origin == kept.origin
    }
}

impl From<Found<'_>> for Kept {
    fn from(found: Found<'_>) -> Self {
        Self {
            name: found.name.map(Cow::into_owned),
            path: found.path.map(Cow::into_owned),
            rev: found.rev.map(Cow::into_owned),
            nar_hash: found.nar_hash.map(Cow::into_owned),
            last_modified: found.last_modified,
            origin: found.origin.to_owned(),
            is_own: false,
        }
    }
}

/// Every kept source that was found so far, in whatever system.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// By a hash of what nearly always tells them apart. Where two have the same, the later one stands here.
    known: SpreadMap<u64, Arc<Kept>>,
}

impl Seen {
    /// The one that was found before and says the same, or a new one.
    pub(super) fn share(&mut self, found: Found<'_>) -> Arc<Kept> {
        let what = found.rev.as_deref().or(found.nar_hash.as_deref()).or(found.path.as_deref());
        let hash = self.known.hasher().hash_one((found.name.as_deref(), what));
        match self.known.entry(hash) {
            Entry::Occupied(known) if found.is(known.get()) => Arc::clone(known.get()),
            Entry::Occupied(mut other) => {
                let new = Arc::new(Kept::from(found));
                other.insert(Arc::clone(&new));
                new
            }
            Entry::Vacant(place) => Arc::clone(place.insert(Arc::new(Kept::from(found)))),
        }
    }
}

/// Leaves out sources of a path and a revision that stand there before.
pub(super) fn without_doubles(kept: &[Arc<Kept>]) -> Vec<Arc<Kept>> {
    let mut seen = SpreadSet::with_capacity_and_hasher(kept.len(), Spread::default());
    let is_new: Vec<bool> =
        kept.iter().map(|kept| seen.insert((&kept.path, &kept.rev, kept.is_configuration()))).collect();
    kept.iter().zip(is_new).filter(|(_, is_new)| *is_new).map(|(kept, _)| Arc::clone(kept)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found<'t>(words: &'t str) -> Found<'t> {
        let mut words = words.split(' ').map(|word| (word != "-").then_some(Cow::Borrowed(word)));
        let mut next = || words.next().flatten();
        let (name, path, rev, nar_hash) = (next(), next(), next(), next());
        Found { name, path, rev, nar_hash, last_modified: Some(7), origin: "etc/nix/registry.json" }
    }

    #[test]
    fn what_says_the_same_is_one() {
        let mut seen = Seen::default();
        let lines = [
            "a /s/a 12 h",
            "a /s/b 12 h",
            "a /s/a 12 i",
            "b /s/a 12 h",
            "a /s/a - h",
            "a - 12 h",
            "- - - h",
            "- - - -",
        ];
        for line in lines {
            let kept = seen.share(found(line));
            assert_eq!(*kept, Kept::from(found(line)));
            assert!(Arc::ptr_eq(&kept, &seen.share(found(line))), "{line}");
        }
        let one = seen.share(found(lines[0]));
        for other in &lines[1..] {
            assert_ne!(seen.share(found(other)), one, "{other}");
        }
        let elsewhere = seen.share(Found { origin: "src", ..found(lines[0]) });
        let later = seen.share(Found { last_modified: Some(8), ..found(lines[0]) });
        assert!(elsewhere.origin == "src" && later.last_modified == Some(8));
    }

    #[test]
    fn the_first_of_doubles_stays() {
        let mut seen = Seen::default();
        let kept = ["a /s/a 12 h", "b /s/a 12 i", "c /s/a - h", "d - 12 h", "e /s/a 12 h"]
            .map(|line| seen.share(found(line)));
        let names = without_doubles(&kept).into_iter().map(|kept| kept.name.clone().unwrap());
        assert_eq!(names.collect::<Vec<_>>(), ["a", "c", "d"]);
    }
}
