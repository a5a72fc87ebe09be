//! Generations as targets, and what is shown of one that no lock fits.

use flakehist::lock::StoreDir;
use serde_json::Value;

use super::repository::Repository;
use super::site::Site;
use super::system::{HASH, System, lock, rev};

fn shown(repository: &Repository, target: &str) -> String {
    repository.run(&["show", target, "--json"]).json()["commit"].as_str().unwrap().to_owned()
}

#[test]
fn every_way_to_name_a_generation() {
    let repository = Repository::new();
    repository.write("flake.nix", "{ outputs = _: { }; }\n");
    let mut commits = Vec::new();
    for (letter, number) in [('1', 1), ('2', 2), ('4', 4), ('7', 7)] {
        repository.write("flake.lock", &lock(&[("nixpkgs", &rev(letter), 1_748_772_000 + number * 100)]));
        let date = format!("2025-06-0{number}T12:00:00Z");
        let commit = repository.commit(&date, "update");
        let system = System::nixos(&repository, letter, &rev(letter), &commit);
        repository.generation(number, &system.path, &date);
        if number == 2 {
            repository.runs("booted-system", &system.path);
        }
        if number == 7 {
            repository.runs("current-system", &system.path);
        }
        commits.push(commit);
    }
    repository.stand_on(4);
    for (target, index) in [
        ("gen:1", 0),
        ("gen:7", 3),
        ("gen:current", 2),
        ("gen:default", 2),
        ("gen:running", 3),
        ("gen:booted", 1),
        // The ones before the current one; numbers have gaps.
        ("gen:-1", 1),
        ("gen:-2", 0),
        ("gen:+1", 3),
    ] {
        assert_eq!(shown(&repository, target), commits[index], "{target}");
    }
    for (target, code, words) in [
        ("gen:3", 1, "they go from 1 to 7"),
        ("gen:0", 1, "they go from 1 to 7"),
        ("gen:-3", 1, "no generation 3 before the current one, 4"),
        ("gen:-9223372036854775808", 1, "before the current one"),
        ("gen:-0", 1, "no generation 0 before the current one, 4"),
        ("gen:+2", 1, "no generation 2 after the current one, 4"),
        ("gen:+0", 1, "no generation 0 after the current one, 4"),
        ("gen:--1", 2, "gen:current"),
        ("gen:-+1", 2, "gen:current"),
        ("gen:-", 2, "gen:current"),
        ("gen:", 2, "gen:current"),
        ("gen:x", 2, "gen:current"),
        ("gen:1.5", 2, "gen:current"),
    ] {
        let run = repository.run(&["show", target]);
        assert!(run.code == code && run.out.is_empty() && run.err.contains(words), "{target}: {run:?}");
    }
    for (word, number) in [
        ("7", 7),
        ("gen:7", 7),
        ("current", 4),
        ("gen:current", 4),
        ("running", 7),
        ("booted", 2),
        ("-1", 2),
        ("+1", 7),
    ] {
        let explained = repository.run(&["generations", "--explain", word]).good();
        assert!(explained.starts_with(&format!("generation {number}\n")), "{word}: {explained}");
    }
    for (word, code) in [("3", 1), ("-3", 1), ("x", 2), ("gen:", 2), ("--json", 2)] {
        let run = repository.run(&["generations", "--explain", word]);
        assert!(run.code == code && run.out.is_empty(), "{word}: {run:?}");
    }
    let text = repository.run(&["show", "gen:4"]).good();
    assert!(text.contains("the lock of generation 4 (exact)"), "{text}");
    // Without a profile there is nothing to name.
    let run = repository.run_with(&["show", "gen:1"], &[]);
    assert!(run.code == 1 && run.err.contains("no profile at"), "{run:?}");
}

#[test]
fn a_lock_that_was_never_committed_is_reconstructed() {
    let Some(site) = Site::new() else { return };
    site.state("", 0, 0, "2025-06-02T12:00:00Z");
    site.configure("revision = null; pins = { inherit nixpkgs; }; kept = [ extra ];");
    site.lock(2, 1);
    site.switch("2025-12-06T12:00:00Z");
    site.git(&["checkout", "--quiet", "--force", "HEAD"]);
    let row = site.row(1);
    assert!(row["confidence"] == "none" && row["lockId"].is_null(), "{row}");
    let text = site.run(&["show", "gen:1"]).good();
    assert!(text.contains("no lock in this repository fits; reconstructed"), "{text}");
    let json = site.run(&["show", "gen:1", "--json"]).json();
    assert_eq!(json["state"], "reconstructed");
    let nixpkgs = &json["inputs"]["nixpkgs"];
    assert!(nixpkgs["known"] == "exactly" && nixpkgs["rev"] == site.nixpkgs[2], "{json}");
    assert!(nixpkgs["narHash"].as_str().unwrap().starts_with("sha256-"), "{json}");
    assert!(std::path::Path::new(nixpkgs["storePath"].as_str().unwrap()).join("flake.nix").is_file());
    assert_eq!(json["inputs"]["extra"]["known"], "not", "{json}");
    assert_eq!(site.log_numbers(&[]), (vec![vec![]], vec![]), "nothing ties it to this repository");
    let log = site.run(&["log", "--oneline"]).good();
    assert!(!log.contains("gen 1"), "{log}");
    // Once another generation does, this one stands at its date.
    site.switch("2025-06-02T12:05:00Z");
    assert_eq!(site.log_numbers(&[]), (vec![vec![2]], vec![1]));
    let short = &site.nixpkgs[2][..7];
    for form in [&["log"][..], &["log", "--oneline"], &["log", "-p"]] {
        let log = site.run(form).good();
        let words = format!("gen 1: lock never committed, nixpkgs 2025-12-05 {short}");
        assert!(log.contains(&words), "{form:?}: {log}");
    }
    let since = site.run(&["log", "--since", "2025-07-01"]);
    assert!(since.out.contains("gen 1:") && !since.out.contains("extra 0"), "{since:?}");
    assert!(!site.run(&["log", "--until", "2025-07-01"]).good().contains("gen 1:"));
}

#[test]
fn what_is_known_partly_is_called_so() {
    let repository = Repository::new();
    repository.write("flake.nix", "{ outputs = _: { }; }\n");
    let inputs = [("nixpkgs", &*rev('1'), 1), ("extra", &*rev('2'), 2)];
    repository.write("flake.lock", &lock(&inputs));
    repository.commit("2025-06-02T12:00:00Z", "first");
    let system =
        System::new(&repository, 'a', "nixos-system-host").file("nixos-version", "25.05.20250601.abcdef1");
    repository.generation(1, system.path, "2025-06-02T12:05:00Z");
    let json = repository.run(&["show", "gen:1", "--json"]).json();
    let nixpkgs = &json["inputs"]["nixpkgs"];
    assert!(nixpkgs["known"] == "partly" && nixpkgs["rev"] == "abcdef1", "{json}");
    assert_eq!(json["inputs"]["extra"]["known"], "not");
    assert!(json["inputs"].get("self").is_none());
}

#[test]
fn what_is_kept_is_named_and_completed_by_the_locks_that_have_it() {
    let repository = Repository::new();
    repository.write("flake.nix", "{ outputs = _: { }; }\n");
    // Each with a hash of its own, in a repository that tells what it is.
    let write = |inputs: [(&str, char, &str); 3], date: &str| {
        let revs = inputs.map(|(_, digit, _)| rev(digit));
        let of = |n: usize| (inputs[n].0, revs[n].as_str(), u64::from(inputs[n].1.to_digit(10).unwrap()));
        let mut text = lock(&[of(0), of(1), of(2)]);
        for (name, digit, hash) in inputs {
            let own = if hash.is_empty() {
                format!("sha256-{}A=", digit.to_string().repeat(42))
            } else {
                hash.to_owned()
            };
            text = text.replacen(HASH, &own.replace("sha256-", "sha256:"), 1);
            let repo = match name {
                "unstable" => "nixpkgs",
                "darwin" => "nix-darwin",
                other => other,
            };
            text = text.replace(&format!("\"repo\":\"{name}\""), &format!("\"repo\":\"{repo}\""));
        }
        repository.write("flake.lock", &text.replace("sha256:", "sha256-"));
        repository.commit(date, "update");
    };
    let ones = "sha256-//////////////////////////////////////////8=";
    write([("unstable", '1', ones), ("extra", '2', HASH), ("darwin", '6', "")], "2025-06-02T12:00:00Z");
    write([("unstable", '3', ""), ("extra", '4', ""), ("darwin", '6', "")], "2025-06-03T12:00:00Z");
    let store = StoreDir::new(repository.path("store").to_str().unwrap());
    let [extra, unstable] = [[0; 32], [255; 32]].map(|hash| store.path_of_hash(&hash));
    let shown = |system: System, number: u64| {
        repository.generation(number, system.path, "2025-06-02T12:05:00Z");
        repository.run(&["show", &format!("gen:{number}"), "--json"]).json()["inputs"].clone()
    };
    let is = |input: &Value, known: &str, rev: String| {
        assert!(input["known"] == known && input["rev"] == rev, "{input}");
    };

    // Without a name, and by a revision no lock has; under another input's name; and twice, once with less.
    let darwin = format!("{{\"nixpkgsRevision\":\"{}\",\"darwinRevision\":\"{}\"}}", rev('8'), rev('9'));
    let system = System::new(&repository, 'a', "darwin-system")
        .file("darwin-version.json", darwin)
        .file("extra-dependencies", &extra);
    let inputs = shown(system, 1);
    is(&inputs["extra"], "exactly", rev('2'));
    assert!(inputs["extra"]["lastModified"] == 2 && inputs["extra"]["narHash"] == HASH, "{inputs}");
    is(&inputs["unstable"], "exactly", rev('8'));
    is(&inputs["darwin"], "exactly", rev('9'));
    assert_eq!(inputs.as_object().unwrap().len(), 3, "{inputs}");

    let pin = |name: &str, more: &str| {
        format!("{{\"from\":{{\"id\":\"{name}\"}},\"to\":{{\"type\":\"path\",{more}}}}}")
    };
    let pins = [
        pin("extra", &format!("\"path\":\"{unstable}\"")),
        pin(
            "darwin",
            &format!(
                "\"path\":\"{}\",\"rev\":\"{}\",\"lastModified\":7",
                store.path_of_hash(&[7; 32]),
                rev('7')
            ),
        ),
    ];
    std::fs::create_dir_all(store.path_of_hash(&[7; 32])).unwrap();
    let system = System::new(&repository, 'b', "nixos-system-host")
        .file("etc/nix/registry.json", format!("{{\"flakes\":[{}]}}", pins.join(",")))
        .link("etc/nix/inputs/darwin", store.path_of_hash(&[7; 32]));
    let inputs = shown(system, 2);
    is(&inputs["unstable"], "exactly", rev('1'));
    assert_eq!(inputs["extra"]["known"], "not", "{inputs}");
    is(&inputs["darwin"], "exactly", rev('7'));
    assert_eq!(inputs["darwin"]["lastModified"], 7);

    let system =
        System::new(&repository, 'c', "nixos-system-host").file("nixos-version", "25.05.20250601.abcdef1");
    let inputs = shown(system, 3);
    is(&inputs["unstable"], "partly", "abcdef1".to_owned());
    assert!(inputs.get("nixpkgs").is_none(), "{inputs}");
}
