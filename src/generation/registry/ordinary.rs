//! A registry such as nearly all are, read in one go, without a generic JSON tree in between: objects of text, numbers
//! and flags where they are expected.
//!
//! Anything else gives `None`, and the careful way takes it or leaves it.

use std::borrow::Cow;

use crate::scan::Scanner;

use super::{Flake, Reference};

/// What each flake is given `from` and leads `to`.
pub(super) fn flakes(text: &str) -> Option<Vec<Flake<'_>>> {
    let mut scanner = Scanner::new(text);
    let mut flakes = None;
    scanner.members(|scanner, name| match name {
        "flakes" => scanner.list(flake).map(|list| flakes = Some(list)),
        _ => plain(scanner).map(drop),
    })?;
    scanner.end()?;
    flakes
}

fn flake<'t>(scanner: &mut Scanner<'t>) -> Option<Flake<'t>> {
    let (mut from, mut to) = (None, None);
    scanner.members(|scanner, name| match name {
        "from" => reference(scanner).map(|reference| from = Some(reference)),
        "to" => reference(scanner).map(|reference| to = Some(reference)),
        _ => plain(scanner).map(drop),
    })?;
    Some((from, to))
}

/// Of each name the last value counts.
fn reference<'t>(scanner: &mut Scanner<'t>) -> Option<Reference<'t>> {
    let mut reference = Reference::default();
    scanner.members(|scanner, name| {
        let value = plain(scanner)?;
        let text = match value {
            Plain::Text(text) => Some(Cow::Borrowed(text)),
            Plain::Number(_) | Plain::Flag => None,
        };
        match name {
            "id" => reference.id = text,
            "path" => reference.path = text,
            "rev" => reference.rev = text,
            "narHash" => reference.nar_hash = text,
            "lastModified" => {
                reference.last_modified = match value {
                    Plain::Number(number) => Some(number),
                    Plain::Text(_) | Plain::Flag => None,
                };
            }
            _ => {}
        }
        Some(())
    })?;
    Some(reference)
}

/// A value without parts.
enum Plain<'t> {
    Text(&'t str),
    Number(u64),
    Flag,
}

fn plain<'t>(scanner: &mut Scanner<'t>) -> Option<Plain<'t>> {
    match scanner.peek()? {
        b'"' => scanner.string().map(Plain::Text),
        b't' | b'f' => scanner.flag().map(|_| Plain::Flag),
        _ => scanner.number().map(Plain::Number),
    }
}
