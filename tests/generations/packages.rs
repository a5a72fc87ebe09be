//! The packages of two systems compared: by ourselves, beside what Nix itself says of the same systems, and by other
//! programs.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use flakehist::closure::{Package, compare_versions};
use serde_json::{Value, json};

use super::repository::{Repository, Run, finished};
use super::site::Site;
use super::system::{System, rev};

/// A system of packages of a name and so many bytes; `salt` makes another path of the same name.
fn build(site: &Site, name: &str, packages: &[(&str, u32)], salt: &str) -> PathBuf {
    let list = packages.iter().fold(String::new(), |mut list, (name, bytes)| {
        write!(list, "(package \"{name}\" {bytes})").unwrap();
        list
    });
    let expression = format!(
        "let of = name: script: more: derivation ({{ inherit name; system = builtins.currentSystem; \
         builder = \"/bin/sh\"; args = [ \"-c\" script ]; \
         preferLocalBuild = true; }} // more); \
         package = name: bytes: of name \"printf %0${{toString bytes}}d 0 > $out\" {{ salt = \"{salt}\"; }}; \
         in of \"{name}\" \"echo $packages > $out\" {{ packages = [ {list} ]; }}"
    );
    let mut nix = site.nix("nix");
    let printed = finished(nix.args(["build", "--no-link", "--json", "--impure", "--expr", &expression]));
    let built: Value = serde_json::from_str(&printed).unwrap();
    PathBuf::from(built[0]["outputs"]["out"].as_str().unwrap())
}

/// Runs `diff --packages` in a world in which Nix means the store of the tests.
fn packages(site: &Site, words: &[&str], variables: &[(&str, &OsStr)]) -> Run {
    let (profile, store, state) = (site.profile(), site.path("store"), site.path("var"));
    let own: [(&str, &OsStr); 6] = [
        ("FLAKEHIST_PROFILE", profile.as_os_str()),
        ("NIX_STORE_DIR", store.as_os_str()),
        ("NIX_STATE_DIR", state.as_os_str()),
        ("NIX_LOCALSTATE_DIR", state.as_os_str()),
        ("NIX_CONFIG", OsStr::new("build-users-group =")),
        ("NIX_REMOTE", OsStr::new("")),
    ];
    site.run_with(&[&["diff", "--packages"], words].concat(), &[&own, variables].concat())
}

/// Two generations of different packages; the newer one runs.
fn two() -> Option<Site> {
    let site = Site::new()?;
    site.state("", 0, 0, "2025-06-02T12:00:00Z");
    let old = [
        ("openssl-3.5.2", 10_000),
        ("openssl-3.5.2-bin", 500),
        ("firefox-9.0", 50_000),
        ("python3-3.12.8", 100),
        ("python3-3.13.1", 100),
        ("gone-1.0", 70_000),
        ("same-1.0", 200),
        ("system-path", 30),
    ];
    let new = [
        ("openssl-3.4.9", 10_000),
        ("openssl-3.4.9-bin", 500),
        ("firefox-10.0", 90_000),
        ("python3-3.13.1", 100),
        ("came-0-unstable-2025-01-02", 40_000),
        ("same-1.0", 200),
        ("system-path", 30),
    ];
    site.set(&build(&site, "nixos-system-host-25.05", &old, ""), "2025-06-02T12:05:00Z");
    let newest = build(&site, "nixos-system-host-25.11", &new, "");
    site.set(&newest, "2025-06-03T12:05:00Z");
    site.runs("current-system", &newest);
    Some(site)
}

#[test]
fn what_changed_is_told_with_sizes() {
    let Some(site) = two() else { return };
    let text = packages(&site, &["gen:1", "--differ", "own"], &[]).good();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "from  generation 1 of 2025-06-02 12:05");
    assert_eq!(lines[1], "to    generation 2 of 2025-06-03 12:05");
    let words: Vec<String> =
        lines[3..9].iter().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    assert_eq!(
        words,
        [
            "↓ openssl 3.5.2 → 3.4.9",
            "~ python3 3.12.8, 3.13.1 → 3.13.1 -216 B",
            "firefox 9.0 → 10.0 +39.1 KiB",
            // Its file holds as many names as it has packages.
            &format!("nixos-system-host 25.05 → 25.11 {}", words[3].split_once(" 25.11 ").unwrap().1),
            "+ came 0-unstable-2025-01-02 +39.2 KiB",
            "- gone 1.0 -68.5 KiB",
        ]
    );
    assert_eq!(lines[10], "6 packages changed: 2 up, 1 down, 1 in other versions, 1 added, 1 removed");
    // The other way round.
    let back = packages(&site, &["gen:2..gen:1", "--differ", "own"], &[]).good();
    assert!(back.contains("\n↓ firefox ") && back.contains("\n+ gone "), "{back}");
}

#[test]
fn the_document_has_sizes_that_nix_tells() {
    let Some(site) = two() else { return };
    let document = packages(&site, &["gen:1", "gen:2", "--json"], &[]).json();
    let size = |number: u64| -> i64 {
        let system = std::fs::read_link(site.link(number)).unwrap();
        let paths = finished(site.nix("nix-store").args(["--query", "--requisites"]).arg(&system));
        let sizes = finished(site.nix("nix-store").args(["--query", "--size"]).args(paths.lines()));
        sizes.lines().map(|size| size.parse::<i64>().unwrap()).sum()
    };
    assert_eq!(document["bytes"], size(2) - size(1));
    assert_eq!(document["from"]["storePath"], std::fs::read_link(site.link(1)).unwrap().to_str().unwrap());
    assert_eq!(document["to"]["generation"], 2);
    assert_eq!(
        document["counts"],
        json!({ "up": 2, "down": 1, "changed": 1, "added": 1, "removed": 1, "rebuilt": 0 })
    );
}

/// `name: 1, 2 → 3` of each line that `nix store diff-closures` writes about versions.
fn told_by_nix(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = text
        .lines()
        .filter(|line| line.contains('→'))
        .map(|line| {
            let bare: String = line
                .split('\x1b')
                .map(|part| {
                    part.strip_prefix('[').and_then(|rest| rest.split_once('m')).map_or(part, |p| p.1)
                })
                .collect();
            let (name, rest) = bare.split_once(": ").unwrap();
            // Behind the versions stands the size.
            let versions = rest.split(", ").filter(|part| !part.ends_with("KiB") && !part.ends_with("MiB"));
            format!("{name}: {}", versions.collect::<Vec<_>>().join(", "))
        })
        .collect();
    lines.sort();
    lines
}

#[test]
fn the_versions_that_changed_are_those_that_nix_lists() {
    let Some(site) = two() else { return };
    let system = |number| std::fs::read_link(site.link(number)).unwrap();
    let mut nix = site.nix("nix");
    let nix = finished(nix.args(["store", "diff-closures"]).arg(system(1)).arg(system(2)));
    let document = packages(&site, &["gen:1", "gen:2", "--json"], &[]).json();
    let versions = |side: &Value, other: &Value| -> String {
        let other = other.as_array().unwrap();
        let own = side.as_array().unwrap().iter().filter(|version| !other.contains(version));
        let own: Vec<&str> = own.map(|version| version.as_str().unwrap()).collect();
        if own.is_empty() { "∅".to_owned() } else { own.join(", ") }
    };
    let mut ours: Vec<String> = document["packages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            let (from, to) = (&one["from"], &one["to"]);
            format!("{}: {} → {}", one["name"].as_str().unwrap(), versions(from, to), versions(to, from))
        })
        .collect();
    ours.sort();
    assert_eq!(ours, told_by_nix(&nix), "{nix}");
}

#[test]
fn nix_itself_may_compare() {
    let Some(site) = two() else { return };
    let text = packages(&site, &["gen:1", "gen:2", "--differ", "nix"], &[]).good();
    assert!(text.starts_with("from  generation 1 of 2025-06-02 12:05\nto    generation 2 of"), "{text}");
    assert_eq!(told_by_nix(&text).len(), 6, "{text}");
}

#[test]
fn what_was_only_rebuilt_is_counted() {
    let Some(site) = Site::new() else { return };
    site.state("", 0, 0, "2025-06-02T12:00:00Z");
    for salt in ["a", "b"] {
        let system = build(&site, "nixos-system-host-25.05", &[("same-1.0", 5), ("also-2", 5)], salt);
        site.set(&system, "2025-06-02T12:05:00Z");
        site.runs("current-system", &system);
    }
    let words = ["gen:1", "gen:2", "--differ", "own"];
    let text = packages(&site, &words, &[]).good();
    let (_, rest) = text.split_once("\n\n").unwrap();
    assert_eq!(
        rest,
        "no package is of another version\n3 packages rebuilt at the same version\ntogether +0 B\n"
    );
    // What is not the same system is another one.
    assert_eq!(packages(&site, &["gen:1", "gen:2", "--quiet"], &[]).code, 1);
    assert_eq!(packages(&site, &["gen:2", "gen:running", "--quiet"], &[]).code, 0);
    // Of what runs and boots next there is nothing to tell but that.
    let nothing = packages(&site, &[], &[]);
    assert!(nothing.err.contains("what runs is what the next boot takes"), "{nothing:?}");
    assert!(nothing.good().ends_with("\n\nno difference: both are the same system\n"));
}

/// A program that says how it was called.
fn fake(folder: &Path, name: &str, code: i32) {
    let path = folder.join(name);
    std::fs::create_dir_all(folder).unwrap();
    std::fs::write(&path, format!("#!/bin/sh\necho \"{name} $*\"\nexit {code}\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

/// Two systems written by hand, of which no Nix knows.
fn two_by_hand() -> Repository {
    let repository = Repository::new();
    repository.write("flake.nix", "{ }\n");
    repository.write("flake.lock", &super::system::lock(&[("nixpkgs", &rev('1'), 1_748_700_000)]));
    repository.commit("2025-06-01T00:00:00Z", "first");
    for (number, letter, digit) in [(1, 'a', '1'), (2, 'b', '2')] {
        let system = System::nixos(&repository, letter, &rev(digit), "");
        repository.generation(number, &system.path, "2025-06-02T12:05:00Z");
        repository.runs("current-system", &system.path);
    }
    repository.stand_on(2);
    repository
}

#[test]
fn the_program_that_compares_is_found_named_or_set() {
    let repository = two_by_hand();
    let run = |words: &[&str], folders: &[&str], setting: &str| {
        let path: Vec<String> =
            folders.iter().map(|folder| repository.path(folder).display().to_string()).collect();
        let path = path.join(":");
        let variables = [("PATH", OsStr::new(&path)), ("FLAKEHIST_DIFFER", OsStr::new(setting))];
        let profile = repository.profile();
        let words = [&["diff", "--packages", "gen:1", "gen:2"], words].concat();
        repository.run_with(&[&words[..], &["--profile", profile.to_str().unwrap()]].concat(), &variables)
    };
    for name in ["dix", "nvd", "nix"] {
        fake(&repository.path(name), name, 0);
    }
    fake(&repository.path("broken"), "dix", 3);
    let systems = |number| std::fs::read_link(repository.link(number)).unwrap().display().to_string();
    let both = format!("{} {}", systems(1), systems(2));
    let nix = "nix --extra-experimental-features nix-command store diff-closures";
    for (words, folders, setting, expected) in [
        (&[] as &[&str], &["nix", "nvd", "dix"] as &[&str], "", "dix"),
        (&[], &["nix", "nvd"], "", "nvd diff"),
        (&[], &["nix"], "", nix),
        (&[], &["nix", "nvd", "dix"], "nvd", "nvd diff"),
        (&["--differ", "nix"], &["nix", "nvd", "dix"], "nvd", nix),
        (&["--differ", "auto"], &["nix", "nvd", "dix"], "nvd", "dix"),
    ] {
        let text = run(words, folders, setting).good();
        let (header, told) = text.split_once("\n\n").unwrap();
        assert_eq!(told, format!("{expected} {both}\n"), "{words:?} {folders:?} {setting:?}");
        assert!(header.starts_with("from  generation 1 of "), "{header}");
    }
    for (words, folders, setting, code, says) in [
        (&["--differ", "dix"] as &[&str], &["nix"] as &[&str], "", 1, "there is no `dix` on PATH"),
        (&[], &["nix"], "dix", 1, "`flakehist.differ` names it"),
        (&[], &["nix"], "rm -rf", 2, "possible are `auto`, `own`, `nix`, `dix` and `nvd`"),
        (&[], &["broken"], "", 1, "it ended with 3"),
        (&["--differ", "nix", "--json"], &["nix"], "", 2, "about our own comparison"),
        (&["--json"], &["dix"], "dix", 1, "there is no `nix-store` on PATH"),
        (&[], &[], "", 1, "only Nix can tell what belongs to a system"),
    ] {
        let run = run(words, folders, setting);
        assert_eq!(run.code, code, "{run:?}");
        assert!(run.err.contains(says), "{words:?} {folders:?} {setting:?}: {}", run.err);
    }
}

#[test]
fn what_cannot_be_compared_is_said() {
    let repository = two_by_hand();
    std::fs::remove_dir_all(std::fs::read_link(repository.link(1)).unwrap()).unwrap();
    repository.generation(3, repository.path("store/none"), "2025-06-02T12:05:00Z");
    for (words, code, says) in [
        (&["gen:1"] as &[&str], 1, "the system of generation 1 is gone from the store"),
        (&["gen:2", "gen:3"], 1, "the system of generation 3 is gone"),
        (&["gen:1", "gen:3"], 1, "neither system is in the store any more"),
        (&["gen:7"], 1, "there is no generation 7"),
        (&["gen:booted"], 1, "no generation is the booted one"),
        (&["HEAD", "gen:2"], 2, "`HEAD` is no generation"),
        (&["41"], 2, "write `gen:41`"),
        (&["gen:1...gen:2"], 2, "two dots compare the two: `gen:1..gen:2`"),
        (&["--patch"], 2, "cannot be used with"),
        (&["--input", "nixpkgs"], 2, "cannot be used with"),
    ] {
        let run = repository.run(&[&["diff", "--packages"], words].concat());
        assert_eq!(run.code, code, "{run:?}");
        assert!(run.err.contains(says), "{words:?}: {}", run.err);
    }
    let run = repository.run(&["diff", "--differ", "own"]);
    assert!(run.code == 2 && run.err.contains("--packages"), "{run:?}");
}

#[test]
fn a_program_nobody_named_is_not_asked_of_systems_that_nix_does_not_know() {
    let repository = two_by_hand();
    let bin = repository.path("bin");
    fake(&bin, "dix", 3);
    fake(&bin, "nix-store", 1);
    let profile = repository.profile();
    let run = |words: &[&str]| {
        let words = [&["diff", "--packages", "gen:1", "gen:2"], words].concat();
        let words = [&words[..], &["--profile", profile.to_str().unwrap()]].concat();
        repository.run_with(&words, &[("PATH", bin.as_os_str())])
    };
    let asked = run(&[]);
    assert_eq!(asked.code, 1, "{asked:?}");
    assert!(asked.err.contains("nobody can tell what belongs to "), "{asked:?}");
    assert!(!asked.err.contains("dix") && asked.out.is_empty(), "{asked:?}");
    assert!(run(&["--differ", "dix"]).err.contains("it ended with 3"));
    // Systems that it knows are left to the program.
    fake(&bin, "nix-store", 0);
    assert!(run(&[]).err.contains("`dix` could not compare"));
}

#[test]
fn a_system_that_nix_does_not_know_is_said() {
    let Some(site) = two() else { return };
    let stranger = System::nixos(&site, 'c', &rev('3'), "");
    site.generation(3, &stranger.path, "2025-06-02T12:05:00Z");
    let run = packages(&site, &["gen:1", "gen:3", "--differ", "own"], &[]);
    assert_eq!(run.code, 1, "{run:?}");
    assert!(run.err.contains("error: nobody can tell what belongs to ") && run.err.contains("is not valid"));
}

/// Words made of what versions are made of.
fn made_up(numbers: &mut u64) -> String {
    const PIECES: [&str; 16] = [
        "1",
        "2",
        "10",
        "007",
        "2147483647",
        "2147483648",
        "99999999999",
        "pre",
        "rc",
        "a",
        "p",
        "_",
        "+",
        ".",
        "-",
        "-",
    ];
    let mut below = |end: usize| {
        *numbers = numbers.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(*numbers >> 33).unwrap() % end
    };
    (0..below(7)).map(|_| PIECES[below(PIECES.len())]).collect()
}

#[test]
fn versions_are_ordered_and_names_taken_apart_as_nix_does() {
    let Some(site) = Site::new() else { return };
    let mut numbers = 11;
    let pairs: Vec<(String, String)> =
        (0..3000).map(|_| (made_up(&mut numbers), made_up(&mut numbers))).collect();
    let list = serde_json::to_string(&pairs).unwrap();
    std::fs::write(site.path("pairs.json"), list).unwrap();
    let expression = format!(
        "map (pair: let one = builtins.elemAt pair 0; other = builtins.elemAt pair 1; \
         parsed = builtins.parseDrvName \"x${{one}}\"; in \
         [ (builtins.compareVersions one other) parsed.name parsed.version ]) \
         (builtins.fromJSON (builtins.readFile {}))",
        site.path("pairs.json").display()
    );
    let mut nix = site.nix("nix");
    let told = finished(nix.args(["eval", "--json", "--impure", "--expr", &expression]));
    let told: Vec<(i8, String, String)> = serde_json::from_str(&told).unwrap();
    for ((one, other), (order, name, version)) in pairs.iter().zip(told) {
        assert_eq!(compare_versions(one, other) as i8, order, "{one} and {other}");
        // Behind Nix's version may stand what is taken for the name of an output.
        let named = format!("x{one}");
        let package = Package::of(&named);
        let is_output = package.version.len() != version.len();
        assert_eq!(package.name, name, "{named}");
        assert!(version.starts_with(package.version), "{named}");
        assert!(!is_output || version[package.version.len()..].starts_with('-'), "{named}");
    }
}
