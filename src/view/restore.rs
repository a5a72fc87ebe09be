//! The plan of a restore, what happens, how it ended, and the journal.

use std::io::{self, Write};

use crate::error::Error;
use crate::history::Selected;
use crate::restore::journal::Ending;
use crate::restore::{Event, Hazard, Plan, Report, Step};

use super::diff::{self, Difference, End, What};
use super::{Role, Style, fit, plain, wrapped};

mod entries;

pub use entries::{LockIs, journal_json, journal_table};

/// Writes the plan: what moves, what will be done, what to mind.
///
/// # Errors
/// When the writer fails.
pub fn plan(plan: &Plan, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let path = plain(&plan.situation.path).into_owned();
    let goal = plain(&plan.goal.name).into_owned();
    let part = plan.goal.part.as_deref().map(|part| format!("{} in ", plain(part))).unwrap_or_default();
    if plan.goal.bytes.is_none() {
        writeln!(out, "Remove {path}: {goal}")?;
    } else if plan.is_there_already() {
        match &plan.goal.part {
            Some(part) => writeln!(out, "{path} has {} of {goal} already", plain(part))?,
            None => writeln!(out, "{path} is {goal} already")?,
        }
    } else {
        writeln!(out, "Restore {part}{path} to {}", style.paint(Role::Changed, goal))?;
    }
    let subject = plan.goal.commit.as_ref().map(|commit| &commit.subject).filter(|text| !text.is_empty());
    for text in subject.into_iter().chain(&plan.goal.remark) {
        let text = format!("  {}", plain(text));
        let shown = style.width.map_or(text.clone().into(), |columns| fit(&text, columns));
        writeln!(out, "{}", style.paint(Role::Dim, shown))?;
    }
    if !plan.is_there_already() && plan.goal.lock.is_some() {
        writeln!(out)?;
        moves(plan, style, out)?;
    }
    if plan.steps.is_empty() {
        writeln!(out, "\nNothing is to be done.")?;
    } else {
        writeln!(out, "\n{}", style.paint(Role::Heading, "What will be done"))?;
        for (number, step) in plan.steps.iter().enumerate() {
            item(&format!("  {}.", number + 1), &in_words(step, plan), style, out)?;
        }
    }
    // Where nothing is done, nothing can go wrong; but what was asked for and cannot be had is still to be told.
    let told = |hazard: &&Hazard| !plan.steps.is_empty() || matches!(hazard, Hazard::Part(_));
    let hazards: Vec<&Hazard> = plan.hazards.iter().filter(told).collect();
    if !hazards.is_empty() {
        writeln!(out, "\n{}", style.paint(Role::Heading, "Mind"))?;
        for one in hazards {
            item(&format!("  {}", style.paint(Role::Problem, "!")), &plain(&hazard(one)), style, out)?;
        }
    }
    if let Some(generation) = plan.has_generation.filter(|_| !plan.steps.is_empty()) {
        let text = format!(
            "Generation {generation} was built from this lock: `--reactivate` switches to it without building anything."
        );
        writeln!(out)?;
        let lines = wrapped(&text, style.width.unwrap_or(usize::MAX));
        lines.iter().try_for_each(|line| writeln!(out, "{line}"))?;
    }
    Ok(())
}

/// One item of a list, its further lines set under the first.
fn item(sign: &str, text: &str, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    const INDENT: usize = 5;
    let columns = style.width.map_or(usize::MAX, |columns| columns.saturating_sub(INDENT));
    for (number, line) in wrapped(text, columns).iter().enumerate() {
        let before = if number == 0 { sign } else { "" };
        let visible = if number == 0 && sign.contains('!') { "  !" } else { before };
        writeln!(out, "{before}{}{line}", super::blanks(visible, INDENT))?;
    }
    Ok(())
}

/// What moves, as `flakehist diff` shows it.
fn moves(plan: &Plan, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let path = &plan.situation.path;
    let side =
        |bytes: &Option<Vec<u8>>| bytes.as_deref().map(|bytes| Selected::of_bytes(path.clone(), bytes, None));
    let (from, to) = (side(&plan.situation.bytes), side(&plan.goal.bytes));
    let difference = Difference {
        path,
        from: end(from.as_ref()),
        to: end(to.as_ref()),
        changes: plan.changes.clone(),
        unknown: Vec::new(),
        is_written_differently: true,
        with_all: false,
        is_chosen: false,
    };
    diff::body(&difference, style, out)
}

fn end(selected: Option<&Selected>) -> End<'_> {
    let what = selected.map_or_else(|| What::Nothing(String::new()), What::Lock);
    End { target: "", what, confidence: None }
}

fn in_words(step: &Step, plan: &Plan) -> String {
    let path = plain(&plan.situation.path);
    let owner = plan.situation.owner.as_ref().map(crate::restore::Owner::in_words);
    let as_owner = owner.map_or_else(String::new, |name| format!(", as {}", plain(&name)));
    match step {
        Step::Keep if plan.is_there_already() => "it is written down in the journal".to_owned(),
        Step::Keep => "what lies there now is kept in git; `flakehist undo` brings it back".to_owned(),
        Step::Write if plan.goal.bytes.is_none() => format!("{path} is removed{as_owner}"),
        Step::Write => format!("{path} is written{as_owner}"),
        Step::Track { force } => {
            let (force, ignored) = if *force { ("--force ", ", and it is ignored") } else { ("", "") };
            let typed = plain(&plan.situation.typed);
            format!("`git add --intent-to-add {force}{typed}`, for Nix sees only what git tracks{ignored}")
        }
        Step::Check => {
            "Nix is asked whether it takes this lock for today's flake.nix; nothing is fetched".to_owned()
        }
        Step::Relock => {
            "Nix adds what the lock lacks for today's flake.nix, from the network if need be".to_owned()
        }
        Step::Commit(message) => {
            let subject = message.lines().next().unwrap_or_default();
            format!("{path} is committed{as_owner}: \"{}\"", plain(subject))
        }
        Step::Rebuild(_, line) => format!("`{}`{}", plain(&line.as_typed()), who(plan)),
        Step::Reactivate(_, lines) => {
            let typed: Vec<String> =
                lines.iter().map(|line| format!("`{}`", plain(&line.as_typed()))).collect();
            format!("{}{}", typed.join(", then "), who(plan))
        }
    }
}

/// As whom the rebuild runs, where that is not plain.
fn who(plan: &Plan) -> &'static str {
    if plan.situation.owner.is_some() { ", as root" } else { "" }
}

/// What to mind, as a sentence.
#[must_use]
pub fn hazard(hazard: &Hazard) -> String {
    match hazard {
        Hazard::FarBack { inputs: 1, farthest, days } => format!("{farthest} goes back {days} days"),
        Hazard::FarBack { inputs, farthest, days } => {
            format!("{inputs} inputs go back far, {farthest} by {days} days")
        }
        Hazard::Release { input, from, to } => format!(
            "{} goes from release {from} back to {to}: what programs of {from} have written, those of {to} may not read",
            input.as_deref().unwrap_or("the system")
        ),
        Hazard::Kernel { from, to } => {
            format!("the kernel goes from {from} back to {to}; it runs after the next boot")
        }
        Hazard::Lacks(inputs) => format!(
            "this lock has no {}: where flake.nix asks for it, Nix would have to fetch it",
            inputs.join(", ")
        ),
        Hazard::HasMore(inputs) => {
            format!("this lock has {} besides, which the lock of now has not", inputs.join(", "))
        }
        Hazard::Staged { is_committed: false } => {
            "another version is staged; it stays in the index as it is, and is kept".to_owned()
        }
        Hazard::Staged { is_committed: true } => {
            "another version is staged; the commit takes its place in the index, and it is kept".to_owned()
        }
        Hazard::Unreadable => "what lies there now cannot be read as a lock; its bytes are kept".to_owned(),
        Hazard::Part(note) => note.clone(),
        Hazard::DoesNotFit(misfit) => misfit.to_string(),
        Hazard::ChangedSince(entry) => {
            format!("the lock was changed after entry {entry}; what it is now is kept")
        }
    }
}

/// What happens, as a line for standard error.
#[must_use]
pub fn event(event: &Event<'_>, path: &str, style: &Style) -> String {
    let path = plain(path);
    match event {
        Event::Kept(entry) => format!("kept what lies there as entry {entry} of the journal"),
        Event::Written => format!("{path} is written"),
        Event::Removed => format!("{path} is removed"),
        Event::Tracked => format!("git knows of {path}"),
        Event::Checking => "asking Nix whether it takes this lock …".to_owned(),
        Event::Fits => "Nix takes it as it is".to_owned(),
        Event::Unchecked(why) => format!("Nix could not say: {}", plain(why)),
        Event::Relocked => "Nix has added what was missing".to_owned(),
        Event::Committed(commit) => format!("committed as {}", commit.short(style.abbreviation)),
        Event::Running(line) => format!("$ {}", plain(&line.as_typed())),
        Event::PuttingBack => format!("putting {path} back …"),
    }
}

/// How it ended, in a line or two.
#[must_use]
pub fn ending(report: &Report, plan: &Plan) -> String {
    let added = if report.relocked { ", with what Nix has added" } else { "" };
    let goal = format!("{}{added}", plain(&plan.goal.in_words()));
    let path = plain(&plan.situation.path);
    let rebuilt = plan.steps.iter().any(|step| matches!(step, Step::Rebuild(..) | Step::Reactivate(..)));
    let is_part = plan.goal.part.is_some();
    let (with, is, left) =
        if is_part { ("with", "has", "is left with") } else { ("from", "is", "is left at") };
    let after = &report.after;
    let generation = after.generation.map(|number| format!("generation {number}"));
    let runs = after.running.is_some() && after.running == after.default;
    match report.ending {
        Ending::Done if plan.goal.bytes.is_none() => format!("{path} is removed: {goal}"),
        Ending::Done if !rebuilt => format!("{path} {is} {goal}; the system was not rebuilt"),
        Ending::Done => {
            let moved = report.before.link != after.link || report.before.running != after.running;
            match generation {
                Some(generation) if runs && moved => format!("{generation} runs, built {with} {goal}"),
                Some(generation) if runs => format!("{generation} runs as before; {path} {is} {goal}"),
                Some(generation) if report.before.link != after.link => {
                    let boot = if after.running.is_some() { "; it runs after the next boot" } else { "" };
                    format!("{generation} is the default, built {with} {goal}{boot}")
                }
                Some(_) | None => format!("{path} {is} {goal}, and the command succeeded"),
            }
        }
        Ending::Complaints => {
            let which = generation.unwrap_or_else(|| "the new system".to_owned());
            if runs {
                format!("{which} runs, built {with} {goal}, but not all went well")
            } else {
                format!("{which} is built {with} {goal} and takes over with the next boot")
            }
        }
        Ending::PutBack | Ending::SystemMoved => {
            let mut but = Vec::new();
            but.extend(report.commit_stays.map(|made| format!("commit {made} stays")));
            but.extend((report.ending == Ending::SystemMoved).then(|| "the system has moved".to_owned()));
            if but.is_empty() {
                "the restore failed, and everything is as it was before".to_owned()
            } else {
                format!("the restore failed; {path} is as it was before, but {}", but.join(" and "))
            }
        }
        Ending::Kept => format!("the restore failed; {path} {left} {goal}"),
        Ending::Begun => String::new(),
    }
}

/// The lines that lead on after a failure, as hints.
#[must_use]
pub fn with_hints(error: Error, report: &Report, plan: &Plan, back: &[String]) -> Error {
    let error =
        back.iter().fold(error, |error, line| error.hint(format!("to switch the system back: `{line}`")));
    let stays = report.commit_stays.filter(|_| !report.ending.left_new_lock());
    let error = match stays {
        Some(_) => error.hint(format!(
            "`git commit -- {}` commits the lock as it lies there again",
            plan.situation.typed
        )),
        None => error,
    };
    match report.ending {
        Ending::Kept => error.hint("`flakehist undo` puts the lock of before back"),
        Ending::SystemMoved => error.hint("`flakehist status` tells how lock and system stand"),
        _ => error,
    }
}

#[cfg(test)]
mod tests;
