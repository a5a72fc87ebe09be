//! Plays the story: from what each commit does to the files it leaves.

use std::collections::BTreeMap;

use super::story::{Body, Input, Step, Told};
use super::{Commit, flake, lock, merge, message, moment, resolve};

const AUTHOR: &str = "Linnea Holm";
const EMAIL: &str = "linnea@example.org";

/// What the story comes to.
pub(super) struct Replay {
    /// The commits, oldest first.
    pub(super) commits: Vec<Commit>,
    /// The branches and the index of the commit each points at, `main` first.
    pub(super) branches: Vec<(&'static str, usize)>,
    /// What stands behind each commit's files.
    states: Vec<State>,
}

/// What stands behind the files of a commit.
#[derive(Clone, Default)]
struct State {
    /// The inputs that flake.nix declares, by name.
    declared: BTreeMap<&'static str, Input>,
    /// The day of the revision at which each is locked.
    locked: BTreeMap<&'static str, &'static str>,
    /// The other files, and of flake.nix what follows the inputs.
    files: BTreeMap<&'static str, String>,
    /// What flake.lock holds instead of a lock.
    unreadable_lock: Option<String>,
}

/// Plays the story from its first commit to its last.
pub(super) fn replay(story: &[Told]) -> Replay {
    let mut replay = Replay { commits: Vec::new(), branches: Vec::new(), states: Vec::new() };
    let mut forks = BTreeMap::new();
    for told in story {
        let parent = replay.tip(told.branch).or_else(|| {
            let main = replay.tip("main")?;
            forks.insert(told.branch, main);
            Some(main)
        });
        let side = told.merges.and_then(|branch| replay.tip(branch));
        let fork = told.merges.and_then(|branch| forks.get(branch).copied());
        let parents: Vec<usize> = parent.into_iter().chain(side).collect();

        let before = replay.state(parent);
        let mut state = State { unreadable_lock: None, ..before.clone() };
        if let Some(branch) = told.merges {
            state.merge(&replay.state(fork), &replay.state(side), branch);
        }
        let grandparent = parent.and_then(|index| replay.commits.get(index)?.parents.first().copied());
        for step in told.steps {
            state.apply(step, &replay.state(grandparent));
        }
        replay.commits.push(told.commit(parents, &before, &state));
        replay.states.push(state);
        replay.point(told.branch);
    }
    replay
}

impl Replay {
    fn tip(&self, branch: &str) -> Option<usize> {
        self.branches.iter().find(|(name, _)| *name == branch).map(|(_, tip)| *tip)
    }

    fn state(&self, index: Option<usize>) -> State {
        index.and_then(|index| self.states.get(index)).cloned().unwrap_or_default()
    }

    /// Points a branch at the newest commit.
    fn point(&mut self, branch: &'static str) {
        let newest = self.commits.len().saturating_sub(1);
        match self.branches.iter_mut().find(|(name, _)| *name == branch) {
            Some((_, tip)) => *tip = newest,
            None => self.branches.push((branch, newest)),
        }
    }
}

impl State {
    fn inputs(&self) -> resolve::Inputs {
        resolve::tree(&self.declared, &self.locked)
    }

    fn lock(&self) -> String {
        self.unreadable_lock.clone().unwrap_or_else(|| lock::text(&self.inputs()))
    }

    fn apply(&mut self, step: &Step, before_parent: &Self) {
        match step {
            Step::Declare(input) => {
                self.declared.insert(input.name, *input);
            }
            Step::Drop(name) => {
                self.declared.remove(name);
                self.locked.remove(name);
            }
            Step::Lock(days) => self.locked.extend(days.iter().copied()),
            Step::LockBeforeParent => self.locked.clone_from(&before_parent.locked),
            Step::Write(path, text) => {
                self.files.insert(path, (*text).to_owned());
            }
            Step::Swap(path, from, to) => {
                if let Some(text) = self.files.get_mut(path) {
                    *text = text.replacen(from, to, 1);
                }
            }
        }
    }

    /// Takes in what the other side changed since the commit both come from.
    fn merge(&mut self, base: &Self, theirs: &Self, branch: &str) {
        if clash(&base.locked, &self.locked, &theirs.locked) {
            let lock = merge::merge(&base.lock(), &self.lock(), &theirs.lock(), branch);
            self.unreadable_lock = Some(lock);
        }
        take(&base.declared, &mut self.declared, &theirs.declared);
        take(&base.locked, &mut self.locked, &theirs.locked);
        take(&base.files, &mut self.files, &theirs.files);
    }

    /// The whole content of every file.
    fn tree(&self) -> BTreeMap<String, String> {
        let mut tree: BTreeMap<String, String> =
            self.files.iter().map(|(path, text)| ((*path).to_owned(), text.clone())).collect();
        let outputs = self.files.get("flake.nix").map_or("", String::as_str);
        tree.insert("flake.nix".to_owned(), flake::text(&self.declared, outputs));
        tree.insert("flake.lock".to_owned(), self.lock());
        tree
    }
}

impl Told {
    fn commit(&self, parents: Vec<usize>, before: &State, after: &State) -> Commit {
        let (seconds, offset_minutes) = moment::read(self.when).unwrap_or_default();
        let mut message = format!("{}\n", self.subject);
        match self.body {
            Body::None => {}
            Body::Text(text) => message.push_str(&format!("\n{text}\n")),
            Body::Nix => {
                let updates = message::updates(&before.inputs(), &after.inputs());
                message.push_str(&format!("\n{updates}"));
            }
        }
        Commit { parents, author: AUTHOR, email: EMAIL, seconds, offset_minutes, message, tree: after.tree() }
    }
}

type Named<V> = BTreeMap<&'static str, V>;

/// Whether something was changed on both sides, and not in the same way.
fn clash<V: PartialEq>(base: &Named<V>, ours: &Named<V>, theirs: &Named<V>) -> bool {
    theirs.iter().any(|(name, their)| {
        let (base, our) = (base.get(name), ours.get(name));
        base != Some(their) && base != our && our != Some(their)
    })
}

/// Takes into `ours` what `theirs` changed since `base`; what was changed here as well stays.
fn take<V: Clone + PartialEq>(base: &Named<V>, ours: &mut Named<V>, theirs: &Named<V>) {
    for name in base.keys().chain(theirs.keys()) {
        if ours.get(name) != base.get(name) {
            continue;
        }
        match theirs.get(name) {
            Some(their) => ours.insert(name, their.clone()),
            None => ours.remove(name),
        };
    }
}
