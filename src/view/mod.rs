//! Words: values and a style in, text out. No file, git, clock or terminal in here.
//!
//! Everything that comes from a commit, a lock or a store passes through [`plain`] on its way out, so that nobody's
//! control characters reach a terminal.

mod ascii;
pub mod changes;
pub mod diff;
pub mod doctor;
pub mod generations;
pub mod json;
pub mod lines;
pub mod log;
pub mod packages;
pub mod reconstruction;
pub mod restore;
pub mod show;
pub mod status;
mod words;

#[cfg(test)]
mod golden;
#[cfg(test)]
mod made_up;

use std::borrow::Cow;
use std::fmt::Write as _;

use chrono::{DateTime, FixedOffset, Local, Timelike as _, Utc};
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

pub use ascii::ascii;
pub use words::{age, tracking};

/// Whose clock dates are shown by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zone {
    /// The user's.
    Local,
    /// Coordinated universal time (`--utc`).
    Utc,
}

impl Zone {
    /// The moment by this clock. Dates beyond the calendar become its first day.
    #[must_use]
    pub fn moment(self, seconds: i64) -> DateTime<FixedOffset> {
        let utc = DateTime::<Utc>::from_timestamp(seconds, 0).unwrap_or_default();
        match self {
            Self::Local => utc.with_timezone(&Local).fixed_offset(),
            Self::Utc => utc.fixed_offset(),
        }
    }
}

/// How to write: what the terminal can, and what the user wants.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// Whether to colour.
    pub color: bool,
    /// Whether the terminal makes links of OSC 8 sequences.
    pub links: bool,
    /// How many columns a line may take; `None` for a pipe or file, where nothing is cut.
    pub width: Option<usize>,
    /// By whose clock.
    pub zone: Zone,
    /// How many hex digits of a commit id to show.
    pub abbreviation: usize,
    /// The present in seconds since 1970 UTC, for ages.
    pub now: i64,
}

/// What a piece of text is, which decides its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Text as it is.
    Plain,
    /// A commit id.
    Commit,
    /// Something that is only there for orientation.
    Dim,
    /// A heading.
    Heading,
    /// A new state.
    Changed,
    /// A state that is older than the one before.
    Back,
    /// Something that was added.
    Added,
    /// Something that was removed.
    Removed,
    /// Something that comes from elsewhere than before.
    Retargeted,
    /// Something that is wrong.
    Problem,
    /// Words of a line that went.
    RemovedWords,
    /// Words of a line that came.
    AddedWords,
}

impl Role {
    /// The parameters of the SGR sequence. Only colours that every terminal and theme has, and none that is lost on
    /// white: of what is set in bold, many make the bright one.
    fn sgr(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Commit => "33",
            Self::Dim => "2",
            Self::Heading => "1;4",
            Self::Changed => "1",
            Self::Back => "1;35",
            Self::Added => "32",
            Self::Removed | Self::Problem => "31",
            Self::Retargeted => "4;35",
            Self::RemovedWords => "7;31",
            Self::AddedWords => "7;32",
        }
    }
}

impl Style {
    /// The text in its colour.
    #[must_use]
    pub fn paint<'t>(&self, role: Role, text: impl Into<Cow<'t, str>>) -> Cow<'t, str> {
        let text = text.into();
        if !self.color || text.is_empty() || role == Role::Plain {
            return text;
        }
        Cow::Owned(format!("\x1b[{}m{text}\x1b[0m", role.sgr()))
    }

    /// The text as a link, where the terminal can and there is one.
    #[must_use]
    pub fn link<'t>(&self, target: Option<&str>, text: impl Into<Cow<'t, str>>) -> Cow<'t, str> {
        let text = text.into();
        match target.filter(|_| self.links) {
            Some(target) => Cow::Owned(format!("\x1b]8;;{}\x1b\\{text}\x1b]8;;\x1b\\", link_target(target))),
            None => text,
        }
    }

    /// The day: `2026-01-31`.
    #[must_use]
    pub fn day(&self, seconds: i64) -> String {
        let mut text = String::with_capacity(10);
        words::push_date(self.zone.moment(seconds).date_naive(), &mut text);
        text
    }

    /// The day and the time: `2026-01-31 14:03`.
    #[must_use]
    pub fn minute(&self, seconds: i64) -> String {
        let moment = self.zone.moment(seconds).naive_local();
        let mut text = String::with_capacity(16);
        words::push_date(moment.date(), &mut text);
        for (before, number) in [(' ', moment.hour()), (':', moment.minute())] {
            text.push(before);
            words::push_two(number, &mut text);
        }
        text
    }
}

/// A URI may hold only printable ASCII inside the sequence; everything else is percent-encoded.
fn link_target(target: &str) -> String {
    let mut safe = String::with_capacity(target.len());
    for byte in target.bytes() {
        if byte.is_ascii_graphic() {
            safe.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(safe, "%{byte:02X}");
        }
    }
    safe
}

/// The text without anything that a terminal would obey: control characters become their pictures, characters that
/// turn the direction of writing or are not to be seen become `U+FFFD`.
#[must_use]
pub fn plain(text: &str) -> Cow<'_, str> {
    // Most is plain ASCII, and of that more than one byte is looked at in one go.
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) || !text.chars().any(is_unsafe) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(|c| if is_unsafe(c) { picture(c) } else { c }).collect())
}

/// The same for a text of several lines, which stay lines.
#[must_use]
pub fn plain_lines(text: &str) -> String {
    text.split('\n').map(plain).collect::<Vec<_>>().join("\n")
}

/// Whether a character must not be written as it is.
#[must_use]
pub fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
        || matches!(c, '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

fn picture(c: char) -> char {
    match c {
        '\t' => ' ',
        '\0'..='\x1f' => char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}'),
        '\x7f' => '\u{2421}',
        _ => '\u{fffd}',
    }
}

/// How many columns a text takes on a terminal.
#[must_use]
pub fn width(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.width() }
}

/// The text cut to so many columns, with a sign where it was cut.
#[must_use]
pub fn fit(text: &str, columns: usize) -> Cow<'_, str> {
    if width(text) <= columns {
        return Cow::Borrowed(text);
    }
    let mut cut = String::new();
    let mut used = 0;
    for c in text.chars() {
        let wide = c.width().unwrap_or(0);
        if used + wide + 1 > columns {
            break;
        }
        used += wide;
        cut.push(c);
    }
    // Together, characters may take more columns than one by one: a selector turns a sign into a wide picture.
    while width(&cut) + 1 > columns && cut.pop().is_some() {}
    if columns > 0 {
        cut.push('…');
    }
    Cow::Owned(cut)
}

/// A text broken at blanks into lines of so many columns; a word that is wider is cut.
#[must_use]
pub fn wrapped(text: &str, columns: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    // Of the last line; measured word by word, as a line may be without end.
    let mut taken = 0;
    for word in text.split(' ') {
        let word = fit(word, columns);
        let needed = width(&word);
        match lines.last_mut() {
            Some(line) if line.is_empty() => {
                line.push_str(&word);
                taken = needed;
            }
            Some(line) if taken + 1 + needed <= columns => {
                line.push(' ');
                line.push_str(&word);
                taken += 1 + needed;
            }
            _ => {
                lines.push(word.into_owned());
                taken = needed;
            }
        }
    }
    lines
}

/// The blanks that fill a text up to so many columns.
#[must_use]
pub fn blanks(text: &str, columns: usize) -> &'static str {
    const BLANKS: &str = "                                                                                ";
    let missing = columns.saturating_sub(width(text)).min(BLANKS.len());
    BLANKS.get(..missing).unwrap_or(BLANKS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_a_terminal_obeys_gets_through() {
        for (text, shown) in [
            ("fine – ok", "fine – ok"),
            ("a\x1b[31mb", "a␛[31mb"),
            ("a\nb\tc\r", "a␊b c␍"),
            ("\u{9b}31m", "\u{fffd}31m"),
            ("\x7f", "␡"),
            ("abc\u{202e}def", "abc\u{fffd}def"),
            ("e\u{301}", "e\u{301}"),
        ] {
            assert_eq!(plain(text), shown);
        }
    }

    #[test]
    fn cutting_counts_columns_and_leaves_a_sign() {
        for (text, columns, cut) in [
            ("abc", 3, "abc"),
            ("abcd", 3, "ab…"),
            ("日本語", 6, "日本語"),
            ("日本語", 5, "日本…"),
            ("日本語", 4, "日…"),
            ("e\u{301}e\u{301}e\u{301}", 2, "e\u{301}…"),
            ("❤\u{fe0f}❤\u{fe0f}❤\u{fe0f}", 5, "❤\u{fe0f}❤\u{fe0f}…"),
            ("❤\u{fe0f}❤\u{fe0f}❤\u{fe0f}", 4, "❤\u{fe0f}❤…"),
            ("abc", 1, "…"),
            ("abc", 0, ""),
        ] {
            let fitted = fit(text, columns);
            assert_eq!(fitted, cut);
            assert!(width(&fitted) <= columns);
        }
    }

    #[test]
    fn links_cannot_be_broken_out_of() {
        assert_eq!(link_target("https://x/\x1b\\ü"), "https://x/%1B\\%C3%BC");
        let style =
            Style { color: false, links: true, width: None, zone: Zone::Utc, abbreviation: 7, now: 0 };
        assert_eq!(style.link(Some("https://x"), "t"), "\x1b]8;;https://x\x1b\\t\x1b]8;;\x1b\\");
        assert_eq!(style.link(None, "t"), "t");
    }

    #[test]
    fn dates_beyond_the_calendar_do_not_matter() {
        let style =
            Style { color: false, links: false, width: None, zone: Zone::Utc, abbreviation: 7, now: 0 };
        assert_eq!(style.day(i64::MAX), "1970-01-01");
        assert_eq!(style.minute(1_700_000_000), "2023-11-14 22:13");
    }
}
