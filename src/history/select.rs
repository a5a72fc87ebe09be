//! From what a user writes for "that lock" to a lock: `HEAD~3`, `worktree`, `date:2026-01-31`, `lock~2`, a file.

mod hint;

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::TimeZone;

use crate::error::{Error, Result};
use crate::git::{self, Commit, CommitId, Filter, ObjectId, OnDisk, Tip};
use crate::lock::{Decoder, Edge, InputPath, Lock};

use super::collect::Locks;
use super::file::{bytes_of, path_from};
use super::{Entries, Flake, LockVersion, Query, State};

/// A lock that a user named, not looked up yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// `worktree`: the file as it lies in the working tree.
    Worktree,
    /// `index`: as it is staged.
    Index,
    /// `date:2026-01-31`: as it was committed at that time, on the way back from HEAD.
    Date(String),
    /// `lock~2`: so many lock changes ago; `lock~0` is the last one.
    ChangesAgo(usize),
    /// `./old.lock`, `file:old.lock`: a file, in git or not.
    File(PathBuf),
    /// `gen:41`: the lock a generation was built from.
    Generation(String),
    /// Anything git resolves to a commit.
    Revision(String),
}

impl Target {
    /// Reads a target. A word with a `/` is a file when there is one (from `folder`), also one that is a pipe, and else
    /// left to git, whose branches may have a `/` too.
    ///
    /// # Errors
    /// When the number in `lock~N` is none.
    pub fn parse(word: &str, folder: &Path) -> Result<Self> {
        if let Some(date) = word.strip_prefix("date:") {
            return Ok(Self::Date(date.to_owned()));
        }
        if let Some(path) = word.strip_prefix("file:") {
            return Ok(Self::File(path_from(folder, path)));
        }
        if let Some(generation) = word.strip_prefix("gen:") {
            return Ok(Self::Generation(generation.to_owned()));
        }
        if let Some(number) = word.strip_prefix("lock~") {
            let number = number.parse().map_err(|_| {
                Error::usage(format!("`{word}` is no target")).hint("`lock~2` is the lock two changes ago")
            })?;
            return Ok(Self::ChangesAgo(number));
        }
        let is_there = |path: &str| folder.join(path).metadata().is_ok_and(|found| !found.is_dir());
        Ok(match word {
            "worktree" => Self::Worktree,
            "index" => Self::Index,
            "lock" => Self::ChangesAgo(0),
            path if path.contains('/') && is_there(path) => Self::File(path_from(folder, path)),
            revision => Self::Revision(revision.to_owned()),
        })
    }

    /// The same where there are only files: what can be no revision is one, whether it is there or not.
    #[must_use]
    pub fn or_file(self, folder: &Path) -> Self {
        match self {
            Self::Revision(word) if hint::is_path(&word) => Self::File(path_from(folder, &word)),
            other => other,
        }
    }
}

/// A lock that was named and found.
#[derive(Clone, Debug)]
pub struct Selected {
    /// The commit, when it was committed; for `worktree` and files none.
    pub commit: Option<Commit>,
    /// The lock's path from the root of the repository, or the file's.
    pub path: String,
    /// The blob that holds it, where git knows (or would know) it.
    pub lock_id: Option<ObjectId>,
    /// What it is.
    pub state: State,
    /// What to say of where it is from, besides commit and path: the generation it was built for, and how sure that
    /// is.
    pub remark: Option<String>,
    /// From where its history goes back; `None` for a file outside history.
    history_from: Option<CommitId>,
    /// The file itself, where git may not hold it.
    bytes: Option<Arc<[u8]>>,
}

impl Selected {
    /// A lock that something else but a target led to, such as a generation.
    ///
    /// # Errors
    /// When the commit that introduced it cannot be read.
    pub fn of_version(flake: &Flake, version: &LockVersion, remark: String) -> Result<Self> {
        let commit = version.introduced.map(|introduced| introduced.by);
        Ok(Self {
            commit: commit.map(|commit| flake.repository.reader()?.commit(commit)).transpose()?,
            path: flake.lock.clone(),
            lock_id: Some(version.lock_id),
            state: State::Readable(Arc::clone(&version.lock)),
            remark: Some(remark),
            history_from: commit,
            bytes: version.found.clone(),
        })
    }

    /// A lock of which only the bytes are known.
    #[must_use]
    pub fn of_bytes(path: String, bytes: &[u8], remark: Option<String>) -> Self {
        let state = match Decoder::new().decode(bytes) {
            Ok(lock) => State::Readable(Arc::new(lock)),
            Err(unreadable) => State::Broken(Arc::new(unreadable)),
        };
        let lock_id = git::blob_id(bytes);
        Self { commit: None, path, lock_id, state, remark, history_from: None, bytes: Some(bytes.into()) }
    }

    /// The lock in a file.
    ///
    /// # Errors
    /// When the file cannot be read; not when it is no lock.
    pub fn of_file(path: &Path) -> Result<Self> {
        let bytes = bytes_of(Path::new(""), path)?;
        Ok(Self::of_bytes(path.display().to_string(), &bytes, None))
    }

    /// The file as it is, byte for byte; empty where there is none. Without a flake, only that of a lock that came
    /// from a file.
    ///
    /// # Errors
    /// When git does not have it, as in a partial clone.
    pub fn bytes(&self, flake: Option<&Flake>) -> Result<Arc<[u8]>> {
        if let Some(bytes) = &self.bytes {
            return Ok(Arc::clone(bytes));
        }
        let (Some(id), Some(flake)) = (self.lock_id, flake) else { return Ok(Arc::from([])) };
        let bytes = flake.repository.reader()?.blob(id)?;
        bytes
            .map(Arc::from)
            .ok_or_else(|| Error::new(format!("object {id} is missing here (a partial clone?)")))
    }
}

#[cfg(test)]
impl Selected {
    /// A lock made by hand, for tests of views.
    pub(crate) fn made(commit: Option<Commit>, path: &str, lock_id: Option<ObjectId>, state: State) -> Self {
        Self { commit, path: path.to_owned(), lock_id, state, remark: None, history_from: None, bytes: None }
    }
}

impl Flake {
    /// Finds the lock that a target names.
    ///
    /// `zone` is the user's time zone and `now` the present in seconds since 1970 UTC, both for dates.
    ///
    /// # Errors
    /// When the target names nothing, with near matches and hints.
    pub fn select<Z: TimeZone>(&self, target: &Target, now: i64, zone: &Z) -> Result<Selected> {
        let selected = self.look_up(target, now, zone)?;
        if matches!(selected.state, State::Absent) {
            return Err(self.absent(target, &selected));
        }
        Ok(selected)
    }

    /// The same, where it is no error that there is no lock ([`State::Absent`]).
    ///
    /// # Errors
    /// When the target names nothing, with near matches and hints.
    pub fn look_up<Z: TimeZone>(&self, target: &Target, now: i64, zone: &Z) -> Result<Selected> {
        let mut locks = Locks::new(&self.repository)?;
        match target {
            Target::Worktree => self.worktree(&mut locks),
            Target::Index => self.index(&mut locks),
            Target::File(path) => Selected::of_file(path),
            Target::ChangesAgo(number) => self.changes_ago(&mut locks, *number),
            Target::Date(date) => self.at_date(&mut locks, date, now, zone),
            Target::Revision(revision) => {
                let commit = self.repository.resolve(revision).map_err(|e| hint::meant(e, revision))?;
                self.at_commit(&mut locks, commit)
            }
            Target::Generation(name) => {
                Err(Error::new(format!("`gen:{name}` is for whoever reads the profile")))
            }
        }
    }

    fn absent(&self, target: &Target, selected: &Selected) -> Error {
        let lock = &self.lock;
        match (&selected.commit, target) {
            (Some(commit), _) => {
                let short = commit.id.short(self.repository.abbreviation());
                Error::new(format!("there is no {lock} in commit {short}"))
                    .hint("`flakehist log` lists the commits that changed it")
            }
            (None, Target::Index) => Error::new(format!("{lock} is not in git's index"))
                .hint(format!("Nix sees only tracked files: `git add {}`", self.typed(lock))),
            (None, _) => Error::new(format!("there is no {lock} in the working tree"))
                .hint("name a commit instead: `flakehist show HEAD`"),
        }
    }

    fn worktree(&self, locks: &mut Locks<'_>) -> Result<Selected> {
        let head = self.repository.head()?;
        let Some(status) = self.repository.file_status(&self.lock)? else {
            let head = head.ok_or_else(|| Error::new("the repository has no commit yet"))?;
            return self.at_commit(locks, head);
        };
        let disk = match &status.disk {
            OnDisk::Link { target } => self.behind_link(target).unwrap_or(status.disk),
            _ => status.disk,
        };
        let (state, _, lock_id) = locks.on_disk(&disk);
        let bytes = match disk {
            OnDisk::File { bytes, .. } => Some(bytes.into()),
            OnDisk::Missing | OnDisk::Link { .. } | OnDisk::Unreadable(_) => None,
        };
        Ok(Selected {
            commit: None,
            path: self.lock.clone(),
            lock_id,
            state,
            remark: None,
            history_from: head,
            bytes,
        })
    }

    /// A link that stays inside the working tree is as good as the file; others are not followed.
    fn behind_link(&self, target: &Path) -> Option<OnDisk> {
        let workdir = self.repository.workdir()?.canonicalize().ok()?;
        let end = workdir.join(&self.lock).parent()?.join(target).canonicalize().ok()?;
        let bytes = bytes_of(&workdir, end.strip_prefix(&workdir).ok()?).ok()?;
        Some(OnDisk::File { bytes, modified: 0 })
    }

    fn index(&self, locks: &mut Locks<'_>) -> Result<Selected> {
        let status = self.repository.file_status(&self.lock)?;
        let status = status.ok_or_else(|| Error::new("a bare repository has no index"))?;
        if status.in_conflict {
            return Err(Error::new(format!("git's index has more than one {}", self.lock))
                .because("it is in the middle of a merge, with conflicts")
                .hint("name a side of it, such as `HEAD` or `MERGE_HEAD`"));
        }
        Ok(Selected {
            commit: None,
            path: self.lock.clone(),
            lock_id: status.index.id(),
            state: locks.state(status.index)?,
            remark: None,
            history_from: self.repository.head()?,
            bytes: None,
        })
    }

    fn at_commit(&self, locks: &mut Locks<'_>, commit: CommitId) -> Result<Selected> {
        let file = locks.file_at(commit, &self.lock)?;
        Ok(Selected {
            commit: Some(locks.reader().commit(commit)?),
            path: self.lock.clone(),
            lock_id: file.id(),
            state: locks.state(file)?,
            remark: None,
            history_from: Some(commit),
            bytes: None,
        })
    }

    fn changes_ago(&self, locks: &mut Locks<'_>, number: usize) -> Result<Selected> {
        let tips = self.repository.tips(&[], false)?;
        let filter = Filter { count: Some(number.saturating_add(1)), ..Filter::default() };
        let mut found = 0;
        let mut last = None;
        for version in self.repository.walk(&self.lock, &tips, filter)? {
            last = Some(version?.commit);
            found += 1;
        }
        match last {
            Some(commit) if found > number => self.at_commit(locks, commit),
            _ => Err(Error::new(format!(
                "`lock~{number}` reaches too far back: {found} commits changed {}",
                self.lock
            ))),
        }
    }

    fn at_date<Z: TimeZone>(
        &self,
        locks: &mut Locks<'_>,
        date: &str,
        now: i64,
        zone: &Z,
    ) -> Result<Selected> {
        let until = end_of(date, now, zone)?;
        let tips = self.repository.tips(&[], false)?;
        let filter = Filter { until: Some(until), count: Some(1), ..Filter::default() };
        match self.repository.walk(&self.lock, &tips, filter)?.next() {
            Some(version) => self.at_commit(locks, version?.commit),
            None => Err(Error::new(format!("no {} was committed by {date} yet", self.lock))
                .hint("`flakehist log --reverse` begins with the first one")),
        }
    }
}

/// The moment a date stands for, in seconds since 1970 UTC: a day alone means its end, so that `date:2026-01-31` is
/// the lock that day ended with.
fn end_of<Z: TimeZone>(date: &str, now: i64, zone: &Z) -> Result<u64> {
    let text = if git::is_bare_day(date) { format!("{} 23:59:59", date.trim()) } else { date.to_owned() };
    let moment = git::parse_date(&text, now, zone);
    if !moment.understood {
        return Err(Error::usage(format!("`{date}` is no date"))
            .hint("write it as `2026-01-31`, `2026-01-31T12:00+01:00`, `yesterday` or `2 weeks ago`"));
    }
    Ok(u64::try_from(moment.seconds).unwrap_or(0))
}

/// For each input, the commit that last changed it; inputs that only the working tree changed have none.
#[derive(Clone, Debug, Default)]
pub struct LastChanges {
    commits: HashMap<InputPath, Arc<Commit>>,
}

#[cfg(test)]
impl LastChanges {
    /// Last changes made by hand, for tests of views.
    pub(crate) fn made(commits: impl IntoIterator<Item = (InputPath, Commit)>) -> Self {
        Self { commits: commits.into_iter().map(|(path, commit)| (path, Arc::new(commit))).collect() }
    }
}

impl LastChanges {
    /// Goes back in history until every input of the lock has been seen to change.
    ///
    /// # Errors
    /// When the history cannot be read.
    pub fn find(flake: &Flake, selected: &Selected) -> Result<Self> {
        let mut found = Self::default();
        let (Some(lock), Some(from)) = (selected.state.lock(), selected.history_from) else {
            return Ok(found);
        };
        let mut wanted: HashSet<InputPath> = paths(lock).into_iter().collect();
        if selected.commit.is_none() {
            let committed = Locks::new(&flake.repository)?.committed(from, &flake.lock)?;
            for change in crate::lock::compare(committed.as_deref(), Some(lock)) {
                wanted.remove(&change.path);
            }
        }
        let query = Query { tips: vec![Tip::Include(from)], ..Query::default() };
        for entry in Entries::new(&flake.repository, &flake.lock, query)? {
            if wanted.is_empty() {
                break;
            }
            let entry = entry?;
            let Some(commit) = entry.commit() else { continue };
            let commit = Arc::new(commit.clone());
            for change in entry.changes {
                if wanted.remove(&change.path) {
                    found.commits.insert(change.path, Arc::clone(&commit));
                }
            }
        }
        Ok(found)
    }

    /// The commit that last changed an input.
    #[must_use]
    pub fn of(&self, path: &InputPath) -> Option<&Commit> {
        self.commits.get(path).map(Arc::as_ref)
    }
}

impl Locks<'_> {
    fn committed(&mut self, commit: CommitId, path: &str) -> Result<Option<Arc<Lock>>> {
        let file = self.file_at(commit, path)?;
        Ok(match self.state(file)? {
            State::Readable(lock) => Some(lock),
            State::Broken(_) | State::Absent => None,
        })
    }
}

/// Every input of a lock, through no `follows`.
fn paths(lock: &Lock) -> Vec<InputPath> {
    lock.inputs().into_iter().map(|(path, _): (InputPath, &Edge)| path).collect()
}
