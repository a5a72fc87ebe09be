//! The two sides of a comparison: from what was typed to locks.

use std::path::Path;

use chrono::{Local, Utc};

use crate::cli::args::Global;
use crate::cli::settings::search;
use crate::cli::target::{self, Found};
use crate::cli::world::World;
use crate::error::{Error, Result};
use crate::history::{Flake, Selected, State, Target, Tracking};
use crate::lock::{Edge, InputPath, Lock, Told};
use crate::shell;
use crate::timeline::{Confidence, Timeline};
use crate::view::diff::{End, What};
use crate::view::reconstruction::Reconstruction;
use crate::view::{Style, Zone, plain};

/// What a word led to.
enum Thing {
    Lock(Box<Selected>, Option<Confidence>),
    Worktree(Box<Selected>, Option<Tracking>),
    /// No lock, and why there is none.
    Nothing(String),
    /// A generation that no lock fits.
    Facts(Box<Timeline>, String),
}

/// One side.
pub(super) struct Side {
    /// What was typed, or what stands for it.
    pub(super) word: String,
    thing: Thing,
    /// What can be compared of a generation that no lock fits, or of the lock beside one.
    partial: Option<Lock>,
}

/// Both sides.
pub(super) struct Sides {
    pub(super) from: Side,
    pub(super) to: Side,
    unknown: Vec<InputPath>,
}

impl Side {
    /// What was selected, unless it is nothing or a generation that no lock fits.
    pub(super) fn selected(&self) -> Option<&Selected> {
        match &self.thing {
            Thing::Lock(selected, _) | Thing::Worktree(selected, _) => Some(selected),
            Thing::Nothing(_) | Thing::Facts(..) => None,
        }
    }

    fn lock(&self) -> Option<&Lock> {
        self.partial.as_ref().or_else(|| self.selected()?.state.lock())
    }

    fn end(&self) -> End<'_> {
        let what = match (&self.thing, &self.partial) {
            (Thing::Lock(selected, _), _) => What::Lock(selected),
            (Thing::Worktree(selected, tracking), _) => What::Worktree(selected, *tracking),
            (Thing::Nothing(why), _) => What::Nothing(why.clone()),
            (Thing::Facts(_, name), Some(lock)) => What::Reconstruction(called(name), lock),
            (Thing::Facts(_, name), None) => What::Nothing(format!("nothing is known of {}", called(name))),
        };
        let confidence = match &self.thing {
            Thing::Lock(_, confidence) => *confidence,
            Thing::Facts(timeline, name) => {
                target::named(name, timeline).ok().map(|row| row.built.confidence)
            }
            Thing::Worktree(..) | Thing::Nothing(_) => None,
        };
        End { target: &self.word, what, confidence }
    }

    /// What a generation that no lock fits tells of its inputs.
    fn told(&self) -> Result<Option<Vec<(String, Told)>>> {
        let Thing::Facts(timeline, name) = &self.thing else { return Ok(None) };
        let row = target::named(name, timeline)?;
        Ok(Some(Reconstruction::of(row, timeline).told()))
    }
}

impl Sides {
    /// Finds what the words name: nothing is HEAD and the working tree, one word that and the working tree.
    ///
    /// # Errors
    /// When a word names nothing, or neither side has a lock.
    pub(super) fn find(
        targets: &[String],
        flake: &Flake,
        global: &Global,
        world: &World,
        style: &Style,
    ) -> Result<Self> {
        let folder = search(global, world).folder;
        let [from, to] = words(targets, flake, &folder)?;
        let side = |word: String| -> Result<Side> {
            let thing = thing(&word, flake, global, world, style)?;
            Ok(Side { word, thing, partial: None })
        };
        let mut sides = Self { from: side(from)?, to: side(to)?, unknown: Vec::new() };
        if let (Thing::Nothing(one), Thing::Nothing(other)) = (&sides.from.thing, &sides.to.thing) {
            let error = Error::new("there is no lock to compare").because(one).because(other);
            return Err(flake.with_other_locks(error));
        }
        sides.reconstruct()?;
        Ok(sides)
    }

    /// Two files, wherever they lie; `None` when the words are anything else.
    ///
    /// # Errors
    /// When one of them cannot be read.
    pub(super) fn of_files(targets: &[String], folder: &Path) -> Result<Option<Self>> {
        let words = match targets {
            [from, to] => [from.as_str(), to],
            [word] => match range(word) {
                Some((from, "..", to)) => [from, to],
                _ => return Ok(None),
            },
            _ => return Ok(None),
        };
        let target = |word: &str| Target::parse(word, folder).map(|target| target.or_file(folder));
        let [Ok(Target::File(from)), Ok(Target::File(to))] = words.map(target) else { return Ok(None) };
        let side = |word: &str, path: &Path| -> Result<Side> {
            let thing = Thing::Lock(Box::new(Selected::of_file(path)?), None);
            Ok(Side { word: word.to_owned(), thing, partial: None })
        };
        let [from_word, to_word] = words;
        Ok(Some(Self { from: side(from_word, &from)?, to: side(to_word, &to)?, unknown: Vec::new() }))
    }

    /// The sides as the views take them.
    pub(super) fn ends(&self) -> (End<'_>, End<'_>) {
        (self.from.end(), self.to.end())
    }

    /// What to compare.
    pub(super) fn locks(&self) -> (Option<&Lock>, Option<&Lock>) {
        (self.from.lock(), self.to.lock())
    }

    /// Root inputs of which a generation does not tell what they are.
    pub(super) fn unknown(&self) -> &[InputPath] {
        &self.unknown
    }

    /// The generation whose lock is not known, if there is one.
    pub(super) fn reconstructed(&self) -> Option<&str> {
        [&self.from, &self.to].into_iter().find_map(|side| match &side.thing {
            Thing::Facts(_, name) => Some(name.as_str()),
            _ => None,
        })
    }

    /// Where no lock fits a generation, the inputs that are known of it are compared, and no others.
    fn reconstruct(&mut self) -> Result<()> {
        let told = [self.from.told()?, self.to.told()?];
        let Some(name) = self.reconstructed() else { return Ok(()) };
        let template = self.template().ok_or_else(|| {
            Error::new(format!("there is no lock beside which to read what {} tells", called(name)))
                .hint(format!("`flakehist show {}` shows what is known", shell::word(&format!("gen:{name}"))))
        })?;
        let of = |told: &Vec<(String, Told)>| {
            template.as_told(told.iter().map(|(name, told)| (name.as_str(), told)))
        };
        let partial: Vec<Option<Lock>> = told.iter().map(|told| told.as_ref().map(of)).collect();
        let is_known = |name: &str| partial.iter().flatten().all(|lock| lock.root().input(name).is_some());
        let unknown: Vec<InputPath> = template
            .root()
            .inputs()
            .iter()
            .filter(|(name, edge)| matches!(edge, Edge::Node(_)) && !is_known(name))
            .map(|(name, _)| InputPath::new([name.as_ref()]))
            .collect();
        let cut = |side: &Side, partial: &Option<Lock>| {
            partial.as_ref().or_else(|| side.lock()).map(|lock| lock.only(is_known))
        };
        let cut = [&self.from, &self.to].into_iter().zip(&partial).map(|(side, lock)| cut(side, lock));
        let mut cut: Vec<Option<Lock>> = cut.collect();
        self.unknown = unknown;
        self.to.partial = cut.pop().flatten();
        self.from.partial = cut.pop().flatten();
        Ok(())
    }

    /// A lock that tells where the inputs come from: that of the other side, else the newest.
    fn template(&self) -> Option<Lock> {
        let sides = [&self.from, &self.to];
        let newest = |side: &Side| match &side.thing {
            Thing::Facts(timeline, _) => {
                let versions = timeline.universe().versions.iter().rev();
                let newest = versions.max_by_key(|version| version.introduced.map(|by| by.seconds))?;
                Some(Lock::clone(&newest.lock))
            }
            _ => None,
        };
        sides.iter().find_map(|side| side.lock().cloned()).or_else(|| sides.into_iter().find_map(newest))
    }
}

/// How to call what a word behind `gen:` names.
fn called(name: &str) -> String {
    if name.bytes().all(|byte| byte.is_ascii_digit()) {
        format!("generation {name}")
    } else {
        format!("`gen:{name}`")
    }
}

fn thing(word: &str, flake: &Flake, global: &Global, world: &World, style: &Style) -> Result<Thing> {
    let target = Target::parse(word, &search(global, world).folder)?;
    let lock = &flake.lock;
    match &target {
        Target::Generation(_) => {
            return Ok(match target::find(word, flake, global, world, style)? {
                Found::Lock(selected, confidence) => Thing::Lock(selected, confidence),
                Found::Facts(timeline, name) => Thing::Facts(timeline, name),
            });
        }
        Target::Worktree if flake.repository.workdir().is_none() => {
            return Err(Error::usage("a bare repository has no working tree to compare with")
                .hint("name two states: `flakehist diff lock~1 HEAD`"));
        }
        Target::Revision(name)
            if matches!(name.as_str(), "HEAD" | "@") && flake.repository.head()?.is_none() =>
        {
            return Ok(Thing::Nothing("there is no commit yet".to_owned()));
        }
        _ => {}
    }
    let selected = match style.zone {
        Zone::Local => flake.look_up(&target, world.now, &Local)?,
        Zone::Utc => flake.look_up(&target, world.now, &Utc)?,
    };
    if matches!(selected.state, State::Absent) {
        return Ok(Thing::Nothing(match (&selected.commit, &target) {
            (Some(commit), _) => format!(
                "there is no {lock} in {} ({}, {})",
                commit.id.short(style.abbreviation),
                style.day(commit.committed.seconds),
                plain(&commit.subject)
            ),
            (None, Target::Index) => format!("{lock} is not in git's index"),
            (None, _) => format!("there is no {lock} in the working tree"),
        }));
    }
    Ok(match target {
        Target::Worktree => {
            let status = flake.repository.file_status(lock)?;
            Thing::Worktree(Box::new(selected), status.as_ref().and_then(Tracking::of))
        }
        _ => Thing::Lock(Box::new(selected), None),
    })
}

/// The two targets that the words on the command line stand for.
fn words(targets: &[String], flake: &Flake, folder: &Path) -> Result<[String; 2]> {
    let or_head = |word: &str| if word.is_empty() { "HEAD".to_owned() } else { word.to_owned() };
    Ok(match targets {
        [from, to, ..] => [from.clone(), to.clone()],
        [] => ["HEAD".to_owned(), "worktree".to_owned()],
        [word] => match range(word)
            .filter(|_| !matches!(Target::parse(word, folder), Ok(Target::File(path)) if path.is_file()))
        {
            None => [word.clone(), "worktree".to_owned()],
            Some((from, "..", to)) => [or_head(from), or_head(to)],
            Some((from, _, to)) => [merge_base(&or_head(from), &or_head(to), flake, folder)?, or_head(to)],
        },
    })
}

/// `A..B` and `A...B`, taken apart. Two dots that are the folder above (`../old.lock`) are none.
pub(super) fn range(word: &str) -> Option<(&str, &str, &str)> {
    word.match_indices("..").find_map(|(at, _)| {
        let (from, rest) = word.split_at_checked(at)?;
        let to = rest.trim_start_matches('.');
        let dots = rest.strip_suffix(to)?;
        let is_folder_above =
            (from.is_empty() || from.ends_with(['/', ':'])) && (to.is_empty() || to.starts_with('/'));
        (matches!(dots, ".." | "...") && !from.ends_with('.') && !is_folder_above).then_some((from, dots, to))
    })
}

/// Where the histories of two commits went apart, as in `git diff A...B`.
fn merge_base(from: &str, to: &str, flake: &Flake, folder: &Path) -> Result<String> {
    let commit = |word: &str| match Target::parse(word, folder)? {
        Target::Revision(revision) => flake.repository.resolve(&revision),
        _ => Err(Error::usage(format!("`{word}` is no commit, so nothing can have left its history"))
            .hint("two dots compare any two targets: `A..B`")),
    };
    let base = flake.repository.merge_base(commit(from)?, commit(to)?)?;
    base.map(|base| base.to_string()).ok_or_else(|| {
        Error::new(format!("the histories of `{from}` and `{to}` have no commit in common"))
            .hint(format!("`{from}..{to}` compares the two themselves"))
    })
}

#[cfg(test)]
mod tests {
    use super::range;

    #[test]
    fn dots_between_two_targets_are_told_from_the_folder_above() {
        for (word, expected) in [
            ("A..B", Some(("A", "..", "B"))),
            ("A...B", Some(("A", "...", "B"))),
            ("A..", Some(("A", "..", ""))),
            ("..B", Some(("", "..", "B"))),
            ("...B", Some(("", "...", "B"))),
            ("HEAD~2..HEAD@{1}", Some(("HEAD~2", "..", "HEAD@{1}"))),
            ("gen:41..gen:-1", Some(("gen:41", "..", "gen:-1"))),
            ("../old.lock", None),
            ("../../old.lock", None),
            ("./a/../old.lock", None),
            ("file:../old.lock", None),
            ("../old.lock..HEAD", Some(("../old.lock", "..", "HEAD"))),
            ("HEAD..../old.lock", None),
            ("HEAD..x/../old.lock", Some(("HEAD", "..", "x/../old.lock"))),
            ("v1.0", None),
            ("..", None),
            ("", None),
        ] {
            assert_eq!(range(word), expected, "{word}");
        }
    }
}
