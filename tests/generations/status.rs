//! The verdict on a rebuild, and the exit codes of `--check`.

use super::repository::Repository;
use super::site::Site;
use super::system::{System, lock, rev};

#[track_caller]
fn assert_verdict(repository: &Repository, verdict: &str, code: i32) -> serde_json::Value {
    let run = repository.run(&["status", "--check", "--json"]);
    assert_eq!(run.code, code, "{run:?}");
    let json: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(json["verdict"], verdict, "{json}");
    assert_eq!(repository.run(&["status", "--check"]).code, code);
    assert_eq!(repository.run(&["status"]).code, 0);
    json
}

/// `(input, direction)` of everything that would move.
fn moves(status: &serde_json::Value) -> Vec<(String, String)> {
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    status["moves"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (text(&one["input"]), text(&one["direction"])))
        .collect()
}

#[test]
fn in_step_behind_ahead_and_diverged() {
    let Some(site) = Site::new() else { return };
    let all = "pins = { inherit nixpkgs extra; };";
    let first = site.state(all, 0, 1, "2025-10-02T12:00:00Z");
    let old = site.build(&[]);
    site.set(&old, "2025-10-02T12:05:00Z");
    site.runs("current-system", &old);
    let json = assert_verdict(&site, "inStep", 0);
    assert!(json["moves"] == serde_json::json!([]) && json["running"]["lock"] == first, "{json}");
    assert!(json["state"] == "clean" && json["tracked"] == true, "{json}");
    assert_eq!(json["lastChange"]["commit"], first);

    // Another commit with the same lock.
    site.write("README", "x\n");
    site.commit("2025-10-03T12:00:00Z", "readme");
    assert_verdict(&site, "inStep", 0);

    let second = site.state(all, 1, 1, "2025-10-04T12:00:00Z");
    let json = assert_verdict(&site, "behind", 0);
    assert_eq!(moves(&json), [("nixpkgs".to_owned(), "newer".to_owned())]);
    let text = site.run(&["status"]).good();
    assert!(text.contains("would take nixpkgs forward from 2025-06-01"), "{text}");

    let newer = site.build(&[]);
    site.set(&newer, "2025-10-04T12:05:00Z");
    site.runs("current-system", &newer);
    site.git(&["revert", "--no-edit", &second]);
    let json = assert_verdict(&site, "ahead", 1);
    assert_eq!(moves(&json), [("nixpkgs".to_owned(), "older".to_owned())]);
    let text = site.run(&[]).good();
    let sentence = format!(
        "a rebuild now would take nixpkgs back from 2025-09-10 {} to 2025-06-01 {}",
        &site.nixpkgs[1][..7],
        &site.nixpkgs[0][..7]
    );
    assert!(text.contains(&sentence), "{text}");

    site.state(all, 2, 0, "2025-12-06T12:00:00Z");
    let json = assert_verdict(&site, "diverged", 1);
    let expected = [("extra", "older"), ("nixpkgs", "newer")].map(|(i, d)| (i.to_owned(), d.to_owned()));
    assert_eq!(moves(&json), expected);
}

#[test]
fn a_system_built_from_a_lock_never_committed_is_ahead() {
    let Some(site) = Site::new() else { return };
    site.state("", 0, 0, "2025-06-02T12:00:00Z");
    site.lock(2, 0);
    let system = site.build(&[]);
    site.set(&system, "2025-12-06T12:00:00Z");
    site.runs("current-system", &system);
    // The lock lies in the working tree still, so a rebuild now changes nothing.
    let json = assert_verdict(&site, "ahead", 1);
    assert!(json["now"]["takes"] == "worktree" && json["now"]["verdict"] == "inStep", "{json}");
    let text = site.run(&["status"]).good();
    assert!(text.contains("in step: a rebuild now takes the inputs of the running system"), "{text}");
    assert!(text.contains("a rebuild from HEAD would take nixpkgs back from 2025-12-05"), "{text}");
    assert!(json["state"] == "modified" && json["running"]["lock"].is_null(), "{json}");
    assert!(json["running"]["lockId"].is_string(), "{json}");
    // Then it is lost, and what the system tells of nixpkgs is all there is.
    site.git(&["checkout", "--quiet", "--force", "HEAD"]);
    let json = assert_verdict(&site, "ahead", 1);
    assert!(json["state"] == "clean" && json["running"]["lockId"].is_null(), "{json}");
    let text = site.run(&["status"]).good();
    assert!(text.contains("judged by what the running system tells"), "{text}");
    assert!(json["complete"] == false, "{json}");
    assert!(text.contains("would take nixpkgs back from 2025-12-05"), "{text}");
}

#[test]
fn what_cannot_be_told_is_unknown() {
    let repository = Repository::new();
    repository.write("flake.nix", "{ outputs = _: { }; }\n");
    repository.write("flake.lock", &lock(&[("nixpkgs", &rev('1'), 1_748_772_000)]));
    repository.commit("2025-06-02T12:00:00Z", "first");
    // No profile.
    let run = repository.run(&["status", "--check"]);
    assert_eq!(run.code, 3, "{run:?}");
    assert_eq!(run.err.lines().count(), 1, "{run:?}");
    // A system that tells nothing.
    let mute = System::new(&repository, 'a', "nixos-system-host");
    repository.generation(1, &mute.path, "2025-01-01T00:00:00Z");
    repository.stand_on(1);
    assert_verdict(&repository, "unknown", 3);
    // By date is no knowledge either.
    std::fs::remove_file(repository.link(1)).unwrap();
    repository.generation(1, &mute.path, "2025-06-02T12:05:00Z");
    assert_eq!(repository.row(1)["confidence"], "by date");
    assert_verdict(&repository, "unknown", 3);
    // No lock in HEAD.
    repository.git(&["rm", "--quiet", "--cached", "flake.lock"]);
    repository.git(&["commit", "--quiet", "--message", "without"]);
    let run = repository.run(&["status", "--check", "--json"]);
    assert!(run.code == 3 && run.out.contains("\"state\":\"untracked\""), "{run:?}");
}

#[test]
fn the_states_of_the_lock() {
    let repository = Repository::new();
    repository.write("flake.nix", "{ outputs = _: { }; }\n");
    repository.git(&["add", "--all"]);
    let state = || repository.run(&["status", "--json"]).json()["state"].as_str().unwrap().to_owned();
    repository.write("flake.lock", &lock(&[("nixpkgs", &rev('1'), 1_748_772_000)]));
    assert_eq!(state(), "untracked");
    repository.git(&["add", "flake.lock"]);
    assert_eq!(state(), "staged");
    repository.commit("2025-06-02T12:00:00Z", "first");
    assert_eq!(state(), "clean");
    repository.write("flake.lock", &lock(&[("nixpkgs", &rev('2'), 1_748_772_000)]));
    assert_eq!(state(), "modified");
    repository.git(&["add", "flake.lock"]);
    assert_eq!(state(), "staged");
    let plain = repository.run(&[]);
    assert_eq!(plain.out, repository.run(&["status"]).out, "plain flakehist is the status");
}

/// A system that runs, built from HEAD's lock of nixpkgs `2`.
fn in_step() -> Repository {
    let repository = Repository::new();
    repository.write("flake.nix", "{ outputs = _: { }; }\n");
    repository.write("flake.lock", &lock(&[("nixpkgs", &rev('2'), JUNE)]));
    let commit = repository.commit("2025-06-02T12:00:00Z", "first");
    let system = System::nixos(&repository, 'a', &rev('2'), &commit);
    repository.generation(1, &system.path, "2025-06-02T12:05:00Z");
    repository.stand_on(1);
    repository.runs("current-system", &system.path);
    repository
}

/// 2025-06-01 10:00 UTC.
const JUNE: u64 = 1_748_772_000;
const DAY: u64 = 24 * 60 * 60;

/// What a rebuild now takes, its verdict, and the exit code of `--check`, which is about HEAD.
fn now(repository: &Repository) -> (String, String, i32) {
    let run = repository.run(&["status", "--check", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&run.out).unwrap();
    let text = |key: &str| json["now"][key].as_str().unwrap().to_owned();
    (text("takes"), text("verdict"), run.code)
}

fn is(takes: &str, verdict: &str, code: i32) -> (String, String, i32) {
    (takes.to_owned(), verdict.to_owned(), code)
}

#[test]
fn a_rebuild_now_takes_what_nix_sees() {
    let repository = in_step();
    assert_eq!(now(&repository), is("head", "inStep", 0));
    let older = lock(&[("nixpkgs", &rev('1'), JUNE - DAY)]);
    repository.write("flake.lock", &older);
    for stage in [false, true] {
        if stage {
            repository.git(&["add", "flake.lock"]);
        }
        assert_eq!(now(&repository), is("worktree", "ahead", 0));
        let text = repository.run(&["status"]).good();
        for words in [
            "the running system is ahead of the working tree's lock\n",
            "a rebuild now would take nixpkgs back from 2025-06-01 2222222 to 2025-05-31 1111111\n",
            "from HEAD      in step: a rebuild from HEAD takes the inputs of the running system\n",
        ] {
            assert!(text.contains(words), "{text}");
        }
        let checked = repository.run(&["status", "--check"]);
        assert!(checked.err.contains("the exit code is about HEAD's lock"), "{checked:?}");
    }
    // Committed, it is HEAD's.
    repository.commit("2025-06-03T12:00:00Z", "back");
    assert_eq!(now(&repository), is("head", "ahead", 1));
    repository.write("flake.lock", &lock(&[("nixpkgs", &rev('3'), JUNE + DAY)]));
    assert_eq!(now(&repository), is("worktree", "behind", 1));
    // The same said in other bytes is said once.
    repository.write("flake.lock", &format!("{older}\n"));
    let text = repository.run(&["status"]).good();
    assert!(text.contains("a rebuild now would take nixpkgs back") && !text.contains("from HEAD"), "{text}");
    // What cannot be read, Nix does not take.
    repository.write("flake.lock", "<<<<<<<\n");
    assert_eq!(now(&repository), is("worktree", "unknown", 1));
    let text = repository.run(&["status"]).good();
    let verdict =
        text.split_once("verdict        a rebuild now fails: the working tree's lock cannot be read\n");
    assert!(verdict.is_some_and(|(_, why)| why.contains("unresolved merge conflict")), "{text}");
}

#[test]
fn a_lock_that_nix_does_not_see_is_locked_anew() {
    let anew = "not known: a rebuild now locks every input anew";
    let assert_anew = |repository: &Repository, code: i32| {
        assert_eq!(now(repository), is("anew", "unknown", code));
        let text = repository.run(&["status"]).good();
        assert!(text.contains(anew), "{text}");
        text
    };
    // Gone from the working tree, though git has it still.
    let repository = in_step();
    std::fs::remove_file(repository.path("config/flake.lock")).unwrap();
    let text = assert_anew(&repository, 0);
    assert!(text.contains("flake.lock: gone from the working tree\n"), "{text}");
    assert!(text.contains("from HEAD      in step"), "{text}");
    let run = repository.run(&["status", "--check"]);
    assert!(run.err.contains("flake.lock is gone from the working tree"), "{run:?}");
    repository.git(&["rm", "--quiet", "--cached", "flake.lock"]);
    assert_anew(&repository, 0);
    // There again, but not tracked; HEAD has it still.
    repository.write("flake.lock", &lock(&[("nixpkgs", &rev('1'), JUNE - DAY)]));
    let text = assert_anew(&repository, 0);
    assert!(text.contains("flake.lock: untracked"), "{text}");
    repository.write(".gitignore", "flake.lock\n");
    assert_anew(&repository, 0);
    // HEAD has none either: then nothing is known of a rebuild from it.
    repository.git(&["commit", "--quiet", "--message", "without"]);
    assert_anew(&repository, 3);
    // To be told of it is enough for Nix.
    repository.git(&["add", "--force", "--intent-to-add", "flake.lock"]);
    assert_eq!(now(&repository), is("worktree", "ahead", 3));
}

#[test]
fn a_running_system_that_is_no_generation_is_judged_by_what_it_tells() {
    let repository = in_step();
    let first = repository.git(&["rev-parse", "HEAD"]);
    repository.write("flake.lock", &lock(&[("nixpkgs", &rev('3'), JUNE + DAY)]));
    let second = repository.commit("2025-06-03T12:00:00Z", "second");
    // Tested, never switched to. The default generation is behind; what runs is not.
    let tested = System::nixos(&repository, 'b', &rev('3'), &second);
    repository.runs("current-system", &tested.path);
    let json = assert_verdict(&repository, "inStep", 0);
    assert_eq!(json["judged"], "running");
    let running = &json["running"];
    assert!(running["generation"].is_null() && running["lock"] == second, "{json}");
    assert!(running["confidence"] == "exact" && json["default"]["lock"] == first, "{json}");
    assert_eq!(running["storePath"], tested.path.to_str().unwrap());
    let text = repository.run(&["status"]).good();
    assert!(text.contains(&format!("lock of {} 2025-06-03 (exact)\n", &second[..7])), "{text}");
    // It is a target, and can be explained.
    let shown = repository.run(&["show", "gen:running", "--json"]).json();
    assert_eq!(shown["commit"], second);
    let explained = repository.run(&["generations", "--explain", "running"]).good();
    assert!(explained.starts_with("the running system\n") && explained.contains("exact"), "{explained}");
    // It is in no list of generations.
    assert_eq!(repository.generations().len(), 1);
    assert_eq!(repository.log_numbers(&[]), (vec![vec![], vec![1]], vec![]));

    repository.git(&["checkout", "--quiet", &first]);
    let json = assert_verdict(&repository, "ahead", 1);
    assert_eq!(moves(&json), [("nixpkgs".to_owned(), "older".to_owned())]);
    // One of which no lock is known shows what it tells.
    let foreign = System::nixos(&repository, 'c', &rev('9'), "");
    repository.runs("current-system", &foreign.path);
    let shown = repository.run(&["show", "gen:running"]).good();
    assert!(shown.starts_with("the running system: no lock in this repository fits"), "{shown}");
    assert!(repository.run(&["show", "gen:running", "--json"]).json()["generation"].is_null());
    // One that tells nothing is not known, whatever the default generation is.
    let mute = System::new(&repository, 'd', "nixos-system-host");
    repository.runs("current-system", &mute.path);
    let json = assert_verdict(&repository, "unknown", 3);
    assert_eq!((&json["judged"], &json["complete"]), (&"running".into(), &false.into()));
}

#[test]
fn nixpkgs_alone_is_not_all() {
    let repository = Repository::new();
    repository.write("flake.nix", "{ outputs = _: { }; }\n");
    // Two locks with one nixpkgs: which of them it was is not known.
    for extra in ['4', '5'] {
        repository.write("flake.lock", &lock(&[("nixpkgs", &rev('2'), JUNE), ("extra", &rev(extra), JUNE)]));
        repository.commit("2025-06-02T12:00:00Z", "update");
    }
    let system = System::nixos(&repository, 'a', &rev('2'), "");
    repository.generation(1, &system.path, "2025-06-02T12:05:00Z");
    repository.stand_on(1);
    let json = assert_verdict(&repository, "inStep", 0);
    assert!(json["complete"] == false && json["now"]["complete"] == false, "{json}");
    assert_eq!(json["judged"], "default");
    let text = repository.run(&["status"]).good();
    assert!(
        text.contains("in step as far as nixpkgs tells: a rebuild now takes that of the default"),
        "{text}"
    );
    // With the commit known, all is.
    let commit = repository.git(&["rev-parse", "HEAD"]);
    let system = System::nixos(&repository, 'b', &rev('2'), &commit);
    repository.generation(2, &system.path, "2025-06-02T12:06:00Z");
    repository.stand_on(2);
    assert_eq!(assert_verdict(&repository, "inStep", 0)["complete"], true);
}

#[test]
fn an_error_is_none_of_the_answers() {
    let repository = in_step();
    let run = repository.run(&["status", "--check", "--flake", "/nowhere"]);
    assert!(run.code == 3 && run.err.starts_with("error: "), "{run:?}");
    let run = repository.run(&["status", "--flake", "/nowhere"]);
    assert!(run.code == 1 && run.err.starts_with("error: "), "{run:?}");
    assert_eq!(repository.run(&["status", "--check", "--no-such-flag"]).code, 2);
    repository.git(&["config", "flakehist.utc", "maybe"]);
    assert_eq!(repository.run(&["status", "--check"]).code, 2);
    repository.git(&["config", "--unset", "flakehist.utc"]);
    // A profile that cannot be looked at.
    let odd = repository.run_with(&["status", "--check", "--profile", "/"], &[]);
    let note = "note: nothing is said of the system: / is no profile\n";
    assert!(odd.code == 3 && odd.err == note && odd.out.contains("flake.lock: committed"), "{odd:?}");
    assert_eq!(repository.run_with(&["status", "--profile", "/"], &[]).code, 0);
    // Somebody who does not read the words still gets the answer.
    repository.write("flake.lock", &lock(&[("nixpkgs", &rev('1'), JUNE - DAY)]));
    repository.commit("2025-06-03T12:00:00Z", "back");
    for (more, code) in [(&["--check"][..], 1), (&["--check", "--json"], 1), (&[], 0)] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let profile = repository.profile();
        let arguments = [&["status", "--profile", profile.to_str().unwrap()], more].concat();
        let mut command = repository.command(&arguments, &[]);
        let status = command.stdout(writer).stderr(std::process::Stdio::null()).status().unwrap();
        assert_eq!(status.code(), Some(code), "{more:?}");
    }
}
