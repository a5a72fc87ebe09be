//! Making a new repository from nothing. Never touches one that exists.

use std::collections::BTreeMap;
use std::path::Path;

use git2::{IndexEntry, IndexTime, Oid, RepositoryInitOptions, Signature, Time};

use super::detours::Detours;
use super::objects::Held;
use super::pack::Packs;
use super::{CommitId, Repository};
use crate::error::{Error, Result};

/// A commit to be made: all of its files, author and committer the same person at the same time.
#[derive(Clone, Debug)]
pub struct NewCommit<'c> {
    /// Its parents, the first first.
    pub parents: Vec<CommitId>,
    /// The author's name.
    pub author: &'c str,
    /// The author's e-mail address.
    pub email: &'c str,
    /// Seconds since 1970 UTC.
    pub seconds: i64,
    /// Minutes east of UTC.
    pub offset_minutes: i32,
    /// The whole message.
    pub message: &'c str,
    /// Every file of the tree by path.
    pub files: &'c BTreeMap<String, String>,
}

impl Repository {
    /// Makes a repository in a folder that is new or empty. The user's templates and hooks stay out of it.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn create(folder: &Path) -> Result<Self> {
        let mut options = RepositoryInitOptions::new();
        options.no_reinit(true).external_template(false).initial_head("main");
        let inner = git2::Repository::init_opts(folder, &options).map_err(|e| {
            Error::new(format!("cannot make a repository in {}", folder.display())).because(e.message())
        })?;
        Ok(Self { inner, held: Held::new(Packs::default()), detours: Detours::default() })
    }

    /// Adds a commit that no branch leads to yet.
    ///
    /// # Errors
    /// When an object cannot be written.
    pub fn commit_tree(&self, new: &NewCommit<'_>) -> Result<CommitId> {
        self.try_commit_tree(new)
            .map(CommitId)
            .map_err(|e| Error::new("cannot write a commit").because(e.message()))
    }

    fn try_commit_tree(&self, new: &NewCommit<'_>) -> std::result::Result<Oid, git2::Error> {
        let mut index = git2::Index::new()?;
        for (path, text) in new.files {
            let id = self.inner.blob(text.as_bytes())?;
            index.add(&entry(path, id))?;
        }
        let tree = self.inner.find_tree(index.write_tree_to(&self.inner)?)?;
        let who = Signature::new(new.author, new.email, &Time::new(new.seconds, new.offset_minutes))?;
        let parents: std::result::Result<Vec<_>, _> =
            new.parents.iter().map(|parent| self.inner.find_commit(parent.0)).collect();
        let parents = parents?;
        let parents: Vec<&git2::Commit<'_>> = parents.iter().collect();
        self.inner.commit(None, &who, &who, new.message, &tree, &parents)
    }

    /// Makes a branch lead to a commit.
    ///
    /// # Errors
    /// When there is such a branch already, or it cannot be written.
    pub fn set_branch(&self, name: &str, commit: CommitId) -> Result<()> {
        self.inner
            .find_commit(commit.0)
            .and_then(|commit| self.inner.branch(name, &commit, false))
            .map(drop)
            .map_err(|e| Error::new(format!("cannot make the branch {name}")).because(e.message()))
    }

    /// Sets a value in this repository's own configuration.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn set_setting(&self, key: &str, value: &str) -> Result<()> {
        self.inner
            .config()
            .and_then(|config| config.open_level(git2::ConfigLevel::Local))
            .and_then(|mut config| config.set_str(key, value))
            .map_err(|e| Error::new(format!("cannot set `{key}`")).because(e.message()))
    }

    /// Fills the empty working tree from a branch.
    ///
    /// # Errors
    /// When a file is in the way or cannot be written.
    pub fn check_out(&self, branch: &str) -> Result<()> {
        self.inner
            .set_head(&format!("refs/heads/{branch}"))
            .and_then(|()| self.inner.checkout_head(Some(git2::build::CheckoutBuilder::new().safe())))
            .map_err(|e| Error::new(format!("cannot check out {branch}")).because(e.message()))
    }
}

fn entry(path: &str, id: Oid) -> IndexEntry {
    IndexEntry {
        ctime: IndexTime::new(0, 0),
        mtime: IndexTime::new(0, 0),
        dev: 0,
        ino: 0,
        mode: 0o100_644,
        uid: 0,
        gid: 0,
        file_size: 0,
        id,
        flags: 0,
        flags_extended: 0,
        path: path.as_bytes().to_vec(),
    }
}
