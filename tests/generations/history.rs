//! The log with a profile that is of no use to it, and without one.

use super::repository::Repository;
use super::site::Site;
use super::system::{System, lock, rev};

fn two_locks() -> Repository {
    let repository = Repository::new();
    repository.write("flake.nix", "{ outputs = _: { }; }\n");
    for (day, letter) in [(1, '1'), (2, '2')] {
        repository.write("flake.lock", &lock(&[("nixpkgs", &rev(letter), 1_748_772_000)]));
        repository.commit(&format!("2025-06-0{day}T12:00:00Z"), "update");
    }
    repository
}

#[test]
fn a_profile_of_another_repository_shows_nothing() {
    let repository = two_locks();
    let without = repository.run_with(&["log"], &[]).good();
    for number in 1..4 {
        let letter = char::from(b'a' + u8::try_from(number).unwrap());
        let system = System::nixos(&repository, letter, &rev('9'), &rev('8'));
        repository.generation(number, system.path, "2025-06-02T12:05:00Z");
    }
    repository.stand_on(3);
    let run = repository.run(&["log"]);
    assert_eq!((run.out, run.err), (without, String::new()));
    assert_eq!(repository.log_numbers(&[]), (vec![vec![], vec![]], vec![]));
    // `generations` still lists them.
    assert_eq!(repository.generations().len(), 3);
}

#[test]
fn a_system_that_keeps_another_configuration_is_none_of_this_one() {
    let Some(site) = Site::new() else { return };
    site.state("source = self; pins = { inherit self nixpkgs extra; };", 0, 0, "2025-06-02T12:00:00Z");
    site.switch("2025-06-02T12:05:00Z");
    // With a lock that was never committed.
    site.lock(1, 1);
    site.switch("2025-10-02T12:05:00Z");
    assert_eq!(site.log_numbers(&[]), (vec![vec![2], vec![1]], vec![]));
    let other = two_locks();
    let profile = site.profile();
    let run = |arguments: &[&str]| {
        other.run_with(&[arguments, &["--profile", profile.to_str().unwrap()]].concat(), &[])
    };
    assert_eq!(run(&["log"]).good(), other.run_with(&["log"], &[]).good());
    assert_eq!(run(&["log", "--json"]).json()["otherGenerations"], serde_json::json!([]));
    let rows = run(&["generations", "--json"]).json();
    for row in rows.as_array().unwrap() {
        assert!(row["confidence"] == "none" && row["lockId"].is_null(), "{row}");
    }
    let shown = run(&["show", "gen:2", "--json"]).json();
    assert!(
        shown["inputs"].get("self").is_none() && shown["inputs"]["extra"]["known"] == "exactly",
        "{shown}"
    );
    let status = run(&["status"]);
    assert!(status.err.contains("is known to be built from this repository"), "{status:?}");
}

#[test]
fn without_a_profile_the_log_is_as_it_was() {
    let repository = two_locks();
    let run = repository.run_with(&["log"], &[]);
    assert!(run.code == 0 && run.err.lines().count() <= 1, "{run:?}");
    // One that was asked for and is not there is said, on one line.
    let run = repository.run(&["log"]);
    assert!(run.code == 0 && run.err.lines().count() == 1 && run.err.contains("no profile"), "{run:?}");
    let run = repository.run(&["generations"]);
    assert!(run.code == 1 && run.err.contains("there is no profile at"), "{run:?}");
    let status = repository.run_with(&["status"], &[]);
    assert!(status.code == 0 && status.err.lines().count() <= 1, "{status:?}");
}

#[test]
fn one_to_many_in_both_directions() {
    let repository = two_locks();
    for (number, letter, nixpkgs) in
        [(1, 'a', '1'), (2, 'b', '1'), (3, 'c', '2'), (4, 'd', '1'), (5, 'e', '3')]
    {
        let system = System::nixos(&repository, letter, &rev(nixpkgs), "");
        repository.generation(number, system.path, &format!("2025-06-0{}T00:00:00Z", number + 1));
    }
    repository.stand_on(3);
    assert_eq!(repository.log_numbers(&[]), (vec![vec![3], vec![4, 2, 1]], vec![5]));
    assert_eq!(repository.log_numbers(&["--reverse"]), (vec![vec![4, 2, 1], vec![3]], vec![5]));
    let log = repository.run(&["log"]).good();
    let first = log.lines().nth(1).unwrap();
    assert!(first.contains("gen 5: lock never committed, nixpkgs 2025-06-01 3333333"), "{log}");
    let reversed = repository.run(&["log", "--reverse"]).good();
    assert!(reversed.lines().last().unwrap().contains("gen 5:"), "{reversed}");
    // One older than every commit, too.
    let oldest = System::nixos(&repository, 'f', &rev('4'), "");
    repository.generation(6, oldest.path, "2025-01-01T00:00:00Z");
    for form in [&["log"][..], &["log", "--oneline"], &["log", "-p"]] {
        let log = repository.run(form).good();
        assert!(log.trim_end().lines().last().unwrap().contains("gen 6:"), "{form:?}: {log}");
        let few = repository.run(&[form, &["-n", "1"]].concat()).good();
        assert!(!few.contains("gen 6:"), "{form:?}: {few}");
    }
    // A question about other commits is not one about generations that stand by themselves.
    assert!(!repository.run(&["log", "HEAD~1"]).good().contains("gen 5:"));
    for width in ["40", "80", "100", "140", "200"] {
        let profile = repository.profile();
        let arguments = ["log", "--profile", profile.to_str().unwrap()];
        let run = repository.run_with(&arguments, &[("COLUMNS", std::ffi::OsStr::new(width))]);
        let columns: usize = width.parse().unwrap();
        for line in run.good().lines() {
            assert!(line.chars().count() <= columns, "{width}: {line}");
        }
        for arguments in [&["generations", "--profile", profile.to_str().unwrap()][..]] {
            let run = repository.run_with(arguments, &[("COLUMNS", std::ffi::OsStr::new(width))]);
            for line in run.good().lines() {
                assert!(line.chars().count() <= columns.max(60), "{width}: {line}");
            }
        }
    }
}

/// The first words of the lines, the header left out: commits, and `gen 2` for a generation that stands by itself.
fn order(repository: &Repository, arguments: &[&str]) -> Vec<String> {
    let log = repository.run(&[&["log"], arguments].concat()).good();
    let name = |line: &str| match line.split_once("gen ") {
        Some((_, number)) => format!("gen {}", number.split(':').next().unwrap()),
        None => line[..7].to_owned(),
    };
    log.lines().skip(1).map(name).collect()
}

#[test]
fn a_generation_whose_lock_is_elsewhere_stands_at_its_date() {
    let repository = two_locks();
    let short = |revision: &str| repository.git(&["rev-parse", revision])[..7].to_owned();
    let (first, second) = (short("HEAD~1"), short("HEAD"));
    repository.git(&["checkout", "--quiet", "-b", "update", "HEAD~1"]);
    repository.write("flake.lock", &lock(&[("nixpkgs", &rev('3'), 1_748_772_000)]));
    repository.commit("2025-06-01T18:00:00Z", "on a branch");
    let aside = short("update");
    repository.git(&["checkout", "--quiet", "main"]);
    for (number, letter, nixpkgs, date) in [
        (1, 'a', '1', "2025-06-01T13:00:00Z"),
        (2, 'b', '3', "2025-06-01T20:00:00Z"),
        (3, 'c', '2', "2025-06-02T13:00:00Z"),
    ] {
        repository.generation(number, System::nixos(&repository, letter, &rev(nixpkgs), "").path, date);
    }
    repository.stand_on(2);
    let gen_2 = "gen 2".to_owned();
    let all = [second.clone(), gen_2.clone(), first.clone()];
    assert_eq!(order(&repository, &[]), all);
    assert_eq!(order(&repository, &["--reverse"]), [&*first, &*gen_2, &*second]);
    assert_eq!(repository.log_numbers(&[]), (vec![vec![3], vec![1]], vec![2]));
    // Where it is, is said in every form; marks only where no column has them.
    let words = format!("lock of {aside}, not in this history, nixpkgs 2025-06-01 3333333");
    for (form, name) in
        [(&["log"][..], "gen 2: "), (&["log", "--oneline"], "gen 2●: "), (&["log", "-p"], "gen 2●: ")]
    {
        let log = repository.run(form).good();
        assert!(log.contains(&format!("{name}{words}")), "{form:?}: {log}");
    }
    let oneline = repository.run(&["log", "--oneline"]).good();
    assert!(oneline.contains("\n        2025-06-01 gen 2●"), "{oneline}");
    // What is listed decides how much is seen, not what is elsewhere.
    assert_eq!(order(&repository, &["-n", "1"]), [second.as_str()]);
    assert_eq!(order(&repository, &["-n", "2"]), all);
    assert_eq!(order(&repository, &["--since", "2025-06-01T19:00:00Z"]), all[..2]);
    assert_eq!(order(&repository, &["--until", "2025-06-01T19:00:00Z"]), all[2..]);
    assert_eq!(order(&repository, &["--all"]), [&*second, &*aside, &*first]);
    assert_eq!(order(&repository, &["HEAD"]), [&*second, &*first]);
    assert_eq!(order(&repository, &["--input", "nixpkgs"]), [&*second, &*first]);
    // From the branch it is the other way round.
    repository.git(&["checkout", "--quiet", "update"]);
    assert_eq!(order(&repository, &[]), ["gen 3", &*aside, &*first]);
    // In the working tree it is listed.
    repository.git(&["checkout", "--quiet", "main"]);
    repository.git(&["checkout", "--quiet", "update", "--", "flake.lock"]);
    assert_eq!(order(&repository, &[]), ["worktre", &*second, &*first]);
    assert_eq!(repository.log_numbers(&[]).0, [vec![2], vec![3], vec![1]]);
    // And once it is in this history too, under whatever commit.
    repository.commit("2025-06-03T12:00:00Z", "as on the branch");
    assert_eq!(order(&repository, &[]), [&*short("HEAD"), &*second, &*first]);
}

#[test]
fn of_several_locks_elsewhere_the_likeliest_is_named_as_a_guess() {
    let repository = two_locks();
    repository.git(&["checkout", "--quiet", "--orphan", "other"]);
    let mut last = String::new();
    for extra in ['4', '5'] {
        let inputs = [("nixpkgs", &*rev('3'), 1_748_772_000), ("extra", &*rev(extra), 1_748_772_000)];
        repository.write("flake.lock", &lock(&inputs));
        last = repository.commit("2025-06-01T18:00:00Z", "on a branch");
    }
    repository.git(&["checkout", "--quiet", "main"]);
    repository.generation(1, System::nixos(&repository, 'a', &rev('3'), "").path, "2025-06-01T20:00:00Z");
    assert_eq!(repository.row(1)["confidence"], "ambiguous (2)");
    let log = repository.run(&["log"]).good();
    let names: Vec<String> = ["other~1", "other"].map(|name| repository.git(&["rev-parse", name])).into();
    let is_one = names.iter().any(|id| log.contains(&format!("gen 1: perhaps lock of {}, not in", &id[..7])));
    assert!(is_one && names.contains(&last), "{log}");
}

#[test]
fn a_lock_built_once_more_is_found_wherever_it_is_listed() {
    // More than are taken from the history before the first row is written.
    const COUNT: usize = 130;
    let repository = two_locks();
    let revision = |n: usize| format!("{n:040x}");
    let commit = |n: usize| {
        let date = format!("2025-07-{:02}T{:02}:00:00Z", 1 + n / 24, n % 24);
        repository.write("flake.lock", &lock(&[("nixpkgs", &revision(n), 1_748_772_000)]));
        repository.git_at(&date, &["commit", "--quiet", "--all", "--message", "update"]);
    };
    (0..COUNT).for_each(commit);
    repository.git(&["checkout", "--quiet", "-b", "aside"]);
    commit(COUNT);
    repository.git(&["checkout", "--quiet", "main"]);
    // All of them after the last commit, the last one of a lock that is not listed.
    for (number, letter, built_from) in [(1, 'a', 4), (2, 'b', COUNT - 7), (3, 'c', COUNT)] {
        let system = System::nixos(&repository, letter, &revision(built_from), "");
        repository.generation(number, system.path, "2025-08-01T12:00:00Z");
    }
    let mut expected = vec![vec![]; COUNT + 2];
    expected[COUNT - 1 - 4] = vec![1];
    expected[6] = vec![2];
    assert_eq!(repository.log_numbers(&[]), (expected, vec![3]));
    let newest_first = order(&repository, &[]);
    assert_eq!(newest_first.len(), COUNT + 3);
    assert_eq!(newest_first[0], "gen 3");
    let mut oldest_first = order(&repository, &["--reverse"]);
    oldest_first.reverse();
    assert_eq!(oldest_first, newest_first);
    // Where not all are listed, a lock that is not is no lock of elsewhere all the same.
    assert_eq!(order(&repository, &["-n", "3"]), newest_first[..4]);
    let oneline = repository.run(&["log", "--oneline"]).good();
    assert_eq!(oneline.matches(" gen ").count(), 1, "{oneline}");
}
