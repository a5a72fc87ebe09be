//! An update went wrong, and the lock before it is built again: on a machine with a real Nix.

use super::machine::{Machine, Mode};
use super::place::same;

#[test]
fn an_update_that_does_not_build_is_undone() {
    for mode in [Mode::Classic, Mode::Ng] {
        let Some(machine) = Machine::new() else { return };
        machine.rebuild(mode);
        let broken = machine.update(2, 1, "2026-06-02");
        let head = machine.git(["rev-parse", "HEAD"]);
        let outcome = machine.run(["restore", "HEAD~1", "--yes"]).success();
        assert_eq!(machine.lock(), machine.second, "{outcome}");
        assert_eq!(machine.git(["rev-parse", "HEAD"]), head, "nothing was asked to be committed");
        assert_eq!(machine.git(["diff", "--cached", "--name-only"]), "", "nor staged");
        // A new generation, because the tree is not that of the commit.
        assert_eq!(machine.generation(), 3, "{outcome}");
        assert_eq!(machine.running(), machine.system_of(3));
        let told = machine.told(3);
        assert_eq!(told["lockId"], machine.blob(&machine.second), "{told}");
        assert_eq!(told["confidence"], "lock exact", "{told}");
        let calls = machine.calls();
        assert_eq!(calls.len(), 1, "{calls:?}");
        assert!(calls[0].ends_with("switch --flake . --no-update-lock-file"), "{calls:?}");
        assert!(calls[0].starts_with(&format!("nixos-rebuild {} ", machine.folder.display())), "{calls:?}");

        let entry = machine.entry();
        let (before, after) = (machine.blob(&broken), machine.blob(&machine.second));
        assert_eq!(entry["before"], before, "{entry}");
        assert_eq!(entry["after"], after, "{entry}");
        assert_eq!(entry["result"], "done", "{entry}");
        assert_eq!(entry["kind"], "restore", "{entry}");
        assert_eq!(entry["target"], "HEAD~1", "{entry}");
        assert_eq!(entry["commit"], machine.git(["rev-parse", "HEAD~1"]), "{entry}");
        assert_eq!(entry["lock"], "flake.lock", "{entry}");
        assert_eq!(entry["lockIs"], "after", "{entry}");
        assert!(entry["made"].is_null() && entry["undoes"].is_null(), "{entry}");
        let command: Vec<_> =
            entry["command"].as_array().unwrap().iter().map(|word| word.as_str().unwrap()).collect();
        assert!(command[0].ends_with("nixos-rebuild"), "{entry}");
        assert_eq!(command[1..], ["switch", "--flake", ".", "--no-update-lock-file"], "{entry}");
    }
}

#[test]
fn what_goes_back_with_the_system_is_said() {
    let Some(machine) = Machine::new() else { return };
    let said =
        ["the system goes from release 25.11 back to 25.05", "the kernel goes from 6.12.11 back to 6.12.05"];
    for args in [&["HEAD~1"][..], &["gen:1", "--reactivate"]] {
        let plan = machine.run([&["restore", "--dry-run"], args].concat()).success();
        assert!(said.iter().all(|said| plan.out().contains(said)), "{plan}");
    }
    for args in [&["HEAD~1", "--no-rebuild"][..], &["HEAD"]] {
        let plan = machine.run([&["restore", "--dry-run"], args].concat()).success();
        assert!(!said.iter().any(|said| plan.out().contains(said)), "{plan}");
    }
}

#[test]
fn a_lock_that_breaks_the_build_is_put_back_or_kept() {
    let Some(machine) = Machine::new() else { return };
    machine.update(2, 1, "2026-06-02");
    machine.write("flake.lock", &machine.second);
    let before = machine.machine();
    for mode in [Mode::Classic, Mode::Ng] {
        machine.rebuild(mode);
        machine.run(["restore", "HEAD", "--yes"]).failure(3, "this nixpkgs does not build");
        assert_eq!(machine.lock(), machine.second);
        assert_eq!(machine.machine(), before, "nothing was switched");
        assert_eq!(machine.entry()["result"], "put back");
        assert_eq!(machine.entry()["lockIs"], "before");
    }
    machine.run(["restore", "HEAD", "--yes", "--on-failure", "keep"]).failure(5, "flakehist undo");
    assert_eq!(machine.lock(), machine.git(["show", "HEAD:flake.lock"]) + "\n");
    assert_eq!(machine.machine(), before);
    assert_eq!(machine.entry()["result"], "kept");
    assert_eq!(machine.entry()["lockIs"], "after");
}

#[test]
fn the_actions_do_what_they_say() {
    let Some(machine) = Machine::new() else { return };
    let before = machine.machine();
    let first = |action: &str| {
        machine.write("flake.lock", &machine.second);
        let outcome = machine.run(["restore", "HEAD~1", "--yes", "--action", action]).success();
        assert_eq!(machine.lock(), machine.first, "{outcome}");
        let calls = machine.calls();
        assert!(calls.last().unwrap().contains(&format!(" {action} ")), "{calls:?}");
        machine.machine()
    };
    assert_eq!(first("build"), before);
    assert_eq!(first("dry-activate"), before);
    let (profile, running) = first("test");
    assert_eq!(profile, before.0, "no generation is made");
    assert_ne!(running, before.1);
    let (profile, still) = first("boot");
    assert_eq!(profile.to_str(), Some("system-3-link"));
    assert_eq!(still, running, "it runs at the next start");
}

#[test]
fn a_host_with_dots_in_a_folder_with_quotes() {
    // Nix 2.8 takes no flake from a path with a space; `failures` does that without Nix.
    let Some(machine) = Machine::named("it's_\"mine\"_$(touch$IFS/x)_%25") else { return };
    machine.run(["restore", "HEAD~1", "--yes", "--host", "a.host.with.dots"]).success();
    let calls = machine.calls();
    assert!(calls[0].ends_with("switch --flake .#a.host.with.dots --no-update-lock-file"), "{calls:?}");
    assert_eq!((machine.lock(), machine.generation()), (machine.first.clone(), 3));
    // A host that the flake does not have is found out by the rebuild, and nothing stays.
    machine.run(["restore", "HEAD", "--yes", "--host", "another"]).failure(3, "another");
    assert_eq!((machine.lock(), machine.generation()), (machine.first.clone(), 3));
}

#[test]
fn no_network_is_needed_for_what_is_in_the_store() {
    let Some(machine) = Machine::alone() else { return };
    machine.lose("nixpkgs");
    machine.lose("extra");
    machine.run(["restore", "HEAD~1", "--yes"]).success();
    assert_eq!((machine.lock(), machine.generation()), (machine.first.clone(), 3));
    machine.run(["undo", "--yes"]).success();
    assert_eq!((machine.lock(), machine.generation()), (machine.second.clone(), 4));
}

#[test]
fn a_lock_that_git_did_not_know_is_seen_by_nix() {
    for ignored in [false, true] {
        let Some(machine) = Machine::new() else { return };
        machine.git(["rm", "--quiet", "--cached", "flake.lock"]);
        if ignored {
            machine.write(
                ".gitignore",
                "flake.lock
",
            );
            machine.git(["add", ".gitignore"]);
        }
        machine.git(["commit", "--quiet", "--message", "no lock in git any more"]);
        machine.run(["restore", "HEAD~2", "--yes"]).success();
        assert_eq!(machine.lock(), machine.first, "and Nix has not written another");
        let told = machine.told(3);
        assert_eq!(told["lockId"], machine.blob(&machine.first), "{told}");
    }
}

#[test]
fn a_commit_made_before_the_build_is_what_the_generation_records() {
    let Some(machine) = Machine::new() else { return };
    machine.run(["restore", "HEAD~1", "--yes", "--commit"]).success();
    let head = machine.git(["rev-parse", "HEAD"]);
    assert_eq!(machine.entry()["made"], head);
    let told = machine.told(3);
    assert_eq!((&told["commit"], &told["confidence"]), (&head.as_str().into(), &"exact".into()), "{told}");
    assert_eq!(machine.git(["status", "--porcelain"]), "");
}

#[test]
fn a_generation_is_restored_by_its_number() {
    let Some(machine) = Machine::new() else { return };
    machine.update(2, 1, "2026-06-02");
    machine.run(["restore", "gen:1", "--yes"]).success();
    assert_eq!((machine.lock(), machine.generation()), (machine.first.clone(), 3));
    assert_eq!(machine.entry()["target"], "gen:1");
}

#[test]
fn a_system_that_is_still_there_is_switched_to_without_a_build() {
    let Some(machine) = Machine::alone() else { return };
    machine.lose("nixpkgs");
    // Who only looks at the plan is told of the other way.
    let plan = machine.run(["restore", "HEAD~1", "--dry-run"]).success();
    assert!((plan.out().to_owned() + plan.err()).contains("--reactivate"), "{plan}");

    machine.run(["restore", "gen:1", "--reactivate", "--yes"]).success();
    assert_eq!((machine.lock(), machine.generation()), (machine.first.clone(), 1));
    assert_eq!(machine.running(), machine.system_of(1));
    assert_eq!(machine.calls(), [""; 0], "no rebuild");
    let activations = std::fs::read_to_string(machine.beside("activations")).unwrap();
    assert_eq!(activations, format!("switch {}\n", machine.system_of(1).display()));
    assert!(!machine.beside("profiles/system-3-link").is_symlink(), "no new generation");
    machine.run(["undo", "--reactivate", "--yes"]).success();
    assert_eq!((machine.lock(), machine.generation()), (machine.second.clone(), 2));
    // Nothing to switch to.
    machine.run(["restore", "gen:7", "--reactivate", "--yes"]).failure(1, "7");
    assert_eq!((machine.lock(), machine.generation()), (machine.second.clone(), 2));
}

#[test]
fn a_system_that_cannot_be_activated_again() {
    let Some(machine) = Machine::new() else { return };
    machine.activations_end(4, true);
    machine.run(["restore", "gen:1", "--reactivate", "--yes"]).failure(4, "");
    assert_eq!((machine.lock(), machine.generation()), (machine.first.clone(), 1));
    assert_eq!(machine.running(), machine.system_of(1));
    machine.activations_end(1, false);
    let outcome = machine.run(["restore", "gen:2", "--reactivate", "--yes"]);
    assert!(matches!(outcome.status, Some(3 | 6)), "{outcome}");
    assert_eq!(machine.lock(), machine.first);
    assert_eq!(machine.running(), machine.system_of(1));
    if outcome.status == Some(3) {
        assert_eq!(machine.generation(), 1, "{outcome}");
    } else {
        assert!(outcome.err().contains("--switch-generation 1"), "{outcome}");
    }
}

#[test]
fn a_generation_whose_lock_is_not_known_for_sure_is_refused() {
    let Some(machine) = Machine::new() else { return };
    // Built from a lock that was never committed and is gone.
    machine.pin(0, 1);
    machine.switch(3);
    machine.git(["reset", "--quiet", "--hard"]);
    let outcome = machine.run(["restore", "gen:3", "--yes"]).failure(1, "gen:3");
    assert_eq!(machine.lock(), machine.second, "{outcome}");
    // Built from one of two that are the same to all that the system tells.
    let flake = std::fs::read_to_string(machine.path("flake.nix")).unwrap();
    machine.write("flake.nix", flake.replace("removeAttrs inputs [ \"self\" ]", "{ }"));
    machine.update(1, 0, "2025-12-20");
    machine.git(["commit", "--quiet", "--allow-empty", "--message", "so that HEAD tells nothing"]);
    machine.write("flake.nix", flake.replace("removeAttrs inputs [ \"self\" ]", "{ } "));
    machine.switch(4);
    let told = machine.told(4);
    assert_eq!(told["confidence"], "ambiguous (2)", "{told}");
    let outcome = machine.run(["restore", "gen:4", "--yes"]);
    assert_eq!(outcome.status, Some(1), "{outcome}");
    // It is told which they are.
    for commit in ["HEAD~1", "HEAD~2"] {
        let short = machine.git(["rev-parse", "--short", commit]);
        assert!(outcome.err().contains(&short), "{short}: {outcome}");
    }
    assert_eq!((machine.calls().len(), machine.machine().0), (2, "system-4-link".into()));
}

#[test]
fn a_dry_run_asks_nix_and_leaves_no_trace() {
    let Some(machine) = Machine::new() else { return };
    let before = machine.snapshot();
    for args in [
        &["restore", "HEAD~1", "--dry-run"][..],
        &["restore", "HEAD~1", "--dry-run", "--commit", "--relock"],
        &["restore", "gen:1", "--dry-run", "--reactivate"],
    ] {
        let outcome = machine.run(args).success();
        let after: Vec<_> =
            machine.snapshot().into_iter().filter(|line| !line.contains("/home/.cache/nix")).collect();
        let before: Vec<_> =
            before.iter().filter(|line| !line.contains("/home/.cache/nix")).cloned().collect();
        same(&before, &after, &outcome);
        assert_eq!(machine.calls(), [""; 0], "{outcome}");
    }
}
