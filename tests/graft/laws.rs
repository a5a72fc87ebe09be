//! What is true of every lock that is made.

use std::collections::BTreeSet;

use flakehist::lock::{
    Edge, Followed, Grafted, InputPath, Lock, Note, Options, Overrides, Refusal, Which, graft,
};

use super::made::{self, Form};
use super::support::Chance;
use super::{Given, given, likely_overrides, one, own_inputs, read, real};

/// Restores one input and holds the result against every law that can be told from it. Gives the result.
pub(super) fn obeys(
    current: &Lock,
    old: &Lock,
    input: &InputPath,
    overrides: &Overrides,
    about: &str,
) -> Result<Grafted, Box<Refusal>> {
    let about = format!("{about}: {input}");
    let grafted = one(current, old, input, overrides)?;
    let made = &grafted.lock;
    let bytes = made.to_bytes();
    let is_sound = one(current, current, input, overrides);

    // What is written is read back as what was made, as Nix writes it, with every node used once.
    let again = read(&bytes);
    assert_eq!(given(&again), given(made), "{about}");
    assert!(again.is_as_nix_writes(&bytes) && again.version() == 7, "{about}");
    let mut keys = BTreeSet::new();
    for (path, edge) in again.inputs() {
        if let Edge::Node(key) = edge {
            assert!(keys.insert(key.clone()), "{about}: {path} shares {key}");
        }
    }
    assert_eq!(keys.len(), again.nodes().count(), "{about}: a node that nothing leads to");
    // Everything followed is there.
    for (path, edge) in again.inputs() {
        if let Edge::Follows(target) = edge {
            assert!(matches!(again.resolve(target), Followed::Node(_)), "{about}: {path} leads nowhere");
        }
    }

    let (before, after, then) = (given(current), given(&again), given(old));
    // Outside the input nothing has changed.
    let outside = |given: &std::collections::BTreeMap<InputPath, Given>| {
        given.clone().into_iter().filter(|(path, _)| !path.starts_with(input)).collect::<Vec<_>>()
    };
    assert!(outside(&before) == outside(&after), "{about}: changed outside");
    // What the root declares and follows is what it was.
    assert_eq!(before[input].original(), after[input].original(), "{about}");
    // Inside it is what it was then, unless a note says otherwise.
    let followed = grafted.notes.iter().find_map(|note| match note {
        Note::FollowedThen { at, .. } => Some(at.clone()),
        _ => None,
    });
    let from = followed.clone().unwrap_or_else(|| input.clone());
    let told: Vec<&InputPath> = grafted
        .notes
        .iter()
        .filter(|note| matches!(note, Note::Reconciled { .. }))
        .filter_map(Note::input)
        .collect();
    let depth = input.names().len();
    for (path, given) in after.iter().filter(|(path, _)| path.starts_with(input)) {
        if told.iter().any(|told| path.starts_with(told)) {
            continue;
        }
        let place = InputPath::new(from.names().chain(path.names().skip(depth)));
        assert_eq!(given.locked(), then[&place].locked(), "{about}: {path}");
    }

    // Once more changes nothing.
    let twice = one(made, old, input, overrides).unwrap_or_else(|e| panic!("{about}: {e}"));
    assert_eq!(text(&twice.lock), text(made), "{about}: again");
    // The way back leads to where it came from.
    if told.is_empty() && followed.is_none() && is_sound.is_ok() {
        let back = one(made, current, input, overrides).unwrap_or_else(|e| panic!("{about}: back: {e}"));
        if !back.notes.iter().any(|note| matches!(note, Note::Reconciled { .. })) {
            assert_eq!(text(&back.lock), text(current), "{about}: back");
        }
    }
    Ok(grafted)
}

fn text(lock: &Lock) -> String {
    String::from_utf8(lock.to_bytes()).unwrap()
}

/// Restoring an input to what it is changes nothing.
fn is_itself(current: &Lock, input: &InputPath, overrides: &Overrides, about: &str) {
    let Ok(same) = one(current, current, input, overrides) else { return };
    if !same.notes.iter().any(|note| matches!(note, Note::Reconciled { .. })) {
        assert_eq!(text(&same.lock), text(current), "{about}: {input} from itself");
    }
}

/// Whether something in the lock follows into one of the inputs, from anywhere but its own inside.
fn is_followed_into(lock: &Lock, inputs: &[InputPath]) -> bool {
    given(lock).iter().any(|(path, given)| match given {
        Given::Follows(target) => {
            inputs.iter().any(|input| target.starts_with(input) && !path.starts_with(input))
        }
        Given::Own { .. } => false,
    })
}

/// Two inputs restored together are what they are one after the other, whichever comes first.
fn commute(current: &Lock, old: &Lock, pair: [&InputPath; 2], overrides: &Overrides, about: &str) -> bool {
    let pair = pair.map(Clone::clone);
    let options = Options { overrides, keep_original: false, current_bytes: None };
    let both = |pair: Vec<InputPath>| graft(current, old, &Which::Only(pair), &options);
    let together = both(pair.to_vec());
    let [a, b] = &pair;
    let other = both(vec![b.clone(), a.clone(), b.clone()]);
    match (&together, &other) {
        (Ok(together), Ok(other)) => {
            assert_eq!(text(&together.lock), text(&other.lock), "{about}");
            assert_eq!((&together.restored, &together.notes), (&other.restored, &other.notes), "{about}");
        }
        (one, other) => assert_eq!(one.as_ref().err(), other.as_ref().err(), "{about}"),
    }
    let Ok(together) = together else { return false };
    let is_sound = one(current, current, a, overrides).is_ok();
    if !is_sound
        || a.starts_with(b)
        || b.starts_with(a)
        || [current, old].iter().any(|lock| is_followed_into(lock, &pair))
    {
        return false;
    }
    for [first, second] in [[a, b], [b, a]] {
        let first = one(current, old, first, overrides).unwrap_or_else(|e| panic!("{about}: {first}: {e}"));
        let second = one(&first.lock, old, second, overrides).unwrap_or_else(|e| panic!("{about}: {e}"));
        assert_eq!(text(&second.lock), text(&together.lock), "{about}: {a} and {b}");
    }
    true
}

#[test]
fn on_locks_made_by_chance() {
    let (mut restored, mut commuted, mut refused) = (0, 0, BTreeSet::new());
    for seed in 0..1200_u64 {
        let mut chance = Chance::new(seed);
        let [now, then] = [chance.below(4), chance.below(4)].map(|age| u64::try_from(age).unwrap());
        let about = format!("seed {seed}, {now} from {then}");
        let lock = |age, form| made::lock(seed, age, form);
        let (current, old) = (lock(now, Form::Shuffled), lock(then, Form::Shuffled));
        let inputs = own_inputs(&current);
        if inputs.is_empty() {
            continue;
        }
        // Most of what chance picks was not there then, or declared otherwise.
        let original = |lock: &Lock, path| lock.own_node(path).and_then(|node| node.original().cloned());
        let can_be: Vec<InputPath> =
            inputs.iter().filter(|path| original(&current, path) == original(&old, path)).cloned().collect();
        let inputs = if can_be.is_empty() || chance.percent(10) { inputs } else { can_be };
        let (input, second) = (chance.one_of(&inputs), chance.one_of(&inputs));
        for overrides in [Overrides::Unknown, likely_overrides(&current, &mut chance)] {
            is_itself(&current, input, &overrides, &about);
            match obeys(&current, &old, input, &overrides, &about) {
                Ok(grafted) => {
                    restored += 1;
                    // Neither keys nor order nor sharing in the files make a difference.
                    let written = [lock(now, Form::Shared), lock(then, Form::Shared)];
                    let same = one(&written[0], &written[1], input, &overrides).unwrap();
                    assert_eq!(text(&same.lock), text(&grafted.lock), "{about}");
                    assert!(same.notes.contains(&Note::FormatUpgraded(5)), "{about}");
                }
                Err(refusal) => {
                    let name = format!("{refusal:?}");
                    refused.insert(name.split([' ', '{']).next().unwrap().to_owned());
                    assert!(!refusal.to_string().is_empty());
                }
            }
            commuted += usize::from(commute(&current, &old, [input, second], &overrides, &about));
        }
    }
    println!("{restored} restored, {commuted} commuted, refused: {refused:?}");
    assert!(restored > 500 && commuted > 20, "{restored} {commuted}");
    for kind in ["NotThereThen", "OriginalChanged", "FlakeFlagChanged", "FollowsNowhere", "Circle"] {
        assert!(refused.contains(kind), "{kind} never happened");
    }
}

#[test]
fn on_real_locks() {
    let Some(locks) = real::locks() else { return };
    let mut chance = Chance::new(6);
    let (mut restored, mut commuted) = (0, 0);
    for _ in 0..500 {
        let [current, old] = real::two(&locks, &mut chance);
        let inputs = own_inputs(&current.lock);
        if inputs.is_empty() {
            continue;
        }
        let (input, second) = (chance.one_of(&inputs), chance.one_of(&inputs));
        let about = format!("{} from {}", current.name, old.name);
        for overrides in [Overrides::Unknown, likely_overrides(&current.lock, &mut chance)] {
            is_itself(&current.lock, input, &overrides, &about);
            restored += usize::from(obeys(&current.lock, &old.lock, input, &overrides, &about).is_ok());
            commuted += usize::from(commute(&current.lock, &old.lock, [input, second], &overrides, &about));
        }
    }
    println!("{restored} restored, {commuted} commuted");
    assert!(restored > 300 && commuted > 100, "{restored} {commuted}");
}
