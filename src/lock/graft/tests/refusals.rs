//! What is refused, and the way out of it.

use super::*;

/// The way out is one of the option that was given.
#[test]
fn hints_speak_of_the_option_that_was_given() {
    for (now, then, which, only, except) in [
        ("a@1 b>a", "a@2", "b", "restore that one: `--input a`", "except that one: `--except a`"),
        ("a@1", "a@2", "", "leave out `--input` to restore the whole lock", "leave out `--except` to"),
    ] {
        let which = if which.is_empty() { vec![InputPath::default()] } else { paths(which) };
        for (which, expected) in [(Which::Only(which.clone()), only), (Which::Except(which), except)] {
            let hints = restore(now, then, &which, "").unwrap_err().hints(&which);
            assert!(hints.iter().any(|hint| hint.starts_with(expected)), "{which:?}: {hints:?}");
        }
    }
    // Others follow into what is restored, and it had no such input then.
    let (now, then, said) = ("a@1 a/x@1 b@1 b/x>a/x c>a/x", "a@2 b@2", "b/x>a/x");
    for (which, expected) in [
        (Which::Only(paths("a")), ["restore it as well: `--input b`", "`flakehist log --input a/x`"]),
        (Which::Except(paths("b")), ["leave it as it is: `--except a`", "`flakehist log --input a/x`"]),
    ] {
        let hints = restore(now, then, &which, said).unwrap_err().hints(&which).join("; ");
        assert!(expected.iter().all(|part| hints.contains(part)), "{which:?}: {hints}");
    }
    // What flake.nix itself makes follow is restored with nothing.
    let which = Which::Only(paths("a"));
    let hints = restore("a@1 a/x@1 c>a/x", "a@2", &which, "").unwrap_err().hints(&which);
    assert!(hints.iter().all(|hint| !hint.contains("--input c")) && !hints.is_empty(), "{hints:?}");
}

#[test]
fn refusals_name_both_sides_and_the_way_out() {
    let cases = [
        ("a@1", "a@2", "b", "", "`b` is no input in the current lock", "`flakehist show`"),
        (
            "nixpkgs@1",
            "a@2",
            "nixpkg",
            "",
            "`nixpkg` is no input in the current lock",
            "did you mean `nixpkgs`?",
        ),
        ("a@1 b@1", "a@2 c@2", "c", "", "`c` is no input in the current lock", "it was one then; declare it"),
        ("a@1", "a@2", "a/b", "", "`a/b` is no input in the current lock", ""),
        ("a@1", "b@2", "a", "", "`a` was no input then", "`flakehist log --input a`"),
        ("a@1", "a@2", "", "", "the empty path is no input, but the flake itself", "leave out"),
        (
            "a@1 b>a c>b",
            "c@2",
            "c",
            "",
            "`c` has no state of its own: it follows `b`",
            "restore that one: `--input a`",
        ),
        ("a@1 b>", "b@2", "b", "", "`b` has no state of its own: it follows the flake itself", ""),
        (
            "a@1 a/x@1 h@1 h/a>a",
            "a@2",
            "h/a/x",
            "",
            "`h/a/x` has no state of its own: `h/a` follows `a`",
            "restore that one: `--input a/x`",
        ),
        ("a@1 -x@1 b>-x", "b@2", "b", "", "`b` has no state of its own: it follows `-x`", ""),
        ("a@1", "a>gone", "a", "", "`a` followed `gone` then, which led to no input", ""),
        ("a@1", "a>b b>a", "a", "", "`a` followed `b` then, which led to no input", "choose another lock"),
        (
            "a@1",
            "a@2 a/b>",
            "a",
            "",
            "`a/b` followed the flake itself then, which is no input",
            "`inputs.a.inputs.b.follows = \"\";`",
        ),
        (
            "a@1!new",
            "a@2!old",
            "a",
            "",
            "`a` is declared as github:o/new now, and was github:o/old then",
            "`--keep-original`",
        ),
        ("a@1", "a@2~", "a", "", "`a` is a flake now, and was plain source then", "`flake`"),
        ("a@1~", "a@2", "a", "", "`a` is plain source now, and was a flake then", "`flake`"),
        (
            "a@1 a/x@1 b@1 b/x>a/x",
            "a@2",
            "a",
            "b/x>a/x",
            "`b/x` follows `a/x`, and `a` as it was then has no such input",
            "`--input b`",
        ),
        (
            "a@1 b@1",
            "a@2 a/n>x x@2",
            "a",
            "a/n>gone",
            "`a/n` would follow `gone`, which is no input",
            "`--input a`",
        ),
        (
            "a@1 a/n>n n@1 n/x@1 n/n@1",
            "n@2 n/x>a/n/x",
            "n",
            "n/x>a/n/x",
            "`n/x` would follow in a circle, or what Nix takes for one: `a/n/x` -> `n` -> `a/n/x`",
            "leave out `--input`",
        ),
    ];
    for (now, then, which, said, message, hint) in cases {
        let about = format!("{which} of {then} into {now}");
        let which = Which::Only(if which.is_empty() { vec![InputPath::default()] } else { paths(which) });
        let refusal = restore(now, then, &which, said).map(|made| words(&made.lock));
        let refusal = refusal.expect_err(&about);
        assert_eq!(refusal.to_string(), message, "{about}");
        let hints = refusal.hints(&which).join("; ");
        assert!(!hints.is_empty() && hints.contains(hint), "{about}: {hints}");
        assert!(!hint.is_empty() || !hints.contains("--input -"), "{about}: {hints}");
    }
}

#[test]
fn what_nix_does_not_read_is_refused() {
    let now = lock_of(7, r#""type":"git","url":"x","rev":"1""#, GITHUB);
    for (locked, message) in [
        (r#""type":"warp""#, "`a` was of type `warp`, which makes Nix give up on the whole lock"),
        (
            r#""type":"git","__final":true"#,
            "`a` was marked `__final`, which makes Nix give up on the whole lock",
        ),
        (
            r#""type":"path","path":"./a""#,
            "`a` is a folder of this flake, so the lock does not say what it was",
        ),
    ] {
        let refusal = graft_a(&now, &lock_of(7, locked, GITHUB), false).unwrap_err();
        assert_eq!(refusal.to_string(), message);
        assert!(!refusal.hints(&Which::Only(Vec::new())).is_empty());
    }
    // Just so where it is one that stays.
    for (odd, message) in [
        (r#""type":"warp""#, "`b` is of type `warp`, which makes Nix give up on the whole lock"),
        (
            r#""type":"git","__final":true"#,
            "`b` is marked `__final`, which makes Nix give up on the whole lock",
        ),
    ] {
        let text = String::from_utf8(lock_of(7, GITHUB, GITHUB).to_bytes()).unwrap();
        let both = text.replace(r#""a": "a""#, r#""a": "a", "b": "b""#).replace(
            r#""nodes": {"#,
            &format!(r#""nodes": {{ "b": {{ "locked": {{ {odd} }}, "original": {{ {GITHUB} }} }},"#),
        );
        let now = Decoder::new().decode(both.as_bytes()).unwrap();
        let refusal = graft_a(&now, &lock_of(7, r#""type":"git","rev":"2""#, GITHUB), false).unwrap_err();
        assert_eq!(refusal.to_string(), message);
        let hints = refusal.hints(&Which::Only(vec![path("a")]));
        assert_eq!(hints, ["restore it as well: `--input b`"]);
    }
    for version in [4, 8] {
        let text = format!(r#"{{"version":{version},"inputs":{{}},"nodes":{{"root":{{}}}},"root":"root"}}"#);
        let odd = Decoder::new().decode(text.as_bytes()).unwrap();
        for (now, then, which) in [(&now, &odd, "earlier"), (&odd, &now, "current")] {
            let refusal = graft_a(now, then, false).unwrap_err();
            assert_eq!(
                refusal.to_string(),
                format!("the {which} lock has version {version}, which Nix does not read")
            );
        }
    }
}

#[test]
fn references_are_the_same_in_whatever_spelling_a_nix_wrote_them() {
    let cases = [
        (
            r#""type":"gitlab","owner":"g/sub","repo":"r""#,
            r#""type":"gitlab","owner":"g%2Fsub","repo":"r""#,
            true,
        ),
        (
            r#""type":"tarball","url":"https://h/x","dir":"s""#,
            r#""type":"tarball","url":"https://h/x?dir=s","dir":"s""#,
            true,
        ),
        (
            r#""type":"tarball","url":"https://h/x","dir":"s""#,
            r#""type":"tarball","url":"https://h/x?dir=t","dir":"s""#,
            false,
        ),
        (GITHUB, r#""type":"github","owner":"O","repo":"a""#, false),
        (GITHUB, r#""type":"github","owner":"o","repo":"a","ref":"main""#, false),
        (r#""type":"git","url":"https://h/x""#, r#""type":"git","url":"https://h/x","shallow":false"#, false),
    ];
    let rev = r#""type":"git","url":"https://h/x","rev":"2""#;
    for (now, then, same) in cases {
        let (now, then) = (lock_of(7, r#""type":"t""#, now), lock_of(7, rev, then));
        let grafted = graft_a(&now, &then, false);
        assert_eq!(grafted.is_ok(), same, "{then:?}");
        let grafted = grafted.or_else(|_| graft_a(&now, &then, true)).unwrap();
        let (made, now) = (grafted.lock.own_node(&path("a")).unwrap(), now.own_node(&path("a")).unwrap());
        assert_eq!(made.original(), now.original(), "today's spelling, or today's reference");
        assert_eq!(made.locked().unwrap().rev(), Some("2"));
        assert_eq!(notes(&grafted).contains("stays declared as"), !same, "{}", notes(&grafted));
    }
    let same_url = graft_a(
        &lock_of(7, rev, r#""type":"git","url":"https://h/x","verify":true"#),
        &lock_of(7, rev, r#""type":"git","url":"https://h/x""#),
        false,
    );
    assert_eq!(
        same_url.unwrap_err().to_string(),
        "`a` is declared as git+https://h/x now as then, but with another `verify`"
    );
}
