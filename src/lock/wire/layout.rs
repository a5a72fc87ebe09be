//! The quick way through a file that is laid out exactly as Nix lays it out; everything else takes the plain way.
//!
//! Nix writes one member a line with fixed indentation, so a node is found by its lines, and in a history nearly
//! every node stands there byte for byte as it stood in the file before. Those are recognised by comparing bytes and
//! never parsed again. The result is the plain way's result:
//!
//! - the bytes around the nodes are compared literally, so nothing else can stand there;
//! - a node's bytes are taken only if they are UTF-8 and parsed, once, as one complete JSON value of its own;
//! - a key is taken only if it has no escapes.
//!
//! So what is recognised is known to be text, and is not looked through for that again.
//!
//! Whatever does not fit is no error here: the caller goes the plain way, which knows what to say.

use std::hash::BuildHasher as _;
use std::ops::Range;
use std::sync::Arc;

use crate::lock::Node;
use crate::spread::SpreadMap;

use super::node;
use super::ordinary::{Known, Parts};

mod edited;

/// A member of `nodes`: `    "key": {` to `    }`.
pub(in crate::lock) struct Member {
    bytes: Box<[u8]>,
    pub(super) key: Arc<str>,
    pub(super) node: Result<Arc<Node>, String>,
    /// Within the value.
    parts: Parts,
}

/// When the remembered members have more bytes than this, and more than so many files, they are forgotten and collected
/// anew: those of the last file are known all the same, and one that went seldom comes back.
const MOST_REMEMBERED: usize = 1 << 20;
const MOST_FILES: usize = 4;

/// A file that is laid out like this.
pub(in crate::lock) struct Laid {
    /// In their order.
    members: Vec<Arc<Member>>,
    /// Where each begins, in bytes.
    starts: Vec<u32>,
    /// In bytes.
    size: usize,
}

/// Every member seen so far.
#[derive(Default)]
pub(super) struct Members {
    /// By the hash of their bytes. Where two have the same, which is next to impossible, the later one stands here.
    known: SpreadMap<u64, Arc<Member>>,
    /// How many bytes they have.
    remembered: usize,
    /// So many may be remembered before they are forgotten.
    most: usize,
}

/// What stands before the first member, between two, and after the last.
const HEAD: &[u8] = b"{\n  \"nodes\": {\n";
const BETWEEN: &[u8] = b",\n";
const TAIL: &[u8] = b"\n  },\n  \"root\": \"root\",\n  \"version\": 7\n}\n";
/// Before a member's key, and between that and its value.
const BEFORE_KEY: &str = "    \"";
const BEHIND_KEY: &str = "\": ";
/// A member's closing brace.
const CLOSE: &[u8] = b"\n    }";

impl Member {
    pub(in crate::lock) fn key(&self) -> &str {
        &self.key
    }

    /// What may be the same in another one; nothing where its node is malformed.
    fn known(&self) -> Option<Known<'_>> {
        let value = self.bytes.get(self.key.len() + BEFORE_KEY.len() + BEHIND_KEY.len()..)?;
        let text = |part: &Range<u32>| value.get(part.start as usize..part.end as usize);
        let (inputs, original) = (text(&self.parts.inputs)?, text(&self.parts.original)?);
        Some(Known { node: self.node.as_ref().ok()?, inputs, original })
    }

    /// Key and node, unless that is malformed.
    pub(in crate::lock) fn sound(&self) -> Option<(&Arc<str>, &Arc<Node>)> {
        Some((&self.key, self.node.as_ref().ok()?))
    }
}

impl Laid {
    fn with_room_for(members: usize) -> Self {
        let (members, starts) = (Vec::with_capacity(members), Vec::with_capacity(members));
        Self { members, starts, size: HEAD.len() }
    }

    /// Adds a member, and what stands behind it.
    fn push(&mut self, member: Arc<Member>) {
        // Files of 4 GiB are refused before.
        self.starts.push(u32::try_from(self.size).unwrap_or(u32::MAX));
        self.size += member.bytes.len() + BETWEEN.len();
        self.members.push(member);
    }

    /// Instead of another member, the end stands behind the last one.
    fn end(&mut self) {
        self.size += TAIL.len() - BETWEEN.len();
    }

    /// The members in their order.
    pub(in crate::lock) fn members(&self) -> &[Arc<Member>] {
        &self.members
    }

    /// How many bytes it has.
    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// Its bytes.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.size);
        bytes.extend_from_slice(HEAD);
        for (n, member) in self.members.iter().enumerate() {
            bytes.extend_from_slice(if n == 0 { b"" } else { BETWEEN });
            bytes.extend_from_slice(&member.bytes);
        }
        bytes.extend_from_slice(TAIL);
        bytes
    }
}

impl Members {
    /// How many bytes of members are remembered.
    #[cfg(test)]
    pub(super) fn remembered(&self) -> usize {
        self.remembered
    }

    /// The members of a version 7 file whose root is called `root`, in the order of the file; `None` when it is laid
    /// out in any other way. `before` is a file that is probably much like it.
    pub(super) fn split(&mut self, file: &[u8], before: Option<&Laid>) -> Option<Laid> {
        self.expect(file.len());
        let mut rest = file.strip_prefix(HEAD)?.strip_suffix(TAIL)?;
        let before = before.map(Laid::members).unwrap_or_default();
        let mut split = Laid::with_room_for(before.len() + 1);
        let mut expected = before.iter();
        loop {
            let before = expected.as_slice().first();
            let (member, after) = match next_as_before(&mut expected, rest) {
                Some(found) => found,
                None => self.first_of(rest, before)?,
            };
            split.push(member);
            if after.is_empty() {
                break;
            }
            rest = after.strip_prefix(BETWEEN)?;
        }
        split.end();
        Some(split)
    }

    /// A file of so many bytes comes next.
    fn expect(&mut self, size: usize) {
        self.most = usize::max(MOST_REMEMBERED, MOST_FILES * size);
    }

    /// The member at the beginning of `rest`, which is not the one that stood there before.
    fn first_of<'t>(
        &mut self,
        rest: &'t [u8],
        before: Option<&Arc<Member>>,
    ) -> Option<(Arc<Member>, &'t [u8])> {
        let (bytes, after) = rest.split_at_checked(end_of_member(rest)?)?;
        Some((self.member(bytes, before)?, after))
    }

    /// The member with these bytes, which end where a member does. `before` is one that is probably much like it.
    fn member(&mut self, bytes: &[u8], before: Option<&Arc<Member>>) -> Option<Arc<Member>> {
        let hash = self.known.hasher().hash_one(bytes);
        if let Some(member) = self.known.get(&hash).filter(|member| member.bytes.as_ref() == bytes) {
            return Some(Arc::clone(member));
        }
        let text = std::str::from_utf8(bytes).ok()?;
        let (key, value) = text.strip_prefix(BEFORE_KEY)?.split_once(BEHIND_KEY)?;
        if key.contains(['"', '\\']) || key.chars().any(|c| c < ' ') {
            return None;
        }
        let known = before.and_then(|before| before.known());
        let (node, parts) = node::decode_beside(value, key == "root", known);
        let node = node.map(Arc::new);
        if node.is_err() {
            // Until now nothing but line ends has been looked at: is the node wrong, or is it none at all?
            serde_json::from_str::<serde::de::IgnoredAny>(value).ok()?;
        }
        if self.remembered > self.most {
            self.known.clear();
            self.remembered = 0;
        }
        self.remembered += bytes.len();
        let member = Arc::new(Member { bytes: bytes.into(), key: key.into(), node, parts });
        self.known.insert(hash, Arc::clone(&member));
        Some(member)
    }
}

/// Where the first member of `rest` ends. Braces are few, and one byte is found faster than six.
fn end_of_member(rest: &[u8]) -> Option<usize> {
    let mut braces = memchr::memchr_iter(b'}', rest).map(|brace| brace + 1);
    braces.find(|&end| rest.get(..end).is_some_and(|front| front.ends_with(CLOSE)))
}

/// How many members may have gone since the file before, for the rest to be recognised in one comparison each.
const LOOK_AHEAD: usize = 4;

/// The member at the beginning of `rest`, if it is the next one of the file before, or one of the few after it.
fn next_as_before<'t>(
    expected: &mut std::slice::Iter<'_, Arc<Member>>,
    rest: &'t [u8],
) -> Option<(Arc<Member>, &'t [u8])> {
    let mut ahead = expected.clone();
    for _ in 0..LOOK_AHEAD {
        let member = ahead.next()?;
        let Some(after) = rest.strip_prefix(member.bytes.as_ref()) else { continue };
        // Otherwise a longer member only begins like this one.
        if after.is_empty() || after.starts_with(BETWEEN) {
            *expected = ahead;
            return Some((Arc::clone(member), after));
        }
    }
    // A member that changed stands for one of those expected, so the one after it is expected next.
    expected.next();
    None
}
