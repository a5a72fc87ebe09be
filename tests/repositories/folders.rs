//! Folders with names that nobody expects.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;

use crate::support::{Scratch, lock};

const NAMES: [&str; 8] =
    ["with space", "new\nline", "quo\"te's", "ünïcödé 日本", "-C", "$HOME", "a\\b", "[a]*?"];

#[test]
fn a_repository_may_have_any_name() {
    for name in NAMES {
        let scratch = Scratch::without_repository();
        let folder = scratch.path(name);
        std::fs::create_dir(&folder).unwrap();
        scratch.git_in(&folder, ["init", "--quiet", "--template=", "--initial-branch=main"]);
        for n in 0..2 {
            std::fs::write(folder.join("flake.nix"), "{ }").unwrap();
            std::fs::write(folder.join("flake.lock"), lock(&[("nixpkgs", n)])).unwrap();
            scratch.git_in(&folder, ["add", "."]);
            scratch.git_in(&folder, ["commit", "--quiet", "--message", "lock"]);
        }
        assert_eq!(scratch.same_log_in(&folder, &[], "flake.lock").len(), 2, "{name:?}");
        for args in [
            &["-C", &format!("./{name}")][..],
            &["--flake", &format!("./{name}")],
            &["--lock", &format!("./{name}/flake.lock")],
        ] {
            // In a reference, what follows a question mark is no part of the folder.
            if name.contains('?') && args[0] == "--flake" {
                continue;
            }
            let outcome = scratch.flakehist(args.iter().chain(&["log", "--json"])).success();
            assert_eq!(outcome.commits().len(), 2, "{args:?}\n{outcome}");
        }
    }
}

#[test]
fn a_flake_may_lie_in_a_folder_of_any_name() {
    for name in NAMES {
        let scratch = Scratch::new();
        for n in 0..2 {
            scratch.write(&format!("{name}/flake.nix"), "{ }");
            scratch.write(&format!("{name}/flake.lock"), lock(&[("nixpkgs", n)]));
            scratch.commit("lock");
        }
        scratch.write(&format!("{name}/flake.lock"), "{}");
        let outcome = scratch.flakehist_in(&scratch.path(name)).args(["log", "--json"]).run().success();
        assert_eq!(outcome.json()["lock"], format!("{name}/flake.lock"));
        assert_eq!((outcome.commits().len(), outcome.uncommitted()), (2, vec!["worktree broken".to_owned()]));
        let shown =
            scratch.flakehist_in(&scratch.path(name)).args(["show", "--json", "HEAD"]).run().success();
        assert_eq!(shown.json()["state"], "ok");
    }
}

#[test]
fn a_repository_may_lie_in_a_folder_that_is_not_utf_8() {
    let scratch = Scratch::without_repository();
    let folder = scratch.folder().join(OsStr::from_bytes(b"caf\xe9"));
    std::fs::create_dir(&folder).unwrap();
    scratch.git_in(&folder, ["init", "--quiet", "--template=", "--initial-branch=main"]);
    std::fs::write(folder.join("flake.nix"), "{ }").unwrap();
    std::fs::write(folder.join("flake.lock"), lock(&[("nixpkgs", 1)])).unwrap();
    scratch.git_in(&folder, ["add", "."]);
    scratch.git_in(&folder, ["commit", "--quiet", "--message", "lock"]);
    assert_eq!(scratch.same_log_in(&folder, &[], "flake.lock").len(), 1);
    let args = [OsStr::new("-C"), folder.as_os_str(), OsStr::new("log"), OsStr::new("--json")];
    assert_eq!(scratch.flakehist(args).success().commits().len(), 1);
}

#[test]
fn a_flake_in_a_folder_that_is_not_utf_8_is_an_error_that_says_so() {
    let scratch = Scratch::new();
    let folder = scratch.folder().join(OsStr::from_bytes(b"caf\xe9"));
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("flake.nix"), "{ }").unwrap();
    std::fs::write(folder.join("flake.lock"), lock(&[("nixpkgs", 1)])).unwrap();
    scratch.commit("lock");
    let outcome = scratch.flakehist_in(&folder).args(["log", "--json"]).run();
    if outcome.status != Some(0) {
        outcome.failure(1, "UTF-8");
    }
}
