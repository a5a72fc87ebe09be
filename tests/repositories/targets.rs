//! `flakehist show TARGET`: everything git resolves to a commit, and the words of its own.

use serde_json::Value;

use crate::support::{Outcome, Scratch, day, lock, rev};

/// A lock change a day, a merge at the end, tags and branches.
fn tagged() -> Scratch {
    let scratch = Scratch::new();
    for n in 1..=5 {
        scratch.at(day(n)).commit_lock(n as u64);
    }
    scratch.git(["tag", "light", "HEAD~2"]);
    scratch.git(["tag", "--annotate", "--message", "x", "v1", "HEAD~1"]);
    scratch.git(["checkout", "--quiet", "-b", "feature/x", "HEAD~1"]);
    scratch.at(day(6)).commit_lock(6);
    scratch.git(["checkout", "--quiet", "main"]);
    scratch.at(day(7));
    scratch.git(["merge", "--quiet", "--strategy=ours", "--message", "merge the feature", "feature/x"]);
    scratch.git(["update-ref", "refs/remotes/origin/main", "HEAD~3"]);
    scratch.git(["symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main"]);
    scratch.git(["config", "branch.main.remote", "origin"]);
    scratch.git(["config", "branch.main.merge", "refs/heads/main"]);
    scratch.git(["config", "remote.origin.url", "."]);
    scratch.git(["config", "remote.origin.fetch", "+refs/heads/*:refs/remotes/origin/*"]);
    scratch
}

fn show(scratch: &Scratch, target: &str) -> Value {
    scratch.flakehist(["show", "--json", target]).success().json()
}

/// The state `nixpkgs` is in, as the number its lock was made of.
fn number(shown: &Value) -> u64 {
    let shown = shown["inputs"]["nixpkgs"]["rev"].as_str().unwrap().to_owned();
    (0..1000).find(|&n| rev(n) == shown).unwrap()
}

#[test]
fn what_git_resolves_is_a_target() {
    let scratch = tagged();
    let head = scratch.git(["rev-parse", "HEAD"]);
    let described = scratch.git(["describe", "--long", "HEAD~1"]);
    let short = head.split_at(8).0.to_uppercase();
    for target in [
        "HEAD",
        "@",
        "HEAD~3",
        "HEAD~0",
        "@~2",
        "HEAD^",
        "HEAD^1",
        "HEAD^2",
        "HEAD^2~1",
        "HEAD^^",
        "main",
        "heads/main",
        "refs/heads/main",
        "feature/x",
        "light",
        "tags/light",
        "v1",
        "v1^{commit}",
        "v1^{}",
        "v1^0",
        "v1~1",
        "origin",
        "origin/main",
        "origin/HEAD",
        "main@{upstream}",
        "@{u}",
        ":/lock 3",
        "HEAD^{/lock 2}",
        "@{-1}",
        "main@{1}",
        "@{0}",
        &head,
        &short,
        &described,
    ] {
        let commit = scratch.git(["log", "-1", "--format=%H", target]);
        let shown = show(&scratch, target);
        assert_eq!(shown["commit"], commit, "{target}");
        assert_eq!(shown["lockId"], scratch.git(["rev-parse", &format!("{commit}:flake.lock")]), "{target}");
    }
}

#[test]
fn the_working_tree_and_the_index_are_targets() {
    let scratch = tagged();
    for target in ["worktree", "index"] {
        assert_eq!(number(&show(&scratch, target)), 5, "{target}");
    }
    scratch.write("flake.lock", lock(&[("nixpkgs", 70)]));
    scratch.git(["add", "flake.lock"]);
    scratch.write("flake.lock", lock(&[("nixpkgs", 71)]));
    assert_eq!(number(&show(&scratch, "index")), 70);
    assert_eq!(number(&show(&scratch, "worktree")), 71);
    let default = scratch.flakehist(["show", "--json"]).success().json();
    assert_eq!((number(&default), &default["commit"]), (71, &Value::Null));
    std::fs::remove_file(scratch.path("flake.lock")).unwrap();
    scratch.flakehist(["show"]).failure(1, "no flake.lock in the working tree");
    scratch.git(["rm", "--quiet", "--cached", "--force", "flake.lock"]);
    scratch.flakehist(["show", "index"]).failure(1, "not in git's index");
}

#[test]
fn a_date_is_the_lock_as_committed_at_that_time() {
    let scratch = tagged();
    // All commits are of noon, UTC.
    for (date, expected) in [
        ("2023-01-03", 3),
        ("2023-01-03 11:59", 2),
        ("2023-01-03 12:00", 3),
        ("2023-01-03T12:00:00+01:00", 2),
        ("2023-01-03T13:00:00+01:00", 3),
        ("2023-01-31", 5),
        ("yesterday", 5),
        ("now", 5),
        ("3 Jan 2023", 3),
    ] {
        assert_eq!(number(&show(&scratch, &format!("date:{date}"))), expected, "{date}");
    }
    scratch.zone("<-13>13");
    assert_eq!(number(&show(&scratch, "date:2023-01-03")), 4, "the day ends thirteen hours later there");
    scratch.zone("<+13>-13");
    assert_eq!(number(&show(&scratch, "date:2023-01-03")), 2, "it ended before noon there");
    let utc = scratch.flakehist(["show", "--json", "--utc", "date:2023-01-03"]).success().json();
    assert_eq!(number(&utc), 3);
    scratch.zone("UTC0");
    scratch.flakehist(["show", "date:2022-12-31"]).failure(1, "no flake.lock was committed by 2022-12-31");
    scratch.flakehist(["show", "date:rubbish"]).failure(2, "`rubbish` is no date");
    scratch.flakehist(["show", "date:"]).failure(2, "no date");
}

#[test]
fn locks_can_be_counted_backwards() {
    let scratch = tagged();
    scratch.write("machine.nix", "{ }");
    scratch.commit("no lock");
    for (target, expected) in [("lock~0", 5), ("lock", 5), ("lock~1", 4), ("lock~4", 1)] {
        assert_eq!(number(&show(&scratch, target)), expected, "{target}");
    }
    scratch.flakehist(["show", "lock~5"]).failure(1, "`lock~5` reaches too far back");
    scratch.flakehist(["show", "lock~18446744073709551615"]).failure(1, "too far back");
    for target in ["lock~", "lock~x", "lock~-1", "lock~1.5", "lock~99999999999999999999"] {
        let outcome = scratch.flakehist(["show", target]);
        assert!(matches!(outcome.status, Some(1 | 2)), "{outcome}");
    }
}

#[test]
fn a_file_is_a_target_in_git_or_not() {
    let scratch = tagged();
    scratch.write("old.lock", lock(&[("nixpkgs", 40)]));
    scratch.write("feature/x", lock(&[("nixpkgs", 41)]));
    std::fs::write(scratch.beside("other.lock"), lock(&[("nixpkgs", 42)])).unwrap();
    let absolute = scratch.path("old.lock").display().to_string();
    for (target, expected) in [
        ("./old.lock", 40),
        ("file:old.lock", 40),
        ("file:./old.lock", 40),
        (&absolute, 40),
        (&format!("file:{absolute}"), 40),
        ("../other.lock", 42),
        ("feature/x", 41),
        ("refs/heads/feature/x", 6),
        ("./flake.lock", 5),
    ] {
        assert_eq!(number(&show(&scratch, target)), expected, "{target}");
    }
    scratch.flakehist(["show", "./missing.lock"]).failure(1, "missing.lock");
    scratch.flakehist(["show", "file:missing.lock"]).failure(1, "missing.lock");
    scratch.flakehist(["show", "file:."]).failure(1, "cannot read");
    let relative = scratch.flakehist(["-C", "feature", "show", "--json", "../old.lock"]).success().json();
    assert_eq!(number(&relative), 40, "from the folder that -C names");
}

fn refused(scratch: &Scratch, target: &str) -> Outcome {
    let outcome = scratch.flakehist(["show", target]);
    assert_eq!(outcome.status, Some(1), "{outcome}");
    assert!(outcome.stdout.is_empty() && outcome.err().contains(target), "{outcome}");
    outcome
}

#[test]
fn a_name_nobody_knows_is_answered_with_near_ones() {
    let scratch = tagged();
    for (target, near) in
        [("mian", "main"), ("ligth", "light"), ("feature/y", "feature/x"), ("orgin/main", "origin/main")]
    {
        let outcome = refused(&scratch, target);
        assert!(outcome.err().contains(&format!("did you mean `{near}`?")), "{outcome}");
    }
    assert!(!refused(&scratch, "zzzzzz").err().contains("did you mean"));
}

#[test]
fn the_words_of_its_own_are_near_ones_too() {
    let scratch = tagged();
    for (target, near) in
        [("workree", "worktree"), ("indx", "index"), ("gn:41", "gen:41"), ("dat:x y", "'date:x y'")]
    {
        let outcome = refused(&scratch, target);
        assert!(outcome.err().contains(&format!("did you mean `{near}`?")), "{outcome}");
    }
    for target in ["./none.lock", "../none.lock", "/none/flake.lock"] {
        let outcome = refused(&scratch, target);
        assert!(outcome.err().contains(&format!("error: there is no file `{target}`\n")), "{outcome}");
    }
}

#[test]
fn a_bare_file_name_is_answered_with_how_to_write_it() {
    let scratch = tagged();
    let outcome = refused(&scratch, "flake.lock");
    assert!(outcome.err().contains("./flake.lock"), "{outcome}");
    // As git names what is in a commit.
    for (target, told) in
        [("HEAD~1:flake.lock", "`'HEAD~1'`"), (":flake.lock", "`index`"), ("HEAD:./a b.lock", "`HEAD`")]
    {
        let outcome = refused(&scratch, target);
        assert!(outcome.err().ends_with(&format!("hint: its lock is written {told}\n")), "{outcome}");
    }
}

#[test]
fn words_that_no_message_has_are_told_so() {
    let scratch = tagged();
    for target in ["HEAD^{/nothing}", ":/nothing"] {
        let outcome = refused(&scratch, target);
        assert!(outcome.err().contains("because: no commit's message matches"), "{outcome}");
    }
}

#[test]
fn a_bare_number_is_answered_with_generations() {
    let scratch = tagged();
    for number in ["41", "7", "123456"] {
        let outcome = refused(&scratch, number);
        assert!(outcome.err().contains(&format!("gen:{number}")), "{outcome}");
    }
    assert!(!refused(&scratch, "12345678901").err().contains("gen:"));
}

#[test]
fn revisions_that_reach_too_far_or_are_none_are_refused() {
    let scratch = tagged();
    for target in [
        "HEAD~99",
        "HEAD^9",
        "v9",
        "HEAD^{/no such words}",
        ":/no such words",
        "main@{99}",
        "HEAD:flake.nix",
        "HEAD^{tree}",
        "^HEAD",
    ] {
        refused(&scratch, target);
    }
    refused(&scratch, "1234567890123456789012345678901234567890");
    assert_eq!(scratch.flakehist(["show", ""]).status, Some(1));
}

#[test]
fn a_commit_without_a_lock_says_so() {
    let scratch = tagged();
    scratch.git(["rm", "--quiet", "flake.lock"]);
    scratch.commit("gone");
    let outcome = scratch.flakehist(["show", "HEAD"]).failure(1, "there is no flake.lock in commit");
    assert!(outcome.err().contains("flakehist log"), "{outcome}");
}

#[test]
fn a_broken_lock_is_told_with_its_reason() {
    let scratch = tagged();
    scratch.write("flake.lock", "<<<<<<< HEAD\n");
    scratch.commit("broken");
    scratch.flakehist(["show", "HEAD"]).failure(1, "conflict");
    let shown = show(&scratch, "HEAD");
    assert_eq!(shown["state"], "broken");
    assert_eq!(shown["inputs"], serde_json::json!({}));
}

#[test]
fn each_input_names_the_commit_that_last_changed_it() {
    let scratch = Scratch::new();
    scratch.write("flake.nix", "{ }");
    let commit = |inputs: &[(&str, u64)]| {
        scratch.write("flake.lock", lock(inputs));
        scratch.commit("lock")
    };
    let first = commit(&[("a", 1), ("b", 1)]);
    let second = commit(&[("a", 1), ("b", 2)]);
    let third = commit(&[("a", 1), ("b", 2), ("c", 1)]);
    let shown = show(&scratch, "HEAD");
    for (input, commit) in [("a", &first), ("b", &second), ("c", &third)] {
        assert_eq!(shown["inputs"][input]["lastChanged"]["commit"], **commit, "{input}");
    }
    scratch.write("flake.lock", lock(&[("a", 9), ("b", 2), ("c", 1)]));
    let shown = show(&scratch, "worktree");
    assert_eq!(shown["inputs"]["a"]["lastChanged"], Value::Null);
    assert_eq!(shown["inputs"]["b"]["lastChanged"]["commit"], *second);
}
