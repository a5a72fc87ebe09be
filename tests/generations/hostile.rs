//! Systems made to do harm: nothing hangs, nothing is read without end, nothing reaches the terminal raw.

use std::fs::File;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::{Duration, Instant};

use super::repository::{Repository, finished, program, touch};
use super::system::{System, lock, rev, script};

fn repository() -> (Repository, String) {
    let repository = Repository::new();
    repository.write("flake.nix", "{ outputs = _: { }; }\n");
    repository.write("flake.lock", &lock(&[("nixpkgs", &rev('1'), 1_748_772_000)]));
    let commit = repository.commit("2025-06-02T12:00:00Z", "first");
    (repository, commit)
}

/// Every command that reads a generation.
const COMMANDS: [&[&str]; 8] = [
    &["generations"],
    &["generations", "--json"],
    &["generations", "--explain", "1"],
    &["log"],
    &["log", "--json"],
    &["status"],
    &["status", "--json"],
    &["show", "gen:1"],
];

#[track_caller]
fn assert_survives(repository: &Repository) {
    let start = Instant::now();
    for command in COMMANDS {
        let run = repository.run(command);
        assert!([0, 1].contains(&run.code), "{command:?}: {run:?}");
        let is_raw = |c: char| (c.is_control() && c != '\n') || ('\u{202a}'..='\u{202e}').contains(&c);
        assert!(!run.out.contains(is_raw) && !run.err.contains(is_raw), "{command:?}: {run:?}");
        if command.contains(&"--json") {
            run.json();
        }
    }
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
}

/// Every file that is read.
const FILES: [&str; 12] = [
    "nixos-version",
    "darwin-version",
    "hm-version",
    "darwin-version.json",
    "nixos-version.json",
    "boot.json",
    "sw/bin/nixos-version",
    "etc/os-release",
    "etc/nix/registry.json",
    "etc/nix/nix.conf",
    "extra-dependencies",
    "home-files/.config/nix/registry.json",
];

#[test]
fn pipes_and_devices_are_not_waited_for() {
    let (repository, _) = repository();
    let pipes = System::new(&repository, 'a', "nixos-system-host");
    let devices = System::new(&repository, 'b', "nixos-system-host");
    for file in FILES {
        let path = pipes.path.join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        finished(program("mkfifo", Path::new("/")).arg(&path));
        std::fs::create_dir_all(devices.path.join(file).parent().unwrap()).unwrap();
        symlink("/dev/zero", devices.path.join(file)).unwrap();
    }
    let folders = System::new(&repository, 'f', "nixos-system-host");
    for file in FILES {
        std::fs::create_dir_all(folders.path.join(file)).unwrap();
    }
    repository.generation(5, &folders.path, "2025-06-02T12:05:00Z");
    for (number, system) in [(1, &pipes), (2, &devices)] {
        repository.generation(number, &system.path, "2025-06-02T12:05:00Z");
    }
    repository.stand_on(1);
    assert_survives(&repository);
    // The link of a generation, or of what runs, may lead to a pipe.
    repository.generation(3, pipes.path.join("boot.json"), "2025-06-02T12:05:00Z");
    repository.runs("current-system", pipes.path.join("boot.json"));
    assert_survives(&repository);
    // And so may a kept source's lock.
    let source = repository.path("store").join(format!("{}-source", "s".repeat(32)));
    std::fs::create_dir(&source).unwrap();
    finished(program("mkfifo", Path::new("/")).arg(source.join("flake.lock")));
    let keeper = System::new(&repository, 'c', "nixos-system-host").link("src", &source);
    repository.generation(4, &keeper.path, "2025-06-02T12:05:00Z");
    repository.run(&["show", "gen:4"]);
    assert_survives(&repository);
}

#[test]
fn huge_files_are_left_alone() {
    let (repository, _) = repository();
    let system = System::new(&repository, 'a', "nixos-system-host");
    for file in FILES {
        let path = system.path.join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        // Sparse, so that it costs nothing until someone reads it.
        File::create(path).unwrap().set_len(1 << 40).unwrap();
    }
    repository.generation(1, &system.path, "2025-06-02T12:05:00Z");
    repository.stand_on(1);
    assert_survives(&repository);
    assert!(repository.row(1)["nixosVersion"].is_null());
    // A label of a megabyte is within the limit for files, and yet no line of a table.
    let long = System::new(&repository, 'b', "nixos-system-host").file("nixos-version", "x".repeat(1 << 20));
    repository.generation(2, &long.path, "2025-06-02T12:05:00Z");
    assert_survives(&repository);
    let table = repository
        .run_with(
            &["generations", "--profile", repository.profile().to_str().unwrap()],
            &[("COLUMNS", std::ffi::OsStr::new("80"))],
        )
        .good();
    assert!(table.lines().all(|line| line.chars().count() <= 80), "a line of {} bytes", table.len());
}

#[test]
fn links_in_circles_lead_nowhere() {
    let (repository, _) = repository();
    let system = System::new(&repository, 'a', "nixos-system-host");
    for file in FILES {
        let path = system.path.join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        symlink(&path, &path).unwrap();
    }
    for folder in ["specialisation", "kernel-modules", "kernel", "src", "etc/nix/inputs", "etc/nix/path"] {
        symlink(system.path.join(folder), system.path.join(folder)).unwrap();
    }
    repository.generation(1, &system.path, "2025-06-02T12:05:00Z");
    repository.stand_on(1);
    assert_survives(&repository);
    // The profile itself, and what runs.
    for (what, target) in [("system", "system"), ("system", "system-7-link"), ("system-7-link", "system")] {
        let link = repository.profile().with_file_name(what);
        drop(std::fs::remove_file(&link));
        symlink(target, link).unwrap();
        repository.runs("current-system", repository.profile());
        assert_survives(&repository);
    }
    std::fs::remove_file(repository.link(7)).unwrap();
    repository.stand_on(1);
    // A system that is its own specialisation.
    let nested = System::nixos(&repository, 'b', &rev('1'), "").folder("specialisation");
    symlink(&nested.path, nested.path.join("specialisation/me")).unwrap();
    repository.generation(2, &nested.path, "2025-06-02T12:05:00Z");
    repository.runs("current-system", &nested.path);
    let row = repository.row(2);
    assert!(row["running"] == true && row["runningSpecialisation"].is_null(), "{row}");
}

#[test]
fn control_characters_stay_inside() {
    let (repository, _) = repository();
    let evil = "\u{1b}]0;owned\u{7}\u{1b}[2J\u{202e}\r\u{9b}31m";
    let json = serde_json::json!({
        "nixosVersion": format!("25.05{evil}"), "nixpkgsRevision": format!("{}{evil}", rev('1')),
        "configurationRevision": evil, "darwinRevision": evil,
    });
    let pin = |name: &str| {
        serde_json::json!({"from": {"id": name}, "to": {
            "type": "path", "path": format!("/nix/store/{evil}-source"), "rev": evil, "narHash": evil,
        }})
    };
    let system = System::new(&repository, 'a', &format!("nixos-system-{evil}-25.05"))
        .file("nixos-version", evil)
        .file("sw/bin/nixos-version", script(&json.to_string()))
        .file("boot.json", serde_json::json!({"v1": {"label": format!("{evil} (Linux {evil})")}}).to_string())
        .file("etc/nix/registry.json", serde_json::json!({"flakes": [pin(evil), pin("nixpkgs")]}).to_string())
        .file("extra-dependencies", format!("/nix/store/{evil}-source"))
        .folder(&format!("specialisation/{evil}"))
        .folder(&format!("kernel-modules/lib/modules/{evil}"));
    repository.generation(1, &system.path, "2025-06-02T12:05:00Z");
    repository.stand_on(1);
    repository.runs("current-system", system.path.join("specialisation").join(evil));
    assert_survives(&repository);
    let row = repository.row(1);
    assert_eq!(row["specialisations"][0], evil, "in JSON the name is whole: {row}");
    assert_eq!(row["runningSpecialisation"], evil);
    // With darwin's file, and gone from the store.
    let darwin = System::new(&repository, 'b', "darwin-system").file("darwin-version.json", json.to_string());
    repository.generation(2, &darwin.path, "2025-06-02T12:05:00Z");
    repository.generation(
        3,
        format!("/nowhere/{evil}-nixos-system-25.05.20250601.{evil}"),
        "2025-06-02T12:05:00Z",
    );
    repository.generation(4, format!("../{evil}"), "2025-06-02T12:05:00Z");
    assert_survives(&repository);
    for number in ["2", "3", "4"] {
        let run = repository.run(&["generations", "--explain", number]);
        assert!(!run.good().contains(|c: char| c.is_control() && c != '\n'));
    }
}

#[test]
fn nonsense_is_no_fact() {
    let (repository, commit) = repository();
    let nonsense = [
        "",
        "null",
        "[]",
        "{}",
        "{\"flakes\":7}",
        "{\"flakes\":[7,null,[],{},{\"to\":7},{\"from\":7,\"to\":{}}]}",
        "{\"flakes\":[{\"from\":{\"id\":7},\"to\":{\"path\":7,\"rev\":{},\"narHash\":[],\"lastModified\":-1}}]}",
        "{\"flakes\":[{\"from\":{\"id\":\"\"},\"to\":{\"path\":\"relative\",\"rev\":\"\",\"lastModified\":1e99}}]}",
        "{\"flakes\":[{\"from\":{\"id\":\"nixpkgs\"},\"to\":{\"path\":\"/\",\"type\":\"path\"}}]}",
        "{\"org.nixos.bootspec.v1\":{\"label\":\" (Linux \"}}",
        "{\"flakes\":",
        "\u{0}\u{1}",
    ];
    let deep = "[".repeat(200_000);
    for (number, text) in nonsense.iter().copied().chain([deep.as_str()]).enumerate() {
        let letter = char::from(b'a' + u8::try_from(number).unwrap());
        let mut system = System::nixos(&repository, letter, &rev('1'), &commit);
        for file in ["etc/nix/registry.json", "boot.json", "darwin-version.json", "nixos-version.json"] {
            system = system.file(file, text);
        }
        repository.generation(number as u64 + 1, &system.path, "2025-06-02T12:05:00Z");
    }
    repository.stand_on(1);
    for row in repository.generations() {
        assert!(row["commit"] == commit && row["confidence"] == "exact", "{row}");
    }
    assert_survives(&repository);
}

#[test]
fn a_system_outside_any_store() {
    let (repository, _) = repository();
    for (number, target) in
        [(1, "/etc"), (2, "/"), (3, "/etc/passwd"), (4, "."), (5, ".."), (6, "/proc/self/root")]
    {
        repository.generation(number, target, "2025-06-02T12:05:00Z");
    }
    repository.stand_on(1);
    repository.runs("current-system", "/");
    assert_survives(&repository);
    // A link where the label should be does not make its folder a system.
    let thief = System::new(&repository, 'a', "nixos-system-host")
        .link("nixos-version", "/etc/hostname")
        .file("sw/bin/nixos-version", script(&format!("{{\"nixpkgsRevision\":\"{}\"}}", rev('1'))));
    repository.generation(7, &thief.path, "2025-06-02T12:05:00Z");
    let row = repository.row(7);
    assert_eq!(row["confidence"], "lock exact", "{row}");
    // Nor may the script lead to files elsewhere.
    let secret = repository.path("secret.json");
    std::fs::write(&secret, "{\"nixosVersion\":\"secret\"}").unwrap();
    let reader = System::new(&repository, 'b', "nixos-system-host")
        .file("sw/bin/nixos-version", format!("--json)\n  cat {}\n;;\n", secret.display()));
    repository.generation(8, &reader.path, "2025-06-02T12:05:00Z");
    assert!(!repository.run(&["generations", "--explain", "8"]).good().contains("secret"));
}

#[test]
fn ten_thousand_links() {
    let (repository, commit) = repository();
    let system = System::nixos(&repository, 'a', &rev('1'), &commit);
    for number in 1..=10_000u64 {
        symlink(&system.path, repository.link(number)).unwrap();
    }
    touch(&repository.link(1), "2025-06-02T12:05:00Z");
    repository.stand_on(10_000);
    repository.runs("current-system", &system.path);
    let start = Instant::now();
    assert_eq!(repository.generations().len(), 10_000);
    let log = repository.run(&["log"]).good();
    assert!(log.lines().all(|line| line.chars().count() < 200), "{}", &log[..400]);
    assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
}

#[test]
fn a_label_without_end_widens_no_table() {
    let repository = Repository::new();
    repository.write("flake.nix", "{ outputs = _: { }; }\n");
    repository.write("flake.lock", &lock(&[("nixpkgs", &rev('1'), 1_748_772_000)]));
    repository.commit("2025-06-02T12:00:00Z", "first");
    let endless = "x".repeat(1_000_000);
    for (number, label) in [(1, &*endless), (2, "25.11"), (3, "25.11")] {
        let letter = char::from(b'a' + u8::try_from(number).unwrap());
        let system = System::new(&repository, letter, "nixos-system-host").file("nixos-version", label);
        repository.generation(number, system.path, "2025-06-02T12:05:00Z");
    }
    let table = repository.run(&["generations"]).good();
    assert!(table.len() < 2_000 && table.contains("xxx…"), "{} bytes", table.len());
    assert_eq!(repository.row(1)["nixosVersion"].as_str().map(str::len), Some(endless.len()));
}
