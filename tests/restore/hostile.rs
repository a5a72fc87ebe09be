//! Commits, branches, locks and names by people who mean harm: nothing of theirs becomes an option, a word of a
//! shell or a command to the terminal.

use super::place::{Place, numbered};
use super::support::{Outcome, lock_with, rev};

/// Colour, title, cursor, carriage return, backspace, C1 controls, bidirectional marks, invisible characters.
const EVIL: &str = "\x1b[31m\x1b]0;pwned\x07\x1b[2J\r\x08\x7f\u{85}\u{9b}1A\u{9d}0;x\u{9c}\u{202e}evil\u{2066}\u{200b}\u{2028}\u{feff}";
/// What a shell would obey.
const SHELL: &str = "$(touch pwned)`touch pwned`; touch pwned | touch pwned & \"'touch pwned'\"";

fn is_obeyed(c: char) -> bool {
    (c.is_control() && c != '\n')
        || matches!(c, '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// Makes sure that nothing a terminal would obey was shown, and that no shell has run anything.
fn harmless(place: &Place, outcome: &Outcome) {
    for text in [outcome.out(), outcome.err()] {
        let bad = text.char_indices().find(|(_, c)| is_obeyed(*c));
        assert!(bad.is_none(), "{bad:?} in {text:?}");
    }
    assert!(!outcome.err().contains("panicked"), "{outcome}");
    for folder in [place.folder.clone(), place.beside(""), place.scratch.home()] {
        assert!(!folder.join("pwned").exists(), "{outcome}");
    }
}

/// Every command there is about this target; gives the outcome of the restore.
fn all_of(place: &Place, target: &str) -> Outcome {
    let run = |args: &[&str]| {
        let outcome = place.run(args);
        harmless(place, &outcome);
        outcome
    };
    run(&["restore", "--dry-run", "--", target]);
    let outcome = run(&["restore", "--yes", "--commit", target]);
    run(&["journal"]);
    run(&["journal", "--json"]);
    run(&["undo", "--dry-run"]);
    run(&["undo", "--yes", "--commit"]);
    place.tool("nixos-rebuild", "exit 1");
    run(&["restore", "--yes", "--commit", target]);
    place.tool("nixos-rebuild", "");
    run(&["journal"]);
    outcome
}

#[test]
fn commits_of_strangers() {
    let place = Place::with_history();
    let tree = place.git(["rev-parse", "HEAD~2^{tree}"]);
    let name = EVIL.replace(['\n', '<', '>'], "");
    let commit = format!(
        "tree {tree}\nparent {}\nauthor {name} <{name}@x> 1700000000 +0000\ncommitter {name} <{name}@x> 1700000000 \
         +0000\n\n--amend {EVIL} {SHELL}\n\n-F/etc/passwd {EVIL}\n",
        place.git(["rev-parse", "HEAD"])
    );
    let args = ["hash-object", "-t", "commit", "-w", "--stdin", "--literally"];
    let id = place.scratch.feed_git(&place.folder, args, commit.as_bytes()).success().out().trim().to_owned();
    all_of(&place, &id).success();
    place.run(["restore", "--yes", "--no-rebuild", &id]).success();
    assert_eq!(place.lock(), numbered(1));
}

#[test]
fn locks_of_strangers() {
    let name = format!("--help{EVIL}{SHELL}");
    for names in [["--upload-pack=touch pwned", "-x"], [&name, EVIL], ["a\nb", "refs/heads/main"]] {
        let place = Place::with_history();
        place.write("flake.lock", lock_with(&[(names[0], EVIL, 1_600_000_000), (names[1], SHELL, 1)]));
        let evil = place.commit("evil");
        place.commit_lock(4);
        all_of(&place, &evil).success();
        place.run(["restore", "--yes", "--no-rebuild", &evil]).success();
        let outcome = place.run(["restore", "--yes", "main"]);
        harmless(&place, &outcome);
    }
    // In every place a lock has.
    let place = Place::with_history();
    let evil = serde_json::to_string(&format!("{EVIL}{SHELL}")).unwrap();
    let members = ["owner", "repo", "url", "path", "id", "ref", "host", "dir"];
    let members = members.map(|key| format!("\"{key}\": {evil}")).join(", ");
    let text = format!(
        "{{\"nodes\": {{\"a\": {{\"locked\": {{\"type\": \"git\", \"rev\": \"{}\", \"lastModified\": 1, {members}}}, \
         \"original\": {{\"type\": \"git\", {members}}}}}, \"root\": {{\"inputs\": {{\"a\": \"a\"}}}}}}, \
         \"root\": \"root\", \"version\": 7}}\n",
        rev(1)
    );
    place.write("flake.lock", &text);
    let commit = place.commit("evil");
    place.commit_lock(4);
    all_of(&place, &commit);
}

#[test]
fn branches_and_targets_of_strangers() {
    let place = Place::with_history();
    let branch = "-\u{9b}31m\u{202e}\u{200b};$(touch${IFS}pwned)";
    place.git(["update-ref", &format!("refs/heads/{branch}"), "HEAD~2"]);
    for target in
        [branch, EVIL, SHELL, "--exec=x", "-h", "--", "", "gen:\x1b[31m", "date:\x1b[31m", "file:\x1b[31m"]
    {
        for args in [
            &["restore", "--yes", "--no-rebuild", "--", target][..],
            &["restore", "--dry-run", "--", target],
            &["restore", target, "--dry-run"],
            &["restore", "HEAD~1", "--dry-run", "--host", target],
            &["restore", "HEAD~1", "--dry-run", "--action", target],
            &["undo", target],
        ] {
            harmless(&place, &place.run(args));
        }
    }
    let place = Place::with_history();
    place.git(["update-ref", &format!("refs/heads/{branch}"), "HEAD~2"]);
    let outcome = place.run(["restore", "--yes", "--no-rebuild", &format!("refs/heads/{branch}")]).success();
    harmless(&place, &outcome);
    assert_eq!(place.lock(), numbered(1));
    harmless(&place, &place.run(["journal"]));
}

#[test]
fn a_host_is_one_word() {
    for host in ["a b", "$(touch pwned)", "--option", "-h", "a#b", "x'\"y", EVIL] {
        let place = Place::with_history();
        let outcome = place.run(["restore", "HEAD~2", "--yes", &format!("--host={host}")]);
        harmless(&place, &outcome);
        if outcome.status == Some(0) {
            assert_eq!(place.calls().len(), 1, "{outcome}");
            assert_eq!(place.entry()["command"][3], format!(".#{host}"), "{outcome}");
        } else {
            assert_eq!(place.lock(), numbered(3), "{outcome}");
        }
        let place = Place::with_history();
        let setting = "nixos-rebuild '{action}' x{host}y";
        let args = ["restore", "HEAD~2", "--yes", &format!("--host={host}")];
        let outcome = place.flakehist(args).env("FLAKEHIST_REBUILD", setting).run();
        harmless(&place, &outcome);
        if outcome.status == Some(0) {
            assert_eq!(place.entry()["command"][2], format!("x{host}y"), "{outcome}");
        }
    }
}

#[test]
fn files_named_like_options() {
    let place = Place::new();
    let folder = place.path("--all");
    std::fs::create_dir(&folder).unwrap();
    for n in [1, 2] {
        place.write("--all/flake.nix", "{ }\n");
        place.write("--all/--amend", numbered(n));
        place.write("--all/-p.lock", numbered(n + 10));
        place.commit(&format!("--message {n}"));
    }
    let first = place.git(["rev-parse", "HEAD~1"]);
    for name in ["--amend", "-p.lock"] {
        let run = |more: &[&str]| {
            let lock = format!("--lock={name}");
            let outcome = place.flakehist_in(&folder, [&[lock.as_str()], more].concat()).run();
            harmless(&place, &outcome);
            outcome
        };
        let before = std::fs::read(folder.join(name)).unwrap();
        place.git(["rm", "--quiet", "--cached", "--", &format!("--all/{name}")]);
        run(&["restore", &first, "--yes", "--commit", "--no-rebuild"]).success();
        assert_eq!(place.git(["show", "--format=", "--name-only", "HEAD"]), format!("--all/{name}"));
        run(&["undo", "--yes", "--commit", "--no-rebuild"]).success();
        assert_eq!(std::fs::read(folder.join(name)).unwrap(), before);
        place.git(["checkout", "--quiet", "main"]);
    }
}

#[test]
fn a_journal_that_somebody_else_wrote() {
    let place = Place::with_history();
    place.run(["restore", "HEAD~2", "--yes", "--no-rebuild"]).success();
    let mut entry = place.entry();
    entry["number"] = 2.into();
    entry["target"] = format!("{EVIL}{SHELL}").into();
    entry["lock"] = "../../../etc/passwd".into();
    entry["command"] = serde_json::json!([EVIL, SHELL]);
    let blob = |text: &str| {
        let args = ["hash-object", "-w", "--stdin"];
        place.scratch.feed_git(&place.folder, args, text.as_bytes()).success().out().trim().to_owned()
    };
    let keep = |number: u64, entry: &serde_json::Value| {
        let (text, before) = (blob(&entry.to_string()), blob(&numbered(9)));
        let tree = format!("100644 blob {before}\tbefore\n100644 blob {text}\tentry.json\n");
        let tree = place.scratch.feed_git(&place.folder, ["mktree"], tree.as_bytes()).success();
        place.git(["update-ref", &format!("refs/flakehist/journal/{number:06}"), tree.out().trim()]);
    };
    keep(2, &entry);
    entry["lock"] = "flake.lock".into();
    entry["number"] = 3.into();
    keep(3, &entry);
    for args in [
        &["journal"][..],
        &["journal", "--json"],
        &["undo", "2", "--yes", "--no-rebuild"],
        &["undo", "3", "--dry-run"],
        &["undo", "--dry-run"],
    ] {
        harmless(&place, &place.run(args));
    }
    assert_eq!(place.lock(), numbered(1), "an entry of another file is no way back for this one");
}
