//! The links of a profile, as Nix, people and other tools leave them.

use std::os::unix::fs::symlink;

use super::repository::{Repository, finished};
use super::site::Site;
use super::system::{System, lock, rev};

#[test]
fn an_absolute_link_is_read_and_warned_of() {
    let Some(site) = Site::new() else { return };
    site.state("salt = \"1\";", 0, 0, "2025-06-02T12:00:00Z");
    site.switch("2025-06-02T12:05:00Z");
    site.state("salt = \"2\";", 0, 0, "2025-06-03T12:00:00Z");
    site.switch("2025-06-03T12:05:00Z");
    let before = site.run(&["generations"]);
    assert_eq!(before.err, "");
    // As nh rolls back.
    std::fs::remove_file(site.profile()).unwrap();
    symlink(site.link(1), site.profile()).unwrap();
    let profile = site.profile();
    let repair = format!("`nix-env -p {} --switch-generation 1` mends it", profile.display());
    for command in ["generations", "log", "status"] {
        let run = site.run(&[command]);
        assert!(run.err.contains("is absolute") && run.err.contains(&repair), "{command}: {run:?}");
    }
    assert_eq!(site.row(1)["current"], true);
    // The repair repairs.
    let words = ["-p", profile.to_str().unwrap(), "--switch-generation", "1"];
    finished(site.nix("nix-env").args(words));
    let run = site.run(&["generations"]);
    assert_eq!((run.err.as_str(), site.row(1)["current"].as_bool()), ("", Some(true)));
}

#[test]
fn a_slash_behind_the_profile_changes_nothing() {
    let (repository, system, _) = simple();
    repository.generation(1, system.path, "2025-06-02T12:05:00Z");
    repository.stand_on(1);
    let profile = repository.profile().display().to_string();
    let plain = repository.run_with(&["generations", "--profile", &profile], &[]).good();
    assert!(plain.contains("\n1● "), "{plain}");
    for other in [format!("{profile}/"), format!("{profile}//"), "../profiles/./system/".to_owned()] {
        let table = repository.run_with(&["generations", "--profile", &other], &[]).good();
        assert_eq!(table, plain, "{other}");
    }
}

#[test]
fn a_number_is_used_again() {
    let Some(site) = Site::new() else { return };
    site.state("salt = \"1\";", 0, 0, "2025-06-02T12:00:00Z");
    site.switch("2025-06-02T12:05:00Z");
    let second = site.state("salt = \"2\";", 1, 0, "2025-09-12T12:00:00Z");
    let system = site.build(&[]);
    site.set(&system, "2025-09-12T12:05:00Z");
    assert_eq!(site.row(2)["lock"], second);
    let profile = site.profile();
    for words in [["--switch-generation", "1"], ["--delete-generations", "2"]] {
        finished(site.nix("nix-env").arg("--profile").arg(&profile).args(words));
    }
    let third = site.state("salt = \"3\";", 2, 1, "2025-12-06T00:00:00Z");
    assert_eq!(site.switch("2025-12-06T00:05:00Z"), 2);
    let row = site.row(2);
    assert!(row["lock"] == third && row["date"] == "2025-12-06T00:05:00Z", "{row}");
}

/// A repository with a lock and a system built from it.
fn simple() -> (Repository, System, String) {
    let repository = Repository::new();
    repository.write("flake.nix", "{ outputs = _: { }; }\n");
    repository.write("flake.lock", &lock(&[("nixpkgs", &rev('1'), 1_748_772_000)]));
    let commit = repository.commit("2025-06-02T12:00:00Z", "first");
    let system = System::nixos(&repository, 'a', &rev('1'), &commit);
    (repository, system, commit)
}

#[test]
fn a_generation_gone_from_the_store_is_a_row() {
    let (repository, system, commit) = simple();
    repository.generation(1, system.path, "2025-06-02T12:05:00Z");
    let gone = repository
        .path("store")
        .join(format!("{}-activatable-nixos-system-my-host-exp-25.05.20250601.1111111", "b".repeat(32)));
    repository.generation(2, gone, "2025-06-03T12:05:00Z");
    repository.stand_on(2);
    let row = repository.row(2);
    assert!(row["condition"] == "gone" && row["current"] == true, "{row}");
    assert_eq!(row["nixosVersion"], "25.05.20250601.1111111");
    // Its name tells the beginning of nixpkgs' revision, which one lock has.
    assert!(row["confidence"] == "lock likely" && row["lock"] == commit, "{row}");
    assert_eq!(repository.row(1)["confidence"], "exact");
    let table = repository.run(&["generations"]).good();
    assert!(table.contains("2●") && table.contains("(gone from the store)"), "{table}");
}

#[test]
fn names_that_only_look_like_generations() {
    let (repository, system, _) = simple();
    repository.generation(7, &system.path, "2025-06-02T12:05:00Z");
    for name in [
        "system-backup-link",
        "system-93-link.tmp-1-2",
        "system--1-link",
        "system-+5-link",
        "system-5-link-link",
        "system-99999999999999999999999-link",
        "system-18446744073709551616-link",
        "system2-5-link",
        "my-system-5-link",
        "system-5",
        "system-٣-link",
    ] {
        symlink(&system.path, repository.path("profiles").join(name)).unwrap();
    }
    std::fs::write(repository.link(94), "a file").unwrap();
    std::fs::create_dir(repository.link(95)).unwrap();
    repository.stand_on(7);
    let numbers: Vec<_> =
        repository.generations().iter().map(|row| row["generation"].as_u64().unwrap()).collect();
    assert_eq!(numbers, [7]);
}

#[test]
fn the_greatest_number_there_is() {
    let (repository, system, commit) = simple();
    repository.generation(u64::MAX, &system.path, "2025-06-02T12:05:00Z");
    repository.stand_on(u64::MAX);
    let row = repository.row(u64::MAX);
    assert!(row["current"] == true && row["lock"] == commit, "{row}");
    repository.run(&["show", "gen:-1"]);
    let run = repository.run(&["show", "gen:99999999999999999999"]);
    assert_eq!((run.code, run.out.as_str()), (2, ""), "{run:?}");
}

#[test]
fn odd_links_are_followed_and_called_odd() {
    let (repository, system, commit) = simple();
    let name = system.path.file_name().unwrap().to_str().unwrap().to_owned();
    repository.generation(1, format!("../store/{name}"), "2025-06-02T12:05:00Z");
    symlink(&system.path, repository.path("result")).unwrap();
    repository.generation(2, repository.path("result"), "2025-06-02T12:05:01Z");
    repository.generation(3, "system-1-link", "2025-06-02T12:05:02Z");
    // Round and round, and to itself.
    repository.generation(4, "system-5-link", "2025-06-02T12:05:03Z");
    repository.generation(5, "system-4-link", "2025-06-02T12:05:04Z");
    repository.generation(6, "system-6-link", "2025-06-02T12:05:05Z");
    let rows = repository.generations();
    for row in &rows[3..] {
        assert!(row["condition"] == "odd" && row["commit"] == commit && row["lock"] == commit, "{row}");
        assert_eq!(row["confidence"], "exact");
    }
    for row in &rows[..3] {
        // What is left is the date.
        assert!(row["condition"] == "gone" && row["confidence"] == "by date", "{row}");
    }
}

#[test]
fn a_relative_link_keeps_its_store() {
    let Some(site) = Site::new() else { return };
    let commit = site.state(
        "pins = { inherit extra; }; pinsNixpkgs = true; revision = null;",
        0,
        0,
        "2025-06-02T12:00:00Z",
    );
    let system = site.build(&[]);
    let name = system.file_name().unwrap().to_str().unwrap().to_owned();
    site.generation(1, format!("../store/{name}"), "2025-06-02T12:05:00Z");
    // The sources it keeps lie in the same store, though the link writes that differently.
    let row = site.row(1);
    assert!(row["condition"] == "odd" && row["lock"] == commit, "{row}");
    assert_eq!(row["confidence"], "lock exact", "{row}");
}

#[test]
fn the_profile_may_stand_on_nothing_known() {
    let (repository, system, _) = simple();
    repository.generation(1, &system.path, "2025-06-02T12:05:00Z");
    for target in
        [system.path.to_str().unwrap(), "system-77-link", "elsewhere", "/nix/system-1-link", "system"]
    {
        let link = repository.profile();
        if link.is_symlink() {
            std::fs::remove_file(&link).unwrap();
        }
        symlink(target, link).unwrap();
        let run = repository.run(&["generations", "--json"]);
        assert_eq!(run.err, "", "{target}");
        assert_eq!(repository.row(1)["current"], false, "{target}");
        let run = repository.run(&["show", "gen:current"]);
        assert_eq!(run.code, 1, "{target}: {run:?}");
    }
    // Nothing but the profile itself, without generations.
    std::fs::remove_file(repository.link(1)).unwrap();
    assert_eq!(repository.generations().len(), 0);
    assert_eq!(repository.run(&["log"]).code, 0);
}

#[test]
fn one_system_in_several_generations() {
    let (repository, system, commit) = simple();
    for number in [2, 5, 9] {
        repository.generation(number, &system.path, &format!("2025-06-0{number}T00:00:00Z"));
    }
    repository.stand_on(5);
    let paths: Vec<_> = repository.generations().iter().map(|row| row["storePath"].clone()).collect();
    assert!(paths.iter().all(|path| *path == paths[0]));
    assert_eq!(repository.log_numbers(&[]).0, [vec![9, 5, 2]]);
    // What runs is said of the default one, when that is among them; else of all.
    repository.runs("current-system", &system.path);
    let running = |repository: &Repository| -> Vec<u64> {
        let rows = repository.generations();
        let running = rows.iter().filter(|row| row["running"] == true);
        running.map(|row| row["generation"].as_u64().unwrap()).collect()
    };
    assert_eq!(running(&repository), [5]);
    let other = System::nixos(&repository, 'c', &rev('1'), &commit);
    repository.generation(10, &other.path, "2025-06-10T00:00:00Z");
    repository.stand_on(10);
    assert_eq!(running(&repository), [9, 5, 2]);
}

#[test]
fn links_that_come_and_go_while_they_are_read() {
    let (repository, system, _) = simple();
    repository.generation(1, &system.path, "2025-06-02T12:05:00Z");
    let (folder, target) = (repository.path("profiles"), system.path);
    let stop = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                for number in 2..50 {
                    symlink(&target, folder.join(format!("system-{number}-link"))).unwrap();
                }
                for number in 2..50 {
                    std::fs::remove_file(folder.join(format!("system-{number}-link"))).unwrap();
                }
            }
        });
        for _ in 0..10 {
            let rows = repository.generations();
            assert!(rows.iter().any(|row| row["generation"] == 1));
            assert!(rows.iter().all(|row| row["condition"] == "sound" && row["confidence"] == "exact"));
        }
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
    });
}

#[test]
fn a_profile_without_generations_is_said_to_have_none() {
    let repository = Repository::new();
    repository.write("flake.nix", "{ outputs = _: { }; }\n");
    repository.write("flake.lock", &lock(&[("nixpkgs", &rev('1'), 1_748_772_000)]));
    repository.commit("2025-06-02T12:00:00Z", "first");
    // The link leads to a generation that was deleted.
    repository.stand_on(9);
    assert!(repository.generations().is_empty());
    for command in ["generations", "status", "log"] {
        let run = repository.run(&[command]);
        assert!(run.code == 0 && run.err.contains("/system has no generations"), "{command}: {run:?}");
        assert_eq!(run.err.lines().count(), 1, "{run:?}");
    }
    assert_eq!(repository.run(&["status", "--check"]).code, 3);
}
