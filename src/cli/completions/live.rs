//! What is there to be named: inputs, generations, commits. What cannot be read is not offered, and nothing is said.

use std::path::PathBuf;

use chrono::Utc;

use crate::error::Result;
use crate::generation::{Extent, Generation, Profile};
use crate::git::Filter;
use crate::history::{Flake, Target};
use crate::lock::{InputPath, Node, Source};
use crate::restore::journal::{Entry, journal};
use crate::view::Zone;

use super::super::args::Global;
use super::super::generations::places;
use super::super::settings::search;
use super::super::world::World;
use super::Candidate;
use super::words::{Live, Question};

/// So many of the last lock changes are offered.
const COMMITS: usize = 20;

/// Everything of a kind, the likeliest first; nothing where there is no flake.
pub(super) fn candidates(live: Live, question: &Question, global: &Global, world: &World) -> Vec<Candidate> {
    let global = with_places(question, global, world);
    let Ok(flake) = Flake::find(&search(&global, world)) else { return Vec::new() };
    match live {
        Live::Inputs => inputs(&flake, world),
        Live::Targets => targets(&flake, &global, world),
        Live::Revisions => revisions(&flake),
        Live::Generations => generations(&flake, &global, world),
        Live::Entries => entries(&flake),
    }
}

/// The options among the words that say where to look, as if they were ours. No shell has expanded them yet.
fn with_places(question: &Question, global: &Global, world: &World) -> Global {
    let mut global = global.clone();
    for (name, value) in &question.places {
        let value = match (value.strip_prefix("~/"), world.variable("HOME")) {
            (Some(below), Some(home)) => format!("{home}/{below}"),
            _ => value.clone(),
        };
        match name.as_str() {
            "directory" => global.directory.push(PathBuf::from(value)),
            "flake" => global.flake = Some(value),
            "lock" => global.lock = Some(value),
            "profile" => global.profile = Some(value),
            _ => {}
        }
    }
    global
}

/// The inputs of the lock in the working tree, or of HEAD's where that cannot be read.
fn inputs(flake: &Flake, world: &World) -> Vec<Candidate> {
    let named = [Target::Worktree, Target::Revision("HEAD".to_owned())];
    let states = named.iter().filter_map(|target| Some(flake.select(target, world.now, &Utc).ok()?.state));
    let Some(lock) = states.into_iter().find_map(|state| state.lock().cloned()) else { return Vec::new() };
    let candidate = |path: &InputPath| {
        let date = lock.own_node(path).and_then(Node::locked).and_then(Source::date);
        let date = date.and_then(|seconds| i64::try_from(seconds).ok());
        let day = date.map(|seconds| Zone::Utc.moment(seconds).format("%Y-%m-%d").to_string());
        Candidate::new(path.to_string(), day.unwrap_or_default())
    };
    let mut paths: Vec<InputPath> = lock.inputs().into_iter().map(|(path, _)| path).collect();
    // The flake's own first, for there may be more of the others than are offered.
    paths.sort_by_key(|path| path.names().len());
    paths.iter().map(candidate).collect()
}

fn targets(flake: &Flake, global: &Global, world: &World) -> Vec<Candidate> {
    let mut found = vec![
        Candidate::new("worktree", "the lock as it lies there"),
        Candidate::new("index", "the lock as it is staged"),
        Candidate::new("lock~1", "before the last lock change"),
    ];
    let generations = generations(flake, global, world).into_iter();
    found.extend(generations.map(|known| Candidate::new(format!("gen:{}", known.word), known.meaning)));
    found.extend(revisions(flake));
    found
}

/// `current` and the like, then the numbers, the highest first.
fn generations(flake: &Flake, global: &Global, world: &World) -> Vec<Candidate> {
    let Ok(Some(profile)) = Profile::read(&places(global, world, flake), Extent::Origin) else {
        return Vec::new();
    };
    let number = |generation: &Generation| format!("generation {}", generation.number);
    let name = |word: &str, is: fn(&Generation) -> bool| {
        let named = profile.generations.iter().find(|generation| is(generation));
        named.map(|generation| Candidate::new(word, number(generation)))
    };
    let names = [
        name("current", |generation| generation.is_default),
        name("running", |generation| generation.running.is_some()),
        name("booted", |generation| generation.booted.is_some()),
    ];
    let numbers = profile.generations.iter().map(|generation| {
        let day = Zone::Local.moment(generation.created).format("%Y-%m-%d").to_string();
        Candidate::new(generation.number.to_string(), day)
    });
    names.into_iter().flatten().chain(numbers).collect()
}

/// HEAD, branches and tags, and the commits that changed the lock last.
fn revisions(flake: &Flake) -> Vec<Candidate> {
    let mut found = vec![Candidate::new("HEAD", "")];
    found.extend(commits(flake).unwrap_or_default());
    found.extend(flake.repository.names().into_iter().map(|name| Candidate::new(name, "")));
    found
}

fn commits(flake: &Flake) -> Result<Vec<Candidate>> {
    let repository = &flake.repository;
    let filter = Filter { count: Some(COMMITS), ..Filter::default() };
    let digits = repository.abbreviation();
    let reader = repository.reader()?;
    let walk = repository.walk(&flake.lock, &repository.tips(&[], false)?, filter)?;
    let candidate = |id| {
        let commit = reader.commit(id)?;
        let day = Zone::Local.moment(commit.committed.seconds).format("%Y-%m-%d");
        Ok(Candidate::new(id.short(digits), format!("{day} {}", commit.subject)))
    };
    walk.map(|version| candidate(version?.commit)).collect()
}

fn entries(flake: &Flake) -> Vec<Candidate> {
    let entries = journal(&flake.repository).map(|journal| journal.entries).unwrap_or_default();
    let candidate = |entry: &Entry| {
        let day = Zone::Local.moment(entry.time).format("%Y-%m-%d");
        Candidate::new(entry.number.to_string(), format!("{day} {} {}", entry.kind.in_words(), entry.target))
    };
    entries.iter().map(candidate).collect()
}
