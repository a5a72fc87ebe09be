//! `flakehist log`

mod apart;
mod rows;

use std::io::Write;
use std::mem::ManuallyDrop;

use crate::error::{Error, Result};
use crate::generation::{Kind, Profile};
use crate::git::{self, Filter};
use crate::history::{Entries, Entry, EveryLock, Flake, Inputs, Query, State};
use crate::near;
use crate::timeline::{Apart, Beside, Mark, Timeline, gather_from};
use crate::view::{self, Style, Zone};

use super::args::{Global, Log};
use super::generations::{places, warn};
use super::notes::Notes;
use super::pager::Output;
use super::progress::Progress;
use super::settings::{Settings, search};
use super::world::World;

use apart::Waiting;
use rows::Rows;

/// So many entries decide which columns the table gets, and are shown before the rest is read; on a terminal, because
/// somebody waits there, only as many as it shows at once, and at least [`SHORTEST_PAGE`].
const FIRST_PAGE: usize = 100;
const SHORTEST_PAGE: usize = 24;

/// Lists the history.
///
/// # Errors
/// When there is no lock to be found, the arguments make no sense, or the output cannot be written.
pub(super) fn run(args: &Log, global: &Global, world: &World, notes: &mut Notes) -> Result<()> {
    let flake = Flake::find(&search(global, world))?;
    let settings = Settings::of(global, world, &flake)?;
    let query = query(args, &flake, &settings.style, world)?;
    let progress = Progress::of("reading the history", world);
    let has_profile = Profile::is_there(&places(global, world, &flake));
    let begin = if has_profile { Entries::after_every_lock } else { Entries::alone };
    let (entries, every) = begin(&flake.repository, &flake.lock, query.clone())?;
    // The process ends when this does: taking hundreds of thousands of nodes apart before would only take time.
    let mut entries = ManuallyDrop::new(entries);
    let timeline = ManuallyDrop::new(timeline(&flake, every, global, world, notes));
    let beside = timeline.as_ref().map(Timeline::beside).unwrap_or_default();
    if let Some(timeline) = &*timeline {
        entries.share(timeline.shared_universe());
    }
    let kind = timeline.as_ref().map(|timeline| timeline.profile().kind);
    let first_page = world.lines.map_or(FIRST_PAGE, |lines| lines.clamp(SHORTEST_PAGE, FIRST_PAGE));
    let plan = Plan { args, settings: &settings, beside: &beside, kind, first_page };
    let waiting = Waiting::new(&beside, &flake, &query);
    let mut output = Output::open(settings.pager.as_deref(), world).after(progress);
    let written = write(&plan, &flake, &mut entries, waiting, &mut output);
    let closed = output.close();
    let seen = written?;
    closed?;
    if let Some(error) = entries.unseen() {
        notes.add(format!("what is not committed is not shown: {error}"), "");
    }
    for commit in entries.shallow_ends() {
        let id = commit.short(settings.style.abbreviation);
        notes.add(
            format!("this clone is shallow: its history ends at {id}"),
            "`git fetch --unshallow` gets the rest",
        );
    }
    if seen.count == 0 {
        return nothing(args, &flake, notes);
    }
    unknown_columns(&args.columns, &flake, notes);
    Ok(())
}

/// Other commands take names of locks, too.
fn meant_as_lock(error: Error, revisions: &[String]) -> Error {
    let named = |word: &&String| ["gen:", "lock~", "date:"].iter().any(|kind| word.contains(kind));
    match revisions.iter().find(named) {
        Some(_) => error.hint(
            "`log` starts at commits, as git does; `flakehist show` tells the commit of any lock, such as `gen:41`",
        ),
        None => error,
    }
}

fn query(args: &Log, flake: &Flake, style: &Style, world: &World) -> Result<Query> {
    let filter = Filter {
        since: args.since.as_deref().map(|text| date(text, style, world)).transpose()?,
        until: args.until.as_deref().map(|text| date(text, style, world)).transpose()?,
        authors: args.author.clone(),
        first_parent: args.first_parent,
        follow: args.follow || flake.repository.switch("log.follow").unwrap_or(false),
        count: args.max_count.and_then(|count| usize::try_from(count).ok()),
    };
    let query = Query {
        tips: flake
            .repository
            .tips(&args.revisions, args.all)
            .map_err(|e| meant_as_lock(e, &args.revisions))?,
        filter,
        inputs: Inputs::default(),
        reverse: args.is_reversed(),
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

/// The generations beside the history, where there is a profile. One that cannot be read is no reason to show no
/// history.
fn timeline(
    flake: &Flake,
    every: Option<EveryLock>,
    global: &Global,
    world: &World,
    notes: &mut Notes,
) -> Option<Timeline> {
    let places = places(global, world, flake);
    match gather_from(every, flake, &places) {
        Ok(timeline) => {
            if let Some(timeline) = &timeline {
                warn(timeline, world, notes);
            } else if let Some(profile) = &global.profile {
                notes.add(format!("there is no profile `{profile}`, so no generations are shown"), "");
            }
            timeline
        }
        Err(error) => {
            notes.add(format!("no generations are shown: {error}"), "");
            None
        }
    }
}

/// What is to be written, and how.
struct Plan<'a, 't> {
    args: &'a Log,
    settings: &'a Settings,
    beside: &'a Beside<'t>,
    /// What the generations are.
    kind: Option<Kind>,
    /// So many entries are shown before the rest is read.
    first_page: usize,
}

/// What went by.
struct Seen {
    count: usize,
}

fn write<'t>(
    plan: &Plan<'_, 't>,
    flake: &Flake,
    entries: &mut Entries<'_>,
    waiting: Waiting<'_, 't>,
    output: &mut Output,
) -> Result<Seen> {
    let style = &plan.settings.style;
    let args = plan.args;
    if args.json {
        return json(plan, flake, entries, waiting, output);
    }
    if args.oneline || args.patch {
        let form = if args.oneline { view::log::one_line } else { view::log::with_changes };
        let form_apart = if args.oneline { view::log::one_line_apart } else { view::log::apart_with_changes };
        let write_apart = |apart: Apart<'_>, out: &mut dyn Write| form_apart(apart, style, out);
        let mut rows = Rows::new(plan, waiting);
        while let Some(entry) = entries.next() {
            let write =
                |entry: &Entry, marks: &[Mark<'_>], out: &mut dyn Write| form(entry, marks, style, out);
            rows.entry(&entry?, entries, output, write, write_apart)?;
        }
        rows.finish(output, write_apart)?;
        return Ok(Seen { count: rows.count });
    }
    table(plan, entries, waiting, output)
}

fn json<'t>(
    plan: &Plan<'_, 't>,
    flake: &Flake,
    entries: &mut Entries<'_>,
    mut waiting: Waiting<'_, 't>,
    output: &mut Output,
) -> Result<Seen> {
    let style = plan.settings.style;
    let mut seen = Seen { count: 0 };
    let mut document =
        view::json::Log::begin(&flake.lock, style, output.writer()?).map_err(|e| Error::output(&e))?;
    let mut failure = None;
    for entry in entries {
        match entry {
            Ok(entry) => {
                waiting.list(&entry);
                let marks = plan.beside.of(entry.lock_id);
                document.entry(&entry, marks).map_err(|e| Error::output(&e))?;
            }
            Err(e) => {
                failure = Some(e);
                break;
            }
        }
        seen.count += 1;
    }
    // Even when the history breaks off the document is whole; the exit code tells.
    let rest = if failure.is_none() { waiting.rest() } else { Ok(Vec::new()) };
    document.end(rest.as_deref().unwrap_or_default()).map_err(|e| Error::output(&e))?;
    failure.map_or(rest.map(|_| seen), Err)
}

fn table<'t>(
    plan: &Plan<'_, 't>,
    entries: &mut Entries<'_>,
    mut waiting: Waiting<'_, 't>,
    output: &mut Output,
) -> Result<Seen> {
    let Plan { args, settings, beside, .. } = plan;
    let style = settings.style;
    let mut chosen = if args.columns.is_empty() { settings.columns.clone() } else { args.columns.clone() };
    if chosen.is_empty() {
        // Who asks for certain inputs wants to see them.
        chosen = args.input.iter().filter(|input| !input.contains(['*', '?', '['])).cloned().collect();
    }
    let mut first = Vec::new();
    let mut failure = None;
    for entry in entries.by_ref().take(plan.first_page) {
        match entry {
            Ok(entry) => first.push(entry),
            Err(e) => failure = Some(e),
        }
    }
    if first.is_empty() && failure.is_some() {
        return failure.map_or(Ok(Seen { count: 0 }), Err);
    }
    if first.is_empty() && waiting.is_nobody()? {
        return Ok(Seen { count: 0 });
    }
    let mut rows = Rows::new(plan, waiting);
    let table = view::log::Table::plan(&first, &chosen, beside, style);
    table.header(output.writer()?).map_err(|e| Error::output(&e))?;
    let write_entry = |entry: &Entry, marks: &[Mark<'_>], out: &mut dyn Write| table.row(entry, marks, out);
    let write_apart = |apart: Apart<'_>, out: &mut dyn Write| table.apart(apart, out);
    rows.expect(&first);
    for entry in &first {
        rows.entry(entry, entries, output, write_entry, write_apart)?;
    }
    output.flush()?;
    if let Some(failure) = failure {
        return Err(failure);
    }
    while let Some(entry) = entries.next() {
        rows.entry(&entry?, entries, output, write_entry, write_apart)?;
    }
    rows.finish(output, write_apart)?;
    if style.width.is_some() && style.color {
        legend(&first, plan.kind.filter(|_| !beside.is_empty()), &style, output)?;
    }
    Ok(Seen { count: rows.count })
}

/// On a terminal, the marks are explained under the table.
fn legend(first: &[Entry], generations: Option<Kind>, style: &Style, output: &mut Output) -> Result<()> {
    let Some(legend) = view::log::legend(first, generations) else { return Ok(()) };
    let legend = style.width.map_or(legend.clone(), |columns| view::fit(&legend, columns).into_owned());
    writeln!(output.writer()?, "{}", style.paint(view::Role::Dim, legend)).map_err(|e| Error::output(&e))
}

/// Says why nothing was listed, and offers what may have been meant. A lock that never was is an error.
fn nothing(args: &Log, flake: &Flake, notes: &mut Notes) -> Result<()> {
    let lock = &flake.lock;
    if !args.input.is_empty() {
        let wanted = args.input.join(", ");
        let hint = args.input.iter().find_map(|input| near_input(input, flake)).unwrap_or_default();
        notes.add(format!("no commit listed here changed an input called {wanted}"), &hint);
        return Ok(());
    }
    let everything = Query { tips: flake.repository.tips(&[], true)?, ..Query::default() };
    if flake.repository.head()?.is_some()
        && Entries::new(&flake.repository, lock, everything)?.next().is_none()
    {
        let error = Error::new(format!("no commit has a file {lock}"));
        return Err(flake.with_other_locks(error));
    }
    notes.add(format!("no commit listed here changed {lock}"), "");
    Ok(())
}

/// Columns of inputs that the newest lock does not have.
fn unknown_columns(columns: &[String], flake: &Flake, notes: &mut Notes) {
    if columns.is_empty() {
        return;
    }
    let known = newest_inputs(flake);
    for column in columns.iter().filter(|column| !known.contains(column)) {
        let hint = near_input(column, flake).unwrap_or_default();
        notes.add(format!("the newest lock has no input `{column}`"), &hint);
    }
}

fn near_input(word: &str, flake: &Flake) -> Option<String> {
    let known = newest_inputs(flake);
    let best = near::matches(word, known.iter().map(String::as_str)).first().copied()?;
    Some(format!("did you mean `{best}`?"))
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
