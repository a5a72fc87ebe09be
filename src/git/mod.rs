//! What git holds. The only place that names git2.
//!
//! [`Repository`] is one repository, opened for reading; [`Walk`] lists the versions of a file in it; [`Reader`] hands
//! out commits and blobs. What libgit2 does not do as git does (replace refs, grafts, the order and simplification
//! of `git log`, dates, `--follow`) is done in here.

mod attributes;
mod bases;
mod commit_graph;
mod create;
mod date;
mod detours;
mod every;
mod follow;
mod graph;
mod keep;
mod mailmap;
mod nar;
mod objects;
mod open;
mod pack;
mod people;
mod refs;
mod rev;
mod steps;
mod text;
mod tip;
mod walk;
mod worktree;

use std::path::Path;
use std::sync::Arc;

use git2::Oid;

use crate::error::{Error, Result};

pub use attributes::{with_line, without_line};
pub use commit_graph::{CommitGraph, PathKeys, Place, Recorded};
pub use create::NewCommit;
pub use date::{Moment, is_bare_day, parse as parse_date};
pub use every::{Dates, Introduced, Survey};
pub use keep::Record;
pub use objects::{FileAt, ObjectId};
#[cfg(fuzzing)]
pub use pack::fuzzed;
pub use pack::{Delta, Difference, Step, Steps, Told};
pub use tip::Tip;
pub use walk::{Filter, Version, Walk};
pub use worktree::{FileStatus, OnDisk};

use detours::Detours;
use graph::Graph;
use objects::{Held, Objects};

/// The id of a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CommitId(pub(crate) Oid);

impl std::fmt::Display for CommitId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl CommitId {
    /// The id that 40 hex digits spell, for values made by hand.
    #[must_use]
    pub fn parse(hex: &str) -> Option<Self> {
        Oid::from_str(hex).ok().filter(|_| hex.len() == 40).map(Self)
    }

    /// The first `digits` hex digits.
    #[must_use]
    pub fn short(&self, digits: usize) -> String {
        let mut hex = self.to_string();
        hex.truncate(digits);
        hex
    }
}

/// A point in time with the offset of the clock that wrote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// Seconds since 1970 UTC.
    pub seconds: i64,
    /// Minutes east of UTC.
    pub offset_minutes: i32,
}

/// What a commit says of itself. All text is as written: it may hold control characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// Its id.
    pub id: CommitId,
    /// The author's name.
    pub author: String,
    /// The author's e-mail address.
    pub email: String,
    /// When it was committed.
    pub committed: Stamp,
    /// The first paragraph of the message on one line.
    pub subject: String,
}

/// A commit as it lies in the object database.
pub struct CommitObject {
    id: CommitId,
    data: Arc<Vec<u8>>,
}

impl CommitObject {
    /// What it says of itself. Nothing in it can be so wrong that this fails.
    #[must_use]
    pub fn decode(&self) -> Commit {
        let person = |key| text::Person::of(&self.data, key);
        let author = person("author");
        let committed = person("committer").map_or(Stamp { seconds: 0, offset_minutes: 0 }, |who| Stamp {
            seconds: who.seconds,
            offset_minutes: who.offset_minutes,
        });
        let (author, email) = author.map_or_else(Default::default, |who| (who.name, who.email));
        Commit { id: self.id, author, email, committed, subject: text::subject(&self.data) }
    }
}

/// One git repository, opened for reading.
pub struct Repository {
    inner: git2::Repository,
    held: Held,
    detours: Detours,
}

impl Repository {
    /// The folder of the working tree; `None` in a bare repository.
    #[must_use]
    pub fn workdir(&self) -> Option<&Path> {
        self.inner.workdir()
    }

    /// The folder of the repository itself (`.git`, or what it points to).
    #[must_use]
    pub fn git_dir(&self) -> &Path {
        self.inner.path()
    }

    /// How many hex digits to show of a commit id, by git's own rule (`core.abbrev`).
    #[must_use]
    pub fn abbreviation(&self) -> usize {
        objects::abbreviation(&self.inner)
    }

    /// Access to commits and blobs by id.
    ///
    /// # Errors
    /// When the object database cannot be opened.
    pub fn reader(&self) -> Result<Reader<'_>> {
        Ok(Reader { objects: self.objects()? })
    }

    /// The versions of the file at `path` (from the root of the repository, parts separated by `/`).
    ///
    /// # Errors
    /// When a pattern of the filter is wrong or one of the tips cannot be read.
    pub fn walk(&self, path: &str, tips: &[Tip], filter: Filter) -> Result<Walk<'_>> {
        Walk::new(self, Graph::new(self.objects()?), path, tips, filter)
    }

    /// A value of git's configuration, all its levels merged; `None` when it is unset or not readable as text.
    #[must_use]
    pub fn setting(&self, key: &str) -> Option<String> {
        self.inner.config().ok()?.snapshot().ok()?.get_string(key).ok()
    }

    /// A value of git's configuration that is true or false in any of git's spellings; `None` when it is neither.
    #[must_use]
    pub fn switch(&self, key: &str) -> Option<bool> {
        self.inner.config().ok()?.get_bool(key).ok()
    }

    /// Reads from now on every object as it is, whatever `refs/replace/` says (`GIT_NO_REPLACE_OBJECTS`).
    pub fn ignore_replacements(&mut self) {
        self.detours.ignore_replacements();
    }

    fn objects(&self) -> Result<Objects<'_>> {
        Objects::of(&self.inner, &self.held, &self.detours)
    }
}

/// A value of git's configuration outside any repository: the user's and the system's.
#[must_use]
pub fn global_setting(key: &str) -> Option<String> {
    git2::Config::open_default().ok()?.snapshot().ok()?.get_string(key).ok()
}

/// Reads commits and blobs by id.
pub struct Reader<'r> {
    objects: Objects<'r>,
}

impl Reader<'_> {
    /// What a commit says of itself.
    ///
    /// # Errors
    /// When the commit is missing or damaged.
    pub fn commit(&self, id: CommitId) -> Result<Commit> {
        self.commit_object(id).map(|object| object.decode())
    }

    /// The same, to be decoded later or on another thread.
    ///
    /// # Errors
    /// As [`Reader::commit`].
    pub fn commit_object(&self, id: CommitId) -> Result<CommitObject> {
        let object = self.objects.read(id.0)?.ok_or_else(|| Error::new(format!("commit {id} is missing")))?;
        Ok(CommitObject { id, data: object.into_data() })
    }

    /// The bytes of a blob. `None` when it is not here, as in a partial clone.
    ///
    /// # Errors
    /// When the object database cannot be read.
    pub fn blob(&self, id: ObjectId) -> Result<Option<Vec<u8>>> {
        Ok(self.objects.read(id.0)?.map(|object| object.data().to_vec()))
    }

    /// The same, as steps from what was told before. `told` belongs to this reader.
    ///
    /// # Errors
    /// As [`Reader::blob`].
    pub fn steps(&self, id: ObjectId, told: &mut Told) -> Result<Option<Steps>> {
        self.objects.steps(id.0, told)
    }

    /// The file at `path` in a commit.
    ///
    /// # Errors
    /// When the commit is missing or damaged.
    pub fn file_at(&self, commit: CommitId, path: &str) -> Result<FileAt> {
        let skeleton = self.objects.commit(commit.0)?;
        let skeleton = skeleton.ok_or_else(|| Error::new(format!("commit {commit} is missing")))?;
        self.objects.file_at(skeleton.tree, path)
    }

    /// A commit's first parent, through replace refs and grafts.
    ///
    /// # Errors
    /// When the commit is missing or damaged.
    pub fn first_parent(&self, commit: CommitId) -> Result<Option<CommitId>> {
        let skeleton = self.objects.commit(commit.0)?;
        Ok(skeleton.and_then(|skeleton| skeleton.parents.first().copied()).map(CommitId))
    }
}

/// The id git gives to a blob with these bytes.
#[must_use]
pub fn blob_id(bytes: &[u8]) -> Option<ObjectId> {
    Oid::hash_object(git2::ObjectType::Blob, bytes).ok().map(ObjectId)
}
