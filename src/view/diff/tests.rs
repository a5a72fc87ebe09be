//! A difference in every form and at every width.

use std::io::{self, Write};
use std::sync::Arc;

use super::*;
use crate::history::State;
use crate::lock::{Decoder, compare, compare_as_nix};
use crate::view::golden::{check, within, without_escapes};
use crate::view::json;
use crate::view::made_up::{commit, id, lock, style};

/// A configuration before and after a busy month: everything happens once.
const BEFORE: &str = "nixpkgs@a1+0#nixos-25.05 home-manager@b1+2 home-manager/nixpkgs>nixpkgs disko@c1+10 \
    disko/nixpkgs>nixpkgs sops-nix@d1+1 sops-nix/nixpkgs@e1+0 deploy@f1+3 deploy/utils@11+3 deploy/utils/systems@12+1 \
    deploy/compat@13+9 gone@14+4 gone/systems@15+1 !quirks@16- stays@17+1 named@18+1#a a-flake-with-a-long-name@19+1 \
    a-flake-with-a-long-name/and-its-input@1a+1";
const AFTER: &str = "nixpkgs@a2+31#nixos-25.11 home-manager@b2+33 home-manager/nixpkgs>nixpkgs disko@c2+5 \
    disko/nixpkgs>nixpkgs sops-nix@d1+1 sops-nix/nixpkgs>nixpkgs deploy@f2+20 deploy/utils@21+19 \
    deploy/utils/systems@22+18 deploy/compat@33+2 niri@24+30 niri/nixpkgs>nixpkgs niri/systems@25+1 !quirks@26- \
    stays@17+1 named@18+1#b a-flake-with-a-long-name@19+1 a-flake-with-a-long-name/and-its-input@1b+2";

fn selected(lock: Lock, number: usize, subject: &str) -> Selected {
    let state = State::Readable(Arc::new(lock));
    Selected::made(Some(commit(number, subject)), "flake.lock", id(subject), state)
}

/// The lock in words, with other contents for its input `stays`.
fn tampered(words: &str) -> Lock {
    let nodes = serde_json::json!({
        "root": {"inputs": {"stays": "stays"}},
        "stays": {
            "locked": {"type": "github", "owner": "nix-community", "repo": "stays", "rev": words.repeat(20),
                       "lastModified": 1_767_312_000, "narHash": "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="},
            "original": {"type": "github", "owner": "nix-community", "repo": "stays"}
        }
    });
    let text = serde_json::json!({"nodes": nodes, "root": "root", "version": 7}).to_string();
    Decoder::new().decode(text.as_bytes()).unwrap()
}

type Form = fn(&Difference<'_>, &Style, &mut dyn Write) -> io::Result<()>;

fn written(difference: &Difference<'_>, form: Form, style: &Style) -> String {
    let mut out = Vec::new();
    form(difference, style, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// The difference of two committed locks.
fn between<'s>(from: &'s Selected, to: &'s Selected, with_all: bool) -> Difference<'s> {
    Difference {
        path: "flake.lock",
        from: End { target: "lock~1", what: What::Lock(from), confidence: None },
        to: End { target: "HEAD", what: What::Lock(to), confidence: None },
        changes: compare(from.state.lock(), to.state.lock()),
        unknown: Vec::new(),
        is_written_differently: from.lock_id != to.lock_id,
        with_all,
        is_chosen: false,
    }
}

fn busy() -> (Selected, Selected) {
    (
        selected(lock(BEFORE), 1, "Add deploy"),
        selected(lock(AFTER), 12, "A month of updates, a branch and a revert"),
    )
}

#[test]
fn the_summary_at_every_width() {
    let (from, to) = busy();
    let mut text = String::new();
    for width in [Some(24), Some(40), Some(56), Some(80), Some(120), Some(200), None] {
        let shown = written(&between(&from, &to, false), summary, &style(width));
        text += &format!("{width:?}\n{}\n", within(width, shown));
    }
    let shown = written(&between(&from, &to, true), summary, &style(Some(120)));
    text += &format!("every input\n{}", within(Some(120), shown));
    check("diff.txt", &text);
}

#[test]
fn colours_and_links_only_add() {
    let (from, to) = busy();
    let (alarm_from, alarm_to) = (selected(lock("stays@a1+1"), 1, "a"), selected(tampered("a1"), 2, "b"));
    let painted = Style { color: true, links: true, ..style(Some(120)) };
    let mut text = String::new();
    for difference in [between(&from, &to, false), between(&alarm_from, &alarm_to, false)] {
        for form in [summary as Form, stat, nix] {
            let coloured = written(&difference, form, &painted);
            assert_eq!(without_escapes(&coloured), written(&difference, form, &style(Some(120))));
            text += &format!("{coloured}\n");
        }
    }
    check("diff-colour.txt", &text);
}

#[test]
fn every_other_form() {
    let (from, to) = busy();
    let mut text = String::new();
    let difference = between(&from, &to, false);
    for (name, form) in [("stat", stat as Form), ("names", names), ("markdown", markdown)] {
        text += &format!("{name}\n{}\n", within(None, written(&difference, form, &style(None))));
    }
    let as_nix = Difference { changes: compare_as_nix(from.state.lock(), to.state.lock()), ..difference };
    text += &format!("nix\n{}", within(None, written(&as_nix, nix, &style(None))));
    text += &format!(
        "stat, 40 columns\n{}",
        within(Some(40), written(&between(&from, &to, false), stat, &style(Some(40))))
    );
    check("diff-forms.txt", &text);
    check("diff.json", &written(&between(&from, &to, false), json::diff, &style(None)));
}

#[test]
fn an_alarm_stands_on_top_with_both_hashes() {
    let (from, to) = (selected(lock("a@b1+5 stays@a1+1"), 1, "a"), selected(tampered("a1"), 2, "b"));
    let difference = between(&from, &to, false);
    let mut text = String::new();
    for width in [Some(80), None] {
        text += &format!("{width:?}\n{}\n", within(width, written(&difference, summary, &style(width))));
    }
    text += &written(&difference, markdown, &style(None));
    check("diff-alarm.txt", &text);
}

#[test]
fn what_a_side_is_when_it_is_no_commit() {
    let words = "nixpkgs@a1+0 disko@c1+10";
    let committed = selected(lock(words), 1, "Start");
    let file = Selected::made(None, "/etc/nixos/flake.lock", None, State::Readable(Arc::new(lock(words))));
    let mut generation = selected(lock(words), 2, "Update");
    generation.remark = Some("the lock of generation 41 (exact)".to_owned());
    let mut kept = file.clone();
    kept.remark = Some("the lock of generation 40 (lock exact)".to_owned());
    let other = lock("nixpkgs@a2+9");
    let ends = [
        ("HEAD", What::Lock(&committed)),
        ("worktree", What::Worktree(&committed, None)),
        ("worktree", What::Worktree(&committed, Some(Tracking::Modified))),
        ("worktree", What::Worktree(&committed, Some(Tracking::Untracked))),
        ("file:flake.lock", What::Lock(&file)),
        ("index", What::Lock(&file)),
        ("gen:41", What::Lock(&generation)),
        ("gen:40", What::Lock(&kept)),
        ("gen:39", What::Reconstruction("generation 39".to_owned(), &other)),
        ("HEAD", What::Nothing("there is no commit yet".to_owned())),
    ];
    let mut text = String::new();
    for (target, what) in ends {
        let from = End { target: "HEAD", what: What::Lock(&committed), confidence: None };
        let to = End { target, what, confidence: None };
        let changes = compare(from.lock(), to.lock());
        let unknown = if target == "gen:39" { vec![InputPath::new(["disko"])] } else { Vec::new() };
        let difference = Difference {
            path: "hosts/a/flake.lock",
            from,
            to,
            changes,
            unknown,
            is_written_differently: target == "gen:41",
            with_all: false,
            is_chosen: false,
        };
        text += &format!("{}\n", within(Some(80), written(&difference, summary, &style(Some(80)))));
    }
    check("diff-sides.txt", &text);
}

#[test]
fn nothing_from_a_lock_gets_through_to_terminal_or_page() {
    let words = |rev: &str| {
        format!(
            "\u{1b}[31mred@{rev}+1 a|b`c<b>@{rev}+1 ]x](y)@{rev}+1 \u{202e}desrever@{rev}+1 x@11+1 x/``@{rev}+1"
        )
    };
    let subject = "`<img src=x>` @someone #1 | \u{1b}]0;title\u{7}";
    let (from, to) = (selected(lock(&words("a1")), 1, subject), selected(lock(&words("a2")), 2, "|`|"));
    let difference = between(&from, &to, false);
    let mut text = String::new();
    for form in [summary as Form, stat, names, nix, markdown] {
        text += &format!("{}\n", within(None, written(&difference, form, &style(None))));
    }
    check("diff-odd.txt", &text);
}

#[test]
fn the_patch_marks_the_words_that_changed() {
    let (old, new) = (
        "{\n  \"a\": 1,\n  \"rev\": \"one two\",\n  \"b\": 2,\n  \"c\": 3,\n  \"d\": 4\n}\n",
        "{\n  \"a\": 1,\n  \"rev\": \"one 2\",\n  \"b\": 2,\n  \"c\": 3,\n  \"\u{1b}d\": 4\n}",
    );
    let (from, to) = busy();
    let difference = between(&from, &to, false);
    let shown = |style: &Style, old: &str, new: &str| {
        let mut out = Vec::new();
        patch(&difference, old.as_bytes(), new.as_bytes(), style, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    };
    let bare = shown(&style(None), old, new);
    let painted = shown(&Style { color: true, ..style(None) }, old, new);
    assert_eq!(without_escapes(&painted), bare);
    check("diff-patch.txt", &format!("{bare}\n{painted}"));
    assert_eq!(shown(&style(None), old, old), "");
    let added = shown(&style(None), "", "x\n");
    assert!(added.contains("@@ -0,0 +1 @@\n+x\n"), "{added}");
}

#[test]
fn distances_are_told_in_the_unit_that_fits() {
    let at = |attributes: &str| {
        let place = r#""type":"github","owner":"o","repo":"r""#;
        let text = format!(
            r#"{{"nodes":{{"x":{{"locked":{{{place},{attributes}}},"original":{{{place}}}}},"root":{{"inputs":{{"x":"x"}}}}}},
            "root":"root","version":7}}"#
        );
        Decoder::new().decode(text.as_bytes()).unwrap()
    };
    let dated = |rev: &str, seconds: u64| at(&format!(r#""rev":"{rev}","lastModified":{seconds}"#));
    const NOON: u64 = 1_767_268_800;
    for (old, new, expected) in [
        (NOON, NOON + 34 * 86_400, Some("+34 days")),
        (NOON + 35 * 86_400, NOON, Some("-35 days")),
        // The days that are shown count, not how many times 24 hours lie between.
        (NOON, NOON + 13 * 3600, Some("+1 day")),
        (NOON, NOON + 5 * 3600, Some("+5 hours")),
        (NOON + 3600, NOON, Some("-1 hour")),
        (NOON, NOON + 61, Some("+1 minute")),
        (NOON + 5, NOON, Some("-1 minute")),
        (NOON, NOON, Some("same date")),
        (0, NOON, None),
    ] {
        let changes = compare(Some(&dated("a", old)), Some(&dated("b", new)));
        assert_eq!(distance(&changes[0]).as_deref(), expected, "{old} → {new}");
    }
    let counted = |rev: &str, count: u64| at(&format!(r#""rev":"{rev}","revCount":{count}"#));
    for (old, new, expected) in [(7, 9, "+2 commits"), (9, 8, "-1 commit")] {
        let changes = compare(Some(&counted("a", old)), Some(&counted("b", new)));
        assert_eq!(distance(&changes[0]).as_deref(), Some(expected));
    }
}
