//! Any bytes as a pack: as a delta, as index and pack, and as objects whose streams are sound but whose headers, bases
//! and deltas are not. What is read is what libgit2 reads.
#![no_main]

use std::io::Write as _;
use std::path::PathBuf;
use std::sync::LazyLock;

use flakehist::git::fuzzed::{Pack, delta};
use flakehist::git::{Difference, Step, Steps, Told};
use flakehist_fuzz::Decisions;
use flate2::Compression;
use flate2::write::ZlibEncoder;
use libfuzzer_sys::fuzz_target;
use tempfile::TempDir;

/// A folder of objects with one pack, which each input writes anew.
static OBJECTS: LazyLock<TempDir> = LazyLock::new(|| {
    // The ids are made up.
    git2::opts::strict_hash_verification(false);
    let objects =
        tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a temporary folder");
    std::fs::create_dir(objects.path().join("pack")).expect("a folder");
    objects
});

fn file(extension: &str) -> PathBuf {
    OBJECTS
        .path()
        .join("pack")
        .join("pack-1234567890123456789012345678901234567890")
        .with_extension(extension)
}

fuzz_target!(|bytes: &[u8]| {
    let mut decisions = Decisions(bytes);
    match decisions.below(3) {
        0 => deltas(&mut decisions),
        1 => objects(&mut decisions),
        _ => files(&mut decisions),
    }
});

/// A base and a delta.
fn deltas(decisions: &mut Decisions<'_>) {
    let (base, delta_of) = decisions.0.split_at(decisions.0.len() / 2);
    let most = 1 << 16;
    let made = delta(base, delta_of, most);
    assert!(made.as_ref().is_none_or(|made| made.len() <= most));
    assert_eq!(made, plain(base, delta_of, most));
}

/// The same, told plainly from gitformat-pack(5).
fn plain(base: &[u8], delta: &[u8], most: usize) -> Option<Vec<u8>> {
    let mut rest = delta.iter().copied();
    let mut size = || {
        let mut size = 0_u128;
        for n in 0.. {
            let byte = rest.next()?;
            size |= u128::from(byte & 127).checked_shl(7 * n).filter(|_| n < 9)?;
            if byte < 128 {
                return Some(size);
            }
        }
        None
    };
    let (from, to) = (size()?, size()?);
    if from != base.len() as u128 || to > most as u128 {
        return None;
    }
    let mut made = Vec::new();
    while let Some(code) = rest.next() {
        if code == 0 {
            return None;
        } else if code < 128 {
            for _ in 0..code {
                made.push(rest.next()?);
            }
        } else {
            let mut numbers = [0_usize; 7];
            for (n, number) in numbers.iter_mut().enumerate() {
                if code >> n & 1 == 1 {
                    *number = usize::from(rest.next()?);
                }
            }
            let [a, b, c, d, x, y, z] = numbers;
            let begin = a | b << 8 | c << 16 | d << 24;
            let count = x | y << 8 | z << 16;
            let count = if count == 0 { 0x10000 } else { count };
            made.extend(base.get(begin..begin + count)?);
        }
        if made.len() as u128 > to {
            return None;
        }
    }
    (made.len() as u128 == to).then_some(made)
}

/// Up to eight objects, their streams sound.
fn objects(decisions: &mut Decisions<'_>) {
    let mut pack = b"PACK\0\0\0\x02\0\0\0\x08".to_vec();
    let mut offsets: Vec<usize> = Vec::new();
    for n in 0..decisions.below(8) + 1 {
        let at = pack.len();
        let (kind, odd, length) = (decisions.byte() & 7, decisions.byte(), decisions.below(64));
        let (data, rest) = decisions.0.split_at(length.min(decisions.0.len()));
        decisions.0 = rest;
        let size = if odd & 0xf0 == 0xf0 { usize::from(odd) << 24 } else { data.len() };
        header(&mut pack, kind, size);
        match kind {
            6 => {
                let base = offsets.get(usize::from(odd) % 9).map_or(usize::from(odd), |base| at - base);
                distance(&mut pack, base);
            }
            7 => pack.extend([odd % 9 + 1; 20]),
            _ => {}
        }
        let level = if n % 2 == 0 { Compression::none() } else { Compression::fast() };
        let mut stream = ZlibEncoder::new(Vec::new(), level);
        stream.write_all(data).expect("memory");
        let stream = stream.finish().expect("memory");
        let cut = if odd & 0x0f == 0x0f { stream.len() / 2 } else { 0 };
        pack.extend(&stream[cut..]);
        offsets.push(at);
    }
    pack.extend([0; 20]);
    std::fs::write(file("pack"), &pack).expect("a file");
    std::fs::write(file("idx"), index(&offsets)).expect("a file");
    let ids: Vec<[u8; 20]> = (1..=offsets.len()).map(|n| [n as u8; 20]).collect();
    same_as_libgit2(&ids);
}

/// Three bits of type and the size, as gitformat-pack has them.
fn header(pack: &mut Vec<u8>, kind: u8, size: usize) {
    let mut byte = kind << 4 | (size & 15) as u8;
    let mut rest = size >> 4;
    while rest > 0 {
        pack.push(byte | 0x80);
        byte = (rest & 0x7f) as u8;
        rest >>= 7;
    }
    pack.push(byte);
}

fn distance(pack: &mut Vec<u8>, back: usize) {
    let mut bytes = vec![(back & 0x7f) as u8];
    let mut rest = back >> 7;
    while rest > 0 {
        rest -= 1;
        bytes.push((rest & 0x7f) as u8 | 0x80);
        rest >>= 7;
    }
    pack.extend(bytes.iter().rev());
}

/// An index that says where the objects are; the `n`th has an id of nothing but `n`.
fn index(offsets: &[usize]) -> Vec<u8> {
    let count = |first: usize| (1..=offsets.len()).filter(|n| *n <= first).count() as u32;
    let mut bytes = b"\xfftOc\0\0\0\x02".to_vec();
    bytes.extend((0..256).flat_map(|first| count(first).to_be_bytes()));
    bytes.extend((1..=offsets.len()).flat_map(|n| [n as u8; 20]));
    bytes.extend(offsets.iter().flat_map(|_| [0; 4]));
    bytes.extend(offsets.iter().flat_map(|offset| (*offset as u32).to_be_bytes()));
    bytes.extend([0; 40]);
    bytes
}

/// Index and pack as they stand in the bytes; the index' length comes first.
fn files(decisions: &mut Decisions<'_>) {
    let length = usize::from(decisions.byte()) << 8 | usize::from(decisions.byte());
    let (index, pack) = decisions.0.split_at(length.min(decisions.0.len()));
    std::fs::write(file("idx"), index).expect("a file");
    std::fs::write(file("pack"), pack).expect("a file");
    let ids = index.get(8 + 4 * 256..).unwrap_or_default();
    let ids: Vec<[u8; 20]> = ids.chunks_exact(20).take(8).filter_map(|id| id.try_into().ok()).collect();
    same_as_libgit2(&ids);
}

/// What the steps make; what no step could make is not there.
fn taken(steps: &Steps, made: &mut Vec<Option<Vec<u8>>>) -> Option<Vec<u8>> {
    let at = |number: u64| usize::try_from(number).expect("few steps");
    assert_eq!(at(steps.first), made.len());
    for step in &steps.steps {
        let object = match step {
            Step::Whole(bytes) => Some(bytes.clone()),
            Step::Delta { base, delta } => made[at(*base)].as_ref().and_then(|base| {
                let Difference { pieces, .. } = delta.read().filter(|read| read.from == base.len())?;
                let mut object = Vec::new();
                pieces.iter().for_each(|piece| piece.append(base, &mut object).expect("within the base"));
                Some(object)
            }),
        };
        made.push(object);
    }
    made[at(steps.last)].clone()
}

fn same_as_libgit2(ids: &[[u8; 20]]) {
    let mut ours = Pack::of(&OBJECTS.path().join("pack"));
    let odb = git2::Odb::new().expect("memory");
    odb.add_disk_alternate(OBJECTS.path().to_str().expect("a plain path")).expect("a folder");
    for id in ids.iter().chain(ids) {
        let Some((kind, data)) = ours.read(id) else { continue };
        // With a reader of its own, so that nothing is kept from before; told once, and once more with what was told.
        let mut fresh = Pack::of(&OBJECTS.path().join("pack"));
        let (mut told, mut made) = (Told::default(), Vec::new());
        for _ in 0..2 {
            let steps = fresh.steps(id, &mut told);
            let blob = steps.and_then(|steps| taken(&steps, &mut made));
            assert!(blob.is_none_or(|blob| kind == "blob" && blob == *data), "the steps lead elsewhere");
        }
        if let Ok(theirs) = odb.read(git2::Oid::from_bytes(id).expect("20 bytes")) {
            assert_eq!((kind, data.as_slice()), (theirs.kind().str(), theirs.data()));
        }
    }
}
