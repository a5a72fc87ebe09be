use crate::view::Zone;
use crate::view::golden;
use crate::view::json;

use super::*;

fn change<'p>(kind: Kind, name: &'p str, from: &[&'p str], to: &[&'p str], bytes: i64) -> PackageChange<'p> {
    PackageChange { name, kind, from: from.to_vec(), to: to.to_vec(), bytes: Some(bytes) }
}

fn changes() -> Vec<PackageChange<'static>> {
    vec![
        change(Kind::Down, "openssl", &["3.5.2"], &["3.4.9"], -123_456),
        change(Kind::Changed, "python3", &["3.12.8", "3.13.1"], &["3.13.1"], -98_765_432),
        change(Kind::Up, "firefox", &["141.0"], &["142.0.1"], 2_516_582),
        change(Kind::Up, "nixos-system-desk", &["26.05.20260422.0726a0e"], &["26.11.20260819.ffb3c9b"], 0),
        change(Kind::Up, "system-path", &[""], &["2"], 12),
        change(Kind::Added, "niri", &[], &["25.08"], 31_457_280),
        change(Kind::Added, "unit-niri.service", &[], &[""], 1023),
        change(Kind::Removed, "gnome-shell", &["48.4"], &[], -1_181_116_006),
        change(Kind::Rebuilt, "glibc", &["2.40-66"], &["2.40-66"], 4096),
    ]
}

fn packages<'s>(changes: &'s [PackageChange<'s>], paths: [&'s str; 2]) -> Packages<'s> {
    let [from, to] = paths;
    Packages {
        from: System {
            target: "gen:41",
            name: "generation 41".to_owned(),
            generation: Some(41),
            created: 1_785_616_200,
            path: from,
        },
        to: System {
            target: "gen:running",
            name: "the running system".to_owned(),
            generation: None,
            created: 1_787_334_600,
            path: to,
        },
        changes,
    }
}

const STYLE: Style =
    Style { color: false, links: false, width: None, zone: Zone::Utc, abbreviation: 7, now: 1_788_004_800 };

fn written(packages: &Packages<'_>, style: &Style) -> String {
    let mut out = Vec::new();
    summary(packages, style, &mut out).unwrap();
    golden::within(style.width, String::from_utf8(out).unwrap())
}

#[test]
fn the_summary_at_several_widths() {
    let changes = changes();
    let packages = packages(&changes, ["/a", "/b"]);
    let mut text = String::new();
    for columns in [None, Some(80), Some(50), Some(20)] {
        let style = Style { width: columns, ..STYLE };
        text.push_str(&format!("== {columns:?}\n{}\n", written(&packages, &style)));
    }
    text.push_str("== colour\n");
    text.push_str(&written(&packages, &Style { color: true, ..STYLE }));
    golden::check("packages.txt", &text);
}

#[test]
fn what_is_to_be_said_when_no_version_changed() {
    for (changes, paths, expected) in [
        (vec![], ["/a", "/a"], "no difference: both are the same system\n"),
        (vec![], ["/a", "/b"], "no difference\n"),
        (
            vec![change(Kind::Rebuilt, "a", &["1"], &["1"], 0)],
            ["/a", "/b"],
            "no package is of another version\n1 package rebuilt at the same version\ntogether +0 B\n",
        ),
        (
            vec![PackageChange { bytes: None, ..change(Kind::Up, "a", &["1"], &["2"], 0) }],
            ["/a", "/b"],
            "  a  1 → 2\n\n1 package changed: 1 up\n",
        ),
    ] {
        let text = written(&packages(&changes, paths), &STYLE);
        assert_eq!(text.split_once("\n\n").unwrap().1, expected);
    }
}

#[test]
fn names_from_a_store_do_not_reach_the_terminal_raw() {
    let changes = [change(Kind::Up, "a\x1b[31m", &["1\u{202e}"], &["2\n"], 0)];
    for columns in [None, Some(30)] {
        written(&packages(&changes, ["/a", "/b"]), &Style { width: columns, ..STYLE });
    }
}

#[test]
fn the_document() {
    let changes = changes();
    let mut out = Vec::new();
    json::packages(&packages(&changes, ["/nix/store/a", "/nix/store/b"]), &STYLE, &mut out).unwrap();
    golden::check("packages.json", &String::from_utf8(out).unwrap());
}

#[test]
fn sizes_are_told_in_the_unit_that_fits() {
    for (bytes, text) in [
        (0, "+0 B"),
        (-1023, "-1023 B"),
        (1024, "+1.0 KiB"),
        (1_048_575, "+1.0 MiB"),
        (123_456, "+120.6 KiB"),
        (-1_181_116_006, "-1.1 GiB"),
        (i64::MIN, "-8388608.0 TiB"),
    ] {
        assert_eq!(size(bytes), text);
    }
}
