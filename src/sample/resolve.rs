//! From what flake.nix declares and what is pinned to the tree of inputs that a lock describes.

use std::collections::BTreeMap;

use super::pins::{self, Pin};
use super::story::Input;
use super::upstream::{self, Brings};

/// The inputs of a flake by name, in the order in which Nix writes them.
pub(super) type Inputs = BTreeMap<&'static str, Edge>;

/// What an input of a flake is.
#[derive(Clone, Debug)]
pub(super) enum Edge {
    /// It is locked here.
    Locked(Locked),
    /// It is another input, at this path from the root.
    Follows(Vec<&'static str>),
}

/// A locked input.
#[derive(Clone, Debug)]
pub(super) struct Locked {
    /// The declared source, as flake.nix writes it.
    pub(super) url: &'static str,
    /// The revision.
    pub(super) pin: &'static Pin,
    /// Whether it is read as a flake.
    pub(super) flake: bool,
    /// Its own inputs.
    pub(super) inputs: Inputs,
}

/// A declared source, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source<'a> {
    /// `github:OWNER/REPO[/REF]`
    GitHub {
        /// The person or organisation.
        owner: &'a str,
        /// The repository.
        repo: &'a str,
        /// The branch or tag, when it is not the default branch.
        reference: Option<&'a str>,
    },
    /// The address of an archive.
    Tarball(&'a str),
}

impl<'a> Source<'a> {
    /// Reads a source as flake.nix writes it.
    pub(super) fn of(url: &'a str) -> Self {
        let Some(path) = url.strip_prefix("github:") else { return Self::Tarball(url) };
        let mut parts = path.splitn(3, '/');
        let owner = parts.next().unwrap_or_default();
        let repo = parts.next().unwrap_or_default();
        Self::GitHub { owner, repo, reference: parts.next() }
    }

    /// The name under which its revisions are listed: branches of a repository share one list.
    fn listed_as(self) -> String {
        match self {
            Self::GitHub { owner, repo, .. } => format!("github:{owner}/{repo}"),
            Self::Tarball(url) => url.to_owned(),
        }
    }
}

/// The tree of inputs for what is declared and, by input, the day of the revision that is locked.
pub(super) fn tree(
    declared: &BTreeMap<&'static str, Input>,
    locked: &BTreeMap<&'static str, &'static str>,
) -> Inputs {
    let mut inputs = Inputs::new();
    for (name, input) in declared {
        let Some(day) = locked.get(name) else { continue };
        let brings = upstream::of(input.url, day);
        let Some(mut node) = node(input.url, day, true, brings) else { continue };
        // What the root says about an input's inputs wins over what the input says.
        node.inputs.extend(input.follows.iter().map(|target| (*target, Edge::Follows(vec![*target]))));
        inputs.insert(name, Edge::Locked(node));
    }
    inputs
}

fn node(url: &'static str, day: &str, flake: bool, brings: &'static [Brings]) -> Option<Locked> {
    let pin = pins::find(&Source::of(url).listed_as(), day)?;
    let inputs = brings.iter().filter_map(|input| Some((input.name(), edge(input)?))).collect();
    Some(Locked { url, pin, flake, inputs })
}

fn edge(input: &'static Brings) -> Option<Edge> {
    match input {
        Brings::Input { url, day, inputs, .. } => node(url, day, true, inputs).map(Edge::Locked),
        Brings::Files { url, day, .. } => node(url, day, false, &[]).map(Edge::Locked),
        Brings::Follows { path, .. } => Some(Edge::Follows(path.to_vec())),
    }
}
