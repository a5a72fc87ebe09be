//! The log with a profile that is of no use to it, and without one.

use super::repository::Repository;
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
        assert!(log.lines().last().unwrap().contains("gen 6:"), "{form:?}: {log}");
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
