//! The nodes of a lock by key: a list of its own, or the members of the file it was read from.

use std::fmt;
use std::sync::Arc;

use super::Node;
use super::wire::{Laid, Member};
use crate::spread::{Spread, SpreadMap};

/// Nodes by key, sorted by bytes, each key once.
#[derive(Clone)]
pub(super) struct Nodes(Form);

#[derive(Clone)]
enum Form {
    Own(Vec<Named>),
    /// A history has hundreds of thousands of nodes, nearly all of them shared, and one list of them for each of its locks.
    /// The text that others are told by has that list already.
    OfFile(Arc<Laid>),
}

type Named = (Arc<str>, Arc<Node>);
/// A key with its node.
pub(super) type Pair<'n> = (&'n Arc<str>, &'n Arc<Node>);

impl Nodes {
    /// The members of a file, which must be sorted. Those that are malformed are passed over: nothing leads to them.
    pub(super) fn of_file(file: &Arc<Laid>) -> Self {
        Self(Form::OfFile(Arc::clone(file)))
    }

    fn own(&self) -> &[Named] {
        match &self.0 {
            Form::Own(nodes) => nodes,
            Form::OfFile(_) => &[],
        }
    }

    fn members(&self) -> &[Arc<Member>] {
        match &self.0 {
            Form::Own(_) => &[],
            Form::OfFile(file) => file.members(),
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = Pair<'_>> {
        let own = self.own().iter().map(|(key, node)| (key, node));
        own.chain(self.members().iter().filter_map(|member| member.sound()))
    }

    /// The nodes of two lists side by side, without those that are one and the same member of both files, which is seen
    /// without looking at them. `None` where the lists are not of the same length, or have malformed members that are not
    /// the same.
    pub(super) fn side_by_side<'n>(&'n self, other: &'n Self) -> Option<Vec<(Pair<'n>, Pair<'n>)>> {
        if let (Form::OfFile(one), Form::OfFile(two)) = (&self.0, &other.0) {
            let (one, two) = (one.members(), two.members());
            let different = one.iter().zip(two).filter(|(one, two)| !Arc::ptr_eq(one, two));
            let pairs = || different.map(|(one, two)| one.sound().zip(two.sound())).collect();
            return (one.len() == two.len()).then(pairs).flatten();
        }
        let (ours, theirs): (Vec<_>, Vec<_>) = (self.iter().collect(), other.iter().collect());
        (ours.len() == theirs.len()).then(|| ours.into_iter().zip(theirs).collect())
    }

    /// The nodes that another list has besides, and those that this one has besides: to leave out the first and to add
    /// the second makes this list of that. Some may be among both.
    pub(super) fn exchanged<'n>(&'n self, before: &'n Self) -> (Vec<&'n Arc<Node>>, Vec<&'n Arc<Node>>) {
        // Of two files read by one decoder, nearly all members are the same ones, which need not be looked at.
        if let (Form::OfFile(old), Form::OfFile(new)) = (&before.0, &self.0) {
            let (left, came) = different(old.members(), new.members(), Arc::ptr_eq);
            let node = |member: &'n Arc<Member>| member.sound().map(|(_, node)| node);
            return (
                left.into_iter().filter_map(node).collect(),
                came.into_iter().filter_map(node).collect(),
            );
        }
        let nodes = |all: &'n Self| all.iter().map(|(_, node)| node).collect::<Vec<_>>();
        let (old, new) = (nodes(before), nodes(self));
        let (left, came) = different(&old, &new, |one, two| Arc::ptr_eq(one, two));
        (left.into_iter().copied().collect(), came.into_iter().copied().collect())
    }

    /// For whoever will ask for most of the nodes.
    pub(super) fn by_key(&self) -> ByKey<'_> {
        let count = self.own().len().max(self.members().len());
        let many = (count > FEW).then(|| {
            let mut many = SpreadMap::with_capacity_and_hasher(count, Spread::default());
            many.extend(self.iter().map(|(key, node)| (key.as_ref(), node)));
            many
        });
        ByKey { nodes: self, many }
    }

    /// The node under a key.
    pub(super) fn find(&self, key: &str) -> Option<&Arc<Node>> {
        let members = self.members();
        if members.is_empty() {
            let own = self.own();
            let place = own.binary_search_by(|(own, _)| own.as_ref().cmp(key)).ok()?;
            return own.get(place).map(|(_, node)| node);
        }
        let place = members.binary_search_by(|member| member.key().cmp(key)).ok()?;
        members.get(place)?.sound().map(|(_, node)| node)
    }
}

/// A list of no more nodes is searched as quickly as it would be laid out in another way.
const FEW: usize = 32;

/// Nodes to be found quickly. In a list of a thousand each is found in ten steps, and at each of them a key that lies
/// anywhere is compared.
pub(super) struct ByKey<'n> {
    nodes: &'n Nodes,
    many: Option<SpreadMap<&'n str, &'n Arc<Node>>>,
}

impl<'n> ByKey<'n> {
    /// As [`Nodes::find`].
    pub(super) fn find(&self, key: &str) -> Option<&'n Arc<Node>> {
        match &self.many {
            Some(many) => many.get(key).copied(),
            None => self.nodes.find(key),
        }
    }
}

/// What only one of two lists has: without what both begin and end with and, where the rest is equally long, without what
/// stands in the same place of both.
fn different<'l, T>(
    mut old: &'l [T],
    mut new: &'l [T],
    is_same: impl Fn(&T, &T) -> bool,
) -> (Vec<&'l T>, Vec<&'l T>) {
    while let (Some((one, old_rest)), Some((two, new_rest))) = (old.split_first(), new.split_first())
        && is_same(one, two)
    {
        (old, new) = (old_rest, new_rest);
    }
    while let (Some((one, old_rest)), Some((two, new_rest))) = (old.split_last(), new.split_last())
        && is_same(one, two)
    {
        (old, new) = (old_rest, new_rest);
    }
    if old.len() == new.len() {
        return old.iter().zip(new).filter(|(one, two)| !is_same(one, two)).unzip();
    }
    (old.iter().collect(), new.iter().collect())
}

impl From<Vec<Named>> for Nodes {
    fn from(nodes: Vec<Named>) -> Self {
        Self(Form::Own(nodes))
    }
}

impl FromIterator<Named> for Nodes {
    fn from_iter<I: IntoIterator<Item = Named>>(nodes: I) -> Self {
        Self(Form::Own(nodes.into_iter().collect()))
    }
}

impl fmt::Debug for Nodes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};

    use super::*;
    use crate::lock::{Decoder, Lock};

    /// A lock whose nodes are given by the digit their revision is made of; a blank is no such node, a question mark a
    /// malformed one that nothing leads to.
    fn lock(decoder: &mut Decoder, digits: &str, is_laid: bool) -> Lock {
        let mut nodes = Map::new();
        let mut inputs = Map::new();
        for (n, digit) in digits.chars().enumerate().filter(|(_, digit)| *digit != ' ') {
            let (key, rev) = (format!("n{n}"), digit.to_string().repeat(40));
            let locked = json!({"type": "github", "owner": "o", "repo": "r", "rev": rev});
            let original = json!({"type": "github", "owner": "o", "repo": "r"});
            if digit == '?' {
                nodes.insert(key, json!({"inputs": 7}));
            } else {
                inputs.insert(key.clone(), key.clone().into());
                nodes.insert(key, json!({"locked": locked, "original": original}));
            }
        }
        nodes.insert("root".to_owned(), json!({"inputs": inputs}));
        let file: Value = json!({"nodes": nodes, "root": "root", "version": 7});
        let text = serde_json::to_string_pretty(&file).unwrap();
        if !is_laid {
            return decoder.decode(text.as_bytes()).unwrap();
        }
        // Behind a lock of the same shape it is a list of the file's members.
        let locks = [(); 2].map(|()| decoder.decode(format!("{text}\n").as_bytes()).unwrap());
        locks.into_iter().next_back().unwrap()
    }

    fn addresses<'n>(nodes: impl Iterator<Item = &'n Arc<Node>>) -> Vec<*const Node> {
        let mut addresses: Vec<_> = nodes.map(Arc::as_ptr).collect();
        addresses.sort_unstable();
        addresses
    }

    const LISTS: [&str; 12] =
        ["", "1", "12", "123", "1 3", "124", "323", "12345", "2345", "1234 ", "12?4", "12?5"];

    #[test]
    fn what_left_and_what_came_make_one_list_of_another() {
        let decoder = &mut Decoder::new();
        let mut shared = 0;
        for (old, new, is_laid) in LISTS.iter().flat_map(|old| {
            LISTS.iter().flat_map(move |new| {
                [(old, new, [true; 2]), (old, new, [false, true]), (old, new, [false; 2])]
            })
        }) {
            let [before, after] = [lock(decoder, old, is_laid[0]), lock(decoder, new, is_laid[1])];
            let (left, came) = after.nodes.exchanged(&before.nodes);
            shared += usize::from(came.len() < after.nodes.iter().count());
            let made = before.nodes.iter().map(|(_, node)| node).chain(came);
            let expected = after.nodes.iter().map(|(_, node)| node).chain(left);
            assert_eq!(addresses(made), addresses(expected), "`{old}` to `{new}`, {is_laid:?}");
        }
        assert!(shared > 60, "{shared}");
    }

    #[test]
    fn nodes_are_found_by_key_however_many_there_are() {
        let decoder = &mut Decoder::new();
        for count in [0, 1, FEW - 1, FEW, 3 * FEW] {
            let digits: String = (0..count).map(|n| ["1", "?", "2"][n % 3]).collect();
            for lock in [lock(decoder, &digits, false), lock(decoder, &digits, true)] {
                let by_key = lock.nodes.by_key();
                let keys = (0..count + 2).map(|n| format!("n{n}")).chain(["root".to_owned(), String::new()]);
                for key in keys {
                    let expected =
                        lock.nodes.iter().find(|(own, _)| own.as_ref() == key).map(|(_, node)| node);
                    let addresses = [by_key.find(&key), lock.nodes.find(&key), expected];
                    let [quick, plain, expected] = addresses.map(|node| node.map(Arc::as_ptr));
                    assert_eq!((quick, plain), (expected, expected), "{key} of {count}");
                }
            }
        }
    }

    #[test]
    fn side_by_side_stand_those_that_differ() {
        let decoder = &mut Decoder::new();
        for (old, new, expected) in [
            ("123", "123", Some(0)),
            ("123", "143", Some(1)),
            ("123", "321", Some(2)),
            ("12", "1", None),
            ("12?4", "13?4", Some(1)),
            ("12?4", "12 4", None),
            ("12?", "123", None),
        ] {
            let [old, new] = [lock(decoder, old, true), lock(decoder, new, true)];
            let pairs = new.nodes.side_by_side(&old.nodes);
            let pairs =
                pairs.map(|pairs| pairs.iter().filter(|(_, (key, _))| key.as_ref() != "root").count());
            assert_eq!(pairs, expected);
        }
    }
}
