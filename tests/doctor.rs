//! `flakehist doctor`: it names what is missing, says what to do, and changes nothing.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]
#![expect(clippy::indexing_slicing, reason = "the tests know what they made")]

mod support;

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use serde_json::Value;

use support::{Outcome, Scratch, variable};

/// A repository with a lock, and a folder of programs that is all of PATH: git, and a tool that rebuilds.
fn machine() -> Scratch {
    let scratch = Scratch::new();
    scratch.commit_lock(1);
    std::fs::create_dir(scratch.beside("bin")).unwrap();
    let path = variable("PATH").unwrap();
    let git = std::env::split_paths(&path).map(|folder| folder.join("git")).find(|git| git.is_file());
    symlink(git.unwrap(), scratch.beside("bin/git")).unwrap();
    program(&scratch.beside("bin/nixos-rebuild"), "exit 1");
    scratch.git(["config", "user.name", "Ada"]);
    scratch.git(["config", "user.email", "ada@example.org"]);
    scratch
}

fn program(path: &Path, lines: &str) {
    std::fs::write(path, format!("#!/bin/sh\n{lines}\n")).unwrap();
    std::fs::set_permissions(path, PermissionsExt::from_mode(0o755)).unwrap();
}

fn doctor(scratch: &Scratch, more: &[&str]) -> Outcome {
    let run = scratch.flakehist_in(scratch.folder()).env("PATH", scratch.beside("bin"));
    run.args([&["doctor"], more].concat()).run()
}

/// What was found about something, and its hints.
fn found(scratch: &Scratch, about: &str) -> (String, String, Vec<String>) {
    let document = doctor(scratch, &["--json"]).json();
    let checks = document["checks"].as_array().unwrap();
    let check = checks.iter().find(|check| check["about"] == about);
    let check = check.unwrap_or_else(|| panic!("nothing about {about}: {document}"));
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let hints = check["hints"].as_array().unwrap().iter().map(text).collect();
    (text(&check["finding"]), text(&check["text"]), hints)
}

#[test]
fn where_nothing_is_missing_it_says_so_and_changes_nothing() {
    let scratch = machine();
    let before = scratch.git(["status", "--porcelain", "--ignored"]);
    let outcome = doctor(&scratch, &[]).success();
    assert!(outcome.out().ends_with("\nnothing that a restore needs is missing\n"), "{outcome}");
    for line in [
        "ok       lock        flake.lock: committed, version 7, 1 input\n",
        "ok       restore     flake.lock can be written\n",
        "ok       journal     0 entries\n",
        "ok       commit      `--commit` commits as Ada <ada@example.org>\n",
        "ok       git         git version ",
        "mind     nix         there is no `nix` on PATH",
        "mind     profile     there is no profile at ",
        "ok       rebuild     `nixos-rebuild switch --flake . --no-update-lock-file",
    ] {
        assert!(outcome.out().contains(line), "{line}\n{outcome}");
    }
    assert_eq!(scratch.git(["status", "--porcelain", "--ignored"]), before);
    assert!(!scratch.path(".git/flakehist.lock").exists());
    assert_eq!(doctor(&scratch, &["--json"]).success().json()["ready"], true);
}

#[test]
fn what_stands_in_the_way_of_a_restore_is_the_exit_code() {
    let scratch = machine();
    scratch.git(["update-ref", "refs/flakehist", "HEAD"]);
    std::fs::remove_file(scratch.beside("bin/nixos-rebuild")).unwrap();
    let outcome = doctor(&scratch, &[]).failure(1, "");
    assert!(outcome.out().ends_with("\n2 things that a restore needs are missing\n"), "{outcome}");
    let (finding, text, hints) = found(&scratch, "restore");
    assert_eq!((finding.as_str(), text.starts_with("refs/flakehist is a ref ")), ("missing", true), "{text}");
    let git = scratch.path(".git").canonicalize().unwrap();
    let typed = format!("`git -C {} update-ref -d refs/flakehist`", git.display());
    assert_eq!(hints, [format!("{typed} removes it, if nobody needs it")]);
    let (finding, _, hints) = found(&scratch, "rebuild");
    assert!(finding == "missing" && hints[0].contains("--no-rebuild"), "{hints:?}");
    scratch.git(["checkout", "--quiet", "--detach"]);
    std::fs::write(scratch.path(".git/MERGE_HEAD"), scratch.git(["rev-parse", "HEAD"])).unwrap();
    assert!(found(&scratch, "restore").1.starts_with("a merge is under way"));
}

#[test]
fn a_lock_that_nix_does_not_see_and_one_that_nobody_reads() {
    let scratch = machine();
    scratch.git(["rm", "--quiet", "--cached", "flake.lock"]);
    let (finding, text, hints) = found(&scratch, "lock");
    assert_eq!((finding.as_str(), hints), ("mind", vec!["`git add flake.lock`".to_owned()]), "{text}");
    scratch.git(["add", "flake.lock"]);
    scratch.write("flake.lock", "{");
    let (finding, text, hints) = found(&scratch, "lock");
    assert_eq!(
        (finding.as_str(), text.as_str()),
        ("mind", "flake.lock cannot be read as a lock"),
        "{hints:?}"
    );
    doctor(&scratch, &[]).success();
}

#[test]
fn programs_that_are_broken_are_told_from_those_that_are_not_there() {
    let scratch = machine();
    let nix = scratch.beside("bin/nix");
    program(&nix, "[ \"$1\" = --version ] && echo 'nix (Nix) 2.3.16'");
    let (finding, text, _) = found(&scratch, "nix");
    assert_eq!(
        (finding.as_str(), text.starts_with("nix (Nix) 2.3.16 cannot evaluate")),
        ("mind", true),
        "{text}"
    );
    program(&nix, "echo 'nix (Nix) 2.28.3'");
    assert_eq!(found(&scratch, "nix").0, "ok");
    program(&nix, "exit 1");
    assert!(found(&scratch, "nix").1.ends_with("does not tell its version"));
    std::fs::remove_file(scratch.beside("bin/git")).unwrap();
    assert_eq!(found(&scratch, "git").1, "there is no `git` on PATH");
    // What git would have told is not asked.
    assert!(!doctor(&scratch, &[]).success().out().contains(" commit "));
}

#[test]
fn outside_of_any_configuration_it_tells_of_the_rest() {
    let scratch = machine();
    let run = scratch.flakehist_in(&scratch.home()).env("PATH", scratch.beside("bin")).args(["doctor"]).run();
    let outcome = run.failure(1, "");
    assert!(outcome.out().contains("is not in a git repository"), "{outcome}");
    assert!(outcome.out().contains("ok       git         git version "), "{outcome}");
}
