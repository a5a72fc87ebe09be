//! Commit graphs made by chance: merges of every shape, clocks that are wrong, locks that come and go.

use std::fmt::Write as _;

use crate::support::{Chance, Scratch};

/// How many commits a graph has.
const COMMITS: usize = 40;
/// Branches that grow side by side; all are refs at the end, `b0` is HEAD.
const BRANCHES: usize = 4;
/// Marks of fast-import: blobs have smaller ones.
const FIRST_COMMIT: usize = 100;
/// Where dates lie unless a clock is wrong.
const START: usize = 1_600_000_000;

/// A repository with such a graph, and nothing checked out.
pub(crate) struct Graph {
    pub(crate) scratch: Scratch,
    /// Where the lock lies.
    pub(crate) lock: &'static str,
    /// All commits, parents before children.
    pub(crate) ids: Vec<String>,
    /// Their dates.
    pub(crate) dates: Vec<usize>,
}

/// What lies at the lock's path.
#[derive(Clone, Copy, PartialEq)]
enum State {
    Absent,
    /// A file: its mode and the mark of its blob.
    File(&'static str, usize),
    /// Something else in the place of the lock's folder.
    Blocked(&'static str),
}

/// The graph of a number: always the same one.
pub(crate) fn graph(seed: u64) -> Graph {
    let mut chance = Chance::new(seed);
    let lock = if chance.percent(70) { "flake.lock" } else { "nix/flake.lock" };
    let scratch = Scratch::with_init(&["--initial-branch=b0"]);
    let dates: Vec<usize> = (0..COMMITS).map(|n| date(seed, n, &mut chance)).collect();
    let mut stream = String::new();
    for mark in 1..=3 {
        write!(stream, "blob\nmark :{mark}\ndata 2\n{mark}\n").unwrap();
    }
    let mut tips: Vec<Option<usize>> = vec![None; BRANCHES];
    let mut states: Vec<State> = Vec::new();
    for (n, date) in dates.iter().enumerate() {
        let branch = if n == 0 { 0 } else { chance.below(BRANCHES) };
        let parents = parents(n, branch, &tips, &mut chance);
        let inherited = parents.first().map_or(State::Absent, |&parent| states[parent]);
        let state = match chance.below(10) {
            0..4 => inherited,
            4..7 if parents.len() > 1 => states[*chance.one_of(&parents)],
            _ => any_state(lock, &mut chance),
        };
        write_commit(&mut stream, lock, (n, branch, *date), &parents, (inherited, state));
        tips[branch] = Some(n);
        states.push(state);
    }
    let marks = scratch.beside("marks");
    let option = format!("--export-marks={}", marks.display());
    let args = ["fast-import", "--quiet", "--date-format=raw-permissive", &option];
    scratch.feed_git(scratch.folder(), args, stream.as_bytes()).success();
    let mut ids: Vec<(usize, String)> = std::fs::read_to_string(marks)
        .unwrap()
        .lines()
        .filter_map(|line| line.strip_prefix(':')?.split_once(' '))
        .map(|(mark, id)| (mark.parse().unwrap(), id.to_owned()))
        .filter(|(mark, _)| *mark >= FIRST_COMMIT)
        .collect();
    ids.sort();
    let ids = ids.into_iter().map(|(_, id)| id).collect();
    Graph { scratch, lock, ids, dates }
}

/// The `n`th commit's date, by one of seven kinds of clock.
fn date(seed: u64, n: usize, chance: &mut Chance) -> usize {
    let right = START + 100 * n;
    match seed % 7 {
        1 => START + 100 * (n / 4),
        2 => START,
        3 => START + 100 * chance.below(10),
        4 => *chance.one_of(&[0, 1, START, right, START / 2, 1 << 33, usize::pow(2, 31)]),
        5 if chance.percent(15) => START + 100 * chance.below(2 * COMMITS),
        0 | 5 => right,
        _ => START + 100 * (COMMITS - n),
    }
}

fn parents(n: usize, branch: usize, tips: &[Option<usize>], chance: &mut Chance) -> Vec<usize> {
    let mut parents: Vec<usize> = match tips[branch] {
        Some(tip) if !chance.percent(8) => vec![tip],
        // Branches off somewhere, or begins anew.
        _ if n > 0 && !chance.percent(8) => vec![chance.below(n)],
        _ => Vec::new(),
    };
    let others = match chance.below(100) {
        0..60 => 0,
        60..92 => 1,
        92..97 => 2,
        _ => 3,
    };
    for _ in 0..others {
        let other = if chance.percent(60) { tips[chance.below(BRANCHES)] } else { None };
        let other = other.or_else(|| (n > 0).then(|| chance.below(n)));
        if let Some(other) = other.filter(|other| !parents.is_empty() && !parents.contains(other)) {
            parents.push(other);
        }
    }
    parents
}

fn any_state(lock: &str, chance: &mut Chance) -> State {
    match chance.below(10) {
        0..2 => State::Absent,
        2 => State::File("100755", 1 + chance.below(3)),
        3 if lock.contains('/') => State::Blocked(["100644", "120000", "160000"][chance.below(3)]),
        _ => State::File("100644", 1 + chance.below(3)),
    }
}

fn write_commit(
    stream: &mut String,
    lock: &str,
    (n, branch, date): (usize, usize, usize),
    parents: &[usize],
    (inherited, state): (State, State),
) {
    let who = ["Ada <ada@example.org>", "Bob <bob@example.org>", "Eve <eve@example.org>"][n % 3];
    if parents.is_empty() {
        writeln!(stream, "reset refs/heads/b{branch}\n").unwrap();
    }
    let mark = FIRST_COMMIT + n;
    write!(stream, "commit refs/heads/b{branch}\nmark :{mark}\n").unwrap();
    write!(stream, "author {who} {date} +0000\ncommitter {who} {date} +0000\ndata {}\n", n.to_string().len())
        .unwrap();
    writeln!(stream, "{n}").unwrap();
    for (n, parent) in parents.iter().enumerate() {
        let word = if n == 0 { "from" } else { "merge" };
        writeln!(stream, "{word} :{}", FIRST_COMMIT + parent).unwrap();
    }
    if n % 5 == 0 {
        writeln!(stream, "M 100644 :{} other", 1 + n % 3).unwrap();
    }
    let folder = lock.split('/').next().unwrap();
    match state {
        _ if state == inherited => {}
        State::Absent => writeln!(stream, "D {folder}").unwrap(),
        State::File(mode, blob) => writeln!(stream, "M {mode} :{blob} {lock}").unwrap(),
        State::Blocked("160000") => writeln!(stream, "M 160000 {} {folder}", "12".repeat(20)).unwrap(),
        State::Blocked(mode) => writeln!(stream, "M {mode} :1 {folder}").unwrap(),
    }
}
