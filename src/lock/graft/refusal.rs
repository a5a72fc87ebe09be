//! Why inputs cannot be restored by themselves.

use std::fmt;

use crate::lock::{InputPath, Source};

/// One of the two locks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// The one that inputs are put into.
    Now,
    /// The one they are taken from.
    Then,
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
    NothingToRestore,
    /// The current lock does not have the input.
    NotThereNow {
        /// The input.
        input: InputPath,
        /// The input that is called nearly so.
        near: Option<InputPath>,
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
        /// The input, or one below it.
        input: InputPath,
        /// The type.
        kind: String,
    },
    /// Nix gives up on a lock with its internal `__final` in it.
    MarkedFinal {
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
            | Self::RelativePath { input }
            | Self::UnknownType { input, .. }
            | Self::MarkedFinal { input } => Some(input),
            Self::FollowsNowhere { who, .. } | Self::Circle { who, .. } | Self::FollowsTooFar { who } => {
                Some(who)
            }
            Self::Version { .. } | Self::WholeLock | Self::NothingToRestore | Self::TooManyInputs => None,
        }
    }

    /// Whether only the one input stands in the way: without it the others can be restored.
    pub(super) fn is_of_one_input(&self) -> bool {
        self.input().is_some()
    }

    /// What to do instead. A name is only put into a command when no shell could take it for anything else.
    #[must_use]
    pub fn hints(&self) -> Vec<String> {
        match self {
            Self::Version { when: When::Then, .. } => {
                vec!["choose a lock of version 5 to 7".to_owned()]
            }
            Self::Version { when: When::Now, .. } => {
                vec!["restore a whole lock: leave out `--input` and `--except`".to_owned()]
            }
            Self::WholeLock => vec!["leave out `--input` to restore the whole lock".to_owned()],
            Self::NotThereNow { near, .. } => vec![match near.as_ref().and_then(word) {
                Some(word) => format!("did you mean `{word}`?"),
                None => "an input that flake.nix does not name is dropped by Nix; declare it there first"
                    .to_owned(),
            }],
            Self::NotThereThen { .. } => vec!["`flakehist log` shows when it was added".to_owned()],
            Self::FollowsNow { instead, .. } | Self::PassesThroughFollows { instead, .. } => {
                let word = instead.as_ref().and_then(word);
                word.map(|word| format!("restore that one: `--input {word}`")).into_iter().collect()
            }
            Self::OriginalChanged { .. } => vec![
                "choose a lock from when it was declared as it is now".to_owned(),
                "`--keep-original` takes what was locked then under the reference of today".to_owned(),
            ],
            Self::FlakeFlagChanged { .. } => {
                vec!["choose a lock from when `flake` was set as it is now".to_owned()]
            }
            Self::RelativePath { .. } => vec!["bring its folder back with git".to_owned()],
            Self::FollowsNowhere { who, .. } => {
                let own = who.0.first().map(|name| InputPath(vec![name.clone()]));
                let word = own.as_ref().and_then(word);
                word.map(|word| format!("restore it as well: `--input {word}`")).into_iter().collect()
            }
            Self::UnknownType { .. } | Self::MarkedFinal { .. } => vec!["choose another lock".to_owned()],
            Self::FollowedNothing { input, target } => again(input, target).into_iter().collect(),
            Self::NothingToRestore
            | Self::Circle { .. }
            | Self::FollowsTooFar { .. }
            | Self::TooManyInputs => Vec::new(),
        }
    }
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
            Self::NothingToRestore => f.write_str("there is no input left to restore"),
            Self::NotThereNow { input, .. } => write!(f, "`{input}` is no input in the current lock"),
            Self::NotThereThen { input } => write!(f, "`{input}` was no input then"),
            Self::FollowsNow { input, target, .. } => {
                write!(f, "`{input}` has no state of its own: it follows {}", named(target))
            }
            Self::PassesThroughFollows { input, at, target, .. } => {
                write!(f, "`{input}` has no state of its own: `{at}` follows {}", named(target))
            }
            Self::FollowedNothing { input, target } => {
                write!(f, "`{input}` followed {} then, which was no input", named(target))
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
            Self::RelativePath { input } => {
                write!(f, "`{input}` is a folder inside another flake, so the lock does not say what it was")
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
            Self::UnknownType { input, kind } => {
                write!(f, "`{input}` was of type `{kind}`, which makes Nix give up on the whole lock")
            }
            Self::MarkedFinal { input } => {
                write!(f, "`{input}` was marked `__final`, which makes Nix give up on the whole lock")
            }
            Self::TooManyInputs => f.write_str("the result would have too many inputs within inputs"),
        }
    }
}

/// A path, or the root in words.
fn named(path: &InputPath) -> String {
    if path.is_root() { "the flake itself".to_owned() } else { format!("`{path}`") }
}
