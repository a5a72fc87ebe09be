//! What cannot be read is said to be so, with a way out.

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use crate::finding::nixos_is_here;
use crate::support::{Scratch, skipped};

#[test]
fn a_repository_with_sha_256_ids_gets_a_clear_error() {
    let scratch = Scratch::with_init(&["--object-format=sha256"]);
    scratch.commit_lock(1);
    for args in [
        &["log"][..],
        &["log", "--json"],
        &["show"],
        &["log", "--lock", "flake.lock"],
        &["log", "--flake", "."],
    ] {
        let outcome = scratch.flakehist(args).failure(1, "SHA-256");
        assert!(outcome.stdout.is_empty(), "{outcome}");
    }
}

#[test]
fn a_repository_with_a_reftable_gets_a_clear_error() {
    let scratch = Scratch::with_init(&["--ref-format=reftable"]);
    scratch.commit_lock(1);
    let outcome = scratch.flakehist(["log"]).failure(1, "reftable");
    assert!(outcome.err().contains("git refs migrate"), "{outcome}");
}

#[test]
fn outside_of_git_the_error_names_the_folder_and_a_way_out() {
    if nixos_is_here() {
        return;
    }
    let scratch = Scratch::without_repository();
    let folder = scratch.folder().display().to_string();
    let empty = scratch.flakehist(["log"]).failure(1, "is not in a git repository");
    assert!(empty.err().contains(&folder) && empty.err().contains("-C"), "{empty}");
    scratch.write("flake.nix", "{ }");
    scratch.write("flake.lock", "{ }");
    for args in [
        &["log"][..],
        &["show"],
        &["show", "HEAD"],
        &["log", "--flake", "."],
        &["log", "--lock", "flake.lock"],
    ] {
        let outcome = scratch.flakehist(args).failure(1, "is not in a git repository");
        assert!(outcome.err().contains("hint:"), "{outcome}");
    }
}

#[test]
fn a_repository_without_a_flake_says_so() {
    if nixos_is_here() {
        return;
    }
    let scratch = Scratch::new();
    scratch.flakehist(["log"]).failure(1, "flake");
    scratch.write("README", "no flake here");
    scratch.commit("start");
    let outcome = scratch.flakehist(["log"]).failure(1, "no flake.nix from");
    assert!(outcome.err().contains("--flake"), "{outcome}");
}

#[test]
fn a_broken_git_folder_is_an_error_and_no_crash() {
    for (file, content) in [("HEAD", "rubbish\n"), ("HEAD", ""), ("config", "[core\n"), ("index", "rubbish")]
    {
        let scratch = Scratch::new();
        scratch.commit_lock(1);
        scratch.write(&format!(".git/{file}"), content);
        let outcome = scratch.flakehist(["log", "--json", "--lock", "flake.lock"]);
        assert!(matches!(outcome.status, Some(0 | 1)), "{file}:\n{outcome}");
        assert!(outcome.status == Some(0) || outcome.err().starts_with("error: "), "{file}:\n{outcome}");
    }
}

#[test]
fn a_git_file_that_leads_nowhere_is_an_error() {
    let scratch = Scratch::without_repository();
    scratch.write(".git", "gitdir: ../nowhere\n");
    scratch.write("flake.nix", "{ }");
    let outcome = scratch.flakehist(["log"]);
    assert_eq!(outcome.status, Some(1), "{outcome}");
}

fn chown(path: &Path, uid: u32) {
    std::os::unix::fs::lchown(path, Some(uid), Some(uid)).unwrap();
    if path.is_dir() && !path.is_symlink() {
        for entry in std::fs::read_dir(path).unwrap() {
            chown(&entry.unwrap().path(), uid);
        }
    }
}

/// A repository that belongs to somebody else, if we may make one.
fn of_somebody_else() -> Option<Scratch> {
    let scratch = Scratch::new();
    scratch.commit_lock(1);
    scratch.commit_lock(2);
    if std::fs::metadata(scratch.folder()).unwrap().uid() != 0 {
        skipped("only root can give a folder to somebody else");
        return None;
    }
    chown(scratch.folder(), 12345);
    Some(scratch)
}

#[test]
fn a_repository_of_somebody_else_is_refused_with_the_way_to_trust_it() {
    let Some(scratch) = of_somebody_else() else { return };
    let folder = scratch.folder().display().to_string();
    let outcome = scratch.flakehist(["log"]).failure(1, "belongs to somebody else");
    let hint = format!("`git config --global --add safe.directory {folder}`");
    assert!(outcome.err().contains(&hint), "{outcome}");
    std::fs::create_dir(scratch.path("deep")).unwrap();
    let deep = scratch.flakehist(["-C", "deep", "log"]).failure(1, "belongs to somebody else");
    assert!(deep.err().contains(&hint), "not the root of the repository:\n{deep}");

    scratch.git_in(&scratch.home(), ["config", "--global", "--add", "safe.directory", &folder]);
    assert_eq!(scratch.flakehist(["log", "--json"]).success().commits().len(), 2);
}

#[test]
fn every_repository_may_be_trusted() {
    let Some(scratch) = of_somebody_else() else { return };
    scratch.git_in(&scratch.home(), ["config", "--global", "safe.directory", "*"]);
    assert_eq!(scratch.same_log(&[]).len(), 2);
}

#[test]
fn with_sudo_the_repository_may_belong_to_whoever_called_it() {
    let Some(scratch) = of_somebody_else() else { return };
    let run = |uid| scratch.flakehist_in(scratch.folder()).env("SUDO_UID", uid).args(["log", "--json"]).run();
    assert_eq!(run("12345").success().commits().len(), 2);
    run("54321").failure(1, "belongs to somebody else");
}
