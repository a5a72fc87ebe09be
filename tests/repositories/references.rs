//! `--flake`: the references to a local flake that Nix understands.

use crate::support::{Scratch, lock};

/// A flake at the root and one in `sub dir`; their locks have one and two changes.
fn two_flakes() -> Scratch {
    let scratch = Scratch::new();
    scratch.commit_lock(1);
    for n in 0..2 {
        scratch.write("sub dir/flake.nix", "{ }");
        scratch.write("sub dir/flake.lock", lock(&[("nixpkgs", n)]));
        scratch.write("sub dir/modules/x", "");
        scratch.commit("sub");
    }
    scratch.git(["mv", "sub dir", "sub"]);
    scratch.commit("a name without a blank");
    scratch.write("sub dir/flake.nix", "{ }");
    scratch.write("sub dir/flake.lock", lock(&[("nixpkgs", 9)]));
    scratch.commit("and one with a blank again");
    scratch
}

fn lock_of(scratch: &Scratch, reference: &str) -> String {
    let outcome = scratch.flakehist(["log", "--json", "--flake", reference]).success();
    outcome.json()["lock"].as_str().unwrap().to_owned()
}

#[test]
fn every_reference_to_a_local_flake_leads_there() {
    let scratch = two_flakes();
    let root = scratch.folder().display().to_string();
    for (reference, lock) in [
        (".", "flake.lock"),
        ("./.", "flake.lock"),
        (".#host", "flake.lock"),
        ("#host", "flake.lock"),
        ("./sub", "sub/flake.lock"),
        ("sub", "sub/flake.lock"),
        ("sub/", "sub/flake.lock"),
        ("./sub/modules", "sub/flake.lock"),
        ("./sub#nixosConfigurations.\"a.b\"", "sub/flake.lock"),
        (".?dir=sub", "sub/flake.lock"),
        (".?dir=sub#host", "sub/flake.lock"),
        ("path:.", "flake.lock"),
        ("path:./sub", "sub/flake.lock"),
        ("path:sub", "sub/flake.lock"),
        ("sub dir", "sub dir/flake.lock"),
    ] {
        assert_eq!(lock_of(&scratch, reference), lock, "{reference}");
    }
    for (reference, lock) in [
        ("{root}", "flake.lock"),
        ("{root}/sub#host", "sub/flake.lock"),
        ("git+file://{root}", "flake.lock"),
        ("git+file://{root}?dir=sub", "sub/flake.lock"),
        ("git+file://{root}?ref=main&dir=sub#host", "sub/flake.lock"),
        ("path:{root}", "flake.lock"),
        ("path:{root}?dir=sub", "sub/flake.lock"),
        ("path://{root}?dir=sub", "sub/flake.lock"),
    ] {
        let reference = reference.replace("{root}", &root);
        assert_eq!(lock_of(&scratch, &reference), lock, "{reference}");
    }
}

#[test]
fn the_two_slashes_of_a_url_may_be_left_out() {
    let scratch = two_flakes();
    assert_eq!(lock_of(&scratch, "git+file:."), "flake.lock");
    assert_eq!(
        lock_of(&scratch, &format!("git+file:{}?dir=sub", scratch.folder().display())),
        "sub/flake.lock"
    );
}

#[test]
fn a_reference_that_is_a_url_may_hold_escapes() {
    let scratch = two_flakes();
    let root = scratch.folder().display();
    assert_eq!(lock_of(&scratch, &format!("git+file://{root}?dir=sub%20dir")), "sub dir/flake.lock");
    assert_eq!(lock_of(&scratch, &format!("path:{root}/sub%20dir")), "sub dir/flake.lock");
}

#[test]
fn dir_means_that_very_folder() {
    let scratch = two_flakes();
    let outcome = scratch.flakehist(["log", "--json", "--flake", ".?dir=sub/modules"]);
    if outcome.status == Some(0) {
        assert_eq!(outcome.json()["lock"], "sub/modules/flake.lock", "Nix does not look upwards from there");
    }
}

#[test]
fn flakes_elsewhere_are_refused_with_a_hint() {
    let scratch = two_flakes();
    for reference in [
        "github:NixOS/nixpkgs",
        "git+https://example.org/x",
        "git+ssh://git@example.org/x",
        "https://example.org/x.tar.gz",
        "flake:nixpkgs",
    ] {
        let outcome = scratch.flakehist(["log", "--flake", reference]).failure(1, "not on this machine");
        assert!(outcome.err().contains("hint:"), "{outcome}");
    }
}

#[test]
fn a_reference_that_leads_nowhere_is_an_error() {
    let scratch = two_flakes();
    for reference in ["nixpkgs", "./missing", "/does/not/exist", "path:/does/not/exist", ".?dir=missing"] {
        let outcome = scratch.flakehist(["log", "--flake", reference]);
        assert_eq!(outcome.status, Some(1), "{reference}\n{outcome}");
        assert!(outcome.err().starts_with("error: "), "{outcome}");
    }
}

#[test]
fn a_link_to_a_flake_leads_to_it() {
    let scratch = two_flakes();
    let link = scratch.beside("nixos");
    std::os::unix::fs::symlink(scratch.path("sub"), &link).unwrap();
    let run = |args: &[&str]| {
        scratch.flakehist_in(&scratch.home()).args(["log", "--json"]).args(args).run().success()
    };
    assert_eq!(run(&["--flake", "../nixos"]).json()["lock"], "sub/flake.lock");
    assert_eq!(run(&["-C", "../nixos"]).json()["lock"], "sub/flake.lock");
    assert_eq!(run(&["--lock", "../nixos/flake.lock"]).json()["lock"], "sub/flake.lock");
}
