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

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use flakehist::lock::{Decoder, Lock, Notice, Unreadable, compare};
use serde_json::Value;

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

#[test]
fn histories_compare_both_ways() {
    let Some(locks) = locks() else { return };
    let mut decoder = Decoder::new();
    let mut before: Option<(String, Lock)> = None;
    let mut compared = 0;
    for (name, bytes) in &locks {
        let Ok(lock) = decoder.decode(bytes) else { continue };
        assert!(compare(Some(&lock), Some(&lock)).is_empty(), "{name} differs from itself");
        let folder = name.split('/').next().unwrap().to_owned();
        if let Some((of, old)) = &before
            && *of == folder
        {
            let (there, back) = (compare(Some(old), Some(&lock)), compare(Some(&lock), Some(old)));
            let mirrored =
                there.iter().zip(&back).all(|(a, b)| (&a.path, &a.from, &a.to) == (&b.path, &b.to, &b.from));
            assert!(there.len() == back.len() && mirrored, "{name}");
            compared += there.len();
        }
        before = Some((folder, lock));
    }
    assert!(compared > 0);
}
