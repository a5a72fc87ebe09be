//! The packages of two systems compared, as JSON.

use std::io::{self, Write};

use crate::closure::{Kind, PackageChange};
use crate::view::Style;
use crate::view::packages::{Packages, System};

use super::{Json, VERSION, rfc_3339};

/// The word of each kind.
const KINDS: [(Kind, &str); 6] = [
    (Kind::Up, "up"),
    (Kind::Down, "down"),
    (Kind::Changed, "changed"),
    (Kind::Added, "added"),
    (Kind::Removed, "removed"),
    (Kind::Rebuilt, "rebuilt"),
];

/// Writes what changed as a document, packages that were only rebuilt included.
///
/// # Errors
/// When the writer fails.
pub fn packages(packages: &Packages<'_>, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let mut json = Json::new(out);
    let json = &mut json;
    json.open("{")?;
    json.number("version", VERSION)?;
    for (key, side) in [("from", &packages.from), ("to", &packages.to)] {
        json.key(key)?;
        system(json, side, style)?;
    }
    json.key("packages")?;
    json.open("[")?;
    for one in packages.changes {
        json.line()?;
        change(json, one)?;
    }
    json.close("]")?;
    bytes(json, packages.bytes())?;
    json.key("counts")?;
    json.open("{")?;
    for (kind, word) in KINDS {
        json.number(word, u64::try_from(packages.count(kind)).unwrap_or(u64::MAX))?;
    }
    json.close("}")?;
    json.close("}")?;
    json.raw("\n")
}

fn system(json: &mut Json<'_>, system: &System<'_>, style: &Style) -> io::Result<()> {
    json.open("{")?;
    json.member("target", Some(system.target))?;
    match system.generation {
        Some(number) => json.number("generation", number)?,
        None => json.member("generation", None)?,
    }
    json.member("date", Some(&rfc_3339(style.zone.moment(system.created))))?;
    json.member("storePath", Some(system.path))?;
    json.close("}")
}

fn change(json: &mut Json<'_>, change: &PackageChange<'_>) -> io::Result<()> {
    json.open("{")?;
    json.member("name", Some(change.name))?;
    json.member("kind", KINDS.iter().find(|(kind, _)| *kind == change.kind).map(|(_, word)| *word))?;
    for (key, versions) in [("from", &change.from), ("to", &change.to)] {
        json.key(key)?;
        json.open("[")?;
        for version in versions {
            json.string(version)?;
        }
        json.close("]")?;
    }
    bytes(json, change.bytes)?;
    json.close("}")
}

fn bytes(json: &mut Json<'_>, bytes: Option<i64>) -> io::Result<()> {
    match bytes {
        Some(bytes) => json.signed("bytes", bytes),
        None => json.member("bytes", None),
    }
}
