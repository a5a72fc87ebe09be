//! What an input had below it then, brought into agreement with what flake.nix says of it today.

use crate::lock::by_path::{ByPath, Found, Given};
use crate::lock::{InputPath, Source};

use super::{Brought, Note, Override, Overrides, Reconciled, Refusal, When, Work};

/// What becomes of an input below the one that is brought back.
enum Becomes {
    /// What it was.
    Itself,
    /// It follows this.
    Follows(InputPath),
    /// What it is today, with all below it.
    Todays,
    /// What it followed then, with all below it.
    Copy(InputPath),
    /// What it was, if that leads somewhere in the result; else what it follows today, or a copy of what it followed.
    Undecided,
}

impl Work<'_> {
    /// Reconciles what was taken from the old lock and put at `input`.
    pub(super) fn reconcile(&self, input: &InputPath, taken: &ByPath) -> Result<Brought, Box<Refusal>> {
        let mut brought = Brought { inputs: ByPath::default(), notes: Vec::new(), undecided: Vec::new() };
        // An input that was replaced as a whole: nothing below it is looked at.
        let mut replaced: Option<&InputPath> = None;
        for (path, then) in taken.subtree(input) {
            if replaced.is_some_and(|above| path.starts_with(above)) {
                continue;
            }
            let becomes = if path == input { Becomes::Itself } else { self.becomes(input, path, then) };
            let how = match becomes {
                Becomes::Itself => {
                    brought.inputs.insert(path.clone(), then.clone())?;
                    continue;
                }
                Becomes::Undecided => {
                    brought.inputs.insert(path.clone(), then.clone())?;
                    brought.undecided.push(path.clone());
                    continue;
                }
                Becomes::Follows(target) => {
                    let given = Given::Follows(target.clone());
                    let is_new = given != *then;
                    brought.inputs.insert(path.clone(), given)?;
                    is_new.then_some(Reconciled::Follows(target))
                }
                Becomes::Todays => {
                    brought.inputs.put(path, &self.current, path)?;
                    Some(Reconciled::Todays)
                }
                Becomes::Copy(target) => Some(self.copy(&mut brought.inputs, path, &target)?),
            };
            replaced = Some(path);
            brought.notes.extend(how.map(|how| Note::Reconciled { input: path.clone(), how }));
        }
        Ok(brought)
    }

    fn becomes(&self, input: &InputPath, path: &InputPath, then: &Given) -> Becomes {
        let now = self.current.get(path);
        let guessed;
        let asked = match self.options.overrides {
            Overrides::Asked(asked) => asked.get(path),
            Overrides::Unknown => match now {
                Some(Given::Follows(target)) if !target.starts_with(input) => {
                    guessed = Override::Follows(target.clone());
                    Some(&guessed)
                }
                _ => None,
            },
        };
        match (asked, now, then) {
            (Some(Override::Follows(target)), ..) => return Becomes::Follows(target.clone()),
            (Some(Override::Url), Some(Given::Own(now)), Given::Own(then))
                if now.original() == then.original() => {}
            (Some(Override::Url), Some(Given::Own(_)), _) => return Becomes::Todays,
            _ => {}
        }
        match (then, now) {
            // A flake between the root and the input, which stays as it is today, makes it follow another of its own.
            (_, Some(Given::Follows(target)))
                if !target.starts_with(input) && is_of_flake_between(input, target) =>
            {
                Becomes::Follows(target.clone())
            }
            // The flake's own: its inputs, and what follows among them.
            (Given::Own(_), _) => Becomes::Itself,
            (Given::Follows(target), _) if target.starts_with(input) => Becomes::Itself,
            // A flake above made it follow, and today none does.
            (Given::Follows(_), Some(Given::Own(_))) => Becomes::Todays,
            (Given::Follows(_), _) if *self.options.overrides == Overrides::Unknown => Becomes::Undecided,
            (Given::Follows(_), Some(Given::Follows(target))) => Becomes::Follows(target.clone()),
            // That flake need not have been the root: one between leads only to its own inputs. What it says today is
            // not known, and Nix does not ask.
            (Given::Follows(target), None) if is_of_flake_between(input, target) => Becomes::Undecided,
            (Given::Follows(target), None) => Becomes::Copy(target.clone()),
        }
    }

    /// Puts what the old lock's input at `path` followed in the place of it.
    fn copy(
        &self,
        inputs: &mut ByPath,
        path: &InputPath,
        target: &InputPath,
    ) -> Result<Reconciled, Box<Refusal>> {
        let (_, at) = self
            .old_input(target)
            .ok_or_else(|| Refusal::FollowedNothing { input: path.clone(), target: target.clone() })?;
        inputs.put(path, &self.old, &at)?;
        Ok(Reconciled::Copied(target.clone()))
    }

    /// Decides, with all the rest in place, about the follows that may stay. One that stays is led to its end by others
    /// that stay, so which is looked at first makes no difference.
    pub(super) fn decide(
        &self,
        merged: &mut ByPath,
        undecided: Vec<InputPath>,
    ) -> Result<Vec<Note>, Box<Refusal>> {
        let dead = |path: InputPath| match merged.get(&path) {
            Some(Given::Follows(target)) if !matches!(merged.resolve(target), Found::At(_)) => {
                Some((path, target.clone()))
            }
            _ => None,
        };
        let dead: Vec<(InputPath, InputPath)> = undecided.into_iter().filter_map(dead).collect();
        let copy = |(path, target): (InputPath, InputPath)| {
            let how = if let Some(Given::Follows(today)) = self.current.get(&path) {
                merged.insert(path.clone(), Given::Follows(today.clone()))?;
                Reconciled::Follows(today.clone())
            } else {
                let how = self.copy(merged, &path, &target)?;
                known_to_nix(merged, &path, When::Then)?;
                how
            };
            Ok(Note::Reconciled { input: path, how })
        };
        dead.into_iter().map(copy).collect()
    }
}

/// Whether a flake between the root and the input can have made something follow this: one leads only to its own inputs.
fn is_of_flake_between(input: &InputPath, target: &InputPath) -> bool {
    !input.is_root_input() && target.0.first() == input.0.first()
}

/// The types of sources that Nix knows, each with its attributes besides `type` and `dir` (`allowedAttrs` of the input
/// schemes in libfetchers; of all versions together).
const TYPES: [(&str, &[&str]); 9] = [
    ("file", ARCHIVE),
    (
        "git",
        &[
            "url",
            "ref",
            "rev",
            "revCount",
            "lastModified",
            "narHash",
            "shallow",
            "submodules",
            "lfs",
            "exportIgnore",
            "allRefs",
            "name",
            "dirtyRev",
            "dirtyShortRev",
            "verifyCommit",
            "keytype",
            "publicKey",
            "publicKeys",
        ],
    ),
    ("github", FORGE),
    ("gitlab", FORGE),
    ("hg", &["url", "ref", "rev", "revCount", "narHash", "name"]),
    ("indirect", &["id", "ref", "rev", "narHash"]),
    ("path", &["path", "rev", "revCount", "lastModified", "narHash"]),
    ("sourcehut", FORGE),
    ("tarball", ARCHIVE),
];
const ARCHIVE: &[&str] = &["url", "narHash", "name", "unpack", "rev", "revCount", "lastModified"];
const FORGE: &[&str] = &["owner", "repo", "ref", "rev", "host", "narHash", "lastModified", "treeHash"];

/// The attributes that Nix knows of a type, if it knows the type.
fn attributes_of(kind: &str) -> Option<&'static [&'static str]> {
    TYPES.iter().find(|(known, _)| *known == kind).map(|(_, attributes)| *attributes)
}

/// An attribute that no Nix so far has for sources of that type.
pub(super) fn unknown_attribute(source: &Source) -> Option<&str> {
    let known = attributes_of(source.kind())?;
    let is_known = |name: &str| ["type", "dir"].contains(&name) || known.contains(&name);
    source.attributes().map(|(name, _)| name).find(|name| !is_known(name))
}

/// Looks for what makes Nix give up on the whole lock, at a path and below it.
pub(super) fn known_to_nix(inputs: &ByPath, at: &InputPath, when: When) -> Result<(), Box<Refusal>> {
    for (path, given) in inputs.subtree(at) {
        let Given::Own(node) = given else { continue };
        for source in [node.locked(), node.original()].into_iter().flatten() {
            if attributes_of(source.kind()).is_none() {
                let (input, kind) = (path.clone(), source.kind().to_owned());
                return Err(Refusal::UnknownType { when, input, kind }.into());
            }
            if source.attributes().any(|(name, _)| name == "__final") {
                return Err(Refusal::MarkedFinal { when, input: path.clone() }.into());
            }
        }
    }
    Ok(())
}
