//! What changed between the packages of two systems, as text.

use std::io::{self, Write};

use crate::closure::{Kind, PackageChange};

use super::{Role, Style, blanks, fit, plain, width};

/// Between two columns.
const GAP: &str = "  ";
/// The column of names leaves at least this to the versions.
const LEAST_VERSIONS: usize = 20;
/// And is itself no narrower than this. Where there is no room for sizes besides, there are none.
const LEAST_NAME: usize = 8;
/// The kinds in the order they are counted in, each with its words.
const KINDS: [(Kind, &str); 5] = [
    (Kind::Up, "up"),
    (Kind::Down, "down"),
    (Kind::Changed, "in other versions"),
    (Kind::Added, "added"),
    (Kind::Removed, "removed"),
];

/// One of two systems.
pub struct System<'s> {
    /// The word it was named by.
    pub target: &'s str,
    /// What it is called: `generation 41`.
    pub name: String,
    /// Its number; `None` for a system that is no generation.
    pub generation: Option<u64>,
    /// When it was made, in seconds since 1970 UTC.
    pub created: i64,
    /// Its place in the store.
    pub path: &'s str,
}

/// What changed from one system to another.
pub struct Packages<'s> {
    /// The system that counts as old.
    pub from: System<'s>,
    /// The one that counts as new.
    pub to: System<'s>,
    /// What changed.
    pub changes: &'s [PackageChange<'s>],
}

impl Packages<'_> {
    /// How many packages are of a kind.
    #[must_use]
    pub fn count(&self, kind: Kind) -> usize {
        self.changes.iter().filter(|change| change.kind == kind).count()
    }

    /// By how many bytes the closure grew; `None` where the size of a path is not known.
    #[must_use]
    pub fn bytes(&self) -> Option<i64> {
        self.changes.iter().try_fold(0_i64, |sum, change| sum.checked_add(change.bytes?))
    }
}

/// Writes both systems, a line for each package that is of another version, and how many there are.
///
/// # Errors
/// When the writer fails.
pub fn summary(packages: &Packages<'_>, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    header(packages, style, out)?;
    let shown: Vec<&PackageChange<'_>> =
        packages.changes.iter().filter(|change| change.kind != Kind::Rebuilt).collect();
    let columns = style.width.unwrap_or(usize::MAX);
    let mut sizes: Vec<String> = shown
        .iter()
        .map(|change| change.bytes.filter(|&bytes| bytes != 0).map(size).unwrap_or_default())
        .collect();
    let names: Vec<_> = shown.iter().map(|change| plain(change.name)).collect();
    let mut widest_size = sizes.iter().map(|size| width(size)).max().unwrap_or(0);
    if columns < 2 + LEAST_NAME + GAP.len() + LEAST_VERSIONS + GAP.len() + widest_size {
        sizes.iter_mut().for_each(String::clear);
        widest_size = 0;
    }
    let left = columns.saturating_sub(2 + 2 * GAP.len() + widest_size + LEAST_VERSIONS).max(LEAST_NAME);
    let left = left.min(columns.saturating_sub(2));
    let widest_name = names.iter().map(|name| width(name)).max().unwrap_or(0).min(left);
    let states: Vec<String> = shown.iter().map(|change| state(change)).collect();
    let room = columns.saturating_sub(2 + widest_name + 2 * GAP.len() + widest_size);
    let widest_state = states.iter().map(|state| width(state)).max().unwrap_or(0).min(room);
    for (((change, name), state), size) in shown.iter().zip(&names).zip(&states).zip(&sizes) {
        let (mark, role) = mark(change.kind);
        let (name, state) = (fit(name, widest_name), fit(state, widest_state));
        let size = format!("{}{size}", pad(size, widest_size));
        let (after_name, after_state) = (pad(&name, widest_name), pad(&state, widest_state));
        let (mark, name) = (style.paint(role, mark), style.paint(Role::Changed, name.as_ref()));
        let state = if role == Role::Back { style.paint(role, state.as_ref()) } else { state };
        let line = format!("{mark} {name}{after_name}{GAP}{state}{after_state}{GAP}{size}");
        writeln!(out, "{}", line.trim_end())?;
    }
    if !shown.is_empty() {
        writeln!(out)?;
    }
    for line in ending(packages) {
        writeln!(out, "{}", fit(&line, columns))?;
    }
    Ok(())
}

/// Writes which two systems are compared, and an empty line.
///
/// # Errors
/// When the writer fails.
pub fn header(packages: &Packages<'_>, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    for (word, system) in [("from  ", &packages.from), ("to    ", &packages.to)] {
        let text = format!("{} of {}", system.name, style.minute(system.created));
        let room = style.width.map_or(usize::MAX, |columns| columns.saturating_sub(width(word)));
        writeln!(out, "{}{}", style.paint(Role::Dim, word), fit(&text, room))?;
    }
    writeln!(out)
}

/// How many packages changed, how many were only rebuilt, and by how much the whole grew.
fn ending(packages: &Packages<'_>) -> Vec<String> {
    if packages.changes.is_empty() {
        let is_same = packages.from.path == packages.to.path;
        let what = if is_same { "no difference: both are the same system" } else { "no difference" };
        return vec![what.to_owned()];
    }
    let counts: Vec<(usize, &str)> =
        KINDS.iter().map(|(kind, word)| (packages.count(*kind), *word)).collect();
    let all: usize = counts.iter().map(|(number, _)| number).sum();
    let kinds: Vec<String> = counts
        .iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, word)| format!("{number} {word}"))
        .collect();
    let noun = |number: usize| if number == 1 { "package" } else { "packages" };
    let mut lines = match all {
        0 => vec!["no package is of another version".to_owned()],
        _ => vec![format!("{all} {} changed: {}", noun(all), kinds.join(", "))],
    };
    let rebuilt = packages.count(Kind::Rebuilt);
    if rebuilt > 0 {
        lines.push(format!("{rebuilt} {} rebuilt at the same version", noun(rebuilt)));
    }
    lines.extend(packages.bytes().map(|bytes| format!("together {}", size(bytes))));
    lines
}

fn pad(text: &str, columns: usize) -> String {
    let mut padding = String::new();
    let mut missing = columns.saturating_sub(width(text));
    while missing > 0 {
        let some = blanks("", missing);
        padding.push_str(some);
        missing -= some.len();
    }
    padding
}

fn mark(kind: Kind) -> (&'static str, Role) {
    match kind {
        Kind::Down => ("↓", Role::Back),
        Kind::Changed => ("~", Role::Retargeted),
        Kind::Up | Kind::Rebuilt => (" ", Role::Plain),
        Kind::Added => ("+", Role::Added),
        Kind::Removed => ("-", Role::Removed),
    }
}

/// The versions: `3.5.1 → 3.5.2`; of what came or went only those.
fn state(change: &PackageChange<'_>) -> String {
    let versions = |versions: &[&str]| -> String {
        let word = |version: &str| match version {
            "" => "no version".to_owned(),
            version => plain(version).into_owned(),
        };
        versions.iter().map(|version| word(version)).collect::<Vec<_>>().join(", ")
    };
    match change.kind {
        Kind::Added if change.to == [""] => String::new(),
        Kind::Removed if change.from == [""] => String::new(),
        Kind::Added => versions(&change.to),
        Kind::Removed => versions(&change.from),
        _ => format!("{} → {}", versions(&change.from), versions(&change.to)),
    }
}

/// A difference in size: `+12.3 MiB`.
fn size(bytes: i64) -> String {
    let sign = if bytes < 0 { '-' } else { '+' };
    // A size that a float cannot hold exactly has long lost its last digits here.
    let mut amount = bytes.unsigned_abs() as f64;
    let mut unit = "B";
    for next in ["KiB", "MiB", "GiB", "TiB"] {
        // Else it would be written as 1024.0 of the smaller unit.
        if amount < 1023.95 {
            break;
        }
        amount /= 1024.0;
        unit = next;
    }
    if unit == "B" { format!("{sign}{amount} B") } else { format!("{sign}{amount:.1} {unit}") }
}

#[cfg(test)]
mod tests;
