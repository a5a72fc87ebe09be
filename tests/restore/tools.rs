//! Which command rebuilds, and where the word for it comes from.

use super::place::{Place, numbered};

#[test]
fn a_tool_of_ones_own_by_variable_or_by_git_s_configuration() {
    let place = Place::with_history();
    place.tool("deploy", "");
    place.git(["config", "flakehist.rebuild", "deploy '{flake}#{host}' --do={action}  \"two words\""]);
    place
        .run([
            "restore",
            "HEAD~2",
            "--yes",
            "--host",
            "box",
            "--action",
            "test",
            "--",
            "--target-host",
            "root@a b",
        ])
        .success();
    let folder = place.folder.display();
    let expected = format!("deploy {folder} {folder}#box --do=test two\\ words --target-host root@a\\ b");
    assert_eq!(place.calls(), [expected]);
    // The variable comes first.
    place.tool("other", "");
    place.flakehist(["undo", "--yes"]).env("FLAKEHIST_REBUILD", "other {host}").run().success();
    let call = place.calls().pop().unwrap();
    assert!(call.starts_with("other ") && !call.contains('{'), "{call}");
    // What is no command line changes nothing.
    for setting in ["deploy 'x", "  "] {
        let outcome = place.flakehist(["restore", "HEAD~1", "--yes"]).env("FLAKEHIST_REBUILD", setting).run();
        assert_eq!((outcome.status, place.lock()), (Some(2), numbered(3)), "{outcome}");
    }
}

#[test]
fn a_known_tool_by_its_name() {
    for (name, expected) in [
        ("nh", "os switch . --hostname a.b -- --no-update-lock-file"),
        ("nixos", "apply .#a.b -y --no-update-lock-file"),
        ("darwin-rebuild", "switch --flake .#a.b --no-update-lock-file"),
        ("home-manager", "switch --flake .#a.b --no-update-lock-file"),
        ("system-manager", "switch --flake .#a.b"),
    ] {
        let place = Place::with_history();
        place.tool(name, "");
        let run =
            place.flakehist(["restore", "HEAD~2", "--yes", "--host", "a.b"]).env("FLAKEHIST_REBUILD", name);
        run.run().success();
        let calls = place.calls();
        let args = calls[0].split_once(&format!("{} ", place.folder.display())).unwrap().1;
        assert_eq!((calls.len(), args), (1, expected), "{calls:?}");
    }
}

#[test]
fn what_the_tool_says_is_passed_on() {
    let place = Place::with_history();
    place.tool("nixos-rebuild", "echo out of it; echo err of it >&2; cat >$root/read");
    let outcome = place.run(["restore", "HEAD~2", "--yes"]).success();
    assert!(outcome.out().contains("out of it") && outcome.err().contains("err of it"), "{outcome}");
}

#[test]
fn the_code_of_a_command_of_ones_own_means_nothing() {
    for (setting, ends) in [("deploy", 3), ("sudo nixos-rebuild {action}", 4), ("nixos-rebuild", 4)] {
        let place = Place::with_history();
        for name in ["deploy", "sudo", "nixos-rebuild"] {
            place.tool(name, "exit 4");
        }
        let run = place.flakehist(["restore", "HEAD~2", "--yes"]).env("FLAKEHIST_REBUILD", setting).run();
        assert_eq!(run.status, Some(ends), "{setting}: {run}");
        assert_eq!(place.lock(), numbered(if ends == 3 { 3 } else { 1 }), "{setting}: {run}");
    }
}

#[test]
fn the_rebuild_is_told_of_no_other_repository() {
    let place = Place::with_history();
    let other = Place::with_history();
    place.tool("nixos-rebuild", "env >$root/env; git rev-parse --show-toplevel >$root/top");
    let flake = place.folder.to_str().unwrap();
    let run = place.flakehist_in(&other.folder, ["--flake", flake, "restore", "HEAD~2", "--yes"]);
    let git_dir = other.path(".git");
    let run = run.env("GIT_DIR", &git_dir).env("GIT_WORK_TREE", &other.folder).env("GIT_PREFIX", "x/");
    run.env("GIT_INDEX_FILE", git_dir.join("index")).env("GIT_PAGER", "kept").run().success();
    let seen = std::fs::read_to_string(place.beside("env")).unwrap();
    let of_git: Vec<&str> = seen.lines().filter(|line| line.starts_with("GIT_")).collect();
    assert_eq!(
        of_git,
        ["GIT_PAGER=kept"]
            .into_iter()
            .chain(of_git.iter().copied().filter(|line| { line.starts_with("GIT_CONFIG_NOSYSTEM") }))
            .collect::<Vec<_>>(),
        "{seen}"
    );
    assert_eq!(std::fs::read_to_string(place.beside("top")).unwrap().trim(), flake);
}

#[test]
fn programs_in_the_folder_are_not_run() {
    let place = Place::with_history();
    for name in ["nixos-rebuild", "git", "nix", "sudo"] {
        place.program(&place.path(name), "#!/bin/sh\ntouch pwned\n");
    }
    let path = format!(".::{}", place.beside("bin").display());
    place.flakehist(["restore", "HEAD~2", "--yes", "--commit"]).env("PATH", &path).run();
    assert!(!place.path("pwned").exists());
    // Nor when there is no other.
    std::fs::remove_file(place.beside("bin/nixos-rebuild")).unwrap();
    place.flakehist(["undo", "--yes", "--commit"]).env("PATH", &path).run();
    assert!(!place.path("pwned").exists());
}

#[test]
fn a_home_is_judged_by_its_own_profile() {
    let place = Place::with_history();
    let state = place.scratch.home().join(".local/state");
    let (profiles, roots) = (state.join("nix/profiles"), state.join("home-manager/gcroots"));
    for folder in [&profiles, &roots] {
        std::fs::create_dir_all(folder).unwrap();
    }
    place.write("flake.nix", "{ outputs = _: { homeConfigurations.ada = 1; }; }\n");
    place.commit("a home");
    let (profiles, roots) = (profiles.display(), roots.display());
    let set = format!(
        "set() {{ mkdir -p $root/systems/$1-home-manager-generation; cd {profiles}\n\
         ln -sfn $root/systems/$1-home-manager-generation home-manager-$1-link\n\
         ln -sfn home-manager-$1-link home-manager\n\
         ln -sfn $root/systems/$1-home-manager-generation {roots}/current-home; }}\n"
    );
    for (next, code, ends_with, told) in [
        (2, 0, 0, "generation 2 runs, built from"),
        (3, 1, 4, "generation 3 runs, built from"),
        (3, 1, 3, "everything is as it was before"),
    ] {
        place.tool("home-manager", &format!("{set}set {next}; exit {code}"));
        let run =
            place.flakehist(["restore", &format!("HEAD~{next}"), "--yes"]).env("FLAKEHIST_PROFILE", "").run();
        assert_eq!(run.status, Some(ends_with), "{run}");
        assert!(run.err().contains(told), "{run}");
        place.write("flake.lock", numbered(9));
    }
}
