//! Something else than a file where the lock should be: links, folders, submodules, pipes.

use std::os::unix::fs::symlink;

use crate::support::{Scratch, lock};

fn state(scratch: &Scratch, target: &str) -> (String, String) {
    let json = scratch.flakehist(["show", "--json", target]).success().json();
    let text = |key: &str| json[key].as_str().unwrap_or_default().to_owned();
    (text("state"), text("error"))
}

#[test]
fn a_link_is_an_entry_with_a_reason() {
    let scratch = Scratch::new();
    scratch.commit_lock(1);
    std::fs::remove_file(scratch.path("flake.lock")).unwrap();
    scratch.write("locks/real.lock", lock(&[("nixpkgs", 2)]));
    symlink("locks/real.lock", scratch.path("flake.lock")).unwrap();
    let outcome = scratch.flakehist(["log", "--json"]).success();
    assert_eq!(outcome.uncommitted(), ["worktree broken"], "{outcome}");
    scratch.commit("a link");
    scratch.same_log(&[]);
    let outcome = scratch.flakehist(["log", "--json"]).success();
    assert_eq!(outcome.uncommitted(), [""; 0], "{outcome}");
    let reason = outcome.entries()[0]["error"].as_str().unwrap().to_owned();
    assert!(reason.contains("symbolic link") && reason.contains("locks/real.lock"), "{reason}");
    assert_eq!(state(&scratch, "worktree").0, "ok", "a link inside the working tree is followed");
}

#[test]
fn a_link_that_leads_out_or_nowhere_is_not_followed() {
    for target in ["../outside.lock", "/etc/passwd", "nowhere", "flake.lock", "flake.nix/x"] {
        let scratch = Scratch::new();
        scratch.commit_lock(1);
        std::fs::write(scratch.beside("outside.lock"), lock(&[("secret", 1)])).unwrap();
        std::fs::remove_file(scratch.path("flake.lock")).unwrap();
        symlink(target, scratch.path("flake.lock")).unwrap();
        let (state, error) = state(&scratch, "worktree");
        assert_eq!(state, "broken", "{target}");
        assert!(error.contains("symbolic link"), "{target}: {error}");
        let outcome = scratch.flakehist(["log", "--json"]).success();
        assert_eq!(outcome.uncommitted(), ["worktree broken"], "{outcome}");
        assert!(!outcome.out().contains("secret"));
    }
}

#[test]
fn a_file_that_becomes_a_link_to_a_file_with_the_same_bytes_has_changed() {
    let scratch = Scratch::new();
    scratch.commit_lock(1);
    std::fs::rename(scratch.path("flake.lock"), scratch.path("real.lock")).unwrap();
    symlink("real.lock", scratch.path("flake.lock")).unwrap();
    assert_eq!(scratch.flakehist(["log", "--json"]).success().uncommitted(), ["worktree broken"]);
}

#[test]
fn a_folder_in_the_place_of_the_lock_is_said_to_be_one() {
    let scratch = Scratch::new();
    scratch.commit_lock(1);
    std::fs::remove_file(scratch.path("flake.lock")).unwrap();
    scratch.write("flake.lock/x", "");
    let outcome = scratch.flakehist(["log", "--json"]).success();
    assert_eq!(outcome.uncommitted(), ["worktree broken"], "{outcome}");
    scratch.commit("a folder");
    let outcome = scratch.flakehist(["log", "--json", "HEAD"]).success();
    assert_eq!(outcome.entries()[0]["error"], "it is a folder", "{outcome}");
    scratch.flakehist(["show", "HEAD"]).failure(1, "folder");
}

#[test]
fn a_committed_folder_in_the_place_of_the_lock_is_no_change_of_the_working_tree() {
    let scratch = Scratch::new();
    scratch.commit_lock(1);
    std::fs::remove_file(scratch.path("flake.lock")).unwrap();
    scratch.write("flake.lock/x", "");
    scratch.commit("a folder");
    let outcome = scratch.flakehist(["log", "--json"]).success();
    assert_eq!(outcome.uncommitted(), [""; 0], "{outcome}");
}

#[test]
fn a_committed_submodule_in_the_place_of_the_lock_is_no_change_of_the_working_tree() {
    let inner = Scratch::new();
    inner.commit_lock(1);
    let scratch = Scratch::new();
    scratch.write("flake.nix", "{ }");
    let source = inner.folder().as_os_str();
    scratch.git(["submodule".as_ref(), "--quiet".as_ref(), "add".as_ref(), source, "flake.lock".as_ref()]);
    scratch.commit("a submodule called flake.lock");
    let outcome = scratch.flakehist(["log", "--json"]).success();
    assert_eq!(outcome.entries().last().unwrap()["error"], "it is a submodule", "{outcome}");
    assert_eq!(outcome.uncommitted(), [""; 0], "{outcome}");
}

#[test]
fn a_pipe_in_the_place_of_the_lock_is_not_waited_for() {
    let scratch = Scratch::new();
    scratch.commit_lock(1);
    std::fs::remove_file(scratch.path("flake.lock")).unwrap();
    // git makes no pipes; the shell's own tool does.
    scratch.git(["-c", "alias.pipe=!mkfifo flake.lock", "pipe"]);
    let outcome = scratch.flakehist(["log", "--json"]).success();
    assert_eq!(outcome.uncommitted(), ["worktree broken"], "{outcome}");
    assert_eq!(state(&scratch, "worktree").0, "broken");
}

#[test]
fn the_flake_itself_may_be_a_link() {
    let scratch = Scratch::new();
    scratch.commit_lock(1);
    std::fs::rename(scratch.path("flake.nix"), scratch.path("real.nix")).unwrap();
    symlink("real.nix", scratch.path("flake.nix")).unwrap();
    assert_eq!(scratch.same_log(&[]).len(), 1);
    std::fs::remove_file(scratch.path("flake.nix")).unwrap();
    symlink("missing.nix", scratch.path("flake.nix")).unwrap();
    assert_eq!(scratch.flakehist(["log", "--json"]).success().commits().len(), 1);
}
