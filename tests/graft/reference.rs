//! The same result as an independent program: `reference/restore-one-input.py` beside the collection of real locks.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use flakehist::lock::{Decoder, Grafted, InputPath, Note, Override, Overrides, Reconciled, Refusal};
use serde_json::{Value, json};

use super::made::{self, Form};
use super::real::{self, Real};
use super::support::{Chance, skipped};
use super::{likely_overrides, one, own_inputs};

/// What is asked: two of the locks, an input, and what flake.nix says.
struct Triple<'l> {
    now: (usize, &'l Real),
    then: (usize, &'l Real),
    input: InputPath,
    overrides: Overrides,
}

/// So many (current, old, input) are compared.
const TRIPLES: usize = 6000;

/// Asks the other program; `None`, with a word, where it or Python is missing.
#[expect(clippy::disallowed_methods, reason = "the test runs Python")]
fn ask(locks: &[&[u8]], asked: &[Value]) -> Option<Vec<Value>> {
    let reference = real::folder()?.parent()?.join("reference");
    if !reference.join("restore-one-input.py").is_file() {
        skipped("there is no reference/restore-one-input.py beside the collection");
        return None;
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/graft/reference.py");
    let mut python = Command::new("python3");
    python.arg(script).arg(reference).stdin(Stdio::piped()).stdout(Stdio::piped());
    let Ok(mut python) = python.spawn() else {
        skipped("there is no python3");
        return None;
    };
    let folder = tempfile::tempdir().unwrap();
    let file = |(number, bytes): (usize, &&[u8])| {
        let file = folder.path().join(format!("{number}.lock"));
        std::fs::write(&file, bytes).unwrap();
        file
    };
    let files: Vec<_> = locks.iter().enumerate().map(file).collect();
    let mut input = python.stdin.take().unwrap();
    let output = BufReader::new(python.stdout.take().unwrap());
    let answers = std::thread::scope(|scope| {
        scope.spawn(move || {
            writeln!(input, "{}", json!({ "locks": files })).unwrap();
            for asked in asked {
                writeln!(input, "{asked}").unwrap();
            }
        });
        output.lines().map(|line| serde_json::from_str(&line.unwrap()).unwrap()).collect::<Vec<Value>>()
    });
    assert!(python.wait().unwrap().success());
    assert_eq!(answers.len(), asked.len());
    Some(answers)
}

fn names(path: &InputPath) -> Vec<&str> {
    path.names().collect()
}

fn question(triple: &Triple<'_>) -> Value {
    let overrides = match &triple.overrides {
        Overrides::Unknown => Value::Null,
        Overrides::Asked(asked) => asked
            .iter()
            .map(|(path, said)| match said {
                Override::Follows(target) => json!([names(path), names(target)]),
                Override::Url => json!([names(path), null]),
            })
            .collect(),
    };
    json!({ "now": triple.now.0, "then": triple.then.0, "input": names(&triple.input), "overrides": overrides })
}

#[test]
fn the_same_as_an_independent_program() {
    let Some(projects) = real::locks() else { return };
    let Some(counts) = compare(&projects, TRIPLES) else { return };
    println!("{counts:#?}");
    let other = counts.get("moved").unwrap_or(&0) + counts.get("nested").unwrap_or(&0);
    assert!(counts["same lock"] > 4000 && other < 20, "nearly all that can be restored is the same");
}

/// Real locks hardly ever have names that are keys of others, or follows into anywhere.
#[test]
fn the_same_as_an_independent_program_on_locks_made_by_chance() {
    let made = |seed: u64, age: u64| {
        let lock = made::lock(seed, age, Form::Shuffled);
        let (name, bytes) = (format!("seed {seed}, age {age}"), lock.to_bytes());
        Real { name, bytes, lock }
    };
    let projects: Vec<Vec<Real>> = (0..300).map(|seed| (0..4).map(|age| made(seed, age)).collect()).collect();
    let Some(counts) = compare(&projects, 2000) else { return };
    println!("{counts:#?}");
    for kind in
        ["same lock", "follow cycle detected", "follows a non-existent input", "input not in the old lock"]
    {
        assert!(counts.contains_key(kind), "{kind} never happened");
    }
    let other = counts.get("moved").unwrap_or(&0) + counts.get("nested").unwrap_or(&0);
    assert!(counts["same lock"] > 10 * other, "most that can be restored is the same");
}

/// Holds so many answers of both against each other, each of two locks of one project; how often they agreed in what.
fn compare(projects: &[Vec<Real>], most: usize) -> Option<BTreeMap<String, usize>> {
    let locks: Vec<&Real> = projects.iter().flatten().collect();
    let mut firsts = vec![0];
    for project in projects {
        firsts.push(firsts[firsts.len() - 1] + project.len());
    }
    let mut chance = Chance::new(5000);
    let mut triples = Vec::new();
    while triples.len() < most {
        let project = chance.below(projects.len());
        let one_of = |chance: &mut Chance| {
            let number = firsts[project] + chance.below(projects[project].len());
            (number, locks[number])
        };
        let (now, then) = (one_of(&mut chance), one_of(&mut chance));
        let inputs = own_inputs(&now.1.lock);
        // The other program is slow with the biggest.
        let of_root: Vec<&InputPath> = inputs.iter().filter(|path| path.is_root_input()).collect();
        if of_root.is_empty() || now.1.bytes.len() + then.1.bytes.len() > 200_000 && !chance.percent(5) {
            continue;
        }
        let input = if chance.percent(30) { chance.one_of(&inputs) } else { *chance.one_of(&of_root) };
        // Most of what chance picks would be refused for one of two reasons.
        let original = |real: &Real| real.lock.own_node(input).and_then(|node| node.original().cloned());
        if original(now.1) != original(then.1) && !chance.percent(10) {
            continue;
        }
        let overrides =
            if chance.percent(50) { Overrides::Unknown } else { likely_overrides(&now.1.lock, &mut chance) };
        triples.push(Triple { now, then, input: input.clone(), overrides });
    }
    let asked: Vec<Value> = triples.iter().map(question).collect();
    let files: Vec<&[u8]> = locks.iter().map(|real| real.bytes.as_slice()).collect();
    let answers = ask(&files, &asked)?;
    let mut counts = BTreeMap::<String, usize>::new();
    for (triple, answer) in triples.iter().zip(&answers) {
        *counts.entry(compared(triple, answer)).or_default() += 1;
    }
    Some(counts)
}

/// What they say of what leads nowhere, or in a circle.
const DEAD: [&str; 4] = [
    "follows a non-existent input",
    "which is gone",
    "follow cycle detected",
    "cannot be resolved to an input",
];

/// Whether something was put elsewhere. With it goes what it follows inside itself; theirs leaves that behind.
fn is_moved(grafted: &Grafted) -> bool {
    let is_moved = |note: &Note| {
        matches!(note, Note::FollowedThen { .. } | Note::Reconciled { how: Reconciled::Copied(_), .. })
    };
    grafted.notes.iter().any(is_moved)
}

/// Holds our answer against theirs, and says in what they agree.
fn compared(triple: &Triple<'_>, answer: &Value) -> String {
    let about = format!("{} of {} into {}", triple.input, triple.then.1.name, triple.now.1.name);
    let ours = one(&triple.now.1.lock, &triple.then.1.lock, &triple.input, &triple.overrides);
    let theirs = answer["lock"].as_str().ok_or_else(|| answer["refused"].as_str().unwrap());
    // What a flake between the root and the input makes follow counts; theirs takes all overrides for the root's.
    let is_nested = !triple.input.is_root_input() && triple.overrides != Overrides::Unknown;
    let is_dead = |why: &str| DEAD.iter().any(|dead| why.contains(dead));
    match (ours, theirs) {
        (Ok(grafted), Ok(theirs)) => {
            let is_same = String::from_utf8(grafted.lock.to_bytes()).unwrap() == *theirs;
            assert!(
                is_same || is_moved(&grafted) || is_nested,
                "{about}: {:?}, {}",
                grafted.notes,
                answer["notes"]
            );
            let kind = if is_same {
                "same lock"
            } else if is_nested {
                "nested"
            } else {
                "moved"
            };
            kind.to_owned()
        }
        (Ok(grafted), Err(why)) => {
            let is_known = is_dead(why) && (is_moved(&grafted) || is_nested);
            assert!(is_known, "{about}: they say {why:?}, and we {:?}", grafted.notes);
            if is_nested { "nested" } else { "moved" }.to_owned()
        }
        (Err(refusal), theirs) => {
            let expected = match &*refusal {
                Refusal::NotThereThen { .. } => &["input not in the old lock"][..],
                Refusal::OriginalChanged { .. } => &["original ref changed"],
                Refusal::FlakeFlagChanged { .. } => &["flake attribute changed"],
                Refusal::FollowsNowhere { .. } | Refusal::FollowedNothing { .. } | Refusal::Circle { .. } => {
                    &DEAD
                }
                // They do not look at this.
                Refusal::RelativePath { .. } => return "only ours refuses a relative path".to_owned(),
                _ => panic!("{about}: {refusal}"),
            };
            let agreed = expected.iter().find(|&&why| theirs.is_err_and(|theirs| theirs.contains(why)));
            agreed.unwrap_or_else(|| panic!("{about}: {refusal}, and they {theirs:?}")).to_string()
        }
    }
}

#[test]
fn every_real_lock_is_written_as_it_was() {
    let Some(locks) = real::all() else { return };
    let mut decoder = Decoder::new();
    let mut same = 0;
    let mut other = Vec::new();
    for (name, bytes) in &locks {
        let Ok(lock) = decoder.decode(bytes) else { continue };
        let made = lock.to_bytes();
        if made == *bytes {
            same += 1;
        } else if lock.version() >= 5 {
            other.push((name, bytes.as_slice(), made));
        }
    }
    println!("{same} the same, {} written otherwise than by Nix, or by one before 2.4", other.len());
    assert!(same > other.len() * 2, "nearly all are as Nix writes them");
    let files: Vec<&[u8]> = other.iter().map(|(_, bytes, _)| *bytes).collect();
    let asked: Vec<Value> = (0..files.len()).map(|number| json!({ "now": number })).collect();
    let Some(answers) = ask(&files, &asked) else { return };
    for ((name, _, made), answer) in other.iter().zip(answers) {
        assert_eq!(std::str::from_utf8(made).unwrap(), answer["lock"].as_str().unwrap(), "{name}");
    }
}
