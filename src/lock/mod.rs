//! What a lock says. Pure: bytes in, values out.
//!
//! [`Lock`] is the graph as Nix sees it: nodes under keys that mean nothing outside the file, edges by input name, and
//! `follows` as paths that start at the root. Whoever addresses an input does it by [`InputPath`], never by node key,
//! because Nix renumbers `nixpkgs_2` whenever it likes.
//!
//! A [`Lock`] that exists keeps these promises, so later code needs no second check: every edge that names a node
//! leads to one, no chain of such edges runs in a circle, and the paths they form have no more than
//! [`MOST_NAMES`] names together.

mod by_path;
mod diff;
mod emit;
mod follows;
mod forge;
mod graft;
mod legacy;
mod nar_hash;
mod nodes;
mod source;
mod store_path;
mod unreadable;
mod wire;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

pub use diff::{Change, ChangeKind, Direction, Folded, Side, Told, compare, compare_as_nix, fold};
pub use follows::{Followed, Pin};
pub use graft::{
    Grafted, HardToFetch, Note, Options, Override, Overrides, Reconciled, Refusal, When, Which, graft,
};
pub use source::{Attribute, Source};
pub use store_path::StoreDir;
pub use unreadable::Unreadable;
pub use wire::{Decoder, Text};

use nodes::Nodes;

/// More names than this in the paths of all inputs together is no lock that anybody made: the biggest real one has a
/// thousand inputs, few of them deeper than five. A few shared nodes can stand for more paths than there are atoms,
/// and ten thousand nodes, each an input of the one before, have paths of fifty million names.
pub const MOST_NAMES: u64 = 4_000_000;

/// A file of more bytes than this is no lock that anybody made: the biggest real one has less than one mebibyte. What
/// a lock takes in memory, and on the screen, is some ten times its size.
pub const MOST_BYTES: usize = 16 << 20;

/// Where an input is, from the root: `home-manager/nixpkgs`. The empty path is the root flake itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct InputPath(Vec<Arc<str>>);

impl InputPath {
    /// The path with these names.
    pub fn new<N: Into<Arc<str>>>(names: impl IntoIterator<Item = N>) -> Self {
        Self(names.into_iter().map(Into::into).collect())
    }

    /// The names from the root on.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.0.iter().map(AsRef::as_ref)
    }

    /// Whether this is the root flake itself.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether it is an input of the root flake, not of another input.
    #[must_use]
    pub fn is_root_input(&self) -> bool {
        self.0.len() == 1
    }

    /// Whether this path is `other` or lies below it.
    #[must_use]
    pub fn starts_with(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0)
    }

    /// The path without its last name; `None` for the root.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        let (_, front) = self.0.split_last()?;
        Some(Self(front.to_vec()))
    }

    /// The same path where what lies below `from` lies below `to`; `None` when it does not lie there.
    fn moved(&self, from: &Self, to: &Self) -> Option<Self> {
        let rest = self.0.strip_prefix(from.0.as_slice())?;
        Some(Self([to.0.as_slice(), rest].concat()))
    }
}

impl fmt::Display for InputPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, name) in self.0.iter().enumerate() {
            if n > 0 {
                f.write_str("/")?;
            }
            f.write_str(name)?;
        }
        Ok(())
    }
}

/// How an input of a flake is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edge {
    /// A node of this lock, by its key.
    Node(Arc<str>),
    /// Whatever the input at this path, counted from the root, is.
    Follows(InputPath),
}

/// One node of a lock: a flake (or plain source) at a fixed state, and its inputs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// The inputs by name, sorted by bytes. Like `original` shared with the node's other states, in which both are nearly
    /// always the same.
    inputs: Arc<[(Arc<str>, Edge)]>,
    /// The fixed state; every node but the root has one.
    locked: Option<Source>,
    /// The reference in `flake.nix` that was locked; none on the root and before version 3.
    original: Option<Arc<Source>>,
    /// Whether it is a flake, not a plain source (`flake = false`).
    is_flake: bool,
    /// For a relative `path:` the flake it is relative to (Nix 2.26 and newer).
    parent: Option<InputPath>,
    /// Determinate Nix's `buildTime`.
    build_time: bool,
    /// Members that are not known. Nix may add some without a new version, as it did with `parent`.
    more: BTreeMap<String, serde_json::Value>,
}

impl Node {
    /// A root without inputs.
    fn bare() -> Self {
        Self {
            inputs: Arc::default(),
            locked: None,
            original: None,
            is_flake: true,
            parent: None,
            build_time: false,
            more: BTreeMap::new(),
        }
    }

    /// The inputs by name, sorted by bytes.
    #[must_use]
    pub fn inputs(&self) -> &[(Arc<str>, Edge)] {
        &self.inputs
    }

    /// How the input of this name is given.
    #[must_use]
    pub fn input(&self, name: &str) -> Option<&Edge> {
        let place = self.inputs.binary_search_by(|(own, _)| own.as_ref().cmp(name)).ok()?;
        self.inputs.get(place).map(|(_, edge)| edge)
    }

    /// The fixed state; `None` on the root.
    #[must_use]
    pub fn locked(&self) -> Option<&Source> {
        self.locked.as_ref()
    }

    /// The reference in `flake.nix` that was locked; `None` on the root and before lock version 3.
    #[must_use]
    pub fn original(&self) -> Option<&Source> {
        self.original.as_deref()
    }

    /// Whether it is a flake, not a plain source (`flake = false`).
    #[must_use]
    pub fn is_flake(&self) -> bool {
        self.is_flake
    }

    /// For a relative `path:` the input (or the root) it is relative to.
    #[must_use]
    pub fn parent(&self) -> Option<&InputPath> {
        self.parent.as_ref()
    }

    /// Whether Determinate Nix marked it as fetched at build time.
    #[must_use]
    pub fn is_build_time(&self) -> bool {
        self.build_time
    }
}

/// Something to know about a lock that can be read nevertheless.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// The format is newer than any known; what is understood was read.
    NewerVersion(u64),
    /// Written by a Nix before its first release; no Nix of today reads it.
    TreeVersion(u64),
    /// A key stands twice in the file, as after a textual merge. The last one counts.
    DuplicateKey(String),
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NewerVersion(version) => write!(
                f,
                "lock version {version} is newer than any known (7); only what is understood is shown"
            ),
            Self::TreeVersion(version) => {
                write!(f, "lock version {version} is from before Nix 2.4; no Nix of today reads it")
            }
            Self::DuplicateKey(key) => write!(f, "`{key}` stands twice in the file; the last one counts"),
        }
    }
}

/// A lock file, read.
#[derive(Clone, Debug)]
pub struct Lock {
    version: u64,
    root: Arc<Node>,
    nodes: Nodes,
    notices: Vec<Notice>,
}

impl Lock {
    /// The format's version as the file says.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.version
    }

    /// The flake the lock belongs to.
    #[must_use]
    pub fn root(&self) -> &Node {
        &self.root
    }

    /// What to know about the file besides its contents.
    #[must_use]
    pub fn notices(&self) -> &[Notice] {
        &self.notices
    }

    /// The node under a key of this file.
    #[must_use]
    pub fn node(&self, key: &str) -> Option<&Node> {
        self.nodes.find(key).map(Arc::as_ref)
    }

    /// Every node but the root, in no meaningful order; also such that nothing leads to.
    pub fn nodes(&self) -> impl Iterator<Item = &Arc<Node>> {
        self.nodes.iter().map(|(_, node)| node).filter(|node| !Arc::ptr_eq(node, &self.root))
    }

    /// The nodes that another lock has besides, and those that this one has besides, roots not counted: to leave out the
    /// first and to add the second makes this one's [`nodes`](Self::nodes) of that one's. Some may be among both;
    /// between two locks of one decoder few are.
    pub fn exchanged<'l>(
        &'l self,
        before: &'l Self,
    ) -> (impl Iterator<Item = &'l Arc<Node>>, impl Iterator<Item = &'l Arc<Node>>) {
        let (left, came) = self.nodes.exchanged(&before.nodes);
        let is_root = |node: &Arc<Node>, of: &Self| Arc::ptr_eq(node, &of.root);
        let left = left.into_iter().filter(move |node| !is_root(node, before));
        (left, came.into_iter().filter(move |node| !is_root(node, self)))
    }

    /// The node a path leads to without passing through any `follows`; the root for the empty path.
    #[must_use]
    pub fn own_node(&self, path: &InputPath) -> Option<&Node> {
        path.names().try_fold(self.root(), |node, name| match node.input(name)? {
            Edge::Node(key) => self.node(key),
            Edge::Follows(_) => None,
        })
    }

    /// Every input with the path that leads to it through no `follows`, parents before children, sorted by name.
    #[must_use]
    pub fn inputs(&self) -> Vec<(InputPath, &Edge)> {
        let mut found = Vec::new();
        let mut path: Vec<Arc<str>> = Vec::new();
        let mut pending: Vec<(usize, &(Arc<str>, Edge))> =
            self.root.inputs.iter().rev().map(|i| (0, i)).collect();
        while let Some((depth, (name, edge))) = pending.pop() {
            path.truncate(depth);
            path.push(Arc::clone(name));
            found.push((InputPath(path.clone()), edge));
            if let Edge::Node(key) = edge
                && let Some(node) = self.node(key)
            {
                pending.extend(node.inputs.iter().rev().map(|input| (depth + 1, input)));
            }
        }
        found
    }

    /// How the input at a path is given, its parents reached without passing through any `follows`.
    #[must_use]
    pub fn edge(&self, path: &InputPath) -> Option<&Edge> {
        let (name, front) = path.0.split_last()?;
        self.own_node(&InputPath(front.to_vec()))?.input(name)
    }
}
