use std::path::PathBuf;

use git2::{IndexAddOption, Repository, Signature, Time};

use super::*;

/// A repository of one file with a history, all of it in one pack with deltas.
pub(super) fn packed(folder: &Path) -> (Repository, PathBuf) {
    let repository = Repository::init(folder).unwrap();
    let mut parent: Option<Oid> = None;
    for state in 0..40 {
        let line = |n: usize| format!("line {n} in state {}\n", if n % 7 == state % 7 { state } else { n });
        std::fs::write(folder.join("file"), (0..600).map(line).collect::<String>()).unwrap();
        std::fs::write(folder.join("empty"), "").unwrap();
        let mut index = repository.index().unwrap();
        index.add_all(["*"], IndexAddOption::DEFAULT, None).unwrap();
        let tree = repository.find_tree(index.write_tree().unwrap()).unwrap();
        let who =
            Signature::new("A", "a@b", &Time::new(1_700_000_000 + i64::try_from(state).unwrap(), 0)).unwrap();
        let parents: Vec<_> = parent.iter().map(|id| repository.find_commit(*id).unwrap()).collect();
        let parents: Vec<_> = parents.iter().collect();
        parent = Some(repository.commit(Some("HEAD"), &who, &who, "state", &tree, &parents).unwrap());
    }
    let mut walk = repository.revwalk().unwrap();
    walk.push_head().unwrap();
    let mut builder = repository.packbuilder().unwrap();
    builder.insert_walk(&mut walk).unwrap();
    let folder = repository.path().join("objects/pack");
    std::fs::create_dir_all(&folder).unwrap();
    builder.write(&folder, 0).unwrap();
    drop((builder, walk));
    (repository, folder)
}

pub(super) fn every_id(repository: &Repository) -> Vec<Oid> {
    let mut ids = Vec::new();
    let odb = repository.odb().unwrap();
    odb.foreach(|id| {
        ids.push(*id);
        true
    })
    .unwrap();
    ids
}

#[test]
fn objects_are_what_libgit2_reads() {
    let folder = tempfile::tempdir().unwrap();
    let (repository, packs) = packed(folder.path());
    let odb = repository.odb().unwrap();
    let mut ids = every_id(&repository);
    assert!(ids.len() > 100, "{}", ids.len());
    let pack = std::fs::read_dir(&packs).unwrap().map(|entry| entry.unwrap().path());
    let pack = pack.into_iter().find(|path| path.extension().is_some_and(|e| e == "pack")).unwrap();
    let size = usize::try_from(pack.metadata().unwrap().len()).unwrap();
    assert!(size < 200 << 10, "there are deltas: {size} bytes");
    for _ in 0..2 {
        // In both orders, so that chains are entered at either end; and with nothing kept, and with much.
        ids.reverse();
        let mut packs = Packs::of(&packs);
        for _ in 0..2 {
            for &id in &ids {
                let (ours, theirs) = (packs.read(id).unwrap(), odb.read(id).unwrap());
                assert_eq!((ours.kind, ours.data.as_slice()), (theirs.kind(), theirs.data()), "{id}");
            }
        }
    }
    let mut packs = Packs::of(&packs);
    assert!(packs.read(Oid::from_str("00112233445566778899aabbccddeeff00112233").unwrap()).is_none());
    assert!(Packs::of(Path::new("/nowhere")).read(ids[0]).is_none());
}

#[test]
fn a_damaged_pack_is_left_to_libgit2() {
    let folder = tempfile::tempdir().unwrap();
    let (repository, folder) = packed(folder.path());
    let ids = every_id(&repository);
    let files: Vec<PathBuf> =
        std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    let mut missed = 0;
    for file in files {
        let whole = std::fs::read(&file).unwrap();
        let set = |bytes: &[u8]| {
            std::fs::remove_file(&file).unwrap();
            std::fs::write(&file, bytes).unwrap();
        };
        for n in 1..40 {
            let at = whole.len() * n / 41;
            let mut flipped = whole.clone();
            flipped[at] ^= 1 << (n % 8);
            for damaged in [&flipped, &whole[..at].to_vec()] {
                set(damaged);
                let mut packs = Packs::of(&folder);
                // Some are read, some are not; none takes long, or more memory than it may.
                missed += ids.iter().filter(|id| packs.read(**id).is_none()).count();
            }
        }
        set(&whole);
    }
    assert!(missed > 1000, "{missed}");
}

#[test]
fn deltas_that_do_not_fit_make_nothing() {
    let base = b"0123456789";
    for (delta, result) in [
        (&b"\x0a\x04\x90\x04"[..], Some("0123")),
        (b"\x0a\x05\x91\x06\x02\x03xyz", Some("67xyz")),
        (b"\x0a\x00", Some("")),
        // The base has another size; too much, too little is made; a copy from beyond the end; the reserved code.
        (b"\x09\x04\x90\x04", None),
        (b"\x0a\x03\x90\x04", None),
        (b"\x0a\x05\x90\x04", None),
        (b"\x0a\x04\x91\x08\x04", None),
        (b"\x0a\x00\x00", None),
        // Cut off: in a size, in a copy, in a piece.
        (b"\x8a", None),
        (b"\x0a\x04\x90", None),
        (b"\x0a\x04\x04xy", None),
        // More than may be made, and sizes that no machine has.
        (b"\x0a\xff\x7f", None),
        (b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f", None),
        (b"", None),
    ] {
        let made = delta::apply(base, delta, 1000);
        assert_eq!(made.as_deref(), result.map(str::as_bytes), "{delta:?}");
    }
    let copy_of_64_kib = delta::apply(&vec![7; 0x1_0000], b"\x80\x80\x04\x80\x80\x04\x80", 1 << 20);
    assert_eq!(copy_of_64_kib.map(|made| made.len()), Some(0x1_0000), "no size stands for the biggest");
}
