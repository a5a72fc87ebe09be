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
    // The lock lies in the working tree still.
    let json = assert_verdict(&site, "ahead", 1);
    assert!(json["state"] == "modified" && json["running"]["lock"].is_null(), "{json}");
    assert!(json["running"]["lockId"].is_string(), "{json}");
    // Then it is lost, and what the system tells of nixpkgs is all there is.
    site.git(&["checkout", "--quiet", "--force", "HEAD"]);
    let json = assert_verdict(&site, "ahead", 1);
    assert!(json["state"] == "clean" && json["running"]["lockId"].is_null(), "{json}");
    let text = site.run(&["status"]).good();
    assert!(text.contains("judged by what the generation tells"), "{text}");
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
