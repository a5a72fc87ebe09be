//! A lock as text of which a line says one input, for programs that compare lines.

use std::io::{self, Write};

use crate::lock::{Lock, Node, Pin, Source};

use super::{plain, words};

/// As much of a hash as nobody finds a second text for.
const DIGITS: usize = 24;
/// Between two columns. They are not aligned: a longer name elsewhere must not change a line.
const GAP: &str = "  ";

/// Writes a line for each input, parents before children, sorted by name: its path, what it is locked to, where that is
/// from, and the beginning of the hash of its contents. Of an input that [`crate::lock::compare`] calls changed the line is
/// another one.
///
/// # Errors
/// When the writer fails.
pub fn lines(lock: &Lock, out: &mut dyn Write) -> io::Result<()> {
    for notice in lock.notices() {
        writeln!(out, "# {}", plain(&notice.to_string()))?;
    }
    for (path, _) in lock.inputs() {
        let Some(pin) = lock.pin(&path) else { continue };
        let what = match pin {
            Pin::Follows(_) => words::pin(pin),
            Pin::Own(node) => own(node),
        };
        writeln!(out, "{}{GAP}{what}", words::path(&path))?;
    }
    Ok(())
}

fn own(node: &Node) -> String {
    let locked = node.locked();
    let hash = locked.and_then(Source::nar_hash).map(|hash| {
        let digits = plain(hash);
        let (kind, digits) = digits.split_once(['-', ':']).unwrap_or(("", &digits));
        format!("{kind}-{}", digits.chars().take(DIGITS).collect::<String>())
    });
    let columns = [
        locked.map(words::state),
        Some(origin(node)),
        (!node.is_flake()).then(|| "flake = false".to_owned()),
        hash,
    ];
    columns.into_iter().flatten().collect::<Vec<_>>().join(GAP)
}

/// Where it comes from: as `flake.nix` says it, and what that led to where it does not say so itself.
fn origin(node: &Node) -> String {
    let place = node.locked().map(|source| without(source, &["rev", "narHash"]));
    let Some(original) = node.original() else { return place.unwrap_or_default() };
    let asked = plain(&original.url()).into_owned();
    match place {
        Some(place) if place != asked && place != without(original, &["rev", "narHash", "ref"]) => {
            format!("{asked} → {place}")
        }
        _ => asked,
    }
}

/// The URL of a source without some of its attributes.
fn without(source: &Source, names: &[&str]) -> String {
    let kept = source.attributes().filter(|(name, _)| !names.contains(name));
    let bare = Source::new(kept);
    plain(&bare.url()).into_owned()
}

#[cfg(test)]
mod tests;
