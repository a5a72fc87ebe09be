//! The working tree's rows: what is not committed comes first, named for what it is.

use crate::support::{Outcome, Scratch, lock};

fn two() -> Scratch {
    let scratch = Scratch::new();
    scratch.commit_lock(1);
    scratch.commit_lock(2);
    scratch
}

fn write_lock(scratch: &Scratch, n: u64) {
    scratch.write("flake.lock", lock(&[("nixpkgs", n)]));
}

/// The rows that are not committed, having made sure that they come before those that are.
fn rows(scratch: &Scratch) -> Vec<String> {
    let outcome = scratch.flakehist(["log", "--json"]).success();
    let rows = outcome.uncommitted();
    let first = outcome.entries().iter().take_while(|entry| entry["commit"].is_null()).count();
    assert_eq!(first, rows.len(), "{outcome}");
    rows
}

/// The word for the state, as the table has it.
fn word(scratch: &Scratch, word: &str) -> Outcome {
    let outcome = scratch.flakehist(["log"]).success();
    assert!(outcome.out().contains(word), "{word}\n{outcome}");
    outcome
}

#[test]
fn a_clean_working_tree_has_no_row() {
    let scratch = two();
    assert_eq!(rows(&scratch), [""; 0]);
    scratch.write("flake.lock", lock(&[("nixpkgs", 2)]));
    assert_eq!(rows(&scratch), [""; 0], "written anew, the same");
    scratch.git(["update-index", "--refresh"]);
    assert_eq!(rows(&scratch), [""; 0]);
}

#[test]
fn a_changed_file_is_a_row() {
    let scratch = two();
    write_lock(&scratch, 3);
    assert_eq!(rows(&scratch), ["worktree ok"]);
    let entry = scratch.flakehist(["log", "--json"]).entries().remove(0);
    assert_eq!(entry["changes"][0]["kind"], "updated");
    assert_eq!(entry["lockId"], scratch.git(["hash-object", "flake.lock"]));
    word(&scratch, "worktree");
}

#[test]
fn a_staged_file_is_one_row() {
    let scratch = two();
    write_lock(&scratch, 3);
    scratch.git(["add", "flake.lock"]);
    assert_eq!(rows(&scratch), ["worktree staged ok"]);
}

#[test]
fn a_file_staged_and_changed_again_is_two_rows() {
    let scratch = two();
    write_lock(&scratch, 3);
    scratch.git(["add", "flake.lock"]);
    write_lock(&scratch, 4);
    assert_eq!(rows(&scratch), ["worktree ok", "staged ok"]);
}

#[test]
fn a_file_staged_and_put_back_is_only_a_staged_row() {
    let scratch = two();
    write_lock(&scratch, 3);
    scratch.git(["add", "flake.lock"]);
    write_lock(&scratch, 2);
    assert_eq!(rows(&scratch), ["staged ok"]);
}

#[test]
fn a_deleted_file_is_a_row_staged_or_not() {
    let scratch = two();
    std::fs::remove_file(scratch.path("flake.lock")).unwrap();
    assert_eq!(rows(&scratch), ["worktree deleted"]);
    scratch.git(["rm", "--quiet", "flake.lock"]);
    assert_eq!(rows(&scratch), ["worktree staged deleted"]);
}

#[test]
fn a_file_taken_out_of_the_index_only_is_a_staged_deletion() {
    let scratch = two();
    scratch.git(["rm", "--quiet", "--cached", "flake.lock"]);
    assert_eq!(rows(&scratch), ["staged deleted"]);
}

#[test]
fn an_untracked_file_is_a_row_and_said_to_be_unseen_by_nix() {
    let scratch = Scratch::new();
    scratch.write("flake.nix", "{ }");
    scratch.commit("no lock yet");
    write_lock(&scratch, 1);
    assert_eq!(rows(&scratch), ["worktree ok"]);
    word(&scratch, "untracked");
    scratch.write(".gitignore", "*.lock\n");
    assert_eq!(rows(&scratch), ["worktree ok"]);
    word(&scratch, "ignored");
}

#[test]
fn an_ignored_file_that_is_tracked_is_an_ordinary_one() {
    let scratch = two();
    scratch.write(".gitignore", "*.lock\n");
    assert_eq!(rows(&scratch), [""; 0]);
    write_lock(&scratch, 3);
    assert_eq!(rows(&scratch), ["worktree ok"]);
    assert!(!word(&scratch, "worktree").out().contains("ignored"));
}

#[test]
fn a_file_only_announced_to_git_is_not_staged() {
    let scratch = Scratch::new();
    scratch.write("flake.nix", "{ }");
    scratch.commit("no lock yet");
    write_lock(&scratch, 1);
    scratch.git(["add", "--intent-to-add", "flake.lock"]);
    assert_eq!(rows(&scratch), ["worktree ok"]);
}

#[test]
fn a_conflict_is_one_broken_row() {
    let scratch = two();
    scratch.git(["checkout", "--quiet", "-b", "side", "HEAD~1"]);
    scratch.commit_lock(5);
    assert_eq!(scratch.ask_git(scratch.folder(), ["merge", "--quiet", "main"]).status, Some(1));
    assert_eq!(rows(&scratch), ["worktree broken"]);
    let entry = scratch.flakehist(["log", "--json"]).entries().remove(0);
    assert!(entry["error"].as_str().unwrap().contains("conflict"), "{entry}");
    word(&scratch, "conflict");
    // Solved in the file, not yet in the index.
    write_lock(&scratch, 6);
    assert_eq!(rows(&scratch), ["worktree ok"]);
    scratch.git(["add", "flake.lock"]);
    assert_eq!(rows(&scratch), ["worktree staged ok"]);
}

#[test]
fn a_conflict_with_a_deletion_is_one_row() {
    let scratch = two();
    scratch.git(["checkout", "--quiet", "-b", "side", "HEAD~1"]);
    scratch.git(["rm", "--quiet", "flake.lock"]);
    scratch.commit("gone");
    assert_eq!(scratch.ask_git(scratch.folder(), ["merge", "--quiet", "main"]).status, Some(1));
    assert_eq!(rows(&scratch), ["worktree ok"]);
    std::fs::remove_file(scratch.path("flake.lock")).unwrap();
    let rows = rows(&scratch);
    assert!(rows.is_empty() || rows == ["worktree deleted"], "{rows:?}");
}

#[test]
fn a_change_of_mode_on_disk_says_nothing_of_the_lock() {
    use std::os::unix::fs::PermissionsExt as _;
    let scratch = two();
    std::fs::set_permissions(scratch.path("flake.lock"), std::fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(rows(&scratch), [""; 0]);
}

#[test]
fn line_ends_that_git_converts_are_no_change() {
    for setting in [["core.autocrlf", "true"], ["core.autocrlf", "input"], ["core.eol", "crlf"]] {
        let scratch = two();
        scratch.git(["config", setting[0], setting[1]]);
        if setting[0] == "core.eol" {
            scratch.write(".gitattributes", "*.lock text\n");
            scratch.commit("attributes");
        }
        std::fs::remove_file(scratch.path("flake.lock")).unwrap();
        scratch.git(["checkout", "--quiet", "flake.lock"]);
        let bytes = std::fs::read(scratch.path("flake.lock")).unwrap();
        assert_eq!(bytes.contains(&b'\r'), setting[1] != "input", "{setting:?}");
        assert_eq!(rows(&scratch), [""; 0], "{setting:?}");
        // Written anew, so that the index cannot know.
        std::fs::write(scratch.path("flake.lock"), &bytes).unwrap();
        assert_eq!(rows(&scratch), [""; 0], "{setting:?}");
        let crlf = lock(&[("nixpkgs", 3)]).replace('\n', "\r\n");
        scratch.write("flake.lock", crlf);
        assert_eq!(rows(&scratch), ["worktree ok"], "{setting:?}");
        scratch.git(["add", "flake.lock"]);
        assert_eq!(rows(&scratch), ["worktree staged ok"], "{setting:?}");
    }
}

#[test]
fn a_lock_outside_of_a_sparse_checkout_is_not_deleted() {
    let scratch = Scratch::new();
    scratch.write("nix/flake.nix", "{ }");
    scratch.write("docs/README", "");
    for n in 0..2 {
        scratch.write("nix/flake.lock", lock(&[("nixpkgs", n)]));
        scratch.commit("lock");
    }
    scratch.git(["sparse-checkout", "set", "docs"]);
    assert!(!scratch.path("nix").exists());
    let outcome = scratch.flakehist(["log", "--json", "--lock", "nix/flake.lock"]).success();
    assert_eq!((outcome.commits().len(), outcome.uncommitted().len()), (2, 0), "{outcome}");
    scratch.git(["sparse-checkout", "disable"]);
    let outcome = scratch.flakehist(["log", "--json", "--lock", "nix/flake.lock"]).success();
    assert_eq!((outcome.commits().len(), outcome.uncommitted().len()), (2, 0), "{outcome}");
}

#[test]
fn a_sparse_index_hides_no_lock() {
    let scratch = two();
    scratch.write("docs/README", "");
    scratch.write("other/flake.nix", "{ }");
    scratch.write("other/flake.lock", lock(&[("nixpkgs", 7)]));
    scratch.commit("two more folders");
    scratch.git(["sparse-checkout", "set", "--sparse-index", "docs"]);
    assert_eq!(rows(&scratch), [""; 0]);
    let outcome = scratch.flakehist(["log", "--json", "--lock", "other/flake.lock"]).success();
    assert_eq!((outcome.commits().len(), outcome.uncommitted()), (1, vec![]), "{outcome}");
}

#[test]
fn options_decide_whether_the_rows_belong_to_what_was_asked() {
    let scratch = two();
    write_lock(&scratch, 3);
    for (args, rows, commits) in [
        (&[][..], 1, 2),
        (&["-n", "1"], 1, 1),
        (&["-n", "0"], 0, 0),
        (&["--all"], 1, 2),
        (&["--first-parent"], 1, 2),
        (&["HEAD"], 0, 2),
        (&["--author", "Ada"], 0, 2),
        (&["--until", "2000-01-01"], 0, 0),
        (&["--input", "nixpkgs"], 1, 2),
        (&["--input", "other"], 0, 0),
    ] {
        let outcome = scratch.flakehist(["log", "--json"].iter().chain(args)).success();
        assert_eq!(
            (outcome.uncommitted().len(), outcome.commits().len()),
            (rows, commits),
            "{args:?}\n{outcome}"
        );
    }
    let reversed = scratch.flakehist(["log", "--json", "--reverse"]).success().entries();
    assert!(reversed.last().unwrap()["commit"].is_null(), "the newest is last");
}

#[test]
fn a_split_index_hides_no_lock() {
    let scratch = two();
    scratch.git(["update-index", "--split-index"]);
    assert_eq!(rows(&scratch), [""; 0]);
}

#[test]
fn other_kinds_of_index_are_read() {
    for settings in [["index.version", "4"], ["index.skipHash", "true"], ["core.untrackedCache", "true"]] {
        let scratch = two();
        scratch.git(["config", settings[0], settings[1]]);
        scratch.git(["update-index", "--force-write-index"]);
        assert_eq!(rows(&scratch), [""; 0], "{settings:?}");
        write_lock(&scratch, 3);
        scratch.git(["add", "flake.lock"]);
        assert_eq!(rows(&scratch), ["worktree staged ok"], "{settings:?}");
    }
}

#[test]
fn an_index_that_cannot_be_read_hides_no_commits() {
    let scratch = two();
    scratch.write(".git/index", "rubbish");
    let outcome = scratch.flakehist(["log", "--json"]);
    assert_eq!(outcome.commits().len(), 2, "{outcome}");
    assert!(outcome.err().contains("index"), "{outcome}");
}
