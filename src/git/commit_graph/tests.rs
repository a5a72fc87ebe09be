use git2::Oid;

use super::*;

/// Chunks with their ids.
type Chunks = Vec<(&'static [u8; 4], Vec<u8>)>;

/// A commit of a file that is made here: its id's first byte, which is also its place in the order, its parents'
/// words, its date with the level above it, and the corrected date's distance.
struct Row(u8, [u32; 2], u64, u32);

const NONE: u32 = 0x7000_0000;
const MARK: u32 = 1 << 31;
const DATE: u64 = 1_700_000_000;

fn id(first: u8) -> CommitId {
    CommitId(Oid::from_bytes(&[first; 20]).unwrap())
}

fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_be_bytes()).collect()
}

fn chunks(rows: &[Row]) -> Chunks {
    let fan_out: Vec<u32> =
        (0..=255).map(|first| rows.iter().filter(|row| row.0 <= first).count() as u32).collect();
    let ids = rows.iter().flat_map(|row| [row.0; 20]).collect();
    let record = |row: &Row| [vec![0xee; 20], words(&row.1), row.2.to_be_bytes().to_vec()].concat();
    let records = rows.iter().flat_map(record).collect();
    let generations = rows.iter().map(|row| row.3).collect::<Vec<_>>();
    vec![
        (b"OIDF", words(&fan_out)),
        (b"OIDL", ids),
        (b"CDAT", records),
        (b"GDA2", words(&generations)),
        (b"GDO2", (1_u64 << 40).to_be_bytes().to_vec()),
        (b"EDGE", words(&[1, MARK, 0, 1, 9 | MARK])),
        // The first changes nothing, of the second there is no filter, the third is denied by nothing.
        (b"BIDX", words(&[1, 1, 2])),
        (b"BDAT", [words(&[1, 7, 10]), vec![0, 0xff]].concat()),
    ]
}

fn file(chunks: &[(&[u8; 4], Vec<u8>)]) -> Vec<u8> {
    let mut bytes = b"CGPH\x01\x01".to_vec();
    bytes.extend([chunks.len() as u8, 0]);
    let mut at = (8 + 12 * (chunks.len() + 1)) as u64;
    for (id, data) in chunks.iter().map(|(id, data)| (*id, data.len())).chain([(&[0; 4], 0)]) {
        bytes.extend(id);
        bytes.extend(at.to_be_bytes());
        at += data as u64;
    }
    chunks.iter().for_each(|(_, data)| bytes.extend(data));
    bytes.extend([0; 20]);
    bytes
}

/// A root, a child of it, and a merge of three.
fn three() -> Vec<Row> {
    let moment = |level: u64, later: u64| level << 34 | (DATE + later);
    vec![
        Row(0x10, [NONE, NONE], moment(1, 0), 0),
        Row(0x20, [0, NONE], moment(2, 7), MARK),
        Row(0x30, [1, MARK], moment(3, 5), 2),
    ]
}

#[test]
fn commits_are_what_the_file_says() {
    let graph = CommitGraph::from_bytes(file(&chunks(&three()))).unwrap();
    assert_eq!(graph.len(), 3);
    let places: Vec<Place> = graph.places().collect();
    for (n, first) in [0x10, 0x20, 0x30].into_iter().enumerate() {
        assert_eq!(graph.id(places[n]), Some(id(first)));
        assert_eq!(graph.find(id(first)), Some(places[n]));
        assert_eq!(graph.find(id(first + 1)), None);
    }
    let commits: Vec<Recorded> = places.iter().map(|place| graph.commit(*place).unwrap()).collect();
    let parents: Vec<Vec<CommitId>> =
        commits.iter().map(|commit| commit.parents.iter().map(|(_, id)| *id).collect()).collect();
    assert_eq!(parents, [vec![], vec![id(0x10)], vec![id(0x20), id(0x20), id(0x10)]]);
    assert_eq!(commits.iter().map(|commit| commit.date - DATE).collect::<Vec<_>>(), [0, 7, 5]);
    assert!(commits.iter().all(|commit| commit.tree == Oid::from_bytes(&[0xee; 20]).unwrap()));
    let generations: Vec<u64> = places.iter().map(|place| graph.generation(*place).unwrap()).collect();
    assert_eq!(generations, [DATE, DATE + 7 + (1 << 40), DATE + 7]);
    let path = PathKeys::of("flake.lock");
    let unchanged: Vec<bool> = places.iter().map(|place| graph.is_unchanged(*place, &path)).collect();
    assert_eq!(unchanged, [true, false, false]);
    assert!(graph.has_dates());
    let beyond = Place(NonZeroU32::new(4).unwrap());
    assert!(graph.commit(beyond).is_none() && graph.id(beyond).is_none() && graph.tree(beyond).is_none());
    assert!(!graph.is_unchanged(beyond, &path) && graph.generation(beyond).is_none());
}

#[test]
fn a_record_that_is_odd_is_no_commit() {
    for (parents, is_known) in [
        ([1, 0], true),
        // A parent of its own, of another file above, of nowhere; a second one without a first.
        ([2, NONE], true),
        ([3, NONE], false),
        ([0, u32::MAX >> 1], false),
        ([NONE, 0], false),
        // Lists of others: the end, from the middle, a wrong one in it, from beyond the end.
        ([0, MARK | 1], true),
        ([0, MARK | 2], false),
        ([0, MARK | 4], false),
        ([0, MARK | 5], false),
        ([0, u32::MAX], false),
    ] {
        let mut rows = three();
        rows[2].1 = parents;
        let graph = CommitGraph::from_bytes(file(&chunks(&rows))).unwrap();
        let places: Vec<Place> = graph.places().collect();
        assert_eq!(graph.commit(places[2]).is_some(), is_known, "{parents:x?}");
        assert!(graph.commit(places[1]).is_some());
    }
    let mut endless = chunks(&three());
    endless[5].1 = words(&[0; 5000]);
    let graph = CommitGraph::from_bytes(file(&endless)).unwrap();
    assert_eq!(graph.commit(graph.places().last().unwrap()), None, "a list without an end");
}

#[test]
fn a_file_that_is_odd_is_no_graph() {
    let good = chunks(&three());
    assert!(CommitGraph::from_bytes(file(&good)).is_some());
    let odd = |change: &dyn Fn(&mut Chunks)| {
        let mut chunks = good.clone();
        change(&mut chunks);
        CommitGraph::from_bytes(file(&chunks)).is_none()
    };
    for n in 0..3 {
        assert!(odd(&|chunks| drop(chunks.remove(n))), "chunk {n} is missing");
        assert!(odd(&|chunks| chunks.push(chunks[n].clone())), "chunk {n} is there twice");
        assert!(odd(&|chunks| chunks[n].1 = chunks[n].1[1..].to_vec()), "chunk {n} is too short");
        assert!(odd(&|chunks| chunks[n].1.push(0)), "chunk {n} is too long");
    }
    assert!(odd(&|chunks| chunks[0].1[3] = 9), "the fan-out goes down");
    assert!(odd(&|chunks| chunks[0].1[4 * 255..].fill(0xff)), "more commits than can be counted");
    let whole = file(&good);
    for (at, byte) in [(0, b'X'), (4, 2), (5, 2), (6, 200), (7, 1), (12, 0xff), (16, 0xff)] {
        let mut bytes = whole.clone();
        bytes[at] = byte;
        assert!(CommitGraph::from_bytes(bytes).is_none(), "byte {at} is {byte}");
    }
    for length in 0..whole.len() {
        assert!(CommitGraph::from_bytes(whole[..length].to_vec()).is_none(), "{length} bytes");
    }
}

#[test]
fn without_dates_and_filters_there_are_levels() {
    for drop in [3, 6, 7] {
        let mut chunks = chunks(&three());
        chunks.remove(drop);
        let graph = CommitGraph::from_bytes(file(&chunks)).unwrap();
        let path = PathKeys::of("flake.lock");
        assert_eq!(graph.places().any(|place| graph.is_unchanged(place, &path)), drop == 3, "{drop}");
        let generations: Vec<u64> = graph.places().filter_map(|place| graph.generation(place)).collect();
        assert_eq!(generations == [1, 2, 3], drop == 3, "{generations:?}");
        assert_eq!(graph.has_dates(), drop != 3);
    }
}

#[test]
fn an_empty_file_holds_nothing() {
    let graph = CommitGraph::from_bytes(file(&chunks(&[])[..3])).unwrap();
    assert!(graph.is_empty() && graph.places().next().is_none() && graph.find(id(1)).is_none());
    assert!(!graph.has_dates());
}
