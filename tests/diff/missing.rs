//! A side without a lock.

use crate::support::{Scratch, lock};
use crate::told;

#[test]
fn before_the_first_commit_everything_is_added() {
    let scratch = Scratch::new();
    scratch.write("flake.nix", "{ }");
    scratch.write("flake.lock", lock(&[("nixpkgs", 1), ("disko", 2)]));
    assert_eq!(told(&scratch, &[]), ["disko →2", "nixpkgs →1"]);
    let run = scratch.flakehist(["diff"]).success();
    let expected =
        "from  nothing: there is no commit yet\nto    the working tree (untracked: Nix does not see it)\n";
    assert!(run.out().starts_with(expected), "{run}");
    assert!(run.out().ends_with("2 inputs changed: 2 added\n"), "{run}");
    let json = scratch.flakehist(["diff", "--json"]).success().json();
    assert!(json["from"]["state"] == "deleted" && json["from"]["target"] == "HEAD", "{json}");
    scratch.git(["add", "flake.lock"]);
    assert_eq!(told(&scratch, &["HEAD", "index"]), ["disko →2", "nixpkgs →1"]);
}

#[test]
fn a_commit_without_a_lock_is_said_to_have_none() {
    let scratch = Scratch::new();
    scratch.write("flake.nix", "{ }");
    let first = scratch.commit("no lock yet");
    scratch.commit_lock(1);
    assert_eq!(told(&scratch, &["HEAD~1"]), ["nixpkgs →1"]);
    assert_eq!(told(&scratch, &["HEAD", "HEAD~1"]), ["nixpkgs 1→"]);
    let run = scratch.flakehist(["diff", "HEAD~1"]).success();
    let says = format!(
        "from  nothing: there is no flake.lock in {} (2023-01-01, no lock yet)\n",
        first.get(..7).unwrap()
    );
    assert!(run.out().starts_with(&says), "{run}");
    // The other way round, and the patch as git has it.
    let run = scratch.flakehist(["diff", "HEAD~1", "HEAD", "--patch"]).success();
    assert!(run.out().starts_with("--- /dev/null\n+++ b/flake.lock\n@@ -0,0 +1,"), "{run}");
    std::fs::remove_file(scratch.path("flake.lock")).unwrap();
    assert_eq!(told(&scratch, &[]), ["nixpkgs 1→"]);
    let run = scratch.flakehist(["diff"]).success();
    assert!(run.out().contains("\nto    nothing: there is no flake.lock in the working tree\n"), "{run}");
    assert!(run.out().ends_with("1 input changed: 1 removed\n"), "{run}");
    scratch.flakehist(["diff", "--exit-code"]).failure(1, "");
}

#[test]
fn two_sides_without_a_lock_cannot_be_compared() {
    let scratch = Scratch::new();
    scratch.write("flake.nix", "{ }");
    scratch.write("host/flake.lock", lock(&[("nixpkgs", 1)]));
    scratch.commit("elsewhere");
    let run = scratch.flakehist(["diff"]).failure(1, "there is no lock to compare");
    assert!(run.err().contains("because: there is no flake.lock in the working tree"), "{run}");
    assert!(run.err().contains("`--lock host/flake.lock`"), "{run}");
}

#[test]
fn a_bare_repository_has_no_working_tree() {
    let scratch = Scratch::new();
    scratch.commit_lock(1);
    scratch.commit_lock(2);
    let bare = scratch.beside("bare.git");
    scratch.git(["clone", "--quiet", "--bare", ".", bare.to_str().unwrap()]);
    scratch.flakehist_in(&bare).args(["diff"]).run().failure(2, "has no working tree");
    let run = scratch.flakehist_in(&bare).args(["diff", "HEAD~1..HEAD"]).run().success();
    assert!(run.out().contains("1 updated"), "{run}");
}
