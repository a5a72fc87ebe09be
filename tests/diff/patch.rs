//! `--patch`: git applies it.

use crate::support::{Chance, Scratch, lock};

/// The bytes that git makes of the old ones with our patch.
fn applied(scratch: &Scratch, patch: &[u8], old: &[u8]) -> Vec<u8> {
    scratch.write("flake.lock", old);
    scratch.feed_git(scratch.folder(), ["apply", "--whitespace=nowarn", "-"], patch).success();
    std::fs::read(scratch.path("flake.lock")).unwrap()
}

#[test]
fn git_applies_it() {
    let scratch = Scratch::new();
    let mut chance = Chance::new(11);
    let names = ["nixpkgs", "disko", "home-manager", "sops-nix", "niri", "deploy-rs", "lanzaboote"];
    for _ in 0..12 {
        let mut state = || -> Vec<u8> {
            let pick = |name: &&'static str| chance.percent(70).then(|| (*name, 1 + chance.below(3) as u64));
            let inputs: Vec<(&str, u64)> = names.iter().filter_map(pick).collect();
            let mut text = lock(&inputs);
            match chance.below(4) {
                0 => text.truncate(text.trim_end().len()),
                1 => text.insert_str(0, "\n\n"),
                _ => {}
            }
            text.into_bytes()
        };
        let (old, new) = (state(), state());
        scratch.write("flake.nix", "{ }");
        scratch.write("flake.lock", &old);
        scratch.commit("old");
        scratch.write("flake.lock", &new);
        let run = scratch.flakehist(["diff", "-p"]).success();
        if old == new {
            assert_eq!(run.out(), "");
            continue;
        }
        assert!(applied(&scratch, &run.stdout, &old) == new, "{run}");
    }
}

#[test]
fn tabs_and_foreign_ends_of_lines_stay() {
    let scratch = Scratch::new();
    scratch.write("flake.nix", "{ }");
    let written = [
        |text: String| text.replace("  ", "\t"),
        |text: String| text.replace('\n', "\r\n"),
        |text: String| text.replace("  ", "\t").trim_end().to_owned() + "\r",
    ];
    for written in written {
        let [old, new] = [1, 2].map(|n| written(lock(&[("nixpkgs", n), ("disko", 1)])).into_bytes());
        scratch.write("flake.lock", &old);
        scratch.commit("old");
        scratch.write("flake.lock", &new);
        let run = scratch.flakehist(["diff", "-p"]).success();
        assert!(applied(&scratch, &run.stdout, &old) == new, "{run}");
        // On a terminal a `\r` is shown, as in git.
        let shown = scratch.flakehist(["diff", "-p", "--color", "always", "HEAD"]).success();
        assert!(!shown.out().contains('\r') && shown.out().contains("\x1b["), "{shown}");
        assert_eq!(shown.out().contains('\t'), new.contains(&b'\t'), "{shown}");
    }
}

#[test]
fn files_of_other_names_are_named() {
    let scratch = Scratch::new();
    scratch.commit_lock(1);
    scratch.write("a/old.lock", lock(&[("nixpkgs", 2)]));
    let run = scratch.flakehist(["diff", "a/old.lock", "-p"]).success();
    let path = scratch.path("a/old.lock").display().to_string();
    assert!(run.out().starts_with(&format!("--- {path}\n+++ flake.lock\n")), "{run}");
}
