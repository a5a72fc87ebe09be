//! What to know about a lock that was made.

use std::fmt;

use crate::lock::{InputPath, Source};

use super::Refusal;

/// Something to know about a lock that was made, though it could be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// The current lock had a version before 7, which this is; the result has 7.
    FormatUpgraded(u64),
    /// The current lock was not written by Nix as it stands, so there is more in the difference than the inputs.
    NotAsNixWrites,
    /// flake.nix was not read, so what it overrides was guessed from the current lock.
    OverridesGuessed,
    /// An input could not be restored and stays as it is.
    Stays(Box<Refusal>),
    /// Inputs that the old lock does not have stay as they are.
    StayNew(Vec<InputPath>),
    /// An input was to stay as it is, but what it is an input of had none such then.
    NotKept {
        /// The input.
        input: InputPath,
        /// The input restored that it is below.
        of: InputPath,
    },
    /// The input followed another then, and is that one now.
    FollowedThen {
        /// The input.
        input: InputPath,
        /// Where the node it followed is in the old lock.
        at: InputPath,
    },
    /// Restored under the reference declared today, though it was locked for another.
    KeptOriginal {
        /// The input.
        input: InputPath,
        /// What flake.nix declares today.
        now: Source,
        /// What it declared then.
        then: Source,
    },
    /// Below an input restored, something is not as it was.
    Reconciled {
        /// The input below.
        input: InputPath,
        /// What it is instead.
        how: Reconciled,
    },
    /// Nix will look into the input for its own inputs, so it fetches it even if only to look at the lock.
    NixLooks {
        /// The input restored.
        input: InputPath,
        /// Its own input that follows another without flake.nix asking for it.
        because: InputPath,
    },
    /// What was brought back has an attribute that no Nix known here writes.
    UnknownAttribute {
        /// The input.
        input: InputPath,
        /// The attribute.
        name: String,
    },
    /// What was brought back may not be there any more.
    HardToFetch {
        /// The input.
        input: InputPath,
        /// Why.
        why: HardToFetch,
        /// Its flake URL.
        url: String,
    },
}

/// What an input is instead of what it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reconciled {
    /// It follows this, as today.
    Follows(InputPath),
    /// What it is today, with all below it.
    Todays,
    /// What this path led to then.
    Copied(InputPath),
}

/// Why a source may not be there any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HardToFetch {
    /// A path in a store: it is there until the garbage is collected.
    StorePath,
    /// A path of one machine, whose contents change.
    LocalPath,
    /// A repository of one machine.
    LocalRepository,
    /// A working tree with changes that were never committed.
    Uncommitted,
    /// Nothing says which state it was.
    NotLocked,
}

impl HardToFetch {
    pub(super) fn of(locked: &Source) -> Option<Self> {
        let is_local = |scheme: &str| locked.text("url").is_some_and(|url| url.starts_with(scheme));
        let path = locked.text("path").unwrap_or_default();
        match locked.kind() {
            "path" if path.contains("/store/") => Some(Self::StorePath),
            "path" if path.starts_with('/') => Some(Self::LocalPath),
            _ if locked.text("dirtyRev").is_some() => Some(Self::Uncommitted),
            "git" | "hg" if locked.rev().is_none_or(is_zero) => Some(Self::Uncommitted),
            _ if locked.rev().is_none() && locked.nar_hash().is_none() => Some(Self::NotLocked),
            "git" | "hg" | "tarball" | "file" if is_local("file:") || is_local("/") => {
                Some(Self::LocalRepository)
            }
            _ => None,
        }
    }
}

fn is_zero(rev: &str) -> bool {
    rev.bytes().all(|digit| digit == b'0')
}

impl Note {
    /// The input it is about; `None` when it is about the whole lock.
    #[must_use]
    pub fn input(&self) -> Option<&InputPath> {
        match self {
            Self::FormatUpgraded(_) | Self::NotAsNixWrites | Self::OverridesGuessed | Self::StayNew(_) => {
                None
            }
            Self::Stays(why) => why.input(),
            Self::NotKept { input, .. }
            | Self::FollowedThen { input, .. }
            | Self::KeptOriginal { input, .. }
            | Self::Reconciled { input, .. }
            | Self::NixLooks { input, .. }
            | Self::UnknownAttribute { input, .. }
            | Self::HardToFetch { input, .. } => Some(input),
        }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FormatUpgraded(from) => {
                write!(f, "the lock's format changes from version {from} to 7, which every Nix since 2.4 writes")
            }
            Self::NotAsNixWrites => {
                f.write_str("the current lock is not laid out as Nix writes it, so more lines change than inputs")
            }
            Self::OverridesGuessed => f.write_str(
                "flake.nix was not read; what it makes inputs of inputs follow is guessed from the current lock",
            ),
            Self::Stays(why) => match why.input() {
                Some(input) => write!(f, "`{input}` stays as it is: {why}"),
                None => write!(f, "{why}"),
            },
            Self::StayNew(inputs) => match inputs.as_slice() {
                [input] => write!(f, "`{input}` stays as it is: it was no input then"),
                inputs => {
                    let names: Vec<String> = inputs.iter().map(|input| format!("`{input}`")).collect();
                    write!(f, "{} stay as they are: they were no inputs then", names.join(", "))
                }
            },
            Self::NotKept { input, of } => {
                write!(f, "`{input}` does not stay: `{of}` as it was then has no such input")
            }
            Self::FollowedThen { input, at } => write!(f, "`{input}` followed `{at}` then, and becomes what that was"),
            Self::KeptOriginal { input, now, then } => write!(
                f,
                "`{input}` was locked for {then} and stays declared as {now}, which it may not be part of",
                then = then.url(),
                now = now.url()
            ),
            Self::Reconciled { input, how } => match how {
                Reconciled::Follows(target) if target.is_root() => {
                    write!(f, "`{input}` follows the flake itself, as today")
                }
                Reconciled::Follows(target) => write!(f, "`{input}` follows `{target}`, as today"),
                Reconciled::Todays => write!(f, "`{input}` stays as it is today"),
                Reconciled::Copied(target) => {
                    write!(f, "`{input}` becomes what `{target}` was, which it followed then")
                }
            },
            Self::NixLooks { input, because } => write!(
                f,
                "Nix will fetch `{input}` once: `{because}` follows another by its own choice, which Nix looks up"
            ),
            Self::UnknownAttribute { input, name } => {
                write!(f, "`{input}` has the attribute `{name}`; a Nix that does not know it refuses the whole lock")
            }
            Self::HardToFetch { input, why, url } => {
                let why = match why {
                    HardToFetch::StorePath => "is a path in a store, and gone once garbage is collected",
                    HardToFetch::LocalPath => "is a path of one machine, where it has to be as it was then",
                    HardToFetch::LocalRepository => "comes from the disk of one machine",
                    HardToFetch::Uncommitted => "was a working tree with changes that were never committed",
                    HardToFetch::NotLocked => "was locked to no revision or hash, which Nix may refuse",
                };
                write!(f, "`{input}` may be hard to fetch: {url} {why}")
            }
        }
    }
}
