//! One generation explained: every fact, where it was read, and what it says.

use std::io::{self, Write};

use crate::generation::{Condition, Kind, Running};
use crate::timeline::{Built, BuiltAt, Confidence, Row, Timeline, Verdict};

use super::{lock_name, name};
use crate::view::{Role, Style, plain, words};

/// Writes everything that is known of one generation, where it was read and what it says.
///
/// # Errors
/// When the writer fails.
pub fn explain(row: Row<'_>, timeline: &Timeline, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let Row { generation, built } = row;
    let facts = &generation.facts;
    writeln!(out, "{}", style.paint(Role::Changed, name(row)))?;
    let mut line = |name: &str, value: &str, origin: &str| -> io::Result<()> {
        let origin = if origin.is_empty() {
            String::new()
        } else {
            format!("  {}", style.paint(Role::Dim, format!("({})", plain(origin))))
        };
        writeln!(out, "  {name:<16}{}{origin}", plain(value))
    };
    let is_unlinked = generation.condition == Condition::Unlinked;
    let (made, of) = if is_unlinked {
        ("runs since", "the date of the link to it")
    } else {
        ("made", "the link's own date")
    };
    line(made, &style.minute(generation.created), of)?;
    line("path", &generation.target.display().to_string(), "")?;
    match &generation.condition {
        Condition::Sound => {}
        Condition::Gone => line("condition", "gone from the store", "")?,
        Condition::Odd(why) => line("condition", &format!("odd: {why}"), "")?,
        Condition::Unlinked => line("condition", "no generation of this profile", "")?,
    }
    let is_same = |other: &Row<'_>| {
        other.generation.target == generation.target
            && (is_unlinked || other.generation.number != generation.number)
    };
    let same: Vec<String> =
        timeline.rows().filter(is_same).map(|other| other.generation.number.to_string()).collect();
    if !same.is_empty() {
        line("same system", &format!("generation {}", same.join(", ")), "")?;
    }
    let is_home = timeline.profile().kind == Kind::Home;
    if generation.is_default && is_home {
        line("current", "the profile stands on it", "")?;
    } else if generation.is_default {
        line("default", "the next boot takes it", "")?;
    }
    let runs = if is_home { "active" } else { "running" };
    for (name, how) in [(runs, &generation.running), ("booted", &generation.booted)] {
        if let Some(Running { specialisation }) = how {
            line(
                name,
                &specialisation.as_ref().map_or_else(|| "yes".to_owned(), |name| format!("as {name}")),
                "",
            )?;
        }
    }
    for (name, told) in [("label", &facts.label), ("version", &facts.version), ("kernel", &facts.kernel)] {
        if let Some(told) = told {
            line(name, &told.value, &told.origin)?;
        }
    }
    if let Some((_, first)) = facts.specialisations.first() {
        let names: Vec<&str> = facts.specialisations.iter().map(|(name, _)| name.as_str()).collect();
        let folder = first.parent().and_then(|folder| folder.file_name()).unwrap_or_default();
        line("specialisations", &names.join(" "), &folder.to_string_lossy())?;
    }
    if let Some(told) = &facts.configuration {
        line("configuration", &told.value.to_string(), &told.origin)?;
    }
    for evidence in &built.evidence {
        let role = match evidence.verdict {
            Verdict::Agrees => Role::Added,
            Verdict::Contradicts => Role::Problem,
            Verdict::Silent => Role::Dim,
        };
        let verdict = style.paint(role, evidence.verdict.to_string());
        writeln!(
            out,
            "  {}: {}  {}",
            plain(&evidence.stated.what),
            plain(&evidence.stated.value),
            style.paint(Role::Dim, format!("({})", plain(&evidence.stated.origin)))
        )?;
        writeln!(out, "      {verdict}")?;
    }
    conclusion(built, timeline, style, out)
}

fn conclusion(built: &Built, timeline: &Timeline, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let commit = match &built.at {
        BuiltAt::Commit(id) => format!("{}, named by the generation", words::commit(style, *id)),
        BuiltAt::Dirty(id) => format!("{} with uncommitted changes", words::commit(style, *id)),
        BuiltAt::Foreign(revision) => format!("{}, which is not in this repository", plain(revision)),
        BuiltAt::ByDate(id) => format!("{}, only because HEAD stood there then", words::commit(style, *id)),
        BuiltAt::Unknown => "not known".to_owned(),
    };
    writeln!(out, "  {}{commit}", style.paint(Role::Changed, "commit          "))?;
    writeln!(
        out,
        "  {}{}",
        style.paint(Role::Changed, "lock            "),
        lock_in_words(built, timeline, style)
    )?;
    if built.locks.len() > 1 {
        for group in built.locks.iter().take(20) {
            let Some(version) = group.first().and_then(|&lock| timeline.universe().versions.get(lock)) else {
                continue;
            };
            let place = version.introduced.map_or_else(
                || "not committed".to_owned(),
                |introduced| {
                    format!("{} {}", words::commit(style, introduced.by), style.day(introduced.seconds))
                },
            );
            writeln!(out, "      may be {place}")?;
        }
        if built.locks.len() > 20 {
            writeln!(out, "      and {} more", built.locks.len() - 20)?;
        }
    }
    Ok(())
}

/// The lock, how sure it is, and what the facts say of it; or why there is none.
fn lock_in_words(built: &Built, timeline: &Timeline, style: &Style) -> String {
    let facts = |number: usize| format!("{number} fact{}", if number == 1 { "" } else { "s" });
    let count = |verdict| built.evidence.iter().filter(|evidence| evidence.verdict == verdict).count();
    let (agree, contradict) = (count(Verdict::Agrees), count(Verdict::Contradicts));
    let verb = |number: usize, verb: &str| if number == 1 { format!("{verb}s") } else { verb.to_owned() };
    let lock = lock_name(built, timeline.universe(), style);
    let confidence = built.confidence;
    match (confidence, &built.at) {
        _ if !lock.is_empty() && agree + contradict == 0 => {
            format!("{lock}: {confidence}, nothing else speaks for it")
        }
        _ if !lock.is_empty() => format!("{lock}: {confidence}, {} {}", facts(agree), verb(agree, "agree")),
        (Confidence::None, _) if built.evidence.is_empty() => {
            "none: it tells nothing of its inputs".to_owned()
        }
        (Confidence::None | Confidence::Contradiction, BuiltAt::Commit(id) | BuiltAt::Dirty(id))
            if agree + contradict > 0 =>
        {
            let of = words::commit(style, *id);
            let against = format!("{contradict} {}", verb(contradict, "contradict"));
            format!(
                "{confidence}: no lock here fits; {} {} with that of {of}, {against} it",
                facts(agree),
                verb(agree, "agree")
            )
        }
        (Confidence::Ambiguous(_), _) => {
            format!("{confidence}: {} {} with each", facts(agree), verb(agree, "agree"))
        }
        _ if built.locks.is_empty() => format!("{confidence}: no lock here fits"),
        _ => format!("{confidence}: several locks fit"),
    }
}
