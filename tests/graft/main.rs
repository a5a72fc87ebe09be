//! Inputs of one lock put into another: the laws it keeps, on made-up and on real locks; the same result as an
//! independent program; and what real Nix says of it.

#![expect(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../support/mod.rs"]
mod support;

mod laws;
mod made;
mod nix;
mod real;
mod reference;

use std::collections::BTreeMap;

use flakehist::lock::{
    Decoder, Edge, Grafted, InputPath, Lock, Options, Override, Overrides, Pin, Refusal, Source, Which, graft,
};
use support::Chance;

fn path(text: &str) -> InputPath {
    InputPath::new(text.split('/').filter(|name| !name.is_empty()))
}

fn read(bytes: &[u8]) -> Lock {
    Decoder::new().decode(bytes).unwrap_or_else(|e| panic!("{e:?}\n{}", String::from_utf8_lossy(bytes)))
}

/// One input restored.
fn one(
    current: &Lock,
    old: &Lock,
    input: &InputPath,
    overrides: &Overrides,
) -> Result<Grafted, Box<Refusal>> {
    let options = Options { overrides, keep_original: false, current_bytes: None };
    graft(current, old, &Which::Only(vec![input.clone()]), &options)
}

/// How an input is given, without keys.
#[derive(Clone, Debug, PartialEq)]
enum Given {
    Own { locked: Source, original: Option<Source>, is_flake: bool, parent: Option<InputPath> },
    Follows(InputPath),
}

impl Given {
    fn locked(&self) -> Option<&Source> {
        match self {
            Self::Own { locked, .. } => Some(locked),
            Self::Follows(_) => None,
        }
    }

    fn original(&self) -> Option<&Source> {
        match self {
            Self::Own { original, .. } => original.as_ref(),
            Self::Follows(_) => None,
        }
    }
}

/// Every input by path.
fn given(lock: &Lock) -> BTreeMap<InputPath, Given> {
    let of = |(path, _): (InputPath, &Edge)| {
        let given = match lock.pin(&path).unwrap() {
            Pin::Own(node) => Given::Own {
                locked: node.locked().unwrap().clone(),
                original: node.original().cloned(),
                is_flake: node.is_flake(),
                parent: node.parent().cloned(),
            },
            Pin::Follows(target) => Given::Follows(target.clone()),
        };
        (path, given)
    };
    lock.inputs().into_iter().map(of).collect()
}

/// The inputs of a lock that could be restored: those given by themselves.
fn own_inputs(lock: &Lock) -> Vec<InputPath> {
    let own = lock.inputs().into_iter().filter(|(_, edge)| matches!(edge, Edge::Node(_)));
    own.map(|(path, _)| path).collect()
}

/// What a flake.nix could say that goes with the lock: it asks for what leads out of an input of the root, and for one
/// input in seven more or less.
fn likely_overrides(lock: &Lock, chance: &mut Chance) -> Overrides {
    let mut asked = BTreeMap::new();
    for (path, given) in given(lock) {
        if path.is_root_input() {
            continue;
        }
        let top = InputPath::new(path.names().take(1));
        match given {
            Given::Follows(target) if !target.starts_with(&top) && !chance.percent(7) => {
                asked.insert(path, Override::Follows(target));
            }
            Given::Own { .. } if chance.percent(7) => {
                asked.insert(path, Override::Url);
            }
            _ => {}
        }
    }
    Overrides::Asked(asked)
}
