//! Exit codes, and silence.

use crate::support::{Scratch, lock};

#[test]
fn the_exit_code_tells_whether_something_changed_when_asked() {
    let scratch = Scratch::new();
    scratch.commit_lock(1);
    scratch.commit_lock(2);
    for (args, code) in [
        (&["HEAD~1"] as &[&str], 0),
        (&["HEAD~1", "--exit-code"], 1),
        (&["HEAD~1", "--exit-code", "--json"], 1),
        (&["HEAD~1", "--exit-code", "--nix"], 1),
        (&["HEAD~1", "--exit-code", "--patch"], 1),
        (&["HEAD~1", "--quiet"], 1),
        (&["HEAD~1", "-q", "--exit-code"], 1),
        (&["HEAD~1", "-q", "--input", "other"], 0),
        (&["HEAD", "--exit-code"], 0),
        (&["HEAD", "--exit-code", "--patch"], 0),
        (&["HEAD", "-q"], 0),
        (&["none", "-q"], 1),
    ] {
        let run = scratch.flakehist(["diff"].iter().chain(args));
        assert_eq!(run.status, Some(code), "{run}");
        let is_quiet = args.contains(&"--quiet") || args.contains(&"-q");
        assert_eq!(run.out().is_empty(), is_quiet || (code == 0 && args.contains(&"--patch")), "{run}");
        // git says the same of the file, where it can be asked.
        if let [revision, option] = args
            && matches!(*option, "--exit-code" | "--quiet")
            && *revision != "none"
        {
            let git = scratch.ask_git(scratch.folder(), ["diff", option, revision, "--", "flake.lock"]);
            assert_eq!(git.status, Some(code), "{git}");
        }
    }
}

#[test]
fn how_a_lock_is_written_is_no_change() {
    let scratch = Scratch::new();
    scratch.commit_lock(1);
    let text = lock(&[("nixpkgs", 1)]);
    // Another key, another order, other blanks.
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    let nodes = serde_json::json!({
        "root": {"inputs": {"nixpkgs": "nixpkgs_2"}},
        "nixpkgs_2": value["nodes"]["nixpkgs"]
    });
    scratch
        .write("flake.lock", serde_json::json!({"version": 7, "root": "root", "nodes": nodes}).to_string());
    let run = scratch.flakehist(["diff", "--exit-code"]).success();
    assert!(run.out().ends_with("\n\nno input changed, only how the lock is written\n"), "{run}");
    let json = scratch.flakehist(["diff", "--json"]).success().json();
    assert!(json["rewritten"] == true && json["changes"].as_array().unwrap().is_empty(), "{json}");
    for silent in ["--nix", "--stat", "--name-only"] {
        assert_eq!(scratch.flakehist(["diff", silent]).success().out(), "", "{silent}");
    }
    scratch.flakehist(["diff", "--exit-code", "--patch"]).failure(1, "");
}

#[test]
fn another_version_of_the_format_is_told() {
    let scratch = Scratch::new();
    scratch.commit_lock(1);
    let text = lock(&[("nixpkgs", 1)]);
    scratch.write("flake.lock", text.replace("\"version\": 7", "\"version\": 6"));
    let run = scratch.flakehist(["diff", "--exit-code"]).success();
    let says = "\nno input changed, only how the lock is written: in version 7 before, now 6\n";
    assert!(run.out().ends_with(says) && run.err().is_empty(), "{run}");
    scratch.write("flake.lock", text.replace("\"version\": 7", "\"version\": 8"));
    let run = scratch.flakehist(["diff"]).success();
    assert!(run.err().starts_with("note: the lock of `worktree`: lock version 8 is newer"), "{run}");
}
