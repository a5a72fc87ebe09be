//! Why inputs cannot be restored by themselves.

use std::fmt;

use crate::lock::{InputPath, Source};

use super::{Note, Which};

/// One of the two locks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// The one that inputs are put into.
    Now,
    /// The one they are taken from.
    Then,
}

impl When {
    fn was(self) -> &'static str {
        match self {
            Self::Now => "is",
            Self::Then => "was",
        }
    }
}

/// Why inputs cannot be restored by themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// No Nix of today reads the one lock.
    Version {
        /// Which.
        when: When,
        /// Its version.
        version: u64,
    },
    /// The empty path was asked for.
    WholeLock,
    /// Nothing can be restored, or everything was excepted.
    NothingToRestore {
        /// Which inputs stay as they are, and why.
        stays: Vec<Note>,
    },
    /// The current lock does not have the input.
    NotThereNow {
        /// The input.
        input: InputPath,
        /// The input that is called nearly so.
        near: Option<InputPath>,
        /// Whether the old lock has it.
        was_there: bool,
    },
    /// The old lock does not have the input.
    NotThereThen {
        /// The input.
        input: InputPath,
    },
    /// The input is whatever another is.
    FollowsNow {
        /// The input.
        input: InputPath,
        /// What it follows.
        target: InputPath,
        /// The input that this is in the end, and that can be restored.
        instead: Option<InputPath>,
    },
    /// What the input is an input of is whatever another is.
    PassesThroughFollows {
        /// The input.
        input: InputPath,
        /// The one that follows.
        at: InputPath,
        /// What it follows.
        target: InputPath,
        /// The input that this is in the end, and that can be restored.
        instead: Option<InputPath>,
    },
    /// What the input followed in the old lock was no input.
    FollowedNothing {
        /// The input.
        input: InputPath,
        /// What it followed.
        target: InputPath,
    },
    /// flake.nix declares another reference than then.
    OriginalChanged {
        /// The input.
        input: InputPath,
        /// What is declared today.
        now: Source,
        /// What was declared then.
        then: Source,
    },
    /// It was a flake and is none, or the other way round.
    FlakeFlagChanged {
        /// The input.
        input: InputPath,
        /// What it is today.
        is_flake_now: bool,
    },
    /// The input is a folder of the repository itself, or of another input.
    RelativePath {
        /// The input.
        input: InputPath,
        /// The flake that it is a folder of; the empty path is the root.
        of: InputPath,
    },
    /// In the result, an input would follow what is not there.
    FollowsNowhere {
        /// The one that follows.
        who: InputPath,
        /// What it would follow.
        target: InputPath,
        /// The input restored that does not have it.
        because: Option<InputPath>,
    },
    /// In the result, an input would follow in a circle; or in what Nix takes for one, because a path is asked for twice
    /// on the way.
    Circle {
        /// The one that follows.
        who: InputPath,
        /// From the path asked for twice back to it.
        chain: Vec<InputPath>,
    },
    /// An input follows over more steps than anybody would write.
    FollowsTooFar {
        /// The one that follows.
        who: InputPath,
    },
    /// Nix gives up on a lock with a type that it does not know.
    UnknownType {
        /// Whether an input to be restored has it, or one that stays.
        when: When,
        /// The input, or one below it.
        input: InputPath,
        /// The type.
        kind: String,
    },
    /// Nix gives up on a lock with its internal `__final` in it.
    MarkedFinal {
        /// Whether an input to be restored has it, or one that stays.
        when: When,
        /// The input, or one below it.
        input: InputPath,
    },
    /// More inputs than any lock may have.
    TooManyInputs,
}

impl Refusal {
    /// The input it is about; `None` when it is about a lock or the result.
    #[must_use]
    pub fn input(&self) -> Option<&InputPath> {
        match self {
            Self::NotThereNow { input, .. }
            | Self::NotThereThen { input }
            | Self::FollowsNow { input, .. }
            | Self::PassesThroughFollows { input, .. }
            | Self::FollowedNothing { input, .. }
            | Self::OriginalChanged { input, .. }
            | Self::FlakeFlagChanged { input, .. }
            | Self::RelativePath { input, .. }
            | Self::UnknownType { input, .. }
            | Self::MarkedFinal { input, .. } => Some(input),
            Self::FollowsNowhere { who, .. } | Self::Circle { who, .. } | Self::FollowsTooFar { who } => {
                Some(who)
            }
            Self::Version { .. } | Self::WholeLock | Self::NothingToRestore { .. } | Self::TooManyInputs => {
                None
            }
        }
    }

    /// Whether only the one input stands in the way: without it the others can be restored.
    pub(super) fn is_of_one_input(&self) -> bool {
        self.input().is_some()
    }

    /// What to do instead of restoring `which`. A name is only put into a command when no shell could take it for
    /// anything else.
    #[must_use]
    pub fn hints(&self, which: &Which) -> Vec<String> {
        let option = match which {
            Which::Only(_) => "--input",
            Which::Except(_) => "--except",
        };
        let whole = || format!("leave out `{option}` to restore the whole lock");
        let hint = match self {
            Self::Version { when: When::Then, .. } => "choose a lock of version 5 to 7".to_owned(),
            Self::WholeLock
            | Self::Version { when: When::Now, .. }
            | Self::FollowsTooFar { .. }
            | Self::Circle { .. }
            | Self::TooManyInputs => whole(),
            Self::NotThereNow { near, was_there, .. } => match near.as_ref().and_then(word) {
                _ if *was_there => {
                    "it was one then; declare it in flake.nix first, or Nix drops it again".to_owned()
                }
                Some(word) => format!("did you mean `{word}`?"),
                None => "`flakehist show` lists the inputs that there are".to_owned(),
            },
            Self::NotThereThen { input } => match word(input) {
                Some(word) => format!("`flakehist log --input {word}` shows when it was added"),
                None => "`flakehist log` shows when it was added".to_owned(),
            },
            Self::FollowsNow { instead, .. } | Self::PassesThroughFollows { instead, .. } => {
                match (instead.as_ref().and_then(word), which) {
                    (Some(word), Which::Only(_)) => format!("restore that one: `--input {word}`"),
                    (Some(word), Which::Except(_)) => format!("except that one: `--except {word}`"),
                    (None, _) => "`flakehist show` lists the inputs that there are".to_owned(),
                }
            }
            Self::OriginalChanged { .. } => {
                let other = "choose a lock from when it was declared as it is now".to_owned();
                let keep = "`--keep-original` takes what was locked then under the reference of today";
                return vec![other, keep.to_owned()];
            }
            Self::FlakeFlagChanged { .. } => {
                "choose a lock from when `flake` was set as it is now".to_owned()
            }
            Self::RelativePath { of, .. } => match (word(of), which) {
                (Some(word), Which::Only(_)) => format!("restore that one: `--input {word}`"),
                _ => "bring its folder back with git".to_owned(),
            },
            Self::FollowsNowhere { who, target, because } => {
                return nowhere(who, target, because.as_ref(), which);
            }
            Self::UnknownType { when: When::Then, .. } | Self::MarkedFinal { when: When::Then, .. } => {
                "choose another lock".to_owned()
            }
            Self::UnknownType { when: When::Now, input, .. }
            | Self::MarkedFinal { when: When::Now, input } => {
                let own = input.0.first().map(|name| InputPath(vec![name.clone()]));
                match (own.as_ref().and_then(word), which) {
                    (Some(word), Which::Only(_)) => format!("restore it as well: `--input {word}`"),
                    _ => whole(),
                }
            }
            Self::FollowedNothing { input, target } => {
                again(input, target).unwrap_or_else(|| "choose another lock".to_owned())
            }
            Self::NothingToRestore { .. } => "`flakehist diff` shows how the two locks differ".to_owned(),
        };
        vec![hint]
    }
}

/// What to do about an input that would follow what is not there.
fn nowhere(who: &InputPath, target: &InputPath, because: Option<&InputPath>, which: &Which) -> Vec<String> {
    let mut hints = Vec::new();
    match which {
        // What the root itself follows is written in flake.nix, and restored with nothing.
        Which::Only(_) if !who.is_root_input() => {
            let own = who.0.first().map(|name| InputPath(vec![name.clone()]));
            let word = own.as_ref().filter(|own| Some(*own) != because).and_then(word);
            hints.extend(word.map(|word| format!("restore it as well: `--input {word}`")));
        }
        Which::Only(_) => {}
        Which::Except(_) => {
            hints.extend(because.and_then(word).map(|word| format!("leave it as it is: `--except {word}`")));
        }
    }
    hints.push(match word(target) {
        Some(word) => format!("choose a lock that has it: `flakehist log --input {word}` shows when it came"),
        None => "choose a lock that has it".to_owned(),
    });
    hints
}

/// What an input of an input followed then, to be written into flake.nix again.
fn again(input: &InputPath, target: &InputPath) -> Option<String> {
    word(input).filter(|_| !input.is_root_input())?;
    let target = if target.is_root() { String::new() } else { word(target)? };
    let names: Vec<&str> = input.names().collect();
    Some(format!("let flake.nix say so again: `inputs.{}.follows = \"{target}\";`", names.join(".inputs.")))
}

/// The path as a word of a command line.
fn word(path: &InputPath) -> Option<String> {
    let word = path.to_string();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.+/".contains(c);
    (word.starts_with(|c: char| c.is_ascii_alphanumeric()) && word.chars().all(is_plain)).then_some(word)
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version { when, version } => {
                let which = match when {
                    When::Now => "current",
                    When::Then => "earlier",
                };
                write!(f, "the {which} lock has version {version}, which Nix does not read")
            }
            Self::WholeLock => f.write_str("the empty path is no input, but the flake itself"),
            Self::NothingToRestore { .. } => f.write_str("there is no input left to restore"),
            Self::NotThereNow { input, .. } => write!(f, "`{input}` is no input in the current lock"),
            Self::NotThereThen { input } => write!(f, "`{input}` was no input then"),
            Self::FollowsNow { input, target, .. } => {
                write!(f, "`{input}` has no state of its own: it follows {}", named(target))
            }
            Self::PassesThroughFollows { input, at, target, .. } => {
                write!(f, "`{input}` has no state of its own: `{at}` follows {}", named(target))
            }
            Self::FollowedNothing { input, target } if target.is_root() => {
                write!(f, "`{input}` followed the flake itself then, which is no input")
            }
            Self::FollowedNothing { input, target } => {
                write!(f, "`{input}` followed `{target}` then, which led to no input")
            }
            Self::OriginalChanged { input, now, then } => {
                let (today, before) = (now.url(), then.url());
                if today != before {
                    return write!(f, "`{input}` is declared as {today} now, and was {before} then");
                }
                let odd = now.differing(then);
                write!(
                    f,
                    "`{input}` is declared as {today} now as then, but with another `{}`",
                    odd.join("`, `")
                )
            }
            Self::FlakeFlagChanged { input, is_flake_now: true } => {
                write!(f, "`{input}` is a flake now, and was plain source then")
            }
            Self::FlakeFlagChanged { input, is_flake_now: false } => {
                write!(f, "`{input}` is plain source now, and was a flake then")
            }
            Self::RelativePath { input, of } => {
                let of = if of.is_root() { "this flake".to_owned() } else { format!("`{of}`") };
                write!(f, "`{input}` is a folder of {of}, so the lock does not say what it was")
            }
            Self::FollowsNowhere { who, target, because: Some(input) } => {
                write!(f, "`{who}` follows `{target}`, and `{input}` as it was then has no such input")
            }
            Self::FollowsNowhere { who, target, because: None } => {
                write!(f, "`{who}` would follow `{target}`, which is no input")
            }
            Self::Circle { who, chain } => {
                let chain: Vec<String> = chain.iter().map(named).collect();
                write!(
                    f,
                    "`{who}` would follow in a circle, or what Nix takes for one: {}",
                    chain.join(" -> ")
                )
            }
            Self::FollowsTooFar { who } => write!(f, "`{who}` follows over too many others"),
            Self::UnknownType { when, input, kind } => {
                let was = when.was();
                write!(f, "`{input}` {was} of type `{kind}`, which makes Nix give up on the whole lock")
            }
            Self::MarkedFinal { when, input } => {
                let was = when.was();
                write!(f, "`{input}` {was} marked `__final`, which makes Nix give up on the whole lock")
            }
            Self::TooManyInputs => f.write_str("the result would have too many inputs within inputs"),
        }
    }
}

/// A path, or the root in words.
fn named(path: &InputPath) -> String {
    if path.is_root() { "the flake itself".to_owned() } else { format!("`{path}`") }
}
