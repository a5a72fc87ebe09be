//! What the sample promises: a history that could be real, the same everywhere.

use std::collections::BTreeSet;

use serde_json::Value;

use super::story::{Step, story};
use super::{Commit, branches, commits, merge, moment, pins};

fn file<'a>(commit: &'a Commit, path: &str) -> &'a str {
    commit.tree.get(path).map_or("", String::as_str)
}

fn lock(commit: &Commit) -> &str {
    file(commit, "flake.lock")
}

fn subject(commit: &Commit) -> &str {
    commit.message.lines().next().unwrap()
}

/// The index of the only commit with that first line.
fn index_of(commits: &[Commit], wanted: &str) -> usize {
    let found: Vec<usize> = (0..commits.len()).filter(|&index| subject(&commits[index]) == wanted).collect();
    assert_eq!(found.len(), 1, "{wanted}");
    found[0]
}

/// Every node of a readable lock except the root.
fn nodes(lock: &str) -> Vec<(String, Value)> {
    let Ok(lock) = serde_json::from_str::<Value>(lock) else { return Vec::new() };
    let nodes = lock["nodes"].as_object().unwrap();
    nodes.iter().filter(|(key, _)| *key != "root").map(|(key, node)| (key.clone(), node.clone())).collect()
}

fn keys(commit: &Commit) -> Vec<String> {
    nodes(lock(commit)).into_iter().map(|(key, _)| key).collect()
}

#[test]
fn about_forty_commits_of_which_some_leave_the_lock_alone() {
    let commits = commits();
    let changed = commits
        .iter()
        .filter(|commit| commit.parents.first().is_none_or(|&parent| lock(&commits[parent]) != lock(commit)));
    assert_eq!((commits.len(), changed.count()), (46, 35));
}

#[test]
fn parents_come_first_and_are_not_younger() {
    let commits = commits();
    for (index, commit) in commits.iter().enumerate() {
        assert_eq!(commit.parents.is_empty(), index == 0);
        for &parent in &commit.parents {
            assert!(parent < index);
            assert!(commits[parent].seconds < commit.seconds, "{}", commit.message);
        }
    }
}

#[test]
fn every_commit_changes_something_as_told() {
    let commits = commits();
    for (commit, told) in commits.iter().zip(story()) {
        let before = commit.parents.first().map(|&parent| &commits[parent].tree);
        assert_ne!(before, Some(&commit.tree), "{}", told.when);
        for step in told.steps {
            match step {
                Step::Swap(path, _, to) => assert!(file(commit, path).contains(to), "{}: {to}", told.when),
                Step::Lock(days) => {
                    for (name, day) in *days {
                        assert!(lock(commit).contains(&pin_of(commit, name, day)), "{}: {name}", told.when);
                    }
                }
                _ => {}
            }
        }
    }
}

/// The revision of a root input of that day, by the source that flake.nix declares.
fn pin_of(commit: &Commit, name: &str, day: &str) -> String {
    let flake = file(commit, "flake.nix");
    let url = flake.split(&format!("\n    {name}")).nth(1).unwrap().split('"').nth(1).unwrap();
    let source: Vec<&str> = url.split('/').take(2).collect();
    pins::find(&source.join("/"), day).unwrap().rev.to_owned()
}

#[test]
fn three_merges_bring_a_lock_or_not_or_a_conflict() {
    let commits = commits();
    assert_eq!(commits.iter().filter(|commit| commit.parents.len() == 2).count(), 3);

    let merge = &commits[index_of(&commits, "Merge branch 'unstable'")];
    assert_ne!(lock(merge), lock(&commits[merge.parents[0]]));
    assert_eq!(lock(merge), lock(&commits[merge.parents[1]]));

    let merge = &commits[index_of(&commits, "Merge branch 'wren-power'")];
    assert_eq!(lock(merge), lock(&commits[merge.parents[0]]));
    assert_ne!(lock(merge), lock(&commits[merge.parents[1]]));
    assert!(file(merge, "hosts/wren/configuration.nix").contains("STOP_CHARGE"));
}

#[test]
fn one_lock_is_unreadable_and_the_next_commit_mends_it() {
    let commits = commits();
    let unreadable: Vec<usize> =
        (0..commits.len()).filter(|&index| nodes(lock(&commits[index])).is_empty()).collect();
    assert_eq!(unreadable, [index_of(&commits, "Merge branch 'niri'")]);
    let broken = lock(&commits[unreadable[0]]);
    assert_eq!(broken.matches("<<<<<<< HEAD\n").count(), 2);
    assert_eq!(broken.matches("\n>>>>>>> niri\n").count(), 2);

    let mended = &commits[index_of(&commits, "flake.lock: Lock again")];
    assert_eq!(mended.parents, unreadable);
}

#[test]
fn the_revert_puts_back_the_exact_bytes() {
    let commits = commits();
    let revert = index_of(&commits, "Revert \"flake.lock: Update\"");
    let reverted = commits[revert].parents[0];
    let good = commits[reverted].parents[0];
    assert_eq!(subject(&commits[reverted]), "flake.lock: Update");
    assert_eq!(lock(&commits[revert]), lock(&commits[good]));
    assert_ne!(lock(&commits[revert]), lock(&commits[reverted]));
}

#[test]
fn nothing_is_locked_before_it_exists() {
    for commit in commits() {
        for (key, node) in nodes(lock(&commit)) {
            let modified = node["locked"]["lastModified"].as_i64().unwrap();
            assert!(modified < commit.seconds, "{key} in {}", commit.message);
        }
    }
}

#[test]
fn flake_nix_declares_what_the_lock_has() {
    for commit in commits() {
        let Ok(lock) = serde_json::from_str::<Value>(lock(&commit)) else { continue };
        let root = lock["nodes"]["root"]["inputs"].as_object().unwrap();
        let (inputs, _) = file(&commit, "flake.nix").split_once("\n  outputs").unwrap();

        let declared: BTreeSet<&str> = inputs
            .lines()
            .filter_map(|line| line.strip_prefix("    ")?.split(['.', ' ']).next())
            .filter(|name| !name.is_empty() && *name != "}")
            .filter(|name| !name.starts_with("};"))
            .collect();
        let locked: BTreeSet<&str> = root.keys().map(String::as_str).collect();
        assert_eq!(declared, locked, "{}", commit.message);

        let overridden = root.values().map(|key| &lock["nodes"][key.as_str().unwrap()]["inputs"]);
        let follows = overridden.filter_map(Value::as_object).flat_map(|inputs| inputs.values());
        let from_above = follows.filter(|target| target.as_array().is_some_and(|path| path.len() == 1));
        assert_eq!(from_above.count(), inputs.matches(".follows").count(), "{}", commit.message);
    }
}

#[test]
fn keys_get_numbers_and_lose_them() {
    let commits = commits();
    let keys_of = |subject: &str| keys(&commits[index_of(&commits, subject)]);
    assert!(keys_of("agenix for the backup password").contains(&"systems_2".to_owned()));
    assert!(keys_of("Secrets move from agenix to sops-nix").contains(&"nixpkgs_2".to_owned()));
    assert!(!keys_of("sops-nix: use our nixpkgs").contains(&"nixpkgs_2".to_owned()));

    // An input that comes earlier takes the plain name: now nixpkgs itself is `nixpkgs_2`.
    let mended = index_of(&commits, "nixos-hardware: use our nixpkgs");
    let lock: Value = serde_json::from_str(lock(&commits[commits[mended].parents[0]])).unwrap();
    assert_eq!(lock["nodes"]["root"]["inputs"]["nixpkgs"], "nixpkgs_2");
    assert_eq!(lock["nodes"]["nixpkgs"]["locked"]["type"], "tarball");
}

#[test]
fn seven_inputs_in_the_end() {
    let commits = commits();
    let lock: Value = serde_json::from_str(lock(commits.last().unwrap())).unwrap();
    let names: Vec<&String> = lock["nodes"]["root"]["inputs"].as_object().unwrap().keys().collect();
    let expected = [
        "disko",
        "home-manager",
        "lanzaboote",
        "nix-index-database",
        "nixos-hardware",
        "nixpkgs",
        "sops-nix",
    ];
    assert_eq!(names, expected);
}

#[test]
fn branches_end_where_they_were_merged() {
    let commits = commits();
    let branches = branches();
    let names: Vec<&str> = branches.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["main", "unstable", "wren-power", "niri"]);
    assert_eq!(branches[0].1, commits.len() - 1);
    for &(name, tip) in &branches[1..] {
        let merge = &commits[index_of(&commits, &format!("Merge branch '{name}'"))];
        assert_eq!(merge.parents[1], tip);
    }
}

#[test]
fn pins_are_named_by_their_day() {
    for (source, pins) in pins::PINS {
        let days: BTreeSet<&str> = pins.iter().map(|pin| pin.day).collect();
        assert_eq!(days.len(), pins.len(), "{source}");
        for pin in *pins {
            let (midnight, _) = moment::read(&format!("{}T00:00:00+00:00", pin.day)).unwrap();
            assert_eq!(pin.last_modified.div_euclid(86_400), midnight / 86_400, "{source} {}", pin.day);
            assert!(pin.rev.len() == 40 && pin.nar_hash.len() == 51, "{source} {}", pin.day);
        }
    }
}

#[test]
fn every_pin_is_used() {
    let locks: String = commits().iter().map(lock).collect();
    for (source, pins) in pins::PINS {
        for pin in *pins {
            assert!(locks.contains(pin.rev), "{source} {}", pin.day);
        }
    }
}

#[test]
fn an_update_lists_what_it_changed() {
    let commits = commits();
    let update = commits.iter().find(|commit| subject(commit) == "flake.lock: Update").unwrap();
    assert_eq!(
        update.message,
        "flake.lock: Update\n\
         \n\
         Flake lock file updates:\n\
         \n\
         • Updated input 'home-manager':\n    \
         'github:nix-community/home-manager/bd65bc3cde04c16755955630b344bc9e35272c56\
         ?narHash=sha256-dinzAqCjenWDxuy%2BMqUQq0I4zUSfaCvN9rzuCmgMZJY%3D' (2025-01-08)\n  → \
         'github:nix-community/home-manager/0948aeedc296f964140d9429223c7e4a0702a1ff\
         ?narHash=sha256-jbqlw4sPArFtNtA1s3kLg7/A4fzP4GLk9bGbtUJg0JQ%3D' (2025-03-22)\n\
         • Updated input 'nixpkgs':\n    \
         'github:NixOS/nixpkgs/a60651b217d2e529729cbc7d989c19f3941b9250\
         ?narHash=sha256-f84lBmLl4tkDp1ZU5LBTSFzlxXP4926DVW3KnXrke10%3D' (2025-02-15)\n  → \
         'github:NixOS/nixpkgs/f0946fa5f1fb876a9dc2e1850d9d3a4e3f914092\
         ?narHash=sha256-rBfc%2BH1dDBUQ2mgVITMGBPI1PGuCznf9rcWX/XIULyE%3D' (2025-03-23)\n"
    );
}

#[test]
fn moments_are_read() {
    assert_eq!(moment::read("1970-01-01T00:00:00+00:00"), Some((0, 0)));
    assert_eq!(moment::read("2024-02-29T01:00:01+01:00"), Some((1_709_164_801, 60)));
    assert_eq!(moment::read("2026-08-21T19:27:56+02:00"), Some((1_787_333_276, 120)));
    assert_eq!(moment::read("2026-08-21"), None);
}

#[test]
fn conflicts_near_each_other_become_one() {
    let base = "a\nb\nc\nd\ne\nf\ng\n";
    let merged = |ours: &str, theirs: &str| merge::merge(base, ours, theirs, "side");
    assert_eq!(merged("A\nb\nc\nd\ne\nf\ng\n", "a\nb\nc\nd\ne\nf\nG\n"), "A\nb\nc\nd\ne\nf\nG\n");
    assert_eq!(
        merged("1\nb\nc\nd\n1\nf\ng\n", "2\nb\nc\nd\n2\nf\ng\n"),
        "<<<<<<< HEAD\n1\nb\nc\nd\n1\n=======\n2\nb\nc\nd\n2\n>>>>>>> side\nf\ng\n"
    );
    assert_eq!(
        merged("1\nb\nc\nd\ne\n1\ng\n", "2\nb\nc\nd\ne\n2\ng\n"),
        "<<<<<<< HEAD\n1\n=======\n2\n>>>>>>> side\nb\nc\nd\ne\n\
         <<<<<<< HEAD\n1\n=======\n2\n>>>>>>> side\ng\n"
    );
}
