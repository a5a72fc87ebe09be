//! Golden texts: what a view wrote once, when somebody looked at it and found it good (`fixtures/golden/`).

use std::path::PathBuf;

use similar::TextDiff;

use super::width;

/// Compares a text with the golden one of this name. With `BLESS=1` in the environment it becomes the golden one.
///
/// Escape sequences are written with `␛`, so that the files can be looked at.
pub(super) fn check(name: &str, text: &str) {
    let text = text.replace('\x1b', "␛");
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/golden").join(name);
    #[expect(clippy::disallowed_methods, reason = "a test has no `cli::world` to ask")]
    if std::env::var_os("BLESS").is_some_and(|bless| bless == "1") {
        std::fs::write(&path, text).unwrap();
        return;
    }
    let golden = std::fs::read_to_string(&path).unwrap_or_default();
    if golden != text {
        let diff = TextDiff::from_lines(&golden, &text);
        let diff = diff.unified_diff().context_radius(2).header("golden", "now").to_string();
        panic!("{name} is another text than before; if it is better, bless it with BLESS=1:\n{diff}");
    }
}

/// The text after making sure that none of its lines is wider than so many columns.
#[track_caller]
pub(super) fn within(columns: Option<usize>, text: String) -> String {
    let columns = columns.unwrap_or(usize::MAX);
    for line in text.lines() {
        let bare = without_escapes(line);
        assert!(width(&bare) <= columns, "{} of {columns} columns: {line}", width(&bare));
        assert!(!bare.chars().any(super::is_unsafe), "something gets through: {line:?}");
        assert_eq!(bare.trim_end(), bare, "blanks at the end");
    }
    text
}

/// The text without colours and links.
pub(super) fn without_escapes(text: &str) -> String {
    let mut bare = String::new();
    let mut rest = text;
    while let Some((before, sequence)) = rest.split_once('\x1b') {
        bare.push_str(before);
        let end = match sequence.as_bytes()[0] {
            b'[' => sequence.find('m').unwrap() + 1,
            b']' => sequence.find("\x1b\\").unwrap() + 2,
            other => panic!("a sequence that begins with {other}"),
        };
        rest = sequence.get(end..).unwrap();
    }
    bare + rest
}
