use crate::lock::Decoder;

use super::*;

#[test]
fn references_are_told_apart_as_nix_does() {
    for (a, b, equal) in [
        ("github:a/b", "github:a/b", true),
        ("github:a/b", "github:A/b", false),
        ("github:a/b/main", "github:a/b?ref=main", true),
        ("github:a/b/x/y", "github:a/b?ref=x/y", true),
        ("nixpkgs", "flake:nixpkgs", true),
        ("nixpkgs/nixos-25.11", "flake:nixpkgs/nixos-25.05", false),
        ("github:a/b?dir=x", "github:a/b", false),
        ("gitlab:a/b?host=x.org", "gitlab:a/b?host=y.org", false),
        ("git+https://x/y", "git+https://x/y?ref=main", false),
        ("git+file:///x", "git+file:///y", false),
        ("git+ssh://git@x/y?ref=a", "git+ssh://git@x/y?ref=a", true),
        ("git://x/y", "git+git://x/y", true),
        ("https://x/y.tar.gz", "https://x/z.tar.gz", false),
        ("path:/a", "path:/b", false),
        ("github:a/b", "git+https://github.com/a/b", false),
    ] {
        assert_eq!(Reference::parse(a).unwrap() == Reference::parse(b).unwrap(), equal, "{a} {b}");
    }
    for unknown in [
        "git+https://x/y?shallow=1",
        "./sub",
        "path:./x",
        "https://x/y?z=1",
        "github:a%2Fb/c",
        "a/b/c",
        "github:a/b?dir=x&dir=y",
        "git+https://x/y?ref=main&rev=0123456789012345678901234567890123456789",
        "hg+https://x",
        "",
    ] {
        assert_eq!(Reference::parse(unknown), None, "{unknown}");
    }
}

#[test]
fn what_does_not_fit_is_named() {
    let text = r#"{ "nodes": {
            "a": { "locked": { "type": "github", "owner": "o", "repo": "a", "rev": "0123456789012345678901234567890123456789", "narHash": "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "lastModified": 1 }, "original": { "type": "github", "owner": "o", "repo": "a", "ref": "old" } },
            "root": { "inputs": { "a": "a", "b": ["a"], "gone": "a", "same": "a" } } }, "root": "root", "version": 7 }"#;
    let lock = Decoder::new().decode(text.as_bytes()).unwrap();
    let asked = Asked::read(
        br#"{ "inputs": { "a": { "url": "github:o/a/new" }, "b": { "follows": "same" }, "same": { "type": "github", "owner": "o", "repo": "a", "ref": "old" }, "self": { "submodules": true } }, "formals": ["self", "a", "more"] }"#,
    )
    .unwrap();
    let told: Vec<String> = misfits(&asked, &lock).iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "`a` is github:o/a/new in flake.nix, and github:o/a/old in this lock",
            "`b` follows same in flake.nix, and follows a in this lock",
            "`gone` is in this lock, but no longer in flake.nix",
            "`more` is in flake.nix, but not in this lock",
        ]
    );
    assert!(Asked::read(b"[]").is_none());
}

#[test]
fn what_is_said_of_the_inputs_of_an_input_is_compared_too() {
    let source = |repo: &str| {
        let rev = "0123456789012345678901234567890123456789";
        let place = format!(r#""type": "github", "owner": "o", "repo": "{repo}""#);
        format!(
            r#""locked": {{ {place}, "rev": "{rev}", "narHash": "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "lastModified": 1 }}, "original": {{ {place} }}"#
        )
    };
    let text = format!(
        r#"{{ "nodes": {{
            "a": {{ {}, "inputs": {{ "np": "np", "own": ["a", "np"], "sub": "sub", "out": ["np"], "none": [] }} }},
            "sub": {{ {}, "inputs": {{ "np": ["np"], "own": ["a", "np"] }} }},
            "np": {{ {} }},
            "root": {{ "inputs": {{ "a": "a", "np": "np" }} }} }}, "root": "root", "version": 7 }}"#,
        source("a"),
        source("sub"),
        source("np")
    );
    let lock = Decoder::new().decode(text.as_bytes()).unwrap();
    let fits = r#""out": { "follows": "np" }, "none": { "follows": "" }, "gone": { "follows": "np" }"#;
    let sub = r#""sub": { "inputs": { "np": { "follows": "np" } } }"#;
    for (said, told) in [
        (format!("{fits}, {sub}"), vec![]),
        (format!(r#"{fits}, {sub}, "np": {{ "url": "github:o/other" }}"#), vec![]),
        (
            format!(r#"{fits}, {sub}, "np": {{ "follows": "np" }}"#),
            vec!["`a/np` follows np in flake.nix, and follows nothing in this lock"],
        ),
        (
            sub.to_owned(),
            vec![
                "`a/none` follows nothing in flake.nix, and follows the flake itself in this lock",
                "`a/out` follows nothing in flake.nix, and follows np in this lock",
            ],
        ),
        (
            format!(r#"{fits}, "sub": {{ "inputs": {{ "np": {{ "follows": "a/np" }} }} }}"#),
            vec!["`a/sub/np` follows a/np in flake.nix, and follows np in this lock"],
        ),
    ] {
        let asked = format!(
            r#"{{ "inputs": {{ "a": {{ "url": "github:o/a", "inputs": {{ {said} }} }}, "np": {{ "url": "github:o/np" }} }}, "formals": [] }}"#
        );
        let asked = Asked::read(asked.as_bytes()).unwrap();
        let misfits: Vec<String> = misfits(&asked, &lock).iter().map(ToString::to_string).collect();
        assert_eq!(misfits, told, "{said}");
    }
}
