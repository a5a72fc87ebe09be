//! What the user wrote, resolved as git resolves it (gitrevisions(7)).

use git2::{ErrorCode, Oid, RepositoryState};

use super::objects::Objects;
use super::steps;
use super::{CommitId, Repository, Tip};
use crate::error::{Error, Result};
use crate::near;
use crate::shell;

/// git takes no fewer digits for the beginning of an id.
const LEAST_DIGITS: usize = 4;
/// The digits of a whole id.
const WHOLE: usize = 40;

/// Why a name leads to no commit.
enum NotFound {
    /// It begins the ids of several.
    Ambiguous,
    Because(String),
}

impl From<git2::Error> for NotFound {
    fn from(error: git2::Error) -> Self {
        // libgit2 tells what its own functions met with; this one is common.
        let is_peeling = error.message().contains("peel");
        Self::Because(if is_peeling { "it names no commit" } else { error.message() }.to_owned())
    }
}

impl Repository {
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
        self.resolve_passing(spec, &mut Vec::new())
    }

    /// The same, and what was passed on the way: git has read it by then, which a walk can tell.
    fn resolve_passing(&self, spec: &str, tips: &mut Vec<Tip>) -> Result<CommitId> {
        let objects = self.objects()?;
        let mut passed = Vec::new();
        let (base, steps) = steps::split(spec);
        let found = steps.into_iter().fold(self.base(&objects, base, &mut passed), |from, step| {
            steps::take(&objects, from?, step, &mut passed).map_err(NotFound::Because)
        });
        let found = found.map_err(|reason| self.unknown(spec, reason))?;
        tips.extend(passed.into_iter().map(|commit| Tip::Read(CommitId(commit))));
        Ok(CommitId(found))
    }

    /// What is left when all steps are taken away: a name, an id, or what libgit2 understands besides.
    fn base(
        &self,
        objects: &Objects<'_>,
        base: &str,
        passed: &mut Vec<Oid>,
    ) -> std::result::Result<Oid, NotFound> {
        if let Some(words) = base.strip_prefix(":/") {
            let every: Vec<Oid> = self.every_ref().into_iter().map(|commit| commit.0).collect();
            return steps::newest_with(objects, &every, words, passed).map_err(NotFound::Because);
        }
        let whole = CommitId::parse(base).map(|id| id.0);
        let named = || {
            // To libgit2 no name at all is HEAD.
            let name = if base == "@" { "HEAD" } else { base };
            let name = Some(name).filter(|name| !name.is_empty())?;
            self.inner.resolve_reference_from_short_name(name).ok()?.target()
        };
        let found = match whole.or_else(named) {
            Some(id) => id,
            None => match self.beginning(objects, base) {
                Some(found) => found?,
                // Also what `git describe` prints, and `main@{2}`.
                None => self.inner.revparse_single(base)?.id(),
            },
        };
        objects.peel(found).ok_or_else(|| NotFound::Because("it names no commit".to_owned()))
    }

    /// The object whose id begins with these digits. Of several, git takes the only one that leads to a commit.
    /// `None` when they are no digits of an id, or no object's.
    fn beginning(&self, objects: &Objects<'_>, digits: &str) -> Option<std::result::Result<Oid, NotFound>> {
        let is_prefix = (LEAST_DIGITS..WHOLE).contains(&digits.len())
            && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        let prefix = Oid::from_str(digits).ok().filter(|_| is_prefix)?;
        match self.inner.odb().ok()?.exists_prefix(prefix, digits.len()) {
            Ok(id) => Some(Ok(id)),
            Err(e) if e.code() == ErrorCode::Ambiguous => {
                Some(self.only_commit(objects, digits).ok_or(NotFound::Ambiguous))
            }
            Err(_) => None,
        }
    }

    fn only_commit(&self, objects: &Objects<'_>, prefix: &str) -> Option<Oid> {
        let odb = self.inner.odb().ok()?;
        let prefix = prefix.to_ascii_lowercase();
        let mut ids = Vec::new();
        odb.foreach(|id| {
            if id.to_string().starts_with(&prefix) {
                ids.push(*id);
            }
            true
        })
        .ok()?;
        ids.sort_unstable();
        ids.dedup();
        ids.retain(|id| objects.peel(*id).is_some());
        match ids.as_slice() {
            [only] => Some(*only),
            _ => None,
        }
    }

    /// The only commit whose id begins with these digits, four at least.
    #[must_use]
    pub fn commit_with_prefix(&self, digits: &str) -> Option<CommitId> {
        let objects = self.objects().ok()?;
        let id = match CommitId::parse(digits) {
            Some(whole) => whole.0,
            None => self.beginning(&objects, digits)?.ok()?,
        };
        objects.peel(id).filter(|commit| *commit == id).map(CommitId)
    }

    fn unknown(&self, spec: &str, reason: NotFound) -> Error {
        let mut unknown = Error::new(format!("no commit is called `{spec}` in this repository"));
        match reason {
            NotFound::Ambiguous => {
                return Error::new(format!("`{spec}` begins the id of several commits"))
                    .hint("write more of its digits");
            }
            NotFound::Because(reason) if spec.contains(['@', '^', '~', ':']) => {
                unknown = unknown.because(reason);
            }
            NotFound::Because(_) => {}
        }
        let names = self.names();
        if names.iter().any(|name| name == spec) {
            // A tree's tag, say, or a link to a branch that is gone.
            return Error::new(format!("`{spec}` leads to no commit"));
        }
        for name in near::matches(spec, names.iter().map(String::as_str)) {
            unknown = unknown.hint(format!("did you mean `{}`?", shell::word(name)));
        }
        unknown
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
        if let Some(negated) = spec.strip_prefix('^').filter(|negated| !negated.contains("..")) {
            let mut others = Vec::new();
            self.add_tips(negated, &mut others)?;
            tips.extend(others.into_iter().map(Tip::negated));
        } else if let Some(dots) = spec.find("..") {
            self.add_range(spec, dots, tips).or_else(|error| {
                // The dots may be part of `^{/words}`.
                let commit = self.resolve_passing(spec, tips).map_err(|_| error)?;
                tips.push(Tip::Include(commit));
                Ok(())
            })?;
        } else if let Some(commit) = spec.strip_suffix("^@") {
            let commit = self.resolve_passing(commit, tips)?;
            tips.push(Tip::Read(commit));
            tips.extend(self.parents(commit)?.into_iter().map(Tip::Include));
        } else if let Some(commit) = spec.strip_suffix("^!") {
            let commit = self.resolve_passing(commit, tips)?;
            tips.extend(self.parents(commit)?.into_iter().map(Tip::Exclude));
            tips.push(Tip::Include(commit));
        } else if let Some((commit, number)) = all_but_one_parent(spec) {
            let commit = self.resolve_passing(commit, tips)?;
            let parent = self.parents(commit)?.get(number - 1).copied();
            let parent = parent.ok_or_else(|| {
                Error::new(format!("commit {commit} has no parent number {number} (`{spec}`)"))
            })?;
            tips.extend([Tip::Exclude(parent), Tip::Include(commit)]);
        } else {
            let commit = self.resolve_passing(spec, tips)?;
            tips.push(Tip::Include(commit));
        }
        Ok(())
    }

    /// `A..B` and `A...B`, whose dots begin at `dots`; a side that is not named is HEAD.
    fn add_range(&self, spec: &str, dots: usize, tips: &mut Vec<Tip>) -> Result<()> {
        let (left, right) = spec.split_at_checked(dots).unwrap_or((spec, ""));
        let (is_symmetric, right) = match right.strip_prefix("...") {
            Some(right) => (true, right),
            None => (false, right.strip_prefix("..").unwrap_or_default()),
        };
        let mut or_head =
            |side: &str| self.resolve_passing(if side.is_empty() { "HEAD" } else { side }, tips);
        let (left, right) = (or_head(left)?, or_head(right)?);
        if is_symmetric {
            tips.push(Tip::Either(left, right));
        } else {
            tips.extend([Tip::Exclude(left), Tip::Include(right)]);
        }
        Ok(())
    }

    fn parents(&self, commit: CommitId) -> Result<Vec<CommitId>> {
        let skeleton = self.objects()?.commit(commit.0)?;
        Ok(skeleton.map(|skeleton| skeleton.parents).unwrap_or_default().into_iter().map(CommitId).collect())
    }
}

/// `A^-` and `A^-2`: the commit and the number of the parent to leave out.
fn all_but_one_parent(spec: &str) -> Option<(&str, usize)> {
    let (commit, number) = spec.rsplit_once("^-")?;
    let number = if number.is_empty() { 1 } else { number.parse().ok().filter(|&n| n > 0)? };
    Some((commit, number))
}
