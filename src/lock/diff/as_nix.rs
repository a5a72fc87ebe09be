//! The changes Nix itself would list: `LockFile::diff` in its `lockfile.cc`.

use std::cmp::Ordering;
use std::collections::HashSet;
use std::sync::Arc;

use super::{Change, ChangeKind, Direction, Edge, InputPath, Lock, SideRef, side};

/// What Nix prints when it writes the new lock over the old one: every path at which an attribute of `locked` or what
/// is followed differs. Neither references in `flake.nix` nor directions count, so the kinds are added, removed and
/// updated.
#[must_use]
pub fn compare_as_nix(old: Option<&Lock>, new: Option<&Lock>) -> Vec<Change> {
    let mut old = old.map(every_input).unwrap_or_default().into_iter().peekable();
    let mut new = new.map(every_input).unwrap_or_default().into_iter().peekable();
    let mut changes = Vec::new();
    loop {
        let order = match (old.peek(), new.peek()) {
            (None, None) => return changes,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some((a, _)), Some((b, _))) => a.cmp(b),
        };
        let from = if order.is_le() { old.next() } else { None };
        let to = if order.is_ge() { new.next() } else { None };
        let kind = match (&from, &to) {
            (Some((_, from)), Some((_, to))) if is_equal(*from, *to) => continue,
            (Some(_), Some(_)) => ChangeKind::Updated,
            (None, _) => ChangeKind::Added,
            (_, None) => ChangeKind::Removed,
        };
        let Some((path, _)) = to.as_ref().or(from.as_ref()) else { continue };
        let path = path.clone();
        let (from, to) = (from.map(|(_, side)| side.own()), to.map(|(_, side)| side.own()));
        changes.push(Change { path, kind, direction: Direction::Unknown, from, to });
    }
}

fn is_equal(from: SideRef<'_>, to: SideRef<'_>) -> bool {
    match (from, to) {
        (SideRef::Own(from), SideRef::Own(to)) => from.locked() == to.locked(),
        (SideRef::Follows(from), SideRef::Follows(to)) => from == to,
        _ => false,
    }
}

/// `LockFile::getAllInputs`: as the inputs of a lock, but those of a node that stands under several paths only under
/// the first.
fn every_input(lock: &Lock) -> Vec<(InputPath, SideRef<'_>)> {
    let mut found = Vec::new();
    let mut path: Vec<Arc<str>> = Vec::new();
    let mut seen: HashSet<&str> = HashSet::new();
    let nodes = lock.nodes.by_key();
    let mut pending: Vec<(usize, &(Arc<str>, Edge))> =
        lock.root.inputs.iter().rev().map(|input| (0, input)).collect();
    while let Some((depth, (name, edge))) = pending.pop() {
        let Some(side) = side(&nodes, edge) else { continue };
        path.truncate(depth);
        path.push(Arc::clone(name));
        found.push((InputPath(path.clone()), side));
        if let (Edge::Node(key), SideRef::Own(node)) = (edge, side)
            && seen.insert(key)
        {
            pending.extend(node.inputs.iter().rev().map(|input| (depth + 1, input)));
        }
    }
    found
}
