//! Ctrl-C, and two at once.

use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use super::place::{Place, installed, numbered};
use super::support::program;

/// Waits until a file is there.
fn wait_for(file: &Path) {
    let start = Instant::now();
    while !file.exists() {
        assert!(start.elapsed() < Duration::from_secs(15), "{} never came", file.display());
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Starts a restore in a process group of its own, as a shell does, and waits until its rebuild is at work.
fn at_work(place: &Place, more: &[&str]) -> Child {
    let args = [&["restore", "HEAD~2", "--yes"], more].concat();
    let mut command = place.flakehist(args).command();
    command.process_group(0).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    wait_for(&place.beside("working"));
    child
}

/// Sends a signal to a process, or with a minus to a group.
fn signal(name: &str, to: &str) {
    let mut kill = program("kill".as_ref());
    assert!(kill.args([&format!("-{name}"), "--", to]).status().unwrap().success());
}

fn code(child: Child) -> (Option<i32>, Option<i32>, String) {
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code(), output.status.signal(), said)
}

#[test]
fn an_interrupted_rebuild_is_put_back() {
    // One that ends by the signal, and one that cleans up first.
    for tool in [
        "echo >$root/working; exec sleep 30",
        "trap 'sleep 0.3; touch $root/cleaned; exit 130' INT; touch $root/working; while true; do sleep 0.1; done",
    ] {
        let place = Place::with_history();
        place.write("flake.lock", numbered(30));
        place.tool("nixos-rebuild", tool);
        let child = at_work(&place, &["--commit"]);
        assert_eq!(place.lock(), numbered(1));
        let start = Instant::now();
        signal("INT", &format!("-{}", child.id()));
        let (code, _, said) = code(child);
        assert_eq!(code, Some(3), "{said}");
        assert!(start.elapsed() < Duration::from_secs(4), "{:?}", start.elapsed());
        assert_eq!(place.lock(), numbered(30), "{said}");
        assert_eq!(place.entry()["result"], "put back", "{said}");
        assert_eq!(place.git(["rev-list", "--count", "HEAD"]), "3", "the commit is taken back: {said}");
        assert_eq!(place.beside("cleaned").exists(), tool.contains("cleaned"), "{said}");
    }
}

#[test]
fn who_is_impatient_does_not_disturb_the_way_back() {
    let place = Place::with_history();
    let git = installed("git").unwrap();
    let lines = "case \"$*\" in *update-ref*) touch $root/back; sleep 0.5 ;; esac";
    let git =
        format!("#!/bin/bash\nroot={}\n{lines}\nexec {} \"$@\"\n", place.beside("").display(), git.display());
    place.program(&place.beside("bin/git"), &git);
    place.tool("nixos-rebuild", "touch $root/working; exec sleep 30");
    let child = at_work(&place, &["--commit"]);
    signal("INT", &format!("-{}", child.id()));
    wait_for(&place.beside("back"));
    signal("INT", &format!("-{}", child.id()));
    let (code, _, said) = code(child);
    assert_eq!(code, Some(3), "{said}");
    assert_eq!(place.git(["rev-list", "--count", "HEAD"]), "3", "{said}");
    assert_eq!((place.lock(), place.git(["status", "--porcelain"])), (numbered(3), String::new()), "{said}");
}

#[test]
fn ctrl_c_while_nix_is_asked_is_no_answer() {
    let place = Place::with_history();
    place.tool("nix", "case \"$*\" in *metadata*) touch $root/working; exec sleep 30 ;; esac");
    let child = at_work(&place, &["--no-rebuild"]);
    signal("INT", &format!("-{}", child.id()));
    let (code, _, said) = code(child);
    assert_eq!((code, place.lock()), (Some(3), numbered(3)), "{said}");
}

#[test]
fn a_restore_that_is_told_to_end_ends_its_rebuild_first() {
    for name in ["TERM", "HUP"] {
        let place = Place::with_history();
        place.tool("nixos-rebuild", "echo $$ >$root/working; exec sleep 30");
        let child = at_work(&place, &[]);
        signal(name, &child.id().to_string());
        let (code, _, said) = code(child);
        assert_eq!(code, Some(3), "{said}");
        assert_eq!((place.lock(), &place.entry()["result"]), (numbered(3), &"put back".into()), "{said}");
        let tool = std::fs::read_to_string(place.beside("working")).unwrap();
        assert!(!Path::new("/proc").join(tool.trim()).exists(), "the rebuild still runs");
    }
}

#[test]
fn a_rebuild_that_ends_well_in_spite_of_it_has_ended_well() {
    let place = Place::with_history();
    place.tool("nixos-rebuild", "trap '' INT; touch $root/working; sleep 0.5; exit 0");
    let child = at_work(&place, &[]);
    signal("INT", &format!("-{}", child.id()));
    let (code, _, said) = code(child);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!((place.lock(), &place.entry()["result"]), (numbered(1), &"done".into()), "{said}");
}

#[test]
fn two_at_once_get_into_no_ones_way() {
    let place = Place::with_history();
    place.tool("nixos-rebuild", "touch $root/working; while [ ! -e $root/go ]; do sleep 0.02; done");
    let child = at_work(&place, &[]);
    for args in [&["restore", "HEAD~1", "--yes", "--no-rebuild"][..], &["undo", "--yes", "--no-rebuild"]] {
        let outcome = place.run(args).failure(1, "flakehist");
        assert_eq!(place.lock(), numbered(1), "{outcome}");
    }
    // Nor from another worktree; looking is always allowed.
    let other = place.beside("other");
    place.git(["worktree", "add", "--quiet", "--detach", other.to_str().unwrap()]);
    place.flakehist_in(&other, ["restore", "HEAD~1", "--yes", "--no-rebuild"]).run().failure(1, "flakehist");
    assert_eq!(place.run(["journal", "--json"]).success().json()[0]["result"], "begun");
    place.run(["restore", "HEAD~1", "--dry-run"]).success();
    std::fs::write(place.beside("go"), "").unwrap();
    let (code, _, said) = code(child);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(place.journal().len(), 1);
    // A file that lies there is no lock that is held.
    place.run(["restore", "HEAD~1", "--yes", "--no-rebuild"]).success();
}

#[test]
fn many_at_once_leave_a_journal_that_adds_up() {
    let place = Place::with_history();
    let start = |target: &str| {
        let mut command = place.flakehist(["restore", target, "--yes", "--no-rebuild"]).command();
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let children: Vec<Child> = (0..12).map(|n| start(["HEAD~2", "HEAD~1", "HEAD"][n % 3])).collect();
    for child in children {
        let (code, _, said) = code(child);
        assert!(matches!(code, Some(0 | 1)), "{said}");
        let explains = said.contains("another flakehist") || said.contains("has just changed");
        assert!(code == Some(0) || explains, "{said}");
    }
    let journal = place.journal();
    let numbers: Vec<_> = journal.iter().rev().map(|entry| entry["number"].as_u64().unwrap()).collect();
    assert!(numbers.iter().copied().eq(1..=journal.len() as u64), "{numbers:?}");
    for pair in journal.windows(2) {
        assert_eq!(pair[0]["before"], pair[1]["after"], "each begins where the one before it ended");
        assert_eq!(pair[0]["result"], "done");
    }
    place.git(["fsck", "--strict", "--no-progress"]);
}
