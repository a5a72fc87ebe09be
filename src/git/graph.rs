//! The part of the commit graph that a walk has seen: one small record a commit, addressed by index.
//!
//! The flags and the way parents are cut off follow git's `revision.c`, because the walk has to list the very commits
//! that `git log -- FILE` lists.

use std::collections::HashMap;

use git2::Oid;

use super::objects::{FileAt, Objects};
use crate::error::{Error, Result};
use crate::spread::Spread;

/// A commit's place in the [`Graph`].
pub(super) type Index = u32;

/// git's `SEEN`: the commit has been put into the queue.
pub(super) const SEEN: u8 = 1;
/// git's `ADDED`: the commit's parents have been looked at.
pub(super) const ADDED: u8 = 2;
/// git's `UNINTERESTING`: reachable from something that was excluded (`^A`, `A..`).
pub(super) const UNINTERESTING: u8 = 4;
/// git's `BOTTOM`: excluded by name, not only by being reachable from it.
pub(super) const BOTTOM: u8 = 8;
/// git's `TREESAME`: the file is as in the parent that counts, so the commit is not listed.
pub(super) const TREESAME: u8 = 16;

/// A commit as the walk knows it.
pub(super) struct Node {
    pub(super) id: Oid,
    /// Seconds since 1970 UTC, by the committer, unsigned as in git.
    pub(super) date: u64,
    pub(super) flags: u8,
    known: Known,
    parents_start: u32,
    parents_count: u32,
    /// The first parent even after simplification has cut it off; equal to the node's own index when there is none.
    first_parent: Index,
    file: FileState,
}

/// How far a commit is known.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Known {
    /// Only its id: date and parents are empty.
    ByName,
    /// It was read for somebody else. To the walk it is as if only its id were known, until it reads it itself:
    /// exclusion spreads through what a walk has read, and through nothing else.
    FromBefore,
    /// It has been read.
    Whole,
}

/// The walked file in a commit: looked up once.
#[derive(Clone, Copy)]
enum FileState {
    Unread { tree: Oid },
    Known(FileAt),
}

/// The commits seen so far and the edges between them.
pub(super) struct Graph<'r> {
    pub(super) objects: Objects<'r>,
    nodes: Vec<Node>,
    edges: Vec<Index>,
    places: HashMap<Oid, Index, Spread>,
}

impl<'r> Graph<'r> {
    pub(super) fn new(objects: Objects<'r>) -> Self {
        Self { objects, nodes: Vec::new(), edges: Vec::new(), places: HashMap::default() }
    }

    /// The place of a commit, which need not have been read yet.
    pub(super) fn place(&mut self, id: Oid) -> Index {
        *self.places.entry(id).or_insert_with(|| {
            let index = Index::try_from(self.nodes.len()).unwrap_or(Index::MAX);
            let file = FileState::Unread { tree: Oid::zero() };
            let (date, flags, parents_start, parents_count) = (0, 0, 0, 0);
            let first_parent = index;
            self.nodes.push(Node {
                id,
                date,
                flags,
                known: Known::ByName,
                parents_start,
                parents_count,
                first_parent,
                file,
            });
            index
        })
    }

    #[expect(
        clippy::indexing_slicing,
        reason = "an Index is only ever made by `place`, and nodes are never removed"
    )]
    pub(super) fn node(&self, index: Index) -> &Node {
        &self.nodes[index as usize]
    }

    #[expect(
        clippy::indexing_slicing,
        reason = "an Index is only ever made by `place`, and nodes are never removed"
    )]
    fn node_mut(&mut self, index: Index) -> &mut Node {
        &mut self.nodes[index as usize]
    }

    pub(super) fn has(&self, index: Index, flag: u8) -> bool {
        self.node(index).flags & flag != 0
    }

    pub(super) fn set(&mut self, index: Index, flag: u8) {
        self.node_mut(index).flags |= flag;
    }

    /// The parents as simplification has left them.
    pub(super) fn parents(&self, index: Index) -> &[Index] {
        let node = self.node(index);
        if node.known != Known::Whole {
            return &[];
        }
        let start = node.parents_start as usize;
        self.edges.get(start..start + node.parents_count as usize).unwrap_or_default()
    }

    /// The `n`th parent as simplification has left them, counted from 0.
    pub(super) fn parent(&self, index: Index, n: usize) -> Option<Index> {
        self.parents(index).get(n).copied()
    }

    /// The first parent that the commit names (after grafts), whatever simplification did.
    pub(super) fn first_parent(&self, index: Index) -> Option<Index> {
        Some(self.node(index).first_parent).filter(|&parent| parent != index)
    }

    /// Simplification: of the commit's parents only the `n`th is left.
    pub(super) fn keep_only_parent(&mut self, index: Index, n: usize) {
        let node = self.node_mut(index);
        node.parents_start += u32::try_from(n).unwrap_or(0);
        node.parents_count = 1;
    }

    /// Forgets what a walk does to the commits, but not what was read of them. Parents that were cut off stay so.
    pub(super) fn begin_again(&mut self) {
        for node in &mut self.nodes {
            node.flags = 0;
            if node.known == Known::Whole {
                node.known = Known::FromBefore;
            }
        }
    }

    /// Reads the commit object unless that has been done.
    ///
    /// # Errors
    /// When the commit is missing or malformed; git cannot go on there either.
    pub(super) fn load(&mut self, index: Index) -> Result<()> {
        match self.node(index).known {
            Known::Whole => return Ok(()),
            Known::FromBefore => {
                self.node_mut(index).known = Known::Whole;
                return Ok(());
            }
            Known::ByName => {}
        }
        let id = self.node(index).id;
        let skeleton = self.objects.commit(id)?.ok_or_else(|| {
            Error::new(format!("commit {id} is missing from the repository"))
                .hint("`git fsck` tells what else is missing; in a shallow clone try `git fetch --unshallow`")
        })?;
        let start = u32::try_from(self.edges.len()).unwrap_or(u32::MAX);
        for parent in &skeleton.parents {
            let parent = self.place(*parent);
            self.edges.push(parent);
        }
        let first_parent = self.edges.get(start as usize).copied().unwrap_or(index);
        let node = self.node_mut(index);
        node.known = Known::Whole;
        node.date = skeleton.date;
        node.parents_start = start;
        node.parents_count = u32::try_from(skeleton.parents.len()).unwrap_or(u32::MAX);
        node.first_parent = first_parent;
        node.file = FileState::Unread { tree: skeleton.tree };
        Ok(())
    }

    /// The walked file as this commit has it.
    pub(super) fn file(&mut self, index: Index, path: &str) -> Result<FileAt> {
        self.load(index)?;
        match self.node(index).file {
            FileState::Known(file) => Ok(file),
            FileState::Unread { tree } => {
                let file = self.objects.file_at(tree, path)?;
                self.node_mut(index).file = FileState::Known(file);
                Ok(file)
            }
        }
    }

    /// The commit's tree, for a walk whose path changes on the way and which therefore cannot keep file states.
    pub(super) fn tree(&mut self, index: Index) -> Result<Oid> {
        self.load(index)?;
        match self.node(index).file {
            FileState::Unread { tree } => Ok(tree),
            FileState::Known(_) => {
                Ok(self.objects.commit(self.node(index).id)?.map_or(Oid::zero(), |c| c.tree))
            }
        }
    }

    /// git's `mark_parents_uninteresting`: everything already read that is reachable from this commit's parents.
    pub(super) fn exclude_ancestors(&mut self, index: Index) {
        let mut pending: Vec<Index> = self.parents(index).to_vec();
        while let Some(commit) = pending.pop() {
            if !self.has(commit, UNINTERESTING) {
                self.set(commit, UNINTERESTING);
                pending.extend_from_slice(self.parents(commit));
            }
        }
    }

    /// git's `relevant_commit`: whether a parent counts when asking "did anything change".
    pub(super) fn is_relevant(&self, index: Index) -> bool {
        self.node(index).flags & (UNINTERESTING | BOTTOM) != UNINTERESTING
    }
}
