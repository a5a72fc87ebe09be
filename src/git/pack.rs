//! The fast way to objects that lie in packs: index, delta chains and zlib streams read as gitformat-pack(5) has them.
//!
//! A walk reads tens of thousands of small objects that lie side by side and are deltas of each other. libgit2 is made
//! for any object at any time; what is quicker here:
//!
//! - an object that was unpacked is kept as it is for a while, and shared, because the next one in history is mostly a
//!   delta of it, and a commit that is listed is asked for once more;
//! - a blob whose base somebody has already is handed over as its delta ([`Steps`]), without being unpacked;
//! - one inflater serves all objects, instead of one being set up for each;
//! - pack and index are read in pieces as they are needed, not mapped, so that only what is used takes memory.
//!
//! This is a short cut and never the last word: whatever is not there, is unusual, or does not add up gives `None`, and
//! libgit2 is asked, which knows loose objects, alternates, huge packs, and what to say of damage.

mod delta;
#[cfg(fuzzing)]
pub mod fuzzed;
mod index;
mod stored;

use std::collections::VecDeque;
use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::Arc;

use git2::{ObjectType, Oid};
use libdeflater::Decompressor;

use crate::spread::SpreadMap;
use index::Index;
use stored::{MOST_STEPS, Stage};

pub use stored::{Delta, Difference, Step, Steps, Told};

/// So much is read of a pack at once.
const WINDOW: usize = 16 << 10;
/// So many windows are kept of each pack.
const WINDOWS: usize = 128;
/// So many bytes of blobs are kept, and so many of everything else: the neighbours of what is read now, and no more,
/// because memory that is taken anew for every object takes longer to get than to fill.
const KEPT_BLOBS: usize = 4 << 20;
const KEPT_OTHERS: usize = 512 << 10;
/// Inflating goes fast as long as the longest match there is (258 bytes, RFC 1951) has room.
const SLACK: usize = 320;
/// A stream takes at most so many bytes more than what it holds: its head, its checksum, and five bytes for each block
/// of at least this size that could not be made smaller (RFC 1950, 1951). What zlib never writes, libgit2 may read.
const AROUND: usize = 64;
const SMALLEST_BLOCK: usize = 1 << 10;
/// A bigger object is left to libgit2, so that a wrong size asks for no more memory than this;
/// the same goes for the deltas of a chain together.
const BIGGEST: usize = 64 << 20;
/// Longer chains are left to libgit2; git makes none longer than 4095.
const LONGEST_CHAIN: usize = 4096;
/// More packs than this are left to libgit2: each takes two open files.
const MOST_PACKS: usize = 32;

/// An object as the pack holds it, its deltas applied.
#[derive(Clone)]
pub(super) struct Unpacked {
    pub(super) kind: ObjectType,
    pub(super) data: Arc<Vec<u8>>,
}

/// The packs of one repository.
#[derive(Default)]
pub(super) struct Packs {
    packs: Vec<Pack>,
    /// The pack that had the last object, which mostly has the next one too.
    last: usize,
    kept: Kept,
    /// Made for the first object.
    inflater: Option<Inflater>,
}

/// What turns streams into bytes.
struct Inflater {
    state: Decompressor,
    /// A stream that lies in several windows, put together.
    stream: Vec<u8>,
    /// What was inflated last, with more room than that needs.
    bytes: Vec<u8>,
}

impl Inflater {
    fn new() -> Self {
        Self { state: Decompressor::new(), stream: Vec::new(), bytes: Vec::new() }
    }
}

/// A chain of deltas, while one goes down. A base always lies before, so it ends; but not soon, in a pack somebody made
/// for that.
#[derive(Default)]
struct Chain {
    length: usize,
    bytes: usize,
}

impl Chain {
    /// One more delta of so many bytes; `None` when that is too much.
    fn add(&mut self, bytes: usize) -> Option<()> {
        self.length += 1;
        self.bytes += bytes;
        (self.length <= LONGEST_CHAIN && self.bytes <= BIGGEST).then_some(())
    }
}

impl Packs {
    /// The packs in the folder `objects/pack`; what cannot be read is not among them.
    pub(super) fn of(folder: &Path) -> Self {
        let Ok(entries) = std::fs::read_dir(folder) else { return Self::default() };
        let paths = entries.flatten().map(|entry| entry.path());
        let indexes = paths.filter(|path| path.extension().is_some_and(|extension| extension == "idx"));
        let packs = indexes.take(MOST_PACKS).filter_map(|path| Pack::open(&path)).collect();
        Self { packs, ..Self::default() }
    }

    /// An object, when it lies in a pack and nothing about it is unusual.
    pub(super) fn read(&mut self, id: Oid) -> Option<Unpacked> {
        let (pack, offset) = self.find(id)?;
        self.unpack(pack, offset)
    }

    /// How a blob is made for who was told of others before, when it lies in a pack and nothing about it is unusual.
    pub(super) fn steps(&mut self, id: Oid, told: &mut Told) -> Option<Steps> {
        let (pack, offset) = self.find(id)?;
        let Self { packs, inflater, .. } = self;
        let place = packs.get_mut(pack)?;
        let inflater = inflater.get_or_insert_with(Inflater::new);
        let mut stages = Vec::new();
        let mut chain = Chain::default();
        let mut at = offset;
        loop {
            if let Some(base) = told.number((pack, at)) {
                return told.tell(stages, Some(base));
            }
            let header = place.header(at)?;
            let data = place.inflate(inflater, header.data, header.size)?.to_vec();
            match header.kind {
                Kind::Whole(ObjectType::Blob) => {
                    stages.push(((pack, at), Stage::Whole(data)));
                    return told.tell(stages, None);
                }
                Kind::Whole(_) => return None,
                Kind::DeltaOf(base) => {
                    chain.add(header.size).filter(|()| stages.len() < MOST_STEPS)?;
                    stages.push(((pack, at), Stage::Delta(Delta::new(data))));
                    at = base;
                }
            }
        }
    }

    /// The pack that has an object, and where it begins in it.
    fn find(&mut self, id: Oid) -> Option<(usize, u64)> {
        let others = (0..self.packs.len()).filter(|&pack| pack != self.last);
        let (pack, offset) = std::iter::once(self.last)
            .chain(others)
            .find_map(|pack| Some((pack, self.packs.get_mut(pack)?.index.find(id)?)))?;
        self.last = pack;
        Some((pack, offset))
    }

    /// Goes down the chain of deltas to a whole object or one that is kept, and back up.
    fn unpack(&mut self, pack: usize, offset: u64) -> Option<Unpacked> {
        let Self { packs, kept, inflater, .. } = self;
        let place = packs.get_mut(pack)?;
        let inflater = inflater.get_or_insert_with(Inflater::new);
        let mut deltas: Vec<(u64, Vec<u8>)> = Vec::new();
        let mut chain = Chain::default();
        let mut at = offset;
        let mut object = loop {
            if let Some(object) = kept.get((pack, at)) {
                break object;
            }
            let header = place.header(at)?;
            let data = place.inflate(inflater, header.data, header.size)?;
            match header.kind {
                Kind::Whole(kind) => {
                    let object = Unpacked { kind, data: Arc::new(data.to_vec()) };
                    kept.put((pack, at), &object);
                    break object;
                }
                Kind::DeltaOf(base) => {
                    chain.add(header.size)?;
                    deltas.push((at, data.to_vec()));
                    at = base;
                }
            }
        };
        for (at, delta) in deltas.into_iter().rev() {
            let data = delta::apply(&object.data, &delta, BIGGEST)?;
            object = Unpacked { kind: object.kind, data: Arc::new(data) };
            kept.put((pack, at), &object);
        }
        Some(object)
    }
}

/// A pack with its index.
struct Pack {
    index: Index,
    file: File,
    /// Pieces of the file by their number, the one used last in front.
    windows: VecDeque<(u64, Vec<u8>)>,
}

/// What stands before an object's data.
struct Header {
    kind: Kind,
    /// Of the data when inflated, in bytes.
    size: usize,
    /// Where the data begin in the pack.
    data: u64,
}

enum Kind {
    Whole(ObjectType),
    /// A delta of the object at this offset, which is smaller than the delta's own.
    DeltaOf(u64),
}

impl Pack {
    fn open(index: &Path) -> Option<Self> {
        let file = File::open(index.with_extension("pack")).ok()?;
        let mut head = [0; 8];
        file.read_exact_at(&mut head, 0).ok()?;
        let is_known = head.starts_with(b"PACK\0\0\0") && matches!(head.last(), Some(2 | 3));
        Some(Self { index: Index::open(index)?, file, windows: VecDeque::new() }).filter(|_| is_known)
    }

    /// The bytes from an offset on to the end of the window it lies in: at least one.
    fn bytes(&mut self, offset: u64) -> Option<&[u8]> {
        let size = WINDOW as u64;
        let number = offset / size;
        match self.windows.iter().position(|(own, _)| *own == number) {
            Some(0) => {}
            Some(place) => {
                let window = self.windows.remove(place)?;
                self.windows.push_front(window);
            }
            None => {
                // The oldest one's memory serves again.
                let oldest = if self.windows.len() == WINDOWS { self.windows.pop_back() } else { None };
                let mut bytes = oldest.map(|(_, bytes)| bytes).unwrap_or_default();
                bytes.resize(WINDOW, 0);
                let mut read = 0;
                while let Some(rest) = bytes.get_mut(read..).filter(|rest| !rest.is_empty()) {
                    match self.file.read_at(rest, number * size + read as u64).ok()? {
                        0 => break,
                        count => read += count,
                    }
                }
                bytes.truncate(read);
                self.windows.push_front((number, bytes));
            }
        }
        let (_, bytes) = self.windows.front()?;
        bytes.get(usize::try_from(offset % size).ok()?..).filter(|bytes| !bytes.is_empty())
    }

    fn byte(&mut self, offset: u64) -> Option<u8> {
        self.bytes(offset)?.first().copied()
    }

    /// gitformat-pack, "Object encoding": three bits of type and the size, then for a delta where its base is.
    fn header(&mut self, offset: u64) -> Option<Header> {
        let mut at = offset;
        let mut byte = self.byte(at)?;
        let kind = byte >> 4 & 7;
        let mut size = u64::from(byte & 15);
        let mut shift = 4;
        while byte & 0x80 != 0 {
            at += 1;
            byte = self.byte(at)?;
            size |= u64::from(byte & 0x7f).checked_shl(shift).filter(|_| shift < 60)?;
            shift += 7;
        }
        at += 1;
        let kind = match kind {
            1 => Kind::Whole(ObjectType::Commit),
            2 => Kind::Whole(ObjectType::Tree),
            3 => Kind::Whole(ObjectType::Blob),
            4 => Kind::Whole(ObjectType::Tag),
            6 => {
                let mut byte = self.byte(at)?;
                let mut back = u64::from(byte & 0x7f);
                while byte & 0x80 != 0 {
                    at += 1;
                    byte = self.byte(at)?;
                    back = back.checked_add(1)?.checked_mul(128)? | u64::from(byte & 0x7f);
                }
                at += 1;
                Kind::DeltaOf(offset.checked_sub(back).filter(|base| *base < offset)?)
            }
            7 => {
                let mut id = [0; 20];
                for place in &mut id {
                    *place = self.byte(at)?;
                    at += 1;
                }
                // Only the packs that git sends name bases by id; index-pack leaves the base in the same pack.
                let base = self.index.find(Oid::from_bytes(&id).ok()?)?;
                Kind::DeltaOf(Some(base).filter(|base| *base < offset)?)
            }
            _ => return None,
        };
        let size = usize::try_from(size).ok().filter(|size| *size <= BIGGEST)?;
        Some(Header { kind, size, data: at })
    }

    /// The zlib stream that begins at an offset, which must hold exactly so many bytes.
    fn inflate<'i>(&mut self, inflater: &'i mut Inflater, offset: u64, size: usize) -> Option<&'i [u8]> {
        let Inflater { state, stream, bytes } = inflater;
        // With room to spare the inflater stays on its fast path to the end, which for a small object is half the way.
        if bytes.len() < size + SLACK {
            bytes.resize(size + SLACK, 0);
        }
        let most = AROUND + size + size / SMALLEST_BLOCK * 5;
        let here = self.bytes(offset)?;
        let input = if here.len() < most {
            stream.clear();
            while stream.len() < most
                && let Some(more) = self.bytes(offset + stream.len() as u64)
            {
                stream.extend_from_slice(more);
            }
            stream.as_slice()
        } else {
            here
        };
        let room = bytes.get_mut(..size + SLACK)?;
        let count = state.zlib_decompress(input, room).ok()?;
        bytes.get(..size).filter(|_| count == size)
    }
}

/// Objects that were unpacked lately.
#[derive(Default)]
struct Kept {
    blobs: Queue,
    others: Queue,
}

impl Kept {
    fn get(&self, place: (usize, u64)) -> Option<Unpacked> {
        self.others.objects.get(&place).or_else(|| self.blobs.objects.get(&place)).cloned()
    }

    fn put(&mut self, place: (usize, u64), object: &Unpacked) {
        match object.kind {
            ObjectType::Blob => self.blobs.put(place, object, KEPT_BLOBS),
            _ => self.others.put(place, object, KEPT_OTHERS),
        }
    }
}

/// Objects by pack and offset: first in, first out.
#[derive(Default)]
struct Queue {
    objects: SpreadMap<(usize, u64), Unpacked>,
    order: VecDeque<(usize, u64)>,
    bytes: usize,
}

impl Queue {
    fn put(&mut self, place: (usize, u64), object: &Unpacked, most: usize) {
        let size = object.data.len();
        if size > most / 2 || self.objects.insert(place, object.clone()).is_some() {
            return;
        }
        self.order.push_back(place);
        self.bytes += size;
        while self.bytes > most {
            let oldest = self.order.pop_front().and_then(|oldest| self.objects.remove(&oldest));
            let Some(oldest) = oldest else { return };
            self.bytes -= oldest.data.len();
        }
    }
}

#[cfg(test)]
mod tests;
