//! Inputs of one lock put into another: refused, or the result is read back, everything followed is there, nothing
//! outside of the input has changed, and doing it again changes nothing.
//!
//! The first byte says how; then comes a line with the input's path (empty: all inputs), and two locks with a zero byte
//! between them. With the first bit set, locks and path are made of the bytes instead.
#![no_main]

use std::collections::BTreeMap;

use flakehist::lock::{Decoder, Edge, Followed, InputPath, Lock, Options, Override, Overrides, Which, graft};
use flakehist_fuzz::{Decisions, Given, MOST_INPUTS, given, read_again};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((&how, rest)) = bytes.split_first() else { return };
    let Some((current, old, which)) = (if how & 1 == 1 { made(rest) } else { told(rest) }) else { return };
    if current.inputs().len().max(old.inputs().len()) > MOST_INPUTS {
        return;
    }
    let overrides = if how & 2 == 2 { Overrides::Unknown } else { likely(&current, how >> 4) };
    let options = Options { overrides: &overrides, keep_original: how & 4 == 4, current_bytes: None };
    let grafted = match graft(&current, &old, &which, &options) {
        Ok(grafted) => grafted,
        Err(refusal) => {
            assert!(!refusal.to_string().is_empty());
            let _ = refusal.hints(&which);
            return;
        }
    };
    let bytes = grafted.lock.to_bytes();
    let again = read_again(&bytes);
    let after = given(&again);
    assert_eq!(after, given(&grafted.lock));
    assert!(again.is_as_nix_writes(&bytes) && again.version() == 7);
    for (path, edge) in again.inputs() {
        if let Edge::Follows(target) = edge {
            assert!(matches!(again.resolve(target), Followed::Node(_)), "{path} leads nowhere");
        }
    }
    if let Which::Only(inputs) = &which {
        let outside = |given: BTreeMap<InputPath, Given>| {
            given
                .into_iter()
                .filter(|(path, _)| !inputs.iter().any(|i| path.starts_with(i)))
                .collect::<Vec<_>>()
        };
        assert_eq!(outside(given(&current)), outside(after));
    }
    let twice = graft(&again, &old, &which, &options).unwrap_or_else(|e| panic!("again: {e}"));
    assert_eq!(String::from_utf8_lossy(&twice.lock.to_bytes()), String::from_utf8_lossy(&bytes), "again");
});

fn told(bytes: &[u8]) -> Option<(Lock, Lock, Which)> {
    let end = bytes.iter().position(|&byte| byte == b'\n')?;
    let (path, locks) = bytes.split_at(end);
    let (current, old) = locks.split_at(locks.iter().position(|&byte| byte == 0)?);
    let read = |bytes: &[u8]| Decoder::new().decode(bytes).ok();
    let path = std::str::from_utf8(path).ok()?;
    let which = match path {
        "" => Which::Except(Vec::new()),
        _ => Which::Only(vec![InputPath::new(path.split('/').filter(|name| !name.is_empty()))]),
    };
    Some((read(current)?, read(&old[1..])?, which))
}

fn made(bytes: &[u8]) -> Option<(Lock, Lock, Which)> {
    let mut decisions = Decisions(bytes);
    let chosen = decisions.byte();
    let (current, old) = (decisions.lock(), decisions.lock());
    let read = |text: String| Decoder::new().decode(text.as_bytes()).ok();
    let (current, old) = (read(current)?, read(old)?);
    let inputs = current.inputs();
    let which = match inputs.get(usize::from(chosen) % inputs.len().max(1)) {
        Some((path, _)) if chosen < 240 => Which::Only(vec![path.clone()]),
        _ => Which::Except(Vec::new()),
    };
    Some((current, old, which))
}

/// What a flake.nix could say that goes with the lock: it asks for what leads out of an input of the root, and for more
/// or less where a bit says so.
fn likely(lock: &Lock, bits: u8) -> Overrides {
    let mut asked = BTreeMap::new();
    for (n, (path, given)) in given(lock).into_iter().enumerate() {
        if path.is_root_input() {
            continue;
        }
        let is_odd = n < 4 && bits >> n & 1 == 1;
        let top = InputPath::new(path.names().take(1));
        match given {
            Given::Follows(target) if target.starts_with(&top) == is_odd => {
                asked.insert(path, Override::Follows(target));
            }
            Given::Own { .. } if is_odd => {
                asked.insert(path, Override::Url);
            }
            _ => {}
        }
    }
    Overrides::Asked(asked)
}
