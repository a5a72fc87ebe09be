//! Locks of real histories, from the collection that `FLAKEHIST_CORPUS` names.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use flakehist::lock::{Decoder, InputPath, Lock, Overrides};

use super::support::{Chance, Scratch, skipped, variable};
use super::{one, own_inputs};

/// A lock that Nix reads.
pub(super) struct Real {
    pub(super) name: String,
    pub(super) bytes: Vec<u8>,
    pub(super) lock: Lock,
}

/// So many locks are taken of each history, evenly.
const OF_EACH: usize = 60;

pub(super) fn folder() -> Option<PathBuf> {
    let folder = variable("FLAKEHIST_CORPUS");
    if folder.is_none() {
        skipped("FLAKEHIST_CORPUS is not set, so there are no real locks");
    }
    folder.map(PathBuf::from)
}

/// Real locks, a list for each project.
pub(super) fn locks() -> Option<Vec<Vec<Real>>> {
    let folder = folder()?;
    let mut projects = Vec::new();
    for project in members(&folder.join("locks")).iter().filter(|member| member.is_dir()) {
        let files = members(project).into_iter().map(|file| {
            let bytes = std::fs::read(&file).unwrap();
            (file.strip_prefix(&folder).unwrap().display().to_string(), bytes)
        });
        projects.push(readable(files));
    }
    for bundle in bundles(&folder) {
        projects.push(readable(history(&bundle, OF_EACH).into_iter()));
    }
    projects.retain(|project| project.len() > 1);
    assert!(projects.len() > 4, "no projects below {}", folder.display());
    Some(projects)
}

/// So many of the locks in a history, evenly, each with its name.
fn history(bundle: &Path, most: usize) -> Vec<(String, Vec<u8>)> {
    let scratch = Scratch::new();
    let clone = scratch.beside("clone.git");
    scratch.git(["clone", "--quiet", "--bare", bundle.to_str().unwrap(), clone.to_str().unwrap()]);
    let commits = scratch.git_in(&clone, ["log", "--format=%H", "--", "flake.lock"]);
    let step = commits.lines().count().div_ceil(most);
    let asked: Vec<String> =
        commits.lines().step_by(step).map(|commit| format!("{commit}:flake.lock\n")).collect();
    let answer = scratch.feed_git(&clone, ["cat-file", "--batch"], asked.concat().as_bytes()).stdout;
    let mut rest = answer.as_slice();
    let mut found = BTreeMap::new();
    for name in &asked {
        let end = rest.iter().position(|byte| *byte == b'\n').unwrap();
        let head = std::str::from_utf8(&rest[..end]).unwrap().to_owned();
        rest = &rest[end + 1..];
        // A commit that took the file away is said to have none.
        let Some((id, size)) = head.split_once(" blob ") else { continue };
        let (bytes, after) = rest.split_at(size.parse().unwrap());
        rest = &after[1..];
        let name = format!("{} {}", bundle.file_name().unwrap().display(), name.trim_end());
        found.entry(id.to_owned()).or_insert((name, bytes.to_vec()));
    }
    found.into_values().collect()
}

/// Every lock file there is, whether Nix reads it or not, each once.
pub(super) fn all() -> Option<Vec<(String, Vec<u8>)>> {
    let folder = folder()?;
    let mut found = Vec::new();
    for project in members(&folder.join("locks")).iter().filter(|member| member.is_dir()) {
        found.extend(members(project).into_iter().map(|file| {
            let bytes = std::fs::read(&file).unwrap();
            (file.display().to_string(), bytes)
        }));
    }
    for bundle in bundles(&folder) {
        found.extend(history(&bundle, usize::MAX));
    }
    Some(found)
}

fn bundles(folder: &Path) -> Vec<PathBuf> {
    let is_bundle = |member: &PathBuf| member.extension().is_some_and(|of| of == "bundle");
    members(folder).into_iter().filter(is_bundle).collect()
}

fn members(folder: &Path) -> Vec<PathBuf> {
    let mut members: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|member| member.unwrap().path()).collect();
    members.sort();
    members
}

fn readable(files: impl Iterator<Item = (String, Vec<u8>)>) -> Vec<Real> {
    let mut decoder = Decoder::new();
    let real = |(name, bytes): (String, Vec<u8>)| {
        let lock = decoder.decode(&bytes).ok().filter(|lock| (5..=7).contains(&lock.version()))?;
        Some(Real { name, bytes, lock })
    };
    files.filter_map(real).collect()
}

/// Two locks of one project, perhaps the same.
pub(super) fn two<'l>(projects: &'l [Vec<Real>], chance: &mut Chance) -> [&'l Real; 2] {
    let project = chance.one_of(projects);
    [chance.one_of(project), chance.one_of(project)]
}

/// Only a release build tells how long it takes: `cargo test --release --test graft -- --ignored --nocapture`.
#[test]
#[ignore = "measures; see benches/README.md"]
fn the_biggest_lock_takes_less_than_50_ms() {
    let Some(mut locks) = all() else { return };
    locks.sort_by_key(|(_, bytes)| bytes.len());
    let (name, now) = locks.pop().unwrap();
    let (_, then) = locks.pop().unwrap();
    let count = |bytes: &[u8]| Decoder::new().decode(bytes).unwrap().nodes().count();
    println!("{name}: {} bytes, {} nodes", now.len(), count(&now));
    let least = |work: &dyn Fn()| {
        let took = |_| {
            let start = Instant::now();
            work();
            start.elapsed()
        };
        (0..30).map(took).min().unwrap()
    };
    let [current, old] = [&now, &then].map(|bytes| Decoder::new().decode(bytes).unwrap());
    // The inputs that can be restored, the one with most below it first.
    let overrides = Overrides::Unknown;
    let mut inputs: Vec<InputPath> = own_inputs(&current)
        .into_iter()
        .filter(|input| one(&current, &old, input, &overrides).is_ok())
        .collect();
    let below =
        |input: &InputPath| own_inputs(&current).iter().filter(|path| path.starts_with(input)).count();
    inputs.sort_by_cached_key(|input| std::cmp::Reverse(below(input)));
    let input = &inputs[0];
    let alone = least(&|| drop(one(&current, &old, input, &overrides).unwrap()));
    let whole = least(&|| {
        let [current, old] = [&now, &then].map(|bytes| Decoder::new().decode(bytes).unwrap());
        assert!(!one(&current, &old, input, &overrides).unwrap().lock.to_bytes().is_empty());
    });
    println!("{input} with {} below it: {alone:?}; with reading both and writing: {whole:?}", below(input));
    assert!(whole < Duration::from_millis(50), "{whole:?}");
}
