//! Every lock of a collection of real ones is read, or is refused for a reason that another way of looking finds too.
//!
//! The collection is not part of the project: `FLAKEHIST_CORPUS` names the folder that has it, with the lock files
//! anywhere below `locks/`. Without it there is nothing to test.

#![expect(
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a test fails by panicking, and prints"
)]

#[path = "support/mod.rs"]
mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use flakehist::git::Repository;
use flakehist::history::{Entries, Query, State};
use flakehist::lock::{
    Change, ChangeKind, Decoder, Direction, InputPath, Lock, Notice, Pin, Side, Unreadable, compare,
    compare_as_nix, fold,
};
use flakehist::view::lines::lines;
use serde_json::Value;
use support::Scratch;

/// The folder with the lock files.
#[expect(clippy::disallowed_methods, reason = "a test has no `cli::world` to ask")]
fn folder() -> Option<PathBuf> {
    Some(PathBuf::from(std::env::var_os("FLAKEHIST_CORPUS")?).join("locks"))
}

/// Every file below a folder, in order.
fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut members: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|member| member.unwrap().path()).collect();
    members.sort();
    for member in members {
        if member.is_dir() {
            files(&member, found);
        } else if member.extension().is_some_and(|extension| extension == "lock") {
            found.push(member);
        }
    }
}

fn locks() -> Option<Vec<(String, Vec<u8>)>> {
    let Some(folder) = folder() else {
        println!("FLAKEHIST_CORPUS is not set, so there is no collection of real locks to read");
        return None;
    };
    let mut found = Vec::new();
    files(&folder, &mut found);
    assert!(!found.is_empty(), "no lock files below {}", folder.display());
    let read = |path: PathBuf| {
        let name = path.strip_prefix(&folder).unwrap().display().to_string();
        (name, std::fs::read(path).unwrap())
    };
    Some(found.into_iter().map(read).collect())
}

/// What is wrong with a file, found by looking at a tree of JSON values: the beginning of the reason.
fn expected(bytes: &[u8]) -> Option<String> {
    let Ok(text) = std::str::from_utf8(bytes) else { return Some("not UTF-8".to_owned()) };
    let text = text.trim_start_matches('\u{feff}');
    if text.trim().is_empty() {
        return Some("the file is empty".to_owned());
    }
    let Ok(file) = serde_json::from_str::<Value>(text) else {
        let marker = text.lines().position(|line| line.starts_with("<<<<<<<"));
        return Some(match marker {
            Some(line) => format!("unresolved merge conflict (line {})", line + 1),
            None => "not JSON".to_owned(),
        });
    };
    if file["version"].as_u64().unwrap() < 5 {
        return None;
    }
    wrong_node(&file["nodes"], file["root"].as_str().unwrap())
}

/// The first node in depth-first order that is not as it must be.
fn wrong_node(nodes: &Value, root: &str) -> Option<String> {
    fn visit(nodes: &Value, key: &str, seen: &mut BTreeSet<String>) -> Option<String> {
        for (name, edge) in nodes[key]["inputs"].as_object().into_iter().flatten() {
            let Some(target) = edge.as_str() else { continue };
            let Some(node) = nodes.get(target) else {
                return Some(format!("nodes.{key}.inputs.{name}: there is no node `{target}`"));
            };
            for member in ["locked", "original"] {
                if node.get(member).is_none() {
                    return Some(format!("nodes.{target}.{member}: missing"));
                }
            }
            if seen.insert(target.to_owned())
                && let Some(wrong) = visit(nodes, target, seen)
            {
                return Some(wrong);
            }
        }
        None
    }
    visit(nodes, root, &mut BTreeSet::new())
}

#[test]
fn every_lock_is_read_or_has_a_reason() {
    let Some(locks) = locks() else { return };
    let mut decoder = Decoder::new();
    let mut sorts: BTreeMap<String, usize> = BTreeMap::new();
    for (name, bytes) in &locks {
        let result = decoder.decode(bytes);
        // A link is stored as the path it leads to; only its mode, which is not here, tells that it is no lock.
        let is_link = bytes.len() < 200 && bytes.ends_with(b"flake.lock");
        let sort = match (expected(bytes), &result) {
            (None, Ok(lock)) => format!("version {}", lock.version()),
            (Some(start), Err(unreadable)) if unreadable.reason().starts_with(&start) => {
                println!("{name}: {unreadable}");
                let sort = unreadable.reason().split([':', '(']).next().unwrap();
                if is_link { "link".to_owned() } else { sort.split('.').next().unwrap().to_owned() }
            }
            (expected, _) => panic!("{name}: expected {expected:?}, found {:?}", result.err()),
        };
        *sorts.entry(sort).or_default() += 1;
    }
    println!("{sorts:#?}");
    // What a collection chosen for variety holds, or it is another one and says little.
    for version in [1, 2, 3, 5, 6, 7] {
        assert!(sorts.contains_key(&format!("version {version}")), "no version {version}");
    }
    let odd = ["link", "nodes", "not JSON", "the file is empty", "unresolved merge conflict "];
    assert!(odd.iter().all(|sort| sorts.contains_key(*sort)), "not every oddity");
}

#[test]
fn both_ways_of_reading_agree() {
    let Some(locks) = locks() else { return };
    let told = |result: &Result<Lock, Unreadable>| format!("{result:?}");
    let mut decoder = Decoder::new();
    for (name, bytes) in &locks {
        // An empty line at the end is no layout of Nix's, so this is read plainly.
        let plain = [bytes.as_slice(), b"\n"].concat();
        let (quick, plain) = (decoder.decode(bytes), decoder.decode(&plain));
        // Where a text ends too early it ends later now.
        if plain.is_ok() || quick.is_ok() {
            assert!(told(&quick) == told(&plain), "{name}");
        }
    }
}

#[test]
fn keys_that_stand_twice_are_told() {
    let Some(locks) = locks() else { return };
    let mut told = 0;
    for (name, bytes) in &locks {
        let Ok(lock) = Decoder::new().decode(bytes) else { continue };
        let text = std::str::from_utf8(bytes).unwrap();
        for notice in lock.notices() {
            let Notice::DuplicateKey(key) = notice else { continue };
            let key = key.strip_prefix("nodes.").unwrap();
            let line = format!("\n    \"{key}\": {{");
            assert!(text.matches(&line).count() > 1, "{name}: {key} does not stand twice");
            told += 1;
        }
    }
    assert!(told > 0, "the collection has such locks");
}

/// Every pair of locks that stand beside each other, in a folder of lock files or in the history of a bundle.
fn pairs(locks: &[(String, Vec<u8>)], mut compared: impl FnMut(&str, &Lock, &Lock)) {
    let mut decoder = Decoder::new();
    let mut before: Option<(String, Lock)> = None;
    for (name, bytes) in locks {
        let Ok(lock) = decoder.decode(bytes) else { continue };
        let folder = name.split('/').next().unwrap().to_owned();
        if let Some((of, old)) = &before
            && *of == folder
        {
            compared(name, old, &lock);
        }
        before = Some((folder, lock));
    }
    for bundle in bundles() {
        let scratch = Scratch::new();
        let clone = scratch.beside("clone.git");
        scratch.git(["clone", "--quiet", "--bare", bundle.to_str().unwrap(), clone.to_str().unwrap()]);
        let repository = Repository::discover(&clone).unwrap().unwrap();
        let query = Query { tips: repository.tips(&[], false).unwrap(), reverse: true, ..Query::default() };
        let entries = Entries::new(&repository, "flake.lock", query).unwrap();
        let mut before: Option<Arc<Lock>> = None;
        for entry in entries.map(Result::unwrap) {
            let name = format!("{} {}", bundle.display(), entry.commit().unwrap().id);
            let State::Readable(lock) = entry.state else { continue };
            if let Some(old) = &before {
                compared(&name, old, &lock);
            }
            before = Some(lock);
        }
    }
}

fn bundles() -> Vec<PathBuf> {
    let Some(folder) = folder() else { return Vec::new() };
    let members = std::fs::read_dir(folder.parent().unwrap()).unwrap().map(|member| member.unwrap().path());
    let mut bundles: Vec<PathBuf> =
        members.filter(|path| path.extension().is_some_and(|extension| extension == "bundle")).collect();
    bundles.sort();
    bundles
}

#[test]
fn histories_compare_both_ways() {
    let Some(locks) = locks() else { return };
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    pairs(&locks, |name, old, new| {
        for lock in [old, new] {
            assert!(compare(Some(lock), Some(lock)).is_empty(), "{name} differs from itself");
            assert!(compare_as_nix(Some(lock), Some(lock)).is_empty(), "{name} differs from itself");
        }
        let there = compare(Some(old), Some(new));
        let back: Vec<Change> = compare(Some(new), Some(old)).into_iter().map(mirrored).collect();
        assert!(there == back, "{name}");
        for change in &there {
            *kinds.entry(format!("{:?} {:?}", change.kind, change.direction)).or_default() += 1;
        }
    });
    println!("{kinds:#?}");
    assert!(kinds.len() > 8, "a collection chosen for variety");
}

/// The change read backwards.
fn mirrored(change: Change) -> Change {
    let kind = match change.kind {
        ChangeKind::Added => ChangeKind::Removed,
        ChangeKind::Removed => ChangeKind::Added,
        kind => kind,
    };
    let direction = match change.direction {
        Direction::Newer => Direction::Older,
        Direction::Older => Direction::Newer,
        direction => direction,
    };
    Change { path: change.path, kind, direction, from: change.to, to: change.from }
}

/// How each input is given, by path.
type Given = BTreeMap<InputPath, Side>;

fn given(lock: &Lock) -> Given {
    let of = |(path, _): (InputPath, _)| {
        let side = match lock.pin(&path)? {
            Pin::Own(node) => Side::Own(Arc::new(node.clone())),
            Pin::Follows(target) => Side::Follows(target.clone()),
        };
        Some((path, side))
    };
    lock.inputs().into_iter().filter_map(of).collect()
}

/// What an input is in the end, by a way of its own: the source's repository and version, or what is wrong.
fn resolved(given: &Given, path: &InputPath, depth: u32) -> String {
    if depth > 100 {
        return "circle".to_owned();
    }
    // Its longest front that is given by itself; what it follows stands for that front.
    let names: Vec<&str> = path.names().collect();
    for end in (1..=names.len()).rev() {
        let front = InputPath::new(names[..end].iter().copied());
        match given.get(&front) {
            Some(Side::Own(node)) if end == names.len() => {
                let source = node.locked().unwrap();
                let hash = source.nar_hash().map(|hash| hash.trim_end_matches('=').to_owned());
                let version =
                    source.rev().map(str::to_owned).or(hash).or(source.text("url").map(str::to_owned));
                return format!("{:?} {version:?}", source.kind());
            }
            Some(Side::Own(_)) => return "nowhere".to_owned(),
            Some(Side::Follows(target)) => {
                let rest = names[end..].iter().copied();
                return resolved(given, &InputPath::new(target.names().chain(rest)), depth + 1);
            }
            None => {}
        }
    }
    if names.is_empty() { "root".to_owned() } else { "nowhere".to_owned() }
}

#[test]
fn the_changes_make_the_new_lock_of_the_old_one() {
    let Some(locks) = locks() else { return };
    let mut applied = 0;
    pairs(&locks, |name, old, new| {
        for changes in [compare(Some(old), Some(new)), compare_as_nix(Some(old), Some(new))] {
            let mut made = given(old);
            for change in changes {
                let before = match change.to {
                    Some(to) => made.insert(change.path, to),
                    None => made.remove(&change.path),
                };
                assert!(before == change.from, "{name}: it was something else");
                applied += 1;
            }
            let wanted = given(new);
            assert!(made.keys().eq(wanted.keys()), "{name}: other paths");
            for path in wanted.keys() {
                assert_eq!(resolved(&made, path, 0), resolved(&wanted, path, 0), "{name}: {path}");
            }
        }
    });
    assert!(applied > 1000, "only {applied} changes");
}

#[test]
fn folding_loses_nothing() {
    let Some(locks) = locks() else { return };
    let mut inside = 0;
    pairs(&locks, |name, old, new| {
        let changes = compare(Some(old), Some(new));
        let folded = fold(&changes);
        let mut listed: Vec<&InputPath> = Vec::new();
        for one in &folded {
            listed.push(&one.change.path);
            for below in &one.inside {
                assert!(below.path.starts_with(&one.change.path), "{name}: {}", below.path);
                assert!(below.kind != ChangeKind::ContentsChanged, "{name}: an alarm is hidden");
                listed.push(&below.path);
            }
            inside += one.inside.len();
        }
        listed.sort();
        assert!(listed.iter().copied().eq(changes.iter().map(|change| &change.path)), "{name}");
    });
    assert!(inside > 0);
}

/// Each line of `flakehist textconv` by its input.
fn lines_of(lock: &Lock) -> BTreeMap<String, String> {
    let mut text = Vec::new();
    lines(lock, &mut text).unwrap();
    let text = String::from_utf8(text).unwrap();
    let lines = text.lines().filter_map(|line| line.split_once("  "));
    lines.map(|(path, rest)| (path.to_owned(), rest.to_owned())).collect()
}

#[test]
fn the_lines_for_git_change_where_inputs_do() {
    let Some(locks) = locks() else { return };
    let (mut changed, mut only_text) = (0, Vec::new());
    pairs(&locks, |name, old, new| {
        let changes = compare(Some(old), Some(new));
        let (old, new) = (lines_of(old), lines_of(new));
        let changes: BTreeMap<String, Change> =
            changes.into_iter().map(|change| (change.path.to_string(), change)).collect();
        for (path, change) in &changes {
            // A branch and a revision of the same name stand in the same place of a URL.
            let is_same_url = change.originals().is_some_and(|(old, new)| old.url() == new.url());
            let is_exempt = change.kind == ChangeKind::OriginalChanged && is_same_url;
            assert!(
                is_exempt || old.get(path) != new.get(path),
                "{name}: the line of {change:?} is the same"
            );
        }
        changed += changes.len();
        let paths = old.keys().chain(new.keys()).filter(|path| old.get(*path) != new.get(*path));
        only_text.extend(
            paths
                .filter(|path| !changes.contains_key(*path))
                .map(|path| format!("{name}: {path}: {:?} {:?}", old.get(path), new.get(path))),
        );
    });
    println!("{changed} changes; besides, {} lines: {:#?}", only_text.len(), only_text.first());
    assert!(changed > 1000, "{changed}");
    // What is written in another way without being another input is rare.
    assert!(only_text.len() < changed / 20, "{only_text:#?}");
}
