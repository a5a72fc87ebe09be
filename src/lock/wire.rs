//! The file as Nix writes it, read.
//!
//! | version | written | what is different |
//! |---|---|---|
//! | 1 to 4 | 2019-02 to 2020-03 | a tree of inputs, no graph: [`legacy`](super::legacy) |
//! | 5 | 2020-03-12 to 2020-05-30 | `nodes` and `root`; two inputs that are the same share one node; `info` beside `locked` |
//! | 6 | 2020-05-30 to 2020-06-11 | `info` folded into `locked` |
//! | 7 | since 2020-06-11 | `follows` written as arrays; nothing is shared. Every released Nix writes this |
//!
//! Source: `src/libflake/lockfile.cc` of Nix (before 2.24 `src/libexpr/flake/lockfile.cc`) through its history. The
//! number was not raised for later additions: `parent` (2.26), Determinate Nix's `buildTime`, new attributes.
//!
//! Oddities that Nix accepts and this reader therefore as well: a byte order mark; `7.0` for a version; unknown keys;
//! `info` in a version 7 file; nodes that nothing leads to, however malformed; keys that stand twice.
//!
//! Locks of one history share nearly all their nodes, so a [`Decoder`] remembers them by their text: a file laid out
//! as Nix does goes the quick way of [`layout`], any other the plain way of this file. It also reads a file that is told
//! by another one ([`Decoder::edited`]), most of whose nodes it then need not look at.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use serde::de::{Deserializer as _, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::pieces::Piece;

use super::nodes::Nodes;
use super::unreadable::not_json;
use super::{Lock, MOST_BYTES, Node, Notice, Unreadable, legacy};

mod layout;
mod node;
mod ordinary;
mod reach;

pub(super) use layout::{Laid, Member};
pub(super) use node::attributes;

/// Reads locks, remembering the nodes it has seen: a history is read with one decoder.
#[derive(Default)]
pub struct Decoder {
    members: layout::Members,
    /// The last file, if it was split into members.
    last: Option<Arc<Laid>>,
    /// Whether that has sorted members, and made a lock without any objection.
    last_was_sound: bool,
}

/// The text of a lock file, which takes little memory where it has the nodes of others.
#[derive(Clone)]
pub struct Text(Form);

#[derive(Clone)]
enum Form {
    /// Laid out as Nix does.
    Laid(Arc<Laid>),
    /// In any other way.
    Other(Arc<[u8]>),
}

impl Text {
    /// How many bytes it has.
    #[must_use]
    pub fn size(&self) -> usize {
        match &self.0 {
            Form::Laid(file) => file.size(),
            Form::Other(bytes) => bytes.len(),
        }
    }

    /// About how many bytes of memory it takes, without the nodes it shares with others.
    #[must_use]
    pub fn weight(&self) -> usize {
        match &self.0 {
            Form::Laid(file) => file.members().len() * (size_of::<Arc<Member>>() + size_of::<u32>()),
            Form::Other(bytes) => bytes.len(),
        }
    }
}

/// A node under its key, or what is wrong with it.
type Entry = (Arc<str>, Result<Arc<Node>, String>);

impl Decoder {
    /// A decoder that has seen nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads a lock file.
    ///
    /// # Errors
    /// When Nix would not read it; with the reason and as much as can be read.
    pub fn decode(&mut self, bytes: &[u8]) -> Result<Lock, Unreadable> {
        match self.split(bytes) {
            Some(file) => self.laid(&file),
            None => self.other(bytes),
        }
    }

    /// A text, to be read, or for others to be told by.
    pub fn text(&mut self, bytes: &[u8]) -> Text {
        Text(self.split(bytes).map_or_else(|| Form::Other(bytes.into()), Form::Laid))
    }

    /// The text that these pieces of another make. `None` when that is too short for them.
    pub fn edited(&mut self, base: &Text, pieces: &[Piece<'_>]) -> Option<Text> {
        let is_within = |piece: &Piece<'_>| match piece {
            Piece::Same(range) => range.end <= base.size(),
            Piece::New(_) => true,
        };
        if !pieces.iter().all(is_within) {
            return None;
        }
        let size: usize = pieces.iter().map(Piece::len).sum();
        let base: Cow<'_, [u8]> = match &base.0 {
            Form::Laid(file) => {
                let edited = (size <= MOST_BYTES).then(|| self.members.edited(file, pieces)).flatten();
                if let Some(edited) = edited {
                    return Some(Text(Form::Laid(Arc::new(edited))));
                }
                file.bytes().into()
            }
            Form::Other(bytes) => bytes.as_ref().into(),
        };
        let mut bytes = Vec::with_capacity(size);
        pieces.iter().try_for_each(|piece| piece.append(&base, &mut bytes))?;
        Some(self.text(&bytes))
    }

    /// Reads a text.
    ///
    /// # Errors
    /// As [`Decoder::decode`].
    pub fn lock(&mut self, text: &Text) -> Result<Lock, Unreadable> {
        match &text.0 {
            Form::Laid(file) => self.laid(file),
            Form::Other(bytes) => self.other(bytes),
        }
    }

    fn split(&mut self, bytes: &[u8]) -> Option<Arc<Laid>> {
        if bytes.len() > MOST_BYTES {
            return None;
        }
        self.members.split(bytes, self.last.as_deref()).map(Arc::new)
    }

    fn laid(&mut self, file: &Arc<Laid>) -> Result<Lock, Unreadable> {
        let before = self.last.replace(Arc::clone(file)).filter(|_| std::mem::take(&mut self.last_was_sound));
        let members = file.members();
        if let Some(root) = before.and_then(|before| of_same_shape(before.members(), members)) {
            self.last_was_sound = true;
            return Ok(Lock { version: 7, root, nodes: Nodes::of_file(file), notices: Vec::new() });
        }
        let entry = |member: &Arc<Member>| (Arc::clone(&member.key), member.node.clone());
        let lock = graph(7, "root", members.iter().map(entry).collect())?;
        self.last_was_sound = members.is_sorted_by(|a, b| a.key < b.key);
        Ok(lock)
    }

    fn other(&mut self, bytes: &[u8]) -> Result<Lock, Unreadable> {
        (self.last, self.last_was_sound) = (None, false);
        if bytes.len() > MOST_BYTES {
            return Err(Unreadable::new(format!("bigger than {} MiB", MOST_BYTES >> 20)));
        }
        plainly(readable_text(bytes)?)
    }
}

/// The root, where the lock leads from input to input just as the file before, which made a sound one: an update changes
/// states and nothing else. What [`reach`] would go through all nodes for is known then. `None` when it must.
fn of_same_shape(before: &[Arc<Member>], members: &[Arc<Member>]) -> Option<Arc<Node>> {
    let is_alike = |(old, new): (&Arc<Member>, &Arc<Member>)| {
        if Arc::ptr_eq(old, new) {
            return true;
        }
        let (Ok(old_node), Ok(new_node)) = (&old.node, &new.node) else { return false };
        old.key == new.key && old_node.inputs == new_node.inputs && reach::objection(new_node).is_none()
    };
    if before.len() != members.len() || !before.iter().zip(members).all(is_alike) {
        return None;
    }
    let root = members.binary_search_by(|member| member.key.as_ref().cmp("root")).ok()?;
    members.get(root)?.node.as_ref().ok().map(Arc::clone)
}

/// Reads a file however it is laid out.
fn plainly(text: &str) -> Result<Lock, Unreadable> {
    let file = match scan(text) {
        Ok(file) => file,
        Err(e) if e.is_data() => return Err(wrong_shape(text)),
        Err(e) => return Err(not_json(text, &e)),
    };
    let version = version(file.version)?;
    match version {
        1..=4 => legacy::decode(text, version),
        _ => members_to_graph(&file, version),
    }
}

/// Versions 5 to 7, and newer ones as far as they look the same.
fn members_to_graph(file: &File<'_>, version: u64) -> Result<Lock, Unreadable> {
    let Some(members) = &file.nodes else { return Err(Unreadable::new("nodes: missing")) };
    let root_key = match file.root.map(|raw| serde_json::from_str::<Value>(raw.get())) {
        None => return Err(Unreadable::new("root: missing")),
        Some(Ok(Value::String(key))) => key,
        Some(_) => return Err(Unreadable::new("root: expected a string")),
    };
    let entry = |(key, raw): &(Cow<'_, str>, &RawValue)| {
        (Arc::from(key.as_ref()), node::decode(raw.get(), *key == root_key).map(Arc::new))
    };
    graph(version, &root_key, members.iter().map(entry).collect())
}

fn graph(version: u64, root_key: &str, mut entries: Vec<Entry>) -> Result<Lock, Unreadable> {
    let mut notices = Vec::new();
    if version > 7 {
        notices.push(Notice::NewerVersion(version));
    }
    // Nix writes the keys sorted; then this only looks once over the list. Stable, so the last double stays last.
    entries.sort_by(|a, b| a.0.cmp(&b.0));
    entries.dedup_by(|later, kept| {
        if later.0 != kept.0 {
            return false;
        }
        std::mem::swap(later, kept);
        let notice = Notice::DuplicateKey(format!("nodes.{}", kept.0));
        if notices.last() != Some(&notice) {
            notices.push(notice);
        }
        true
    });
    reach::lock(version, root_key, entries, notices)
}

/// The text of the file without a byte order mark, or why it is none.
fn readable_text(bytes: &[u8]) -> Result<&str, Unreadable> {
    let text = std::str::from_utf8(bytes)
        .map_err(|e| Unreadable::new(format!("not UTF-8: invalid bytes at offset {}", e.valid_up_to())))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim().is_empty() {
        return Err(Unreadable::new("the file is empty"));
    }
    Ok(text)
}

/// The members of the file that matter, not looked into.
#[derive(Default)]
struct File<'t> {
    version: Option<&'t RawValue>,
    root: Option<&'t RawValue>,
    nodes: Option<Vec<(Cow<'t, str>, &'t RawValue)>>,
}

fn scan(text: &str) -> Result<File<'_>, serde_json::Error> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let file = reader.deserialize_map(FileVisitor)?;
    reader.end()?;
    Ok(file)
}

struct FileVisitor;

impl<'t> Visitor<'t> for FileVisitor {
    type Value = File<'t>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'t>>(self, mut map: A) -> Result<File<'t>, A::Error> {
        let mut file = File::default();
        while let Some(Key(key)) = map.next_key()? {
            match key.as_ref() {
                "version" => file.version = Some(map.next_value()?),
                "root" => file.root = Some(map.next_value()?),
                "nodes" => file.nodes = Some(map.next_value::<Members<'t>>()?.0),
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(file)
    }
}

/// A key, borrowed from the text unless it holds escapes.
struct Key<'t>(Cow<'t, str>);

impl<'t> serde::Deserialize<'t> for Key<'t> {
    fn deserialize<D: serde::Deserializer<'t>>(reader: D) -> Result<Self, D::Error> {
        struct KeyVisitor;
        impl<'t> Visitor<'t> for KeyVisitor {
            type Value = Key<'t>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }

            fn visit_borrowed_str<E>(self, key: &'t str) -> Result<Key<'t>, E> {
                Ok(Key(Cow::Borrowed(key)))
            }

            fn visit_str<E>(self, key: &str) -> Result<Key<'t>, E> {
                Ok(Key(Cow::Owned(key.to_owned())))
            }
        }
        reader.deserialize_str(KeyVisitor)
    }
}

/// The members of an object, their values not looked into.
struct Members<'t>(Vec<(Cow<'t, str>, &'t RawValue)>);

impl<'t> serde::Deserialize<'t> for Members<'t> {
    fn deserialize<D: serde::Deserializer<'t>>(reader: D) -> Result<Self, D::Error> {
        struct MembersVisitor;
        impl<'t> Visitor<'t> for MembersVisitor {
            type Value = Members<'t>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'t>>(self, mut map: A) -> Result<Members<'t>, A::Error> {
                let mut members = Vec::with_capacity(64);
                while let Some((Key(key), value)) = map.next_entry()? {
                    members.push((key, value));
                }
                Ok(Members(members))
            }
        }
        reader.deserialize_map(MembersVisitor)
    }
}

/// Valid JSON of which some part is of the wrong kind.
fn wrong_shape(text: &str) -> Unreadable {
    match serde_json::from_str::<Value>(text) {
        Ok(Value::Object(_)) => Unreadable::new("nodes: expected an object"),
        Ok(_) => Unreadable::new("expected an object at the top"),
        Err(e) => not_json(text, &e),
    }
}

/// Nix reads the version as an integer, cutting off a fraction; none counts as 0, which no version ever was.
fn version(raw: Option<&RawValue>) -> Result<u64, Unreadable> {
    let Some(raw) = raw else { return Err(Unreadable::new("version: missing")) };
    let text = raw.get();
    let whole = text.split_once(['.', 'e', 'E']).map_or(text, |(whole, _)| whole);
    match whole.parse() {
        Ok(0) => Err(Unreadable::new("version: 0 is no version of the lock format")),
        Ok(version) => Ok(version),
        Err(_) if whole.starts_with(|c: char| c.is_ascii_digit() || c == '-') => {
            Err(Unreadable::new(format!("version: {whole} is no version of the lock format")))
        }
        Err(_) => Err(Unreadable::new("version: expected a number")),
    }
}

#[cfg(test)]
mod tests;
