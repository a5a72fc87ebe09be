//! Real histories: every `*.bundle` in the folder that `FLAKEHIST_CORPUS` names. Without it there is nothing to do.

use std::path::{Path, PathBuf};

use flakehist::git::{Filter, Repository};
use flakehist::history::{Entries, Query, State};

use crate::support::{Chance, Scratch, skipped, variable};

const LOCK: &str = "flake.lock";

fn bundles() -> Vec<PathBuf> {
    let Some(folder) = variable("FLAKEHIST_CORPUS") else {
        skipped("FLAKEHIST_CORPUS names no folder with bundles");
        return Vec::new();
    };
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut bundles: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    bundles.retain(|path| path.extension().is_some_and(|extension| extension == "bundle"));
    bundles.sort();
    assert!(!bundles.is_empty(), "no bundles in {}", folder.display());
    bundles
}

fn clone(scratch: &Scratch, bundle: &Path) -> PathBuf {
    let clone = scratch.beside("clone.git");
    scratch.git([
        "clone".as_ref(),
        "--quiet".as_ref(),
        "--bare".as_ref(),
        bundle.as_os_str(),
        clone.as_os_str(),
    ]);
    clone
}

fn ours(repository: &Repository, revisions: &[String], all: bool, filter: Filter) -> Vec<String> {
    let tips = repository.tips(revisions, all).unwrap();
    repository.walk(LOCK, &tips, filter).unwrap().map(|version| version.unwrap().commit.to_string()).collect()
}

#[test]
fn real_histories_are_listed_as_git_does() {
    for bundle in bundles() {
        let scratch = Scratch::new();
        let clone = clone(&scratch, &bundle);
        let repository = Repository::discover(&clone).unwrap().unwrap();
        let same = |args: &[&str], ours: Vec<String>| {
            let git = scratch.listed_by_git(&clone, args, LOCK);
            let first = git.iter().zip(&ours).position(|(git, ours)| git != ours);
            let (theirs, own) = (git.len(), ours.len());
            assert!(
                git == ours,
                "{}: {args:?}: git {theirs}, ours {own}, differ at {first:?}",
                bundle.display()
            );
        };
        let first_parent = Filter { first_parent: true, ..Filter::default() };
        same(&[], ours(&repository, &[], false, Filter::default()));
        same(&["--all"], ours(&repository, &[], true, Filter::default()));
        same(&["--first-parent"], ours(&repository, &[], false, first_parent.clone()));

        let ids = scratch.git_in(&clone, ["log", "--all", "--format=%H %ct"]);
        let ids: Vec<(&str, u64)> = ids
            .lines()
            .map(|line| line.split_once(' ').unwrap())
            .map(|(id, date)| (id, date.parse().unwrap()))
            .collect();
        let mut chance = Chance::new(11);
        for n in 0..20 {
            let ((from, since), (to, until)) = (*chance.one_of(&ids), *chance.one_of(&ids));
            let range = [format!("{from}{}{to}", if n % 2 == 0 { ".." } else { "..." })];
            if n % 4 < 2 {
                same(&[&range[0]], ours(&repository, &range, false, Filter::default()));
            } else if n % 4 == 2 {
                same(&[&range[0], "--first-parent"], ours(&repository, &range, false, first_parent.clone()));
            } else {
                let filter = Filter { since: Some(since), until: Some(until), ..Filter::default() };
                let (since, until) = (format!("--max-age={since}"), format!("--min-age={until}"));
                same(&[&since, &until], ours(&repository, &[], false, filter));
            }
        }
    }
}

#[test]
fn every_lock_of_real_histories_is_read_or_has_a_reason() {
    for bundle in bundles() {
        let scratch = Scratch::new();
        let repository = Repository::discover(&clone(&scratch, &bundle)).unwrap().unwrap();
        let query = Query { tips: repository.tips(&[], false).unwrap(), ..Query::default() };
        let (mut read, mut broken, mut absent) = (0, 0, 0);
        for entry in Entries::new(&repository, LOCK, query).unwrap() {
            match &entry.unwrap().state {
                State::Readable(lock) => {
                    assert!(!lock.inputs().is_empty());
                    read += 1;
                }
                State::Broken(unreadable) => {
                    assert!(!unreadable.reason().is_empty());
                    broken += 1;
                }
                State::Absent => absent += 1,
            }
        }
        println!("{}: {read} read, {broken} broken, {absent} without a lock", bundle.display());
        assert!(read > 100);
    }
}
