//! The versions of one file: the commits that `git log [options] -- FILE` lists, in its order, lazily.
//!
//! This is git's default history simplification (git-log(1), "History Simplification", default mode), ported from
//! the behaviour of `revision.c` and held to it by tests that run git beside it:
//!
//! - commits come out by committer date, newest first, equal dates in the order they were found;
//! - a commit is listed when the file differs from its parent; a merge is left out when the file is as in *any*
//!   parent, and then only that parent is followed;
//! - with anything excluded (`A..B`, `^A`) the whole range is found first ("limited" in git's words), because a
//!   commit may turn out to be excluded later.

mod limited;

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::sync::Arc;

use git2::Oid;

use super::bases;
use super::commit_graph::PathKeys;
use super::follow;
use super::graph::{ADDED, BOTTOM, Graph, Index, SEEN, TREESAME, UNINTERESTING};
use super::objects::FileAt;
use super::people::Authors;
use super::{CommitId, Repository, Tip};
use crate::error::Result;

/// Which commits to list.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// No commit older than this, in seconds since 1970 UTC (`--since`).
    pub since: Option<u64>,
    /// No commit newer than this, in seconds since 1970 UTC (`--until`).
    pub until: Option<u64>,
    /// Regular expressions of which one must match `Name <email>` (`--author`); none: all.
    pub authors: Vec<String>,
    /// Of a merge, follow and compare only the first parent (`--first-parent`).
    pub first_parent: bool,
    /// Go on with the file's old path where it was moved or copied (`--follow`).
    pub follow: bool,
    /// At most so many (`-n`).
    pub count: Option<usize>,
}

/// The file at a commit that changed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// The commit.
    pub commit: CommitId,
    /// The file's path in this commit, from the root of the repository, parts separated by `/`.
    pub path: Arc<str>,
    /// The file in this commit.
    pub file: FileAt,
    /// The commit's first parent, when it has one here (a shallow clone's last commit has none).
    pub parent: Option<CommitId>,
    /// The file in the first parent.
    pub before: FileAt,
    /// Whether the history of a shallow clone ends at this commit.
    pub at_shallow_end: bool,
}

/// What waits to be visited: newest first, and what was found first among equals.
type Queue = BinaryHeap<(u64, Reverse<u64>, Index)>;

/// An iterator over the [`Version`]s of a file.
pub struct Walk<'r> {
    repository: &'r Repository,
    graph: Graph<'r>,
    filter: Filter,
    authors: Authors,
    path: Arc<str>,
    /// The path as changed-path filters are asked for it.
    keys: PathKeys,
    queue: Queue,
    /// Counts what was put into the queue.
    found: u64,
    /// With a limited range: what is left to list.
    limited: Option<VecDeque<Index>>,
    listed: usize,
    ended: bool,
    /// The last commits of a shallow clone that the walk came across.
    shallow_ends: Vec<CommitId>,
}

impl<'r> Walk<'r> {
    /// Prepares to walk the history of `path` from the tips, whose order decides between equal dates.
    ///
    /// # Errors
    /// When an author pattern is no regular expression, or one of the tips is missing.
    pub(super) fn new(
        repository: &'r Repository,
        graph: Graph<'r>,
        path: &str,
        tips: &[Tip],
        filter: Filter,
    ) -> Result<Self> {
        let authors = Authors::new(repository, &filter.authors)?;
        let mut walk = Self {
            repository,
            graph,
            filter,
            authors,
            path: path.into(),
            keys: PathKeys::of(path),
            queue: Queue::new(),
            found: 0,
            limited: None,
            listed: 0,
            ended: false,
            shallow_ends: Vec::new(),
        };
        walk.start(tips)?;
        Ok(walk)
    }

    /// The commits met so far at which a shallow clone ends, so that the history may go on elsewhere.
    #[must_use]
    pub fn shallow_ends(&self) -> &[CommitId] {
        &self.shallow_ends
    }

    fn start(&mut self, tips: &[Tip]) -> Result<()> {
        // All of them are read before any is looked at, as on git's command line.
        let mut named = Vec::new();
        for tip in tips {
            match tip {
                Tip::Read(id) => {
                    self.read(*id)?;
                }
                Tip::Include(id) => named.push((self.read(*id)?, 0)),
                Tip::Exclude(id) => named.push((self.read(*id)?, UNINTERESTING | BOTTOM)),
                Tip::Either(left, right) => {
                    let (left, right) = (self.read(*left)?, self.read(*right)?);
                    let bases = bases::merge_bases(&mut self.graph, left, right)?;
                    named.extend(bases.into_iter().map(|base| (base, UNINTERESTING | BOTTOM)));
                    named.extend([(left, 0), (right, 0)]);
                }
            }
        }
        let limited = named.iter().any(|(_, flags)| *flags != 0);
        for &(commit, flags) in &named {
            self.graph.set(commit, flags);
        }
        for (commit, _) in named {
            if self.graph.has(commit, UNINTERESTING) {
                self.graph.exclude_ancestors(commit);
            }
            self.enqueue(commit);
        }
        if limited {
            self.limited = Some(self.limit()?);
        }
        Ok(())
    }

    fn read(&mut self, commit: CommitId) -> Result<Index> {
        let commit = self.graph.place(commit.0);
        self.graph.load(commit)?;
        Ok(commit)
    }

    fn enqueue(&mut self, commit: Index) {
        if !self.graph.has(commit, SEEN) {
            self.graph.set(commit, SEEN);
            self.queue.push((self.graph.node(commit).date, Reverse(self.found), commit));
            self.found += 1;
        }
    }

    /// git's `process_parents`: simplifies the commit and queues the parents that are left.
    fn visit(&mut self, commit: Index) -> Result<()> {
        if self.graph.has(commit, ADDED) {
            return Ok(());
        }
        self.graph.set(commit, ADDED);
        if self.graph.has(commit, UNINTERESTING) {
            return self.visit_excluded(commit);
        }
        if !self.filter.follow {
            self.simplify(commit)?;
        }
        self.note_shallow_end(commit);
        let count = self.graph.parents(commit).len();
        let count = if self.filter.first_parent { count.min(1) } else { count };
        for n in 0..count {
            if let Some(parent) = self.graph.parent(commit, n) {
                self.graph.load(parent)?;
                self.enqueue(parent);
            }
        }
        Ok(())
    }

    fn visit_excluded(&mut self, commit: Index) -> Result<()> {
        for n in 0..self.graph.parents(commit).len() {
            let Some(parent) = self.graph.parent(commit, n) else { continue };
            self.graph.set(parent, UNINTERESTING);
            // What is excluded need not be there, as git has it.
            if self.graph.load(parent).is_err() {
                continue;
            }
            self.graph.exclude_ancestors(parent);
            self.enqueue(parent);
        }
        Ok(())
    }

    fn note_shallow_end(&mut self, commit: Index) {
        let id = self.graph.node(commit).id;
        if self.repository.detours.ends_at(id) {
            self.shallow_ends.push(CommitId(id));
        }
    }

    /// git's `try_to_simplify_commit` with the default flags: sets [`TREESAME`], and cuts a merge down to the parent
    /// that has the same file.
    fn simplify(&mut self, commit: Index) -> Result<()> {
        let path = Arc::clone(&self.path);
        let is_unchanged = self.graph.is_unchanged(commit, &self.keys);
        let count = self.graph.parents(commit).len();
        if count == 0 {
            if is_unchanged || self.graph.file(commit, &path)? == FileAt::Absent {
                self.graph.set(commit, TREESAME);
            }
            return Ok(());
        }
        let (mut relevant_parents, mut relevant_change, mut other_change) = (0, false, false);
        for n in 0..count {
            let Some(parent) = self.graph.parent(commit, n) else { continue };
            let relevant = self.graph.is_relevant(parent);
            relevant_parents += u32::from(relevant);
            if n == 1 && self.filter.first_parent {
                break;
            }
            let is_same = n == 0 && is_unchanged
                || self.graph.file(commit, &path)? == self.graph.file(parent, &path)?;
            if !is_same {
                relevant_change |= relevant;
                other_change |= !relevant;
            } else if relevant {
                self.graph.keep_only_parent(commit, n);
                self.graph.set(commit, TREESAME);
                return Ok(());
            }
        }
        let changed = if relevant_parents > 0 { relevant_change } else { other_change };
        if !changed {
            self.graph.set(commit, TREESAME);
        }
        Ok(())
    }

    /// The next commit in the walk's order, listed or not.
    fn next_commit(&mut self) -> Result<Option<Index>> {
        if let Some(limited) = &mut self.limited {
            return Ok(limited.pop_front());
        }
        while let Some((date, _, commit)) = self.queue.pop() {
            if self.filter.since.is_some_and(|since| date < since) {
                continue;
            }
            self.visit(commit)?;
            return Ok(Some(commit));
        }
        Ok(None)
    }

    /// The commit as a version, if it passes every filter.
    fn version(&mut self, commit: Index) -> Result<Option<Version>> {
        let node = self.graph.node(commit);
        let too_new = self.filter.until.is_some_and(|until| node.date > until);
        if node.flags & (UNINTERESTING | TREESAME) != 0 || too_new {
            return Ok(None);
        }
        if !self.authors.is_empty() {
            let object = self.graph.objects.read(self.graph.node(commit).id)?;
            if !object.is_some_and(|object| self.authors.match_commit(object.data())) {
                return Ok(None);
            }
        }
        if self.filter.follow { self.followed(commit) } else { self.simplified(commit).map(Some) }
    }

    fn simplified(&mut self, commit: Index) -> Result<Version> {
        let path = Arc::clone(&self.path);
        let file = self.graph.file(commit, &path)?;
        let parent = self.graph.first_parent(commit);
        let before = parent.map_or(Ok(FileAt::Absent), |parent| self.graph.file(parent, &path))?;
        Ok(self.assemble(commit, path, file, before))
    }

    /// With `--follow` git does not simplify: it compares every commit that has one parent (and merges with
    /// `--first-parent`), and where the file appears, goes on with the path it came from.
    fn followed(&mut self, commit: Index) -> Result<Option<Version>> {
        let is_merge = self.graph.parents(commit).len() > 1;
        if is_merge && !self.filter.first_parent {
            return Ok(None);
        }
        let path = Arc::clone(&self.path);
        let tree = self.graph.tree(commit)?;
        let file = self.graph.objects.file_at(tree, &path)?;
        let Some(parent) = self.graph.first_parent(commit) else {
            let listed = file != FileAt::Absent;
            return Ok(listed.then(|| self.assemble(commit, path, file, FileAt::Absent)));
        };
        let parent_tree = self.graph.tree(parent)?;
        let mut before = self.graph.objects.file_at(parent_tree, &path)?;
        if before == file {
            return Ok(None);
        }
        if let (FileAt::Absent, FileAt::Present { .. }) = (before, file)
            && let Some(origin) = follow::origin(&self.graph.objects, parent_tree, tree, &path)?
        {
            before = self.graph.objects.file_at(parent_tree, &origin)?;
            self.path = origin.into();
        }
        Ok(Some(self.assemble(commit, path, file, before)))
    }

    fn assemble(&self, commit: Index, path: Arc<str>, file: FileAt, before: FileAt) -> Version {
        let id: Oid = self.graph.node(commit).id;
        Version {
            commit: CommitId(id),
            path,
            file,
            parent: self.graph.first_parent(commit).map(|parent| CommitId(self.graph.node(parent).id)),
            before,
            at_shallow_end: self.repository.detours.ends_at(id),
        }
    }

    fn advance(&mut self) -> Result<Option<Version>> {
        if self.filter.count.is_some_and(|count| self.listed >= count) {
            return Ok(None);
        }
        while let Some(commit) = self.next_commit()? {
            if let Some(version) = self.version(commit)? {
                self.listed += 1;
                return Ok(Some(version));
            }
        }
        Ok(None)
    }
}

impl Iterator for Walk<'_> {
    type Item = Result<Version>;

    /// The next version; after an error the walk is over.
    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let step = self.advance().transpose();
        self.ended = !matches!(step, Some(Ok(_)));
        step
    }
}
