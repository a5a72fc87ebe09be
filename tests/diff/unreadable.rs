//! A lock on one side, or on both, that cannot be read.

use crate::support::{Scratch, lock};

const CONFLICT: &str = "{\n<<<<<<< HEAD\n=======\n>>>>>>> update\n}\n";

fn broken() -> Scratch {
    let scratch = Scratch::new();
    scratch.commit_lock(1);
    scratch.write("flake.lock", CONFLICT);
    scratch.commit("a merge");
    scratch.write("flake.lock", lock(&[("nixpkgs", 2)]));
    scratch.commit("mended");
    scratch
}

#[test]
fn the_other_side_is_shown() {
    let scratch = broken();
    for (args, which, other) in
        [(["HEAD~1", "HEAD"], "HEAD~1", "HEAD"), (["HEAD~2", "HEAD~1"], "HEAD~1", "HEAD~2")]
    {
        let run = scratch.flakehist(["diff"].iter().chain(&args));
        let shown = scratch.flakehist(["show", other]).success();
        assert_eq!(run.out(), shown.out(), "{run}");
        let run = run.failure(1, &format!("the lock of `{which}` cannot be read"));
        assert!(run.err().contains("because: unresolved merge conflict (line 2)"), "{run}");
        assert!(run.err().contains("`--patch` compares the texts"), "{run}");
        for form in ["--nix", "--stat", "--name-only", "--markdown", "--quiet"] {
            let run = scratch.flakehist(["diff", form].iter().chain(&args)).failure(1, "cannot be read");
            assert_eq!(run.out(), "", "{run}");
        }
    }
}

#[test]
fn json_says_it_of_the_side() {
    let scratch = broken();
    let run = scratch.flakehist(["diff", "HEAD~1", "HEAD", "--json"]).failure(1, "cannot be read");
    let json = run.json();
    assert_eq!((&json["from"]["state"], &json["to"]["state"]), (&"broken".into(), &"ok".into()));
    assert!(json["from"]["error"].as_str().unwrap().contains("merge conflict"), "{json}");
    assert!(json["changes"].as_array().unwrap().is_empty(), "{json}");
}

#[test]
fn neither_may_be_readable() {
    let scratch = broken();
    scratch.write("flake.lock", "");
    let run = scratch.flakehist(["diff", "HEAD~1"]).failure(1, "neither lock can be read");
    assert!(run.err().contains("because: `HEAD~1`: unresolved merge conflict (line 2)"), "{run}");
    assert!(run.err().contains("because: `worktree`: the file is empty"), "{run}");
    assert_eq!(run.out(), "");
}

#[test]
fn the_texts_can_be_compared_nevertheless() {
    let scratch = broken();
    let run = scratch.flakehist(["diff", "HEAD~1", "HEAD", "--patch"]).success();
    assert!(run.out().contains("\n-<<<<<<< HEAD\n"), "{run}");
}
