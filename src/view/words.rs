//! The words for values of the domain, the same in every view.

use std::fmt::Write as _;

use chrono::{Datelike as _, NaiveDate};

use crate::history::Tracking;
use crate::lock::{InputPath, Pin, Side, Source};

use super::{Style, plain};

/// How long ago: `today`, `3 days ago`, `5 months ago`.
#[must_use]
pub fn age(seconds: i64, now: i64) -> String {
    const DAY: i64 = 24 * 60 * 60;
    let days = now.saturating_sub(seconds).div_euclid(DAY);
    let ago = |number: i64, unit: &str| format!("{number} {unit}{} ago", if number == 1 { "" } else { "s" });
    match days {
        i64::MIN..=-2 => "in the future".to_owned(),
        -1..=0 => "today".to_owned(),
        1..=13 => ago(days, "day"),
        14..=59 => ago(days / 7, "week"),
        60..=729 => ago(days * 12 / 365, "month"),
        _ => ago(days / 365, "year"),
    }
}

/// The revision cut to seven digits as Nix does, or the beginning of the hash where there is no revision.
pub(super) fn short_version(source: &Source) -> String {
    let mut version = String::with_capacity(8);
    push_short_version(source, &mut version);
    version
}

fn push_short_version(source: &Source, out: &mut String) {
    match (source.rev(), source.nar_hash()) {
        (Some(rev), _) => out.push_str(&plain(beginning(rev, 7))),
        (None, Some(hash)) => {
            let hash = hash.strip_prefix("sha256-").or_else(|| hash.strip_prefix("sha256:")).unwrap_or(hash);
            out.push('#');
            out.push_str(&plain(beginning(hash, 6)));
        }
        (None, None) => out.push_str("unlocked"),
    }
}

/// The first characters of a text.
fn beginning(text: &str, characters: usize) -> &str {
    let end = text.char_indices().nth(characters).map_or(text.len(), |(end, _)| end);
    text.get(..end).unwrap_or(text)
}

/// The day of the revision in UTC, as Nix writes it; nothing when it is not known.
pub(super) fn locked_day(source: &Source) -> Option<String> {
    day(source.date()?)
}

/// A moment's day in UTC, as Nix writes it; nothing beyond the calendar.
pub(super) fn day(seconds: u64) -> Option<String> {
    let seconds = i64::try_from(seconds).ok()?;
    let moment = chrono::DateTime::<chrono::Utc>::from_timestamp(seconds, 0)?;
    let mut day = String::with_capacity(10);
    push_date(moment.date_naive(), &mut day);
    Some(day)
}

/// Appends `2026-01-31`. Made for every change of a history, and therefore by hand: the same as by `%Y-%m-%d`.
pub(super) fn push_date(date: NaiveDate, out: &mut String) {
    match u32::try_from(date.year()) {
        Ok(year) if year < 10_000 => {
            push_two(year / 100, out);
            push_two(year % 100, out);
        }
        // Only with a sign.
        _ => drop(write!(out, "{:+05}", date.year())),
    }
    out.push('-');
    push_two(date.month(), out);
    out.push('-');
    push_two(date.day(), out);
}

/// Appends two digits of a number.
pub(super) fn push_two(number: u32, out: &mut String) {
    out.extend([number / 10 % 10, number % 10].map(|digit| char::from_digit(digit, 10).unwrap_or('0')));
}

/// The path as a person reads it; the root flake itself has none.
pub(super) fn path(path: &InputPath) -> String {
    let mut text = String::new();
    push_path(path, &mut text);
    text
}

/// Appends the same.
pub(super) fn push_path(path: &InputPath, out: &mut String) {
    if path.is_root() {
        out.push_str("the flake itself");
    }
    for (n, name) in path.names().enumerate() {
        out.push_str(if n == 0 { "" } else { "/" });
        out.push_str(&plain(name));
    }
}

/// The source in one word: what it is and where, without the revision.
pub(super) fn place(source: &Source) -> String {
    let without_rev = source.attributes().filter(|(name, _)| !matches!(*name, "rev" | "narHash" | "ref"));
    let bare = Source::new(without_rev);
    plain(&bare.url()).into_owned()
}

/// The state of an input in `day version` form, as in a cell of a table.
pub(super) fn state(source: &Source) -> String {
    match locked_day(source) {
        Some(day) => format!("{day} {}", short_version(source)),
        None => short_version(source),
    }
}

/// The same for a column in which revisions stand below each other: where the day is not known its place stays free.
pub(super) fn in_cell(source: &Source) -> String {
    let state = state(source);
    if super::width(&state) <= 7 { format!("{:11}{state}", "") } else { state }
}

/// One side of a change in a few characters.
pub(super) fn side(side: &Side) -> String {
    let mut text = String::with_capacity(8);
    push_side(side, &mut text);
    text
}

/// Appends the same.
pub(super) fn push_side(side: &Side, out: &mut String) {
    match side {
        Side::Own(node) => match node.locked() {
            Some(source) => push_short_version(source, out),
            None => out.push('?'),
        },
        Side::Follows(target) => {
            out.push_str("follows ");
            push_path(target, out);
        }
    }
}

/// What an input is: its source's place, or what it follows.
pub(super) fn pin(pin: Pin<'_>) -> String {
    match pin {
        Pin::Own(node) => node
            .original()
            .or(node.locked())
            .map_or_else(String::new, |source| plain(&source.url()).into_owned()),
        Pin::Follows(target) => format!("follows {}", path(target)),
    }
}

/// What to say of a lock that is not committed.
#[must_use]
pub fn tracking(tracking: Tracking) -> &'static str {
    match tracking {
        Tracking::Modified => "not committed",
        Tracking::Staged => "staged, not committed",
        Tracking::Conflicted => "merge conflict, not committed",
        Tracking::Untracked => "untracked: Nix does not see it",
        Tracking::Ignored => "ignored: Nix does not see it",
    }
}

/// The commit id as this style abbreviates it.
pub(super) fn commit(style: &Style, id: crate::git::CommitId) -> String {
    id.short(style.abbreviation)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_written_as_by_a_format() {
        let dates = (-12_000..12_000).step_by(37).filter_map(|year| NaiveDate::from_yo_opt(year, 300));
        for date in dates.chain((1..=365).filter_map(|day| NaiveDate::from_yo_opt(2026, day))) {
            let mut text = String::new();
            push_date(date, &mut text);
            assert_eq!(text, date.format("%Y-%m-%d").to_string());
        }
    }

    #[test]
    fn ages_are_told_in_the_unit_that_fits() {
        const DAY: i64 = 86_400;
        for (days, text) in [
            (0, "today"),
            (1, "1 day ago"),
            (13, "13 days ago"),
            (14, "2 weeks ago"),
            (59, "8 weeks ago"),
            (61, "2 months ago"),
            (364, "11 months ago"),
            (365, "12 months ago"),
            (730, "2 years ago"),
            (-1, "today"),
            (-30, "in the future"),
        ] {
            assert_eq!(age(0, days * DAY), text);
        }
    }
}
