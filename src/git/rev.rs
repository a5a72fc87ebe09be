//! What the user wrote, resolved as git resolves it (gitrevisions(7)).

use std::path::PathBuf;

use git2::{ErrorCode, Oid, RepositoryState};

use super::{CommitId, Repository, Tip};
use crate::error::{Error, Result};
use crate::near;

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

    /// What is under way in the repository, such as a merge; `None` in peace.
    #[must_use]
    pub fn under_way(&self) -> Option<&'static str> {
        match self.inner.state() {
            RepositoryState::Clean => None,
            RepositoryState::Merge => Some("merge"),
            RepositoryState::Revert | RepositoryState::RevertSequence => Some("revert"),
            RepositoryState::CherryPick | RepositoryState::CherryPickSequence => Some("cherry-pick"),
            RepositoryState::Bisect => Some("bisect"),
            RepositoryState::Rebase | RepositoryState::RebaseInteractive | RepositoryState::RebaseMerge => {
                Some("rebase")
            }
            RepositoryState::ApplyMailbox | RepositoryState::ApplyMailboxOrRebase => Some("git am"),
        }
    }

    /// The commit that `spec` names: an id or its beginning, a branch, a tag, `HEAD~3`, `@{yesterday}`, `:/words` …
    ///
    /// # Errors
    /// When git's rules find no commit, with near matches as hints.
    pub fn resolve(&self, spec: &str) -> Result<CommitId> {
        if let (40, Ok(id)) = (spec.len(), Oid::from_str(spec))
            && self.objects()?.commit(id).is_ok_and(|commit| commit.is_some())
        {
            return Ok(CommitId(id));
        }
        let found = match self.inner.revparse_single(spec) {
            Ok(object) => object.peel_to_commit().map(|commit| commit.id()),
            Err(e) if e.code() == ErrorCode::Ambiguous && spec.len() >= 4 => self.only_commit(spec).ok_or(e),
            Err(e) => Err(e),
        };
        found.map(CommitId).map_err(|e| self.unknown(spec, &e))
    }

    /// git settles an ambiguous id in favour of the only commit among the objects; libgit2 does not.
    fn only_commit(&self, prefix: &str) -> Option<Oid> {
        let odb = self.inner.odb().ok()?;
        let mut commits = Vec::new();
        let listed = odb.foreach(|id| {
            if id.to_string().starts_with(&prefix.to_ascii_lowercase()) && self.inner.find_commit(*id).is_ok()
            {
                commits.push(*id);
            }
            true
        });
        commits.sort_unstable();
        commits.dedup();
        match (listed, commits.as_slice()) {
            (Ok(()), [only]) => Some(*only),
            _ => None,
        }
    }

    fn unknown(&self, spec: &str, error: &git2::Error) -> Error {
        // git takes no fewer than four digits for the beginning of an id.
        if error.code() == ErrorCode::Ambiguous && spec.len() >= 4 {
            return Error::new(format!("`{spec}` begins the id of several commits"))
                .hint("write more of its digits");
        }
        let mut unknown = Error::new(format!("no commit is called `{spec}` in this repository"));
        if spec.contains('@') || spec.contains('^') || spec.contains('~') || spec.contains(':') {
            // libgit2 tells what its own functions met with; these two are common.
            unknown = unknown.because(match error.message() {
                message if message.contains("parent") => "its history does not go back that far",
                message if message.contains("peel") => "it names no commit",
                message => message,
            });
        }
        for name in near::matches(spec, self.names().iter().map(String::as_str)) {
            unknown = unknown.hint(format!("did you mean `{name}`?"));
        }
        unknown
    }

    /// Branches, remote branches and tags as the user writes them.
    fn names(&self) -> Vec<String> {
        let Ok(references) = self.inner.references() else { return Vec::new() };
        let shorten = |name: &str| {
            ["refs/heads/", "refs/tags/", "refs/remotes/"]
                .iter()
                .find_map(|prefix| name.strip_prefix(prefix))
                .map(str::to_owned)
        };
        references.flatten().filter_map(|reference| reference.name().and_then(shorten)).collect()
    }

    /// The tips of a walk as `git log` takes them: `A`, `^A`, `A..B`, `A...B`, `A^!`, `A^@`, `A^-`; nothing is HEAD.
    /// With `all`, every ref and every worktree's HEAD besides.
    ///
    /// # Errors
    /// When one of them names no commit.
    pub fn tips(&self, specs: &[String], all: bool) -> Result<Vec<Tip>> {
        let mut tips = Vec::new();
        for spec in specs {
            self.add_tips(spec, &mut tips)?;
        }
        if all {
            tips.extend(self.every_ref().into_iter().map(Tip::Include));
        } else if specs.is_empty() {
            tips.extend(self.head()?.map(Tip::Include));
        }
        Ok(tips)
    }

    fn add_tips(&self, spec: &str, tips: &mut Vec<Tip>) -> Result<()> {
        let or_head = |side: &str| self.resolve(if side.is_empty() { "HEAD" } else { side });
        if let Some((left, right)) = spec.split_once("...") {
            let (left, right) = (or_head(left)?, or_head(right)?);
            tips.push(Tip::Either(left, right));
        } else if let Some((left, right)) = spec.split_once("..") {
            tips.extend([Tip::Exclude(or_head(left)?), Tip::Include(or_head(right)?)]);
        } else if let Some(turned) = spec.strip_prefix('^') {
            let mut inner = Vec::new();
            self.add_tips(turned, &mut inner)?;
            tips.extend(inner.into_iter().map(|tip| match tip {
                Tip::Include(commit) => Tip::Exclude(commit),
                Tip::Exclude(commit) => Tip::Include(commit),
                Tip::Either(..) => tip,
            }));
        } else if let Some(commit) = spec.strip_suffix("^@") {
            tips.extend(self.parents(self.resolve(commit)?)?.into_iter().map(Tip::Include));
        } else if let Some(commit) = spec.strip_suffix("^!") {
            let commit = self.resolve(commit)?;
            tips.extend(self.parents(commit)?.into_iter().map(Tip::Exclude));
            tips.push(Tip::Include(commit));
        } else if let Some((commit, number)) = all_but_one_parent(spec) {
            let commit = self.resolve(commit)?;
            let parent = self.parents(commit)?.get(number - 1).copied();
            let parent = parent.ok_or_else(|| {
                Error::new(format!("commit {commit} has no parent number {number} (`{spec}`)"))
            })?;
            tips.extend([Tip::Exclude(parent), Tip::Include(commit)]);
        } else {
            tips.push(Tip::Include(self.resolve(spec)?));
        }
        Ok(())
    }

    fn parents(&self, commit: CommitId) -> Result<Vec<CommitId>> {
        let skeleton = self.objects()?.commit(commit.0)?;
        Ok(skeleton.map(|skeleton| skeleton.parents).unwrap_or_default().into_iter().map(CommitId).collect())
    }

    /// Every commit a ref leads to, by the ref's name, then the HEADs; refs that lead to no commit are passed over.
    pub(super) fn every_ref(&self) -> Vec<CommitId> {
        let mut refs: Vec<(Vec<u8>, CommitId)> = Vec::new();
        if let Ok(references) = self.inner.references() {
            for reference in references.flatten() {
                if let Ok(commit) = reference.peel_to_commit() {
                    refs.push((reference.name_bytes().to_vec(), CommitId(commit.id())));
                }
            }
        }
        refs.sort_by(|a, b| a.0.cmp(&b.0));
        let heads = self.head().ok().flatten().into_iter().chain(self.other_heads());
        refs.into_iter().map(|(_, commit)| commit).chain(heads).collect()
    }

    /// The HEADs of the repository's other worktrees.
    fn other_heads(&self) -> Vec<CommitId> {
        let common = self.inner.commondir();
        let mut files: Vec<PathBuf> = vec![common.join("HEAD")];
        if let Ok(folders) = std::fs::read_dir(common.join("worktrees")) {
            files.extend(folders.flatten().map(|folder| folder.path().join("HEAD")));
        }
        files.sort();
        let commit = |file: &PathBuf| {
            let text = std::fs::read_to_string(file).ok()?;
            let text = text.trim();
            match text.strip_prefix("ref: ") {
                Some(name) => self.inner.find_reference(name).ok()?.peel_to_commit().ok().map(|c| c.id()),
                None => Oid::from_str(text).ok().filter(|id| self.inner.find_commit(*id).is_ok()),
            }
        };
        files.iter().filter_map(commit).map(CommitId).collect()
    }
}

/// `A^-` and `A^-2`: the commit and the number of the parent to leave out.
fn all_but_one_parent(spec: &str) -> Option<(&str, usize)> {
    let (commit, number) = spec.rsplit_once("^-")?;
    let number = if number.is_empty() { 1 } else { number.parse().ok().filter(|&n| n > 0)? };
    Some((commit, number))
}
