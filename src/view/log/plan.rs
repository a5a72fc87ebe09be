//! Which columns a table of history gets, and how wide they are.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use crate::history::{Entry, State};
use crate::lock::{Edge, Lock};
use crate::timeline::{Beside, Mark};
use crate::view::{Style, plain, width};

use super::{CELL, Column, GAP, Rest, Table, listed_generations, one_generation};

/// How wide the subject is padded in a pipe; longer ones are not cut.
pub(super) const PIPED_SUBJECT: usize = 40;
/// More generations than fit here are counted, unless the terminal is wide.
const GENERATIONS: usize = 7;
const GENERATIONS_WIDE: usize = 16;
/// A header longer than its cells may widen the column to this.
const WIDEST_INPUT: usize = 28;

impl Table {
    /// Plans a table whose first page is `first`, with these generations beside it. With `chosen` these
    /// inputs get columns and no others; without, as many as fit, those that moved most recently first.
    #[must_use]
    pub fn plan(first: &[Entry], chosen: &[String], beside: &Beside<'_>, style: Style) -> Self {
        let with_time = style.width.is_none_or(|columns| columns >= 140);
        let commit = style.abbreviation.max("worktree".len());
        let date = if with_time { "2026-01-31 14:03".len() } else { "2026-01-31".len() };
        // Where every column counts, an empty one is left out.
        let has_room = style.width.is_none_or(|columns| columns >= 100);
        let generations =
            if beside.is_empty() { has_room.then_some(3) } else { Some(generations(beside, &style)) };
        let mut table = Self {
            style,
            commit,
            date,
            with_time,
            generations,
            inputs: Vec::new(),
            order: by_last_move(first),
            subject: None,
            rest: Rest::WrittenOut,
        };
        let Some(columns) = style.width else {
            table.inputs = chosen.iter().map(|path| column(path)).collect();
            return table;
        };
        let room =
            columns.saturating_sub(commit + date + 2 * GAP.len() + generations.map_or(0, |w| w + GAP.len()));
        if chosen.is_empty() {
            let candidates: Vec<Column> = table.order.iter().map(|path| column(path)).collect();
            table.share(room, columns, candidates);
        } else {
            table.share(room, columns, chosen.iter().map(|path| column(path)).collect());
            // What was asked for is shown as far as there is room at all; the subject gives way.
            let wanted: Vec<Column> = chosen.iter().map(|path| column(path)).collect();
            let taken: usize = wanted.iter().map(|column| column.width + GAP.len()).sum();
            if table.inputs.len() < wanted.len() && taken + 8 <= room {
                table.inputs = wanted;
                table.subject = Some(room - taken);
                table.rest = Rest::WithSubject;
            }
        }
        table
    }

    /// Divides the room between inputs, subject and the column for the rest.
    fn share(&mut self, room: usize, columns: usize, candidates: Vec<Column>) {
        let (least_subject, rest) = match columns {
            0..100 => (16, "ALSO MOVED".len()),
            100..140 => (16, 12),
            _ => (24, 20),
        };
        let total = candidates.len();
        let mut taken = 0;
        for (n, candidate) in candidates.into_iter().enumerate() {
            let needed = candidate.width + GAP.len();
            let for_rest = if n + 1 < total { rest + GAP.len() } else { 0 };
            if taken + needed + least_subject + for_rest > room {
                break;
            }
            taken += needed;
            self.inputs.push(candidate);
        }
        let left = room.saturating_sub(taken);
        // Inputs that were removed long ago have no column either, so the last column stays where there is room.
        (self.subject, self.rest) = match left.checked_sub(least_subject + GAP.len() + rest) {
            Some(more) => {
                let for_subject = (more / 2).min(30);
                (Some(least_subject + for_subject), Rest::Wide(rest + more - for_subject))
            }
            None => (Some(left), Rest::WithSubject),
        };
    }
}

/// How wide the column of generations has to be: as wide as the widest row, but where several stand beside a lock only
/// so wide that something is left for the inputs.
fn generations(beside: &Beside<'_>, style: &Style) -> usize {
    let most = if style.width.is_some_and(|columns| columns < 140) { GENERATIONS } else { GENERATIONS_WIDE };
    let of_group = |marks: Vec<Mark<'_>>| {
        let single =
            marks.iter().map(|mark| width(&one_generation(mark.row, mark.is_sure))).max().unwrap_or(0);
        width(&listed_generations(&marks, usize::MAX)).min(most.max(single))
    };
    beside.groups().map(of_group).chain(["GEN".len()]).max().unwrap_or(0)
}

fn column(path: &str) -> Column {
    let width = width(&plain(path)).saturating_add(1).clamp(CELL, WIDEST_INPUT);
    Column { path: path.into(), width }
}

/// The inputs of the root flake: first those that moved, the most recent first, then the others. Among equals those
/// come first that most other inputs follow (which is to say, nixpkgs), then by name.
fn by_last_move(entries: &[Entry]) -> Vec<Rc<str>> {
    let newest = entries.iter().find_map(|entry| match &entry.state {
        State::Readable(lock) => Some(lock.as_ref()),
        State::Broken(_) | State::Absent => None,
    });
    let followers = newest.map(followers).unwrap_or_default();
    let mut ranked: Vec<(usize, Reverse<usize>, Rc<str>)> = Vec::new();
    let mut known: HashSet<Rc<str>> = HashSet::new();
    let mut add = |age: usize, name: &str| {
        if !known.contains(name) {
            let name: Rc<str> = name.into();
            known.insert(Rc::clone(&name));
            ranked.push((age, Reverse(followers.get(name.as_ref()).copied().unwrap_or(0)), name));
        }
    };
    for (age, entry) in entries.iter().enumerate() {
        for path in entry.changes.iter().map(|change| &change.path).filter(|path| path.is_root_input()) {
            // What is no longer there needs no column; its last row names it.
            if newest.is_none_or(|lock| lock.edge(path).is_some()) {
                add(age, &path.to_string());
            }
        }
    }
    for (name, _) in newest.map_or([].as_slice(), |lock| lock.root().inputs()) {
        add(usize::MAX, name);
    }
    ranked.sort();
    ranked.into_iter().map(|(.., name)| name).collect()
}

/// How many inputs follow each input of the root flake.
fn followers(lock: &Lock) -> HashMap<String, usize> {
    let mut counts = HashMap::new();
    for (_, edge) in lock.inputs() {
        if let Edge::Follows(target) = edge
            && target.is_root_input()
        {
            *counts.entry(target.to_string()).or_insert(0) += 1;
        }
    }
    counts
}
