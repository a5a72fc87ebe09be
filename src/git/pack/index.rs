//! The index of a pack, version 2 (gitformat-pack, "Version 2 pack-*.idx files"): ids, sorted, and where each object
//! begins.

use std::cmp::Ordering;
use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use git2::Oid;

const ID_BYTES: usize = 20;
/// The signature, the version and the fan-out table.
const HEAD: usize = 8 + 4 * 256;
/// How far the guess of an id's place is mostly off, of some hundred that begin with the same byte.
const FIRST_STEP: usize = 4;
/// An index of more objects is left to libgit2, which maps it: to know all of it takes 24 bytes for each, here a hundred
/// million. A history of a million commits has some three or four million.
const MOST_OBJECTS: u32 = 4 << 20;

/// An index, of which is read what is asked for: what it says of the ids that begin with the same byte at once.
pub(super) struct Index {
    file: File,
    /// By first byte: how many ids begin with that byte or a smaller one.
    fan_out: Vec<u32>,
    /// By first byte, once it was asked for.
    shelves: Vec<Option<Shelf>>,
}

/// The ids that begin with the same byte.
struct Shelf {
    ids: Vec<u8>,
    /// Where each begins in the pack, four bytes each.
    offsets: Vec<u8>,
}

impl Index {
    /// Opens an index. `None` for one of another version, of too many objects, or that cannot be read.
    pub(super) fn open(path: &Path) -> Option<Self> {
        let file = File::open(path).ok()?;
        let mut head = vec![0; HEAD];
        file.read_exact_at(&mut head, 0).ok()?;
        let table = head.strip_prefix(b"\xfftOc\0\0\0\x02")?;
        let fan_out: Vec<u32> = table.chunks_exact(4).filter_map(number).collect();
        let is_sound = fan_out.is_sorted() && fan_out.last().is_some_and(|count| *count <= MOST_OBJECTS);
        let count = usize::try_from(*fan_out.last()?).ok().filter(|_| is_sound)?;
        // Behind each id follow a checksum and an offset. A file that says more than it holds gets no room for it.
        let is_whole = file.metadata().ok()?.len() >= (HEAD + count * (ID_BYTES + 8)) as u64;
        let shelves = fan_out.iter().map(|_| None).collect();
        is_whole.then_some(Self { file, fan_out, shelves })
    }

    /// Where an object begins in the pack.
    pub(super) fn find(&mut self, id: Oid) -> Option<u64> {
        let first = usize::from(*id.as_bytes().first()?);
        if self.shelves.get(first)?.is_none() {
            let shelf = self.read(first)?;
            *self.shelves.get_mut(first)? = Some(shelf);
        }
        self.shelves.get(first)?.as_ref()?.find(id.as_bytes())
    }

    fn read(&self, first: usize) -> Option<Shelf> {
        let up_to = |first: usize| usize::try_from(*self.fan_out.get(first)?).ok();
        let (begin, end) = (first.checked_sub(1).map_or(Some(0), up_to)?, up_to(first)?);
        let all = self.fan_out.len().checked_sub(1).and_then(up_to)?;
        let read = |at: usize, bytes: usize| {
            let mut shelf = vec![0; (end - begin) * bytes];
            self.file.read_exact_at(&mut shelf, (at + begin * bytes) as u64).ok().map(|()| shelf)
        };
        // Between ids and offsets lie the checksums, four bytes each.
        Some(Shelf { ids: read(HEAD, ID_BYTES)?, offsets: read(HEAD + all * (ID_BYTES + 4), 4)? })
    }
}

impl Shelf {
    fn find(&self, wanted: &[u8]) -> Option<u64> {
        let (mut low, mut high) = self.nearer(wanted)?;
        while low < high {
            let middle = usize::midpoint(low, high);
            match by_beginning(self.id(middle)?, wanted) {
                Ordering::Less => low = middle + 1,
                Ordering::Greater => high = middle,
                Ordering::Equal => return self.offset(middle),
            }
        }
        None
    }

    /// A few places among which the id is, if it is there at all.
    ///
    /// Ids are hashes and lie evenly, so where one is can be told nearly from its own bytes. From there the steps get
    /// longer and longer, so ids that somebody made to lie unevenly cost no more than halving does.
    fn nearer(&self, wanted: &[u8]) -> Option<(usize, usize)> {
        let count = self.ids.len() / ID_BYTES;
        let behind_first = wanted.get(1..5).and_then(number).map_or(0, u64::from);
        let guess = usize::try_from((count as u64 * behind_first) >> 32).ok()?;
        let mut step = FIRST_STEP;
        if guess < count && by_beginning(self.id(guess)?, wanted).is_lt() {
            let (mut before, mut end) = (guess, guess + step);
            while end < count && by_beginning(self.id(end)?, wanted).is_lt() {
                step *= 2;
                (before, end) = (end, end + step);
            }
            Some((before + 1, usize::min(end + 1, count)))
        } else {
            let (mut end, mut begin) = (guess, guess.saturating_sub(step));
            while begin > 0 && by_beginning(self.id(begin)?, wanted).is_gt() {
                step *= 2;
                (end, begin) = (begin, begin.saturating_sub(step));
            }
            Some((begin, usize::min(end + 1, count)))
        }
    }

    fn id(&self, place: usize) -> Option<&[u8]> {
        self.ids.get(place * ID_BYTES..(place + 1) * ID_BYTES)
    }

    fn offset(&self, place: usize) -> Option<u64> {
        let offset = number(self.offsets.get(4 * place..4 * place + 4)?)?;
        // With the highest bit set it is a place in the table of offsets beyond 2 GiB.
        Some(u64::from(offset)).filter(|offset| *offset >> 31 == 0)
    }
}

/// The order of two ids, which nearly always shows in their first eight bytes.
fn by_beginning(one: &[u8], other: &[u8]) -> Ordering {
    let beginning = |id: &[u8]| id.first_chunk().map(|bytes| u64::from_be_bytes(*bytes));
    beginning(one).cmp(&beginning(other)).then_with(|| one.cmp(other))
}

fn number(bytes: &[u8]) -> Option<u32> {
    bytes.try_into().ok().map(u32::from_be_bytes)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    /// The first bytes of the nth id, from its number and from that number spread evenly.
    type Make = fn(u64, [u8; 8]) -> [u8; 8];

    /// An index of these ids, which must be sorted, each with its place for an offset.
    fn index_of(ids: &[[u8; ID_BYTES]]) -> Index {
        let mut bytes = b"\xfftOc\0\0\0\x02".to_vec();
        for first in 0..=255 {
            let count = ids.iter().filter(|id| id[0] <= first).count();
            bytes.extend(u32::try_from(count).unwrap().to_be_bytes());
        }
        bytes.extend(ids.as_flattened());
        bytes.resize(bytes.len() + 4 * ids.len(), 0);
        bytes.extend((0..u32::try_from(ids.len()).unwrap()).flat_map(u32::to_be_bytes));
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&bytes).unwrap();
        Index::open(file.path()).unwrap()
    }

    #[test]
    fn every_id_is_found_however_they_lie() {
        let spread = |n: u64| n.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes();
        let made: [Make; 5] = [
            |_, spread| spread,
            // All behind one first byte, and evenly there.
            |_, spread| [7, spread[0], spread[1], spread[2], spread[3], spread[4], spread[5], spread[6]],
            // As close together as they can be, at the beginning, the end and in the middle.
            |n, _| n.to_be_bytes(),
            |n, _| (u64::MAX - n).to_be_bytes(),
            |n, _| ((1 << 63) - 100 + n).to_be_bytes(),
        ];
        for make in made {
            let id = |n: u64| {
                let mut id = [0; ID_BYTES];
                id[..8].copy_from_slice(&make(n, spread(n)));
                id
            };
            for count in [0, 1, 2, 5, 300] {
                // Every other one is not there.
                let mut ids: Vec<_> = (0..count).map(|n| id(2 * n)).collect();
                ids.sort_unstable();
                let mut index = index_of(&ids);
                for n in 0..2 * count + 2 {
                    let id = id(n);
                    let place = ids.iter().position(|own| *own == id).map(|place| place as u64);
                    assert_eq!(index.find(Oid::from_bytes(&id).unwrap()), place, "{n} of {count}");
                }
            }
        }
    }
}
