//! The nodes of a lock by key: a list of its own, or the members of the file it was read from.

use std::fmt;
use std::sync::Arc;

use super::Node;
use super::wire::{Laid, Member};

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

    /// How many there are at most: malformed members count.
    pub(super) fn len(&self) -> usize {
        self.own().len() + self.members().len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&Arc<str>, &Arc<Node>)> {
        let own = self.own().iter().map(|(key, node)| (key, node));
        own.chain(self.members().iter().filter_map(|member| member.sound()))
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
