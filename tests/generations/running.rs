//! Default, running and booted.

use super::repository::Repository;
use super::site::Site;
use super::system::{System, lock, rev};

/// The numbers of those generations of which this is said.
fn those(repository: &Repository, key: &str) -> Vec<u64> {
    let rows = repository.generations();
    let those = rows.iter().filter(|row| row[key] == true);
    those.map(|row| row["generation"].as_u64().unwrap()).collect()
}

#[test]
fn each_is_marked_for_itself() {
    let Some(site) = Site::new() else { return };
    let mut systems = Vec::new();
    for number in 0..3 {
        let date = format!("2025-06-0{}T12:00:00Z", number + 2);
        let system = format!("salt = \"{number}\"; specialisations = [ \"game\" \"safe\" ];");
        site.state(&system, number, 0, &date);
        let system = site.build(&[]);
        site.set(&system, &date);
        systems.push(system);
    }
    assert_eq!((those(&site, "running"), those(&site, "booted")), (vec![], vec![]));
    site.runs("current-system", &systems[1]);
    site.runs("booted-system", &systems[0]);
    assert_eq!(those(&site, "current"), [3]);
    assert_eq!(those(&site, "running"), [2]);
    assert_eq!(those(&site, "booted"), [1]);
    let table = site.run(&["generations"]).good();
    let marks: Vec<_> = table.lines().skip(1).filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(marks, ["3●", "2▸", "1▴"]);
    let log = site.run(&["log", "--json"]).json();
    assert_eq!(log["entries"][1]["generations"][0]["running"], true);
    assert_eq!(log["entries"][2]["generations"][0]["booted"], true);
    let table = site.run(&["log"]).good();
    assert!(["3●", "2▸", "1▴"].iter().all(|mark| table.contains(mark)), "{table}");

    // A specialisation of a generation.
    site.runs("current-system", systems[2].join("specialisation/safe"));
    let row = site.row(3);
    assert!(row["running"] == true && row["runningSpecialisation"] == "safe", "{row}");
    assert_eq!(those(&site, "running"), [3]);
    assert!(site.run(&["generations", "--explain", "3"]).good().contains("as safe"));
    assert!(site.run(&["status"]).good().contains("generation 3 as safe"));
}

#[test]
fn a_system_that_is_no_generation_is_called_so() {
    let repository = Repository::new();
    repository.write("flake.nix", "{ outputs = _: { }; }\n");
    repository.write("flake.lock", &lock(&[("nixpkgs", &rev('1'), 1_748_772_000)]));
    let commit = repository.commit("2025-06-02T12:00:00Z", "first");
    let system = System::nixos(&repository, 'a', &rev('1'), &commit);
    repository.generation(1, system.path, "2025-06-02T12:05:00Z");
    repository.stand_on(1);
    let tested = System::nixos(&repository, 'b', &rev('1'), "");
    repository.runs("current-system", &tested.path);
    assert_eq!(those(&repository, "running"), [0; 0]);
    let status = repository.run(&["status"]).good();
    assert!(status.contains("is no generation of this profile"), "{status}");
    let shown = repository.run(&["show", "gen:running"]).good();
    assert!(shown.contains("the lock of the running system (lock exact)"), "{shown}");
    // Dangling, cyclic, no link at all: nothing is known to run.
    for target in ["/nowhere/at/all", "current-system"] {
        repository.runs("current-system", target);
        assert_eq!(those(&repository, "running"), [0; 0]);
        let run = repository.run(&["show", "gen:running"]);
        assert!(run.code == 1 && run.err.contains("no generation is the running one"), "{run:?}");
        assert!(!repository.run(&["status"]).good().contains("is no generation"));
    }
}

#[test]
fn status_says_what_is_no_generation() {
    let repository = Repository::new();
    repository.write("flake.nix", "{ outputs = _: { }; }\n");
    repository.write("flake.lock", &lock(&[("nixpkgs", &rev('1'), 1_748_772_000)]));
    let commit = repository.commit("2025-06-02T12:00:00Z", "first");
    let system = System::nixos(&repository, 'a', &rev('1'), &commit);
    repository.generation(1, &system.path, "2025-06-02T12:05:00Z");
    let [tested, deleted] = ['b', 'c'].map(|letter| System::nixos(&repository, letter, &rev('1'), "").path);
    let lines = || -> Vec<String> {
        let status = repository.run(&["status"]).good();
        let lines = status.lines().filter(|line| line.contains("is no generation") || line.contains("not "));
        lines.map(|line| line.replace(&*repository.root.to_string_lossy(), "")).collect()
    };
    let none = |name: &str, path: &std::path::Path, why: &str| {
        let path = path.strip_prefix(&repository.root).unwrap().display();
        format!("{name:<15}/{path} is no generation of this profile{why}")
    };
    let of_running = " (a test, a deleted one, or another profile's)";
    let of_booted = " (a deleted one, or another profile's)";
    assert_eq!(lines(), ["default        not known: the profile's link leads to no generation"]);
    repository.stand_on(7);
    assert_eq!(lines(), ["default        generation 7, which is not there"]);
    std::fs::remove_file(repository.profile()).unwrap();
    std::os::unix::fs::symlink(&tested, repository.profile()).unwrap();
    assert_eq!(lines(), [none("default", &tested, "")]);
    std::fs::remove_file(repository.profile()).unwrap();
    repository.stand_on(1);
    repository.runs("booted-system", &deleted);
    assert_eq!(lines(), [none("booted", &deleted, of_booted)]);
    repository.runs("current-system", &deleted);
    assert_eq!(lines(), [none("runs, booted", &deleted, of_running)]);
    repository.runs("current-system", &tested);
    assert_eq!(lines(), [none("running", &tested, of_running), none("booted", &deleted, of_booted)]);
    repository.runs("current-system", &system.path);
    repository.runs("booted-system", &system.path);
    assert_eq!(lines(), [""; 0]);
}
