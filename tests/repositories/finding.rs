//! Which flake is meant: the nearest one, one that `--lock` picks, or what the environment names.

use std::path::Path;

use crate::support::{Scratch, lock, skipped};

/// On a machine that has a flake in `/etc/nixos`, that is what is found when nothing else is.
pub(crate) fn nixos_is_here() -> bool {
    let is_here = Path::new("/etc/nixos/flake.nix").exists();
    if is_here {
        skipped("this machine has a flake in /etc/nixos");
    }
    is_here
}

/// Flakes at the root, in `hosts/a` and in `hosts/b`; the lock of each has as many changes as its place in this list.
fn three_flakes() -> Scratch {
    let scratch = Scratch::new();
    for (changes, folder) in ["", "hosts/a/", "hosts/b/"].iter().enumerate() {
        for n in 0..=changes as u64 {
            scratch.write(&format!("{folder}flake.nix"), "{ }");
            scratch.write(&format!("{folder}flake.lock"), lock(&[("nixpkgs", n)]));
            scratch.write(&format!("{folder}modules/deep/x.nix"), "{ }");
            scratch.commit("lock");
        }
    }
    scratch
}

/// How many commits changed the lock that was found, and which that is.
fn found(scratch: &Scratch, folder: &Path, args: &[&str]) -> (usize, String) {
    let outcome = scratch.flakehist_in(folder).args(args).args(["log", "--json"]).run().success();
    (outcome.commits().len(), outcome.json()["lock"].as_str().unwrap().to_owned())
}

#[test]
fn the_nearest_flake_upwards_is_meant() {
    let scratch = three_flakes();
    for (folder, commits, lock) in [
        ("", 1, "flake.lock"),
        ("modules/deep", 1, "flake.lock"),
        ("hosts", 1, "flake.lock"),
        ("hosts/a", 2, "hosts/a/flake.lock"),
        ("hosts/a/modules/deep", 2, "hosts/a/flake.lock"),
        ("hosts/b/modules", 3, "hosts/b/flake.lock"),
    ] {
        assert_eq!(found(&scratch, &scratch.path(folder), &[]), (commits, lock.to_owned()), "{folder}");
        let dot = format!("./{folder}");
        assert_eq!(found(&scratch, scratch.folder(), &["-C", &dot]), (commits, lock.to_owned()), "-C {dot}");
    }
}

#[test]
fn another_lock_can_be_picked() {
    let scratch = three_flakes();
    let deep = scratch.path("hosts/a/modules");
    let absolute = scratch.path("hosts/b/flake.lock").display().to_string();
    for (folder, picked, commits) in [
        (scratch.folder(), "hosts/b/flake.lock", 3),
        (scratch.folder(), "./hosts/b/../b/flake.lock", 3),
        (&deep, "../flake.lock", 2),
        (&deep, "../../b/flake.lock", 3),
        (&deep, "../../../flake.lock", 1),
        (Path::new("/"), &absolute, 3),
    ] {
        assert_eq!(found(&scratch, folder, &["--lock", picked]).0, commits, "{picked}");
    }
    assert_eq!(
        found(&scratch, Path::new("/"), &["-C", &deep.display().to_string(), "--lock", "../flake.lock"]).0,
        2
    );
    assert_eq!(found(&scratch, scratch.folder(), &["--flake", "hosts/a", "--lock", "../b/flake.lock"]).0, 3);
    let by_variable =
        scratch.flakehist_in(&deep).env("FLAKEHIST_LOCK", "../../b/flake.lock").args(["log", "--json"]);
    assert_eq!(by_variable.run().success().commits().len(), 3);
}

#[test]
fn a_lock_that_is_gone_can_be_picked_by_where_it_was() {
    let scratch = three_flakes();
    scratch.git(["rm", "-r", "--quiet", "hosts/b"]);
    scratch.commit("no b any more");
    assert_eq!(found(&scratch, scratch.folder(), &["--lock", "hosts/b/flake.lock"]).0, 4);
    assert_eq!(found(&scratch, &scratch.path("hosts"), &["--lock", "b/flake.lock"]).0, 4);
}

#[test]
fn a_lock_outside_of_the_repository_cannot_be_picked() {
    let scratch = three_flakes();
    for lock in ["../flake.lock", "/flake.lock", "../../../../../../../../flake.lock", ""] {
        let outcome = scratch.flakehist(["log", "--lock", lock]);
        assert!(matches!(outcome.status, Some(1 | 2)), "{lock:?}\n{outcome}");
    }
}

#[test]
fn a_lock_that_never_was_is_an_error_that_offers_those_that_are() {
    let scratch = three_flakes();
    let outcome = scratch.flakehist(["log", "--lock", "nowhere/flake.lock"]).failure(1, "nowhere/flake.lock");
    assert!(outcome.err().contains("--lock hosts/a/flake.lock`"), "{outcome}");
}

#[test]
fn a_lock_that_is_only_on_another_branch_is_no_lock_that_never_was() {
    let scratch = three_flakes();
    scratch.git(["checkout", "--quiet", "-b", "side"]);
    scratch.write("new/flake.lock", lock(&[("nixpkgs", 1)]));
    scratch.commit("on a branch");
    scratch.git(["checkout", "--quiet", "main"]);
    let args = ["log", "--json", "--lock", "new/flake.lock"];
    assert_eq!(scratch.flakehist(args.iter().chain(&["side"])).success().commits().len(), 1);
    let outside = scratch.flakehist(args.iter().chain(&["side..main"])).success();
    assert!(outside.err().contains("no commit listed here changed new/flake.lock"), "{outside}");
}

#[test]
fn a_folder_without_a_flake_offers_the_locks_there_are() {
    if nixos_is_here() {
        return;
    }
    let scratch = three_flakes();
    scratch.git(["rm", "--quiet", "flake.nix", "flake.lock"]);
    scratch.commit("none at the root");
    let outcome = scratch.flakehist(["log"]).failure(1, "no flake.nix");
    for lock in ["hosts/a/flake.lock", "hosts/b/flake.lock"] {
        assert!(outcome.err().contains(&format!("--lock {lock}`")), "{outcome}");
    }
}

#[test]
fn the_environment_is_asked_only_where_no_flake_is() {
    let scratch = three_flakes();
    let (a, b) = (scratch.path("hosts/a"), scratch.path("hosts/b"));
    let nowhere = scratch.beside("nowhere");
    std::fs::create_dir(&nowhere).unwrap();
    let run = |folder: &Path, variables: &[(&str, &Path)]| {
        let flakehist = scratch.flakehist_in(folder);
        let flakehist = variables.iter().fold(flakehist, |run, (name, path)| run.env(name, path.as_os_str()));
        flakehist.args(["log", "--json"]).run().success().commits().len()
    };
    assert_eq!(run(&nowhere, &[("NH_FLAKE", &a)]), 2);
    assert_eq!(run(&nowhere, &[("NH_OS_FLAKE", &b)]), 3);
    assert_eq!(run(&nowhere, &[("NH_FLAKE", &a), ("NH_OS_FLAKE", &b)]), 3);
    assert_eq!(run(&nowhere, &[("NH_FLAKE", &scratch.path("hosts/a/modules"))]), 2);
    assert_eq!(run(scratch.folder(), &[("NH_FLAKE", &a), ("NH_OS_FLAKE", &b)]), 1);
    assert_eq!(run(scratch.folder(), &[("FLAKEHIST_FLAKE", &a), ("NH_FLAKE", &b)]), 2);
    let with_host = a.with_file_name("a#host");
    assert_eq!(run(&nowhere, &[("NH_FLAKE", &with_host)]), 2);
    scratch.git_in(
        &scratch.home(),
        ["config".as_ref(), "--global".as_ref(), "flakehist.flake".as_ref(), b.as_os_str()],
    );
    assert_eq!(run(&nowhere, &[("NH_FLAKE", &a)]), 3);
}

#[test]
fn a_fallback_that_is_no_flake_is_named_in_the_error() {
    let scratch = Scratch::without_repository();
    let run = |value: &str| scratch.flakehist_in(scratch.folder()).env("NH_FLAKE", value).args(["log"]).run();
    let outcome = run("/does/not/exist").failure(1, "/does/not/exist");
    assert!(outcome.err().contains("NH_FLAKE"), "{outcome}");
    let outcome = run("github:somebody/config").failure(1, "github:somebody/config");
    assert!(outcome.err().contains("NH_FLAKE"), "{outcome}");
}

#[test]
fn folders_given_with_c_add_up_as_in_git() {
    let scratch = three_flakes();
    let all = |folders: &[&str]| -> (usize, String) {
        let args: Vec<&str> = folders.iter().flat_map(|folder| ["-C", folder]).collect();
        found(&scratch, scratch.folder(), &args)
    };
    assert_eq!(all(&["hosts", "a"]).0, 2);
    assert_eq!(all(&["hosts/a/modules", "..", "../b"]).0, 3);
    assert_eq!(all(&["/", &scratch.path("hosts").display().to_string(), "b"]).0, 3);
}

#[test]
fn folders_given_before_and_behind_the_command_are_one_path() {
    let scratch = three_flakes();
    for args in [
        &["-C", "hosts", "log", "--json", "-C", "a"][..],
        &["-Chosts", "log", "-Ca", "--json"],
        &["log", "-C", "hosts", "--json", "-C", "a"],
        &["-C", "modules", "-C", "..", "log", "--json", "-C", "hosts", "-C", "a"],
    ] {
        assert_eq!(scratch.flakehist(args).success().commits().len(), 2, "{args:?}");
    }
}

#[test]
fn an_empty_folder_given_with_c_changes_nothing_as_in_git() {
    let scratch = three_flakes();
    assert_eq!(found(&scratch, scratch.folder(), &["-C", "hosts", "-C", "", "-C", "a"]).0, 2);
}

#[test]
fn a_folder_that_is_not_there_is_an_error_even_if_the_environment_names_a_flake() {
    let scratch = three_flakes();
    let flake = scratch.path("hosts/a");
    for args in [["-C", "missing", "log"], ["-C", "missing", "show"], ["-C", "flake.nix", "log"]] {
        let outcome = scratch.flakehist_in(scratch.folder()).env("NH_FLAKE", &flake).args(args).run();
        outcome.failure(1, args[1]);
    }
}
