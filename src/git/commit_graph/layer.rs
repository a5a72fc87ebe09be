//! One file of a commit-graph (gitformat-commit-graph): its chunks, and the records in them.

use super::bloom::{PathKeys, Settings};
use super::pages::{Pages, Source};

/// The number of bytes of a SHA-1 object id.
pub(super) const ID_BYTES: usize = 20;
/// The signature, the version of the format, the hash (1: SHA-1), and how many chunks and files below there are.
const HEADER: usize = 8;
/// A chunk's id and offset in the table of contents.
const CONTENTS_ROW: usize = 12;
/// A commit's tree, two parents, and date with topological level.
const RECORD: u64 = ID_BYTES as u64 + 16;
/// The hash of the filters, how many bits are set for each path, and how many there are for each.
const FILTERS_HEADER: u64 = 12;
/// In place of a parent's position: there is none.
const NO_PARENT: u32 = 0x7000_0000;
/// This bit in place of the second parent: the rest is where the list of the others begins. In that list: the last one.
const MARK: u32 = 1 << 31;
/// So many bits of a date are kept; above them stands the topological level.
const DATE_BITS: u32 = 34;
/// A commit with more parents is read from its object, so that a damaged list has an end.
const MOST_PARENTS: usize = 1024;

/// Where the records of one file are. All of it was checked when the file was opened, but not the records.
pub(super) struct Layer {
    /// The number of the file among those of the graph.
    file: usize,
    /// How many commits the files below this one hold: its own positions begin there.
    pub(super) first: u32,
    /// How many commits this one holds.
    pub(super) count: u32,
    /// By first byte: how many ids begin with that byte or a smaller one.
    fan_out: Vec<u32>,
    ids: Chunk,
    records: Chunk,
    edges: Option<Chunk>,
    generations: Option<Chunk>,
    far_generations: Option<Chunk>,
    filters: Option<Filters>,
}

/// A part of a file.
#[derive(Clone, Copy)]
struct Chunk {
    at: u64,
    size: u64,
}

impl Chunk {
    /// Where the nth record of so many bytes begins. `None` beyond the end.
    fn place(self, n: u64, size: u64) -> Option<u64> {
        let begin = n.checked_mul(size)?;
        (begin.checked_add(size)? <= self.size).then_some(self.at + begin)
    }
}

struct Filters {
    settings: Settings,
    /// For each commit where its filter ends among the data.
    ends: Chunk,
    data: Chunk,
}

/// A commit as a graph knows it.
pub(super) struct Record {
    pub(super) tree: [u8; ID_BYTES],
    /// Positions in the whole graph.
    pub(super) parents: Vec<u32>,
    /// The committer's date, of which the lowest 34 bits are kept.
    pub(super) date: u64,
}

impl Layer {
    /// Reads what there is to know of a file before its records. `below` holds the names of the files below it, and
    /// `first` how many commits they have. `None` when anything about it is unusual.
    pub(super) fn open(source: &Source, file: usize, first: u32, below: &[[u8; ID_BYTES]]) -> Option<Self> {
        let mut header = [0; HEADER];
        source.read(&mut header, 0)?;
        let [b'C', b'G', b'P', b'H', 1, 1, chunks, bases] = header else { return None };
        let contents = contents(source, usize::from(chunks))?;
        let only = |id: &[u8; 4]| {
            let mut of_that_id = contents.iter().filter(|(own, _)| own == id).map(|(_, chunk)| *chunk);
            of_that_id.next().filter(|_| of_that_id.next().is_none())
        };
        let fan_out = fan_out(source, only(b"OIDF")?)?;
        let count = *fan_out.last()?;
        let has = |chunk: Chunk, record: u64| chunk.size == u64::from(count) * record;
        let is_addressable = first.checked_add(count).is_some_and(|count| count < NO_PARENT);
        if usize::from(bases) != below.len() || !is_addressable {
            return None;
        }
        if !below.is_empty() {
            let mut names = vec![[0; ID_BYTES]; below.len()];
            let chunk = only(b"BASE").filter(|chunk| chunk.size == (names.len() * ID_BYTES) as u64)?;
            source.read(names.as_flattened_mut(), chunk.at)?;
            if names != below {
                return None;
            }
        }
        Some(Self {
            file,
            first,
            count,
            fan_out,
            ids: only(b"OIDL").filter(|chunk| has(*chunk, ID_BYTES as u64))?,
            records: only(b"CDAT").filter(|chunk| has(*chunk, RECORD))?,
            edges: only(b"EDGE"),
            generations: only(b"GDA2").filter(|chunk| has(*chunk, 4)),
            far_generations: only(b"GDO2"),
            filters: filters(source, only(b"BIDX").filter(|chunk| has(*chunk, 4)), only(b"BDAT")),
        })
    }

    /// Whether the file tells corrected dates.
    pub(super) fn has_generations(&self) -> bool {
        self.generations.is_some()
    }

    /// Reads from now on only filters whose hash is of this version.
    pub(super) fn keep_filters_of(&mut self, version: u32) {
        self.filters = self.filters.take().filter(|filters| filters.settings.version == version);
    }

    /// Reads from now on no corrected dates.
    pub(super) fn forget_generations(&mut self) {
        self.generations = None;
    }

    /// The place of a commit in this file.
    pub(super) fn find(&self, pages: &Pages, id: &[u8]) -> Option<u32> {
        let first = usize::from(*id.first()?);
        let mut low = first.checked_sub(1).map_or(Some(0), |before| self.fan_out.get(before).copied())?;
        let mut high = *self.fan_out.get(first)?;
        while low < high {
            let middle = u32::midpoint(low, high);
            match self.id(pages, middle)?.as_slice().cmp(id) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => return Some(middle),
            }
        }
        None
    }

    /// The id of the nth commit in this file.
    pub(super) fn id(&self, pages: &Pages, n: u32) -> Option<[u8; ID_BYTES]> {
        pages.read(self.file, self.ids.place(n.into(), ID_BYTES as u64)?)
    }

    /// The nth commit's tree.
    pub(super) fn tree(&self, pages: &Pages, n: u32) -> Option<[u8; ID_BYTES]> {
        pages.read(self.file, self.records.place(n.into(), RECORD)?)
    }

    /// The nth commit. `None` when the record does not hold together.
    pub(super) fn record(&self, pages: &Pages, n: u32) -> Option<Record> {
        let words: [u8; ID_BYTES + 16] = pages.read(self.file, self.records.place(n.into(), RECORD)?)?;
        let (tree, rest) = words.split_first_chunk()?;
        let (one, rest) = rest.split_first_chunk()?;
        let (two, rest) = rest.split_first_chunk()?;
        let date = u64::from_be_bytes(*rest.first_chunk()?) & ((1 << DATE_BITS) - 1);
        let mut parents = Vec::new();
        let (one, two) = (u32::from_be_bytes(*one), u32::from_be_bytes(*two));
        match (one, two) {
            (NO_PARENT, NO_PARENT) => {}
            (NO_PARENT, _) => return None,
            (_, NO_PARENT) => parents.push(one),
            (_, list) if list & MARK != 0 => {
                parents.push(one);
                self.more_parents(pages, list & !MARK, &mut parents)?;
            }
            _ => parents.extend([one, two]),
        }
        // Files know only those below them.
        let is_known = |parent: &u32| *parent < self.first + self.count;
        parents.iter().all(is_known).then_some(Record { tree: *tree, parents, date })
    }

    fn more_parents(&self, pages: &Pages, from: u32, parents: &mut Vec<u32>) -> Option<()> {
        for n in from.. {
            let word = pages.read(self.file, self.edges?.place(n.into(), 4)?).map(u32::from_be_bytes)?;
            parents.push(word & !MARK);
            if word & MARK != 0 {
                return Some(());
            }
            if parents.len() > MOST_PARENTS {
                break;
            }
        }
        None
    }

    /// The nth commit's generation, which is greater than that of each parent: its corrected date (its own or, where
    /// that is later, a second after the latest of its parents') or, where the file has none, its topological level.
    pub(super) fn generation(&self, pages: &Pages, n: u32) -> Option<u64> {
        let place = self.records.place(n.into(), RECORD)? + ID_BYTES as u64 + 8;
        let word = u64::from_be_bytes(pages.read(self.file, place)?);
        let (level, date) = (word >> DATE_BITS, word & ((1 << DATE_BITS) - 1));
        let Some(generations) = self.generations else { return Some(level) };
        let offset = pages.read(self.file, generations.place(n.into(), 4)?).map(u32::from_be_bytes)?;
        let offset = if offset & MARK == 0 {
            offset.into()
        } else {
            let place = self.far_generations?.place((offset & !MARK).into(), 8)?;
            u64::from_be_bytes(pages.read(self.file, place)?)
        };
        date.checked_add(offset)
    }

    /// Whether the nth commit's filter proves that the path is as in the first parent.
    pub(super) fn is_unchanged(&self, pages: &Pages, n: u32, path: &PathKeys) -> bool {
        let Some(filters) = &self.filters else { return false };
        let end = |n: u32| {
            let place = filters.ends.place(n.into(), 4)?;
            let end = pages.read(self.file, place).map(u32::from_be_bytes)?;
            Some(end).filter(|end| u64::from(*end) <= filters.data.size)
        };
        let Some(begin) = n.checked_sub(1).map_or(Some(0), end) else { return false };
        let Some(size) = end(n).and_then(|end| end.checked_sub(begin)) else { return false };
        let byte = |n: u32| {
            let place = filters.data.place(u64::from(begin) + u64::from(n), 1)?;
            pages.read(self.file, place).map(|[byte]| byte)
        };
        path.are_denied(filters.settings, size, byte)
    }
}

/// The chunks of a file: each ends where the next one begins, and behind the last one follows the file's hash.
fn contents(source: &Source, chunks: usize) -> Option<Vec<([u8; 4], Chunk)>> {
    let mut table = vec![0; (chunks + 1) * CONTENTS_ROW];
    source.read(&mut table, HEADER as u64)?;
    let rows: Vec<([u8; 4], u64)> = table
        .chunks_exact(CONTENTS_ROW)
        .filter_map(|row| {
            let (id, at) = row.split_first_chunk()?;
            Some((*id, u64::from_be_bytes(*at.first_chunk()?)))
        })
        .collect();
    let end = source.size()?.checked_sub(ID_BYTES as u64)?;
    let begin = (HEADER + table.len()) as u64;
    let is_sound = rows.iter().map(|(_, at)| *at).is_sorted()
        && rows.first().is_some_and(|(_, at)| *at >= begin)
        && rows.last().is_some_and(|(id, at)| id == &[0; 4] && *at <= end);
    let chunks = rows.windows(2).filter_map(|pair| {
        let [(id, at), (_, end)] = pair else { return None };
        Some((*id, Chunk { at: *at, size: end - at }))
    });
    is_sound.then(|| chunks.collect())
}

fn fan_out(source: &Source, chunk: Chunk) -> Option<Vec<u32>> {
    let mut table = vec![0; 4 * 256];
    if chunk.size != table.len() as u64 {
        return None;
    }
    source.read(&mut table, chunk.at)?;
    let counts = table.chunks_exact(4).filter_map(|word| Some(u32::from_be_bytes(*word.first_chunk()?)));
    Some(counts.collect()).filter(|counts: &Vec<u32>| counts.is_sorted())
}

fn filters(source: &Source, ends: Option<Chunk>, data: Option<Chunk>) -> Option<Filters> {
    let (ends, data) = (ends?, data?);
    let mut header = [0; FILTERS_HEADER as usize];
    let size = data.size.checked_sub(FILTERS_HEADER)?;
    source.read(&mut header, data.at)?;
    let (version, rest) = header.split_first_chunk()?;
    let hashes = u32::from_be_bytes(*rest.first_chunk()?);
    let settings = Settings::new(u32::from_be_bytes(*version), hashes)?;
    Some(Filters { settings, ends, data: Chunk { at: data.at + FILTERS_HEADER, size } })
}
