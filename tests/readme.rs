//! The README tells the truth: its examples are run in the demo's repository, its tables compared with the source.
//! `BLESS=1 cargo test --test readme` writes the examples' output anew.
//!
//! - A fenced block whose first line is `$ flakehist …` (or `$ NAME=value flakehist …`) is run, and what follows the
//!   line must be what it writes; `…` alone on a line stands for any lines. Where other commands stand above that line,
//!   all are run, in a repository of their own.
//! - A block fenced as `json flakehist …` must be what that command writes, laid out with a member on each line.

#![expect(clippy::expect_used, reason = "a test may fail loudly in its helpers too")]
#![expect(clippy::disallowed_methods, reason = "BLESS is asked for here, and the examples are started")]

#[path = "program/nix.rs"]
mod nix;
mod program;

use std::collections::BTreeSet;
use std::path::Path;

use clap::CommandFactory as _;
use flakehist::cli::args::Flakehist;

use nix::has_nix;
use program::{World, text};

const CUT: &str = "…";

fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).expect("the file can be read")
}

/// A piece of the README.
enum Piece {
    /// A line as it is.
    Line(String),
    /// What a fence opens, its lines, without the fences.
    Block { opening: String, lines: Vec<String> },
}

fn pieces(readme: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut lines = readme.lines();
    while let Some(line) = lines.next() {
        match line.strip_prefix("```") {
            None => pieces.push(Piece::Line(line.to_owned())),
            Some(opening) => pieces.push(Piece::Block {
                opening: opening.to_owned(),
                lines: lines.by_ref().take_while(|line| *line != "```").map(str::to_owned).collect(),
            }),
        }
    }
    pieces
}

/// What the block should hold, when it is one that is run.
fn told(world: &World, opening: &str, lines: &[String]) -> Option<Vec<String>> {
    if let Some(command) = opening.strip_prefix("json ") {
        let output = run(world, command);
        return Some(laid_out(&output).lines().map(str::to_owned).collect());
    }
    let commands: Vec<&str> = lines.iter().map_while(|line| line.strip_prefix("$ ")).collect();
    let (command, before) = commands.split_last()?;
    let words = command.split(' ').find(|word| !word.contains('='))?;
    if words != "flakehist" {
        return None;
    }
    let output =
        if before.is_empty() { run(world, command) } else { run(&World::new(), &commands.join(" && ")) };
    let output: Vec<String> = output.lines().map(str::to_owned).collect();
    let (typed, told) = lines.split_at(commands.len());
    Some(typed.iter().cloned().chain(shortened(told, &output)).collect())
}

/// Standard output, then standard error, without the name of the temporary folder.
fn run(world: &World, command: &str) -> String {
    let output = world.shell(command);
    let home = world.demo().parent().expect("it lies in a folder").display().to_string();
    (text(&output.stdout) + &text(&output.stderr)).replace(&home, "~")
}

/// The output with lines left out where the README leaves them out.
fn shortened(told: &[String], output: &[String]) -> Vec<String> {
    let Some(cut) = told.iter().position(|line| line == CUT) else { return output.to_vec() };
    let after = told.len() - cut - 1;
    if cut + after >= output.len() {
        return output.to_vec();
    }
    let (before, after) = (output.iter().take(cut), output.iter().skip(output.len() - after));
    before.cloned().chain([CUT.to_owned()]).chain(after.cloned()).collect()
}

/// JSON with a member or element on each line, the order of the members kept; short inner values stay on one line.
fn laid_out(json: &str) -> String {
    let mut out = String::new();
    let (mut depth, mut in_text, mut escaped) = (0_usize, false, false);
    let mut rest = json.trim().chars().peekable();
    let line = |out: &mut String, depth: usize| {
        out.push('\n');
        out.extend(std::iter::repeat_n("  ", depth));
    };
    while let Some(c) = rest.next() {
        match c {
            _ if in_text => {
                out.push(c);
                in_text = escaped || c != '"';
                escaped = c == '\\' && !escaped;
            }
            '"' => {
                out.push(c);
                in_text = true;
            }
            '\n' => {}
            '[' | '{' if matches!(rest.peek(), Some(']' | '}')) => out.push(c),
            '[' | '{' => {
                out.push(c);
                depth += 1;
                line(&mut out, depth);
            }
            ']' | '}' if out.ends_with(['[', '{']) => out.push(c),
            ']' | '}' => {
                depth = depth.saturating_sub(1);
                line(&mut out, depth);
                out.push(c);
            }
            ',' => {
                out.push(c);
                line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            c => out.push(c),
        }
    }
    out
}

#[test]
fn the_examples_are_what_the_program_writes() {
    if !has_nix() {
        println!("skipped: there is no Nix, so a restore says something else, and what comes after it too");
        return;
    }
    let world = World::new();
    let readme = read("README.md");
    let mut blessed = String::new();
    let mut wrong = Vec::new();
    let mut run = 0;
    for piece in pieces(&readme) {
        match piece {
            Piece::Line(line) => blessed.push_str(&format!("{line}\n")),
            Piece::Block { opening, lines } => {
                let told = told(&world, &opening, &lines);
                run += usize::from(told.is_some());
                let right = told.unwrap_or_else(|| lines.clone());
                if right != lines {
                    wrong.push(format!(
                        "README.md:\n{}\n\nshould be:\n{}",
                        lines.join("\n"),
                        right.join("\n")
                    ));
                }
                blessed.push_str(&format!("```{opening}\n{}\n```\n", right.join("\n")));
            }
        }
    }
    assert!(run >= 5, "only {run} examples were found");
    if std::env::var("BLESS").is_ok_and(|value| value == "1") {
        std::fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md"), blessed).unwrap();
        return;
    }
    assert!(wrong.is_empty(), "{}\n\n`BLESS=1 cargo test --test readme`", wrong.join("\n\n"));
}

#[test]
fn every_flag_is_named() {
    let readme = read("README.md");
    let mut top = Flakehist::command().disable_help_subcommand(true);
    top.build();
    let pages = top.get_subcommands().map(|command| format!("man/flakehist-{}.1", command.get_name()));
    let manual: String = pages.chain(["man/flakehist.1".to_owned()]).map(|page| read(&page)).collect();
    let commands = std::iter::once(&top).chain(top.get_subcommands());
    for argument in commands.flat_map(clap::Command::get_arguments) {
        let Some(long) = argument.get_long().filter(|long| !matches!(*long, "help" | "version")) else {
            continue;
        };
        assert!(readme.contains(&format!("--{long}")), "README.md does not name --{long}");
        assert!(
            manual.contains(&format!("\\-\\-{}", long.replace('-', "\\-"))),
            "man/ does not name --{long}"
        );
    }
}

/// The words that begin with `prefix` and go on with these characters.
fn words(text: &str, prefix: &str, belongs: fn(char) -> bool) -> BTreeSet<String> {
    let found = text.match_indices(prefix).filter_map(|(at, _)| {
        let rest = text.get(at + prefix.len()..)?;
        let end = rest.find(|c| !belongs(c)).unwrap_or(rest.len());
        (end > 0).then(|| format!("{prefix}{}", rest.get(..end).unwrap_or_default()))
    });
    found.collect()
}

#[test]
fn the_settings_are_those_that_the_program_knows() {
    let source = sources("src/cli");
    let mut variables = words(&source, "FLAKEHIST_", |c| c.is_ascii_uppercase());
    // Most are put together from their last part, in one file.
    let settings = read("src/cli/settings.rs");
    for call in ["text(\"", "switch(\"", "when(\""] {
        let parts = words(&settings, call, |c| c.is_ascii_uppercase());
        variables.extend(parts.iter().map(|part| part.replace(call, "FLAKEHIST_")));
    }
    let keys = words(&source, "\"flakehist.", |c| c.is_ascii_lowercase());
    let keys: BTreeSet<String> = keys.iter().map(|key| key.trim_matches('"').to_owned()).collect();

    let readme = read("README.md");
    let rows: String =
        readme.lines().filter(|line| line.starts_with('|')).flat_map(|line| [line, "\n"]).collect();
    assert_eq!(
        words(&rows, "flakehist.", |c| c.is_ascii_lowercase()),
        keys,
        "README.md (left), the source (right)"
    );
    assert_eq!(
        words(&rows, "FLAKEHIST_", |c| c.is_ascii_uppercase()),
        variables,
        "README.md (left), the source (right)"
    );
    let manual = read("man/flakehist.1");
    for name in keys.iter().chain(&variables) {
        assert!(manual.contains(name.as_str()), "man/flakehist.1 does not name {name}");
    }
}

/// Every source file below a folder, without the tests at its end.
fn sources(folder: &str) -> String {
    let mut text = String::new();
    let mut pending = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
    while let Some(path) = pending.pop() {
        if path.is_dir() {
            let entries = std::fs::read_dir(&path).expect("a folder can be read");
            pending.extend(entries.map(|entry| entry.expect("a folder can be read").path()));
        } else if path.file_name().is_some_and(|name| name != "tests.rs") {
            let source = std::fs::read_to_string(&path).expect("a source file is text");
            text.push_str(source.split("#[cfg(test)]").next().unwrap_or_default());
        }
    }
    text
}

/// The keys of a document; those of `inputs` are names of inputs.
fn keys_of(value: &serde_json::Value, keys: &mut BTreeSet<String>) {
    match value {
        serde_json::Value::Array(elements) => elements.iter().for_each(|element| keys_of(element, keys)),
        serde_json::Value::Object(members) => {
            for (key, value) in members {
                keys.insert(key.clone());
                match value.as_object().filter(|_| key == "inputs") {
                    Some(inputs) => inputs.values().for_each(|input| keys_of(input, keys)),
                    None => keys_of(value, keys),
                }
            }
        }
        _ => {}
    }
}

#[test]
fn every_key_of_the_json_is_documented() {
    let source = sources("src/view");
    let readme = read("README.md");
    let (_, section) = readme.split_once("## JSON").expect("the README has a section on JSON");
    let mut keys = BTreeSet::new();
    for call in [".member(\"", ".signed(\"", ".flag(\"", ".number(\"", ".key(\""] {
        keys.extend(
            words(&source, call, |c| c.is_ascii_alphabetic()).iter().map(|key| key.replace(call, "")),
        );
    }
    assert!(keys.len() > 40, "{keys:?}");
    let world = World::new();
    for command in
        ["log", "show", "show gen:41", "generations", "status", "diff gen:38 gen:42", "diff gen:41"]
    {
        let output = world.shell(&format!("flakehist {command} --json"));
        let document = serde_json::from_slice(&output.stdout).expect("a JSON document");
        keys_of(&document, &mut keys);
    }
    for key in keys {
        assert!(section.contains(&format!("`{key}`")), "README.md does not document `{key}`");
    }
}

#[test]
fn the_two_first_commands_are_those_that_ci_runs() {
    let readme = read("README.md");
    let near_the_top: Vec<&str> = readme.lines().take(40).collect();
    let ci = read(".ci/run");
    for command in ["cargo run --release -- demo", "cargo test"] {
        assert!(near_the_top.contains(&command), "README.md does not begin with `{command}`");
    }
    assert!(ci.lines().any(|line| line.trim() == "cargo test"), ".ci/run does not run `cargo test`");
    assert!(ci.contains("cargo run --release -- demo"), ".ci/run does not run the demo");
}
