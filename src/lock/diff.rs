//! What changed between two locks: aligned by [`InputPath`], never by node key.
//!
//! As in Nix's own `LockFile::diff`, a change stands at every path on which the two locks differ; unlike there, a
//! change also says what kind it is and whether it went forward or back in time. What differs only in spelling, in
//! node keys or in facts that follow from the revision is no change. ([`compare_as_nix`] lists what Nix lists.)

use std::cmp::Ordering;
use std::sync::Arc;

use super::nodes::ByKey;
use super::{Edge, InputPath, Lock, Node, Source, nar_hash};

mod as_nix;
mod few;
mod fold;
mod partial;

pub use as_nix::compare_as_nix;
pub use fold::{Folded, fold};
pub use partial::Told;

/// How an input was or is given, on one side of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Side {
    /// A node of its own.
    Own(Arc<Node>),
    /// Whatever the input at this path is.
    Follows(InputPath),
}

impl Side {
    /// The fixed state, unless it follows.
    #[must_use]
    pub fn source(&self) -> Option<&Source> {
        match self {
            Self::Own(node) => node.locked(),
            Self::Follows(_) => None,
        }
    }
}

/// What happened to an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ChangeKind {
    /// It was not there before.
    Added,
    /// It is there no more.
    Removed,
    /// It comes from the same place in another state.
    Updated,
    /// It comes from another repository, branch or type of source.
    Retargeted,
    /// It follows another input than before, or began or ceased to follow.
    FollowsChanged,
    /// The same revision has other contents (another `narHash`), which does not happen by itself: an alarm.
    ContentsChanged,
    /// Only the reference in `flake.nix` is another one; what is locked stayed.
    OriginalChanged,
}

/// Whether a change went forward or back in time, by the dates of the revisions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Direction {
    /// To a later revision.
    Newer,
    /// To an earlier revision.
    Older,
    /// To one of the same date.
    Same,
    /// The dates are not known, or belong to different repositories.
    Unknown,
}

/// What happened to one input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The input.
    pub path: InputPath,
    /// What happened.
    pub kind: ChangeKind,
    /// Forward or back in time.
    pub direction: Direction,
    /// How it was; `None` when it was not there.
    pub from: Option<Side>,
    /// How it is; `None` when it is not there.
    pub to: Option<Side>,
}

impl Change {
    /// Whether what is used is another than before, and not only how `flake.nix` refers to it.
    #[must_use]
    pub fn is_move(&self) -> bool {
        self.kind != ChangeKind::OriginalChanged
    }

    /// Whether it came or went as an input that merely follows another.
    #[must_use]
    pub fn merely_follows(&self) -> bool {
        matches!((&self.from, &self.to), (None, Some(Side::Follows(_))) | (Some(Side::Follows(_)), None))
    }

    /// The fixed states on both sides, where there are two.
    #[must_use]
    pub fn sources(&self) -> Option<(&Source, &Source)> {
        self.from.as_ref().and_then(Side::source).zip(self.to.as_ref().and_then(Side::source))
    }

    /// How far it moved, as two dates in seconds since 1970 UTC; `None` where the dates are not known, or are those of
    /// different repositories.
    #[must_use]
    pub fn dates(&self) -> Option<(u64, u64)> {
        let (old, new) = self.sources().filter(|_| self.direction != Direction::Unknown)?;
        // One revision has one date, whatever is written.
        if old.rev().is_some() && old.rev() == new.rev() {
            return None;
        }
        old.date().zip(new.date())
    }

    /// The references in `flake.nix` before and after, where they are not the same.
    #[must_use]
    pub fn originals(&self) -> Option<(&Source, &Source)> {
        let (Some(Side::Own(old)), Some(Side::Own(new))) = (&self.from, &self.to) else { return None };
        old.original().zip(new.original()).filter(|(old, new)| !refers_alike(old, new))
    }
}

/// What has to be done to the old lock to get the new one, in the order of the paths.
///
/// Without an old lock everything was added, without a new one everything removed.
#[must_use]
pub fn compare(old: Option<&Lock>, new: Option<&Lock>) -> Vec<Change> {
    old.zip(new).and_then(|(old, new)| few::compare(old, new)).unwrap_or_else(|| compare_all(old, new))
}

fn compare_all(old: Option<&Lock>, new: Option<&Lock>) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut path: Vec<Arc<str>> = Vec::new();
    let mut pending = Vec::new();
    let [old_nodes, new_nodes] = [old, new].map(|lock| lock.map(|lock| lock.nodes.by_key()));
    push_pairs(&mut pending, 0, old.map(|lock| &lock.root), new.map(|lock| &lock.root));
    while let Some(pair) = pending.pop() {
        path.truncate(pair.depth);
        path.push(Arc::clone(pair.name));
        let from = pair.old.zip(old_nodes.as_ref()).and_then(|(edge, nodes)| side(nodes, edge));
        let to = pair.new.zip(new_nodes.as_ref()).and_then(|(edge, nodes)| side(nodes, edge));
        if let Some((kind, direction)) = classify(from.as_ref(), to.as_ref()) {
            let (from, to) = (from.map(SideRef::own), to.map(SideRef::own));
            changes.push(Change { path: InputPath(path.clone()), kind, direction, from, to });
        }
        push_pairs(&mut pending, pair.depth + 1, from.and_then(SideRef::node), to.and_then(SideRef::node));
    }
    changes
}

/// An input of that name on one or both sides, still to be compared.
struct Pair<'l> {
    depth: usize,
    name: &'l Arc<str>,
    old: Option<&'l Edge>,
    new: Option<&'l Edge>,
}

/// [`Side`], borrowed.
#[derive(Clone, Copy)]
enum SideRef<'l> {
    Own(&'l Arc<Node>),
    Follows(&'l InputPath),
}

impl<'l> SideRef<'l> {
    fn node(self) -> Option<&'l Arc<Node>> {
        match self {
            Self::Own(node) => Some(node),
            Self::Follows(_) => None,
        }
    }

    fn own(self) -> Side {
        match self {
            Self::Own(node) => Side::Own(Arc::clone(node)),
            Self::Follows(target) => Side::Follows(target.clone()),
        }
    }
}

fn side<'l>(nodes: &ByKey<'l>, edge: &'l Edge) -> Option<SideRef<'l>> {
    match edge {
        Edge::Node(key) => nodes.find(key).map(SideRef::Own),
        Edge::Follows(target) => Some(SideRef::Follows(target)),
    }
}

/// Pairs the inputs of two nodes by name and puts them on the stack, the first name on top.
fn push_pairs<'l>(
    pending: &mut Vec<Pair<'l>>,
    depth: usize,
    old: Option<&'l Arc<Node>>,
    new: Option<&'l Arc<Node>>,
) {
    // Mostly they have the same ones, and what is below those differs, if anything.
    if let Some((old, _)) = old.zip(new).filter(|(old, new)| Arc::ptr_eq(&old.inputs, &new.inputs)) {
        let same = old.inputs().iter().rev();
        pending.extend(same.map(|(name, edge)| Pair { depth, name, old: Some(edge), new: Some(edge) }));
        return;
    }
    let mut old = old.map_or([].as_slice(), |node| node.inputs()).iter().rev().peekable();
    let mut new = new.map_or([].as_slice(), |node| node.inputs()).iter().rev().peekable();
    loop {
        let order = match (old.peek(), new.peek()) {
            (None, None) => return,
            (Some(_), None) => Ordering::Greater,
            (None, Some(_)) => Ordering::Less,
            (Some((a, _)), Some((b, _))) => a.cmp(b),
        };
        // From the back: the greater name comes first, and the other side waits.
        let from_old = if order.is_ge() { old.next() } else { None };
        let from_new = if order.is_le() { new.next() } else { None };
        if let Some((name, _)) = from_old.or(from_new) {
            let (old, new) = (from_old.map(|(_, edge)| edge), from_new.map(|(_, edge)| edge));
            pending.push(Pair { depth, name, old, new });
        }
    }
}

fn classify(from: Option<&SideRef<'_>>, to: Option<&SideRef<'_>>) -> Option<(ChangeKind, Direction)> {
    match (from, to) {
        (None, None) => None,
        (None, Some(_)) => Some((ChangeKind::Added, Direction::Unknown)),
        (Some(_), None) => Some((ChangeKind::Removed, Direction::Unknown)),
        (Some(SideRef::Own(old)), Some(SideRef::Own(new))) => {
            if Arc::ptr_eq(old, new) {
                None
            } else {
                classify_nodes(old, new)
            }
        }
        (Some(SideRef::Follows(old)), Some(SideRef::Follows(new))) if old == new => None,
        _ => Some((ChangeKind::FollowsChanged, Direction::Unknown)),
    }
}

fn classify_nodes(old_node: &Node, new_node: &Node) -> Option<(ChangeKind, Direction)> {
    let (old, new) = (old_node.locked()?, new_node.locked()?);
    let same_place = is_same_place(old_node, new_node);
    if same_place && is_same_version(old, new) {
        return if !is_same_content(old, new) {
            let kind = if is_fixed_by_revision(old, new) {
                ChangeKind::ContentsChanged
            } else {
                ChangeKind::Updated
            };
            Some((kind, Direction::Same))
        } else if has_same_original(old_node, new_node) {
            None
        } else {
            Some((ChangeKind::OriginalChanged, Direction::Same))
        };
    }
    let same_target = same_place && has_same_branch(old_node, new_node);
    let kind = if same_target { ChangeKind::Updated } else { ChangeKind::Retargeted };
    Some((kind, direction(old, new, same_target)))
}

/// Whether equal revisions of the two must have equal contents: not where the server makes an archive as it likes.
fn is_fixed_by_revision(old: &Source, new: &Source) -> bool {
    let is_archive = matches!(old.kind(), "tarball" | "file" | "path");
    old.rev().is_some() && (!is_archive || old.text("url") == new.text("url"))
}

/// Whether the same revision has the same contents. A hash that is missing on one side says nothing.
fn is_same_content(old: &Source, new: &Source) -> bool {
    old.nar_hash().zip(new.nar_hash()).is_none_or(|(old, new)| nar_hash::is_same(old, new))
}

/// Whether both are in the same state, however a hash is spelled.
fn is_same_version(old: &Source, new: &Source) -> bool {
    let has_no_revision = old.rev().is_none() && new.rev().is_none();
    let hashes = || old.nar_hash().zip(new.nar_hash());
    old.version() == new.version()
        || has_no_revision && hashes().is_some_and(|(old, new)| nar_hash::is_same(old, new))
}

/// The switches that make something else of the same revision.
const FETCHED_OTHERWISE: [&str; 4] = ["exportIgnore", "lfs", "shallow", "submodules"];

/// Whether both are to be found in the same place: repository, folder, type.
///
/// Archives and paths get a new address with every state, so for them it is the reference in `flake.nix` that counts.
fn is_same_place(old_node: &Node, new_node: &Node) -> bool {
    let (Some(old), Some(new)) = (old_node.locked(), new_node.locked()) else { return true };
    let is_same_kind = old_node.is_flake() == new_node.is_flake();
    // So it is with nearly every update, and quickly seen.
    if is_same_kind && is_named(old) && old.is_another_state_of(new) {
        return true;
    }
    let same_repository = || {
        is_same_repository(old, new)
            // Of a type that is not known yet nothing else can be said.
            || old == new
            || matches!(old.kind(), "tarball" | "file" | "path")
                && old_node.original().is_some()
                && new_node.original().is_some()
                && has_same_branch(old_node, new_node)
    };
    old.kind() == new.kind()
        && same_repository()
        && old.text("dir") == new.text("dir")
        && FETCHED_OTHERWISE.iter().all(|name| old.flag(name) == new.flag(name))
        && is_same_kind
}

/// Whether it is one of those that name their repository, and does.
fn is_named(source: &Source) -> bool {
    match source.kind() {
        "github" | "gitlab" | "sourcehut" => source.text("owner").is_some() && source.text("repo").is_some(),
        "git" => source.text("url").is_some(),
        _ => false,
    }
}

fn is_same_repository(old: &Source, new: &Source) -> bool {
    // Often this is seen without writing out two addresses to compare them.
    let is_named_alike =
        ["type", "owner", "repo", "host", "url"].iter().all(|name| old.text(name) == new.text(name));
    is_named_alike && is_named(old)
        || old.repository().zip(new.repository()).is_some_and(|(a, b)| a.eq_ignore_ascii_case(&b))
}

/// Whether `flake.nix` names the same repository and branch, whatever revision it asks for.
fn has_same_branch(old: &Node, new: &Node) -> bool {
    match (old.original(), new.original()) {
        (Some(old), Some(new)) => std::ptr::eq(old, new) || old == new || is_same_branch(old, new),
        _ => true,
    }
}

fn is_same_branch(old: &Source, new: &Source) -> bool {
    old.kind() == new.kind() && old.repository() == new.repository() && old.branch() == new.branch()
}

fn has_same_original(old: &Node, new: &Node) -> bool {
    match (old.original(), new.original()) {
        (Some(old), Some(new)) => refers_alike(old, new),
        _ => true,
    }
}

/// Whether two references ask for the same, however they are spelled.
fn refers_alike(old: &Source, new: &Source) -> bool {
    std::ptr::eq(old, new)
        || old == new
        || is_same_branch(old, new)
            && old.rev() == new.rev()
            && old.text("dir") == new.text("dir")
            && FETCHED_OTHERWISE.iter().all(|name| old.flag(name) == new.flag(name))
}

/// By the dates of the revisions when they are of one repository, else by the number of commits.
fn direction(old: &Source, new: &Source, same_target: bool) -> Direction {
    let by = |order: Ordering| match order {
        Ordering::Less => Direction::Newer,
        Ordering::Greater => Direction::Older,
        Ordering::Equal => Direction::Same,
    };
    if !same_target && !is_same_repository(old, new) {
        return Direction::Unknown;
    }
    // One revision has one date; where two are written, one of them is a slip of somebody's hand.
    if old.rev().is_some() && old.rev() == new.rev() {
        return Direction::Same;
    }
    let dates = old.date().zip(new.date());
    let counts = old.rev_count().zip(new.rev_count());
    dates.or(counts).map_or(Direction::Unknown, |(old, new)| by(old.cmp(&new)))
}

#[cfg(test)]
mod tests;
