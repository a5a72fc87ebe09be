//! Brings together what has to be looked up before anything can be chosen: the profile, every lock, the commits that
//! generations name. The only file of this module that asks git or the disk.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::error::Result;
use crate::generation::{ConfigurationRevision, Generation, Kept, Places, Profile};
use crate::git::{CommitId, FileAt, Introduced, blob_id};
use crate::history::{Flake, Universe};
use crate::lock::StoreDir;

use super::Built;
use super::correlate::{Known, Named, correlate};
use super::evidence::{Claim, Index};

/// A profile's generations beside the locks of a repository.
pub struct Timeline {
    pub(super) profile: Profile,
    pub(super) universe: Rc<Universe>,
    pub(super) built: Vec<Built>,
}

impl Timeline {
    /// The universe, to be shared with whoever goes through the history next.
    #[must_use]
    pub fn shared_universe(&self) -> Rc<Universe> {
        Rc::clone(&self.universe)
    }
}

/// Reads the profile and finds for each generation what it was built from. `None` when there is no profile.
///
/// # Errors
/// When the profile's folder or the repository cannot be read.
pub fn gather(flake: &Flake, places: &Places) -> Result<Option<Timeline>> {
    let Some(profile) = Profile::read(places)? else { return Ok(None) };
    let universe = Rc::new(Universe::collect(&flake.repository, &flake.lock)?);
    let introduced: Vec<Option<Introduced>> =
        universe.versions.iter().map(|version| version.introduced).collect();
    let by_date = by_date(flake, &profile, &universe);
    let mut indexes: HashMap<PathBuf, Index<'_>> = HashMap::new();
    // One system in several generations, and generations that tell the same, are judged once.
    let mut built = Vec::with_capacity(profile.generations.len());
    for (generation, by_date) in profile.generations.iter().zip(by_date) {
        let store = generation.target.parent().unwrap_or(Path::new("/nix/store")).to_path_buf();
        let index = indexes
            .entry(store)
            .or_insert_with_key(|store| Index::new(&universe, StoreDir::new(&store.to_string_lossy())));
        let claims = index.claims(&generation.facts);
        let known = Known {
            named: named(flake, &universe, generation)?,
            kept_lock: kept_lock(&universe, generation, &claims),
            by_date,
            created: generation.created,
        };
        built.push(correlate(index, &introduced, &claims, &known));
    }
    drop(indexes);
    Ok(Some(Timeline { profile, universe, built }))
}

/// For generations that tell nothing of themselves: where HEAD stood when they were made.
fn by_date(flake: &Flake, profile: &Profile, universe: &Universe) -> Vec<Option<(CommitId, Option<usize>)>> {
    let is_silent = |generation: &Generation| {
        let facts = &generation.facts;
        facts.nixpkgs.is_none() && facts.kept.is_empty() && facts.configuration.is_none()
    };
    if !profile.generations.iter().any(is_silent) {
        return vec![None; profile.generations.len()];
    }
    let times: Vec<i64> = profile.generations.iter().map(|generation| generation.created).collect();
    let stood = flake.repository.head_at(&times);
    stood.into_iter().map(|commit| commit.map(|commit| (commit, lock_of(flake, universe, commit)))).collect()
}

/// The place of a commit's lock in the universe.
fn lock_of(flake: &Flake, universe: &Universe, commit: CommitId) -> Option<usize> {
    let file = flake.repository.reader().ok()?.file_at(commit, &flake.lock).ok()?;
    match file {
        FileAt::Present { id, .. } => universe.version(id),
        FileAt::Absent | FileAt::Unknown { .. } => None,
    }
}

fn named(flake: &Flake, universe: &Universe, generation: &Generation) -> Result<Option<Named>> {
    let Some(told) = &generation.facts.configuration else { return Ok(None) };
    let ConfigurationRevision::Commit { digits, is_dirty } = &told.value else { return Ok(None) };
    Ok(Some(match flake.repository.commit_with_prefix(digits) {
        Some(commit) => Named::Here { commit, is_dirty: *is_dirty, lock: lock_of(flake, universe, commit) },
        None => Named::Foreign(told.value.to_string()),
    }))
}

/// The lock in the configuration's own source, when the system keeps that: a kept source that is no input of any
/// lock and holds a lock this repository knows.
fn kept_lock(universe: &Universe, generation: &Generation, claims: &[Claim]) -> Option<(String, usize)> {
    let is_input = |kept: &Kept| {
        let value = kept.rev.as_ref().or(kept.path.as_ref());
        claims.iter().any(|claim| !claim.nodes.is_empty() && Some(&claim.value) == value)
    };
    generation.facts.kept.iter().filter(|kept| !is_input(kept)).find_map(|kept| {
        let bytes = kept.file("flake.lock")?;
        let place = universe.version(blob_id(&bytes)?)?;
        Some((kept.origin.clone(), place))
    })
}
