//! What is folded under its parent, and what is not.

use super::super::fold;
use super::*;

/// `a (b c)`: a change, and what is folded under it.
fn folded(old: &str, new: &str) -> Vec<String> {
    let changes = compare(Some(&tree(old)), Some(&tree(new)));
    let told = |one: &Folded<'_>| {
        let inside: Vec<String> = one.inside.iter().map(|change| change.path.to_string()).collect();
        if inside.is_empty() {
            one.change.path.to_string()
        } else {
            format!("{} ({})", one.change.path, inside.join(" "))
        }
    };
    let folded = fold(&changes);
    assert_eq!(folded.iter().map(|one| 1 + one.inside.len()).sum::<usize>(), changes.len(), "none is lost");
    folded.iter().map(told).collect()
}

#[test]
fn what_moved_with_its_parent_lies_under_it() {
    for (old, new, expected) in [
        ("a@1 a/n@1 a/n/m@1 b@1", "a@2 a/n@2 a/n/m@2 b@2", &["a (a/n a/n/m)", "b"] as &[&str]),
        ("b@1", "a@1 a/n@1 a/n/m@1 a/o>b b@1", &["a (a/n a/n/m a/o)"]),
        ("a@1 a/n@1 b@1", "b@1", &["a (a/n)"]),
        // Below one that stayed each stands for itself, and its own lie under it.
        ("a@1 a/n@1 a/n/m@1", "a@1 a/n@2 a/n/m@2", &["a/n (a/n/m)"]),
        ("a@1 a/n@1 a/n/m@1", "a@2 a/n@1 a/n/m@2", &["a (a/n/m)"]),
        // A name that begins alike is no parent.
        ("a@1 a-b@1", "a@2 a-b@2", &["a", "a-b"]),
        // What went back while its parent went on is news.
        ("a@1 a/n@2 a/n/m@2", "a@2 a/n@1 a/n/m@1", &["a", "a/n (a/n/m)"]),
        ("a@2 a/n@2", "a@1 a/n@1", &["a (a/n)"]),
        ("a@2 a/n@1", "a@1 a/n@2", &["a (a/n)"]),
        // So is an override of the flake above; what the input itself made follow is not.
        ("n@1 a@1 a/n@1 a/n/m@1", "n@1 a@2 a/n>n", &["a", "a/n (a/n/m)"]),
        ("a@1 a/m@1 a/n@1", "a@2 a/m@1 a/n>a/m", &["a (a/n)"]),
        ("n@1 a@1 a/n@1", "n@1 a>n", &["a (a/n)"]),
    ] {
        assert_eq!(folded(old, new), expected, "{old} → {new}");
    }
}

#[test]
fn an_alarm_is_never_folded() {
    let lock = |state: &str, hash: &str| {
        let of = |name: &str, rev: &str, hash: &str, rest: &str| {
            let locked = format!("type=github owner=o repo={name} rev={rev} narHash={hash}");
            format!("{name:?}:{}", node(&locked, &format!("type=github owner=o repo={name}"), rest))
        };
        let nodes = [
            of("a", state, state, r#","inputs":{"n":"n"}"#),
            of("n", "x", hash, r#","inputs":{"m":"m"}"#),
            of("m", state, state, ""),
        ];
        lock_of(&nodes.join(","), r#""a":"a""#)
    };
    let changes = compare(Some(&lock("1", "h")), Some(&lock("2", "g")));
    assert_eq!(told(&changes), ["a Updated Unknown", "a/n ContentsChanged Same", "a/n/m Updated Unknown"]);
    let folded = fold(&changes);
    assert_eq!(folded.len(), 3, "nothing comes along with an alarm");
}
