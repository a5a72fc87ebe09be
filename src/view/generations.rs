//! Generations as a table, as JSON, and one of them explained.

use std::io::{self, Write};

use comfy_table::{ContentArrangement, Table, presets};

use crate::generation::{Condition, Generation, Kind};
use crate::git::CommitId;
use crate::history::Universe;
use crate::timeline::{Built, BuiltAt, Confidence, Row, Timeline, Verdict};

use super::json::Json;
use super::{Role, Style, fit, plain, width, words};

mod explain;

pub use explain::explain;

/// The marks of a generation: `●` the next boot takes it, `▸` it runs, `▴` the machine was booted from it.
#[must_use]
pub fn marks(generation: &Generation) -> String {
    let mut marks = String::new();
    for (mark, has) in [
        ('●', generation.is_default),
        ('▸', generation.running.is_some()),
        ('▴', generation.booted.is_some()),
    ] {
        if has {
            marks.push(mark);
        }
    }
    marks
}

/// What the marks mean.
#[must_use]
pub fn legend(kind: Kind) -> &'static str {
    match kind {
        Kind::System => "● default at the next boot   ▸ running   ▴ booted",
        Kind::Home => "● current   ▸ active",
    }
}

/// What a system is called: by its number, or by what it does where it has none.
#[must_use]
pub fn name(row: Row<'_>) -> String {
    match row.generation.condition {
        Condition::Unlinked => "the running system".to_owned(),
        Condition::Sound | Condition::Gone | Condition::Odd(_) => {
            format!("generation {}", row.generation.number)
        }
    }
}

/// The commit that introduced the lock a generation was built from, if that is certain enough to name one.
fn lock_commit(built: &Built, universe: &Universe) -> Option<CommitId> {
    let version = universe.versions.get(built.lock()?)?;
    version.introduced.map(|introduced| introduced.by)
}

/// A label longer than this is cut, in a pipe too: it would widen every line.
const WIDEST_VERSION: usize = 200;

/// Writes the table, the highest number first.
///
/// # Errors
/// When the writer fails.
pub fn table(timeline: &Timeline, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let mut headings = vec!["GEN", "DATE", "VERSION", "KERNEL", "COMMIT", "LOCK", "SURE", "SPECIALISATIONS"];
    let rows: Vec<[String; 8]> = timeline.rows().map(|row| cells(row, timeline.universe(), style)).collect();
    // Columns that say nothing on this machine are left out, and where there is no room the least needed ones.
    let mut shown: Vec<usize> = (0..headings.len())
        .filter(|&column| {
            column < 2 || rows.iter().any(|row| row.get(column).is_some_and(|cell| !cell.is_empty()))
        })
        .collect();
    let wide = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| width(cell)).max().unwrap_or(0);
        cells.max(headings.get(column).map_or(0, |heading| heading.len()))
    };
    if let Some(columns) = style.width {
        for dispensable in [7, 3, 2] {
            let taken: usize = shown.iter().map(|&column| wide(column) + 2).sum();
            if taken > columns + 2 {
                shown.retain(|&column| column != dispensable);
            }
        }
    }
    let last = shown.last().copied().unwrap_or(0);
    let taken: usize = shown.iter().filter(|&&column| column != last).map(|&column| wide(column) + 2).sum();
    let room = style.width.map_or(usize::MAX, |columns| columns.saturating_sub(taken).max(4));
    let mut table = Table::new();
    table.load_preset(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    let keep = |index: &usize| shown.contains(index);
    headings = headings
        .into_iter()
        .enumerate()
        .filter(|(index, _)| keep(index))
        .map(|(_, heading)| heading)
        .collect();
    table.set_header(headings.iter().map(|heading| style.paint(Role::Heading, *heading).into_owned()));
    for (row, cells) in timeline.rows().zip(rows) {
        let painted = cells.into_iter().enumerate().filter(|(index, _)| keep(index)).map(|(index, cell)| {
            let cell = if index == last { fit(&cell, room).into_owned() } else { cell };
            paint(index, cell, row, style)
        });
        table.add_row(painted);
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    for line in table.lines() {
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

fn cells(row: Row<'_>, universe: &Universe, style: &Style) -> [String; 8] {
    let generation = row.generation;
    let facts = &generation.facts;
    let version = facts.label.as_ref().map(|told| fit(&plain(&told.value), WIDEST_VERSION).into_owned());
    let version = version.unwrap_or_default();
    let version = match &generation.condition {
        Condition::Sound => version,
        Condition::Gone => format!("{version} (gone from the store)").trim_start().to_owned(),
        Condition::Odd(_) => format!("{version} (odd link)").trim_start().to_owned(),
        Condition::Unlinked => format!("{version} (no generation)").trim_start().to_owned(),
    };
    let commit = match &row.built.at {
        BuiltAt::Commit(id) => words::commit(style, *id),
        BuiltAt::Dirty(id) => format!("{}-dirty", words::commit(style, *id)),
        BuiltAt::Foreign(revision) => {
            let dirty = if revision.ends_with("-dirty") { "-dirty" } else { "" };
            format!(
                "{}{dirty} elsewhere",
                plain(revision).chars().take(style.abbreviation).collect::<String>()
            )
        }
        BuiltAt::ByDate(id) => format!("~{}", words::commit(style, *id)),
        BuiltAt::Unknown => String::new(),
    };
    let names: Vec<String> = facts.specialisations.iter().map(|(name, _)| plain(name).into_owned()).collect();
    [
        format!("{}{}", generation.number, marks(generation)),
        style.minute(generation.created),
        version,
        facts.kernel.as_ref().map(|told| plain(&told.value).into_owned()).unwrap_or_default(),
        commit,
        lock_name(row.built, universe, style),
        row.built.confidence.to_string(),
        names.join(" "),
    ]
}

/// The lock in a word: the commit that introduced it.
fn lock_name(built: &Built, universe: &Universe, style: &Style) -> String {
    match (lock_commit(built, universe), built.lock()) {
        (Some(commit), _) => words::commit(style, commit),
        (None, Some(_)) => "uncommitted".to_owned(),
        (None, None) => String::new(),
    }
}

fn paint(column: usize, cell: String, row: Row<'_>, style: &Style) -> String {
    let role = match column {
        0 if row.generation.is_default => Role::Changed,
        4 | 5 => Role::Commit,
        1 => Role::Dim,
        6 => match row.built.confidence {
            Confidence::Exact | Confidence::LockExact => Role::Added,
            Confidence::Contradiction => Role::Problem,
            Confidence::LockLikely => return cell,
            Confidence::Ambiguous(_) | Confidence::ByDate => Role::Back,
            Confidence::None => Role::Dim,
        },
        _ => return cell,
    };
    style.paint(role, cell).into_owned()
}

/// Writes the generations as a JSON array with the keys of `nixos-rebuild list-generations --json` and ours.
///
/// # Errors
/// When the writer fails.
pub fn json(timeline: &Timeline, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let mut json = Json::new(out);
    json.open("[")?;
    for row in timeline.rows() {
        json.line()?;
        generation(&mut json, row, timeline.universe(), style)?;
    }
    json.raw("\n")?;
    json.close("]")?;
    json.raw("\n")
}

fn generation(json: &mut Json<'_>, row: Row<'_>, universe: &Universe, style: &Style) -> io::Result<()> {
    let Row { generation, built } = row;
    let facts = &generation.facts;
    let text = |told: &Option<crate::generation::Told<String>>| told.as_ref().map(|told| told.value.clone());
    json.open("{")?;
    json.number("generation", generation.number)?;
    json.member("date", Some(&super::json::rfc_3339(style.zone.moment(generation.created))))?;
    json.member("nixosVersion", text(&facts.label).as_deref())?;
    json.member("kernelVersion", text(&facts.kernel).as_deref())?;
    let configuration = facts.configuration.as_ref().map(|told| told.value.to_string());
    json.member("configurationRevision", configuration.as_deref())?;
    json.key("specialisations")?;
    json.open("[")?;
    for (name, _) in &facts.specialisations {
        json.string(name)?;
    }
    json.close("]")?;
    json.flag("current", generation.is_default)?;
    json.flag("running", generation.running.is_some())?;
    json.flag("booted", generation.booted.is_some())?;
    let specialisation = generation.running.as_ref().and_then(|running| running.specialisation.as_deref());
    json.member("runningSpecialisation", specialisation)?;
    let commit = match &built.at {
        BuiltAt::Commit(id) | BuiltAt::Dirty(id) => Some(id.to_string()),
        BuiltAt::Foreign(_) | BuiltAt::ByDate(_) | BuiltAt::Unknown => None,
    };
    json.member("commit", commit.as_deref())?;
    json.flag("dirty", matches!(built.at, BuiltAt::Dirty(_)))?;
    json.member("lock", lock_commit(built, universe).map(|id| id.to_string()).as_deref())?;
    let lock_id =
        built.lock().and_then(|lock| universe.versions.get(lock)).map(|version| version.lock_id.to_string());
    json.member("lockId", lock_id.as_deref())?;
    json.member("confidence", Some(&built.confidence.to_string()))?;
    json.key("candidates")?;
    json.open("[")?;
    for version in built.locks.iter().filter_map(|group| universe.versions.get(*group.first()?)) {
        json.string(&version.lock_id.to_string())?;
    }
    json.close("]")?;
    evidence(json, built)?;
    json.member("storePath", Some(&generation.target.display().to_string()))?;
    let condition = match &generation.condition {
        Condition::Sound => "sound",
        Condition::Gone => "gone",
        Condition::Odd(_) => "odd",
        Condition::Unlinked => "unlinked",
    };
    json.member("condition", Some(condition))?;
    json.close("}")
}

fn evidence(json: &mut Json<'_>, built: &Built) -> io::Result<()> {
    json.key("evidence")?;
    json.open("[")?;
    for evidence in &built.evidence {
        json.open("{")?;
        json.member("fact", Some(&evidence.stated.what))?;
        json.member("value", Some(&evidence.stated.value))?;
        json.member("origin", Some(&evidence.stated.origin))?;
        let verdict = match evidence.verdict {
            Verdict::Agrees => "agrees",
            Verdict::Contradicts => "contradicts",
            Verdict::Silent => "silent",
        };
        json.member("verdict", Some(verdict))?;
        json.close("}")?;
    }
    json.close("]")
}
