//! The lock in a folder, and everything else that can lie at a lock's path or on the way to it.

use crate::support::{Scratch, lock};

const LOCK: &str = "nix/os/flake.lock";

fn commit_lock(scratch: &Scratch, n: u64) -> String {
    scratch.write(LOCK, lock(&[("nixpkgs", n)]));
    scratch.commit(&format!("lock {n}"))
}

fn same_in_every_way(scratch: &Scratch) -> usize {
    for args in [&["--first-parent"][..], &["HEAD~2.."], &["--reverse"], &["--all"]] {
        scratch.same_log_in(scratch.folder(), args, LOCK);
    }
    scratch.same_log_in(scratch.folder(), &[], LOCK).len()
}

#[test]
fn a_lock_in_a_folder_has_its_own_history() {
    let scratch = Scratch::new();
    scratch.commit_lock(1);
    commit_lock(&scratch, 2);
    scratch.commit_lock(3);
    scratch.write("nix/os/machine.nix", "{ }");
    scratch.commit("the folder, but not the lock");
    commit_lock(&scratch, 4);
    assert_eq!(same_in_every_way(&scratch), 2);
    assert_eq!(scratch.same_log(&[]).len(), 2);
}

#[test]
fn a_folder_replaced_by_something_else_ends_the_lock() {
    for (mode, folder) in
        [("100644", "nix"), ("120000", "nix"), ("160000", "nix"), ("100644", "nix/os"), ("160000", "nix/os")]
    {
        let scratch = Scratch::new();
        let head = commit_lock(&scratch, 1);
        commit_lock(&scratch, 2);
        let blob = scratch.git(["hash-object", "-w", ".git/HEAD"]);
        let id = if mode == "160000" { &head } else { &blob };
        scratch.git(["rm", "-r", "--quiet", "--cached", "nix"]);
        scratch.git(["update-index", "--add", "--cacheinfo", &format!("{mode},{id},{folder}")]);
        scratch.git(["commit", "--quiet", "--message", "replaced"]);
        scratch.git(["rm", "-r", "--quiet", "--cached", "nix"]);
        commit_lock(&scratch, 2);
        assert_eq!(same_in_every_way(&scratch), 4, "{mode} {folder}");
        let states: Vec<_> = scratch
            .flakehist(["log", "--json", "--lock", LOCK])
            .entries()
            .iter()
            .map(|entry| entry["state"].clone())
            .collect();
        assert_eq!(states, ["ok", "deleted", "ok", "ok"], "{mode} {folder}");
    }
}

#[test]
fn whatever_lies_where_the_lock_was_is_listed_and_named() {
    let scratch = Scratch::new();
    let head = commit_lock(&scratch, 1);
    let mut expected = vec![("ok", String::new())];
    for (mode, reason) in
        [("120000", "symbolic link"), ("160000", "submodule"), ("100755", ""), ("100644", "")]
    {
        let blob = scratch.git(["rev-parse", &format!("{head}:{LOCK}")]);
        let id = if mode == "160000" { &head } else { &blob };
        scratch.git(["update-index", "--add", "--cacheinfo", &format!("{mode},{id},{LOCK}")]);
        scratch.git(["commit", "--quiet", "--message", mode]);
        expected.insert(0, (if reason.is_empty() { "ok" } else { "broken" }, reason.to_owned()));
    }
    scratch.git(["rm", "--quiet", "--cached", LOCK]);
    scratch.git([
        "update-index",
        "--add",
        "--cacheinfo",
        &format!("100644,{},{LOCK}/x", scratch.git(["hash-object", "-w", ".git/HEAD"])),
    ]);
    scratch.git(["commit", "--quiet", "--message", "a folder"]);
    expected.insert(0, ("broken", "folder".to_owned()));

    assert_eq!(scratch.same_log_in(scratch.folder(), &["HEAD"], LOCK).len(), 6);
    let outcome = scratch.flakehist(["log", "--json", "--lock", LOCK, "HEAD"]);
    let entries = outcome.entries();
    assert_eq!(entries.len(), expected.len(), "{outcome}");
    for (entry, (state, reason)) in entries.iter().zip(expected) {
        assert_eq!(entry["state"], state, "{outcome}");
        assert!(entry["error"].as_str().unwrap_or("").contains(&reason), "{reason}:\n{outcome}");
    }
}

#[test]
fn a_folder_whose_other_files_change_is_no_change_of_the_lock_but_one_in_its_place_is() {
    let scratch = Scratch::new();
    scratch.write("flake.lock/a", "1");
    scratch.commit("a folder called flake.lock");
    scratch.write("flake.lock/b", "2");
    scratch.commit("its contents change");
    // git takes the path of a folder for everything below it.
    assert_eq!(scratch.same_log(&[]).len(), 2);
}

#[test]
fn names_that_look_like_patterns_are_taken_literally_as_file_names() {
    for name in
        ["sp ace/flake.lock", "st*r/flake.lock", "[a]/flake.lock", "ünï/flake.lock", "q\"uote's/flake.lock"]
    {
        let scratch = Scratch::new();
        scratch.write("star/flake.lock", "{}");
        scratch.write("a/flake.lock", "{}");
        scratch.commit("decoys");
        for n in 0..3 {
            scratch.write(name, lock(&[("nixpkgs", n)]));
            scratch.commit("lock");
        }
        let ours = scratch.flakehist(["log", "--json", "--lock", name]).success();
        let literal = format!(":(literal){name}");
        assert_eq!(ours.commits(), scratch.listed_by_git(scratch.folder(), &[], &literal), "{ours}");
        assert_eq!(ours.commits().len(), 3);
    }
}
