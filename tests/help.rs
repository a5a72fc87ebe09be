//! What the program says of itself: short with `-h` and `--help`, long with `help COMMAND`, and with examples that are
//! right.

#![expect(clippy::expect_used, reason = "a test may fail loudly in its helpers too")]
#![expect(clippy::disallowed_methods, reason = "the program is started")]

mod program;

use clap::{CommandFactory as _, Parser as _};
use flakehist::cli::args::Flakehist;

use program::{World, text};

/// The names of the commands, the empty one for the program itself.
fn commands() -> Vec<(String, Option<String>)> {
    let mut top = Flakehist::command().disable_help_subcommand(true);
    top.build();
    let told = |command: &clap::Command| command.get_after_help().map(ToString::to_string);
    let below = top.get_subcommands().map(|command| (command.get_name().to_owned(), told(command)));
    std::iter::once((String::new(), told(&top))).chain(below.collect::<Vec<_>>()).collect()
}

#[test]
fn help_is_short_or_long_as_it_is_asked_for() {
    let world = World::new();
    let told = |line: String| {
        let output = world.shell(&line);
        assert!(output.status.success() && output.stderr.is_empty(), "{line}: {}", text(&output.stderr));
        text(&output.stdout)
    };
    for (name, _) in commands() {
        let short = told(format!("flakehist {name} -h"));
        assert_eq!(told(format!("flakehist {name} --help")), short, "{name}");
        assert!(short.lines().count() <= 62, "{name} -h has {} lines", short.lines().count());
        let long = told(format!("flakehist help {name}"));
        assert!(long.len() > short.len(), "help {name} says no more than -h");
        for help in [&short, &long] {
            assert!(help.contains("\nExamples:\n"), "{name}: {help}");
        }
    }
}

#[test]
fn every_example_can_be_typed() {
    for (name, after) in commands() {
        let after = after.expect("every command has examples");
        let (_, examples) = after.split_once("Examples:\n").expect("every command has examples");
        let examples: Vec<&str> =
            examples.lines().filter_map(|line| line.strip_prefix("  flakehist")).collect();
        assert!(examples.len() >= 2, "{name} has {} examples", examples.len());
        for example in examples {
            // Behind two spaces stands what it is good for.
            let command = example.split("  ").next().unwrap_or_default();
            let command = command.split(" && ").next().unwrap_or_default();
            let words = shlex::split(command).expect("quotes are closed");
            let parsed = Flakehist::try_parse_from(std::iter::once("flakehist".to_owned()).chain(words));
            let is_right = parsed.as_ref().err().is_none_or(|error| !error.use_stderr());
            assert!(
                is_right,
                "flakehist{command}: {}",
                parsed.err().map(|e| e.to_string()).unwrap_or_default()
            );
        }
    }
}
