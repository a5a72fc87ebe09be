//! Trees as Nix finds them: clean, dirty, with an untracked lock, with another lock than the one in git.

use super::site::Site;
use super::system::{System, lock, rev};

/// All inputs in the registry.
const ALL: &str = "pins = { inherit nixpkgs extra; };";

#[test]
fn the_usual_six() {
    let Some(site) = Site::new() else { return };
    let first = site.state("revision = null;", 0, 0, "2025-06-02T12:00:00Z");
    assert_eq!(site.switch("2025-06-02T12:05:00Z"), 1);
    let second = site.state(ALL, 0, 0, "2025-06-03T12:00:00Z");
    site.switch("2025-06-03T12:05:00Z");
    site.lock(1, 0);
    site.switch("2025-09-11T08:00:00Z");
    let fourth = site.commit("2025-09-12T09:00:00Z", "update");
    site.switch("2025-09-12T09:10:00Z");
    let system = "pins = { inherit nixpkgs extra self; }; tags = [ \"exp\" ]; kernel = \"6.17.1\";\
                  specialisations = [ \"game\" \"safe\" ]; source = self;";
    let fifth = site.state(system, 2, 1, "2025-12-06T10:00:00Z");
    let newest = site.switch("2025-12-06T10:20:00Z");
    assert_eq!(newest, 5);
    // Back to the fourth; what is the newest anyway gets no number of its own, another one does.
    let back = ["--profile", site.profile().to_str().unwrap(), "--switch-generation", "4"].map(str::to_owned);
    super::repository::finished(site.nix("nix-env").args(back));
    assert_eq!(site.switch("2025-12-06T10:20:00Z"), 5);
    site.git(&["checkout", "--quiet", &fourth]);
    assert_eq!(site.switch("2025-12-07T10:00:00Z"), 6);
    site.git(&["checkout", "--quiet", "main"]);

    let locks = [&first, &fourth, &fifth].map(|commit| site.lock_id(commit));
    let rows = site.generations();
    let told: Vec<_> = rows
        .iter()
        .map(|row| {
            let text = |key: &str| row[key].as_str().unwrap_or("-").to_owned();
            (
                row["generation"].as_u64().unwrap(),
                text("commit"),
                text("lock"),
                text("lockId"),
                text("confidence"),
            )
        })
        .collect();
    let row = |number, commit: &str, lock: &str, lock_id: &str, confidence: &str| {
        (number, commit.to_owned(), lock.to_owned(), lock_id.to_owned(), confidence.to_owned())
    };
    assert_eq!(
        told,
        [
            row(6, &fourth, &fourth, &locks[1], "exact"),
            row(5, &fifth, &fifth, &locks[2], "exact"),
            row(4, &fourth, &fourth, &locks[1], "exact"),
            // This Nix may be too old to tell the base of a dirty tree.
            row(3, told[3].1.as_str(), &fourth, &locks[1], "lock exact"),
            row(2, &second, &first, &locks[0], "exact"),
            row(1, "-", &first, &locks[0], "lock likely"),
        ]
    );
    assert!(["-", &second].contains(&told[3].1.as_str()));
    assert_eq!(rows[0]["storePath"], rows[2]["storePath"]);
    let explained = site.run(&["generations", "--explain", "4"]).good();
    assert!(explained.contains("  same system     generation 6\n"), "{explained}");
    let explained = site.run(&["generations", "--explain", "5"]).good();
    assert!(!explained.contains("same system"), "{explained}");
    assert!(explained.contains("  specialisations game safe  (specialisation)\n"), "{explained}");
    let dates: Vec<_> = rows.iter().map(|row| row["date"].as_str().unwrap()).collect();
    assert_eq!(dates[1..4], ["2025-12-06T10:20:00Z", "2025-09-12T09:10:00Z", "2025-09-11T08:00:00Z"]);
    assert_eq!(rows[1]["specialisations"], serde_json::json!(["game", "safe"]));
    assert_eq!(rows[1]["kernelVersion"], "6.17.1");
    let label = format!("exp-25.11.20251205.{}", &site.nixpkgs[2][..7]);
    assert_eq!(rows[1]["nixosVersion"], label);
    assert!(rows[0]["current"] == true && rows[1]["current"] == false);

    assert_eq!(site.log_numbers(&[]), (vec![vec![5], vec![6, 4, 3], vec![2, 1]], vec![]));
    let log = site.run(&["log"]).good();
    assert!(log.contains(" 6●,4,3 ") && log.contains(" 2,1 "), "{log}");
}

#[test]
fn a_dirty_tree_has_a_base_and_the_lock_committed_later() {
    let Some(site) = Site::new() else { return };
    let base = site.state(ALL, 0, 0, "2025-06-02T12:00:00Z");
    site.lock(1, 0);
    // As Nix tells it since 2.17.
    let system = site.build_stamped(&format!("{base}-dirty"));
    site.set(&system, "2025-09-11T08:00:00Z");
    let row = site.row(1);
    let lock_id = site.git(&["hash-object", "flake.lock"]);
    assert!(row["commit"] == base && row["dirty"] == true && row["lock"].is_null(), "{row}");
    assert!(row["lockId"] == lock_id && row["confidence"] == "lock exact", "{row}");
    let later = site.commit("2025-09-12T09:00:00Z", "update");
    let row = site.row(1);
    assert!(row["commit"] == base && row["dirty"] == true && row["lock"] == later, "{row}");
    assert!(row["lockId"] == lock_id && row["confidence"] == "lock exact", "{row}");
    assert_eq!(site.log_numbers(&[]).0, [vec![1], vec![]]);
    let table = site.run(&["generations"]).good();
    assert!(table.contains(&format!("{}-dirty  {}", &base[..7], &later[..7])), "{table}");

    // Other changes than the lock's: then the base's own lock is the one.
    let system = site.build_stamped(&format!("{later}-dirty"));
    site.set(&system, "2025-09-13T08:00:00Z");
    let row = site.row(2);
    assert!(row["commit"] == later && row["lock"] == later && row["confidence"] == "lock exact", "{row}");
}

#[test]
fn an_overridden_input_is_seen() {
    let Some(site) = Site::new() else { return };
    let old = site.state(ALL, 0, 0, "2025-06-02T12:00:00Z");
    let commit = site.state(&format!("{ALL} source = self;"), 1, 0, "2025-09-12T09:00:00Z");
    // To a state that another lock has: by its facts that one was used, though the source it keeps has another.
    site.set(&site.build_overriding("nixpkgs", 0), "2025-09-13T00:00:00Z");
    // To a state that no lock has.
    site.set(&site.build_overriding("nixpkgs", 2), "2025-12-13T00:00:00Z");
    let rows = site.generations();
    assert_eq!(rows[1]["confidence"], "contradiction", "{}", rows[1]);
    assert_eq!(rows[1]["lock"], old);
    assert_eq!(rows[0]["confidence"], "contradiction", "{}", rows[0]);
    assert!(rows[0]["lock"].is_null());
    assert_eq!(site.log_numbers(&[]), (vec![vec![], vec![1]], vec![2]));
    let explained = site.run(&["generations", "--explain", "1"]).good();
    assert!(explained.contains("kept flake.lock") && explained.contains("contradicts"), "{explained}");
    // The commit is known all the same: its files are the source that is kept.
    assert!(rows.iter().all(|row| row["commit"] == commit && row["dirty"] == false), "{rows:?}");
}

#[test]
fn a_kept_source_proves_the_commit() {
    let Some(site) = Site::new() else { return };
    site.write("run.sh", "#!/bin/sh\n");
    super::repository::finished(
        super::repository::program("chmod", &site.path("config")).args(["+x", "run.sh"]),
    );
    std::os::unix::fs::symlink("run.sh", site.path("config/link")).unwrap();
    std::fs::create_dir(site.path("config/folder")).unwrap();
    site.write("folder/odd \u{e9}", "");
    let mut commits = Vec::new();
    for salt in ["1", "2", "3"] {
        let system = format!("revision = null; source = self; salt = \"{salt}\";");
        commits.push(site.state(&system, 0, 0, &format!("2025-06-0{salt}T12:00:00Z")));
        site.switch(&format!("2025-06-0{salt}T12:05:00Z"));
    }
    for (number, commit) in (1..).zip(&commits) {
        let row = site.row(number);
        assert!(row["commit"] == *commit && row["dirty"] == false, "{row}");
        assert!(row["lock"] == commits[0] && row["confidence"] == "exact", "{row}");
    }
    // One file more, and it is no commit's.
    site.write("more", "");
    site.git(&["add", "more"]);
    site.switch("2025-06-04T12:05:00Z");
    let row = site.row(4);
    assert!(row["commit"].is_null() && row["lock"] == commits[0], "{row}");
    assert_eq!(row["confidence"], "lock exact", "{row}");
}

#[test]
fn a_lock_updated_during_the_build_contradicts_a_clean_commit() {
    let Some(site) = Site::new() else { return };
    let commit = site.state(ALL, 0, 0, "2025-06-02T12:00:00Z");
    site.lock(1, 1);
    // Since 2.26 Nix calls the tree clean if it was so before the update.
    site.set(&site.build_stamped(&commit), "2025-10-02T00:00:00Z");
    let row = site.row(1);
    let lock_id = site.git(&["hash-object", "flake.lock"]);
    assert!(
        row["commit"] == commit && row["dirty"] == false && row["confidence"] == "contradiction",
        "{row}"
    );
    assert!(row["lockId"] == lock_id && row["lock"].is_null(), "{row}");
    // The lock is thrown away: no lock is known any more, and that is said.
    site.git(&["checkout", "--quiet", "--force", "HEAD"]);
    let row = site.row(1);
    assert!(row["confidence"] == "contradiction" && row["lockId"].is_null(), "{row}");
    let (entries, apart) = site.log_numbers(&[]);
    assert_eq!((entries, apart), (vec![vec![]], vec![1]));
    let log = site.run(&["log"]).good();
    assert!(log.contains("gen 1: its lock is not that of the commit it names, nixpkgs 2025-09-10"), "{log}");
}

#[test]
fn an_untracked_lock_is_told_from_what_is_in_git() {
    let Some(site) = Site::new() else { return };
    site.write("README", "no lock yet\n");
    let empty = site.commit("2025-05-01T00:00:00Z", "begin");
    site.configure(ALL);
    site.lock(0, 0);
    site.git(&["rm", "--quiet", "--cached", "flake.lock"]);
    site.git_at("2025-05-02T00:00:00Z", &["commit", "--quiet", "--message", "flake, without its lock"]);
    let commit = site.git(&["rev-parse", "HEAD"]);
    // Nix resolves the inputs anew (to the newest) and writes over the lock it does not see.
    site.switch("2025-12-06T00:00:00Z");
    let row = site.row(1);
    assert!(row["commit"].is_null() || row["commit"] == commit, "{row}");
    assert_eq!(row["confidence"], "lock exact", "{row}");
    assert_eq!(row["lockId"], site.git(&["hash-object", "flake.lock"]));
    assert!(row["lock"].is_null());
    site.git(&["rm", "--quiet", "--cached", "--ignore-unmatch", "flake.lock"]);
    let status = site.run(&["status"]);
    assert!(status.err.contains("not tracked by git"), "{status:?}");
    assert_ne!(empty, commit);
    site.write(".gitignore", "flake.lock\n");
    let status = site.run(&["status", "--json"]);
    assert!(status.err.contains("ignored by git"), "{status:?}");
    assert_eq!(status.json()["state"], "ignored");
}

#[test]
fn a_kept_source_brings_a_lock_that_was_never_committed() {
    let Some(site) = Site::new() else { return };
    // A lock in git that has the same nixpkgs, which is all the generation tells of its inputs.
    let commit = site.state("revision = null; source = self;", 1, 0, "2025-06-02T12:00:00Z");
    site.lock(1, 1);
    site.set(&site.build(&[]), "2025-10-02T00:00:00Z");
    let lock_id = site.git(&["hash-object", "flake.lock"]);
    site.git(&["checkout", "--quiet", "--force", "HEAD"]);
    let row = site.row(1);
    assert_ne!(row["lock"], commit, "the kept source holds another lock: {row}");
    assert_eq!(row["lockId"], lock_id, "{row}");
    assert_eq!(row["confidence"], "lock exact", "{row}");
    let shown = site.run(&["show", "gen:1", "--json"]).json();
    assert_eq!(shown["inputs"]["extra"]["rev"], site.extra[1], "{shown}");
    assert_eq!(site.log_numbers(&[]), (vec![vec![]], vec![1]));
}

#[test]
fn the_kept_source_of_a_dirty_tree_knows_more_than_its_base() {
    let Some(site) = Site::new() else { return };
    // Of its inputs the system tells nixpkgs alone, and that did not move: the lock of the base fits as well.
    let base = site.state("source = self;", 1, 0, "2025-06-02T12:00:00Z");
    site.lock(1, 1);
    site.set(&site.build_stamped(&format!("{base}-dirty")), "2025-10-02T00:00:00Z");
    let lock_id = site.git(&["hash-object", "flake.lock"]);
    site.git(&["checkout", "--quiet", "--force", "HEAD"]);
    let row = site.row(1);
    assert!(row["commit"] == base && row["dirty"] == true, "{row}");
    assert!(row["lockId"] == lock_id && row["confidence"] == "lock exact", "{row}");
}

#[test]
fn a_kept_source_by_any_name_is_told_by_what_it_holds() {
    let Some(site) = Site::new() else { return };
    let ways = ["kept = [ self ];", "pins = { host = self; };"];
    for (number, way) in (1..).zip(ways) {
        let commit = site.state(&format!("revision = null; {way}"), 1, 0, "2025-06-02T12:00:00Z");
        site.lock(1, number);
        site.switch(&format!("2025-10-0{number}T00:00:00Z"));
        let lock_id = site.git(&["hash-object", "flake.lock"]);
        site.git(&["checkout", "--quiet", "--force", "HEAD"]);
        let row = site.row(number as u64);
        assert!(row["lockId"] == lock_id && row["confidence"] == "lock exact", "{way}: {row}");
        assert!(row["lock"].is_null(), "{way}, and not {commit}: {row}");
    }
    // Another flake's source is not taken for the configuration, even one with a lock and a flake.nix that is ours.
    let other = site.path("other");
    std::fs::create_dir(&other).unwrap();
    std::fs::copy(site.path("config/flake.nix"), other.join("flake.nix")).unwrap();
    let lock = "{\"nodes\":{\"root\":{}},\"root\":\"root\",\"version\":7}";
    std::fs::write(other.join("flake.lock"), lock).unwrap();
    let kept = super::repository::finished(site.nix("nix-store").arg("--add").arg(&other)).trim().to_owned();
    let source = site.path("store").join("0123456789abcdfghijklmnpqrsvwxyz-source");
    super::repository::finished(
        super::repository::program("cp", &site.root).arg("-r").arg(&kept).arg(&source),
    );
    let system = System::nixos(&site, 'a', &site.nixpkgs[1], "")
        .file("extra-dependencies", source.display().to_string());
    site.generation(9, system.path, "2025-10-09T00:00:00Z");
    let row = site.row(9);
    assert!(row["evidence"].to_string().contains("extra-dependencies"), "{row}");
    assert!(!row["evidence"].to_string().contains("kept flake.lock"), "{row}");
}

#[test]
fn a_kept_source_proves_the_commit_of_a_flake_in_a_folder() {
    let Some(site) = Site::new() else { return };
    std::fs::create_dir(site.path("config/hosts")).unwrap();
    site.write("hosts/flake.nix", "{ outputs = _: { }; }\n");
    let own = lock(&[("nixpkgs", &rev('1'), 1_748_772_000)]);
    site.write("hosts/flake.lock", &own);
    let commit = site.commit("2025-06-02T12:00:00Z", "first");
    // As Nix takes it: all of the repository, under this name.
    let source = site.path("source");
    std::fs::create_dir_all(source.join("hosts")).unwrap();
    std::fs::write(source.join("hosts/flake.nix"), "{ outputs = _: { }; }\n").unwrap();
    std::fs::write(source.join("hosts/flake.lock"), &own).unwrap();
    let mut add = site.nix("nix-store");
    add.args(["--add-fixed", "--recursive", "sha256"]).arg(&source);
    let kept = super::repository::finished(&mut add).trim().to_owned();
    // Nix 2.8 keeps it by the source, newer ones by the folder in it.
    for (number, letter, folder) in [(1, 'a', ""), (2, 'b', "/hosts")] {
        let registry = format!(
            "{{\"version\":2,\"flakes\":[{{\"from\":{{\"id\":\"me\"}},\"to\":{{\"type\":\"path\",\"path\":\"{kept}{folder}\"}}}}]}}"
        );
        let system = System::nixos(&site, letter, &rev('1'), "").file("etc/nix/registry.json", registry);
        site.generation(number, system.path, "2025-06-02T12:05:00Z");
    }
    for row in site.run(&["generations", "--json", "--flake", "./hosts"]).json().as_array().unwrap() {
        assert!(row["commit"] == commit && row["confidence"] == "exact", "{row}");
    }
}

#[test]
fn whatever_else_a_source_is_called_src_is_the_configuration() {
    let repository = super::repository::Repository::new();
    repository.write("flake.nix", "{ outputs = _: { }; }\n");
    repository.write("flake.lock", &lock(&[("nixpkgs", &rev('1'), 1_748_772_000)]));
    let commit = repository.commit("2025-06-02T12:00:00Z", "first");
    // An input more, in a lock that was never committed.
    let own = lock(&[("extra", &rev('3'), 1_748_772_000), ("nixpkgs", &rev('1'), 1_748_772_000)]);
    std::fs::write(repository.path("lock"), &own).unwrap();
    let lock_id = repository.git(&["hash-object", "../lock"]);
    // Of the first, the flake.nix is one of the repository's; of the second, only the label tells that it is from here.
    for (number, letters, nix, label) in
        [(1, ['a', 'b'], "{ outputs = _: { }; }\n", ""), (2, ['c', 'd'], "{ }\n", &commit[..7])]
    {
        let [system, source] = letters;
        let source =
            System::new(&repository, source, "source").file("flake.nix", nix).file("flake.lock", &own);
        let registry = format!(
            "{{\"flakes\":[{{\"from\":{{\"id\":\"me\"}},\"to\":{{\"type\":\"path\",\"path\":\"{}\"}}}}]}}",
            source.path.display()
        );
        let system = System::nixos(&repository, system, &rev('1'), "")
            .file("nixos-version", format!("25.05.{label}-dirty"))
            .file("etc/nix/registry.json", registry)
            .link("src", &source.path);
        repository.generation(number, system.path, "2025-06-02T12:05:00Z");
        let row = repository.row(number);
        assert!(row["lockId"] == lock_id && row["confidence"] == "lock exact", "{row}");
        assert_eq!(row["commit"].is_string(), number == 2, "{row}");
    }
}

#[test]
fn in_a_kept_source_the_lock_lies_where_it_lies_in_the_repository() {
    let repository = super::repository::Repository::new();
    std::fs::create_dir(repository.path("config/hosts")).unwrap();
    repository.write("hosts/flake.nix", "{ outputs = _: { }; }\n");
    let of = |digit: char| lock(&[("nixpkgs", &rev(digit), 1_748_772_000)]);
    repository.write("hosts/flake.lock", &of('1'));
    repository.commit("2025-06-02T12:00:00Z", "first");
    let source = System::new(&repository, 'b', "source")
        .file("flake.lock", of('3'))
        .file("hosts/flake.nix", "{ outputs = _: { }; }\n")
        .file("hosts/flake.lock", of('2'));
    let system = System::nixos(&repository, 'a', &rev('2'), "").link("src", &source.path);
    repository.generation(1, system.path, "2025-06-02T12:05:00Z");
    // As it is kept when the folder alone was the flake.
    let alone = System::new(&repository, 'd', "source").file("flake.lock", of('2'));
    let system = System::nixos(&repository, 'c', &rev('2'), "").link("src", &alone.path);
    repository.generation(2, system.path, "2025-06-02T12:05:00Z");
    let rows = repository.run(&["generations", "--json", "--flake", "./hosts"]).json();
    std::fs::write(repository.path("lock"), of('2')).unwrap();
    let lock_id = repository.git(&["hash-object", "../lock"]);
    for row in rows.as_array().unwrap() {
        assert!(row["lockId"] == lock_id && row["confidence"] == "lock exact", "{row}");
    }
}
