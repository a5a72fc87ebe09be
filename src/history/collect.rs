//! From the versions of a file to the entries of a history. One blob is decoded once, and shared while it is near.

use std::collections::VecDeque;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::git::{
    CommitId, FileAt, FileStatus, Filter, ObjectId, OnDisk, Reader, Repository, Tip, Version, blob_id,
};
use crate::lock::{Change, Lock, Unreadable, compare};

use super::ahead::{Ahead, KEPT, Loaded, Order};
use super::find::relative;
use super::texts::Texts;
use super::universe::{EveryLock, EveryLockSender};
use super::{Entry, Inputs, Origin, State, Tracking, Universe};

/// A link may lead to a link, but not for ever.
const MOST_LINKS: usize = 10;

/// What to list.
#[derive(Clone, Debug, Default)]
pub struct Query {
    /// Where the walk starts and what it leaves out.
    pub tips: Vec<Tip>,
    /// Which commits of it.
    pub filter: Filter,
    /// Only entries in which an input that matches one of these changed; and of them only those changes.
    pub inputs: Inputs,
    /// The oldest first.
    pub reverse: bool,
    /// Begin with what is staged or in the working tree, where it differs from HEAD.
    pub uncommitted: bool,
}

/// The history of one lock, newest first unless asked otherwise.
pub struct Entries<'r> {
    locks: Locks<'r>,
    uncommitted: VecDeque<Entry>,
    versions: Ahead,
    inputs: Inputs,
    /// How many more commits to give, where the walk cannot count itself.
    left: Option<usize>,
    reverse: bool,
    /// Why nothing is said of what is not committed, when that could not be looked at.
    unseen: Option<Error>,
}

impl<'r> Entries<'r> {
    /// Prepares to go through the history of the lock at `path`.
    ///
    /// # Errors
    /// When the walk cannot start, or the working tree cannot be looked at.
    pub fn new(repository: &'r Repository, path: &str, query: Query) -> Result<Self> {
        Self::start(repository, path, query, None)
    }

    /// The same, for whoever needs every lock of the repository first: no commit and no lock is read twice when these
    /// are [`shared`](Entries::share) before the first entry is asked for.
    ///
    /// # Errors
    /// As [`Entries::new`].
    pub fn after_every_lock(
        repository: &'r Repository,
        path: &str,
        query: Query,
    ) -> Result<(Self, Option<EveryLock>)> {
        let (every, sender) = EveryLock::channel(query.filter.count.is_none());
        Ok((Self::start(repository, path, query, Some(sender))?, Some(every)))
    }

    /// The history alone, where the locks of the rest are not needed.
    ///
    /// # Errors
    /// As [`Entries::new`].
    pub fn alone(repository: &'r Repository, path: &str, query: Query) -> Result<(Self, Option<EveryLock>)> {
        Ok((Self::new(repository, path, query)?, None))
    }

    /// Why nothing is said of what is not committed, when that could not be looked at.
    #[must_use]
    pub fn unseen(&self) -> Option<&Error> {
        self.unseen.as_ref()
    }

    /// The locks of all entries of commits that are still to be given, for whoever [shares](Entries::share) their locks:
    /// those that do not come as blobs are found quickly, and need little memory.
    pub fn locks_to_come(&mut self) -> impl Iterator<Item = ObjectId> {
        self.versions.coming().filter_map(|version| version.file.id())
    }

    /// Takes locks that were decoded elsewhere.
    pub fn share(&mut self, universe: Rc<Universe>) {
        self.locks.universe = Some(universe);
    }

    fn start(
        repository: &'r Repository,
        path: &str,
        query: Query,
        every: Option<EveryLockSender>,
    ) -> Result<Self> {
        let mut filter = query.filter;
        let (since, until) = (filter.since, filter.until);
        // git counts what it shows. With inputs chosen, what is shown is decided only here.
        let left = if query.inputs.is_empty() { None } else { filter.count.take() };
        let order = Order { path: path.to_owned(), tips: query.tips, filter, reverse: query.reverse };
        let versions = Ahead::start(repository, order, every)?;
        let mut locks = Locks::new(repository)?;
        let mut uncommitted = VecDeque::new();
        // An index that cannot be read (libgit2 knows no split or sparse one) hides no commit.
        let (status, unseen) = match query.uncommitted.then(|| repository.file_status(path)) {
            Some(Ok(status)) => (status, None),
            Some(Err(error)) => (None, Some(error)),
            None => (None, None),
        };
        if let Some(status) = status {
            uncommitted.extend(locks.uncommitted(path, &status)?.into_iter().filter(|entry| {
                let (Origin::Worktree { modified, .. } | Origin::Index { modified }) = entry.origin else {
                    return true;
                };
                let modified = u64::try_from(modified).unwrap_or(0);
                since.is_none_or(|since| modified >= since) && until.is_none_or(|until| modified <= until)
            }));
        }
        if query.reverse {
            uncommitted.make_contiguous().reverse();
        }
        Ok(Self { locks, uncommitted, versions, inputs: query.inputs, left, reverse: query.reverse, unseen })
    }

    /// The commits at which a shallow clone was found to end; complete when the history is.
    #[must_use]
    pub fn shallow_ends(&self) -> &[CommitId] {
        &self.versions.shallow_ends
    }

    fn next_entry(&mut self) -> Option<Result<Entry>> {
        if self.reverse {
            let committed = self.versions.next().map(|loaded| self.locks.entry(loaded?));
            return committed.or_else(|| self.uncommitted.pop_front().map(Ok));
        }
        if let Some(entry) = self.uncommitted.pop_front() {
            return Some(Ok(entry));
        }
        let loaded = self.versions.next()?;
        Some(loaded.and_then(|loaded| self.locks.entry(loaded)))
    }

    /// Leaves only the changes that were asked for; false when none is left.
    fn keep(&self, entry: &mut Entry) -> bool {
        entry.changes.retain(|change| self.inputs.have(&change.path));
        !entry.changes.is_empty()
    }
}

impl Iterator for Entries<'_> {
    type Item = Result<Entry>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.inputs.is_empty() {
            return self.next_entry();
        }
        while self.left != Some(0) {
            let mut entry = match self.next_entry()? {
                Ok(entry) => entry,
                Err(e) => return Some(Err(e)),
            };
            if self.keep(&mut entry) {
                if entry.commit().is_some() {
                    self.left = self.left.map(|left| left - 1);
                }
                return Some(Ok(entry));
            }
        }
        None
    }
}

/// A lock, or why there is none to be had.
pub(super) type Decoded = std::result::Result<Arc<Lock>, Arc<Unreadable>>;

/// Blobs to locks, the last few remembered.
pub(super) struct Locks<'r> {
    repository: &'r Repository,
    reader: Reader<'r>,
    texts: Texts,
    kept: VecDeque<(ObjectId, Decoded)>,
    universe: Option<Rc<Universe>>,
}

impl<'r> Locks<'r> {
    pub(super) fn new(repository: &'r Repository) -> Result<Self> {
        let reader = repository.reader()?;
        let kept = VecDeque::with_capacity(KEPT);
        Ok(Self { repository, reader, texts: Texts::default(), kept, universe: None })
    }

    pub(super) fn reader(&self) -> &Reader<'r> {
        &self.reader
    }

    /// The file at a path in a commit, behind links as far as they lead to a file of that commit.
    pub(super) fn file_at(&self, commit: CommitId, path: &str) -> Result<FileAt> {
        let found = self.reader.file_at(commit, path)?;
        let (mut path, mut file) = (path.to_owned(), found);
        for _ in 0..MOST_LINKS {
            let FileAt::Present { mode, id } = file else { break };
            match mode {
                0o120_000 => {}
                0o040_000 | 0o160_000 => break,
                _ => return Ok(file),
            }
            let target = self.reader.blob(id)?.and_then(|target| String::from_utf8(target).ok());
            let folder = Path::new(&path).parent().unwrap_or(Path::new(""));
            let Some(end) = target.and_then(|target| relative(Path::new(&target), folder)) else { break };
            file = self.reader.file_at(commit, &end)?;
            path = end;
        }
        Ok(found)
    }

    /// What lies at a path in a commit, as a lock.
    pub(super) fn state(&mut self, file: FileAt) -> Result<State> {
        let unreadable = |reason: String| Ok(State::Broken(Arc::new(Unreadable::new(reason))));
        match file {
            FileAt::Absent => Ok(State::Absent),
            FileAt::Unknown { tree } => unreadable(format!("tree {tree} is missing here (a partial clone?)")),
            FileAt::Present { mode: 0o120_000, id } => {
                let target = self.reader.blob(id)?.unwrap_or_default();
                unreadable(format!("it is a symbolic link to `{}`", String::from_utf8_lossy(&target)))
            }
            FileAt::Present { mode: 0o040_000, .. } => unreadable("it is a folder".to_owned()),
            FileAt::Present { mode: 0o160_000, .. } => unreadable("it is a submodule".to_owned()),
            FileAt::Present { id, .. } => Ok(match self.lock(id)? {
                Ok(lock) => State::Readable(lock),
                Err(unreadable) => State::Broken(unreadable),
            }),
        }
    }

    fn lock(&mut self, id: ObjectId) -> Result<Decoded> {
        if let Some((_, decoded)) = self.kept.iter().find(|(kept, _)| *kept == id) {
            return Ok(decoded.clone());
        }
        if let Some(decoded) = self.universe.as_ref().and_then(|universe| universe.decoded.get(&id)) {
            return Ok(decoded.clone());
        }
        let decoded = match self.reader.blob(id) {
            Ok(Some(bytes)) => self.texts.decode(&bytes),
            Ok(None) => {
                Err(Arc::new(Unreadable::new(format!("object {id} is missing here (a partial clone?)"))))
            }
            Err(e) => Err(Arc::new(Unreadable::new(e.to_string()))),
        };
        self.keep(id, decoded.clone());
        Ok(decoded)
    }

    /// First in, first out, as [`Ahead`] remembers what it handed over.
    fn keep(&mut self, id: ObjectId, decoded: Decoded) {
        if self.kept.len() == KEPT {
            self.kept.pop_back();
        }
        self.kept.push_front((id, decoded));
    }

    fn entry(&mut self, loaded: Loaded) -> Result<Entry> {
        let Loaded { version, commit, blobs, compared } = loaded;
        for (id, steps) in blobs {
            // What comes to nothing is read when it is wanted.
            if let Some(decoded) = self.texts.take(&steps) {
                self.keep(id, decoded);
            }
        }
        let (state, changes) = match compared {
            Some(compared) => compared,
            None => {
                let state = self.state(version.file)?;
                let changes = self.changes(&version, &state)?;
                (state, changes)
            }
        };
        Ok(Entry {
            origin: Origin::Commit(commit),
            path: version.path,
            lock_id: version.file.id(),
            state,
            changes,
            at_shallow_end: version.at_shallow_end,
        })
    }

    /// What is different from the lock before; nobody can tell of a broken one.
    fn changes(&mut self, version: &Version, state: &State) -> Result<Vec<Change>> {
        if let State::Broken(_) = state {
            return Ok(Vec::new());
        }
        Ok(compare(self.readable_before(version)?.as_deref(), state.lock()))
    }

    /// The lock to compare with: the first parent's, or where that is broken the nearest readable one before it.
    fn readable_before(&mut self, version: &Version) -> Result<Option<Arc<Lock>>> {
        match self.state(version.before)? {
            State::Readable(lock) => return Ok(Some(lock)),
            State::Absent => return Ok(None),
            State::Broken(_) => {}
        }
        let Some(parent) = version.parent else { return Ok(None) };
        let filter = Filter { first_parent: true, ..Filter::default() };
        for earlier in self.repository.walk(&version.path, &[Tip::Include(parent)], filter)? {
            match self.state(earlier?.before)? {
                State::Readable(lock) => return Ok(Some(lock)),
                State::Absent => return Ok(None),
                State::Broken(_) => {}
            }
        }
        Ok(None)
    }

    /// What is staged and what is in the working tree, each where it differs from HEAD (and from the other).
    fn uncommitted(&mut self, path: &str, status: &FileStatus) -> Result<Vec<Entry>> {
        let mut entries = Vec::new();
        if !status.disk_is_head && !nothing_anywhere(status) {
            entries.push(self.worktree(path, status)?);
        }
        if status.index != status.head && !status.disk_is_index && !status.in_conflict {
            let state = self.state(status.index)?;
            let origin = Origin::Index { modified: status.staged_at };
            entries.push(self.beside_head(path, status, origin, state, status.index.id())?);
        }
        Ok(entries)
    }

    fn worktree(&mut self, path: &str, status: &FileStatus) -> Result<Entry> {
        let tracking = Tracking::of(status).unwrap_or(Tracking::Modified);
        let (state, modified, id) = self.on_disk(&status.disk);
        self.beside_head(path, status, Origin::Worktree { modified, tracking }, state, id)
    }

    /// The lock as it lies on disk, when it was written, and the id git would give it.
    pub(super) fn on_disk(&mut self, disk: &OnDisk) -> (State, i64, Option<ObjectId>) {
        let broken = |reason: String| State::Broken(Arc::new(Unreadable::new(reason)));
        match disk {
            OnDisk::Missing => (State::Absent, 0, None),
            OnDisk::Unreadable(reason) => (broken(reason.clone()), 0, None),
            OnDisk::Link { target } => {
                (broken(format!("it is a symbolic link to `{}`", target.display())), 0, None)
            }
            OnDisk::File { bytes, modified } => {
                let state = self.texts.decode(bytes).map_or_else(State::Broken, State::Readable);
                (state, *modified, blob_id(bytes))
            }
        }
    }

    fn beside_head(
        &mut self,
        path: &str,
        status: &FileStatus,
        origin: Origin,
        state: State,
        lock_id: Option<ObjectId>,
    ) -> Result<Entry> {
        let changes = match self.repository.head()? {
            None => compare(None, state.lock()),
            Some(head) => {
                let as_next = Version {
                    commit: head,
                    path: path.into(),
                    file: FileAt::Absent,
                    parent: Some(head),
                    before: status.head,
                    at_shallow_end: false,
                };
                self.changes(&as_next, &state)?
            }
        };
        Ok(Entry { origin, path: path.into(), lock_id, state, changes, at_shallow_end: false })
    }
}

/// Neither in HEAD nor in the index nor on disk.
fn nothing_anywhere(status: &FileStatus) -> bool {
    status.head == FileAt::Absent && !status.is_tracked() && status.disk == OnDisk::Missing
}

impl Query {
    /// Only entries in which an input changed that one of these shell patterns matches: `nixpkgs`, `home-manager/*`.
    ///
    /// # Errors
    /// When one is no shell pattern.
    pub fn with_inputs(mut self, words: &[String]) -> Result<Self> {
        self.inputs = Inputs::parse(words)?;
        Ok(self)
    }
}
