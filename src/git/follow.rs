//! Where a file that appears in a commit came from: what `git log --follow` decides, for one file.
//!
//! git compares the two whole trees, and every file of the parent's may be the origin, even one that stays untouched
//! (`--find-copies-harder`). Ported from the behaviour of `diffcore-rename.c` and `diffcore-delta.c` and held to it by
//! tests that run git beside it:
//!
//! - A file with the very same blob beats every other. A point each for being gone from the new tree and for having
//!   the same base name; the first in tree order with the most points wins. Empty files take part.
//! - Otherwise regular files are compared by content ([`Spans`]). Of the four most similar (equal ones: those with
//!   the same base name first), the best that is gone wins, or else the best, if it is at least half the same.
//!
//! Settings and attributes are not read: `diff.renameLimit`, or a `-diff` attribute that makes a text binary.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::ops::RangeInclusive;

use git2::Oid;

use super::objects::{FileAt, Object, Objects, tree_entries};
use crate::error::Result;

/// The mode of a folder.
const FOLDER: u32 = 0o40000;

/// How similar equal files are (`MAX_SCORE`).
const EQUAL: u64 = 60_000;

/// How similar a file must be to be the origin: by default, half.
const SIMILAR: u64 = EQUAL / 2;

/// How many of the most similar files git keeps (`NUM_CANDIDATE_PER_DST`).
const SHORTLIST: usize = 4;

/// How many files with the very same blob git looks at.
const MOST_TWINS: usize = 100;

/// With more files than this, those that the commit leaves untouched are not compared by content, and with more
/// touched ones than this, none is. git does the same at the square of `diff.renameLimit`, by default a million,
/// which takes minutes.
const MOST_FILES: usize = 100_000;

/// A tree with more files and folders than this is not searched: a real one hardly, but one that was made to unfold
/// endlessly from a few objects.
const MOST_PLACES: usize = 1_000_000;

/// Files with longer paths are passed over; no system could check them out.
const LONGEST_PATH: usize = 4096;

/// How long a run without a line feed is compared as one piece.
const LONGEST_SPAN: u64 = 64;

/// How many different kinds of span there are (`HASHBASE`).
const SPAN_KINDS: u32 = 107_927;

/// How far into a file git looks for a zero byte, the mark of a binary file.
const BINARY_HEAD: usize = 8000;

/// The path in `parent_tree` that the file at `path` in `tree` was moved or copied from, for a file that
/// `parent_tree` does not have at `path`. Also `None` when that path is not UTF-8.
///
/// # Errors
/// When an object is damaged. One that is missing, as in a partial clone, is merely no origin.
pub(super) fn origin(
    objects: &Objects<'_>,
    parent_tree: Oid,
    tree: Oid,
    path: &str,
) -> Result<Option<String>> {
    let FileAt::Present { mode, id } = objects.file_at(tree, path)? else { return Ok(None) };
    if mode == FOLDER {
        return Ok(None);
    }
    let wanted = Wanted { mode, id: id.0, name: base_name(path.as_bytes()) };
    let search = Search::through(objects, parent_tree, tree, &wanted)?;
    let origin = match search.twin {
        Some((_, twin)) => Some(twin.path),
        None => most_similar(objects, &wanted, search.others)?,
    };
    Ok(origin.and_then(|path| String::from_utf8(path).ok()))
}

/// The file whose origin is asked for.
struct Wanted<'p> {
    mode: u32,
    id: Oid,
    name: &'p [u8],
}

/// What the new tree has where the parent's has a file or folder.
#[derive(Clone, Copy)]
enum Now {
    /// The same.
    Same,
    /// Another file, or in place of a folder another folder.
    Other(Oid),
    /// Neither: it was moved away or deleted.
    Gone,
}

impl Now {
    fn of(old: (u32, Oid), new: Option<(u32, Oid)>) -> Self {
        match new {
            Some(new) if new == old => Self::Same,
            Some((mode, id)) if (mode == FOLDER) == (old.0 == FOLDER) => Self::Other(id),
            _ => Self::Gone,
        }
    }
}

/// A file or folder of the parent's tree.
struct Place {
    path: Vec<u8>,
    mode: u32,
    id: Oid,
    now: Now,
}

impl Place {
    fn is_gone(&self) -> bool {
        matches!(self.now, Now::Gone)
    }

    fn is_named_like(&self, wanted: &Wanted<'_>) -> bool {
        base_name(&self.path) == wanted.name
    }

    /// Whether the content is the same. Links and submodules must also be of the same kind.
    fn is_twin(&self, wanted: &Wanted<'_>) -> bool {
        self.id == wanted.id && (self.mode == wanted.mode || is_regular(self.mode) && is_regular(wanted.mode))
    }

    /// Puts what lies in this folder on the pile, so that the first in tree order comes off first.
    fn unfold(&self, objects: &Objects<'_>, pile: &mut Vec<Self>) -> Result<()> {
        let Some(old) = objects.read(self.id)? else { return Ok(()) };
        let new = match self.now {
            Now::Other(id) => objects.read(id)?,
            Now::Same | Now::Gone => None,
        };
        let new: HashMap<&[u8], (u32, Oid)> = new
            .iter()
            .flat_map(|new| tree_entries(new.data()))
            .map(|(mode, name, id)| (name, (mode, id)))
            .collect();
        let bottom = pile.len();
        for (mode, name, id) in tree_entries(old.data()) {
            let path = if self.path.is_empty() { name.to_vec() } else { [&self.path, name].join(&b'/') };
            let now = match self.now {
                Now::Other(_) => Now::of((mode, id), new.get(name).copied()),
                same_or_gone => same_or_gone,
            };
            if path.len() <= LONGEST_PATH {
                pile.push(Self { path, mode, id, now });
            }
        }
        if let Some(unfolded) = pile.get_mut(bottom..) {
            unfolded.reverse();
        }
        Ok(())
    }
}

/// The parent's files, sorted into what may be the origin.
#[derive(Default)]
struct Search {
    /// The best of the files with the same blob, and its points.
    twin: Option<(u8, Place)>,
    twins: usize,
    others: Others,
}

impl Search {
    fn through(objects: &Objects<'_>, parent_tree: Oid, tree: Oid, wanted: &Wanted<'_>) -> Result<Self> {
        let mut search = Self::default();
        let mut pile = vec![Place { path: Vec::new(), mode: FOLDER, id: parent_tree, now: Now::Other(tree) }];
        let mut places = 0;
        while let Some(place) = pile.pop() {
            places += 1;
            if places > MOST_PLACES {
                return Ok(Self::default());
            }
            if place.mode == FOLDER {
                place.unfold(objects, &mut pile)?;
            } else if !place.is_twin(wanted) {
                search.others.add(place);
            } else if search.settled_by(place, wanted) {
                break;
            }
        }
        Ok(search)
    }

    /// Compares a file with the same blob to the best so far, and tells whether there is no need to look further.
    fn settled_by(&mut self, twin: Place, wanted: &Wanted<'_>) -> bool {
        let points = u8::from(twin.is_gone()) + u8::from(twin.is_named_like(wanted));
        if self.twin.as_ref().is_none_or(|(best, _)| points > *best) {
            self.twin = Some((points, twin));
        }
        self.twins += 1;
        points == 2 || self.twins == MOST_TWINS
    }
}

/// The files to be compared by content, in tree order.
#[derive(Default)]
struct Others {
    files: Vec<Place>,
    only_touched: bool,
}

impl Others {
    fn add(&mut self, file: Place) {
        let untouched = |file: &Place| matches!(file.now, Now::Same);
        if self.are_too_many() || self.only_touched && untouched(&file) {
            return;
        }
        self.files.push(file);
        if self.are_too_many() && !self.only_touched {
            self.only_touched = true;
            self.files.retain(|file| !untouched(file));
        }
    }

    fn are_too_many(&self) -> bool {
        self.files.len() > MOST_FILES
    }
}

/// Among files with other content, the path of the one that git takes for the origin.
fn most_similar(objects: &Objects<'_>, wanted: &Wanted<'_>, others: Others) -> Result<Option<Vec<u8>>> {
    if others.are_too_many() || others.files.is_empty() || !is_regular(wanted.mode) {
        return Ok(None);
    }
    let Some(content) = objects.read(wanted.id)? else { return Ok(None) };
    let spans = Spans::of(content.data());
    let mut shortlist = Shortlist::default();
    for file in others.files {
        let blob = match is_regular(file.mode) {
            true => blob_sized(objects, file.id, &spans.comparable_sizes())?,
            false => None,
        };
        // Even what is not similar at all takes a place, as in git: that decides which of two equals comes first.
        let score = blob.map_or(0, |blob| spans.similarity(blob.data()));
        let same_name = file.is_named_like(wanted);
        shortlist.offer(Candidate { rank: (score, same_name), gone: file.is_gone(), path: file.path });
    }
    Ok(shortlist.winner().map(|winner| winner.path))
}

/// A blob, if it is here and of such a size.
fn blob_sized<'o>(
    objects: &'o Objects<'_>,
    id: Oid,
    sizes: &RangeInclusive<usize>,
) -> Result<Option<Object<'o>>> {
    match objects.size(id)? {
        Some(size) if sizes.contains(&size) => objects.read(id),
        _ => Ok(None),
    }
}

/// A file that was compared by content.
struct Candidate {
    /// The similarity, and whether the base name is the same.
    rank: (u64, bool),
    gone: bool,
    path: Vec<u8>,
}

/// The best candidates so far.
#[derive(Default)]
struct Shortlist(Vec<Candidate>);

impl Shortlist {
    /// As in git a newcomer takes the very place of the first of the worst, and must be better than it.
    fn offer(&mut self, candidate: Candidate) {
        if self.0.len() < SHORTLIST {
            self.0.push(candidate);
        } else if let Some(worst) = self.0.iter_mut().min_by_key(|kept| kept.rank)
            && candidate.rank > worst.rank
        {
            *worst = candidate;
        }
    }

    fn winner(self) -> Option<Candidate> {
        let mut similar = self.0;
        similar.retain(|candidate| candidate.rank.0 >= SIMILAR);
        similar.sort_by_key(|candidate| Reverse(candidate.rank));
        let moved = similar.iter().position(|candidate| candidate.gone).unwrap_or(0);
        similar.into_iter().nth(moved)
    }
}

/// A file's content as git compares it: how many bytes it has of each kind of span. A span is a line, or 64 bytes of
/// a longer one; its kind is a hash of its bytes. Where the spans lie does not matter.
struct Spans {
    bytes_by_kind: HashMap<u32, u64>,
    size: usize,
}

impl Spans {
    fn of(content: &[u8]) -> Self {
        let mut bytes_by_kind = HashMap::new();
        for (kind, bytes) in spans(content) {
            *bytes_by_kind.entry(kind).or_default() += bytes;
        }
        Self { bytes_by_kind, size: content.len() }
    }

    /// The sizes of files that can be similar at all: from half the size to twice the size.
    fn comparable_sizes(&self) -> RangeInclusive<usize> {
        self.size.div_ceil(2)..=self.size.saturating_mul(2)
    }

    /// What part of the bigger of two files the other has too, from 0 to [`EQUAL`].
    fn similarity(&self, origin: &[u8]) -> u64 {
        let mut left = self.bytes_by_kind.clone();
        let mut copied = 0;
        for (kind, bytes) in spans(origin) {
            if let Some(left) = left.get_mut(&kind) {
                let common = bytes.min(*left);
                *left -= common;
                copied += common;
            }
        }
        let bigger = self.size.max(origin.len()) as u64;
        (copied * EQUAL).checked_div(bigger).unwrap_or(0)
    }
}

/// The spans of a file: the kind of each, and its bytes. In a text, a carriage return before a line feed is left out,
/// so that a change of line ends is none.
fn spans(content: &[u8]) -> impl Iterator<Item = (u32, u64)> {
    let is_text = !content.iter().take(BINARY_HEAD).any(|&byte| byte == 0);
    let mut bytes = content.iter().copied().peekable();
    std::iter::from_fn(move || {
        let (mut upper, mut lower, mut length) = (0u32, 0u32, 0);
        while let Some(byte) = bytes.next() {
            if is_text && byte == b'\r' && bytes.peek() == Some(&b'\n') {
                continue;
            }
            // Both halves turn together by seven bits, but what is added to the lower one is not carried.
            (upper, lower) = (upper << 7 | lower >> 25, lower << 7 | upper >> 25);
            lower = lower.wrapping_add(u32::from(byte));
            length += 1;
            if byte == b'\n' || length == LONGEST_SPAN {
                break;
            }
        }
        let kind = lower.wrapping_add(upper.wrapping_mul(0x61)) % SPAN_KINDS;
        (length > 0).then_some((kind, length))
    })
}

fn is_regular(mode: u32) -> bool {
    mode & 0o170_000 == 0o100_000
}

fn base_name(path: &[u8]) -> &[u8] {
    path.rsplit(|&byte| byte == b'/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests;
