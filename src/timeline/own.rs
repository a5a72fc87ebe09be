//! The configuration's own source among those that systems keep: told by its name, or by what is in it.
//!
//! It is not an input, and it holds the lock the system was built from, which may never have been committed.

use std::sync::Arc;

use crate::generation::{ConfigurationRevision, Kept, Profile};
use crate::git::blob_id;
use crate::history::{Flake, Universe};
use crate::lock::{Decoder, Lock, Node};
use crate::spread::{SpreadMap, SpreadSet};

/// The configuration's lock in a source, as far as it is that; where the flake lies in a folder of the repository, so
/// does its lock in the source, unless the folder alone was taken.
pub(super) fn lock(flake: &Flake, kept: &Kept) -> Option<Vec<u8>> {
    match beside(flake) {
        Some(path) if kept.file(&path).is_none() => kept.file("flake.lock"),
        _ => kept.file(&flake.lock),
    }
}

/// The flake.nix that lies beside the lock, in a source that is the configuration's.
pub(super) fn flake_nix(flake: &Flake, kept: &Kept) -> Option<Vec<u8>> {
    beside(flake).and_then(|path| kept.file(&path)).or_else(|| kept.file("flake.nix"))
}

/// The flake.nix beside the lock, when both lie in a folder of the repository.
fn beside(flake: &Flake) -> Option<String> {
    flake.lock.rsplit_once('/').map(|(folder, _)| format!("{folder}/flake.nix"))
}

/// The names that inputs have or had in any lock.
#[derive(Default)]
pub(super) struct InputNames {
    names: SpreadSet<Arc<str>>,
    /// Locks decoded together share their root as long as no input comes or goes.
    roots: SpreadSet<*const Node>,
}

impl InputNames {
    /// Adds those of a lock, which must not go away meanwhile.
    pub(super) fn add(&mut self, lock: &Lock) {
        if self.roots.insert(std::ptr::from_ref(lock.root())) {
            self.names.extend(lock.root().inputs().iter().map(|(name, _)| Arc::clone(name)));
        }
    }

    fn have(&self, name: &str) -> bool {
        self.names.contains(name)
    }
}

/// Marks the sources that are the configuration's, and adds the locks in them to the universe.
///
/// `revisions` are those each system may name its commit by.
///
/// A system may have been built from quite another repository. So a name is not enough: `self` and `src` must have a lock
/// or a flake.nix that this repository has had, or be of a commit that it has.
pub(super) fn find(
    flake: &Flake,
    profile: &mut Profile,
    revisions: &[Vec<ConfigurationRevision>],
    universe: &mut Universe,
    names: &InputNames,
) {
    // By their paths; a name may make the same source the configuration.
    let [mut known, mut known_as_configuration]: [SpreadMap<String, bool>; 2] = Default::default();
    let mut locks = Vec::new();
    for (system, revisions) in profile.generations.iter_mut().chain(&mut profile.unlinked).zip(revisions) {
        for kept in &mut system.facts.kept {
            let is_named_like_an_input = kept.name.as_deref().is_some_and(|name| names.have(name));
            let Some(path) = kept.path.as_ref().filter(|_| !is_named_like_an_input) else { continue };
            let is_configuration = kept.is_configuration();
            let known = if is_configuration { &mut known_as_configuration } else { &mut known };
            let is_own = known.get(path).copied().unwrap_or_else(|| {
                let lock = lock(flake, kept);
                let is_own = lock.as_ref().is_some_and(|lock| is_own(flake, universe, kept, lock, revisions));
                // That a configuration with a lock is not this one, the commit of another system may refute.
                if is_own || !is_configuration || lock.is_none() {
                    known.insert(path.clone(), is_own);
                }
                locks.extend(lock.filter(|_| is_own));
                is_own
            });
            if is_own {
                Arc::make_mut(kept).is_own = true;
            }
        }
    }
    for lock in locks {
        universe.add_found(&lock, None);
    }
}

/// Whether a source that holds a lock is the configuration: the lock is one of the repository's, or it is one of the
/// same inputs beside a flake.nix that the repository has had. Where its name says that it is some configuration, that
/// flake.nix or the commit it was taken from is enough.
fn is_own(
    flake: &Flake,
    universe: &Universe,
    kept: &Kept,
    lock: &[u8],
    revisions: &[ConfigurationRevision],
) -> bool {
    if blob_id(lock).is_some_and(|id| universe.version(id).is_some()) {
        return true;
    }
    let is_known = flake_nix(flake, kept).and_then(|text| blob_id(&text)).is_some_and(|id| {
        let blob = flake.repository.reader().and_then(|reader| reader.blob(id));
        blob.is_ok_and(|blob| blob.is_some())
    });
    if kept.is_configuration() {
        let named = revisions.iter().filter_map(ConfigurationRevision::digits);
        let mut revisions = kept.rev.as_deref().into_iter().chain(named);
        return is_known || revisions.any(|rev| flake.repository.commit_with_prefix(rev).is_some());
    }
    let Some(lock) = Decoder::new().decode(lock).ok().filter(|_| is_known) else { return false };
    universe.versions.iter().any(|version| input_names(&version.lock).eq(input_names(&lock)))
}

fn input_names(lock: &Lock) -> impl Iterator<Item = &str> {
    lock.root().inputs().iter().map(|(name, _)| name.as_ref())
}
