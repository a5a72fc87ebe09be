//! Ranges and several revisions, in every notation of gitrevisions(7) that names more than one commit.

use crate::options::ordinary;
use crate::support::{Scratch, day};

/// Two branches that have merged each other, an octopus, and a root of its own.
fn branches() -> Scratch {
    let scratch = Scratch::new();
    let mut number = 0;
    let mut lock = |branch: &str| {
        scratch.git(["checkout", "--quiet", branch]);
        number += 1;
        scratch.commit_lock(number);
    };
    scratch.at(day(1)).commit_lock(100);
    for branch in ["a", "b", "c"] {
        scratch.git(["branch", branch]);
    }
    for branch in ["a", "b", "c", "a", "b"] {
        lock(branch);
    }
    // Criss-cross: each takes the other's tip, and then goes on.
    scratch.git(["tag", "a1", "a"]);
    for (branch, other) in [("a", "b"), ("b", "a1")] {
        scratch.git(["checkout", "--quiet", branch]);
        scratch.git(["merge", "--quiet", "--strategy=ours", "--message", "criss-cross", other]);
    }
    for branch in ["a", "b", "a", "b"] {
        lock(branch);
    }
    scratch.git(["checkout", "--quiet", "main"]);
    scratch.git(["merge", "--quiet", "--strategy=ours", "--message", "octopus", "a", "b", "c"]);
    scratch.commit_lock(101);
    scratch.git(["tag", "--annotate", "--message", "annotated", "v1", "a~1"]);
    scratch.git(["tag", "light", "b~2"]);
    scratch.git(["checkout", "--quiet", "--orphan", "alone"]);
    scratch.commit_lock(102);
    scratch.git(["checkout", "--quiet", "main"]);
    scratch
}

#[test]
fn every_notation_lists_what_git_lists() {
    let scratch = branches();
    let mut something = 0;
    for args in [
        &["a..b"][..],
        &["b..a"],
        &["a...b"],
        &["b...a"],
        &["a..."],
        &["...a"],
        &["a.."],
        &["..a"],
        &[".."],
        &["..."],
        &["^a", "b"],
        &["b", "^a"],
        &["a", "b", "^c"],
        &["^a", "^b", "main"],
        &["a", "b", "c"],
        &["c", "b", "a"],
        &["c", "c"],
        &["main", "alone"],
        &["alone..main"],
        &["alone...main"],
        &["v1..main"],
        &["v1...light"],
        &["main^!"],
        &["main~1^!"],
        &["alone^!"],
        &["main^@"],
        &["main~1^@"],
        &["alone^@"],
        &["main^-"],
        &["main~1^-"],
        &["main~1^-2"],
        &["main~1^-4"],
        &["main~1^2..main"],
        &["main~1^2^..main"],
        &["main~1^3~1...main~1^2"],
        &["^main~1^@", "main"],
        &["^main~1^!", "main", "c"],
        &["^a", "a"],
        &["^a"],
        &["a..b", "c"],
        &["a..b", "b..c"],
        &["v1^{}..main"],
        &["v1^0"],
        &["HEAD"],
        &["@"],
        &["@~2..@"],
        &["@^..@"],
        &["heads/a..refs/heads/b"],
        &["tags/light..heads/b"],
        &["main~1^{/octopus}"],
        &[":/octopus"],
        &[":/octopus.."],
        &["a..b", "--first-parent"],
        &["a...b", "--first-parent"],
        &["main~1^-2", "--first-parent"],
        &["a...b", "-n", "2", "--reverse"],
        &["--all", "^a"],
        &["--all", "^main"],
    ] {
        something += usize::from(!scratch.same_log(args).is_empty());
    }
    assert!(something > 30, "too many of these list nothing: {something}");
}

#[test]
fn ids_may_be_short() {
    let scratch = branches();
    let (a, b) = (scratch.git(["rev-parse", "a"]), scratch.git(["rev-parse", "b"]));
    let (a, b) = (a.split_at(9).0, b.split_at(12).0);
    assert!(!scratch.same_log(&[&format!("{a}..{b}")]).is_empty());
    assert!(!scratch.same_log(&[&format!("^{a}"), b]).is_empty());
    assert!(!scratch.same_log(&[&format!("{}^!", b.to_uppercase())]).is_empty());
    let described = scratch.git(["describe", "--tags", "--long", "main"]);
    assert!(!scratch.same_log(&[&described]).is_empty());
}

#[test]
fn what_git_does_not_know_is_refused() {
    let scratch = branches();
    for (revision, says) in [
        ("nothing", "no commit is called `nothing`"),
        ("a..nothing", "no commit is called `nothing`"),
        ("nothing...a", "no commit is called `nothing`"),
        ("^nothing", "no commit is called `nothing`"),
        ("main~1^-5", "no parent number 5"),
        ("alone^-", "no parent number 1"),
        ("main~99", "main~99"),
        ("main^7", "main^7"),
        ("gen:41..", "`flakehist show` tells the commit of any lock"),
        ("lock~1..main", "`flakehist show` tells the commit of any lock"),
    ] {
        assert_ne!(
            scratch.ask_git(scratch.folder(), ["log", "-1", revision, "--", "x"]).status,
            Some(0),
            "{revision}"
        );
        scratch.flakehist(["log", "--json", revision]).failure(1, says);
    }
}

#[test]
fn what_is_no_commit_has_no_history() {
    let scratch = branches();
    for object in ["main:flake.lock", "main^{tree}"] {
        scratch.flakehist(["log", "--json", object]).failure(1, object);
    }
}

#[test]
fn a_range_without_anything_in_it_is_empty_and_says_so() {
    let scratch = ordinary();
    let outcome = scratch.flakehist(["log", "--json", "main..main"]).success();
    assert!(outcome.commits().is_empty());
    assert!(outcome.err().contains("no commit"), "{outcome}");
}

#[test]
fn a_range_lists_commits_only_and_not_the_working_tree() {
    let scratch = ordinary();
    scratch.write("flake.lock", "{}\n");
    assert_eq!(scratch.flakehist(["log", "--json", "main~3.."]).success().uncommitted(), [""; 0]);
    assert_eq!(scratch.flakehist(["log", "--json"]).success().uncommitted(), ["worktree broken"]);
}

#[test]
fn a_missing_ancestor_of_what_is_excluded_does_not_matter() {
    let scratch = Scratch::new();
    let ids: Vec<String> = (0..6).map(|n| scratch.commit_lock(n)).collect();
    let (folder, file) = ids[1].split_at(2);
    std::fs::remove_file(scratch.path(&format!(".git/objects/{folder}/{file}"))).unwrap();
    assert_eq!(scratch.same_log(&["HEAD~3.."]).len(), 3);
    assert_eq!(scratch.same_log(&["-n", "2"]).len(), 2);
}
