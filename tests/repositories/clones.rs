//! Clones that do not hold all of the history themselves: shallow ones, and ones that borrow.

use std::path::PathBuf;

use crate::support::{Scratch, day};

fn source() -> Scratch {
    let scratch = Scratch::new();
    for n in 1..=4 {
        scratch.at(day(n)).commit_lock(n as u64);
        scratch.write("machine.nix", n.to_string());
        scratch.commit("only the machine");
    }
    scratch.git(["checkout", "--quiet", "-b", "side", "HEAD~3"]);
    scratch.at(day(10)).commit_lock(10);
    scratch.commit_lock(11);
    scratch.git(["checkout", "--quiet", "main"]);
    scratch.git(["merge", "--quiet", "--strategy=ours", "--message", "merge", "side"]);
    scratch.at(day(11)).commit_lock(12);
    scratch
}

fn clone(scratch: &Scratch, options: &[&str]) -> PathBuf {
    let url = format!("file://{}", scratch.folder().display());
    let all =
        ["clone", "--quiet"].into_iter().chain(options.iter().copied()).chain([url.as_str(), "../clone"]);
    scratch.git(all);
    scratch.beside("clone")
}

#[test]
fn a_shallow_clone_says_where_its_history_ends() {
    for depth in ["1", "2", "3", "4"] {
        let scratch = source();
        let clone = clone(&scratch, &["--depth", depth]);
        let listed = scratch.same_log_in(&clone, &[], "flake.lock");
        scratch.same_log_in(&clone, &["--first-parent"], "flake.lock");
        scratch.same_log_in(&clone, &["--all", "--reverse"], "flake.lock");
        let outcome = scratch.flakehist_in(&clone).args(["log", "--json"]).run().success();
        let ends = std::fs::read_to_string(clone.join(".git/shallow")).unwrap();
        let said = ends.lines().filter(|end| outcome.err().contains(end.split_at(7).0)).count();
        assert!(said > 0, "depth {depth}:\n{outcome}");
        assert!(outcome.err().contains("shallow"), "{outcome}");
        assert!(outcome.err().contains("git fetch --unshallow"), "{outcome}");
        let last = outcome.entries().pop().unwrap();
        assert_eq!(last["changes"][0]["kind"], "added", "{outcome}");
        assert!(!listed.is_empty());
    }
}

#[test]
fn what_does_not_reach_the_shallow_end_does_not_mention_it() {
    let scratch = source();
    let clone = clone(&scratch, &["--depth", "4"]);
    let outcome = scratch.flakehist_in(&clone).args(["log", "--json", "-n", "1"]).run().success();
    assert_eq!(outcome.err(), "", "{outcome}");
    scratch.git_in(&clone, ["fetch", "--quiet", "--unshallow"]);
    let outcome = scratch.flakehist_in(&clone).args(["log", "--json"]).run().success();
    assert_eq!(outcome.err(), "", "{outcome}");
    assert_eq!(outcome.commits(), scratch.same_log(&[]));
}

#[test]
fn ranges_in_a_shallow_clone_are_gits() {
    let scratch = source();
    let clone = clone(&scratch, &["--depth", "3", "--no-single-branch"]);
    for args in [
        &["HEAD~1.."][..],
        &["HEAD...origin/side"],
        &["origin/side..HEAD"],
        &["HEAD..origin/side"],
        &["HEAD^!"],
    ] {
        scratch.same_log_in(&clone, args, "flake.lock");
    }
    let beyond = scratch.flakehist_in(&clone).args(["log", "HEAD~50.."]).run();
    beyond.failure(1, "HEAD~50");
}

#[test]
fn a_shallow_clone_has_linked_worktrees_too() {
    let scratch = source();
    let clone = clone(&scratch, &["--depth", "2"]);
    scratch.git_in(&clone, ["worktree", "add", "--quiet", "-b", "other", "../linked"]);
    scratch.same_log_in(&scratch.beside("linked"), &[], "flake.lock");
    let outcome = scratch.flakehist_in(&scratch.beside("linked")).args(["log"]).run().success();
    assert!(outcome.err().contains("shallow"), "{outcome}");
}

#[test]
fn objects_may_be_borrowed_from_another_repository() {
    let scratch = source();
    scratch.git(["clone", "--quiet", "--shared", ".", "../shared"]);
    let shared = scratch.beside("shared");
    let all = scratch.same_log(&[]);
    assert_eq!(scratch.same_log_in(&shared, &[], "flake.lock"), all);
    // Borrowed from a borrower, besides objects of its own.
    scratch.git_in(&shared, ["commit", "--quiet", "--allow-empty", "--message", "own"]);
    scratch.git(["clone", "--quiet", "--reference", "../shared", "../shared", "../borrower"]);
    scratch.git(["gc", "--quiet"]);
    assert_eq!(scratch.same_log_in(&scratch.beside("borrower"), &[], "flake.lock"), all);
    let outcome = scratch.flakehist_in(&shared).args(["log", "--json"]).run().success();
    assert!(outcome.entries().iter().all(|entry| entry["state"] == "ok"), "{outcome}");
}

#[test]
fn the_borrowed_repository_may_be_named_relatively() {
    let scratch = source();
    scratch.git(["clone", "--quiet", "--shared", ".", "../shared"]);
    let shared = scratch.beside("shared");
    std::fs::write(shared.join(".git/objects/info/alternates"), "../../../repo/.git/objects\n").unwrap();
    assert_eq!(scratch.same_log_in(&shared, &[], "flake.lock"), scratch.same_log(&[]));
}
