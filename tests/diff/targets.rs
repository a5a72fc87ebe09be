//! Which two locks are compared.

use crate::support::{Outcome, Scratch, day, lock, rev};
use crate::told;

/// A lock change a day; a branch that left after the second, with one of its own.
fn branched() -> Scratch {
    let scratch = Scratch::new();
    for n in 1..=4 {
        scratch.at(day(n)).commit_lock(n as u64);
    }
    scratch.git(["tag", "old", "HEAD~3"]);
    scratch.git(["checkout", "--quiet", "-b", "feature/x", "HEAD~2"]);
    scratch.at(day(6)).commit_lock(6);
    scratch.git(["checkout", "--quiet", "main"]);
    scratch
}

#[test]
fn one_two_or_no_targets() {
    let scratch = branched();
    scratch.write("flake.lock", lock(&[("nixpkgs", 5)]));
    scratch.git(["add", "flake.lock"]);
    scratch.write("flake.lock", lock(&[("nixpkgs", 7)]));
    scratch.write("saved/old.lock", lock(&[("nixpkgs", 9)]));
    std::fs::write(scratch.beside("other.lock"), lock(&[("nixpkgs", 8)])).unwrap();
    for (args, expected) in [
        (&[] as &[&str], "4→7"),
        (&["HEAD"], "4→7"),
        (&["old"], "1→7"),
        (&["index"], "5→7"),
        (&["HEAD", "index"], "4→5"),
        (&["HEAD~1", "HEAD"], "3→4"),
        (&["HEAD", "HEAD~1"], "4→3"),
        (&["HEAD~1..HEAD"], "3→4"),
        (&["HEAD~1.."], "3→4"),
        (&["..old"], "4→1"),
        (&["old..worktree"], "1→7"),
        (&["lock~2..lock~0"], "2→4"),
        (&["date:2023-01-01..date:2023-01-03"], "1→3"),
        (&["main..feature/x"], "4→6"),
        (&["main...feature/x"], "2→6"),
        (&["feature/x...main"], "2→4"),
        (&["...feature/x"], "2→6"),
        (&["feature/x..."], "2→4"),
        (&["./saved/old.lock"], "9→7"),
        (&["saved/old.lock..HEAD"], "9→4"),
        (&["../other.lock"], "8→7"),
        (&["../other.lock..saved/old.lock"], "8→9"),
        (&["../other.lock", "HEAD"], "8→4"),
        (&["file:saved/old.lock", "file:../other.lock"], "9→8"),
        (&["--", "HEAD~1", "HEAD"], "3→4"),
    ] {
        assert_eq!(told(&scratch, args), [format!("nixpkgs {expected}")], "{args:?}");
    }
}

#[test]
fn three_dots_begin_where_git_begins() {
    let scratch = branched();
    // A merge with its own past, so that the base is not where the branch began.
    scratch.git(["checkout", "--quiet", "feature/x"]);
    scratch.git(["merge", "--quiet", "--strategy=ours", "--message", "catch up", "main~1"]);
    scratch.at(day(9)).commit_lock(9);
    scratch.git(["checkout", "--quiet", "main"]);
    for (left, right) in [("main", "feature/x"), ("old", "main"), ("feature/x", "feature/x~1")] {
        let base = scratch.git(["merge-base", left, right]);
        let shown = scratch.flakehist(["diff", "--json", &format!("{left}...{right}")]).success().json();
        assert_eq!(shown["from"]["commit"], base.as_str(), "{left}...{right}");
    }
    scratch.git(["checkout", "--quiet", "--orphan", "island"]);
    scratch.at(day(10)).commit_lock(10);
    scratch.flakehist(["diff", "main...island"]).failure(1, "have no commit in common");
    scratch.flakehist(["diff", "lock~1...main"]).failure(2, "`lock~1` is no commit");
}

#[test]
fn a_wrong_target_is_told_with_near_ones() {
    let scratch = branched();
    scratch.flakehist(["diff", "maim"]).failure(1, "did you mean `main`?");
    scratch.flakehist(["diff", "main..featur/x"]).failure(1, "no commit is called `featur/x`");
    scratch.flakehist(["diff", "lock~99"]).failure(1, "reaches too far back");
    scratch.flakehist(["diff", "gen:1"]).failure(1, "there is no profile");
    scratch.flakehist(["diff", "./none.lock"]).failure(1, "no file `./none.lock`");
    scratch.flakehist(["diff", "a", "b", "c"]).failure(2, "unexpected value");
    for forms in
        [["--json", "--nix"], ["--patch", "--stat"], ["--quiet", "--markdown"], ["--name-only", "-p"]]
    {
        scratch.flakehist(["diff"].iter().chain(&forms)).failure(2, "cannot be used with");
    }
}

#[test]
fn both_sides_are_named() {
    let scratch = branched();
    let out = scratch.flakehist(["diff", "HEAD~1", "HEAD"]).success();
    let short = |revision: &str| scratch.git(["rev-parse", "--short", revision]);
    let expected = format!(
        "from  {} (2023-01-03, lock 3)\nto    {} (2023-01-04, lock 4)\n\n",
        short("HEAD~1"),
        short("HEAD")
    );
    assert!(out.out().starts_with(&expected), "{out}");
    assert!(out.out().ends_with("  +1 day\n\n1 input changed: 1 updated\n"), "{out}");
    for (content, what) in [(4, "as in HEAD"), (5, "not committed")] {
        scratch.write("flake.lock", lock(&[("nixpkgs", content)]));
        let out = scratch.flakehist(["diff"]).success();
        assert!(out.out().contains(&format!("\nto    the working tree ({what})\n")), "{out}");
    }
    scratch.git(["add", "flake.lock"]);
    let out = scratch.flakehist(["diff"]).success();
    assert!(out.out().contains("(staged, not committed)"), "{out}");
    let out = scratch.flakehist(["diff", "HEAD", "index"]).success();
    assert!(out.out().contains("\nto    the index\n"), "{out}");
}

#[test]
fn only_the_inputs_that_were_asked_for() {
    let scratch = Scratch::new();
    scratch.write("flake.nix", "{ }");
    scratch.write("flake.lock", lock(&[("nixpkgs", 1), ("disko", 1), ("nixos-hardware", 1), ("niri", 1)]));
    scratch.commit("one");
    scratch.write("flake.lock", lock(&[("nixpkgs", 2), ("disko", 2), ("nixos-hardware", 2), ("niri", 1)]));
    assert_eq!(told(&scratch, &["--input", "nixpkgs"]), ["nixpkgs 1→2"]);
    assert_eq!(told(&scratch, &["--input", "n*"]), ["nixos-hardware 1→2", "nixpkgs 1→2"]);
    assert_eq!(told(&scratch, &["--input", "disko", "--input", "nixpkgs"]).len(), 2);
    let out = scratch.flakehist(["diff", "--nix", "--input", "disko"]).success();
    assert!(out.out().starts_with("• Updated input 'disko':\n") && out.out().lines().count() == 3, "{out}");
    let out = scratch.flakehist(["diff", "--exit-code", "--input", "niri"]).success();
    assert!(out.out().ends_with("\n\nnone of these inputs changed\n"), "{out}");
    let out = scratch.flakehist(["diff", "--input", "nixpgks"]).success();
    assert!(out.err().contains("neither lock has an input `nixpgks`"), "{out}");
    assert!(out.err().contains("did you mean `nixpkgs`?"), "{out}");
    scratch.flakehist(["diff", "--input", "["]).failure(2, "is no pattern");
    scratch.flakehist(["diff", "--input", "x", "--patch"]).failure(2, "cannot be used with");
}

#[test]
fn locks_with_nothing_in_common_are_told_of() {
    let scratch = Scratch::new();
    scratch.write("a/one.lock", lock(&[("nixpkgs", 1)]));
    scratch.write("a/two.lock", lock(&[("disko", 1)]));
    scratch.commit_lock(1);
    let out = scratch.flakehist(["diff", "a/one.lock", "a/two.lock"]).success();
    assert!(out.out().contains("2 inputs changed: 1 added, 1 removed"), "{out}");
    assert!(out.err().contains("have no input in common"), "{out}");
    let out = scratch.flakehist(["diff", "a/one.lock", "HEAD"]).success();
    assert!(out.out().ends_with("no difference\n") && out.err().is_empty(), "{out}");
}

#[test]
fn two_files_are_compared_outside_any_repository() {
    let scratch = Scratch::without_repository();
    scratch.write("one/flake.lock", lock(&[("nixpkgs", 1)]));
    scratch.write("two/flake.lock", lock(&[("nixpkgs", 2)]));
    scratch.write("two/broken.lock", "");
    let expected = ["nixpkgs 1→2"];
    assert_eq!(told(&scratch, &["one/flake.lock", "two/flake.lock"]), expected);
    assert_eq!(told(&scratch, &["./one/flake.lock..two/flake.lock"]), expected);
    let run = scratch.flakehist(["diff", "one/flake.lock", "two/flake.lock"]).success();
    let path = |name: &str| scratch.path(name).display().to_string();
    let dotted = scratch.flakehist(["diff", "./one/flake.lock", "file:./two/./flake.lock"]).success();
    assert_eq!(dotted.out(), run.out());
    let header = format!("from  {}\nto    {}\n\n", path("one/flake.lock"), path("two/flake.lock"));
    assert!(run.out().starts_with(&header), "{run}");
    let run = scratch.flakehist(["diff", "one/flake.lock", "two/flake.lock", "-p"]).success();
    assert!(run.out().starts_with("--- /") && run.out().contains("\n+++ /"), "{run}");
    let run = scratch.flakehist(["diff", "one/flake.lock", "two/broken.lock"]);
    assert!(run.out().contains("nixpkgs"), "the other one is shown: {run}");
    run.failure(1, "the lock of `two/broken.lock` cannot be read");
    scratch.flakehist(["diff", "one/flake.lock", "file:none"]).failure(1, "cannot read");
    scratch.flakehist(["diff", "one/flake.lock", "./none"]).failure(1, "cannot read");
    for other in [&["one/flake.lock"] as &[&str], &[], &["one/flake.lock", "HEAD"]] {
        scratch.flakehist(["diff"].iter().chain(other)).failure(1, "is not in a git repository");
    }
}

#[test]
fn what_a_command_writes_is_a_file() {
    let scratch = Scratch::new();
    scratch.commit_lock(1);
    scratch.commit_lock(2);
    let old = scratch.git(["show", "HEAD~1:flake.lock"]);
    let program = scratch.flakehist_in(scratch.folder()).args(["diff", "/dev/stdin", "HEAD", "--json"]);
    let json = Outcome::of(program.command(), old.as_bytes()).success().json();
    assert_eq!(json["from"]["path"], "/dev/stdin");
    assert_eq!(json["changes"][0]["from"]["rev"], rev(1));
    // A folder is none.
    scratch.flakehist(["diff", "/dev", "HEAD"]).failure(1, "there is no file `/dev`");
}

#[test]
fn in_the_middle_of_a_merge_the_index_has_no_lock_to_compare() {
    let scratch = branched();
    let merge = scratch.ask_git(scratch.folder(), ["merge", "feature/x"]);
    assert_eq!(merge.status, Some(1), "{merge}");
    let run =
        scratch.flakehist(["diff", "HEAD", "index"]).failure(1, "git's index has more than one flake.lock");
    assert!(run.err().contains("hint: name a side of it, such as `HEAD` or `MERGE_HEAD`"), "{run}");
    assert_eq!(told(&scratch, &["HEAD", "MERGE_HEAD"]), ["nixpkgs 4→6"]);
    scratch.flakehist(["diff"]).failure(1, "the lock of `worktree` cannot be read");
}
