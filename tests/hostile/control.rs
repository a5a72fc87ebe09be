//! Characters that a terminal obeys, wherever text of a stranger is shown.

use std::os::unix::fs::symlink;

use crate::support::{Outcome, Scratch, lock_with, rev};
use crate::{harmless, survives, survives_in_every_form};

/// Some of everything: colour, title, cursor, carriage return, bell, backspace, delete, C1 controls, bidirectional
/// marks, zero-width characters, line separators, tags.
const EVIL: &str = "\x1b[31m\x1b]0;pwned\x07\x1b[2J\r\x08\x7f\u{85}\u{9b}1A\u{9d}0;x\u{9c}\u{202e}evil\u{2066}\u{200b}\u{2028}\u{feff}\u{e0041}";

/// The same without what git refuses in a person's name and a line of a commit.
fn evil_name() -> String {
    EVIL.replace(['\n', '<', '>'], "")
}

#[test]
fn subjects_and_names_reach_the_terminal_harmless() {
    let scratch = Scratch::new();
    scratch.commit_lock(1);
    let tree = scratch.git(["rev-parse", "HEAD^{tree}"]);
    scratch.commit_lock(2);
    let name = evil_name();
    let commit = format!(
        "tree {tree}\nparent {}\nauthor {name} <{name}@x> 1700000000 +0000\ncommitter {name} <{name}@x> 1700000000 \
         +0000\n\nsubject {EVIL}\n\nbody {EVIL}\n",
        scratch.git(["rev-parse", "HEAD"])
    );
    let args = ["hash-object", "-t", "commit", "-w", "--stdin", "--literally"];
    let id = scratch.feed_git(scratch.folder(), args, commit.as_bytes()).success().out().trim().to_owned();
    scratch.git(["update-ref", "HEAD", &id]);
    let outcomes = survives_in_every_form(&scratch);
    let json = outcomes.iter().find(|outcome| outcome.out().starts_with('{')).unwrap();
    let entry = json.entries().into_iter().find(|entry| entry["commit"] == id).unwrap();
    assert_eq!(entry["author"], name, "JSON keeps the text, escaped");
    assert!(entry["subject"].as_str().unwrap().contains(EVIL.trim_end()), "{entry}");
}

#[test]
fn inputs_revisions_and_urls_reach_the_terminal_harmless() {
    let scratch = Scratch::new();
    let name = |n: u64| format!("in{EVIL}put{n}");
    for n in 0..3 {
        let inputs = [name(1), name(n + 2), "nixpkgs".to_owned()];
        let inputs: Vec<(&str, &str, u64)> =
            inputs.iter().map(|name| (name.as_str(), EVIL, 1_600_000_000 + n)).collect();
        scratch.write("flake.nix", "{ }");
        scratch.write("flake.lock", lock_with(&inputs));
        scratch.commit("lock");
    }
    survives_in_every_form(&scratch);
    let pattern = format!("in{EVIL}put1");
    harmless(&scratch.flakehist(["log", "--input", &pattern]));
    harmless(&scratch.flakehist(["log", "--input", &format!("{pattern}x")]));
    harmless(&scratch.flakehist(["log", "--columns", &pattern]));
    harmless(
        &scratch
            .flakehist_in(scratch.folder())
            .env("COLUMNS", "160")
            .args(["log", "--columns", &pattern])
            .run(),
    );
}

#[test]
fn every_attribute_of_a_lock_reaches_the_terminal_harmless() {
    let scratch = Scratch::new();
    let evil = serde_json::to_string(EVIL).unwrap();
    scratch.write("flake.nix", "{ }");
    for (n, kind) in
        ["github", "git", "tarball", "path", "indirect", "hg", "sourcehut", "gitlab", "file", EVIL]
            .iter()
            .enumerate()
    {
        let kind = serde_json::to_string(kind).unwrap();
        let members = ["owner", "repo", "url", "path", "id", "ref", "rev", "host", "dir", "narHash"]
            .map(|key| format!("\"{key}\": {evil}"))
            .join(", ");
        let text = format!(
            "{{\"nodes\": {{\"a\": {{\"inputs\": {{{evil}: [{evil}, \"x\"]}}, \"locked\": {{\"type\": {kind}, \
             \"lastModified\": {n}, {members}}}, \"original\": {{\"type\": {kind}, {members}}}, \"parent\": [{evil}]}}, \
             \"root\": {{\"inputs\": {{\"a\": \"a\", {evil}: [\"a\", {evil}]}}}}}}, \"root\": \"root\", \"version\": 7}}"
        );
        scratch.write("flake.lock", text);
        scratch.commit("lock");
        survives(&scratch);
    }
}

#[test]
fn what_is_wrong_with_a_lock_is_told_harmlessly() {
    let scratch = Scratch::new();
    scratch.commit_lock(1);
    let evil = serde_json::to_string(EVIL).unwrap();
    for text in [
        format!("{{{evil}: {EVIL}}}"),
        format!(
            "{{\"nodes\": {{{evil}: 5, \"root\": {{\"inputs\": {{\"x\": {evil}}}}}}}, \"root\": \"root\", \"version\": 7}}"
        ),
        format!("{{\"nodes\": {{\"root\": {{}}}}, \"root\": {evil}, \"version\": 7}}"),
        format!("{{\"nodes\": {{}}, \"root\": \"root\", \"version\": {evil}}}"),
        format!(
            "{{\"nodes\": {{\"root\": {{\"inputs\": {{{evil}: {{}}}}}}}}, \"root\": \"root\", \"version\": 7}}"
        ),
        format!(
            "{{\"nodes\": {{{evil}: {{}}, {evil}: {{}}, \"root\": {{}}}}, \"root\": \"root\", \"version\": 7}}"
        ),
        EVIL.to_owned(),
        format!("<<<<<<< {EVIL}\n=======\n>>>>>>> {EVIL}\n"),
        format!("\"{EVIL}\""),
    ] {
        scratch.write("flake.lock", text);
        scratch.commit("broken");
    }
    survives_in_every_form(&scratch);
    std::fs::remove_file(scratch.path("flake.lock")).unwrap();
    symlink(EVIL, scratch.path("flake.lock")).unwrap();
    survives(&scratch);
    scratch.commit("a link");
    survives(&scratch);
}

#[test]
fn names_of_files_and_folders_reach_the_terminal_harmless() {
    let scratch = Scratch::without_repository();
    let folder = scratch.path(&format!("re{EVIL}po"));
    let flake = folder.join(format!("fl{EVIL}ake"));
    std::fs::create_dir_all(&flake).unwrap();
    let run = |place: &std::path::Path, args: &[&str]| scratch.flakehist_in(place).args(args).run();
    let all = |what: &[&[&str]]| -> Vec<Outcome> { what.iter().map(|args| run(&flake, args)).collect() };
    for outcome in all(&[&["log"], &["show"], &["log", "--flake", EVIL], &["log", "--lock", EVIL]]) {
        harmless(&outcome);
    }
    scratch.git_in(&folder, ["init", "--quiet", "--template=", "--initial-branch=main"]);
    harmless(&run(&flake, &["log"]));
    std::fs::write(flake.join("flake.nix"), "{ }").unwrap();
    std::fs::write(flake.join("flake.lock"), lock_with(&[("nixpkgs", &rev(1), 1)])).unwrap();
    scratch.git_in(&folder, ["add", "."]);
    harmless(&run(&folder, &["log"]));
    scratch.git_in(&folder, ["commit", "--quiet", "--message", "lock"]);
    std::fs::write(flake.join("flake.lock"), "{ }").unwrap();
    for outcome in all(&[
        &["log"],
        &["log", "-p"],
        &["log", "--json"],
        &["log", "--until", "1980-01-01"],
        &["show"],
        &["show", "HEAD"],
        &["show", "--json"],
        &["show", "index"],
        &["show", "./flake.lock"],
        &["show", "file:flake.nix"],
        &["show", "lock~7"],
        &["show", "date:1980-01-01"],
    ]) {
        harmless(&outcome);
    }
    std::fs::remove_file(flake.join("flake.lock")).unwrap();
    harmless(&run(&flake, &["show"]));
    scratch.git_in(&folder, ["rm", "-r", "--quiet", "--cached", "."]);
    harmless(&run(&flake, &["show", "index"]));
    std::fs::write(folder.join(".git/config"), "[core]\nrepositoryformatversion = 9\n").unwrap();
    harmless(&run(&flake, &["log"]));
}

#[test]
fn names_of_branches_reach_the_terminal_harmless() {
    let scratch = Scratch::new();
    scratch.commit_lock(1);
    // What git allows in a ref.
    let branch = "ma\u{9b}31min\u{202e}\u{2066}\u{200b}\u{85}";
    scratch.git(["branch", branch]);
    for target in [branch, "ma\u{9b}31min\u{202e}\u{2066}\u{200b}", "main\u{200b}", EVIL, "x/\u{1b}[31m"] {
        harmless(&scratch.flakehist(["show", target]));
        harmless(&scratch.flakehist(["log", target]));
        harmless(&scratch.flakehist(["log", &format!("{target}..main")]));
        harmless(&scratch.flakehist(["diff", target]));
        harmless(&scratch.flakehist(["diff", &format!("main...{target}")]));
    }
    for target in ["date:", "gen:", "lock~", "file:", "HEAD~9", ":/", "@{-"] {
        harmless(&scratch.flakehist(["show", &format!("{target}{EVIL}")]));
        harmless(&scratch.flakehist(["diff", &format!("{target}{EVIL}...HEAD")]));
    }
}

#[test]
fn words_of_the_user_and_of_settings_come_back_harmless() {
    let scratch = Scratch::new();
    scratch.commit_lock(1);
    for args in [
        ["log", "--since", EVIL],
        ["log", "--until", EVIL],
        ["log", "--author", &format!("\\({EVIL}")],
        ["log", "--input", &format!("[{EVIL}")],
        ["log", "--columns", EVIL],
        ["log", "--flake", EVIL],
        ["log", "--flake", &format!("github:{EVIL}")],
        ["log", "--lock", EVIL],
        ["log", "-C", EVIL],
    ] {
        harmless(&scratch.flakehist(args));
    }
    for name in [
        "FLAKEHIST_COLOR",
        "FLAKEHIST_UTC",
        "FLAKEHIST_LINKS",
        "FLAKEHIST_FLAKE",
        "FLAKEHIST_LOCK",
        "FLAKEHIST_COLUMNS",
        "GIT_DIR",
        "NH_FLAKE",
    ] {
        let run = |folder| scratch.flakehist_in(folder).env(name, EVIL).args(["log"]).run();
        harmless(&run(scratch.folder()));
        harmless(&run(&scratch.home()));
    }
}
