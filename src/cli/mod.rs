//! The top: reads the arguments, runs one command, prints what went wrong. Knows everything, decides little.

pub mod args;
mod completions;
mod demo;
mod diff;
mod doctor;
mod generations;
mod git_setup;
mod journal;
mod log;
mod notes;
mod pager;
mod progress;
mod restore;
mod settings;
mod show;
mod status;
mod target;
mod textconv;
mod undo;
mod world;

use std::ffi::OsString;
use std::io::Write as _;

use clap::Parser as _;

use crate::error::{Error, Kind, Result};
use crate::view::{plain, plain_lines};

use args::{Command, Flakehist};
use notes::Notes;
use world::World;

/// Runs flakehist with these arguments (the program's name first) and gives the exit code: 0 when all went well, 1
/// when it did not, 2 when the command line makes no sense. `status --check` has further ones.
#[must_use]
pub fn run(arguments: impl Iterator<Item = OsString>) -> u8 {
    let parsed = match Flakehist::try_parse_from(folders_first(with_counts(arguments))) {
        Ok(parsed) => parsed,
        Err(error) => {
            // Help and version are no errors; clap prints them where they belong.
            if !error.use_stderr() {
                return u8::from(error.print().is_err());
            }
            // A mistake repeats what was typed, which may be the name of a stranger's branch.
            let text = plain_lines(&error.render().to_string());
            drop(std::io::stderr().write_all(text.as_bytes()));
            return 2;
        }
    };
    let mut notes = Notes::default();
    let failure = match &parsed.command {
        Some(Command::Status(args)) => status::failure(args),
        _ => 1,
    };
    let result = World::look().and_then(|world| {
        let world = if is_data(&parsed) { world.with_all_signs() } else { world };
        dispatch(parsed, &world, &mut notes)
    });
    print_notes(&notes);
    match result {
        Ok(code) => code,
        Err(error) => {
            print_error(&error);
            match error.kind() {
                Kind::ClosedPipe => 0,
                Kind::Failure => failure,
                Kind::Usage => 2,
            }
        }
    }
}

/// Whether the output is for programs, or a text of others': there nothing is a sign of ours.
fn is_data(parsed: &Flakehist) -> bool {
    match &parsed.command {
        Some(Command::Log(args)) => args.json,
        Some(Command::Show(args)) => args.json,
        Some(Command::Diff(args)) => args.json || args.nix || args.patch || args.markdown,
        Some(Command::Status(args)) => args.json,
        Some(Command::Generations(args)) => args.json,
        Some(Command::Doctor(args)) => args.json,
        Some(Command::Journal(args)) => args.json,
        _ => false,
    }
}

/// Runs the command and gives its exit code.
fn dispatch(parsed: Flakehist, world: &World, notes: &mut Notes) -> Result<u8> {
    let global = &parsed.global;
    match parsed.command {
        None => return status::run(&args::Status::default(), global, world, notes),
        Some(Command::Status(args)) => return status::run(&args, global, world, notes),
        Some(Command::Diff(args)) => return diff::run(&args, global, world, notes),
        Some(Command::Doctor(args)) => return doctor::run(&args, global, world),
        Some(Command::Log(args)) => log::run(&args, global, world, notes)?,
        Some(Command::Show(args)) => show::run(&args, global, world)?,
        Some(Command::Generations(args)) => generations::run(&args, global, world, notes)?,
        Some(Command::Restore(args)) => return restore::run(&args, global, world, notes),
        Some(Command::Undo(args)) => return undo::run(&args, global, world, notes),
        Some(Command::Journal(args)) => journal::run(&args, global, world, notes)?,
        Some(Command::GitSetup(args)) => git_setup::run(&args, global, world, notes)?,
        Some(Command::Textconv(args)) => textconv::run(&args, global, world)?,
        Some(Command::Demo(args)) => demo::run(&args, global, world, notes)?,
        Some(Command::Completions(args)) => completions::run(&args, global, world)?,
    }
    Ok(0)
}

/// `log -5` is `log -n 5`, as in git.
fn with_counts(arguments: impl Iterator<Item = OsString>) -> impl Iterator<Item = OsString> {
    let mut is_option = false;
    arguments.flat_map(move |argument| {
        is_option = (is_option || argument == "log") && argument != "--";
        let count = argument
            .to_str()
            .filter(|_| is_option)
            .and_then(|text| text.strip_prefix('-'))
            .filter(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
            .map(|digits| [OsString::from("-n"), OsString::from(digits)]);
        match count {
            Some([option, digits]) => vec![option, digits],
            None => vec![argument],
        }
    })
}

/// `-C a log -C b` is `-C a -C b log`: of an option that holds everywhere, clap keeps only what stands behind the
/// command.
fn folders_first(mut arguments: impl Iterator<Item = OsString>) -> impl Iterator<Item = OsString> {
    let mut first: Vec<OsString> = arguments.next().into_iter().collect();
    let mut rest = Vec::new();
    while let Some(argument) = arguments.next() {
        if argument == "--" {
            rest.push(argument);
            break;
        }
        if argument == "-C" {
            first.push(argument);
            first.extend(arguments.next());
        } else if argument.as_encoded_bytes().starts_with(b"-C") {
            first.push(argument);
        } else {
            rest.push(argument);
        }
    }
    first.into_iter().chain(rest).chain(arguments)
}

/// The one place that prints errors. A closed standard error is nobody's to tell.
fn print_error(error: &Error) {
    if error.kind() == Kind::ClosedPipe {
        return;
    }
    let mut text = format!("error: {}\n", plain(error.message()));
    for cause in error.causes() {
        text.push_str(&format!("  because: {}\n", plain(cause)));
    }
    for hint in error.hints() {
        text.push_str(&format!("hint: {}\n", plain(hint)));
    }
    drop(std::io::stderr().write_all(text.as_bytes()));
}

fn print_notes(notes: &Notes) {
    let mut text = String::new();
    for (note, hint) in notes.iter() {
        text.push_str(&format!("note: {}\n", plain(note)));
        if let Some(hint) = hint {
            text.push_str(&format!("hint: {}\n", plain(hint)));
        }
    }
    drop(std::io::stderr().write_all(text.as_bytes()));
}
