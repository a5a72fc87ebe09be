//! Rebuilds that fail, by a tool that ends as each test says; and what stands in the way of a restore.

use std::path::Path;

use super::place::{Place, numbered, same};

fn restore(place: &Place, more: &[&str]) -> super::support::Outcome {
    place.run([&["restore", "HEAD~2", "--yes"], more].concat())
}

#[test]
fn a_failed_rebuild_puts_everything_back() {
    for code in ["1", "2", "100", "127", "255"] {
        let place = Place::with_history();
        place.write("flake.lock", numbered(60));
        let (machine, index) = (place.machine(), place.git(["ls-files", "--stage"]));
        place.tool("nixos-rebuild", &format!("echo it went wrong >&2; echo on the output; exit {code}"));
        let outcome = restore(&place, &[]).failure(3, "it went wrong");
        assert_eq!(place.built(), numbered(1), "{outcome}");
        assert_eq!(place.lock(), numbered(60), "{outcome}");
        assert_eq!(place.machine(), machine);
        assert_eq!(place.git(["ls-files", "--stage"]), index);
        let entry = place.entry();
        assert_eq!((&entry["result"], &entry["lockIs"]), (&"put back".into(), &"before".into()), "{outcome}");
        // Nothing is left to undo: the lock is what it was.
        place.run(["undo", "--yes", "--no-rebuild"]);
        assert_eq!(place.lock(), numbered(60));
    }
}

#[test]
fn an_untracked_lock_is_put_back_too() {
    let place = Place::with_history();
    place.git(["rm", "--quiet", "--cached", "flake.lock"]);
    place.git(["commit", "--quiet", "--message", "no lock in git"]);
    place.write("flake.lock", numbered(61));
    place.tool("nixos-rebuild", "exit 1");
    place.run(["restore", "HEAD~3", "--yes"]).failure(3, "");
    assert_eq!(place.lock(), numbered(61));
    std::fs::remove_file(place.path("flake.lock")).unwrap();
    place.run(["restore", "HEAD~3", "--yes"]).failure(3, "");
    assert!(!place.path("flake.lock").exists(), "there was none");
}

#[test]
fn a_rebuild_killed_by_a_signal_has_failed() {
    let place = Place::with_history();
    place.tool("nixos-rebuild", "kill -KILL $$");
    restore(&place, &[]).failure(3, "");
    assert_eq!(place.lock(), numbered(3));
}

#[test]
fn a_lock_that_somebody_else_wrote_meanwhile_is_not_lost() {
    for code in [0, 1] {
        let place = Place::with_history();
        let theirs = numbered(62);
        std::fs::write(place.beside("theirs"), &theirs).unwrap();
        place.tool("nixos-rebuild", &format!("cat $root/theirs >flake.lock; exit {code}"));
        let outcome = restore(&place, &[]);
        assert!(place.lock() == theirs || place.keeps(&theirs), "{outcome}");
        if code == 0 {
            assert_eq!(place.lock(), theirs, "{outcome}");
        }
    }
}

#[test]
fn what_is_done_while_the_question_stands_is_looked_at_again() {
    for deed in [
        "echo {} >flake.lock",
        "git update-index --cacheinfo 100644,$(git rev-parse HEAD~1:flake.lock),flake.lock",
    ] {
        let place = Place::with_history();
        // The plan is made by then: Nix is asked about flake.nix first of all.
        place.tool("nix", &format!("[ -e $root/once ] || {{ touch $root/once; {deed}; }}; exit 1"));
        let outcome = restore(&place, &["--commit"]);
        assert_eq!(outcome.status, Some(1), "{outcome}");
        assert!(outcome.err().contains("has just changed"), "{outcome}");
        assert_eq!(place.git(["rev-list", "--count", "HEAD"]), "3", "{outcome}");
        assert!(place.journal().is_empty(), "{outcome}");
    }
}

#[test]
fn the_machine_is_looked_at_and_not_only_the_code() {
    // By what the rebuild leaves: profile, running system, its code; and how the restore ends.
    let profile = "ln -sfn system-1-link $root/profiles/system\n";
    let running = "ln -sfn $root/systems/1 $root/run/current-system\n";
    let both = format!("{profile}{running}");
    for (does, code, ends, lock) in [
        (both.as_str(), 0, 0, 1),
        (&both, 4, 4, 1),
        (&both, 1, 4, 1),
        (profile, 100, 4, 1),
        (profile, 1, 6, 3),
        (profile, 2, 6, 3),
        (running, 1, 6, 3),
    ] {
        let place = Place::with_history();
        place.tool("nixos-rebuild", &format!("{does}exit {code}"));
        let outcome = restore(&place, &[]);
        let case = format!("{does:?} {code}\n{outcome}");
        assert_eq!(outcome.status, Some(ends), "{case}");
        assert_eq!(place.lock(), numbered(lock), "{case}");
        if ends == 6 {
            assert!(outcome.err().contains("--switch-generation 2"), "{case}");
            assert!(outcome.err().contains("/bin/switch-to-configuration"), "{case}");
            assert!(outcome.err().contains(place.profile().to_str().unwrap()), "{case}");
        }
    }
}

#[test]
fn no_tool_is_no_restore() {
    let place = Place::with_history();
    std::fs::remove_file(place.beside("bin/nixos-rebuild")).unwrap();
    let before = place.snapshot();
    restore(&place, &[]).failure(1, "--no-rebuild");
    same(&before, &place.snapshot(), &"");
    restore(&place, &["--no-rebuild"]).success();
    assert_eq!(place.lock(), numbered(1));
    place.tool("nixos-rebuild", "");
    place.run(["restore", "HEAD~1", "--yes"]).success();
    std::fs::remove_file(place.beside("bin/nixos-rebuild")).unwrap();
    place.run(["undo", "--yes"]).failure(1, "--no-rebuild");
    assert_eq!(place.lock(), numbered(2));
}

#[test]
fn a_ref_in_the_place_of_ours_is_named() {
    let place = Place::with_history();
    place.git(["update-ref", "refs/flakehist", "HEAD"]);
    let outcome = restore(&place, &["--no-rebuild"]).failure(1, "refs/flakehist is a ref of somebody else's");
    assert!(!outcome.err().contains("disk is not full"), "{outcome}");
    assert!(!outcome.out().contains("What will be done"), "nothing is promised: {outcome}");
    assert_eq!(place.lock(), numbered(3));
    // What the hint says is done, from anywhere.
    let hint =
        outcome.err().lines().find_map(|line| line.strip_prefix("hint: `")).unwrap_or_default().to_owned();
    let typed = hint.split('`').next().unwrap_or_default();
    assert!(typed.contains("update-ref -d refs/flakehist"), "{outcome}");
    let words = shlex::split(typed).unwrap();
    assert_eq!(words[..2], ["git", "-C"], "from wherever one stands: {outcome}");
    place.git(words.iter().skip(1).map(String::as_str));
    restore(&place, &["--no-rebuild"]).success();
}

#[test]
fn files_in_hints_can_be_typed_where_one_stands() {
    let place = Place::named("my config");
    place.history();
    let (sub, path) = (place.path("hosts"), "../flake.lock");
    std::fs::create_dir(&sub).unwrap();
    place.git(["checkout", "--quiet", "-b", "other", "HEAD~1"]);
    place.write("flake.lock", numbered(9));
    place.commit("other");
    place.scratch.ask_git(&place.folder, ["merge", "main"]);
    place.git(["merge", "--quit"]);
    let at = |folder: &Path| {
        place
            .flakehist_in(folder, ["restore", "HEAD~1", "--yes", "--no-rebuild"])
            .run()
            .failure(1, "conflict")
    };
    assert!(at(&sub).err().contains(&format!("`git checkout --ours {path}`, then `git add {path}`")));
    assert!(at(&place.folder).err().contains("`git checkout --ours flake.lock`"));
    let run = place
        .flakehist_in(&place.scratch.home(), ["-C", place.folder.to_str().unwrap(), "restore", "HEAD~1"]);
    let outcome = run.run().failure(1, "conflict");
    assert!(outcome.err().contains("`git checkout --ours '../my config/flake.lock'`"), "{outcome}");
}

#[test]
fn an_input_that_is_nearly_called_so_is_offered() {
    let place = Place::with_history();
    let restore = |input: &str| place.run(["restore", "HEAD~2", "--yes", "--no-rebuild", "--input", input]);
    restore("nixpgks").failure(1, "hint: did you mean `nixpkgs`?");
    restore("home-manger").failure(1, "hint: did you mean `home-manager`?");
    restore("zzz").failure(1, "hint: `flakehist show` lists the inputs that there are");
}

#[test]
fn a_tool_that_cannot_be_started() {
    let place = Place::with_history();
    for setting in ["./none --x", "/none {flake}", "none"] {
        let outcome = place.flakehist(["restore", "HEAD~2", "--yes"]).env("FLAKEHIST_REBUILD", setting).run();
        assert!(matches!(outcome.status, Some(1..=3)), "{outcome}");
        assert_eq!(place.lock(), numbered(3), "{outcome}");
    }
    // Its interpreter is missing.
    place.program(&place.beside("bin/nixos-rebuild"), "#!/no/such/shell\n");
    let outcome = restore(&place, &[]);
    assert!(matches!(outcome.status, Some(1 | 3)), "{outcome}");
    assert_eq!(place.lock(), numbered(3), "{outcome}");
}

#[test]
fn folders_with_any_name() {
    for name in
        ["with space", "it's \"quoted\"", "new\nline", "--help", "$(touch pwned)", "é\u{9b}31m", "a;b&c|d"]
    {
        let place = Place::named(name);
        place.history();
        let outcome = restore(&place, &[]).success();
        assert_eq!((place.lock(), place.built()), (numbered(1), numbered(1)), "{outcome}");
        let shown = outcome.out().to_owned() + outcome.err();
        assert!(!shown.contains('\u{9b}') && !shown.contains('\r'), "{shown:?}");
        place.tool("nixos-rebuild", "exit 1");
        place.run(["undo", "--yes"]).failure(3, "");
        assert_eq!(place.lock(), numbered(1));
        place.run(["undo", "--yes", "--no-rebuild"]).success();
        assert_eq!(place.lock(), numbered(3));
        assert!(!place.path("pwned").exists());
    }
}

#[test]
fn what_cannot_be_said_is_done_all_the_same_or_not_at_all() {
    // Nobody reads any more, and no room for a word.
    for line in ["(\"$@\"; echo $? >../code) | true", "\"$@\" >/dev/full 2>/dev/full; echo $? >../code"] {
        let place = Place::with_history();
        let run = place.flakehist(["restore", "HEAD~2", "--yes"]);
        run.under(Path::new("/bin/sh"), ["-c", line, "sh"]).run().success();
        let code = std::fs::read_to_string(place.beside("code")).unwrap();
        let lock = place.lock();
        assert!((code.trim() == "0") == (lock == numbered(1)), "{line}: {code}");
        let result = if lock == numbered(1) { "done" } else { "put back" };
        assert!(place.journal().first().is_none_or(|entry| entry["result"] == result), "{line}: {code}");
    }
}
