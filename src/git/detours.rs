//! git's detours: it does not always hand out the object that was asked for. `refs/replace/` swaps objects, `shallow`
//! and `info/grafts` change parents. libgit2's object database knows none of this.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use git2::Oid;

/// git gives up on longer chains of replacements (`MAXREPLACEDEPTH`).
const MOST_REPLACEMENTS: usize = 5;

/// What makes git look elsewhere than where an object says.
#[derive(Clone, Debug, Default)]
pub(super) struct Detours {
    /// `refs/replace/<id>`: the object to read instead.
    replaced: HashMap<Oid, Oid>,
    /// Commits with other parents than they name: from `shallow` (none) and `info/grafts`.
    parents: HashMap<Oid, Vec<Oid>>,
    /// The commits at which a shallow clone ends.
    shallow: HashSet<Oid>,
}

impl Detours {
    pub(super) fn of(repository: &git2::Repository) -> Self {
        let mut detours = Self::default();
        let common = repository.commondir();
        if let Ok(text) = std::fs::read_to_string(common.join("info/grafts")) {
            for line in text.lines().filter(|line| !line.starts_with('#')) {
                let mut ids = line.split_ascii_whitespace().filter_map(|word| Oid::from_str(word).ok());
                if let Some(commit) = ids.next() {
                    detours.parents.insert(commit, ids.collect());
                }
            }
        }
        if let Ok(text) = std::fs::read_to_string(common.join("shallow")) {
            for commit in text.lines().filter_map(|line| Oid::from_str(line.trim()).ok()) {
                detours.parents.insert(commit, Vec::new());
                detours.shallow.insert(commit);
            }
        }
        if uses_replace_refs(repository, common) {
            detours.replaced = replace_refs(repository);
        }
        detours
    }

    /// The object to read instead of this one; a replacement may be replaced itself, as often as git allows.
    pub(super) fn replacement(&self, id: Oid) -> Oid {
        let next = |id: &Oid| self.replaced.get(id).copied();
        std::iter::successors(Some(id), next).take(MOST_REPLACEMENTS).last().unwrap_or(id)
    }

    pub(super) fn ignore_replacements(&mut self) {
        self.replaced.clear();
    }

    /// The parents that a commit has instead of those it names.
    pub(super) fn parents(&self, commit: Oid) -> Option<&[Oid]> {
        self.parents.get(&commit).map(Vec::as_slice)
    }

    /// Whether every object is what it says.
    pub(super) fn are_none(&self) -> bool {
        self.replaced.is_empty() && self.parents.is_empty()
    }

    /// Whether a shallow clone's history ends at this commit.
    pub(super) fn ends_at(&self, commit: Oid) -> bool {
        self.shallow.contains(&commit)
    }
}

/// Listing every ref takes long in a repository with many of them, so look first whether there can be a replacement.
fn uses_replace_refs(repository: &git2::Repository, common: &Path) -> bool {
    let switched_off =
        repository.config().and_then(|c| c.get_bool("core.usereplacerefs")).is_ok_and(|on| !on);
    let loose = common.join("refs/replace").is_dir();
    let packed = || {
        std::fs::read(common.join("packed-refs"))
            .is_ok_and(|bytes| bytes.windows(14).any(|window| window == b" refs/replace/"))
    };
    !switched_off && (loose || packed())
}

fn replace_refs(repository: &git2::Repository) -> HashMap<Oid, Oid> {
    let mut replaced = HashMap::new();
    let Ok(references) = repository.references_glob("refs/replace/*") else { return replaced };
    for reference in references.flatten() {
        let original = reference.name().and_then(|name| name.rsplit('/').next()).map(Oid::from_str);
        if let (Some(Ok(original)), Some(target)) = (original, reference.target()) {
            replaced.insert(original, target);
        }
    }
    replaced
}
