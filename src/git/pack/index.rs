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
    buckets: Vec<Option<Bucket>>,
}

/// The ids that begin with one byte, and the offsets of their objects.
struct Bucket {
    ids: Vec<u8>,
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
        is_sound.then(|| Self { file, buckets: fan_out.iter().map(|_| None).collect(), fan_out })
    }

    /// Where an object begins in the pack.
    pub(super) fn find(&mut self, id: Oid) -> Option<u64> {
        let wanted = id.as_bytes();
        let first = usize::from(*wanted.first()?);
        if self.buckets.get(first)?.is_none() {
            let bucket = self.bucket(first)?;
            *self.buckets.get_mut(first)? = Some(bucket);
        }
        let bucket = self.buckets.get(first)?.as_ref()?;
        let (mut low, mut high) = (0, bucket.ids.len() / ID_BYTES);
        while low < high {
            let middle = usize::midpoint(low, high);
            let id = bucket.ids.get(middle * ID_BYTES..(middle + 1) * ID_BYTES)?;
            match id.cmp(wanted) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => {
                    let offset = number(bucket.offsets.get(4 * middle..4 * middle + 4)?)?;
                    // With the highest bit set it is a place in the table of offsets beyond 2 GiB.
                    return Some(u64::from(offset)).filter(|offset| *offset >> 31 == 0);
                }
            }
        }
        None
    }

    fn bucket(&self, first: usize) -> Option<Bucket> {
        let count = u64::from(*self.fan_out.last()?);
        let begin = first.checked_sub(1).map_or(Some(0), |before| self.fan_out.get(before).copied())?;
        let size = usize::try_from(*self.fan_out.get(first)? - begin).ok()?;
        let read = |at: u64, each: usize| {
            let mut bytes = vec![0; size * each];
            self.file.read_exact_at(&mut bytes, at + u64::from(begin) * each as u64).ok()?;
            Some(bytes)
        };
        let ids = HEAD as u64;
        // Between ids and offsets lie the checksums, four bytes each.
        let offsets = ids + count * (ID_BYTES as u64 + 4);
        Some(Bucket { ids: read(ids, ID_BYTES)?, offsets: read(offsets, 4)? })
    }
}

fn number(bytes: &[u8]) -> Option<u32> {
    bytes.try_into().ok().map(u32::from_be_bytes)
}
