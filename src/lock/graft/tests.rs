//! What becomes of an input that is restored: a table of cases in words; every refusal in a room of its own.

use super::super::Decoder;
use super::super::by_path::tests::{path, tree};
use super::*;

mod refusals;

/// What flake.nix says, in words: `a/b>c` or `a/b=url`.
fn asked(words: &str) -> Overrides {
    if words == "?" {
        return Overrides::Unknown;
    }
    let said = words.split_whitespace().map(|word| match word.split_once('>') {
        Some((at, target)) => (path(at), Override::Follows(path(target))),
        None => (path(word.trim_end_matches("=url")), Override::Url),
    });
    Overrides::Asked(said.collect())
}

fn paths(words: &str) -> Vec<InputPath> {
    words.split_whitespace().map(path).collect()
}

fn restore(now: &str, then: &str, which: &Which, said: &str) -> Result<Grafted, Box<Refusal>> {
    let overrides = &asked(said);
    let options = Options { overrides, keep_original: false, current_bytes: None };
    graft(&tree(now).into_lock(), &tree(then).into_lock(), which, &options)
}

/// The lock in words, as `tree` reads them.
fn words(lock: &Lock) -> String {
    let word = |(path, given): (&InputPath, &Given)| match given {
        Given::Follows(target) => format!("{path}>{target}"),
        Given::Own(node) => format!("{path}@{}", node.locked().unwrap().rev().unwrap()),
    };
    ByPath::of(lock).iter().map(word).collect::<Vec<_>>().join(" ")
}

fn notes(grafted: &Grafted) -> String {
    grafted.notes.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

const GITHUB: &str = r#""type":"github","owner":"o","repo":"a""#;

/// A lock with the one input `a`, locked to and declared as these members say.
fn lock_of(version: u64, locked: &str, original: &str) -> Lock {
    let text = format!(
        r#"{{"version":{version},"root":"root","nodes":{{"root":{{"inputs":{{"a":"a"}}}},
        "a":{{"locked":{{{locked}}},"original":{{{original}}}}}}}}}"#
    );
    Decoder::new().decode(text.as_bytes()).unwrap_or_else(|unreadable| panic!("{unreadable}: {text}"))
}

fn graft_a(now: &Lock, then: &Lock, keep_original: bool) -> Result<Grafted, Box<Refusal>> {
    let overrides = Overrides::Asked(std::collections::BTreeMap::new());
    let options = Options { overrides: &overrides, keep_original, current_bytes: None };
    graft(now, then, &Which::Only(vec![path("a")]), &options)
}

#[test]
fn an_input_is_restored_with_what_is_below_it() {
    // Today's lock, the old one, what is restored, what flake.nix says; the result and the notes.
    let cases = [
        // Its own inputs come and go with it; all else stays.
        ("a@1 a/x@1 b@1", "a@2 a/y@2 a/y/z@2 b@2", "a", "", "a@2 a/y@2 a/y/z@2 b@1", ""),
        // What flake.nix makes follow does, at whatever depth, also what did not then.
        (
            "a@1 a/n>n n@1",
            "a@2 a/n@2 a/n/deep@2 n@2",
            "a",
            "a/n>n",
            "a@2 a/n>n n@1",
            "`a/n` follows `n`, as today",
        ),
        (
            "a@1 a/b@1 a/b/n>n n@1",
            "a@2 a/b@2 a/b/n>old n@2 old@2",
            "a",
            "a/b/n>n",
            "a@2 a/b@2 a/b/n>n n@1",
            "`a/b/n` follows `n`, as today",
        ),
        ("a@1 a/n>", "a@2 a/n@2", "a", "a/n>", "a@2 a/n>", "`a/n` follows the flake itself, as today"),
        // What is said of inputs that it does not have says nothing.
        ("a@1 a/n>n n@1", "a@2 n@2", "a", "a/n>n", "a@2 n@1", ""),
        // What follows inside it is its own.
        ("a@1 a/x@1 a/y>a/x", "a@2 a/x@2 a/y@2 a/z>a/x", "a", "a/n>n", "a@2 a/x@2 a/y@2 a/z>a/x", ""),
        // An override has gone: what it is today, or what it was then.
        (
            "a@1 a/n@1 a/n/x@1 n@1",
            "a@2 a/n>n n@2",
            "a",
            "",
            "a@2 a/n@1 a/n/x@1 n@1",
            "`a/n` stays as it is today",
        ),
        (
            "a@1 a/m@1 a/n>a/m n@1",
            "a@2 a/m@2 a/n>n n@2",
            "a",
            "",
            "a@2 a/m@2 a/n>a/m n@1",
            "`a/n` follows `a/m`, as today",
        ),
        (
            "a@1 n@1",
            "a@2 a/n>n n@2 n/x@2 n/y>n/x",
            "a",
            "",
            "a@2 a/n@2 a/n/x@2 a/n/y>a/n/x n@1",
            "`a/n` becomes what `n` was, which it followed then",
        ),
        // Another place was asked for: it is kept unless it is the same.
        ("a@1 a/n@1", "a@2 a/n@2", "a", "a/n=url", "a@2 a/n@2", ""),
        (
            "a@1 a/n@1!fork a/n/x@1",
            "a@2 a/n@2 a/n/y@2",
            "a",
            "a/n=url",
            "a@2 a/n@1 a/n/x@1",
            "`a/n` stays as it is today",
        ),
        // Deeper down: what the flake between made follow stays, as long as it leads somewhere.
        ("a@1 a/b@1", "a@2 a/b@2 a/b/c>a", "a/b", "", "a@1 a/b@2 a/b/c>a", ""),
        (
            "a@1 a/b@1",
            "a@2 a/b@2 a/b/c>a/d a/d@2",
            "a/b",
            "",
            "a@1 a/b@2 a/b/c@2",
            "`a/b/c` becomes what `a/d` was, which it followed then",
        ),
        // What it makes follow today, it still does: it stays.
        (
            "a@1 a/b@1 a/b/c>a/d a/d@1",
            "a@2 a/b@2 a/b/c@2 a/b/c/x@2 a/d@2",
            "a/b",
            "",
            "a@1 a/b@2 a/b/c>a/d a/d@1",
            "`a/b/c` follows `a/d`, as today",
        ),
        // It followed another then.
        (
            "a@1!b b@1",
            "a>b b@2 b/x@2 b/y>b/x",
            "a",
            "",
            "a@2 a/x@2 a/y>a/x b@1",
            "`a` followed `b` then, and becomes what that was",
        ),
        // Guessed: what leads out of it today was asked for; what did then stays, as long as it leads somewhere.
        ("a@1 a/n>n n@1", "a@2 a/n@2 n@2", "a", "?", "a@2 a/n>n n@1", "`a/n` follows `n`, as today"),
        ("a@1 n@1", "a@2 a/n>n n@2", "a", "?", "a@2 a/n>n n@1", ""),
        (
            "a@1 n@1",
            "a@2 a/n>m m@2",
            "a",
            "?",
            "a@2 a/n@2 n@1",
            "`a/n` becomes what `m` was, which it followed then",
        ),
        ("a@1 n@1", "a@2 a/x@2 n@2", "a", "?", "a@2 a/x@2 n@1", ""),
        // Two that need each other, in any order; one below the other.
        ("a@1 b@1", "a@2 a/x>b/x b@2 b/x@2", "b a", "a/x>b/x", "a@2 a/x>b/x b@2 b/x@2", ""),
        ("a@1 b@1", "a@2 a/x>b/x b@2 b/x@2", "b a", "?", "a@2 a/x>b/x b@2 b/x@2", ""),
        ("a@1 a/b@1", "a@2 a/b@2", "a/b a a", "", "a@2 a/b@2", ""),
        // Names that are also keys.
        ("root@1 a_2@1 a@1 a/a@1", "root@2 a_2@2 a@2", "root", "", "a@1 a/a@1 a_2@1 root@2", ""),
    ];
    for (now, then, which, said, result, told) in cases {
        let about = format!("{which} of {then} into {now}");
        let grafted = restore(now, then, &Which::Only(paths(which)), said);
        let grafted = grafted.unwrap_or_else(|refusal| panic!("{about}: {refusal}"));
        assert_eq!(words(&grafted.lock), result, "{about}");
        let looks = |note: &Note| matches!(note, Note::NixLooks { .. } | Note::OverridesGuessed);
        let grafted =
            Grafted { notes: grafted.notes.into_iter().filter(|note| !looks(note)).collect(), ..grafted };
        assert_eq!(notes(&grafted), told, "{about}");
    }
}

#[test]
fn everything_but() {
    let cases = [
        ("a@1 b@1 c@1 d>a", "a@2 b@2 c@2 d>b", "b", "a@2 b@1 c@2 d>a", ""),
        // What cannot be restored stays, and is told.
        (
            "a@1 b@1 c@1!new",
            "b@2 c@2",
            "a",
            "a@1 b@2 c@1",
            "`c` stays as it is: `c` is declared as github:o/new now, and was github:o/c then",
        ),
        (
            "a@1 b@1 c@1 d@1",
            "b@2 a@2",
            "a",
            "a@1 b@2 c@1 d@1",
            "`c`, `d` stay as they are: they were no inputs then",
        ),
        ("a@1 b@1 c@1", "b@2", "a", "a@1 b@2 c@1", "`c` stays as it is: it was no input then"),
        // One deeper down stays within what is restored.
        ("a@1 a/b@1 a/b/c@1 a/d@1", "a@2 a/b@2 a/b/e>a/d a/d@2", "a/b", "a@2 a/b@1 a/b/c@1 a/d@2", ""),
        ("a@1 a/b@1", "a@2 a/b@2 a/b/c@2", "a/b", "a@2 a/b@1", ""),
        ("a@1 a/b@1 b@1", "a@2 a/b>b b@2", "a/b", "a@2 a/b@1 b@2", ""),
        // Unless what is restored has no such input: it would be called with what it does not know.
        ("a@1 a/b@1", "a@2", "a/b", "a@2", "`a/b` does not stay: `a` as it was then has no such input"),
        (
            "a@1 a/b@1 a/b/c@1",
            "a@2",
            "a/b/c",
            "a@2",
            "`a/b/c` does not stay: `a` as it was then has no such input",
        ),
    ];
    for (now, then, which, result, told) in cases {
        let about = format!("all but {which} of {then} into {now}");
        let grafted = restore(now, then, &Which::Except(paths(which)), "");
        let grafted = grafted.unwrap_or_else(|refusal| panic!("{about}: {refusal}"));
        assert_eq!((words(&grafted.lock).as_str(), notes(&grafted).as_str()), (result, told), "{about}");
    }
    let refused =
        |now, then, which| restore(now, then, &Which::Except(paths(which)), "").unwrap_err().to_string();
    assert_eq!(refused("a@1 b>a", "a@2", "a"), "there is no input left to restore");
    assert_eq!(refused("a@1 b>a", "a@2", "b"), "`b` has no state of its own: it follows `a`");
    assert_eq!(refused("a@1", "a@2", "typo"), "`typo` is no input in the current lock");
    let which = Which::Except(paths("a"));
    let refusal = restore("a@1 b@1!new c@1", "a@2 b@2", &which, "").unwrap_err();
    let Refusal::NothingToRestore { stays } = *refusal else { panic!("{refusal}") };
    let stays: Vec<String> = stays.iter().map(ToString::to_string).collect();
    let [changed, new] = stays.as_slice() else { panic!("{stays:?}") };
    assert!(changed.contains("`b` is declared as") && new.contains("`c` stays as it is"), "{stays:?}");
}

#[test]
fn of_a_folder_the_flake_that_it_lies_in_can_be_restored() {
    for (parent, of, hint) in [
        (r#","parent":["a"]"#, "`a`", "restore that one: `--input a`"),
        ("", "`a`", "restore that one: `--input a`"),
        (r#","parent":[]"#, "this flake", "bring its folder back with git"),
    ] {
        let folder = format!(
            r#"{{"locked":{{"type":"path","path":"./b"}},"original":{{"type":"path","path":"./b"}}{parent}}}"#
        );
        let text = format!(
            r#"{{"version":7,"root":"r","nodes":{{"r":{{"inputs":{{"a":"a"}}}},"b":{folder},
            "a":{{"inputs":{{"b":"b"}},"locked":{{{GITHUB}}},"original":{{{GITHUB}}}}}}}}}"#
        );
        let lock = Decoder::new().decode(text.as_bytes()).unwrap();
        let overrides = Overrides::Unknown;
        let options = Options { overrides: &overrides, keep_original: false, current_bytes: None };
        let which = Which::Only(paths("a/b"));
        let refusal = graft(&lock, &lock, &which, &options).unwrap_err();
        let told = format!("`a/b` is a folder of {of}, so the lock does not say what it was");
        assert_eq!((refusal.to_string(), refusal.hints(&which)), (told, vec![hint.to_owned()]));
    }
}

#[test]
fn what_may_not_be_there_any_more_is_told() {
    let now = lock_of(7, r#""type":"github","rev":"1""#, GITHUB);
    let cases = [
        (r#""type":"path","path":"/nix/store/x-source","narHash":"h""#, "is a path in a store"),
        (r#""type":"path","path":"/home/me/a","narHash":"h""#, "is a path of one machine"),
        (r#""type":"git","url":"file:///home/me/a","rev":"2""#, "comes from the disk of one machine"),
        (r#""type":"git","url":"file:///home/me/a","narHash":"h""#, "never committed"),
        (r#""type":"git","url":"https://h/a","dirtyRev":"2-dirty""#, "never committed"),
        (r#""type":"git","url":"https://h/a","rev":"0000","narHash":"h""#, "never committed"),
        (r#""type":"github","owner":"o","repo":"a""#, "was locked to no revision or hash"),
        (r#""type":"tarball","url":"https://h/a","narHash":"h""#, ""),
        (r#""type":"git","url":"https://h/a","rev":"2""#, ""),
        (r#""type":"github","rev":"1""#, ""),
        (r#""type":"github","rev":"2","treeHash":"x","dir":"d""#, ""),
        (
            r#""type":"github","rev":"2","new":1"#,
            "has the attribute `new`; a Nix that does not know it refuses",
        ),
        (r#""type":"hg","url":"https://h/a","rev":"2","lastModified":1"#, "has the attribute `lastModified`"),
    ];
    for (locked, told) in cases {
        let grafted = graft_a(&now, &lock_of(7, locked, GITHUB), false).unwrap();
        assert_eq!(grafted.notes.len(), usize::from(!told.is_empty()), "{locked}");
        assert!(notes(&grafted).contains(told), "{locked}: {}", notes(&grafted));
    }
    // What is there today needs no bringing back.
    let local = lock_of(7, cases[1].0, GITHUB);
    assert_eq!(notes(&graft_a(&local, &local, false).unwrap()), "");
}

#[test]
fn a_file_that_nix_did_not_write_is_told() {
    let now = lock_of(5, r#""type":"github","rev":"1""#, GITHUB);
    let upgraded = graft_a(&now, &now, false).unwrap();
    assert_eq!((upgraded.notes, upgraded.lock.version()), (vec![Note::FormatUpgraded(5)], 7));
    let now = lock_of(7, r#""type":"github","rev":"1""#, GITHUB);
    let overrides = Overrides::Unknown;
    for (bytes, told) in [(b"{}".to_vec(), vec![Note::NotAsNixWrites]), (now.to_bytes(), vec![])] {
        let options = Options { overrides: &overrides, keep_original: false, current_bytes: Some(&bytes) };
        let grafted = graft(&now, &now, &Which::Only(vec![path("a")]), &options).unwrap();
        assert_eq!(grafted.notes, told, "without inputs of its own nothing is guessed");
    }
}

#[test]
fn an_input_that_nix_will_look_into_is_told() {
    let told = |now: &str, then: &str, which: &str, said: &str| {
        let grafted = restore(now, then, &Which::Only(paths(which)), said).unwrap();
        grafted.notes.iter().any(|note| matches!(note, Note::NixLooks { .. }))
    };
    assert!(told("a@1", "a@2 a/x@2 a/y>a/x", "a", ""));
    assert!(told("a@1", "a@2 a/x@2 a/y>a/x", "a", "?"));
    assert!(!told("a@2", "a@2 a/x@2 a/y>a/x", "a", ""), "it is there already");
    assert!(!told("a@1", "a@2 a/y>b b@1", "a", "a/y>a") && !told("a@1 b@1", "a@2 a/y>b b@1", "a", "?"));
    assert!(
        !told("a@1 a/b@1", "a@2 a/b@2 a/b/x@2 a/b/y>a/b/x", "a/b", ""),
        "deeper down it believes the lock"
    );
}

#[test]
fn copies_of_copies_come_to_an_end() {
    // Each input of `a` followed the whole of a long chain.
    let chain: Vec<String> = (0..1000).map(|depth| format!("x{}@1", "/x".repeat(depth))).collect();
    let follows: Vec<String> = (0..10).map(|n| format!("a/n{n}>x")).collect();
    let then = format!("a@2 {} {}", follows.join(" "), chain.join(" "));
    let refusal = restore("a@1", &then, &Which::Only(paths("a")), "").map(|made| made.notes).unwrap_err();
    assert_eq!(*refusal, Refusal::TooManyInputs);
}
