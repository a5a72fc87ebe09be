//! `--follow`: the lock was moved between folders.

use crate::support::{Scratch, lock};

/// A lock big enough for git to see that a changed one is the same file.
fn big(n: u64) -> String {
    let names: Vec<String> = (0..40).map(|n| format!("input{n}")).collect();
    let inputs: Vec<(&str, u64)> =
        names.iter().map(|name| (name.as_str(), 7)).chain([("nixpkgs", n)]).collect();
    lock(&inputs)
}

fn moved(moves: &[(&str, &str)]) -> Scratch {
    let scratch = Scratch::new();
    let mut number = 0;
    let mut place = moves[0].0;
    for (from, to) in moves {
        assert_eq!(*from, place);
        for _ in 0..3 {
            number += 1;
            scratch.write(from, big(number));
            scratch.commit("update");
        }
        std::fs::create_dir_all(scratch.path(to).parent().unwrap()).unwrap();
        scratch.git(["mv", from, to]);
        scratch.commit("moved");
        place = to;
    }
    scratch.write(place, big(number + 1));
    scratch.commit("update");
    scratch
}

fn same_in_every_way(scratch: &Scratch, file: &str) -> usize {
    for args in [
        &["--follow", "-n", "3"][..],
        &["--follow", "--first-parent"],
        &["--follow", "HEAD~1.."],
        &["--follow", "HEAD~1"],
        &["--follow", "--since", "2023-01-01 14:30"],
        &["--follow", "--until", "2023-01-01 16:30"],
        &["--follow", "--author", "Ada"],
    ] {
        scratch.same_log_in(scratch.folder(), args, file);
    }
    // git itself follows in the order it prints, and so loses the track at once when that is reversed.
    let mut listed = scratch.same_log_in(scratch.folder(), &["--follow"], file);
    listed.reverse();
    let reversed = scratch.flakehist(["log", "--json", "--follow", "--reverse", "--lock", file]).success();
    assert_eq!(reversed.commits(), listed);
    listed.len()
}

#[test]
fn a_lock_that_moved_is_followed() {
    let scratch = moved(&[("flake.lock", "nix/flake.lock")]);
    assert_eq!(same_in_every_way(&scratch, "nix/flake.lock"), 5);
    assert_eq!(scratch.same_log_in(scratch.folder(), &[], "nix/flake.lock").len(), 2);
    let outcome = scratch.flakehist(["log", "--json", "--follow", "--lock", "nix/flake.lock"]).success();
    let paths: Vec<_> = outcome.entries().iter().map(|entry| entry["path"].clone()).collect();
    let (new, old) = ("nix/flake.lock", "flake.lock");
    assert_eq!(paths, [new, new, old, old, old]);
    let moved = &outcome.entries()[1];
    assert_eq!(moved["changes"], serde_json::json!([]), "moving changes nothing:\n{outcome}");
}

#[test]
fn a_lock_that_moved_twice_is_followed() {
    let scratch = moved(&[("flake.lock", "nix/flake.lock"), ("nix/flake.lock", "nix/os/flake.lock")]);
    assert_eq!(same_in_every_way(&scratch, "nix/os/flake.lock"), 9);
}

#[test]
fn a_lock_that_moved_to_and_fro_is_followed() {
    let scratch = moved(&[("flake.lock", "nix/flake.lock"), ("nix/flake.lock", "flake.lock")]);
    assert_eq!(same_in_every_way(&scratch, "flake.lock"), 9);
    scratch.same_log_in(scratch.folder(), &[], "flake.lock");
}

#[test]
fn a_lock_that_changed_while_it_moved_is_followed() {
    let scratch = Scratch::new();
    scratch.write("flake.lock", big(1));
    scratch.commit("start");
    scratch.git(["rm", "--quiet", "flake.lock"]);
    scratch.write("os/flake.lock", big(2));
    scratch.commit("moved and changed");
    assert_eq!(same_in_every_way(&scratch, "os/flake.lock"), 2);
}

#[test]
fn a_new_lock_beside_an_old_one_is_followed_only_where_git_sees_a_copy() {
    let scratch = Scratch::new();
    scratch.write("a/flake.lock", big(1));
    scratch.commit("a");
    scratch.write("a/flake.lock", big(2));
    scratch.commit("a again");
    scratch.write("b/flake.lock", big(2));
    scratch.write("c/flake.lock", lock(&[("other", 1)]));
    scratch.commit("b is a copy, c is new");
    same_in_every_way(&scratch, "b/flake.lock");
    assert_eq!(same_in_every_way(&scratch, "c/flake.lock"), 1);
}

#[test]
fn the_likeliest_of_several_origins_is_taken() {
    let scratch = Scratch::new();
    scratch.write("a/flake.lock", big(1));
    scratch.write("b/flake.lock", big(2));
    scratch.write("c/other.lock", big(3));
    scratch.commit("three");
    for n in 10..13 {
        for name in ["a/flake.lock", "b/flake.lock", "c/other.lock"] {
            scratch.write(name, format!("{}{}", big(n), name.repeat(n as usize)));
            scratch.commit(name);
        }
    }
    scratch.git(["rm", "--quiet", "-r", "a", "b", "c"]);
    scratch.write("d/flake.lock", format!("{}{}", big(12), "b/flake.lock".repeat(12)));
    scratch.commit("b to d");
    assert_eq!(same_in_every_way(&scratch, "d/flake.lock"), 5);
}

#[test]
fn merges_are_followed_as_git_does() {
    let scratch = moved(&[("flake.lock", "nix/flake.lock")]);
    scratch.git(["checkout", "--quiet", "-b", "side", "HEAD~3"]);
    scratch.write("flake.lock", big(50));
    scratch.commit("on the side, not moved");
    scratch.git(["checkout", "--quiet", "main"]);
    scratch.git(["merge", "--quiet", "--strategy=ours", "--message", "merge", "side"]);
    scratch.write("nix/flake.lock", big(51));
    scratch.commit("after the merge");
    same_in_every_way(&scratch, "nix/flake.lock");
    scratch.same_log_in(scratch.folder(), &["--follow", "--all"], "nix/flake.lock");
}

#[test]
fn a_lock_that_never_moved_needs_no_following() {
    let scratch = crate::options::ordinary();
    same_in_every_way(&scratch, "flake.lock");
}

#[test]
fn following_may_be_a_habit() {
    let scratch = moved(&[("flake.lock", "nix/flake.lock")]);
    for yes in ["true", "yes", "ON", "1"] {
        scratch.git(["config", "log.follow", yes]);
        assert_eq!(scratch.same_log_in(scratch.folder(), &[], "nix/flake.lock").len(), 5, "{yes}");
    }
    scratch.git(["config", "log.follow", "off"]);
    assert!(scratch.same_log_in(scratch.folder(), &[], "nix/flake.lock").len() < 5);
    scratch.write(".git/config", "[core]\nrepositoryformatversion = 0\n[log]\nfollow\n");
    assert_eq!(scratch.same_log_in(scratch.folder(), &[], "nix/flake.lock").len(), 5);
}
