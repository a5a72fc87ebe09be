//! The bytes of commit-graph files, read in pages as they are asked for.
//!
//! A map of the file would need `unsafe`, and a file that is cut off while it is mapped ends the program. The commits
//! of a graph are sorted by id, so a walk jumps about in it: pages are small, because in a big graph the next thing
//! wanted is hardly ever beside the last one, and as many are kept as a graph of a hundred thousand commits has.

use std::cell::RefCell;
use std::fs::File;
use std::os::unix::fs::FileExt as _;

/// So much is read at once.
const PAGE: usize = 1 << 10;
/// So many pages are kept of all files together: 8 MiB.
const MOST_PAGES: u64 = 8 << 10;
/// A bigger file is none that git wrote: it would hold more commits than a graph can count.
const BIGGEST: u64 = 1 << 40;

/// Where bytes come from.
pub(super) enum Source {
    File(File),
    Memory(Vec<u8>),
}

impl Source {
    /// How many bytes there are. `None` when that cannot be told, or is beyond belief.
    pub(super) fn size(&self) -> Option<u64> {
        let size = match self {
            Self::File(file) => {
                let facts = file.metadata().ok().filter(std::fs::Metadata::is_file)?;
                facts.len()
            }
            Self::Memory(bytes) => bytes.len() as u64,
        };
        Some(size).filter(|size| *size <= BIGGEST)
    }

    /// Fills `bytes` with what begins at an offset; `None` when there is not so much.
    pub(super) fn read(&self, bytes: &mut [u8], at: u64) -> Option<()> {
        match self {
            Self::File(file) => file.read_exact_at(bytes, at).ok(),
            Self::Memory(memory) => {
                let begin = usize::try_from(at).ok()?;
                bytes.copy_from_slice(memory.get(begin..begin.checked_add(bytes.len())?)?);
                Some(())
            }
        }
    }
}

/// Several files, of which the pages used lately are kept.
pub(super) struct Pages {
    files: Vec<Paged>,
    kept: RefCell<Kept>,
}

struct Paged {
    source: Source,
    size: u64,
    /// The number of its first page; the pages of all files are counted together, from 1.
    first: u64,
}

/// Each page has one place, which it shares with others only when there are more than may be kept.
struct Kept {
    /// The number of the page in each place; 0: none.
    numbers: Vec<u64>,
    /// Room for all of them, in one piece: what was not read yet takes no memory.
    bytes: Vec<u8>,
}

impl Pages {
    /// `None` when one of the files cannot be read.
    pub(super) fn new(sources: Vec<Source>) -> Option<Self> {
        let (mut files, mut pages) = (Vec::new(), 1);
        for source in sources {
            let size = source.size()?;
            files.push(Paged { source, size, first: pages });
            pages += size.div_ceil(PAGE as u64);
        }
        let places = usize::try_from(pages.min(MOST_PAGES)).ok()?;
        let kept = Kept { numbers: vec![0; places], bytes: vec![0; places * PAGE] };
        Some(Self { files, kept: RefCell::new(kept) })
    }

    /// So many bytes from an offset on in one of the files, counted from 0. `None` when they are not there.
    pub(super) fn read<const N: usize>(&self, file: usize, at: u64) -> Option<[u8; N]> {
        let file = self.files.get(file)?;
        let mut kept = self.kept.borrow_mut();
        let mut wanted = [0; N];
        let mut done = 0;
        while let Some(rest) = wanted.get_mut(done..).filter(|rest| !rest.is_empty()) {
            let at = at.checked_add(done as u64)?;
            let page = kept.page(file, at / PAGE as u64)?;
            let found =
                page.get(usize::try_from(at % PAGE as u64).ok()?..).filter(|found| !found.is_empty())?;
            let count = rest.len().min(found.len());
            rest.get_mut(..count)?.copy_from_slice(found.get(..count)?);
            done += count;
        }
        Some(wanted)
    }
}

impl Kept {
    /// The nth page of a file; the last one may be shorter.
    fn page(&mut self, file: &Paged, n: u64) -> Option<&[u8]> {
        let begin = n * PAGE as u64;
        let size = file.size.checked_sub(begin).filter(|left| *left > 0)?.min(PAGE as u64);
        let number = file.first + n;
        let place = usize::try_from(number % self.numbers.len() as u64).ok()?;
        let kept = self.numbers.get_mut(place)?;
        let begins = place * PAGE;
        let page = self.bytes.get_mut(begins..begins + usize::try_from(size).ok()?)?;
        if *kept != number {
            *kept = 0;
            file.source.read(page, begin)?;
            *kept = number;
        }
        Some(page)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    /// Bytes of which no two pages are alike.
    fn bytes(count: usize) -> Vec<u8> {
        (0..count).map(|n| (n * 31 % 251) as u8).collect()
    }

    #[test]
    fn bytes_are_those_of_the_files() {
        let counts = [PAGE * 3 + 5, 0, 7, PAGE];
        let mut sources: Vec<Source> = counts.map(|count| Source::Memory(bytes(count))).into();
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&bytes(PAGE * 2 + 1)).unwrap();
        sources.push(Source::File(file));
        let pages = Pages::new(sources).unwrap();
        for (file, count) in counts.into_iter().chain([PAGE * 2 + 1]).enumerate() {
            let whole = bytes(count);
            for at in (0..count + 10).step_by(3).chain([PAGE - 4, 2 * PAGE - 1, count]) {
                let expected = whole.get(at..at + 8).map(|part| <[u8; 8]>::try_from(part).unwrap());
                assert_eq!(pages.read::<8>(file, at as u64), expected, "{file} {at}");
            }
        }
        assert_eq!(pages.read::<1>(5, 0), None);
        assert_eq!(pages.read::<8>(0, u64::MAX), None);
        assert_eq!(pages.read::<8>(0, u64::MAX - 7), None);
    }

    #[test]
    fn more_pages_than_are_kept_take_turns() {
        let mut file = tempfile::tempfile().unwrap();
        let last = PAGE as u64 * 3 * MOST_PAGES;
        file.write_all(&[1; PAGE]).unwrap();
        for (at, byte) in [(PAGE as u64 * MOST_PAGES, 2), (last, 3)] {
            file.write_at(&[byte], at).unwrap();
        }
        let pages = Pages::new(vec![Source::File(file)]).unwrap();
        for _ in 0..2 {
            for (at, byte) in [(0, 1), (PAGE as u64 * MOST_PAGES, 2), (last, 3)] {
                assert_eq!(pages.read::<1>(0, at), Some([byte]));
            }
        }
        assert_eq!(pages.kept.borrow().numbers.len() as u64, MOST_PAGES);
    }

    #[test]
    fn a_file_that_was_cut_off_meanwhile_is_not_there() {
        let file = tempfile::NamedTempFile::new().unwrap();
        file.as_file().write_all_at(&bytes(2 * PAGE), 0).unwrap();
        let pages = Pages::new(vec![Source::File(file.reopen().unwrap())]).unwrap();
        assert!(pages.read::<4>(0, 10).is_some());
        file.as_file().set_len(100).unwrap();
        assert!(pages.read::<4>(0, PAGE as u64 + 10).is_none());
        assert!(pages.read::<4>(0, PAGE as u64 + 10).is_none(), "and is not taken for read afterwards");
    }
}
