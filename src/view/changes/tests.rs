//! Changes in words: on a line, and as Nix prints them.

use super::*;
use crate::lock::{Decoder, Lock, compare};
use crate::view::golden::{check, within, without_escapes};
use crate::view::made_up::{lock, style};

fn printed(changes: &[Change], style: &Style) -> String {
    let mut out = Vec::new();
    as_nix(changes, "  ", style, &mut out).unwrap();
    within(None, String::from_utf8(out).unwrap())
}

/// A lock with the one input `x`, of these attributes.
fn one(locked: &str, original: &str) -> Lock {
    let text = format!(
        r#"{{"nodes":{{"x":{{"locked":{{{locked}}},"original":{{{original}}}}},"root":{{"inputs":{{"x":"x"}}}}}},
        "root":"root","version":7}}"#
    );
    Decoder::new().decode(text.as_bytes()).unwrap()
}

/// Every kind of change, each from one lock to another.
fn kinds() -> Vec<(&'static str, Vec<Change>)> {
    let between = |old: &str, new: &str| compare(Some(&lock(old)), Some(&lock(new)));
    let git = |rev: &str, rest: &str| {
        let url = r#""type":"git","url":"https://codeberg.org/o/r""#;
        one(&format!(r#"{url},"rev":"{}"{rest}"#, rev.repeat(20)), url)
    };
    let file = |hash: &str| {
        let url = r#""type":"file","url":"https://example.org/x y.json""#;
        one(&format!(r#"{url},"narHash":"sha256-{}=""#, hash.repeat(43)), url)
    };
    let path = r#""type":"path","path":"./sub""#;
    vec![
        ("updated", between("a@a1+1 b@b1+1", "a@a2+3 b@b1+1")),
        ("back in time", between("a@a2+3", "a@a1+1")),
        ("no dates", between("a@a2-", "a@a1-")),
        ("added", between("b@b1+1", "a@a1+1 a/n>b a/m@c1+1 b@b1+1")),
        ("removed", between("a@a1+1 a/n>b a/m@c1+1 b@b1+1", "b@b1+1")),
        ("another branch", between("a@a1+1#stable", "a@a2+2#next")),
        ("another branch, back in time", between("a@a2+2#next", "a@a1+1#stable")),
        ("another branch, nothing else", between("a@a1+1#stable", "a@a1+1#next")),
        ("a flake no more", between("a@a1+1", "!a@a1+1")),
        ("follows now", between("a@a1+1 b@b1+1 b/n@c1+1", "a@a1+1 b@b1+1 b/n>a")),
        ("follows no more", between("a@a1+1 b>a", "a@a1+1 b@b1+1")),
        ("follows another", between("a@a1+1 b@b1+1 c>a", "a@a1+1 b@b1+1 c>b")),
        ("follows the flake itself", between("a@a1+1 c>a", "a@a1+1 c>")),
        (
            "git",
            compare(Some(&git("a1", "")), Some(&git("b1", r#","submodules":true,"ref":"refs/heads/main""#))),
        ),
        ("files", compare(Some(&file("a")), Some(&file("b")))),
        ("unlocked", compare(Some(&one(path, path)), Some(&git("a1", "")))),
        ("nothing", between("a@a1+1", "a@a1+1")),
        (
            "odd names",
            between("日本語@a1+1 \u{1b}[31m@b1+1", "日本語@a2+3 \u{1b}[31m@b2+2 שלום\u{202e}@c1+1"),
        ),
    ]
}

#[test]
fn each_kind_in_words() {
    let mut text = String::new();
    for (name, changes) in kinds() {
        text += &format!("{name}\n");
        text += &format!("  {}\n", on_one_line(&without_echoes(&changes))).replace("  \n", "");
        text += &printed(&changes, &style(None));
        text += "\n";
    }
    check("changes.txt", &within(None, text));
}

#[test]
fn colours_and_links_only_add() {
    let painted = Style { color: true, links: true, ..style(None) };
    let mut text = String::new();
    for (_, changes) in kinds() {
        let one = printed(&changes, &painted);
        assert_eq!(without_escapes(&one), printed(&changes, &style(None)));
        text += &one;
    }
    check("changes-colour.txt", &text);
}

#[test]
fn a_date_that_means_nothing_is_for_nix_alone() {
    let path = r#""type":"path","path":"/nix/store/x-source","narHash":"sha256-x""#;
    let at = |date: &str| one(&format!("{path}{date}"), path);
    for (date, day) in [
        (r#","lastModified":0"#, " (1970-01-01)"),
        (r#","lastModified":1"#, " (1970-01-01)"),
        (r#","lastModified":315532800"#, " (1980-01-01)"),
        ("", ""),
    ] {
        let changes = compare(None, Some(&at(date)));
        let mut exactly = Vec::new();
        exactly_as_nix(&changes, &style(None), &mut exactly).unwrap();
        let exactly = String::from_utf8(exactly).unwrap();
        assert!(exactly.ends_with(&format!("narHash=sha256-x'{day}\n")), "{exactly}");
        let log = printed(&changes, &style(None));
        assert!(log.ends_with("narHash=sha256-x'\n"), "{log}");
    }
}

#[test]
fn marks_tell_what_is_unusual() {
    for (name, expected) in [
        ("updated", " "),
        ("back in time", "↓"),
        ("no dates", " "),
        ("added", "+"),
        ("removed", "-"),
        ("another branch", "~"),
        ("another branch, back in time", "↓"),
        ("follows now", "→"),
        ("follows no more", "→"),
    ] {
        let (_, changes) = kinds().into_iter().find(|(own, _)| *own == name).unwrap();
        assert_eq!(mark(&changes[0]).0, expected, "{name}");
    }
}

#[test]
fn what_merely_follows_is_left_out_with_its_parent_only() {
    let paths = |old: &str, new: &str| {
        let changes = compare(Some(&lock(old)), Some(&lock(new)));
        without_echoes(&changes).iter().map(|change| change.path.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(paths("n@11+1", "n@11+1 a@a1+1 a/n>n a/m@b1+1 a/m/n>n"), ["a", "a/m"]);
    assert_eq!(paths("n@11+1 a@a1+1 a/n>n", "n@11+1"), ["a"]);
    // On its own it is news.
    assert_eq!(paths("n@11+1 a@a1+1", "n@11+1 a@a1+1 a/n>n"), ["a/n"]);
    assert_eq!(paths("n@11+1 a@a1+1 a/n>n", "n@11+1 a@a1+1"), ["a/n"]);
    assert_eq!(paths("n@11+1 m@22+1", "n@11+1 m@22+1 a>n"), ["a"]);
    // So it is when it was something else before.
    assert_eq!(paths("n@11+1 a@a1+1 a/n@b1+1", "n@11+1 a@a2+2 a/n>n"), ["a", "a/n"]);
}
