//! What the repository's refs, HEADs and reflogs name.

use std::collections::HashSet;
use std::path::PathBuf;

use git2::{ErrorCode, Oid};

use super::objects::Objects;
use super::{CommitId, Repository};
use crate::error::{Error, Result};

impl Repository {
    /// The commit HEAD stands at; `None` before the first commit.
    ///
    /// # Errors
    /// When HEAD cannot be read.
    pub fn head(&self) -> Result<Option<CommitId>> {
        // By name only: libgit2 would parse the commit, and refuse one with a malformed author.
        match self.inner.refname_to_id("HEAD") {
            Ok(id) => Ok(Some(CommitId(id))),
            Err(e) if matches!(e.code(), ErrorCode::UnbornBranch | ErrorCode::NotFound) => Ok(None),
            Err(e) => Err(Error::new("cannot read HEAD").because(e.message())),
        }
    }

    /// The name of the branch HEAD is on; `None` when it is detached.
    #[must_use]
    pub fn branch(&self) -> Option<String> {
        let head = self.inner.find_reference("HEAD").ok()?;
        let target = head.symbolic_target()?;
        Some(target.strip_prefix("refs/heads/").unwrap_or(target).to_owned())
    }

    /// Branches, remote branches and tags as the user writes them.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let Ok(references) = self.inner.references() else { return Vec::new() };
        let shorten = |name: &str| {
            ["refs/heads/", "refs/tags/", "refs/remotes/"]
                .iter()
                .find_map(|prefix| name.strip_prefix(prefix))
                .map(str::to_owned)
        };
        references.flatten().filter_map(|reference| reference.name().and_then(shorten)).collect()
    }

    /// Every commit a ref leads to, by the ref's name, then the HEADs; refs that lead to no commit are passed over.
    pub(super) fn every_ref(&self) -> Vec<CommitId> {
        let Ok(objects) = self.objects() else { return Vec::new() };
        let mut refs: Vec<(Vec<u8>, CommitId)> = Vec::new();
        if let Ok(references) = self.inner.references() {
            for reference in references.flatten() {
                if let Some(commit) = target(&reference).and_then(|id| objects.peel(id)) {
                    refs.push((reference.name_bytes().to_vec(), CommitId(commit)));
                }
            }
        }
        refs.sort_by(|a, b| a.0.cmp(&b.0));
        let heads = self.head().ok().flatten().into_iter().chain(self.other_heads(&objects));
        refs.into_iter().map(|(_, commit)| commit).chain(heads).collect()
    }

    /// This file of each of the repository's worktrees.
    fn of_worktrees(&self, file: &str) -> Vec<PathBuf> {
        let common = self.inner.commondir();
        let mut files: Vec<PathBuf> = vec![common.join(file)];
        if let Ok(folders) = std::fs::read_dir(common.join("worktrees")) {
            files.extend(folders.flatten().map(|folder| folder.path().join(file)));
        }
        files.sort();
        files
    }

    /// The HEADs of the repository's other worktrees.
    fn other_heads(&self, objects: &Objects<'_>) -> Vec<CommitId> {
        let files = self.of_worktrees("HEAD");
        let commit = |file: &PathBuf| {
            let text = std::fs::read_to_string(file).ok()?;
            let text = text.trim();
            let id = match text.strip_prefix("ref: ") {
                Some(name) => target(&self.inner.find_reference(name).ok()?),
                None => Oid::from_str(text).ok(),
            };
            objects.peel(id?)
        };
        files.iter().filter_map(commit).map(CommitId).collect()
    }

    /// Every commit that a ref, a worktree's HEAD or a reflog names.
    #[must_use]
    pub fn every_tip(&self) -> Vec<CommitId> {
        let Ok(objects) = self.objects() else { return Vec::new() };
        let mut names: Vec<String> = vec!["HEAD".to_owned(), "refs/stash".to_owned()];
        if let Ok(references) = self.inner.references() {
            names.extend(references.flatten().filter_map(|reference| reference.name().map(str::to_owned)));
        }
        let mut tips = self.every_ref();
        let mut seen: HashSet<CommitId> = tips.iter().copied().collect();
        let mut add = |id: Oid| {
            // Reflogs go on naming commits that have been collected since.
            if !id.is_zero() && seen.insert(CommitId(id)) && objects.peel(id) == Some(id) {
                tips.push(CommitId(id));
            }
        };
        for name in names {
            let Some(log) = self.reflog(&name) else { continue };
            for entry in log.iter() {
                add(entry.id_new());
                add(entry.id_old());
            }
        }
        // The HEADs of the other worktrees have logs of their own, which libgit2 does not see from here.
        let own = self.inner.path().join("logs/HEAD");
        for file in self.of_worktrees("logs/HEAD").into_iter().filter(|file| *file != own) {
            let lines = std::fs::read(file).unwrap_or_default();
            for line in lines.split(|byte| *byte == b'\n') {
                let ids = line.split(|byte| *byte == b' ').take(2);
                ids.filter_map(|id| Oid::from_str(std::str::from_utf8(id).ok()?).ok()).for_each(&mut add);
            }
        }
        tips
    }

    /// The reflog of a ref that has one. libgit2 would make an empty file for each that has none, and whoever only
    /// looks writes nothing.
    pub(super) fn reflog(&self, name: &str) -> Option<git2::Reflog> {
        self.inner.reference_has_log(name).ok().filter(|&has_log| has_log)?;
        self.inner.reflog(name).ok()
    }
}

/// The id a ref holds, or the ref it points to. The object itself is not looked at: libgit2 refuses commits that are
/// not well-formed, which git lists.
fn target(reference: &git2::Reference<'_>) -> Option<Oid> {
    reference.resolve().ok()?.target()
}
