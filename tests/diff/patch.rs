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
fn files_of_other_names_are_named() {
    let scratch = Scratch::new();
    scratch.commit_lock(1);
    scratch.write("a/old.lock", lock(&[("nixpkgs", 2)]));
    let run = scratch.flakehist(["diff", "a/old.lock", "-p"]).success();
    let path = scratch.path("a/old.lock").display().to_string();
    assert!(run.out().starts_with(&format!("--- {path}\n+++ flake.lock\n")), "{run}");
}
