//! `--all`: branches, tags, remote branches, the stash, notes, the HEADs of other worktrees.

use crate::support::{Scratch, day, lock};

/// Every kind of ref leads to a commit with a lock of its own.
fn every_kind() -> Scratch {
    let scratch = Scratch::new();
    let mut number = 0;
    let mut lock_on_its_own = |name: &str| {
        scratch.git(["checkout", "--quiet", "--detach", "main"]);
        number += 1;
        scratch.commit_lock(number);
        let id = scratch.git(["rev-parse", "HEAD"]);
        scratch.git(["update-ref", name, &id]);
    };
    scratch.at(day(1)).commit_lock(100);
    for name in
        ["refs/heads/side", "refs/tags/light", "refs/remotes/origin/main", "refs/anything/else", "refs/odd"]
    {
        lock_on_its_own(name);
    }
    lock_on_its_own("refs/tags/made-up");
    scratch.git(["tag", "--annotate", "--message", "annotated", "annotated", "made-up"]);
    scratch.git(["tag", "--annotate", "--message", "nested", "nested", "annotated"]);
    scratch.git(["update-ref", "-d", "refs/tags/made-up"]);
    scratch.git(["update-ref", "-d", "refs/tags/annotated"]);
    scratch.git(["symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main"]);
    scratch.git(["symbolic-ref", "refs/heads/dangling", "refs/heads/not-there"]);
    scratch.git(["tag", "blob", "main:flake.lock"]);
    scratch.git(["tag", "tree", "main^{tree}"]);
    scratch.git(["notes", "add", "--message", "noted", "main"]);
    scratch.git(["checkout", "--quiet", "main"]);
    scratch.write("flake.lock", lock(&[("nixpkgs", 70)]));
    scratch.git(["add", "flake.lock"]);
    scratch.write("flake.lock", lock(&[("nixpkgs", 71)]));
    scratch.git(["stash", "--quiet"]);
    scratch
}

#[test]
fn all_starts_from_every_kind_of_ref() {
    let scratch = every_kind();
    assert_eq!(scratch.same_log(&["--all"]).len(), 9);
    scratch.same_log(&["--all", "--first-parent"]);
    scratch.same_log(&["--all", "--reverse", "-n", "4"]);
    scratch.same_log(&["--all", "^side"]);
    scratch.same_log(&["stash"]);
    scratch.same_log(&["stash@{0}^2"]);
    scratch.same_log(&["origin"]);
}

#[test]
fn packed_refs_are_refs() {
    let scratch = every_kind();
    let loose = scratch.same_log(&["--all"]);
    scratch.git(["pack-refs", "--all"]);
    assert_eq!(scratch.same_log(&["--all"]), loose);
    scratch.git(["gc", "--quiet", "--prune=now"]);
    assert_eq!(scratch.same_log(&["--all"]), loose);
}

#[test]
fn all_starts_from_the_heads_of_other_worktrees() {
    let scratch = every_kind();
    let before = scratch.same_log(&["--all"]).len();
    for (n, name) in ["one", "two", "three"].iter().enumerate() {
        let folder = scratch.beside(name);
        scratch.git([
            "worktree".as_ref(),
            "add".as_ref(),
            "--quiet".as_ref(),
            "--detach".as_ref(),
            folder.as_os_str(),
        ]);
        // git goes through the worktrees in no order, so no two of them may have the same date.
        scratch.at(day(2 + n as i64));
        std::fs::write(folder.join("flake.lock"), lock(&[("nixpkgs", 200 + n as u64)])).unwrap();
        scratch.git_in(&folder, ["commit", "--quiet", "--all", "--message", name]);
    }
    assert_eq!(scratch.same_log(&["--all"]).len(), before + 3);
    let ours = scratch.same_log_in(&scratch.beside("two"), &["--all"], "flake.lock");
    assert_eq!(ours.len(), before + 3, "from a linked worktree");
    scratch.same_log_in(&scratch.beside("two"), &[], "flake.lock");
}

#[test]
fn a_detached_head_counts_as_a_ref() {
    let scratch = every_kind();
    let before = scratch.same_log(&["--all"]).len();
    scratch.git(["checkout", "--quiet", "--detach"]);
    scratch.commit_lock(300);
    assert_eq!(scratch.same_log(&["--all"]).len(), before + 1);
}

#[test]
fn a_ref_that_leads_nowhere_does_not_stop_the_others() {
    let scratch = every_kind();
    let before = scratch.same_log(&["--all"]).len();
    scratch.write(".git/refs/heads/lost", "1234567890123456789012345678901234567890\n");
    scratch.write(".git/refs/heads/rubbish", "rubbish\n");
    let ours = scratch.flakehist(["log", "--all", "--json"]).success();
    assert_eq!(ours.commits().len(), before, "{ours}");
}
