//! Plans and the journal, as somebody looked at them and found them good.

use std::path::PathBuf;
use std::sync::Arc;

use super::*;
use crate::git::{CommitId, FileAt, blob_id};
use crate::history::Tracking;
use crate::lock::{Decoder, Lock};
use crate::restore::journal::{Entry, Kind};
use crate::restore::{Action, CommandLine, Goal, Misfit, Request, Situation, Then, Versions, Why};
use crate::view::golden::{check, within};
use crate::view::made_up::{commit, lock_text, style};

const NOW: &str = "nixpkgs@a1+50#nixos-25.11 home-manager@b1+48 home-manager/nixpkgs>nixpkgs disko@c1+300";
const THEN: &str = "nixpkgs@a2+10#nixos-25.05 home-manager@b2+40 home-manager/nixpkgs>nixpkgs old@d1+1";

fn situation(text: Option<String>) -> Situation {
    Situation {
        folder: PathBuf::from("/etc/nixos"),
        workdir: PathBuf::from("/etc/nixos"),
        lock: "flake.lock".to_owned(),
        file: PathBuf::from("/etc/nixos/flake.lock"),
        path: "flake.lock".to_owned(),
        typed: "flake.lock".to_owned(),
        bytes: text.map(String::into_bytes),
        tracking: None,
        is_ignored: false,
        is_announced: false,
        staged: None,
        index: FileAt::Present { mode: 0o100_644, id: blob_id(b"x").unwrap() },
        in_head: blob_id(b"x"),
        head: None,
        worktree: None,
        owner: None,
        git_dir: None,
    }
}

fn goal(words: &str) -> Goal {
    let text = lock_text(words);
    let commit = commit(16, "flake.lock: Update\u{1b}[31m");
    Goal {
        word: "HEAD~3".to_owned(),
        name: format!("{} (2026-01-17)", commit.id.short(7)),
        commit: Some(commit),
        remark: Some("the lock of generation 41 (lock likely)".to_owned()),
        lock: Some(Arc::new(decoded(&text))),
        bytes: Some(text.into_bytes()),
        part: None,
        kind: Kind::Restore,
        undoes: None,
    }
}

fn decoded(text: &str) -> Lock {
    Decoder::new().decode(text.as_bytes()).unwrap()
}

fn rebuild() -> Then {
    let words = ["switch", "--flake", ".#box", "--no-update-lock-file", "--use-remote-sudo"];
    Then::Rebuild(Action::Switch, CommandLine::new("nixos-rebuild", words))
}

fn request(then: Then) -> Request {
    Request { then, commit: None, relock: false, has_nix: true, misfits: Vec::new() }
}

fn shown(situation: Situation, goal: Goal, request: Request, columns: Option<usize>) -> String {
    let now = situation.bytes.clone().map(|bytes| decoded(&String::from_utf8(bytes).unwrap()));
    let pair = |now: &str, then: &str| Some((now.to_owned(), then.to_owned()));
    let versions = Versions { kernel: pair("6.12.5", "6.6.9"), release: pair("25.11", "25.05") };
    let mut made = crate::restore::plan(situation, goal, request, now.as_ref(), versions).unwrap();
    made.has_generation = Some(41);
    let mut out = Vec::new();
    plan(&made, &style(columns), &mut out).unwrap();
    within(columns, String::from_utf8(out).unwrap())
}

#[test]
fn plans_at_every_width() {
    let mut text = String::new();
    for columns in [Some(60), Some(80), Some(120), None] {
        let mut request = request(rebuild());
        request.commit = Some("flake.lock: restore\n\nmore".to_owned());
        request.misfits = vec![Misfit { input: "disko".to_owned(), why: Why::NotLocked }];
        let mut situation = situation(Some(lock_text(NOW)));
        situation.staged = blob_id(b"y");
        text += &format!("{columns:?}\n{}\n", shown(situation, goal(THEN), request, columns));
    }
    check("restore.txt", &text);
}

#[test]
fn what_is_there_already_is_only_rebuilt() {
    let there = shown(situation(Some(lock_text(NOW))), goal(NOW), request(rebuild()), Some(80));
    assert!(there.starts_with("flake.lock is "), "{there}");
    assert!(!there.contains("flake.lock is written") && there.contains("nixos-rebuild switch"), "{there}");
    let nothing = shown(situation(Some(lock_text(NOW))), goal(NOW), request(Then::Nothing), Some(80));
    assert!(nothing.contains("Nothing is to be done."), "{nothing}");
}

#[test]
fn of_a_part_that_is_there_already_no_more_is_said_than_is_true() {
    let some = |then| Goal { part: Some("disko".to_owned()), ..goal(then) };
    let same = situation(Some(lock_text(NOW)));
    let mut made =
        crate::restore::plan(same, some(NOW), request(Then::Nothing), None, Default::default()).unwrap();
    made.hazards.push(Hazard::Part("`old` stays as it is: it was no input then".to_owned()));
    let mut out = Vec::new();
    plan(&made, &style(None), &mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    let goal = &made.goal.name;
    assert!(text.starts_with(&format!("flake.lock has disko of {goal} already\n")), "{text}");
    assert!(text.contains("Nothing is to be done.\n\nMind\n  !  `old` stays as it is"), "{text}");
    // That this or that goes back is no matter where nothing is done.
    made.hazards = vec![Hazard::Unreadable];
    let mut out = Vec::new();
    plan(&made, &style(None), &mut out).unwrap();
    assert!(out.ends_with(b"Nothing is to be done.\n"), "{}", String::from_utf8_lossy(&out));
}

#[test]
fn nix_is_shown_a_lock_that_git_does_not_track() {
    for (is_ignored, told) in
        [(false, "--intent-to-add flake.lock`"), (true, "--intent-to-add --force flake.lock`")]
    {
        let unseen = Situation {
            index: FileAt::Absent,
            in_head: None,
            is_ignored,
            tracking: Some(if is_ignored { Tracking::Ignored } else { Tracking::Untracked }),
            ..situation(Some(lock_text(NOW)))
        };
        let text = shown(unseen, goal(THEN), request(Then::Nothing), None);
        assert!(text.contains(told), "{text}");
        // Where the system is left alone, its kernel is no matter.
        assert!(!text.contains("kernel"), "{text}");
    }
}

#[test]
fn a_missing_lock_is_written_anew() {
    let text = shown(situation(None), goal(THEN), request(Then::Nothing), Some(100));
    assert!(text.contains("3 inputs changed: 3 added") && text.contains("is written"), "{text}");
}

fn entry(number: u64, kind: Kind, target: &str, ending: Ending) -> Entry {
    Entry {
        number,
        time: 1_767_225_600 + i64::try_from(number).unwrap() * 86_400,
        kind,
        target: target.to_owned(),
        commit: None,
        lock: "flake.lock".to_owned(),
        before: blob_id(b"before"),
        after: blob_id(target.as_bytes()),
        command: Some(vec!["nixos-rebuild".to_owned(), "a\u{9b}b".to_owned()]),
        ending,
        made: None,
        taken_back: false,
        undoes: None,
        worktree: None,
    }
}

#[test]
fn the_journal_at_every_width_and_as_json() {
    let made = CommitId::parse("abcdef0123456789012345678901234567890123");
    let entries = [
        Entry { undoes: Some(2), ..entry(6, Kind::Undo, "undo 2", Ending::Done) },
        entry(5, Kind::Restore, "gen:41", Ending::Begun),
        entry(4, Kind::Restore, "evil\u{1b}[31m/branch", Ending::SystemMoved),
        Entry { made, taken_back: true, ..entry(3, Kind::Restore, "lock~1", Ending::PutBack) },
        Entry { made, commit: made, ..entry(2, Kind::Restore, "HEAD~3", Ending::Done) },
        Entry { before: None, commit: made, ..entry(1, Kind::Restore, "abcdef0", Ending::Complaints) },
    ];
    let mut text = String::new();
    for columns in [Some(60), Some(80), None] {
        let mut out = Vec::new();
        journal_table(&entries, false, &style(columns), &mut out).unwrap();
        text += &format!("{columns:?}\n{}\n", within(columns, String::from_utf8(out).unwrap()));
    }
    let mut out = Vec::new();
    journal_json(&entries, Some(LockIs::After), &mut out).unwrap();
    text += &within(None, String::from_utf8(out).unwrap());
    check("journal.txt", &text);
}
