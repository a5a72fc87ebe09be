//! One lock as a tree, at every width.

use std::sync::Arc;

use super::*;
use crate::lock::{Decoder, Unreadable};
use crate::view::golden::{check, within, without_escapes};
use crate::view::made_up::{commit, lock, style};

/// A configuration of a usual size.
const USUAL: &str = "nixpkgs@a1+50#nixos-25.11 home-manager@b1+48#release-25.11 home-manager/nixpkgs>nixpkgs \
    !hardware@c1- deploy@d1+2 deploy/utils@e1+-400 deploy/utils/systems@f1+-900 deploy/nixpkgs>nixpkgs \
    deploy/gone>deploy/missing round>round again>nixpkgs self>";

fn selected(words: &str, subject: Option<&str>) -> Selected {
    let commit = subject.map(|subject| commit(16, subject));
    Selected::made(commit, "flake.lock", None, State::Readable(Arc::new(lock(words))))
}

fn shown(selected: &Selected, last: &LastChanges, style: &Style) -> String {
    let mut out = Vec::new();
    tree(selected, last, style, &mut out).unwrap();
    within(None, String::from_utf8(out).unwrap())
}

fn last() -> LastChanges {
    let changes = [("nixpkgs", 14), ("home-manager", 15), ("deploy", 3), ("deploy/utils", 3), ("again", 10)];
    LastChanges::made(changes.map(|(path, number)| (InputPath::new(path.split('/')), commit(number, "x"))))
}

#[test]
fn a_lock_at_every_width() {
    let mut text = String::new();
    let selected = selected(USUAL, Some("Add deploy"));
    for width in [Some(80), Some(100), Some(120), Some(200), None] {
        text += &format!("{width:?}\n{}\n", within(width, shown(&selected, &last(), &style(width))));
    }
    check("show.txt", &text);
}

#[test]
fn a_lock_that_is_not_committed() {
    let text = shown(&selected("nixpkgs@a1+50", None), &LastChanges::default(), &style(Some(80)));
    assert!(text.starts_with("flake.lock, lock version 7, 1 input\n"), "{text}");
    let none = shown(&selected("", None), &LastChanges::default(), &style(Some(80)));
    assert!(none.starts_with("flake.lock, lock version 7, 0 inputs"), "{none}");
}

#[test]
fn colours_and_links_take_no_columns() {
    for width in [Some(80), Some(120), None] {
        let selected = selected(USUAL, Some("Add deploy"));
        let painted = Style { color: true, links: true, ..style(width) };
        let painted = shown(&selected, &last(), &painted);
        assert_eq!(without_escapes(&painted), shown(&selected, &last(), &style(width)));
        assert!(painted.contains("\x1b]8;;https://github.com/nix-community/nixpkgs/tree/a1a1"));
    }
}

#[test]
fn what_is_broken_is_shown_as_far_as_it_can_be() {
    let text = r#"{"nodes":{"a":{"locked":{"type":"github","owner":"o","repo":"r","rev":1},"original":{}},
        "b":{"locked":{"type":"path","path":"/b"},"original":{"type":"path","path":"/b"}},
        "root":{"inputs":{"a":"a","b":"b","c":["a"]}}},"root":"root","version":8}"#;
    let unreadable = Decoder::new().decode(text.as_bytes()).unwrap_err();
    let broken = |unreadable| Selected::made(None, "flake.lock", None, State::Broken(Arc::new(unreadable)));
    let mut shown_both = shown(&broken(unreadable), &LastChanges::default(), &style(Some(100)));
    shown_both += "\n";
    let hostile = Unreadable::new("nodes.\u{1b}[2J: \u{202e}");
    shown_both += &shown(&broken(hostile), &LastChanges::default(), &style(Some(100)));
    check("show-broken.txt", &shown_both);
}

#[test]
fn odd_names_stay_in_their_columns() {
    let words = "日本語@a1+1 日本語/入力@b1+1 e\u{301}e\u{301}@c1+1 \u{1b}[31mred@d1+1 שלום@e1+1 ❤\u{fe0f}@f1+1 \
        x@11+1 x/y@11+1 x/y/z@11+1 x/y/z/\u{7}@11+1 x/y/z/w>日本語/入力";
    let subject = "Subject\u{1b}]0;title\u{7}\r\n\u{202e}";
    let mut text = String::new();
    for width in [Some(80), Some(120)] {
        text +=
            &within(width, shown(&selected(words, Some(subject)), &LastChanges::default(), &style(width)));
        text += "\n";
    }
    check("show-odd.txt", &text);
}

#[test]
fn a_hundred_levels_are_drawn() {
    let path = |depth: usize| vec!["deep"; depth].join("/");
    let words: Vec<String> = (1..=100).map(|depth| format!("{}@a1+1", path(depth))).collect();
    let text = shown(&selected(&words.join(" "), None), &LastChanges::default(), &style(Some(120)));
    let text = within(Some(120), text);
    assert_eq!(text.lines().count(), 103, "title, blank, heading and the inputs:\n{text}");
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    let long = "a-name-that-nobody-would-give-to-an-input-but-somebody-did-because-it-is-possible";
    let words = format!("{USUAL} {long}@a1+1 {long}/{long}@a1+1");
    for words in [USUAL, &words] {
        for width in 72..=240 {
            let long_subject = selected(words, Some(&"long subject ".repeat(30)));
            within(Some(width), shown(&long_subject, &last(), &style(Some(width))));
        }
    }
}

#[test]
fn names_without_end_cost_no_more_than_their_beginning() {
    let endless = "n".repeat(3_000_000);
    let selected = selected(&format!("nixpkgs@a1+0 {endless}@b1+0 extra@c1+0"), Some("Start"));
    for width in [Some(80), Some(200), None] {
        let text = shown(&selected, &LastChanges::default(), &style(width));
        assert!(text.len() < 100_000, "{width:?}: {} bytes", text.len());
        assert!(text.contains("nnn…") && text.contains("extra") && text.contains("nixpkgs"), "{width:?}");
    }
}
