//! `flakehist log`

use crate::error::{Error, Result};
use crate::git::{self, Filter};
use crate::history::{Entries, Entry, Flake, Query, State};
use crate::near;
use crate::view::{self, Style, Zone};

use super::args::{Global, Log};
use super::notes::Notes;
use super::pager::Output;
use super::settings::{Settings, search};
use super::world::World;

/// So many entries decide which columns the table gets, and are shown before the rest is read.
const FIRST_PAGE: usize = 100;

/// Lists the history.
///
/// # Errors
/// When there is no lock to be found, the arguments make no sense, or the output cannot be written.
pub(super) fn run(args: &Log, global: &Global, world: &World, notes: &mut Notes) -> Result<()> {
    let flake = Flake::find(&search(global, world))?;
    let settings = Settings::of(global, world, &flake)?;
    let query = query(args, &flake, &settings.style, world)?;
    let mut entries = Entries::new(&flake.repository, &flake.lock, query)?;
    let mut output = Output::open(settings.pager.as_deref(), world);
    let written = write(args, &flake, &settings, &mut entries, &mut output);
    let closed = output.close();
    let seen = written?;
    closed?;
    for commit in entries.shallow_ends() {
        let id = commit.short(settings.style.abbreviation);
        notes.add(
            format!("this clone is shallow: its history ends at {id}"),
            "`git fetch --unshallow` gets the rest",
        );
    }
    if seen.count == 0 {
        nothing(args, &flake, notes);
    }
    Ok(())
}

fn query(args: &Log, flake: &Flake, style: &Style, world: &World) -> Result<Query> {
    let filter = Filter {
        since: args.since.as_deref().map(|text| date(text, style, world)).transpose()?,
        until: args.until.as_deref().map(|text| date(text, style, world)).transpose()?,
        authors: args.author.clone(),
        first_parent: args.first_parent,
        follow: args.follow || flake.repository.setting("log.follow").as_deref() == Some("true"),
        count: args.max_count,
    };
    let query = Query {
        tips: flake.repository.tips(&args.revisions, args.all)?,
        filter,
        inputs: Vec::new(),
        reverse: args.reverse,
        uncommitted: args.revisions.is_empty() && args.author.is_empty() && args.max_count != Some(0),
    };
    query.with_inputs(&args.input)
}

/// A date as git reads it, in the zone dates are shown in. What git would silently take for "now" is refused.
fn date(text: &str, style: &Style, world: &World) -> Result<u64> {
    let moment = match style.zone {
        Zone::Local => git::parse_date(text, world.now, &chrono::Local),
        Zone::Utc => git::parse_date(text, world.now, &chrono::Utc),
    };
    if !moment.understood {
        return Err(Error::usage(format!("`{text}` is no date"))
            .hint("write it as `2026-01-31`, `2026-01-31T12:00+01:00`, `yesterday` or `2 weeks ago`"));
    }
    // git keeps dates unsigned; everything before 1970 is the beginning.
    Ok(u64::try_from(moment.seconds).unwrap_or(0))
}

/// What went by.
struct Seen {
    count: usize,
}

fn write(
    args: &Log,
    flake: &Flake,
    settings: &Settings,
    entries: &mut Entries<'_>,
    output: &mut Output,
) -> Result<Seen> {
    let style = &settings.style;
    if args.json {
        return json(flake, style, entries, output);
    }
    if args.oneline || args.patch {
        let form = if args.oneline { view::log::one_line } else { view::log::with_changes };
        return each(entries, output, |entry, out| form(entry, style, out));
    }
    table(args, settings, entries, output)
}

fn each(
    entries: &mut Entries<'_>,
    output: &mut Output,
    form: impl Fn(&Entry, &mut dyn std::io::Write) -> std::io::Result<()>,
) -> Result<Seen> {
    let mut seen = Seen { count: 0 };
    for entry in entries {
        form(&entry?, output.writer()?).map_err(|e| Error::output(&e))?;
        seen.count += 1;
        if seen.count == FIRST_PAGE {
            output.flush()?;
        }
    }
    Ok(seen)
}

fn json(flake: &Flake, style: &Style, entries: &mut Entries<'_>, output: &mut Output) -> Result<Seen> {
    let mut seen = Seen { count: 0 };
    let mut document =
        view::json::Log::begin(&flake.lock, *style, output.writer()?).map_err(|e| Error::output(&e))?;
    let mut failure = None;
    for entry in entries {
        match entry {
            Ok(entry) => document.entry(&entry).map_err(|e| Error::output(&e))?,
            Err(e) => {
                failure = Some(e);
                break;
            }
        }
        seen.count += 1;
    }
    // Even when the history breaks off the document is whole; the exit code tells.
    document.end().map_err(|e| Error::output(&e))?;
    failure.map_or(Ok(seen), Err)
}

fn table(args: &Log, settings: &Settings, entries: &mut Entries<'_>, output: &mut Output) -> Result<Seen> {
    let style = settings.style;
    let mut chosen = if args.columns.is_empty() { settings.columns.clone() } else { args.columns.clone() };
    if chosen.is_empty() {
        // Who asks for certain inputs wants to see them.
        chosen = args.input.iter().filter(|input| !input.contains(['*', '?', '['])).cloned().collect();
    }
    let mut first = Vec::new();
    let mut failure = None;
    for entry in entries.by_ref().take(FIRST_PAGE) {
        match entry {
            Ok(entry) => first.push(entry),
            Err(e) => failure = Some(e),
        }
    }
    if first.is_empty() {
        return failure.map_or(Ok(Seen { count: 0 }), Err);
    }
    let table = view::log::Table::plan(&first, &chosen, style);
    table.header(output.writer()?).map_err(|e| Error::output(&e))?;
    for entry in &first {
        table.row(entry, output.writer()?).map_err(|e| Error::output(&e))?;
    }
    output.flush()?;
    if let Some(failure) = failure {
        return Err(failure);
    }
    let rest = each(entries, output, |entry, out| table.row(entry, out))?;
    if style.width.is_some() && style.color {
        legend(&first, &style, output)?;
    }
    Ok(Seen { count: first.len() + rest.count })
}

/// On a terminal, the marks are explained under the table.
fn legend(first: &[Entry], style: &Style, output: &mut Output) -> Result<()> {
    let Some(legend) = view::log::legend(first) else { return Ok(()) };
    let legend = style.width.map_or(legend.clone(), |columns| view::fit(&legend, columns).into_owned());
    writeln!(output.writer()?, "{}", style.paint(view::Role::Dim, legend)).map_err(|e| Error::output(&e))
}

/// Says why nothing was listed, and offers what may have been meant.
fn nothing(args: &Log, flake: &Flake, notes: &mut Notes) {
    let lock = &flake.lock;
    if args.input.is_empty() {
        notes.add(format!("no commit listed here changed {lock}"), "");
        return;
    }
    let wanted = args.input.join(", ");
    let known = newest_inputs(flake);
    let hint = args
        .input
        .iter()
        .find_map(|input| near::matches(input, known.iter().map(String::as_str)).first().copied());
    let hint = hint.map(|name| format!("did you mean `{name}`?")).unwrap_or_default();
    notes.add(format!("no commit listed here changed an input called {wanted}"), &hint);
}

fn newest_inputs(flake: &Flake) -> Vec<String> {
    let tips = flake.repository.tips(&[], false).unwrap_or_default();
    let query = Query { tips, ..Query::default() };
    let Ok(entries) = Entries::new(&flake.repository, &flake.lock, query) else { return Vec::new() };
    let newest = entries.flatten().find_map(|entry| match entry.state {
        State::Readable(lock) => Some(lock),
        State::Broken(_) | State::Absent => None,
    });
    newest.map(|lock| lock.inputs().iter().map(|(path, _)| path.to_string()).collect()).unwrap_or_default()
}
