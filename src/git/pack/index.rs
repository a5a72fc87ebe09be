//! The index of a pack, version 2 (gitformat-pack, "Version 2 pack-*.idx files"): ids, sorted, and where each object
//! begins.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use git2::Oid;

const ID_BYTES: usize = 20;
/// The signature, the version and the fan-out table.
const HEAD: usize = 8 + 4 * 256;
/// An index of more objects is left to libgit2, which maps it: its ids alone would take more than 20 MiB.
const MOST_OBJECTS: u32 = 1 << 20;

/// An index, of which is read what is asked for: the ids that begin with the same byte at once.
pub(super) struct Index {
    file: File,
    /// By first byte: how many ids begin with that byte or a smaller one.
    fan_out: Vec<u32>,
    /// By first byte: whether those ids were read.
    is_read: Vec<bool>,
    /// Room for all ids, in one piece: what was not read yet takes no memory.
    ids: Vec<u8>,
    /// The offsets of all objects; empty before the first is asked for.
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
        let (is_read, ids) = (vec![false; fan_out.len()], vec![0; count * ID_BYTES]);
        Some(Self { file, fan_out, is_read, ids, offsets: Vec::new() })
    }

    /// Where an object begins in the pack.
    pub(super) fn find(&mut self, id: Oid) -> Option<u64> {
        let wanted = id.as_bytes();
        let first = usize::from(*wanted.first()?);
        let place = |count: &u32| usize::try_from(*count).ok();
        let mut low =
            first.checked_sub(1).map_or(Some(0), |before| self.fan_out.get(before).and_then(place))?;
        let mut high = self.fan_out.get(first).and_then(place)?;
        if !*self.is_read.get(first)? {
            let bytes = self.ids.get_mut(low * ID_BYTES..high * ID_BYTES)?;
            self.file.read_exact_at(bytes, (HEAD + low * ID_BYTES) as u64).ok()?;
            *self.is_read.get_mut(first)? = true;
        }
        while low < high {
            let middle = usize::midpoint(low, high);
            let id = self.ids.get(middle * ID_BYTES..(middle + 1) * ID_BYTES)?;
            match id.cmp(wanted) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => return self.offset(middle),
            }
        }
        None
    }

    fn offset(&mut self, place: usize) -> Option<u64> {
        if self.offsets.is_empty() {
            let count = self.ids.len() / ID_BYTES;
            let mut offsets = vec![0; 4 * count];
            // Between ids and offsets lie the checksums, four bytes each.
            self.file.read_exact_at(&mut offsets, (HEAD + count * (ID_BYTES + 4)) as u64).ok()?;
            self.offsets = offsets;
        }
        let offset = number(self.offsets.get(4 * place..4 * place + 4)?)?;
        // With the highest bit set it is a place in the table of offsets beyond 2 GiB.
        Some(u64::from(offset)).filter(|offset| *offset >> 31 == 0)
    }
}

fn number(bytes: &[u8]) -> Option<u32> {
    bytes.try_into().ok().map(u32::from_be_bytes)
}
