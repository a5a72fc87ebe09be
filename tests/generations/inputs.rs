//! What single facts about inputs can and cannot tell.

use super::repository::Repository;
use super::site::Site;
use super::system::{System, lock, rev, script};

#[test]
fn nixpkgs_under_another_name() {
    let Some(site) = Site::new() else { return };
    let state = |nixpkgs, extra, date| {
        site.configure_inputs("unstable", "", "revision = null; pinsNixpkgs = true;");
        site.lock_as("unstable", nixpkgs, extra);
        site.commit(date, "update")
    };
    let first = state(0, 0, "2025-06-02T12:00:00Z");
    site.switch("2025-06-02T12:05:00Z");
    let second = state(1, 0, "2025-09-12T12:00:00Z");
    site.switch("2025-09-12T12:05:00Z");
    for (number, commit) in [(1, first), (2, second)] {
        let row = site.row(number);
        assert!(row["lock"] == commit && row["confidence"] == "lock likely", "{row}");
    }
    assert_eq!(site.run(&["status", "--json"]).json()["verdict"], "inStep");
}

#[test]
fn several_inputs_with_the_same_revision() {
    let Some(site) = Site::new() else { return };
    let url = format!("git+file://{}?ref=main&rev={}", site.path("nixpkgs").display(), site.nixpkgs[1]);
    let again = format!("inputs.again.url = \"{url}\";");
    site.configure_inputs("nixpkgs", &again, "revision = null; pins = { inherit nixpkgs extra; };");
    site.lock(1, 0);
    let both = site.commit("2025-09-12T12:00:00Z", "the same twice");
    site.switch("2025-09-12T12:05:00Z");
    // Only the second of them goes on being what it was.
    site.lock(2, 0);
    let one = site.commit("2025-12-06T12:00:00Z", "one of them moves");
    site.switch("2025-12-06T12:05:00Z");
    let (first, second) = (site.row(1), site.row(2));
    assert_eq!(second["lock"], one, "{second}");
    assert_eq!(second["confidence"], "lock likely", "of `again` nothing is told: {second}");
    // Both locks have what the first generation kept as nixpkgs, but only one of them as that.
    assert_eq!(first["candidates"][0], site.lock_id(&both), "{first}");
}

/// A repository with these locks, one a day, and their commits.
fn with_locks(locks: &[&[(&str, &str, u64)]]) -> (Repository, Vec<String>) {
    let repository = Repository::new();
    repository.write("flake.nix", "{ outputs = _: { }; }\n");
    let commits = locks.iter().enumerate().map(|(n, inputs)| {
        repository.write("flake.lock", &lock(inputs));
        repository.commit(&format!("2025-06-{:02}T12:00:00Z", n + 1), &format!("lock {n}"))
    });
    let commits = commits.collect();
    (repository, commits)
}

/// 2025-06-01 10:00 UTC.
const JUNE: u64 = 1_748_772_000;
const DAY: u64 = 24 * 60 * 60;

#[test]
fn the_beginning_of_a_revision_is_a_clue() {
    let (a, b) =
        (format!("{}{}", "1".repeat(7), "a".repeat(33)), format!("{}{}", "1".repeat(7), "b".repeat(33)));
    let (repository, commits) = with_locks(&[
        &[("nixpkgs", &a, JUNE)],
        &[("nixpkgs", &b, JUNE + DAY)],
        &[("nixpkgs", &rev('2'), JUNE)],
    ]);
    for (number, label, sure, lock) in [
        // A flake's: the day decides between the two that begin alike.
        (1, "25.05.20250601.1111111", "lock likely", Some(0)),
        (2, "tag-25.05.20250602.1111111", "lock likely", Some(1)),
        (3, "25.05.20250603.1111111", "none", None),
        (4, "25.05.20250601.dirty", "none", None),
        // A channel's: no day.
        (5, "25.05.7376.1111111aaaaa", "lock likely", Some(0)),
        (6, "25.05pre785698.1111111bbbbb", "lock likely", Some(1)),
        (7, "25.05.7376.1111111", "ambiguous (2)", None),
        (8, "25.05.git.1111111aaaaaM", "lock likely", Some(0)),
        (9, "25.05pre-git", "none", None),
        (10, "25.05.19700101.dirty", "none", None),
    ] {
        let letter = char::from(b'a' + u8::try_from(number).unwrap());
        let system = System::new(&repository, letter, "nixos-system-host").file("nixos-version", label);
        // Made before the repository was: nothing can be told by date.
        repository.generation(number, system.path, "2024-01-01T00:00:00Z");
        let row = repository.row(number);
        assert_eq!(row["confidence"], sure, "{label}: {row}");
        assert_eq!(row["lock"].as_str(), lock.map(|n: usize| commits[n].as_str()), "{label}");
    }
}

#[test]
fn two_locks_that_both_fit_are_ambiguous() {
    let (repository, commits) = with_locks(&[
        &[("nixpkgs", &rev('1'), JUNE), ("extra", &rev('3'), JUNE)],
        &[("nixpkgs", &rev('1'), JUNE), ("extra", &rev('4'), JUNE + DAY)],
        &[("nixpkgs", &rev('2'), JUNE + DAY), ("extra", &rev('4'), JUNE + DAY)],
    ]);
    let system = System::nixos(&repository, 'a', &rev('1'), "");
    repository.generation(1, system.path, "2025-06-02T13:00:00Z");
    repository.stand_on(1);
    let row = repository.row(1);
    assert!(
        row["confidence"] == "ambiguous (2)" && row["lock"].is_null() && row["lockId"].is_null(),
        "{row}"
    );
    // The one that was the newest then comes first.
    assert_eq!(
        row["candidates"],
        serde_json::json!([repository.lock_id(&commits[1]), repository.lock_id(&commits[0])])
    );
    let run = repository.run(&["show", "gen:1"]);
    assert_eq!((run.code, run.out.as_str()), (1, ""));
    for commit in &commits[..2] {
        assert!(run.err.contains(&commit[..7]), "{run:?}");
    }
    assert!(!run.err.contains(&commits[2][..7]) && run.err.contains("--explain 1"), "{run:?}");
    let explained = repository.run(&["generations", "--explain", "1"]).good();
    assert!(explained.contains(&format!("may be {} 2025-06-02", &commits[1][..7])), "{explained}");
    assert_eq!(repository.log_numbers(&[]).0, [vec![], vec![1], vec![]]);
    let log = repository.run(&["log"]).good();
    assert!(log.contains("1?●"), "{log}");
    // One that agrees with more facts wins over both.
    let kept = System::nixos(&repository, 'b', &rev('1'), "").file(
        "etc/nix/registry.json",
        format!(
            "{{\"flakes\":[{{\"from\":{{\"id\":\"extra\"}},\"to\":{{\"type\":\"path\",\"rev\":\"{}\"}}}}]}}",
            rev('3')
        ),
    );
    repository.generation(2, kept.path, "2025-06-02T13:00:00Z");
    assert_eq!(repository.row(2)["lock"], commits[0]);
    assert_eq!(repository.row(2)["confidence"], "lock exact");
}

#[test]
fn candidates_that_are_not_committed_are_named_too() {
    let (repository, commits) = with_locks(&[&[("nixpkgs", &rev('1'), JUNE), ("extra", &rev('3'), JUNE)]]);
    let write = |digit: char| {
        let inputs = [("nixpkgs", &*rev('1'), JUNE), ("extra", &*rev(digit), JUNE)];
        repository.write("flake.lock", &lock(&inputs));
    };
    write('4');
    repository.git(&["add", "flake.lock"]);
    write('5');
    let system = System::nixos(&repository, 'a', &rev('1'), "");
    repository.generation(1, system.path, "2025-06-02T13:00:00Z");
    let run = repository.run(&["show", "gen:1"]);
    let mut named: Vec<_> =
        run.err.lines().filter_map(|line| line.strip_prefix("hint: name one instead: ")).collect();
    // The two that no commit has are of no date, so in no order.
    named[1..].sort_unstable();
    assert_eq!(named, [&format!("`{}` of 2025-06-01", &commits[0][..7]), "`index`", "`worktree`"], "{run:?}");
    for digit in ['6', '7', '8', '9'] {
        write(digit);
        repository.commit("2025-06-03T00:00:00Z", "more");
    }
    let run = repository.run(&["show", "gen:1"]);
    assert!(run.err.contains("--explain 1` shows the evidence\n"), "{run:?}");
    write('0');
    let run = repository.run(&["show", "gen:1"]);
    assert!(run.err.contains("--explain 1` shows the evidence, and 1 more\n"), "{run:?}");
}

#[test]
fn the_same_lock_written_twice_is_no_ambiguity() {
    let repository = Repository::new();
    let text = lock(&[("nixpkgs", &rev('1'), JUNE)]);
    repository.write("flake.nix", "{ outputs = _: { }; }\n");
    repository.write("flake.lock", &text);
    let first = repository.commit("2025-06-01T12:00:00Z", "first");
    repository.write("flake.lock", &text.replace(':', ": "));
    repository.commit("2025-06-02T12:00:00Z", "formatted");
    let system = System::nixos(&repository, 'a', &rev('1'), "");
    repository.generation(1, system.path, "2025-06-02T13:00:00Z");
    let row = repository.row(1);
    assert!(row["confidence"] == "lock exact" && row["lock"] == first, "{row}");
}

#[test]
fn a_revision_of_another_repository_is_foreign() {
    let (repository, commits) =
        with_locks(&[&[("nixpkgs", &rev('1'), JUNE)], &[("nixpkgs", &rev('2'), JUNE + DAY)]]);
    for (number, configuration, sure) in [
        (1, rev('7'), "lock exact"),
        (2, format!("{}-dirty", rev('7')), "lock exact"),
        (3, "1234567".to_owned(), "lock exact"),
        // Words people put there.
        (4, "dirty".to_owned(), "lock exact"),
        (5, "unknown".to_owned(), "lock exact"),
        // Short, and dirty, and of this repository.
        (6, commits[0][..8].to_owned(), "exact"),
        (7, format!("{}-dirty", &commits[0][..8]), "lock exact"),
    ] {
        let letter = char::from(b'a' + u8::try_from(number).unwrap());
        let system = System::nixos(&repository, letter, &rev('1'), &configuration);
        repository.generation(number, system.path, "2025-06-02T13:00:00Z");
        let row = repository.row(number);
        assert_eq!(row["configurationRevision"], configuration);
        assert!(row["confidence"] == sure && row["lock"] == commits[0], "{configuration}: {row}");
        assert_eq!(row["commit"].is_null(), number < 6, "{configuration}: {row}");
    }
    let explained = repository.run(&["generations", "--explain", "1"]).good();
    assert!(explained.contains("which is not in this repository"), "{explained}");
    let table = repository.run(&["generations"]).good();
    assert!(table.contains(&format!("{} elsewhere", "7".repeat(7))), "{table}");
}

#[test]
fn without_facts_only_the_date_speaks() {
    let (repository, commits) =
        with_locks(&[&[("nixpkgs", &rev('1'), JUNE)], &[("nixpkgs", &rev('2'), JUNE + DAY)]]);
    for (number, date, commit) in [
        (1, "2025-06-01T13:00:00Z", Some(0)),
        (2, "2025-06-02T13:00:00Z", Some(1)),
        (3, "2025-05-01T00:00:00Z", None),
        (4, "1969-12-31T23:00:00Z", None),
    ] {
        let letter = char::from(b'a' + u8::try_from(number).unwrap());
        let system = System::new(&repository, letter, "nixos-system-host").file("nixos-version", "mine");
        repository.generation(number, system.path, date);
        let row = repository.row(number);
        let expected = commit.map(|n: usize| commits[n].as_str());
        assert_eq!(row["lock"].as_str(), expected, "{row}");
        assert_eq!(row["confidence"], if expected.is_some() { "by date" } else { "none" });
        assert!(row["commit"].is_null(), "a guess is no commit: {row}");
        assert_eq!(row["date"], date);
    }
    // Nothing was built from this repository for all that is known, so its log stays as it is.
    assert_eq!(repository.log_numbers(&[]), (vec![vec![], vec![]], vec![]));
    let known = System::nixos(&repository, 'z', &rev('1'), "");
    repository.generation(5, known.path, "2025-06-02T13:00:00Z");
    let log = repository.run(&["log"]).good();
    assert!(log.contains("2?") && log.contains("5,1?"), "{log}");
    // `show` says how sure it is.
    let shown = repository.run(&["show", "gen:2"]).good();
    assert!(shown.contains("by date"), "{shown}");
}

#[test]
fn a_label_may_name_the_commit() {
    let (repository, commits) = with_locks(&[
        &[("nixpkgs", &rev('1'), JUNE), ("extra", &rev('3'), JUNE)],
        &[("nixpkgs", &rev('1'), JUNE), ("extra", &rev('4'), JUNE)],
    ]);
    let version = "25.05.20250601.1111111";
    let [first, second] = [0, 1].map(|n: usize| commits[n][..8].to_owned());
    for (number, label, told, commit, confidence) in [
        (1, format!("{version}.{first}"), "", Some(&commits[0]), "exact"),
        (2, format!("{second}-{version}"), "dirty", Some(&commits[1]), "exact"),
        (3, format!("{version}-{first}-dirty"), "", Some(&commits[0]), "lock likely"),
        // What is no commit here is no word about a commit.
        (4, format!("{version}.{}", rev('9')), "", None, "ambiguous (2)"),
        (5, format!("{version}.123456789"), "", None, "ambiguous (2)"),
        // The configuration's own word counts first, also where it names a commit that is not here.
        (6, format!("{version}.{first}"), commits[1].as_str(), Some(&commits[1]), "exact"),
        (7, format!("{version}.{}", rev('9')), &rev('9'), None, "ambiguous (2)"),
    ] {
        let letter = char::from(b'0' + u8::try_from(number).unwrap());
        let system = System::nixos(&repository, letter, &rev('1'), told).file("nixos-version", label);
        repository.generation(number, system.path, "2025-06-02T13:00:00Z");
        let row = repository.row(number);
        let found = (row["commit"].as_str(), row["confidence"].as_str());
        assert_eq!(found, (commit.map(String::as_str), Some(confidence)), "{row}");
        assert_eq!(row["dirty"], number == 3, "{row}");
    }
}

#[test]
fn of_one_second_the_last_commit_counts() {
    let (repository, commits) = with_locks(&[&[("nixpkgs", &rev('1'), JUNE)]]);
    let mut last = commits[0].clone();
    for digit in ['2', '3'] {
        repository.write("flake.lock", &lock(&[("nixpkgs", &rev(digit), JUNE)]));
        last = repository.commit("2025-06-09T12:00:00Z", "in the same second");
    }
    let system = System::new(&repository, 'a', "nixos-system-host").file("nixos-version", "mine");
    repository.generation(1, system.path, "2025-06-09T12:00:00Z");
    assert_eq!(repository.row(1)["lock"], last.as_str(), "by the reflog");
    std::fs::remove_dir_all(repository.path("config/.git/logs")).unwrap();
    assert_eq!(repository.row(1)["lock"], last.as_str(), "by the history");
}

#[test]
fn a_path_that_can_be_no_inputs_speaks_against_none() {
    let (repository, commits) = with_locks(&[&[("nixpkgs", &rev('1'), JUNE), ("extra", &rev('3'), JUNE)]]);
    let store = repository.path("store").display().to_string();
    let hash = "0123456789abcdfghijklmnpqrsvwxyz";
    for (number, path, confidence) in [
        (1, format!("{store}/{hash}-source"), "contradiction"),
        (2, format!("{store}/{hash}-source-patched"), "exact"),
        (3, format!("{store}/{hash}-nixpkgs-patched"), "exact"),
        (4, "/home/me/nixpkgs".to_owned(), "exact"),
    ] {
        let registry = format!(
            "{{\"flakes\":[{{\"from\":{{\"id\":\"nixpkgs\"}},\"to\":{{\"type\":\"path\",\"path\":\"{path}\"}}}}]}}"
        );
        let letter = char::from(b'0' + u8::try_from(number).unwrap());
        let system = System::nixos(&repository, letter, &rev('1'), &commits[0]);
        repository.generation(
            number,
            system.file("etc/nix/registry.json", registry).path,
            "2025-06-02T13:00:00Z",
        );
        assert_eq!(repository.row(number)["confidence"], confidence, "{path}");
    }
}

#[test]
fn what_tells_nothing_of_any_lock_leaves_it_to_the_date() {
    let (repository, commits) =
        with_locks(&[&[("nixpkgs", &rev('1'), JUNE)], &[("nixpkgs", &rev('2'), JUNE + DAY)]]);
    let pin = format!(
        "{{\"flakes\":[{{\"from\":{{\"id\":\"nur\"}},\"to\":{{\"type\":\"github\",\"rev\":\"{}\"}}}}]}}",
        rev('9')
    );
    let dirty = script("{\"configurationRevision\":\"dirty\"}");
    let [a, b] = ['a', 'b'].map(|letter| System::new(&repository, letter, "system-manager"));
    repository.generation(1, a.file("etc/nix/registry.json", pin).path, "2025-06-02T13:00:00Z");
    repository.generation(2, b.file("sw/bin/nixos-version", dirty).path, "2025-06-02T13:00:00Z");
    for number in [1, 2] {
        let row = repository.row(number);
        assert!(row["confidence"] == "by date" && row["lock"] == commits[1].as_str(), "{row}");
    }
    // A commit that is named is no matter of dates, even when it is not here.
    let foreign = script(&format!("{{\"configurationRevision\":\"{}\"}}", rev('9')));
    let system = System::new(&repository, 'c', "x").file("sw/bin/nixos-version", foreign);
    repository.generation(3, system.path, "2025-06-02T13:00:00Z");
    assert_eq!(repository.row(3)["confidence"], "none");
}

#[test]
fn a_name_in_the_registry_need_not_be_the_inputs() {
    let (repository, commits) = with_locks(&[
        &[("nixpkgs", &rev('1'), JUNE), ("extra", &rev('3'), JUNE)],
        &[("nixpkgs", &rev('2'), JUNE), ("extra", &rev('4'), JUNE)],
    ]);
    let registry = |pins: &[(&str, &str)]| {
        let pins: Vec<String> = pins
            .iter()
            .map(|(name, rev)| {
                format!("{{\"from\":{{\"id\":\"{name}\"}},\"to\":{{\"type\":\"path\",\"path\":\"/x/{rev}\",\"rev\":\"{rev}\"}}}}")
            })
            .collect();
        format!("{{\"version\":2,\"flakes\":[{}]}}", pins.join(","))
    };
    let system = System::new(&repository, 'a', "nixos-system-host")
        .file("sw/bin/nixos-version", script("{}"))
        // The configuration itself, by a name of its own, and things no lock knows.
        .file("etc/nix/registry.json", registry(&[("n", &rev('2')), ("e", &rev('4')), ("me", &rev('8'))]));
    repository.generation(1, system.path, "2025-06-02T13:00:00Z");
    let row = repository.row(1);
    assert!(row["confidence"] == "lock exact" && row["lock"] == commits[1], "{row}");
    // An input's own name with a revision no lock has: none of them was used.
    let system = System::new(&repository, 'b', "nixos-system-host")
        .file("etc/nix/registry.json", registry(&[("nixpkgs", &rev('2')), ("extra", &rev('9'))]));
    repository.generation(2, system.path, "2025-06-02T13:00:00Z");
    let row = repository.row(2);
    assert!(row["confidence"] == "none" && row["lock"].is_null(), "{row}");
    let shown = repository.run(&["show", "gen:2", "--json"]).json();
    assert_eq!(shown["state"], "reconstructed");
    assert_eq!(shown["inputs"]["extra"]["rev"], rev('9'));
}
