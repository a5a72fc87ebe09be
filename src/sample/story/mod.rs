//! The story, as data: what each commit does, oldest first.
//!
//! Linnea has a desktop, anvil, and from April 2025 a laptop, wren. She stays on the stable releases
//! until NixOS 25.05 (`stable`) and then moves to nixos-unstable (`unstable`).

mod stable;
mod unstable;

/// One commit of the story.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told {
    /// The branch it is made on. A new branch starts where `main` is.
    pub(super) branch: &'static str,
    /// When, with the offset from UTC: `2025-05-11T21:40:12+02:00`.
    pub(super) when: &'static str,
    /// The first line of the message.
    pub(super) subject: &'static str,
    /// The rest of the message.
    pub(super) body: Body,
    /// The branch that it merges.
    pub(super) merges: Option<&'static str>,
    /// What it does, beyond the merge.
    pub(super) steps: &'static [Step],
}

/// The rest of a message.
#[derive(Clone, Copy, Debug)]
pub(super) enum Body {
    /// Nothing.
    None,
    /// Words of the author.
    Text(&'static str),
    /// The list of updates that Nix writes.
    Nix,
}

/// One thing that a commit does.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    /// flake.nix declares an input, in place of one of that name.
    Declare(Input),
    /// flake.nix and flake.lock lose an input.
    Drop(&'static str),
    /// Nix locks inputs, each at its revision of a day.
    Lock(&'static [(&'static str, &'static str)]),
    /// flake.lock is again what it was before the parent commit.
    LockBeforeParent,
    /// A file is written: path, text. Of flake.nix it is the part after the inputs.
    Write(&'static str, &'static str),
    /// Words in a file are replaced: path, old, new.
    Swap(&'static str, &'static str, &'static str),
}

/// An input as flake.nix declares it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Input {
    /// Its name.
    pub(super) name: &'static str,
    /// Its source.
    pub(super) url: &'static str,
    /// Which of its own inputs are to be this flake's inputs of the same name.
    pub(super) follows: &'static [&'static str],
}

/// The whole story, oldest commit first.
pub(super) fn story() -> Vec<Told> {
    [stable::COMMITS, unstable::COMMITS].concat()
}

/// The subject that Nix gives a commit of its own.
const UPDATE: &str = "flake.lock: Update";

/// An update of `main` that Nix commits itself.
const fn update(when: &'static str, steps: &'static [Step]) -> Told {
    Told { branch: "main", when, subject: UPDATE, body: Body::Nix, merges: None, steps }
}

// The files that change.
const ANVIL: &str = "hosts/anvil/configuration.nix";
const WREN: &str = "hosts/wren/configuration.nix";
const HOME: &str = "home/linnea.nix";
