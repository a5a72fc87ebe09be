//! The part of the commit graph that a walk has seen: one small record a commit, addressed by index.
//!
//! The flags and the way parents are cut off follow git's `revision.c`, because the walk has to list the very commits
//! that `git log -- FILE` lists.

mod by_id;

use git2::Oid;

use super::CommitId;
use super::commit_graph::{CommitGraph, NOT_IN_THE_GRAPH, PathKeys, Place};
use super::objects::{FileAt, Objects};
use crate::error::{Error, Result};
use crate::spread::SpreadMap;
use by_id::ById;

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

/// A commit as the walk knows it. A walk holds one for every commit it meets, so each byte counts a million times.
pub(super) struct Node {
    pub(super) id: Oid,
    /// Where it is in the commit-graph. `None` before it has been read when nobody knows yet, and after that when it
    /// is not there.
    recorded: Option<Place>,
    /// Seconds since 1970 UTC, by the committer, unsigned as in git.
    pub(super) date: u64,
    pub(super) flags: u8,
    known: Known,
    parents_count: u16,
    parents_start: u32,
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

/// The walked file in a commit, looked up once: a place among the graph's files. Until then a place among its trees,
/// with the highest bit set, or all bits for a commit that has its tree in the commit-graph.
#[derive(Clone, Copy, PartialEq, Eq)]
struct FileState(u32);

impl FileState {
    const UNREAD: u32 = 1 << 31;
    const IN_COMMIT_GRAPH: Self = Self(u32::MAX);
}

/// The commits seen so far and the edges between them.
pub(super) struct Graph<'r> {
    pub(super) objects: Objects<'r>,
    nodes: Vec<Node>,
    edges: Vec<Index>,
    by_id: ById,
    /// The trees in which the file has not been looked up, and places among them that are free again.
    trees: Vec<Oid>,
    free_trees: Vec<u32>,
    /// What the file has been, each once, and where it is in that list.
    files: Vec<FileAt>,
    by_file: SpreadMap<FileAt, u32>,
}

impl<'r> Graph<'r> {
    pub(super) fn new(objects: Objects<'r>) -> Self {
        Self {
            objects,
            nodes: Vec::new(),
            edges: Vec::new(),
            by_id: ById::default(),
            trees: Vec::new(),
            free_trees: Vec::new(),
            files: Vec::new(),
            by_file: SpreadMap::default(),
        }
    }

    /// The place of a commit, which need not have been read yet.
    pub(super) fn place(&mut self, id: Oid) -> Index {
        let new = Index::try_from(self.nodes.len()).unwrap_or(Index::MAX);
        let nodes = &self.nodes;
        let id_at = |index: Index| nodes.get(index as usize).map_or(Oid::zero(), |node| node.id);
        let index = self.by_id.find_or_insert(id, new, id_at);
        if index == new {
            self.nodes.push(Node {
                id,
                recorded: None,
                date: 0,
                flags: 0,
                known: Known::ByName,
                parents_count: 0,
                parents_start: 0,
                first_parent: index,
                file: FileState::IN_COMMIT_GRAPH,
            });
        }
        index
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
        self.edges.get(start..start + usize::from(node.parents_count)).unwrap_or_default()
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

    /// Reads the commit unless that has been done.
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
        if self.load_recorded(index).is_some() {
            return Ok(());
        }
        let id = self.node(index).id;
        let skeleton = self.objects.commit_object(id)?.ok_or_else(|| {
            Error::new(format!("commit {id} is missing from the repository"))
                .hint("`git fsck` tells what else is missing; in a shallow clone try `git fetch --unshallow`")
        })?;
        let parents_start = self.edges.len();
        for parent in &skeleton.parents {
            let parent = self.place(*parent);
            self.edges.push(parent);
        }
        self.node_mut(index).recorded = None;
        self.node_mut(index).file = self.unread(skeleton.tree);
        self.loaded(index, skeleton.date, parents_start)
    }

    /// The same from the commit-graph, where it is there.
    fn load_recorded(&mut self, index: Index) -> Option<()> {
        let commit_graph = self.objects.commit_graph()?;
        let node = self.node(index);
        let place = node.recorded.or_else(|| commit_graph.find(CommitId(node.id)))?;
        let recorded = commit_graph.commit(place)?;
        let parents_start = self.edges.len();
        for (place, parent) in recorded.parents {
            let parent = self.place(parent.0);
            self.edges.push(parent);
            let parent = self.node_mut(parent);
            if parent.known == Known::ByName {
                parent.recorded = Some(place);
            }
        }
        self.node_mut(index).recorded = Some(place);
        self.loaded(index, recorded.date, parents_start).ok()
    }

    /// Notes what was read of a commit whose parents are the edges from there on.
    fn loaded(&mut self, index: Index, date: u64, parents_start: usize) -> Result<()> {
        let first_parent = self.edges.get(parents_start).copied().unwrap_or(index);
        let parents_count = u16::try_from(self.edges.len() - parents_start);
        let node = self.node_mut(index);
        let id = node.id;
        node.known = Known::Whole;
        node.date = date;
        node.parents_start = u32::try_from(parents_start).unwrap_or(u32::MAX);
        node.parents_count = parents_count
            .map_err(|_| Error::new(format!("commit {id} has more parents than can be counted")))?;
        node.first_parent = first_parent;
        Ok(())
    }

    /// A place for a tree that has not been read.
    fn unread(&mut self, tree: Oid) -> FileState {
        let free = self.free_trees.pop();
        let place = free.or_else(|| u32::try_from(self.trees.len()).ok()).unwrap_or_default();
        match self.trees.get_mut(place as usize) {
            Some(free) => *free = tree,
            None => self.trees.push(tree),
        }
        FileState(place | FileState::UNREAD)
    }

    /// The walked file as this commit has it.
    pub(super) fn file(&mut self, index: Index, path: &str) -> Result<FileAt> {
        self.load(index)?;
        let FileState(state) = self.node(index).file;
        if state & FileState::UNREAD == 0 {
            return Ok(self.files.get(state as usize).copied().unwrap_or(FileAt::Absent));
        }
        let tree = self.tree(index)?;
        let file = self.objects.file_at(tree, path)?;
        if state != u32::MAX {
            self.free_trees.push(state & !FileState::UNREAD);
        }
        let new = u32::try_from(self.files.len()).unwrap_or_default();
        let place = *self.by_file.entry(file).or_insert(new);
        if place == new {
            self.files.push(file);
        }
        self.node_mut(index).file = FileState(place);
        Ok(file)
    }

    /// The commit's tree, for a walk whose path changes on the way and which therefore cannot keep file states.
    pub(super) fn tree(&mut self, index: Index) -> Result<Oid> {
        self.load(index)?;
        let node = self.node(index);
        let FileState(state) = node.file;
        let tree = if node.file == FileState::IN_COMMIT_GRAPH {
            let place = node.recorded;
            self.objects.commit_graph().zip(place).and_then(|(graph, place)| graph.tree(place))
        } else {
            let place = state & !FileState::UNREAD;
            self.trees.get(place as usize).copied().filter(|_| state & FileState::UNREAD != 0)
        };
        match tree {
            Some(tree) => Ok(tree),
            None => Ok(self.objects.commit(node.id)?.map_or(Oid::zero(), |commit| commit.tree)),
        }
    }

    /// Whether a filter proves that the commit has the same at a path as its first parent, or nothing there when it
    /// has no parents. Without the filter of this commit nothing is proved.
    pub(super) fn is_unchanged(&self, index: Index, path: &PathKeys) -> bool {
        let node = self.node(index);
        // Before it is read nobody has seen whether the place holds anything.
        let place = node.recorded.filter(|_| node.known != Known::ByName);
        self.objects.commit_graph().zip(place).is_some_and(|(graph, place)| graph.is_unchanged(place, path))
    }

    /// The commit's generation (git's `commit_graph_generation`).
    pub(super) fn generation(&self, index: Index) -> u64 {
        let graph = self.objects.commit_graph().zip(self.node(index).recorded);
        let generation = graph.and_then(|(graph, place)| graph.generation(place));
        generation.filter(|generation| *generation > 0).unwrap_or(NOT_IN_THE_GRAPH)
    }

    /// Whether generations are corrected dates (git's `corrected_commit_dates_enabled`).
    pub(super) fn has_dates(&self) -> bool {
        self.objects.commit_graph().is_some_and(CommitGraph::has_dates)
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

/// 48 bytes a node: what a long history takes is mostly this.
const _: () = assert!(size_of::<Node>() == 48);
