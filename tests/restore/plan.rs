//! What is said before anything is done, and what happens when the answer is no.

use std::os::unix::fs::symlink;
use std::path::Path;

use super::place::{Place, installed, numbered, same};
use super::support::{Flakehist, Outcome, lock, skipped};

/// Brings a place into a state.
type Make = fn(&Place);

#[test]
fn a_dry_run_tells_the_plan_and_changes_nothing() {
    let states: [(&str, Make); 7] = [
        ("clean", |_| {}),
        ("modified", |place| place.write("flake.lock", numbered(40))),
        ("staged", |place| {
            place.write("flake.lock", numbered(40));
            place.git(["add", "flake.lock"]);
            place.write("flake.lock", numbered(41));
        }),
        ("untracked", |place| {
            place.git(["rm", "--quiet", "--cached", "flake.lock"]);
        }),
        ("ignored", |place| {
            place.git(["rm", "--quiet", "--cached", "flake.lock"]);
            place.write(".gitignore", "flake.lock\n");
        }),
        ("missing", |place| std::fs::remove_file(place.path("flake.lock")).unwrap()),
        ("linked", |place| {
            std::fs::rename(place.path("flake.lock"), place.path("real.lock")).unwrap();
            symlink("real.lock", place.path("flake.lock")).unwrap();
        }),
    ];
    for (state, make) in states {
        let place = Place::with_history();
        // A time at which git must look into the file to tell whether it has changed.
        make(&place);
        for options in [&[][..], &["--commit"], &["--no-rebuild"], &["--action", "boot", "--host", "box"]] {
            let before = place.snapshot();
            let args = [&["restore", "HEAD~2", "--dry-run"], options].concat();
            let outcome = place.run(&args).success();
            same(&before, &place.snapshot(), &format!("{state}\n{outcome}"));
            let plan = outcome.out();
            assert!(plan.contains("nixpkgs") && plan.contains(".lock is written"), "{state}\n{outcome}");
            let rebuilds = !options.contains(&"--no-rebuild");
            assert_eq!(plan.contains("nixos-rebuild"), rebuilds, "{state}\n{outcome}");
            if options.contains(&"box") {
                assert!(plan.contains("boot") && plan.contains(".#box"), "{outcome}");
            }
        }
        assert_eq!(place.calls(), [""; 0]);
    }
    let place = Place::with_history();
    place.run(["restore", "HEAD~2", "--no-rebuild", "--yes"]).success();
    let before = place.snapshot();
    place.run(["undo", "--dry-run"]).success();
    place.run(["undo", "1", "-n"]).success();
    place.run(["journal"]).success();
    same(&before, &place.snapshot(), &"");
}

#[test]
fn the_plan_of_a_dry_run_is_the_plan_that_is_applied() {
    let place = Place::with_history();
    place.write("flake.lock", numbered(42));
    let plan = place.run(["restore", "HEAD~2", "--dry-run"]).success();
    let done = place.run(["restore", "HEAD~2", "--yes"]).success();
    let said = done.out().to_owned() + done.err();
    for line in plan.out().lines().filter(|line| !line.trim().is_empty()) {
        assert!(said.contains(line), "{line:?}\n{plan}\n{done}");
    }
    let entry = place.entry();
    let words = entry["command"].as_array().unwrap().iter().map(|word| word.as_str().unwrap());
    let command = words.collect::<Vec<_>>().join(" ");
    assert!(plan.out().contains(&command), "{command}\n{plan}");
}

#[test]
fn who_only_looks_writes_nothing() {
    let place = Place::with_history();
    place.git(["branch", "other", "HEAD~1"]);
    place.git(["tag", "tagged"]);
    place.run(["restore", "HEAD~2", "--no-rebuild", "--yes"]).success();
    let before = place.snapshot();
    for args in [
        &["log"][..],
        &["show"],
        &["generations"],
        &["show", "gen:1"],
        &["status"],
        &["journal"],
        &["journal", "--json"],
    ] {
        let outcome = place.run(args);
        same(&before, &place.snapshot(), &outcome);
    }
}

#[test]
fn without_a_terminal_a_yes_is_needed() {
    let place = Place::with_history();
    let before = place.snapshot();
    place.run(["restore", "HEAD~2"]).failure(1, "--yes");
    same(&before, &place.snapshot(), &"");
    place.run(["restore", "HEAD~2", "--yes", "--no-rebuild"]).success();
    place.run(["undo"]).failure(1, "--yes");
    assert_eq!(place.lock(), numbered(1));
    // Not even when there is something to read.
    let outcome = Outcome::of(place.flakehist(["restore", "HEAD"]).command(), b"y\nyes\n");
    assert_eq!(outcome.status, Some(1), "{outcome}");
    assert_eq!(place.lock(), numbered(1));
}

/// Runs it on a dumb terminal, on which somebody types this.
fn at_terminal(flakehist: Flakehist, typed: &str) -> Option<Outcome> {
    at(flakehist, typed, "dumb")
}

/// The same on one of this kind.
fn at(flakehist: Flakehist, typed: &str, term: &str) -> Option<Outcome> {
    let Some(script) = installed("script") else {
        skipped("script(1) of util-linux is not here, so there is no terminal to test on");
        return None;
    };
    let line = format!("exec {} -qec \"$*\" /dev/null", script.display());
    let command =
        flakehist.under(Path::new("/bin/sh"), ["-c", &line, "sh"]).env("SHELL", "/bin/sh").env("TERM", term);
    Some(Outcome::of(command.command(), typed.as_bytes()))
}

#[test]
fn on_a_terminal_a_line_tells_what_takes_long_and_goes_again() {
    let place = Place::with_history();
    place.tool("nix", "sleep 0.8; exit 1");
    let run = |term: &str| {
        let words = ["restore", "HEAD~2", "--no-rebuild", "--dry-run", "--color", "never"];
        let outcome = at(place.flakehist(words), "", term)?;
        Some(outcome.success().out().to_owned())
    };
    let Some(dumb) = run("dumb") else { return };
    assert!(!dumb.contains("asking Nix") && !dumb.contains('\x1b'), "{dumb:?}");
    let shown = run("xterm").unwrap();
    assert!(
        shown.starts_with("\rasking Nix about flake.nix …\x1b[K\r\x1b[KRestore flake.lock to "),
        "{shown:?}"
    );
    assert_eq!(shown.matches('\x1b').count(), 2, "{shown:?}");
    // And never where nobody sits.
    let outcome = place.run(["restore", "HEAD~2", "--no-rebuild", "--dry-run"]).success();
    assert!(!outcome.err().contains("asking"), "{outcome}");
}

#[test]
fn on_a_terminal_there_is_a_question() {
    for (typed, restored) in
        [("n\n", false), ("\n", false), ("", false), ("nonsense\n", false), ("y\n", true), ("YES\n", true)]
    {
        let place = Place::with_history();
        let before = place.snapshot();
        let Some(outcome) = at_terminal(place.flakehist(["restore", "HEAD~2", "--no-rebuild"]), typed) else {
            return;
        };
        let shown = outcome.out();
        assert!(shown.contains("nixpkgs") && shown.contains('?'), "{typed:?}\n{outcome}");
        assert_eq!(outcome.status, Some(i32::from(!restored)), "{typed:?}\n{outcome}");
        assert_eq!(place.lock(), numbered(if restored { 1 } else { 3 }), "{typed:?}\n{outcome}");
        if !restored {
            same(&before, &place.snapshot(), &format!("{typed:?}\n{outcome}"));
        }
    }
}

#[test]
fn the_plan_names_the_hazards_of_going_back() {
    let place = Place::new();
    // A year and more goes back.
    place.commit_lock(1);
    place.commit_lock(800);
    let plan = place.run(["restore", "HEAD~1", "--dry-run"]).success();
    assert!(plan.out().contains("by 799 days"), "{plan}");
    // Inputs that only one of the two locks has.
    place.write("flake.lock", lock(&[("nixpkgs", 800), ("more", 1)]));
    let plan = place.run(["restore", "HEAD~1", "--dry-run"]).success();
    assert!(plan.out().contains("has no more") && plan.out().contains("has home-manager besides"), "{plan}");
}

#[test]
fn what_cannot_be_meant_is_a_matter_of_usage() {
    let place = Place::with_history();
    let before = place.snapshot();
    for args in [
        &["restore"][..],
        &["restore", "HEAD~1", "--action", "explode"],
        &["restore", "HEAD~1", "--on-failure", "cry"],
        &["restore", "HEAD~1", "HEAD~2"],
        &["restore", "HEAD~1", "--message", "x"],
        &["undo", "x"],
        &["journal", "x"],
        &["restore", "HEAD~1", "--yes", "--no-rebuild", "--reactivate"],
    ] {
        let outcome = place.run(args);
        assert_eq!(outcome.status, Some(2), "{outcome}");
        same(&before, &place.snapshot(), &outcome);
    }
}
