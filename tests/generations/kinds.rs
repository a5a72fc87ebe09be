//! Systems other than NixOS' own, and profiles elsewhere.

use std::ffi::OsStr;
use std::os::unix::fs::symlink;

use serde_json::Value;

use super::repository::Repository;
use super::site::Site;
use super::system::{HASH, System, lock, rev};

/// A repository with a lock of nixpkgs and nix-darwin, and the commit.
fn repository() -> (Repository, String) {
    let repository = Repository::new();
    repository.write("flake.nix", "{ outputs = _: { }; }\n");
    let inputs = [("nixpkgs", rev('1'), 1_748_772_000), ("nix-darwin", rev('2'), 1_748_772_001)];
    repository
        .write("flake.lock", &lock(&inputs.each_ref().map(|(name, rev, date)| (*name, rev.as_str(), *date))));
    let commit = repository.commit("2025-06-02T12:00:00Z", "first");
    repository
        .write("flake.lock", &lock(&[("nixpkgs", &rev('1'), 1_748_772_000), ("nix-darwin", &rev('3'), 1)]));
    repository.commit("2025-06-03T12:00:00Z", "second");
    (repository, commit)
}

#[test]
fn the_wrapper_of_deploy_rs_is_looked_through() {
    let Some(site) = Site::new() else { return };
    let commit = site.state(
        "pins = { inherit nixpkgs extra; }; specialisations = [ \"game\" ];",
        0,
        0,
        "2025-06-02T12:00:00Z",
    );
    let real = site.build(&[]);
    // A folder of links, as buildEnv makes it.
    let name = format!("{}-activatable-nixos-system-host-25.05", "a".repeat(32));
    let wrapper = site.path("store").join(name);
    std::fs::create_dir(&wrapper).unwrap();
    for entry in std::fs::read_dir(&real).unwrap() {
        let file = entry.unwrap().file_name();
        symlink(real.join(&file), wrapper.join(&file)).unwrap();
    }
    std::fs::write(wrapper.join("deploy-rs-activate"), "#!/bin/sh\n").unwrap();
    site.generation(1, &wrapper, "2025-06-02T12:05:00Z");
    site.stand_on(1);
    site.runs("current-system", &real);
    site.runs("booted-system", real.join("specialisation/game"));
    let row = site.row(1);
    assert!(row["confidence"] == "exact" && row["commit"] == commit && row["condition"] == "sound", "{row}");
    assert!(row["running"] == true && row["booted"] == true, "{row}");
    assert_eq!(row["kernelVersion"], "6.12.5");
    site.runs("current-system", &wrapper);
    assert_eq!(site.row(1)["running"], true);
}

#[test]
fn nix_darwin_tells_two_revisions() {
    let (repository, commit) = repository();
    let version = |configuration: &str| {
        format!(
            "{{\n  {configuration}\"darwinLabel\": \"25.05.abc\",\n  \"darwinRevision\": \"{}\",\n  \"nixpkgsRevision\": \"{}\"\n}}\n",
            rev('2'),
            rev('1')
        )
    };
    let plain = System::new(&repository, 'a', "darwin-system-25.05.abc")
        .file("darwin-version", "25.05.abc")
        .file("darwin-version.json", version(""))
        .file("systemConfig", "/nix/store/x");
    repository.generation(1, plain.path, "2025-06-02T12:05:00Z");
    let named = System::new(&repository, 'b', "darwin-system-25.05.abc")
        .file("darwin-version.json", version(&format!("\"configurationRevision\": \"{commit}-dirty\",\n  ")));
    repository.generation(2, named.path, "2025-06-02T12:06:00Z");
    // Of nix-darwin alone a lock can be told, too.
    let other = System::new(&repository, 'c', "darwin-system-25.05.abc").file(
        "darwin-version.json",
        format!("{{\"darwinRevision\":\"{}-dirty\",\"nixpkgsRevision\":null}}", rev('2')),
    );
    repository.generation(3, other.path, "2025-06-02T12:07:00Z");
    let row = repository.row(1);
    assert!(row["confidence"] == "lock exact" && row["lock"] == commit && row["commit"].is_null(), "{row}");
    assert_eq!(row["nixosVersion"], "25.05.abc");
    let row = repository.row(2);
    assert!(row["confidence"] == "lock exact" && row["commit"] == commit && row["dirty"] == true, "{row}");
    let row = repository.row(3);
    assert!(row["confidence"] == "lock likely" && row["lock"] == commit, "{row}");
}

#[test]
fn home_manager_in_both_places() {
    let (repository, commit) = repository();
    let registry = |rev: &str| {
        format!(
            "{{\"version\":2,\"flakes\":[{{\"exact\":true,\"from\":{{\"id\":\"nixpkgs\",\"type\":\"indirect\"}},\
             \"to\":{{\"type\":\"path\",\"path\":\"/nix/store/x-source\",\"rev\":\"{rev}\",\"narHash\":\"{HASH}\"}}}},\
             {{\"from\":{{\"id\":\"nix-darwin\",\"type\":\"indirect\"}},\"to\":{{\"type\":\"github\",\"owner\":\"o\",\
             \"repo\":\"nix-darwin\",\"rev\":\"{}\"}}}}]}}",
            self::rev('2')
        )
    };
    let home = System::new(&repository, 'a', "home-manager-generation")
        .file("hm-version", "25.11\n")
        .file("gen-version", "1\n")
        .file("home-files/.config/nix/registry.json", registry(&rev('1')));
    let make = |folder: &std::path::Path, number: u64| {
        std::fs::create_dir_all(folder).unwrap();
        symlink(&home.path, folder.join(format!("home-manager-{number}-link"))).unwrap();
        symlink(format!("home-manager-{number}-link"), folder.join("home-manager")).unwrap();
    };
    let list = |variables: &[(&str, &OsStr)]| -> Vec<Value> {
        let run = repository.run_with(&["gens", "--json", "--profile", "home-manager"], variables);
        serde_json::from_str(&run.good()).unwrap()
    };
    let user = ("USER", OsStr::new("alice"));
    let none = repository.run_with(&["gens", "--profile", "home-manager"], &[user]);
    assert!(none.code == 1 && none.err.contains(".local/state/nix/profiles/home-manager"), "{none:?}");
    make(&repository.path("state/profiles/per-user/alice"), 1);
    let rows = list(&[user]);
    assert!(rows.len() == 1 && rows[0]["generation"] == 1, "{rows:?}");
    assert!(rows[0]["lock"] == commit && rows[0]["confidence"] == "lock exact", "{rows:?}");
    assert_eq!(rows[0]["nixosVersion"], "25.11");
    // The newer place is preferred.
    make(&repository.path("home/.local/state/nix/profiles"), 2);
    assert_eq!(list(&[user])[0]["generation"], 2);
    let state = repository.path("state-of-alice");
    make(&state.join("nix/profiles"), 3);
    let of_state = [user, ("XDG_STATE_HOME", state.as_os_str())];
    assert_eq!(list(&of_state)[0]["generation"], 3);
    // None of them boots, and what the machine runs is no home.
    let nixos = System::nixos(&repository, 'b', &rev('1'), &commit);
    repository.runs("current-system", &nixos.path);
    repository.runs("booted-system", &home.path);
    let status = |variables: &[(&str, &OsStr)]| {
        repository.run_with(&["status", "--profile", "home-manager"], variables).good()
    };
    let text = status(&of_state);
    assert!(text.contains("\ncurrent        generation 3 of "), "{text}");
    assert!(text.contains("verdict        the current generation and HEAD's lock have diverged\n"), "{text}");
    assert!(
        !["default", "booted", "running", "is no generation"].iter().any(|word| text.contains(word)),
        "{text}"
    );
    let gcroots = state.join("home-manager/gcroots");
    std::fs::create_dir_all(&gcroots).unwrap();
    symlink(&home.path, gcroots.join("current-home")).unwrap();
    let text = status(&of_state);
    assert!(
        text.contains("\nnow            generation 3 of ")
            && text.contains("verdict        the active home and "),
        "{text}"
    );
    let explained =
        repository.run_with(&["gens", "--profile", "home-manager", "--explain", "3"], &of_state).good();
    assert!(explained.contains("the profile stands on it") && explained.contains("active "), "{explained}");
    let colour = ["gens", "--profile", "home-manager", "--color", "always"];
    let wide = [of_state[0], of_state[1], ("COLUMNS", OsStr::new("100"))];
    let table = repository.run_with(&colour, &wide).good();
    assert!(table.contains("● current   ▸ active") && !table.contains("boot"), "{table}");
    let other = System::new(&repository, 'c', "home-manager-generation").file("hm-version", "25.11\n");
    std::fs::remove_file(gcroots.join("current-home")).unwrap();
    symlink(&other.path, gcroots.join("current-home")).unwrap();
    let text = status(&of_state);
    assert!(
        text.contains("\nactive         ") && text.contains("is no generation of this profile"),
        "{text}"
    );
}

#[test]
fn profiles_by_name() {
    let (repository, commit) = repository();
    let system = System::nixos(&repository, 'a', &rev('1'), &commit);
    let profiles = repository.path("state/profiles");
    for (place, name) in [
        ("", "system"),
        ("system-profiles", "comin"),
        ("system-profiles", "my-test-1-link"),
        ("system-manager-profiles", "system-manager"),
    ] {
        let folder = profiles.join(place);
        std::fs::create_dir_all(&folder).unwrap();
        symlink(&system.path, folder.join(format!("{name}-4-link"))).unwrap();
        symlink(format!("{name}-4-link"), folder.join(name)).unwrap();
        let run = repository.run_with(&["generations", "--json", "--profile", name], &[]);
        let rows: Vec<Value> = serde_json::from_str(&run.good()).unwrap();
        assert_eq!(rows.len(), 1, "{name}");
        assert!(
            rows[0]["generation"] == 4 && rows[0]["commit"] == commit && rows[0]["current"] == true,
            "{name}"
        );
        let settings: [(&str, &OsStr); 1] = [("FLAKEHIST_PROFILE", OsStr::new(name))];
        let by_variable = repository.run_with(&["generations", "--json"], &settings).good();
        assert!(by_variable.contains("\"generation\":4"));
        repository.git(&["config", "flakehist.profile", name]);
        assert!(repository.run_with(&["generations", "--json"], &[]).good().contains("\"generation\":4"));
        repository.git(&["config", "--unset", "flakehist.profile"]);
    }
    // The repair of the system's profile takes root, that of a user's own does not.
    for (place, name, sudo) in
        [("", "system", "sudo "), ("per-user/me", "home-manager", ""), ("per-user/root", "x", "sudo ")]
    {
        let folder = profiles.join(place);
        std::fs::create_dir_all(&folder).unwrap();
        let (link, profile) = (folder.join(format!("{name}-4-link")), folder.join(name));
        for old in [&link, &profile] {
            drop(std::fs::remove_file(old));
        }
        symlink(&system.path, &link).unwrap();
        symlink(&link, &profile).unwrap();
        let run = repository.run_with(&["status", "--profile", profile.to_str().unwrap()], &[]);
        let hint = format!("`{sudo}nix-env -p {} --switch-generation 4` mends it", profile.display());
        assert!(run.err.contains(&hint), "{run:?}");
    }
    // The links of `my-test` would be `my-test-1-link`: that is a profile here, and no generation.
    let run = repository.run_with(&["generations", "--profile", "nothing"], &[]);
    assert!(run.code == 1 && run.err.contains("system-profiles/nothing"), "{run:?}");
}

#[test]
fn system_manager_tells_only_what_it_keeps() {
    let (repository, commit) = repository();
    let system = System::new(&repository, 'a', "system-manager").file(
        "etc/nix/registry.json",
        format!(
            "{{\"flakes\":[{{\"from\":{{\"id\":\"x\"}},\"to\":{{\"type\":\"path\",\"path\":\"/s\",\"rev\":\"{}\"}}}}]}}",
            rev('2')
        ),
    );
    repository.generation(1, system.path, "2025-06-02T12:05:00Z");
    let row = repository.row(1);
    assert!(row["confidence"] == "lock likely" && row["lock"] == commit, "{row}");
    assert!(row["nixosVersion"].is_null() && row["kernelVersion"].is_null());
}

#[test]
fn nixos_cli_and_the_boot_specification_fill_in() {
    let (repository, commit) = repository();
    let system = System::new(&repository, 'a', "nixos-system-host-x")
        .file(
            "nixos-version.json",
            format!(
                "{{\"nixosVersion\":\"NixOS 25.11 (Xantusia)\",\"nixpkgsRevision\":\"{}\",\"configurationRevision\":\"{commit}\",\"description\":\"x\"}}\n",
                rev('1')
            ),
        )
        .file("boot.json", "{\"v1\":{\"label\":\"NixOS Uakari exp-24.05.20240626.6ecb654 (Linux 6.6.31)\",\"kernelParams\":[]}}");
    repository.generation(1, system.path, "2025-06-02T12:05:00Z");
    let row = repository.row(1);
    assert!(row["commit"] == commit && row["confidence"] == "exact", "{row}");
    assert_eq!(
        (&row["kernelVersion"], &row["nixosVersion"]),
        (&"6.6.31".into(), &"exp-24.05.20240626.6ecb654".into())
    );
    // Up to 20.03 specialisations were children of a fine-tuned one.
    let old =
        System::nixos(&repository, 'b', &rev('1'), "").folder("fine-tune/child-1").folder("fine-tune/other");
    repository.generation(2, old.path, "2025-06-02T12:06:00Z");
    assert_eq!(repository.row(2)["specialisations"], serde_json::json!(["child-1"]));
}

#[test]
fn comin_tells_the_commit_where_a_system_does_not() {
    let (repository, commit) = repository();
    let system = System::nixos(&repository, 'a', &rev('1'), "");
    repository.generation(1, &system.path, "2025-06-02T12:05:00Z");
    assert!(repository.row(1)["commit"].is_null());
    let store = repository.path("comin.json");
    let path = system.path.display();
    let text =
        format!("{{\"deployments\":[{{\"out_path\":\"{path}\",\"selected_commit_id\":\"{commit}\"}}]}}");
    std::fs::write(&store, text).unwrap();
    let profile = repository.profile();
    let arguments = ["generations", "--json", "--profile", profile.to_str().unwrap()];
    let told = |variables: &[(&str, &OsStr)]| {
        let rows: Vec<Value> =
            serde_json::from_str(&repository.run_with(&arguments, variables).good()).unwrap();
        rows[0].clone()
    };
    let by_variable = told(&[("FLAKEHIST_COMIN", store.as_os_str())]);
    assert!(by_variable["commit"] == commit && by_variable["confidence"] == "exact", "{by_variable}");
    repository.git(&["config", "flakehist.comin", store.to_str().unwrap()]);
    assert_eq!(told(&[]), by_variable);
    // The environment counts first.
    assert!(told(&[("FLAKEHIST_COMIN", OsStr::new("/nowhere"))])["commit"].is_null());
    // What is no commit is nothing that it knows better than the system.
    let system = System::nixos(&repository, 'b', &rev('1'), &commit);
    repository.generation(2, &system.path, "2025-06-02T12:06:00Z");
    for id in ["", "main"] {
        let path = system.path.display();
        let text = format!("[{{\"out_path\":\"{path}\",\"selected_commit_id\":\"{id}\"}}]");
        std::fs::write(&store, text).unwrap();
        assert_eq!(told(&[])["commit"], *commit, "{id}");
        assert_eq!(repository.log_numbers(&[]).0.concat(), [2, 1], "{id}");
    }
}
