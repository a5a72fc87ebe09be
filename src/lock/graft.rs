//! Inputs of one lock put into another, each with all that hangs below it, as Nix would have written the result.
//!
//! Both locks are taken as Nix holds them, by path. What is taken from the earlier one is reconciled with today's
//! flake.nix: where that makes an input's input follow another, it follows; where an override has gone since, today's
//! input stands in or what was followed then is copied. Everything outside the inputs restored stays as it is. What Nix
//! would not take as it is, is refused.
//!
//! Nix 2.34 left the lock unchanged in 2,950 of 2,950 cases from real histories, with what flake.nix said at the time.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::near;

use super::by_path::{ByPath, Found, Given, TooMany};
use super::{InputPath, Lock, Node, Source};

mod note;
mod overrides;
mod reconcile;
mod refusal;

pub use note::{HardToFetch, Note, Reconciled};
pub use overrides::{Override, Overrides};
pub use refusal::{Refusal, When};

/// Which inputs are to be restored.
#[derive(Clone, Debug)]
pub enum Which {
    /// These.
    Only(Vec<InputPath>),
    /// All inputs of the root flake but these; also such as lie deeper. An input that cannot be restored stays as it
    /// is, and a note says why.
    Except(Vec<InputPath>),
}

/// How it is to be done.
#[derive(Clone, Copy, Debug)]
pub struct Options<'o> {
    /// What flake.nix asks for.
    pub overrides: &'o Overrides,
    /// Whether an input whose declared reference has changed is restored nevertheless: its old state, under the
    /// reference declared today.
    pub keep_original: bool,
    /// The bytes the current lock was read from, to tell whether they were as Nix writes them.
    pub current_bytes: Option<&'o [u8]>,
}

/// The lock that was made.
#[derive(Clone, Debug)]
pub struct Grafted {
    /// The lock, in version 7. [`Lock::to_bytes`] gives the file.
    pub lock: Lock,
    /// The inputs restored, sorted; also those that were the same.
    pub restored: Vec<InputPath>,
    /// What to know about it.
    pub notes: Vec<Note>,
}

/// Puts inputs of `old` into `current`. In which order they are asked for makes no difference.
///
/// # Errors
/// When an input cannot be restored, or Nix would not take the result as it is.
pub fn graft(
    current: &Lock,
    old: &Lock,
    which: &Which,
    options: &Options<'_>,
) -> Result<Grafted, Box<Refusal>> {
    readable_by_nix(current, When::Now)?;
    readable_by_nix(old, When::Then)?;
    let work = Work { current: ByPath::of(current), old: ByPath::of(old), options };
    let mut notes = work.notes_on_current(current);
    let chosen = work.choose(which)?;
    let mut merged = work.current.clone();
    let mut restored = Vec::new();
    let mut undecided = Vec::new();
    let mut new = Vec::new();
    for input in chosen.inputs {
        match work.bring_back(&input, &chosen.kept) {
            Ok(brought) => {
                merged.put(&input, &brought.inputs, &input)?;
                notes.extend(brought.notes);
                undecided.extend(brought.undecided);
                restored.push(input);
            }
            Err(why) if !(chosen.may_stay && why.is_of_one_input()) => return Err(why),
            Err(why) if matches!(*why, Refusal::NotThereThen { .. }) => new.push(input),
            Err(why) => notes.push(Note::Stays(why)),
        }
    }
    notes.extend((!new.is_empty()).then_some(Note::StayNew(new)));
    if restored.is_empty() {
        notes.retain(|note| matches!(note, Note::Stays(_) | Note::StayNew(_)));
        return Err(Refusal::NothingToRestore { stays: notes }.into());
    }
    notes.extend(work.decide(&mut merged, undecided)?);
    reconcile::known_to_nix(&merged, &InputPath::default(), When::Now)?;
    check(&merged, &restored)?;
    let is_guess = *options.overrides == Overrides::Unknown;
    if is_guess && restored.iter().any(|input| merged.subtree(input).nth(1).is_some()) {
        notes.push(Note::OverridesGuessed);
    }
    for input in &restored {
        notes.extend(work.notes_on_fetching(&merged, input));
    }
    Ok(Grafted { lock: merged.into_lock(), restored, notes })
}

/// The two locks, and how it is to be done.
struct Work<'o> {
    current: ByPath,
    old: ByPath,
    options: &'o Options<'o>,
}

/// The inputs to restore.
struct Chosen {
    /// Sorted, none below another.
    inputs: Vec<InputPath>,
    /// Inputs below those that stay as they are.
    kept: Vec<InputPath>,
    /// Whether one that cannot be restored may stay as it is.
    may_stay: bool,
}

/// An input of the old lock, reconciled with today.
struct Brought {
    /// The input under its path, with all that lies below it.
    inputs: ByPath,
    notes: Vec<Note>,
    /// Follows of the old lock that may stay if they lead somewhere in the result.
    undecided: Vec<InputPath>,
}

impl Work<'_> {
    fn notes_on_current(&self, current: &Lock) -> Vec<Note> {
        let mut notes = Vec::new();
        if current.version < 7 {
            notes.push(Note::FormatUpgraded(current.version));
        } else if self.options.current_bytes.is_some_and(|bytes| !current.is_as_nix_writes(bytes)) {
            notes.push(Note::NotAsNixWrites);
        }
        notes
    }

    fn choose(&self, which: &Which) -> Result<Chosen, Box<Refusal>> {
        let (Which::Only(asked) | Which::Except(asked)) = which;
        let asked: BTreeSet<&InputPath> = asked.iter().collect();
        for input in &asked {
            self.current_node(input)?;
        }
        let asked = asked.into_iter().cloned();
        Ok(match which {
            Which::Only(_) => {
                let mut inputs: Vec<InputPath> = asked.collect();
                // Restoring an input restores what lies below it, which stands right after it.
                inputs.dedup_by(|below, input| below.starts_with(input));
                Chosen { inputs, kept: Vec::new(), may_stay: false }
            }
            Which::Except(_) => {
                let kept: Vec<InputPath> = asked.collect();
                let of_root = self.current.iter().filter(|(path, given)| {
                    path.is_root_input() && matches!(given, Given::Own(_)) && !kept.contains(path)
                });
                Chosen { inputs: of_root.map(|(path, _)| path.clone()).collect(), kept, may_stay: true }
            }
        })
    }

    /// The input in today's lock, which must be given by itself.
    fn current_node(&self, input: &InputPath) -> Result<&Arc<Node>, Box<Refusal>> {
        if input.is_root() {
            return Err(Refusal::WholeLock.into());
        }
        for end in 1..=input.0.len() {
            let at = InputPath(input.0.iter().take(end).cloned().collect());
            match self.current.get(&at) {
                None => return Err(self.not_there(input)),
                Some(Given::Own(node)) if at == *input => return Ok(node),
                Some(Given::Own(_)) => {}
                Some(Given::Follows(target)) => {
                    let instead = match self.current.resolve(input) {
                        Found::At(path) if !path.is_root() => Some(path),
                        _ => None,
                    };
                    let (input, target) = (input.clone(), target.clone());
                    return Err(Box::new(if at == input {
                        Refusal::FollowsNow { input, target, instead }
                    } else {
                        Refusal::PassesThroughFollows { input, at, target, instead }
                    }));
                }
            }
        }
        Err(self.not_there(input))
    }

    /// The refusal of an input that today's lock does not have.
    fn not_there(&self, input: &InputPath) -> Box<Refusal> {
        let paths: Vec<(String, &InputPath)> =
            self.current.iter().map(|(path, _)| (path.to_string(), path)).collect();
        let near = near::matches(&input.to_string(), paths.iter().map(|(name, _)| name.as_str()));
        let near = near.first().and_then(|near| paths.iter().find(|(name, _)| name == near));
        let near = near.map(|(_, path)| (*path).clone());
        let was_there = self.old.get(input).is_some();
        Refusal::NotThereNow { input: input.clone(), near, was_there }.into()
    }

    /// The input as it was, its own inputs reconciled with today's flake.nix.
    fn bring_back(&self, input: &InputPath, kept: &[InputPath]) -> Result<Brought, Box<Refusal>> {
        let now = self.current_node(input)?;
        let mut notes = Vec::new();
        let (then, at) = self.old_node(input, &mut notes)?;
        if let Some(node) = [now, then].into_iter().find(|node| is_relative(node)) {
            // Nix before 2.26 did not write it down.
            let of = node.parent().cloned().or_else(|| input.parent()).unwrap_or_default();
            return Err(Refusal::RelativePath { input: input.clone(), of }.into());
        }
        let mut node = Arc::clone(then);
        if let (Some(declared), Some(before)) = (now.original(), then.original())
            && declared != before
        {
            if !declared.means(before) {
                let [now, before] = [declared, before].map(Source::clone);
                if !self.options.keep_original {
                    return Err(Refusal::OriginalChanged { input: input.clone(), now, then: before }.into());
                }
                notes.push(Note::KeptOriginal { input: input.clone(), now, then: before });
            }
            Arc::make_mut(&mut node).original = Some(Arc::new(declared.clone()));
        }
        if now.is_flake() != then.is_flake() {
            let is_flake_now = now.is_flake();
            return Err(Refusal::FlakeFlagChanged { input: input.clone(), is_flake_now }.into());
        }
        let mut taken = ByPath::default();
        taken.put(input, &self.old, &at)?;
        taken.insert(input.clone(), Given::Own(node))?;
        let mut brought = self.reconcile(input, &taken)?;
        reconcile::known_to_nix(&brought.inputs, input, When::Then)?;
        for kept in kept.iter().filter(|kept| kept.starts_with(input)) {
            brought.undecided.retain(|undecided| !undecided.starts_with(kept));
            brought.notes.retain(|note| !note.input().is_some_and(|input| input.starts_with(kept)));
            // A flake is called with every input that the lock gives it, and fails with one that it does not know.
            if brought.inputs.get(kept).is_some() {
                brought.inputs.put(kept, &self.current, kept)?;
            } else {
                brought.notes.push(Note::NotKept { input: kept.clone(), of: input.clone() });
            }
        }
        brought.notes.splice(0..0, notes);
        Ok(brought)
    }

    /// The input in the old lock, or what it followed there, and where that is.
    fn old_node(
        &self,
        input: &InputPath,
        notes: &mut Vec<Note>,
    ) -> Result<(&Arc<Node>, InputPath), Box<Refusal>> {
        match self.old.get(input) {
            None => Err(Refusal::NotThereThen { input: input.clone() }.into()),
            Some(Given::Own(node)) => Ok((node, input.clone())),
            Some(Given::Follows(target)) => {
                let found = self.old_input(target);
                let (node, at) = found.ok_or_else(|| Refusal::FollowedNothing {
                    input: input.clone(),
                    target: target.clone(),
                })?;
                notes.push(Note::FollowedThen { input: input.clone(), at: at.clone() });
                Ok((node, at))
            }
        }
    }

    /// What a path of the old lock led to, unless that was the root or nothing.
    fn old_input(&self, target: &InputPath) -> Option<(&Arc<Node>, InputPath)> {
        let Found::At(at) = self.old.resolve(target) else { return None };
        Some((self.old.node(&at)?, at))
    }

    /// What stands in the way of using what was brought back.
    fn notes_on_fetching(&self, merged: &ByPath, input: &InputPath) -> Vec<Note> {
        let mut notes = Vec::new();
        let locked = |inputs: &ByPath| inputs.node(input).and_then(|node| node.locked().cloned());
        let mut is_other = locked(merged) != locked(&self.current);
        for (path, given) in merged.subtree(input) {
            match given {
                Given::Own(node) => {
                    let today = self.current.node(path);
                    let is_new = |source: &&Source| {
                        !today.is_some_and(|now| [now.locked(), now.original()].contains(&Some(*source)))
                    };
                    let sources = [node.locked(), node.original()].into_iter().flatten().filter(is_new);
                    if let Some(name) = sources.filter_map(reconcile::unknown_attribute).next() {
                        let (input, name) = (path.clone(), name.to_owned());
                        notes.push(Note::UnknownAttribute { input, name });
                    }
                    let now = today.and_then(|node| node.locked());
                    if let Some(locked) = node.locked()
                        && now != Some(locked)
                        && node.parent().is_none()
                        && let Some(why) = HardToFetch::of(locked)
                    {
                        notes.push(Note::HardToFetch { input: path.clone(), why, url: locked.url() });
                    }
                }
                // Nix takes a `follows` that no override asks for from the flake itself, so it looks there every time;
                // deeper down it believes the lock.
                Given::Follows(target) => {
                    let is_asked = match self.options.overrides {
                        Overrides::Asked(asked) => asked.contains_key(path),
                        Overrides::Unknown => !target.starts_with(input),
                    };
                    if is_other && path.0.len() == 2 && !is_asked {
                        is_other = false;
                        notes.push(Note::NixLooks { input: input.clone(), because: path.clone() });
                    }
                }
            }
        }
        notes
    }
}

/// Whether it lies in the repository of the flake itself, or of another input.
fn is_relative(node: &Node) -> bool {
    let is_relative = |source: &Source| {
        source.kind() == "path" && !source.text("path").is_some_and(|path| path.starts_with('/'))
    };
    node.parent().is_some() || [node.locked(), node.original()].into_iter().flatten().any(is_relative)
}

fn readable_by_nix(lock: &Lock, when: When) -> Result<(), Box<Refusal>> {
    match lock.version {
        5..=7 => Ok(()),
        version => Err(Refusal::Version { when, version }.into()),
    }
}

/// What Nix looks at before it takes a lock (`LockFile::check`): everything followed is there.
fn check(merged: &ByPath, restored: &[InputPath]) -> Result<(), Box<Refusal>> {
    for (who, given) in merged.iter() {
        let Given::Follows(target) = given else { continue };
        match merged.resolve(target) {
            Found::At(_) => {}
            Found::Nowhere => {
                let because = restored.iter().find(|input| target.starts_with(input)).cloned();
                let (who, target) = (who.clone(), target.clone());
                return Err(Refusal::FollowsNowhere { who, target, because }.into());
            }
            Found::Again(chain) => return Err(Refusal::Circle { who: who.clone(), chain }.into()),
            Found::TooFar => return Err(Refusal::FollowsTooFar { who: who.clone() }.into()),
        }
    }
    Ok(())
}

impl From<TooMany> for Box<Refusal> {
    fn from(_: TooMany) -> Self {
        Self::new(Refusal::TooManyInputs)
    }
}

#[cfg(test)]
mod tests;
