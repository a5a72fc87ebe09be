//! How objects and refs are kept makes no difference.

use crate::support::{Scratch, day, lock};

#[test]
fn loose_packed_or_both_the_history_is_the_same() {
    let scratch = Scratch::new();
    for n in 1..=12 {
        scratch.at(day(n)).commit_lock(n as u64);
        if n % 4 == 0 {
            scratch.git(["checkout", "--quiet", "-b", &format!("side{n}"), "HEAD~2"]);
            scratch.commit_lock(100 + n as u64);
            scratch.git(["checkout", "--quiet", "main"]);
            scratch.git(["merge", "--quiet", "-s", "ours", "-m", "merge", &format!("side{n}")]);
        }
    }
    let loose = scratch.same_log(&[]);
    for command in [
        &["repack", "--quiet", "-d"][..],
        &["pack-refs", "--all"],
        &["repack", "--quiet", "-a", "-d", "-f", "--depth=50"],
        &["commit-graph", "write", "--reachable", "--changed-paths"],
        &["multi-pack-index", "write"],
        &["repack", "--quiet", "-a", "-d", "--write-bitmap-index"],
        &["gc", "--quiet", "--aggressive", "--prune=now"],
    ] {
        scratch.git(command);
        let outcome = scratch.flakehist(["log", "--json"]).success();
        assert_eq!(outcome.commits(), loose, "{command:?}\n{outcome}");
        assert!(outcome.entries().iter().all(|entry| entry["state"] == "ok"), "{command:?}\n{outcome}");
        scratch.same_log(&["--all", "^HEAD~3"]);
    }
    scratch.commit_lock(500);
    assert_eq!(scratch.same_log(&[]).len(), loose.len() + 1, "packs and loose objects together");
    scratch.same_log(&["HEAD~2...side12"]);
}

#[test]
fn chains_of_differences_may_be_longer_than_git_makes_them() {
    let scratch = Scratch::new();
    let mut stream = Vec::new();
    for n in 1..=320 {
        let lock = lock(&[("nixpkgs", n), ("home-manager", n / 3)]);
        stream.extend(format!("blob\nmark :{n}\ndata {}\n{lock}\n", lock.len()).into_bytes());
    }
    for n in 1..=320 {
        let commit = format!("committer A <a@b> {} +0000\ndata 1\nx\n", 1_700_000_000 + n);
        stream.extend(format!("commit refs/heads/main\n{commit}M 100644 :{n} flake.lock\n\n").into_bytes());
    }
    scratch.feed_git(scratch.folder(), ["fast-import", "--quiet", "--depth=4000"], &stream).success();
    let names = std::fs::read_dir(scratch.path(".git/objects/pack")).unwrap();
    let mut names = names.map(|entry| entry.unwrap().path());
    let index = names.find(|path| path.extension().is_some_and(|e| e == "idx")).unwrap();
    let listed = scratch.git(["verify-pack", "-v", index.to_str().unwrap()]);
    let depth = |line: &str| line.split_whitespace().nth(5).and_then(|depth| depth.parse().ok());
    let longest: usize = listed.lines().filter_map(depth).max().unwrap_or(0);
    assert!(longest > 300, "{longest}");
    let args = ["log", "--json", "main"];
    let long = scratch.flakehist(args).success();
    assert_eq!(long.entries().len(), 320);
    scratch.git(["repack", "--quiet", "-a", "-d", "-f", "--depth=10"]);
    assert_eq!(scratch.flakehist(args).success().json(), long.json());
}

#[test]
fn a_damaged_pack_is_told_and_nothing_hangs() {
    let scratch = Scratch::new();
    for n in 1..=8 {
        scratch.commit_lock(n);
    }
    scratch.git(["gc", "--quiet", "--prune=now"]);
    let folder = scratch.path(".git/objects/pack");
    let pack = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let pack = pack.into_iter().find(|path| path.extension().is_some_and(|e| e == "pack")).unwrap();
    let good = std::fs::read(&pack).unwrap();
    std::fs::remove_file(&pack).unwrap();
    for n in 0..30 {
        let mut bad = good.clone();
        let at = n * bad.len() / 30;
        bad[at] ^= 0x55;
        if n % 3 == 0 {
            bad.truncate(at);
        }
        std::fs::write(&pack, bad).unwrap();
        let outcome = scratch.flakehist(["log", "--json"]);
        assert!(matches!(outcome.status, Some(0 | 1)), "byte {at}\n{outcome}");
        assert!(outcome.status == Some(0) || outcome.err().contains("error: "), "byte {at}\n{outcome}");
        if !outcome.stdout.is_empty() {
            outcome.json();
        }
    }
}
