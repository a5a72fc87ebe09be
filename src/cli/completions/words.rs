//! What is asked: from the words typed so far, by what clap knows of the arguments, to what could stand in place of the
//! last one. Pure.

use clap::{Arg, ArgAction, Command, CommandFactory as _};

use super::super::args::Flakehist;
use super::Candidate;

/// What has to be looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Live {
    /// Paths of the lock's inputs.
    Inputs,
    /// Words for one lock: commits, generations, `worktree`, …
    Targets,
    /// What git resolves to a commit.
    Revisions,
    /// Generations, without `gen:`.
    Generations,
    /// Numbers of entries in the journal.
    Entries,
}

/// What can stand in place of the last word.
#[derive(Debug, Default)]
pub(super) struct Question {
    /// The beginning of the last word that stays, such as `--input=` or `HEAD..`.
    pub(super) kept: String,
    /// The rest of it, which is the beginning of what is looked for.
    pub(super) word: String,
    /// What the definitions of the arguments tell.
    pub(super) known: Vec<Candidate>,
    /// What has to be looked up besides.
    pub(super) live: Option<Live>,
    /// The options that say where to look, by the names clap gives them, with their values.
    pub(super) places: Vec<(String, String)>,
}

/// How far the words before the last one have led.
struct State<'c> {
    command: &'c Command,
    /// An option whose value comes next.
    waiting: Option<&'c Arg>,
    /// How many positional arguments there were.
    positionals: usize,
    /// Whether there was a `--`.
    is_past_options: bool,
    places: Vec<(String, String)>,
}

impl Question {
    /// The question that these words (the program's name not among them) ask.
    #[must_use]
    pub(super) fn of(words: &[String]) -> Self {
        let Some((last, before)) = words.split_last() else { return Self::default() };
        let mut top = Flakehist::command();
        top.build();
        let mut state = State {
            command: &top,
            waiting: None,
            positionals: 0,
            is_past_options: false,
            places: Vec::new(),
        };
        before.iter().for_each(|word| state.read(word));
        let mut question = state.question(last);
        question.places = state.places;
        question
    }

    fn of_value(argument: Option<&Arg>, kept: &str, value: &str) -> Self {
        let Some(argument) = argument else { return Self::default() };
        // What stands before the last `,` of a list, or the dots of a range, stays.
        let live = live(argument);
        let separators: &[&str] = match live {
            Some(Live::Targets | Live::Revisions) => &["...", "..", "^"],
            _ if argument.get_value_delimiter().is_some() => &[","],
            _ => &[],
        };
        let begins = separators.iter().filter_map(|dots| value.rfind(dots).map(|at| at + dots.len())).max();
        let (front, word) = value.split_at_checked(begins.unwrap_or(0)).unwrap_or(("", value));
        let possible = argument.get_possible_values();
        let known = possible.iter().filter(|value| !value.is_hide_set()).map(|value| {
            Candidate::new(value.get_name(), value.get_help().map(ToString::to_string).unwrap_or_default())
        });
        let mut known: Vec<Candidate> = known.collect();
        if argument.get_id() == "profile" {
            known.extend(["system", "home-manager", "system-manager"].map(|name| Candidate::new(name, "")));
        }
        Self { kept: format!("{kept}{front}"), word: word.to_owned(), known, live, places: Vec::new() }
    }
}

impl<'c> State<'c> {
    /// Takes a word that is complete.
    fn read(&mut self, word: &str) {
        if let Some(option) = self.waiting.take() {
            self.places.push((option.get_id().to_string(), word.to_owned()));
        } else if self.is_past_options {
            self.positionals += 1;
        } else if word == "--" {
            self.is_past_options = true;
        } else if let Some(long) = word.strip_prefix("--") {
            match long.split_once('=') {
                Some((name, value)) => {
                    let option = self.option(|argument| has_long(argument, name));
                    self.places.extend(option.map(|option| (option.get_id().to_string(), value.to_owned())));
                }
                None => self.waiting = self.option(|argument| has_long(argument, long)),
            }
        } else if let Some(shorts) = word.strip_prefix('-').filter(|shorts| !shorts.is_empty()) {
            self.read_shorts(shorts);
        } else if let Some(command) = self.command.find_subcommand(word).filter(|_| self.positionals == 0) {
            self.command = command;
        } else {
            self.positionals += 1;
        }
    }

    /// `-pn5` and the like: only the last can have a value, in the same word or the next.
    fn read_shorts(&mut self, shorts: &str) {
        let mut rest = shorts.chars();
        while let Some(short) = rest.next() {
            let option = self.option(|argument| argument.get_short() == Some(short));
            if let Some(option) = option {
                match rest.as_str() {
                    "" => self.waiting = Some(option),
                    value => self.places.push((option.get_id().to_string(), value.to_owned())),
                }
                return;
            }
        }
    }

    /// The option of the command that takes a value and is meant.
    fn option(&self, is_meant: impl Fn(&Arg) -> bool) -> Option<&'c Arg> {
        self.command
            .get_arguments()
            .find(|argument| argument.get_action().takes_values() && is_meant(argument))
    }

    fn question(&self, last: &str) -> Question {
        if let Some(option) = self.waiting {
            return Question::of_value(Some(option), "", last);
        }
        if let Some((name, value)) = last.split_once('=').filter(|_| !self.is_past_options)
            && let Some(long) = name.strip_prefix("--")
        {
            return Question::of_value(
                self.option(|option| has_long(option, long)),
                &format!("{name}="),
                value,
            );
        }
        let word = last.to_owned();
        if last.starts_with('-') && !self.is_past_options {
            return Question { word, known: flags(self.command), ..Question::default() };
        }
        let commands = self.command.get_subcommands().filter(|command| !command.is_hide_set());
        let commands = commands.map(|command| {
            Candidate::new(
                command.get_name(),
                command.get_about().map(ToString::to_string).unwrap_or_default(),
            )
        });
        let known: Vec<Candidate> = commands.collect();
        if !known.is_empty() {
            return Question { word, known, ..Question::default() };
        }
        Question::of_value(self.positional(), "", last)
    }

    /// The positional argument that comes next.
    fn positional(&self) -> Option<&'c Arg> {
        let mut all =
            self.command.get_positionals().filter(|argument| argument.is_last_set() == self.is_past_options);
        let mut left = self.positionals;
        all.find(|argument| {
            let most = argument.get_num_args().map_or(1, |range| range.max_values());
            let most = if matches!(argument.get_action(), ArgAction::Append) { most.max(2) } else { most };
            let is_it = left < most;
            left = left.saturating_sub(most);
            is_it
        })
    }
}

fn has_long(argument: &Arg, name: &str) -> bool {
    let aliases = argument.get_visible_aliases().unwrap_or_default();
    argument.get_long() == Some(name) || aliases.contains(&name)
}

/// Every option, the long forms first.
fn flags(command: &Command) -> Vec<Candidate> {
    let options =
        || command.get_arguments().filter(|argument| !argument.is_positional() && !argument.is_hide_set());
    let help = |argument: &Arg| argument.get_help().map(ToString::to_string).unwrap_or_default();
    let long = options()
        .filter_map(|option| Some(Candidate::new(format!("--{}", option.get_long()?), help(option))));
    let short = options()
        .filter_map(|option| Some(Candidate::new(format!("-{}", option.get_short()?), help(option))));
    long.chain(short).collect()
}

/// What an argument's value is, by the name it has in the usage.
fn live(argument: &Arg) -> Option<Live> {
    let name = argument.get_value_names()?.first()?.as_str();
    match (name, argument.get_id().as_str()) {
        ("INPUT" | "INPUT,…", _) => Some(Live::Inputs),
        ("TARGET", _) => Some(Live::Targets),
        ("REVISION", _) => Some(Live::Revisions),
        (_, "explain") => Some(Live::Generations),
        (_, "entry") => Some(Live::Entries),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(line: &str) -> Question {
        Question::of(&line.split(' ').map(str::to_owned).collect::<Vec<_>>())
    }

    fn known(line: &str) -> Vec<String> {
        let question = ask(line);
        let fitting = question.known.into_iter().filter(|known| known.word.starts_with(&question.word));
        fitting.map(|candidate| candidate.word).collect()
    }

    #[test]
    fn what_the_definitions_tell() {
        for (line, words) in [
            ("lo", &["log"][..]),
            ("help gen", &["generations"]),
            ("-C /x st", &["status"]),
            ("log --inp", &["--input"]),
            ("log --color=al", &["always"]),
            ("log --color ", &["auto", "always", "never"]),
            ("--profile=sys", &["system", "system-manager"]),
            ("restore lock~1 --action dry", &["dry-activate"]),
            ("completions ", &["bash", "zsh", "fish", "nushell"]),
            ("restore lock~1 -- --sh", &[]),
            ("log -- --in", &[]),
            ("nonsense --inp", &[]),
        ] {
            assert_eq!(known(line), words, "{line}");
        }
    }

    #[test]
    fn what_has_to_be_looked_up() {
        for (line, live, kept, word) in [
            ("log --input ni", Some(Live::Inputs), "", "ni"),
            ("log --input=ni", Some(Live::Inputs), "--input=", "ni"),
            ("log --columns nixpkgs,ho", Some(Live::Inputs), "nixpkgs,", "ho"),
            ("log --columns=nixpkgs,ho", Some(Live::Inputs), "--columns=nixpkgs,", "ho"),
            ("log -n 5 ma", Some(Live::Revisions), "", "ma"),
            ("log -pn5 main...up", Some(Live::Revisions), "main...", "up"),
            ("log a b c", Some(Live::Revisions), "", "c"),
            ("log ^v", Some(Live::Revisions), "^", "v"),
            ("log --since ", None, "", ""),
            ("show ge", Some(Live::Targets), "", "ge"),
            ("show a b", None, "", ""),
            ("diff gen:37..gen", Some(Live::Targets), "gen:37..", "gen"),
            ("diff HEAD ", Some(Live::Targets), "", ""),
            ("diff a b ", None, "", ""),
            ("restore --no-rebuild ", Some(Live::Targets), "", ""),
            ("restore x -- ", None, "", ""),
            ("undo ", Some(Live::Entries), "", ""),
            ("gens --explain ", Some(Live::Generations), "", ""),
            ("log -- ", None, "", ""),
        ] {
            let question = ask(line);
            assert_eq!(
                (question.live, question.kept.as_str(), question.word.as_str()),
                (live, kept, word),
                "{line}"
            );
        }
    }

    #[test]
    fn the_places_to_look_in_are_taken_along() {
        let places = |line: &str| ask(line).places;
        let of = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            places("-C a -Cb --flake=c log --lock d "),
            [of("directory", "a"), of("directory", "b"), of("flake", "c"), of("lock", "d")]
        );
    }

    /// An argument that is added and forgotten here would be completed with files.
    #[test]
    fn every_value_is_known_or_left_to_the_shell() {
        let left = [
            "ACTION", "ARGUMENT", "DATE", "DIR", "FILE", "MSG", "N", "NAME", "PATTERN", "PROFILE", "REF",
            "SHELL", "WHAT", "WHEN", "WORD",
        ];
        let mut top = Flakehist::command().disable_help_subcommand(true);
        top.build();
        let commands = std::iter::once(&top).chain(top.get_subcommands());
        for argument in commands.flat_map(Command::get_arguments).filter(|a| a.get_action().takes_values()) {
            let name = argument.get_value_names().and_then(<[_]>::first).map_or("", |name| name);
            let is_known = live(argument).is_some() || left.contains(&name);
            assert!(is_known, "{} {name}: what can it be completed with?", argument.get_id());
        }
    }
}
