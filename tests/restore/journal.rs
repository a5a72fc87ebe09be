//! The journal: what was done, kept by git where nothing clears it away and nobody trips over it; and undoing.

use super::place::{Place, numbered};
use super::support::NOW;

fn to(place: &Place, target: &str) {
    place.run(["restore", target, "--no-rebuild", "--yes"]).success();
}

fn undo(place: &Place, more: &[&str]) -> super::support::Outcome {
    place.run([&["undo", "--no-rebuild", "--yes"], more].concat())
}

#[test]
fn an_entry_says_what_was_done() {
    let place = Place::with_history();
    assert_eq!(place.journal(), [serde_json::Value::Null; 0]);
    place.run(["journal"]).success();
    let first = place.git(["rev-parse", "HEAD~2"]);
    place.run(["restore", "HEAD~2", "--yes"]).success();
    let entry = place.entry();
    let mut keys: Vec<&str> = entry.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    assert_eq!(
        keys,
        [
            "after",
            "before",
            "command",
            "commit",
            "kind",
            "lock",
            "lockIs",
            "made",
            "number",
            "result",
            "schema",
            "takenBack",
            "target",
            "time",
            "undoes",
            "worktree"
        ]
    );
    assert_eq!((entry["schema"].as_u64(), entry["number"].as_u64()), (Some(1), Some(1)));
    assert_eq!((entry["time"].as_i64(), &entry["commit"]), (Some(NOW), &first.into()));
    assert_eq!(entry["before"], place.git(["rev-parse", "HEAD:flake.lock"]));
    assert_eq!(entry["after"], place.git(["rev-parse", "HEAD~2:flake.lock"]));
    assert_eq!(entry["command"].as_array().unwrap().len(), 5, "{entry}");
    // The same lies in git, for whoever has no flakehist at hand.
    let tree = "refs/flakehist/journal/000001";
    assert_eq!(place.git(["cat-file", "-t", tree]), "tree");
    let mut shown: serde_json::Value =
        serde_json::from_str(&place.git(["show", &format!("{tree}:entry.json")])).unwrap();
    shown["lockIs"] = "after".into();
    assert_eq!(shown, entry);
    assert_eq!(place.git(["show", &format!("{tree}:before")]), numbered(3).trim_end());
    assert_eq!(place.git(["show", &format!("{tree}:after")]), numbered(1).trim_end());
    let text = place.run(["journal"]).success();
    assert!(text.out().contains("HEAD~2") && text.out().contains("done"), "{text}");
    // Only of the newest is it told what the lock is now.
    undo(&place, &[]).success();
    let journal = place.journal();
    assert_eq!((&journal[0]["kind"], &journal[0]["undoes"]), (&"undo".into(), &1.into()));
    assert_eq!((&journal[0]["lockIs"], journal[1].get("lockIs")), (&"after".into(), None));
    place.write("flake.lock", numbered(9));
    assert_eq!(place.entry()["lockIs"], "neither");
    place.write("flake.lock", numbered(1));
    assert_eq!(place.entry()["lockIs"], "before");
    std::fs::remove_file(place.path("flake.lock")).unwrap();
    assert_eq!(place.entry()["lockIs"], "neither");
}

#[test]
fn undoing_goes_back_step_by_step_or_to_an_entry() {
    let place = Place::with_history();
    place.write("flake.lock", numbered(50));
    undo(&place, &[]).failure(1, "");
    to(&place, "HEAD~2");
    to(&place, "HEAD~1");
    undo(&place, &[]).success();
    assert_eq!(place.lock(), numbered(1));
    undo(&place, &[]).success();
    assert_eq!(place.lock(), numbered(50), "what was in no commit");
    undo(&place, &[]).failure(1, "");
    assert_eq!(place.lock(), numbered(50));
    // To the state before an entry, whatever has been since.
    undo(&place, &["2"]).success();
    assert_eq!(place.lock(), numbered(1));
    undo(&place, &["3"]).success();
    assert_eq!(place.lock(), numbered(2));
    undo(&place, &["1"]).success();
    assert_eq!(place.lock(), numbered(50));
    let numbers: Vec<_> = place.journal().iter().map(|entry| entry["number"].as_u64().unwrap()).collect();
    assert_eq!(numbers, [7, 6, 5, 4, 3, 2, 1]);
    for none in ["0", "8", "99999999999999999999"] {
        let outcome = undo(&place, &[none]);
        assert!(matches!(outcome.status, Some(1 | 2)), "{outcome}");
        assert_eq!(place.lock(), numbered(50));
    }
    undo(&place, &["-1"]).failure(2, "");
}

#[test]
fn bytes_that_are_no_lock_come_back_as_well() {
    for mine in ["<<<<<<< HEAD\n{}\n=======\n", "", "{ \"nodes\": 5 }"] {
        let place = Place::with_history();
        place.write("flake.lock", mine);
        to(&place, "HEAD~2");
        assert!(place.keeps(mine));
        undo(&place, &[]).success();
        assert_eq!(place.lock(), mine);
    }
}

#[test]
fn a_restore_that_changed_nothing_is_in_nobodys_way() {
    let place = Place::with_history();
    to(&place, "HEAD~2");
    // Now it is built too.
    place.run(["restore", "HEAD~2", "--yes"]).success();
    undo(&place, &[]).success();
    assert_eq!(place.lock(), numbered(3));
}

#[test]
fn a_rebuild_that_changes_the_lock_is_undone_as_well() {
    for (end, code, options) in [("", 0, &[][..]), ("; exit 1", 5, &["--on-failure", "keep"])] {
        for (target, restored) in [("HEAD", numbered(3)), ("HEAD~2", numbered(1))] {
            let place = Place::with_history();
            place.write("other.lock", numbered(56));
            place.tool("nixos-rebuild", &format!("cp other.lock flake.lock{end}"));
            let outcome = place.run([&["restore", target, "--yes"], options].concat());
            assert_eq!(outcome.status, Some(code), "{outcome}");
            let entry = place.entry();
            let left = place.blob(&numbered(56));
            assert_eq!((&entry["after"], &entry["lockIs"]), (&left.into(), &"after".into()), "{outcome}");
            assert!(place.keeps(&restored));
            undo(&place, &[]).success();
            assert_eq!(place.lock(), numbered(3), "{outcome}");
            undo(&place, &[]).failure(1, "nothing to undo");
        }
    }
}

#[test]
fn what_was_built_since_is_built_again() {
    let place = Place::with_history();
    to(&place, "HEAD~2");
    place.run(["restore", "HEAD~2", "--yes"]).success();
    place.run(["undo", "--yes"]).success();
    assert_eq!((place.lock(), place.built()), (numbered(3), numbered(3)));
    // What leaves the system alone does so unless it is told not to.
    to(&place, "HEAD~1");
    place.run(["undo", "--yes", "--action", "boot"]).success();
    assert!(place.calls().pop().unwrap().contains(" boot "));
}

#[test]
fn a_restore_that_was_killed_too_early_is_in_nobodys_way() {
    let place = Place::with_history();
    to(&place, "HEAD~2");
    place.tool("nixos-rebuild", "kill -KILL $PPID");
    assert_eq!(place.run(["restore", "HEAD~1", "--yes"]).status, None);
    // As if it had been killed before it wrote.
    place.write("flake.lock", numbered(1));
    undo(&place, &[]).success();
    assert_eq!(place.lock(), numbered(3));
}

#[test]
fn undoing_rebuilds_by_the_same_road() {
    let place = Place::with_history();
    place.run(["restore", "HEAD~2", "--yes", "--host", "box"]).success();
    place.run(["undo", "--yes", "--action", "boot", "--host", "box", "--", "--show-trace"]).success();
    assert_eq!(place.lock(), numbered(3));
    assert_eq!(place.built(), numbered(3));
    let last = place.calls().pop().unwrap();
    assert!(last.ends_with("boot --flake .#box --no-update-lock-file --show-trace"), "{last}");
    // What left the system alone is undone by leaving it alone.
    to(&place, "HEAD~1");
    place.run(["undo", "--yes"]).success();
    assert_eq!((place.lock(), place.calls().len()), (numbered(3), 2));
    place.run(["restore", "HEAD~2", "--yes"]).success();
    place.tool("nixos-rebuild", "exit 1");
    place.run(["undo", "--yes"]).failure(3, "");
    assert_eq!((place.lock(), &place.entry()["result"]), (numbered(1), &"put back".into()));
    // What failed did not undo anything, so it is still to be undone.
    undo(&place, &[]).success();
    assert_eq!(place.lock(), numbered(3));
}

#[test]
fn undoing_loses_nothing_either() {
    let place = Place::with_history();
    to(&place, "HEAD~2");
    place.write("flake.lock", numbered(51));
    undo(&place, &[]).success();
    assert_eq!(place.lock(), numbered(3));
    assert!(place.keeps(&numbered(51)));
}

#[test]
fn git_keeps_the_journal_and_nobody_sees_it() {
    let place = Place::with_history();
    let other = place.beside("other.git");
    place.git(["init", "--quiet", "--bare", other.to_str().unwrap()]);
    let all = |what: &str| match what {
        "log" => place.git(["log", "--all", "--format=%H %d"]),
        "branch" => place.git(["branch", "--all"]),
        "tag" => place.git(["tag"]),
        "describe" => place.git(["describe", "--all"]),
        _ => place.git(["shortlog", "--all"]),
    };
    let shown = ["log", "branch", "tag", "describe", "shortlog"];
    let before = shown.map(all);
    for n in [52, 53, 54] {
        place.write("flake.lock", numbered(n));
        to(&place, "HEAD~2");
    }
    assert_eq!(shown.map(all), before);
    place.git(["reflog", "expire", "--expire=now", "--expire-unreachable=now", "--all"]);
    place.git(["gc", "--quiet", "--prune=now"]);
    place.git(["pack-refs", "--all", "--prune"]);
    place.git(["fsck", "--strict", "--no-progress"]);
    assert_eq!(place.journal().len(), 3);
    for n in [52, 53, 54] {
        assert!(place.keeps(&numbered(n)), "{n}");
    }
    place.git(["push", "--quiet", "--all", other.to_str().unwrap()]);
    place.git(["push", "--quiet", "--tags", other.to_str().unwrap()]);
    let pushed = place.git(["ls-remote", other.to_str().unwrap()]);
    assert!(pushed.contains("refs/heads/main") && !pushed.contains("flakehist"), "{pushed}");
    let clone = place.beside("clone");
    place.git(["clone", "--quiet", place.folder.to_str().unwrap(), clone.to_str().unwrap()]);
    let refs = place.scratch.git_in(&clone, ["for-each-ref"]);
    assert!(!refs.contains("flakehist"), "{refs}");
    // From the packed entries.
    for n in [54, 53, 52] {
        place.run(["undo", "--no-rebuild", "--yes"]).success();
        assert_eq!(place.lock(), numbered(n));
        if n > 52 {
            place.git(["gc", "--quiet", "--prune=now"]);
        }
    }
}

#[test]
fn a_restore_that_was_killed_is_told_of() {
    for written_by_then in [true, false] {
        let place = Place::with_history();
        place.write("flake.lock", numbered(55));
        // The parent of the tool is flakehist.
        place.tool("nixos-rebuild", "kill -KILL $PPID; sleep 0.2");
        let outcome = place.run(["restore", "HEAD~2", "--yes"]);
        assert_eq!(outcome.status, None, "{outcome}");
        assert_eq!((place.lock(), place.keeps(&numbered(55))), (numbered(1), true));
        if !written_by_then {
            place.write("flake.lock", numbered(55));
        }
        let entry = place.entry();
        let is = if written_by_then { "after" } else { "before" };
        assert_eq!((&entry["result"], &entry["lockIs"]), (&"begun".into(), &is.into()));
        let told = place.run(["journal"]).success();
        assert!(told.out().contains("begun"), "{told}");
        place.tool("nixos-rebuild", "");
        // There is nothing to undo of what was never written.
        let outcome = place.run(["undo", "--yes"]);
        assert_eq!(outcome.status, Some(i32::from(!written_by_then)), "{outcome}");
        assert_eq!(place.lock(), numbered(55));
        place.run(["restore", "HEAD~1", "--yes"]).success();
        assert_eq!(place.lock(), numbered(2));
    }
}

#[test]
fn a_rebuild_that_was_killed_has_nothing_to_undo() {
    let place = Place::with_history();
    place.tool("nixos-rebuild", "kill -KILL $PPID; sleep 0.2");
    assert_eq!(place.run(["restore", "HEAD", "--yes"]).status, None);
    let told = place.run(["journal"]).success();
    assert!(told.err().contains("never came to its end; the lock is the one before"), "{told}");
    assert!(told.err().contains("can be run again") && !told.err().contains("undo"), "{told}");
}

#[test]
fn damaged_entries_hide_no_others() {
    let place = Place::with_history();
    to(&place, "HEAD~2");
    to(&place, "HEAD~1");
    let empty = place.scratch.feed_git(&place.folder, ["mktree"], b"").success().out().trim().to_owned();
    let blob = place.git(["rev-parse", "HEAD:flake.lock"]);
    place.git(["update-ref", "refs/flakehist/journal/000003", &empty]);
    place.git(["update-ref", "refs/flakehist/journal/000004", &blob]);
    place.git(["update-ref", "refs/flakehist/journal/nonsense", "HEAD"]);
    let outcome = place.run(["journal", "--json"]).success();
    assert_eq!(outcome.json().as_array().unwrap().len(), 2, "{outcome}");
    place.run(["journal"]).success();
    undo(&place, &[]).success();
    assert_eq!(place.lock(), numbered(1));
    // Their names are not taken again.
    assert_eq!(place.entry()["number"], 5);
    // Nor that of a file that a crash has left empty, of a ref to a ref, or of a copy.
    std::fs::write(place.path(".git/refs/flakehist/journal/000006"), "").unwrap();
    place.git(["symbolic-ref", "refs/flakehist/journal/000007", "refs/heads/main"]);
    place.git(["update-ref", "refs/flakehist/journal/000008", "refs/flakehist/journal/000001"]);
    let told = place.run(["journal"]).success();
    for name in ["000003", "000004", "000006", "000007", "000008"] {
        assert!(told.err().contains(&format!("entry {name} of the journal cannot be read")), "{told}");
    }
    to(&place, "HEAD");
    assert_eq!((place.lock(), place.entry()["number"].as_u64()), (numbered(3), Some(9)));
}

#[test]
fn a_restore_at_work_has_not_died() {
    let place = Place::with_history();
    place.tool("nixos-rebuild", "flakehist journal >$root/table 2>$root/notes");
    let flakehist = place.beside("bin/flakehist");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_flakehist"), flakehist).unwrap();
    place.run(["restore", "HEAD~2", "--yes"]).success();
    let told = |name: &str| std::fs::read_to_string(place.beside(name)).unwrap();
    assert!(told("table").contains("begun, still at work"), "{}", told("table"));
    assert!(told("notes").contains("entry 1 is still at work"), "{}", told("notes"));
}

#[test]
fn each_worktree_has_its_own_way_back() {
    let place = Place::with_history();
    let side = place.beside("side");
    place.git(["worktree", "add", "--quiet", "-b", "side", side.to_str().unwrap()]);
    let run = |folder: &std::path::Path, args: &[&str]| place.flakehist_in(folder, args).run();
    place.tool("nixos-rebuild", "kill -KILL $PPID; sleep 0.2");
    run(&side, &["restore", "HEAD~2", "--yes"]);
    assert_eq!(std::fs::read_to_string(side.join("flake.lock")).unwrap(), numbered(1));
    // Whose lock is the restored one is nothing to say of here.
    let told = place.run(["journal"]).success();
    assert!(told.err().contains("entry 1, in another worktree, never came to its end"), "{told}");
    assert!(place.entry().get("lockIs").is_none(), "{told}");
    for args in [&["undo", "--yes"][..], &["undo", "1", "--yes", "--no-rebuild"]] {
        assert_eq!(place.run(args).status, Some(1));
    }
    assert_eq!(place.lock(), numbered(3));
    run(&side, &["undo", "--yes", "--no-rebuild"]).success();
    assert_eq!(std::fs::read_to_string(side.join("flake.lock")).unwrap(), numbered(3));
}

#[test]
fn each_flake_of_a_repository_has_its_own_way_back() {
    let place = Place::new();
    for name in ["a", "b"] {
        std::fs::create_dir(place.path(name)).unwrap();
    }
    for n in [1, 2] {
        for (name, base) in [("a", 0), ("b", 10)] {
            place.write(format!("{name}/flake.nix"), "{ }\n");
            place.write(format!("{name}/flake.lock"), numbered(base + n));
        }
        place.commit("both");
    }
    let run = |name: &str, args: &[&str]| place.flakehist_in(&place.path(name), args).run().success();
    run("a", &["restore", "HEAD~1", "--no-rebuild", "--yes"]);
    run("b", &["restore", "HEAD~1", "--no-rebuild", "--yes"]);
    run("a", &["undo", "--no-rebuild", "--yes"]);
    let read = |name: &str| std::fs::read_to_string(place.path(name)).unwrap();
    assert_eq!((read("a/flake.lock"), read("b/flake.lock")), (numbered(2), numbered(11)));
}
