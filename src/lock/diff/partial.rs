//! Locks of which only some root inputs are known, put together so that they can be compared like others.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Edge, Lock, Node, Source};
use crate::lock::source::OF_A_STATE;
use crate::lock::{Attribute, nar_hash};

/// What is told of an input, by somebody other than a lock.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// The revision, or its beginning.
    pub rev: Option<String>,
    /// The hash of the contents, as locks write it.
    pub nar_hash: Option<String>,
    /// The date of the revision in seconds since 1970 UTC.
    pub last_modified: Option<u64>,
}

impl Told {
    fn is_nothing(&self) -> bool {
        self.rev.is_none() && self.nar_hash.is_none()
    }

    /// Whether an input in this state is what is told.
    fn fits(&self, source: &Source) -> bool {
        match (&self.rev, &self.nar_hash) {
            (Some(told), _) => source.rev().is_some_and(|rev| rev.starts_with(told.as_str())),
            (None, Some(told)) => source.nar_hash().is_some_and(|hash| nar_hash::is_same(hash, told)),
            (None, None) => false,
        }
    }

    /// The source in the state that is told, as far as it is.
    fn state_of(&self, source: &Source) -> Source {
        let kept = source.attributes().filter(|(name, _)| !OF_A_STATE.contains(name));
        let rev = self.rev.as_deref().map(|rev| ("rev", Attribute::Text(rev)));
        let hash = self.nar_hash.as_deref().map(|hash| ("narHash", Attribute::Text(hash)));
        let date = self.last_modified.map(|date| ("lastModified", Attribute::Number(date)));
        Source::new(kept.chain(rev).chain(hash).chain(date))
    }
}

impl Lock {
    /// A lock with the root inputs that are told of, each from where it comes from in this lock, and none of theirs.
    /// Those that follow another in this lock, and those of which nothing is told, are left out.
    #[must_use]
    pub fn as_told<'t>(&self, inputs: impl IntoIterator<Item = (&'t str, &'t Told)>) -> Self {
        let node = |(name, told): (&'t str, &'t Told)| {
            let own = match self.root.input(name) {
                Some(Edge::Node(key)) => Some(self.node(key)?),
                Some(Edge::Follows(_)) => return None,
                None => None,
            };
            let registered =
                || Source::new([("type", Attribute::Text("indirect")), ("id", Attribute::Text(name))]);
            let locked = match own.and_then(Node::locked) {
                Some(locked) if told.fits(locked) => locked.clone(),
                Some(locked) => told.state_of(locked),
                None => told.state_of(&registered()),
            };
            let original = own.and_then(Node::original).cloned();
            Some((name, bare(locked, original, own.is_none_or(Node::is_flake))))
        };
        Self::of_root_inputs(inputs.into_iter().filter(|(_, told)| !told.is_nothing()).filter_map(node))
    }

    /// This lock with only these root inputs, and none of theirs.
    #[must_use]
    pub fn only(&self, is_wanted: impl Fn(&str) -> bool) -> Self {
        let node = |(name, edge): &(Arc<str>, Edge)| match edge {
            Edge::Node(key) => self.node(key).map(|node| (Arc::clone(name), node)),
            Edge::Follows(_) => None,
        };
        let inputs: Vec<_> =
            self.root.inputs.iter().filter(|(name, _)| is_wanted(name)).filter_map(node).collect();
        Self::of_root_inputs(inputs.iter().filter_map(|(name, node)| {
            let locked = node.locked()?.clone();
            Some((name.as_ref(), bare(locked, node.original().cloned(), node.is_flake())))
        }))
    }

    fn of_root_inputs<'n>(inputs: impl Iterator<Item = (&'n str, Node)>) -> Self {
        let sorted: BTreeMap<&str, Node> = inputs.collect();
        let mut root = Node::bare();
        root.inputs = sorted.keys().map(|&name| (Arc::from(name), Edge::Node(Arc::from(name)))).collect();
        let nodes = sorted.into_iter().map(|(name, node)| (Arc::from(name), Arc::new(node))).collect();
        Self { version: 7, root: Arc::new(root), nodes, notices: Vec::new() }
    }
}

fn bare(locked: Source, original: Option<Source>, is_flake: bool) -> Node {
    Node { locked: Some(locked), original: original.map(Arc::new), is_flake, ..Node::bare() }
}

#[cfg(test)]
mod tests {
    use super::super::compare;
    use super::super::tests::{lock_of, node, told};
    use super::*;

    #[test]
    fn what_is_told_is_compared_and_the_rest_is_left_out() {
        let of = |name: &str, rest: &str| {
            let place = format!("type=github owner=o repo={name}");
            format!("{name:?}:{}", node(&format!("{place} {rest}"), &place, ""))
        };
        let nodes = [
            of("same", "rev=abcdef narHash=sha256-a= lastModified=100"),
            of("begins", "rev=abcdef narHash=sha256-a= lastModified=100"),
            of("hash", "rev=abcdef narHash=sha256-a= lastModified=100"),
            of("older", "rev=abcdef narHash=sha256-a= lastModified=200"),
            of("other", "rev=abcdef narHash=sha256-a= lastModified=100"),
            of("untold", "rev=abcdef"),
        ];
        let names = ["same", "begins", "hash", "older", "other", "untold"];
        let edges: Vec<String> = names.iter().map(|name| format!("{name:?}:{name:?}")).collect();
        let lock = lock_of(&nodes.join(","), &format!("{},\"follows\":[\"same\"]", edges.join(",")));
        let text = |text: &str| Some(text.to_owned());
        let told_of = [
            ("same", Told { rev: text("abcdef"), ..Told::default() }),
            ("begins", Told { rev: text("abc"), ..Told::default() }),
            ("hash", Told { nar_hash: text("sha256-a"), ..Told::default() }),
            ("older", Told { rev: text("123456"), last_modified: Some(100), ..Told::default() }),
            ("other", Told { nar_hash: text("sha256-b"), ..Told::default() }),
            ("untold", Told::default()),
            ("follows", Told { rev: text("abcdef"), ..Told::default() }),
            ("more", Told { rev: text("fed"), ..Told::default() }),
        ];
        let partial = lock.as_told(told_of.iter().map(|(name, told)| (*name, told)));
        let known: Vec<String> = partial.inputs().iter().map(|(path, _)| path.to_string()).collect();
        assert_eq!(known, ["begins", "hash", "more", "older", "other", "same"]);
        let rest = lock.only(|name| known.iter().any(|known| known == name));
        assert_eq!(
            told(&compare(Some(&partial), Some(&rest))),
            ["more Removed Unknown", "older Updated Newer", "other Updated Unknown"]
        );
    }
}
