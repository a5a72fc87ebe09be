//! Locks and commits of a size that nobody makes but to do harm: whatever is asked about them is answered in time and
//! within a limit of memory.

use std::time::Duration;

use crate::support::{Flakehist, Outcome, Scratch, lock, lock_with, rev};
use crate::told;

/// Every command that may meet with a lock, a commit or a ref of the repository.
pub(crate) const COMMANDS: [&[&str]; 19] = [
    &["log"],
    &["log", "--oneline"],
    &["log", "-p"],
    &["log", "--json", "--all", "--follow"],
    &["log", "--author", "ada"],
    &["log", "--input", "nix*"],
    &["show"],
    &["show", "HEAD", "--json"],
    &["diff"],
    &["diff", "lock~1", "HEAD"],
    &["diff", "HEAD~1", "HEAD", "--patch"],
    &["status"],
    &["status", "--json"],
    &["generations"],
    &["restore", "HEAD~1", "--dry-run", "--no-rebuild"],
    &["restore", "HEAD~1", "--input", "nixpkgs", "--dry-run", "--no-rebuild"],
    &["undo", "--dry-run"],
    &["journal"],
    &["textconv", "flake.lock"],
];

/// Those of them that read everything there is in a lock or commit once.
const FEW_COMMANDS: [&[&str]; 7] = [
    &["log"],
    &["log", "--json"],
    &["show"],
    &["diff", "lock~1", "HEAD"],
    &["status"],
    &["restore", "HEAD~1", "--dry-run", "--no-rebuild"],
    &["textconv", "flake.lock"],
];

/// A second or two, on a machine of one's own; a debug build on a busy one takes its time.
const LONGEST: Duration = Duration::from_secs(120);

/// The same command with no more than three gibibytes of address space, of which the debug build, its threads' stacks
/// and git's mapped files take their part too.
pub(crate) fn limited(command: Flakehist) -> Flakehist {
    command.under("/bin/sh".as_ref(), ["-c", "ulimit -v 3145728 && exec \"$0\" \"$@\""])
}

/// Runs every command, each with the harness' watchdog and the limit of memory. Gives the outcomes.
pub(crate) fn bounded(scratch: &Scratch) -> Vec<Outcome> {
    bounded_in(scratch, &COMMANDS)
}

fn bounded_in(scratch: &Scratch, commands: &[&[&str]]) -> Vec<Outcome> {
    commands.iter().map(|args| run(scratch, args)).collect()
}

fn run(scratch: &Scratch, args: &[&str]) -> Outcome {
    let command = limited(scratch.flakehist_in(scratch.folder()).args(args)).command();
    let outcome = Outcome::within(LONGEST, command, b"");
    told(&outcome);
    outcome
}

/// A lock with this many inputs, each with a node of its own.
fn with_inputs(count: usize) -> String {
    let names: Vec<String> = (0..count).map(|n| format!("input-{n}")).collect();
    let rev = rev(1);
    let inputs: Vec<(&str, &str, u64)> =
        names.iter().map(|name| (name.as_str(), rev.as_str(), 1_600_000_000)).collect();
    lock_with(&inputs)
}

/// A history of an ordinary lock, this one, and an ordinary one in the working tree.
fn amid(text: impl AsRef<[u8]>) -> Scratch {
    let scratch = Scratch::new();
    scratch.commit_lock(1);
    scratch.write("flake.lock", text);
    scratch.commit("big");
    scratch
}

fn state(scratch: &Scratch) -> (String, String) {
    let entry = run(scratch, &["log", "--json"]).success().entries().remove(0);
    let text = |key: &str| entry[key].as_str().unwrap_or_default().to_owned();
    (text("state"), text("error"))
}

#[test]
fn ten_thousand_inputs_of_the_root_are_shown() {
    let scratch = amid(with_inputs(10_000));
    bounded(&scratch);
    let shown = run(&scratch, &["show", "--json"]).success().json();
    assert_eq!(shown["inputs"].as_object().map(serde_json::Map::len), Some(10_000));
}

#[test]
fn follows_that_double_with_every_level_are_shown() {
    let inputs: Vec<String> =
        (1..1_000).map(|n| format!("\"x{n}\": [\"x{0}\", \"up\", \"x{0}\"]", n - 1)).collect();
    let ordinary = lock(&[("nixpkgs", 2)]);
    let text = ordinary
        .replacen("\"nixpkgs\": \"nixpkgs\"", &format!("\"x0\": \"nixpkgs\", {}", inputs.join(", ")), 1)
        .replacen("\"locked\": {", "\"inputs\": {\"up\": []}, \"locked\": {", 1);
    assert!(text.contains("\"x999\"") && text.contains("\"up\": []"), "{text}");
    let scratch = amid(&text);
    assert_eq!(state(&scratch).0, "ok", "{text}");
    bounded(&scratch);
    scratch.commit_lock(3);
    bounded(&scratch);
    scratch.flakehist(["restore", "HEAD~1", "--input", "x0", "--print"]).failure(1, "x0");
}

#[test]
fn a_line_of_a_hundred_megabytes_is_refused() {
    let padding = "x".repeat(100 << 20);
    let scratch = amid(lock_with(&[("nixpkgs", &padding, 1)]));
    bounded_in(&scratch, &FEW_COMMANDS);
    assert_eq!(state(&scratch), ("broken".to_owned(), "bigger than 16 MiB".to_owned()));
}

#[test]
fn a_lock_of_a_hundred_megabytes_is_refused() {
    let node = lock(&[("nixpkgs", 1)]);
    let scratch = amid(with_inputs((100 << 20) / node.len() * 2));
    assert!(std::fs::metadata(scratch.path("flake.lock")).unwrap().len() > 60 << 20);
    bounded_in(&scratch, &FEW_COMMANDS);
    assert_eq!(state(&scratch), ("broken".to_owned(), "bigger than 16 MiB".to_owned()));
}

#[test]
fn a_lock_just_small_enough_is_read() {
    let node = lock(&[("nixpkgs", 1)]);
    let text = with_inputs((10 << 20) / node.len());
    assert!((6 << 20..16 << 20).contains(&text.len()), "{}", text.len());
    let scratch = amid(text);
    bounded_in(&scratch, &FEW_COMMANDS);
    assert_eq!(state(&scratch).0, "ok");
}

#[test]
fn a_file_with_a_hole_of_a_terabyte_is_not_read() {
    let scratch = amid(lock(&[("nixpkgs", 2)]));
    let file = std::fs::File::create(scratch.path("flake.lock")).unwrap();
    file.set_len(1 << 40).unwrap();
    bounded(&scratch);
    let shown = run(&scratch, &["show", "--json"]).success().json();
    assert_eq!((&shown["state"], &shown["error"]), (&"broken".into(), &"bigger than 512 MiB".into()));
    let named = scratch.flakehist(["show", "file:flake.lock"]);
    named.failure(1, "it is bigger than 256 MiB");
}

#[test]
fn a_commit_of_fifty_megabytes_is_shown() {
    let megabytes = |text: &str, count: usize| text.repeat((count << 20) / text.len());
    for (header, message) in [
        (String::new(), megabytes("x", 50)),
        (String::new(), megabytes("x\n", 5)),
        (format!("gpgsig {}\n", megabytes("x", 50)), "signed".to_owned()),
        (megabytes("x y\n", 5), "headers".to_owned()),
        (format!("encoding {}\n", megabytes("x", 5)), "encoded".to_owned()),
    ] {
        let scratch = Scratch::new();
        scratch.commit_lock(1);
        let parent = scratch.git(["rev-parse", "HEAD"]);
        scratch.commit_lock(2);
        let who = "a <a@b> 1700000000 +0000";
        let commit = format!(
            "tree {}\nparent {parent}\nauthor {who}\ncommitter {who}\n{header}\n{message}",
            scratch.git(["rev-parse", "HEAD^{tree}"])
        );
        let args = ["hash-object", "-t", "commit", "-w", "--stdin", "--literally"];
        let id = scratch.feed_git(scratch.folder(), args, commit.as_bytes()).success().out().to_owned();
        scratch.write(".git/refs/heads/main", id);
        bounded_in(&scratch, &FEW_COMMANDS);
        assert_eq!(run(&scratch, &["log", "--json"]).success().commits().len(), 2);
    }
}
