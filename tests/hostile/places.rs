//! What is not a file where one is expected: pipes, devices, sockets, folders and links in circles. Nothing is waited
//! for.

use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;

use crate::bounds::bounded;
use crate::support::{Outcome, Scratch, lock, program};

fn pipe(path: &Path) {
    let mut mkfifo = program("mkfifo".as_ref());
    mkfifo.arg(path);
    Outcome::of(mkfifo, b"").success();
}

fn history() -> Scratch {
    let scratch = Scratch::new();
    for n in 1..=3 {
        scratch.commit_lock(n);
    }
    scratch
}

/// Something in the place of a file of the repository.
type Put = fn(&Path);

const THINGS: [(&str, Put); 8] = [
    ("a pipe", pipe),
    ("a socket", |path| drop(UnixListener::bind(path).unwrap())),
    ("a folder", |path| std::fs::create_dir(path).unwrap()),
    ("a link to itself", |path| symlink(path.file_name().unwrap(), path).unwrap()),
    ("a link to a pipe", |path| {
        let other = path.with_extension("pipe");
        pipe(&other);
        symlink(other.file_name().unwrap(), path).unwrap();
    }),
    ("a link to a device", |path| symlink("/dev/zero", path).unwrap()),
    ("a link to a folder that holds it", |path| symlink(".", path).unwrap()),
    ("links in a circle", |path| {
        let other = path.with_extension("other");
        symlink(path.file_name().unwrap(), &other).unwrap();
        symlink(other.file_name().unwrap(), path).unwrap();
    }),
];

#[test]
fn nothing_is_waited_for_in_the_place_of_a_file() {
    // In the place of what git reads by itself, `.gitignore` say, git waits too.
    for place in ["flake.lock", "flake.nix", ".mailmap"] {
        for (what, put) in THINGS {
            let scratch = history();
            let path = scratch.path(place);
            if path.exists() {
                std::fs::remove_file(&path).unwrap();
            }
            put(&path);
            // A target that is a file is read as it is named.
            for target in ["./flake.lock", "file:flake.lock"] {
                let outcome = scratch.flakehist(["diff", target, "HEAD"]);
                assert!(place != "flake.lock" || outcome.status == Some(1), "{what}: {outcome}");
            }
            let outcomes = bounded(&scratch);
            // History does not depend on what lies in the working tree.
            assert_eq!(outcomes[0].status, Some(0), "{what} for {place}: {}", outcomes[0]);
            assert_eq!(scratch.flakehist(["log", "--json", "HEAD"]).success().commits().len(), 3);
        }
    }
}

#[test]
fn the_output_of_a_command_is_a_file_all_the_same() {
    let scratch = history();
    scratch.write("old.lock", lock(&[("nixpkgs", 1)]));
    let mut shell = program("/bin/sh".as_ref());
    let line = "cat old.lock | \"$0\" diff file:/dev/stdin HEAD --json";
    shell.current_dir(scratch.folder()).env("HOME", scratch.home());
    shell.args(["-c", line, env!("CARGO_BIN_EXE_flakehist")]);
    let changes = Outcome::of(shell, b"").success().json();
    assert_eq!(changes["changes"][0]["input"], "nixpkgs", "{changes}");
}

#[test]
fn a_folder_of_links_that_hold_each_other_is_not_walked() {
    let scratch = history();
    std::fs::create_dir(scratch.path("a")).unwrap();
    symlink("..", scratch.path("a/up")).unwrap();
    symlink("a/up/a/up/a", scratch.path("down")).unwrap();
    symlink("a/up/a/up/flake.lock", scratch.path("long.lock")).unwrap();
    scratch.commit("links");
    bounded(&scratch);
    for folder in ["a/up/a/up/a/up", "down/up/down"] {
        let inside = scratch.flakehist_in(&scratch.path(folder)).args(["log", "--json"]).run().success();
        assert_eq!(inside.commits().len(), 3, "{inside}");
    }
    let by_link = scratch.flakehist(["log", "--lock", "long.lock"]);
    assert!(matches!(by_link.status, Some(0 | 1)), "{by_link}");
}
