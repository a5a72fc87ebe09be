//! Command lines for every tool.

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use super::*;

/// A folder on PATH with these programs in it.
fn machine(names: &[&str]) -> (tempfile::TempDir, Programs) {
    let folder = tempfile::tempdir().unwrap();
    for name in names {
        let path = folder.path().join(name);
        std::fs::write(&path, "").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    let programs = Programs::on_path(&folder.path().display().to_string());
    (folder, programs)
}

const LINUX: &[Family] = &[Family::NixOs, Family::Home, Family::SystemManager];

fn wanted(action: Action) -> Wanted<'static> {
    Wanted {
        action,
        host: None,
        machine: "anvil",
        folder: Path::new("/etc/my nixos"),
        flake_nix: "",
        families: LINUX,
        configured: None,
        is_root: false,
        may_relock: false,
        arguments: &[],
    }
}

fn typed(wanted: &Wanted<'_>, names: &[&str]) -> String {
    let (folder, programs) = machine(names);
    match command(wanted, &programs) {
        Ok((line, _)) => line.as_typed().replace(&folder.path().display().to_string(), "BIN"),
        Err(e) => format!("error: {e}"),
    }
}

#[test]
fn each_tool_is_called_as_it_wants_to_be() {
    let all = ["nixos-rebuild", "nh", "nixos", "darwin-rebuild", "home-manager", "system-manager", "sudo"];
    let with = |action, configured: &'static str, families: &'static [Family]| Wanted {
        configured: Some(configured),
        host: Some("box.example"),
        families,
        ..wanted(action)
    };
    for (request, expected) in [
        (
            with(Action::Switch, "nixos-rebuild", LINUX),
            "nixos-rebuild switch --flake '.#box.example' --no-update-lock-file --use-remote-sudo",
        ),
        (
            with(Action::Build, "nixos-rebuild", LINUX),
            "nixos-rebuild build --flake '.#box.example' --no-update-lock-file",
        ),
        (
            with(Action::DryActivate, "nixos-rebuild", LINUX),
            "nixos-rebuild dry-activate --flake '.#box.example' --no-update-lock-file",
        ),
        (with(Action::Switch, "nh", LINUX), "nh os switch . --hostname box.example -- --no-update-lock-file"),
        (with(Action::Test, "nh", LINUX), "nh os test . --hostname box.example -- --no-update-lock-file"),
        (
            with(Action::Switch, "nh", &[Family::Home]),
            "nh home switch . --configuration box.example -- --no-update-lock-file",
        ),
        (with(Action::DryActivate, "nh", LINUX), "error: nh has no way to `dry-activate`"),
        (
            with(Action::Boot, "nixos", LINUX),
            "nixos apply '.#box.example' -y --no-activate --no-update-lock-file",
        ),
        (
            with(Action::Switch, "darwin-rebuild", LINUX),
            "BIN/sudo darwin-rebuild switch --flake '.#box.example' --no-update-lock-file",
        ),
        (with(Action::Boot, "darwin-rebuild", LINUX), "error: darwin-rebuild has no way to `boot`"),
        (
            with(Action::Switch, "home-manager", LINUX),
            "home-manager switch --flake '.#box.example' --no-update-lock-file",
        ),
        (
            with(Action::Boot, "system-manager", LINUX),
            "system-manager register --flake '.#box.example' --sudo",
        ),
    ] {
        assert_eq!(typed(&request, &all), expected);
    }
}

#[test]
fn the_tool_is_the_one_that_is_there_and_fits_the_flake() {
    let home_only = Wanted { flake_nix: "homeConfigurations.alice = …", ..wanted(Action::Switch) };
    let root = Wanted { is_root: true, ..wanted(Action::Switch) };
    let words = ["--ask", "--", "--show-trace"].map(str::to_owned);
    let more = Wanted { arguments: &words, ..wanted(Action::Switch) };
    for (request, names, expected) in [
        (&more, &["nh"][..], "nh os switch . --ask -- --show-trace --no-update-lock-file"),
        (
            &wanted(Action::Switch),
            &["nixos-rebuild", "nh"][..],
            "nixos-rebuild switch --flake . --no-update-lock-file --use-remote-sudo",
        ),
        (&wanted(Action::Switch), &["nh"], "nh os switch . -- --no-update-lock-file"),
        (
            &home_only,
            &["nixos-rebuild", "home-manager"],
            "home-manager switch --flake . --no-update-lock-file",
        ),
        (&root, &["nixos-rebuild", "nh"], "nixos-rebuild switch --flake . --no-update-lock-file"),
        (
            &root,
            &["nh"],
            "error: there is no tool here that rebuilds this machine: flakehist looked on PATH for one that builds nixosConfigurations or homeConfigurations or systemConfigs",
        ),
        (
            &wanted(Action::Switch),
            &[],
            "error: there is no tool here that rebuilds this machine: flakehist looked on PATH for one that builds nixosConfigurations or homeConfigurations or systemConfigs",
        ),
    ] {
        assert_eq!(typed(request, names), expected);
    }
}

#[test]
fn the_newer_nixos_rebuild_is_told_by_its_place() {
    let (folder, programs) = machine(&[]);
    let store: PathBuf = folder.path().join("abc-nixos-rebuild-ng-0.0.0");
    std::fs::create_dir(&store).unwrap();
    let program = store.join("nixos-rebuild");
    std::fs::write(&program, "").unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    std::os::unix::fs::symlink(&program, folder.path().join("nixos-rebuild")).unwrap();
    let (line, family) = command(&wanted(Action::Switch), &programs).unwrap();
    assert_eq!(family, Some(Family::NixOs));
    assert_eq!(line.as_typed(), "nixos-rebuild switch --flake . --no-update-lock-file --sudo");
}

#[test]
fn an_own_command_is_split_and_filled_and_never_a_shells() {
    let own = |configured: &'static str| Wanted { configured: Some(configured), ..wanted(Action::Test) };
    for (configured, expected) in [
        ("deploy '{flake}#{host}' {action} {x} {", r"deploy '/etc/my nixos#anvil' test '{x}' '{'"),
        ("sh -c 'echo {host}'", "sh -c 'echo anvil'"),
        (
            "a 'b",
            "error: `flakehist.rebuild` is no command line: `a 'b`: a quote is not closed, or nothing is there",
        ),
        ("", "error: `flakehist.rebuild` is no command line: ``: a quote is not closed, or nothing is there"),
        ("missing {host}", "error: there is no `missing` on this machine: `flakehist.rebuild` names it"),
        ("nh", "error: there is no `nh` on this machine: `flakehist.rebuild` names it"),
    ] {
        assert_eq!(typed(&own(configured), &["deploy", "sh"]), expected);
    }
    let hostile = Wanted { host: Some("{action} $(x); --y"), ..own("deploy {host}") };
    assert_eq!(typed(&hostile, &["deploy"]), "deploy '{action} $(x); --y'");
    let more = ["--target-host".to_owned(), "root@box".to_owned()];
    let with_more = Wanted { arguments: &more, ..wanted(Action::Boot) };
    assert_eq!(
        typed(&with_more, &["nixos-rebuild"]),
        "nixos-rebuild boot --flake . --no-update-lock-file --use-remote-sudo --target-host root@box"
    );
}
