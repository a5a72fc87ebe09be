//! `--commit`: the lock alone, as the user's git commits, and taken back when the build fails.

use super::place::{Place, numbered, same};
use super::support::{Outcome, lock};

/// Restores the first lock of three and commits it.
fn restore(place: &Place, more: &[&str]) -> Outcome {
    place.run([&["restore", "HEAD~2", "--yes", "--commit"], more].concat())
}

fn hook(place: &Place, name: &str, lines: &str) {
    std::fs::create_dir_all(place.path(".git/hooks")).unwrap();
    place.program(&place.path(".git/hooks").join(name), &format!("#!/bin/sh\n{lines}\n"));
}

#[test]
fn the_lock_alone_is_committed() {
    let place = Place::with_history();
    place.write("staged", "mine\n");
    place.git(["add", "staged"]);
    place.write("flake.nix", "{ } # changed, not staged\n");
    let old = place.git(["rev-parse", "HEAD"]);
    let target = place.git(["rev-parse", "--short", "HEAD~2"]);
    restore(&place, &[]).success();
    assert_eq!(place.git(["rev-parse", "HEAD^"]), old);
    assert_eq!(place.git(["show", "--format=", "--name-only", "HEAD"]), "flake.lock");
    assert_eq!(place.git(["show", "HEAD:flake.lock"]), numbered(1).trim_end());
    let status = place.git(["status", "--porcelain"]);
    assert_eq!(status.lines().map(str::trim).collect::<Vec<_>>(), ["M flake.nix", "A  staged"], "{status}");
    let message = place.git(["log", "-1", "--format=%B"]);
    let subject = message.lines().next().unwrap();
    assert!(subject.starts_with(&format!("flake.lock: restore to {target} (2023-01-01)")), "{message}");
    assert!(message.lines().nth(1) == Some("") && message.contains("nixpkgs"), "{message}");
    assert!(message.lines().all(|line| line.len() <= 120), "{message}");
    assert_eq!(place.git(["log", "-1", "--format=%an <%ae>"]), "Ada Example <ada@example.org>");
    assert_eq!(place.entry()["made"], place.git(["rev-parse", "HEAD"]));
    // The rebuild ran on the commit.
    assert_eq!(place.built(), numbered(1));
    place.run(["undo", "--yes", "--no-rebuild"]).success();
    assert_eq!(place.lock(), numbered(3));
}

#[test]
fn the_message_tells_what_the_commit_changes() {
    let place = Place::with_history();
    place.write("flake.lock", lock(&[("home-manager", 3), ("nixpkgs", 60), ("stray", 1)]));
    let outcome = restore(&place, &["--no-rebuild"]).success();
    // Not what the file has lost, which no commit knew.
    assert!(outcome.out().contains("stray"), "{outcome}");
    let message = place.git(["log", "-1", "--format=%b"]);
    let updated: Vec<&str> = message.lines().filter(|line| line.starts_with('•')).collect();
    assert_eq!(updated, ["• Updated input 'home-manager':", "• Updated input 'nixpkgs':"], "{message}");
}

#[test]
fn a_message_of_ones_own() {
    for message in ["back to what worked", "--amend", "$(touch x)\n\nwith a body\n# and this", "-"] {
        let place = Place::with_history();
        restore(&place, &["--no-rebuild", &format!("--message={message}")]).success();
        let made = place.git(["log", "-1", "--format=%B"]);
        let wanted = message.lines().next().unwrap();
        assert_eq!(made.lines().next().unwrap(), wanted, "{made}");
        assert_eq!(place.git(["rev-list", "--count", "HEAD"]), "4");
    }
    let place = Place::with_history();
    place.run(["restore", "HEAD~2", "--yes", "-m", "no commit asked for"]).failure(2, "--commit");
    assert_eq!(place.lock(), numbered(3));
}

#[test]
fn an_untracked_or_ignored_lock_is_committed_too() {
    for ignored in [false, true] {
        let place = Place::with_history();
        place.git(["rm", "--quiet", "--cached", "flake.lock"]);
        if ignored {
            place.write(".gitignore", "flake.lock\n");
            place.git(["add", ".gitignore"]);
        }
        place.git(["commit", "--quiet", "--message", "no lock"]);
        place.run(["restore", "HEAD~3", "--yes", "--commit", "--no-rebuild"]).success();
        assert_eq!(place.git(["show", "HEAD:flake.lock"]), numbered(1).trim_end());
        assert_eq!(place.git(["show", "--format=", "--name-only", "HEAD"]), "flake.lock");
        assert_eq!(place.git(["status", "--porcelain"]), "");
    }
}

#[test]
fn hooks_run_and_may_refuse() {
    let place = Place::with_history();
    hook(&place, "pre-commit", "echo hook says no >&2; exit 1");
    let head = place.git(["rev-parse", "HEAD"]);
    let index = place.git(["ls-files", "--stage"]);
    restore(&place, &[]).failure(3, "hook says no");
    assert_eq!(place.git(["rev-parse", "HEAD"]), head);
    assert_eq!(place.lock(), numbered(3));
    assert_eq!(place.git(["ls-files", "--stage"]), index);
    assert_eq!(place.git(["status", "--porcelain"]), "");
    assert_eq!(place.calls(), [""; 0], "nothing is built");
    assert_eq!(place.entry()["result"], "put back");
    hook(&place, "pre-commit", "touch ../hooked");
    hook(&place, "commit-msg", "echo 'Signed-off-by: a hook' >>\"$1\"");
    restore(&place, &[]).success();
    assert!(place.beside("hooked").exists());
    assert!(place.git(["log", "-1", "--format=%B"]).contains("Signed-off-by: a hook"));
}

#[test]
fn who_git_does_not_know_cannot_commit() {
    let place = Place::with_history();
    place.git(["config", "user.useConfigOnly", "true"]);
    let config = place.scratch.home().join(".gitconfig");
    let text = std::fs::read_to_string(&config).unwrap();
    std::fs::write(&config, text.split("[user]").next().unwrap()).unwrap();
    let before = place.snapshot();
    for more in [&[][..], &["--dry-run"], &["--no-rebuild"]] {
        let outcome = restore(&place, more).failure(1, "git does not know who commits");
        assert!(outcome.err().contains("git config --global user.name"), "{outcome}");
        same(&before, &place.snapshot(), &outcome);
    }
    // What git takes from the environment is enough.
    let known = ["AUTHOR", "COMMITTER"].into_iter().fold(
        place.flakehist(["restore", "HEAD~2", "--yes", "--commit", "--no-rebuild"]),
        |run, who| {
            run.env(&format!("GIT_{who}_NAME"), "Ada").env(&format!("GIT_{who}_EMAIL"), "ada@example.org")
        },
    );
    known.run().success();
}

#[test]
fn what_nix_is_to_add_needs_a_nix() {
    let place = Place::with_history();
    let before = place.snapshot();
    let outcome =
        place.run(["restore", "HEAD~2", "--yes", "--relock"]).failure(1, "there is no `nix` on PATH");
    assert!(outcome.err().contains("hint: without `--relock`"), "{outcome}");
    same(&before, &place.snapshot(), &outcome);
}

#[test]
fn what_git_could_not_do_is_found_before_anything_is_written() {
    let place = Place::with_history();
    let before = place.snapshot();
    for message in ["", "  \n\t"] {
        let outcome = restore(&place, &["-m", message]).failure(1, "the message of the commit is empty");
        same(&before, &place.snapshot(), &outcome);
    }
    place.write(".git/index.lock", "");
    let before = place.snapshot();
    let outcome = restore(&place, &["--no-rebuild"]).failure(1, "git's index is locked");
    assert!(outcome.err().contains("`rm ") && outcome.err().contains("index.lock`"), "{outcome}");
    same(&before, &place.snapshot(), &outcome);
    std::fs::remove_file(place.path(".git/index.lock")).unwrap();
    // Nor would git be told of a lock that it does not know.
    place.git(["rm", "--quiet", "--cached", "flake.lock"]);
    std::fs::write(place.path(".git/index.lock"), "").unwrap();
    let outcome = place.run(["restore", "HEAD~2", "--yes", "--no-rebuild"]);
    let outcome = outcome.failure(1, "git's index is locked");
    assert_eq!(outcome.err().matches("error: ").count(), 1, "{outcome}");
    std::fs::remove_file(place.path(".git/index.lock")).unwrap();
    place.git(["add", "flake.lock"]);
    std::fs::write(place.path(".git/index.lock"), "").unwrap();
    // Without a commit the index is left alone.
    place.run(["restore", "HEAD~1", "--yes", "--no-rebuild"]).success();
    std::fs::remove_file(place.path(".git/index.lock")).unwrap();
    std::fs::remove_file(place.beside("bin/git")).unwrap();
    let before = place.snapshot();
    let outcome = restore(&place, &["--no-rebuild"]).failure(1, "there is no `git` on PATH");
    assert!(outcome.err().contains("without `--commit`"), "{outcome}");
    same(&before, &place.snapshot(), &outcome);
    place.run(["restore", "HEAD~2", "--yes", "--no-rebuild"]).success();
}

#[test]
fn a_build_that_fails_takes_the_commit_back() {
    let place = Place::with_history();
    place.write("staged", "mine\n");
    place.git(["add", "staged"]);
    let head = place.git(["rev-parse", "HEAD"]);
    let index = place.git(["ls-files", "--stage"]);
    place.tool("nixos-rebuild", "git rev-parse HEAD >$root/head; exit 1");
    restore(&place, &[]).failure(3, "");
    let seen = std::fs::read_to_string(place.beside("head")).unwrap();
    assert_ne!(seen.trim(), head, "it was there during the build");
    assert_eq!(place.git(["rev-parse", "HEAD"]), head);
    assert_eq!(place.git(["symbolic-ref", "HEAD"]), "refs/heads/main");
    assert_eq!(place.lock(), numbered(3));
    assert_eq!(place.git(["ls-files", "--stage"]), index);
    assert_eq!(place.git(["status", "--porcelain"]), "A  staged");
    let entry = place.entry();
    assert_eq!((&entry["result"], &entry["takenBack"]), (&"put back".into(), &true.into()), "{entry}");
    let journal = place.run(["journal"]).success();
    let told = format!("put back, commit {} taken back", &seen[..7]);
    assert!(journal.out().contains(&told), "{journal}");
}

#[test]
fn a_lock_modified_before_is_modified_again() {
    let place = Place::with_history();
    place.write("flake.lock", numbered(70));
    place.tool("nixos-rebuild", "exit 1");
    restore(&place, &[]).failure(3, "");
    assert_eq!(place.lock(), numbered(70));
    assert_eq!(place.git(["status", "--porcelain"]), " M flake.lock");
    // Staged as well.
    place.write("flake.lock", numbered(71));
    place.git(["add", "flake.lock"]);
    place.write("flake.lock", numbered(72));
    restore(&place, &[]).failure(3, "");
    assert_eq!(place.lock(), numbered(72));
    assert!(place.keeps(&numbered(71)) && place.keeps(&numbered(72)));
    assert_eq!(place.git(["status", "--porcelain"]), "MM flake.lock");
    assert_eq!(place.git(["show", ":flake.lock"]), numbered(71).trim_end());
}

#[test]
fn a_commit_that_others_built_on_stays() {
    let place = Place::with_history();
    place.tool("nixos-rebuild", "git commit --quiet --allow-empty -m 'somebody else'; exit 1");
    let outcome = restore(&place, &[]);
    assert_eq!(outcome.status, Some(3), "{outcome}");
    assert_eq!(place.lock(), numbered(3), "{outcome}");
    assert_eq!(place.git(["log", "--format=%s", "-2"]).lines().next(), Some("somebody else"));
    assert_eq!(place.git(["rev-list", "--count", "HEAD"]), "5", "{outcome}");
    // That it stays is said, with its name.
    let made = place.git(["rev-parse", "--short", "HEAD~1"]);
    assert!(outcome.err().contains(&made), "{outcome}");
    assert!(outcome.err().contains("flake.lock is as it was before, but commit"), "{outcome}");
    // One that a hook made on top of it at once counts as well.
    let place = Place::with_history();
    hook(
        &place,
        "post-commit",
        "[ -e .git/once ] || { touch .git/once; git commit -q --allow-empty -m hook; }",
    );
    place.tool("nixos-rebuild", "exit 1");
    let outcome = restore(&place, &[]);
    assert_eq!(outcome.status, Some(3), "{outcome}");
    assert_eq!(place.lock(), numbered(3), "{outcome}");
    assert_eq!(place.git(["rev-list", "--count", "HEAD"]), "5", "{outcome}");
    assert!(outcome.err().contains("but commit") && !outcome.err().contains("everything is"), "{outcome}");
}

#[test]
fn what_git_says_is_passed_on() {
    let place = Place::with_history();
    place.git(["config", "commit.gpgsign", "true"]);
    place.git(["config", "gpg.program", "false-gpg"]);
    let outcome = restore(&place, &["--no-rebuild"]);
    assert_eq!(outcome.status, Some(3), "{outcome}");
    assert!(outcome.err().contains("false-gpg"), "{outcome}");
    assert_eq!(place.git(["status", "--porcelain"]), "");
}

#[test]
fn kept_when_asked() {
    let place = Place::with_history();
    place.tool("nixos-rebuild", "exit 1");
    restore(&place, &["--on-failure", "keep"]).failure(5, "");
    assert_eq!(place.lock(), numbered(1));
    assert_eq!(place.git(["rev-list", "--count", "HEAD"]), "4");
    assert_eq!(place.git(["status", "--porcelain"]), "");
}

#[test]
fn a_detached_head_and_a_first_branch() {
    let place = Place::with_history();
    place.git(["checkout", "--quiet", "--detach"]);
    place.tool("nixos-rebuild", "exit 1");
    let head = place.git(["rev-parse", "HEAD"]);
    restore(&place, &[]).failure(3, "");
    assert_eq!(place.git(["rev-parse", "HEAD"]), head);
    place.tool("nixos-rebuild", "");
    restore(&place, &[]).success();
    assert_eq!(place.git(["rev-parse", "HEAD^"]), head);
    assert_eq!(place.git(["rev-parse", "main"]), head);
}

#[test]
fn a_lock_that_git_was_told_of_stays_told_of() {
    let place = Place::with_history();
    place.git(["rm", "--quiet", "--cached", "flake.lock"]);
    place.git(["commit", "--quiet", "--message", "no lock"]);
    place.git(["add", "--intent-to-add", "flake.lock"]);
    let index = place.git(["ls-files", "--stage", "--debug", "--", "flake.lock"]);
    assert!(index.contains("flags: 20004000"), "{index}");
    place.tool("nixos-rebuild", "exit 1");
    for more in [&[][..], &["--commit"]] {
        place.run([&["restore", "HEAD~3", "--yes"], more].concat()).failure(3, "");
        let index = place.git(["ls-files", "--stage", "--debug", "--", "flake.lock"]);
        assert!(index.contains("flags: 20004000"), "{more:?}: Nix would not see it: {index:?}");
        assert_eq!(place.git(["diff", "--cached", "--name-only"]), "", "{more:?}");
    }
}

#[test]
fn what_somebody_commits_while_the_question_stands_is_not_lost() {
    let place = Place::with_history();
    // The plan is made by then: Nix is asked about flake.nix first of all.
    let other =
        "[ -e $root/once ] || { touch $root/once; git commit --quiet --allow-empty -m 'important'; }; exit 1";
    place.tool("nix", other);
    place.tool("nixos-rebuild", "exit 1");
    let outcome = restore(&place, &[]);
    assert_eq!(outcome.status, Some(3), "{outcome}");
    assert_eq!(place.lock(), numbered(3), "{outcome}");
    assert_eq!(place.git(["log", "--format=%s"]), "important\nlock 3\nlock 2\nlock 1", "{outcome}");
    assert_eq!(place.git(["status", "--porcelain"]), "", "{outcome}");
}

#[test]
fn another_repository_that_the_environment_names_is_left_alone() {
    let place = Place::with_history();
    let other = Place::with_history();
    let before = other.snapshot();
    let sub = place.path("sub");
    std::fs::create_dir(&sub).unwrap();
    let flake = place.folder.to_str().unwrap();
    let args = ["--flake", flake, "restore", "HEAD~2", "--commit", "--yes", "--no-rebuild"];
    let git_dir = other.path(".git");
    let run =
        place.flakehist_in(&other.folder, args).env("GIT_DIR", &git_dir).env("GIT_WORK_TREE", &other.folder);
    run.env("GIT_INDEX_FILE", git_dir.join("index")).run().success();
    same(&before, &other.snapshot(), &"the other repository");
    assert_eq!(place.git(["rev-list", "--count", "HEAD"]), "4");
    assert_eq!(place.git(["status", "--porcelain"]), "");
    // And one that is named from where we are, by words that mean something else elsewhere.
    let run = place.flakehist_in(&sub, ["restore", "HEAD~2", "--commit", "--yes", "--no-rebuild"]);
    run.env("GIT_DIR", "../.git").env("GIT_WORK_TREE", "..").run().success();
    assert_eq!(place.git(["rev-list", "--count", "HEAD"]), "5");
}

#[test]
fn a_repository_beside_its_working_tree() {
    let place = Place::with_history();
    let git_dir = place.beside("dots.git");
    std::fs::rename(place.path(".git"), &git_dir).unwrap();
    let run = place.flakehist(["restore", "HEAD~2", "--commit", "--yes", "--no-rebuild"]);
    run.env("GIT_DIR", &git_dir).env("GIT_WORK_TREE", &place.folder).run().success();
    std::fs::rename(&git_dir, place.path(".git")).unwrap();
    assert_eq!(place.git(["rev-list", "--count", "HEAD"]), "4");
    assert_eq!(place.git(["status", "--porcelain"]), "");
}

#[test]
fn what_nix_has_added_is_told_and_may_be_what_is_committed_already() {
    let place = Place::with_history();
    let relocks = |lock: u64| {
        std::fs::write(place.beside("relocked"), numbered(lock)).unwrap();
        place.tool("nix", "case \"$*\" in *'flake lock'*) cat $root/relocked >flake.lock ;; esac");
    };
    relocks(40);
    let outcome = restore(&place, &["--relock", "--no-rebuild"]).success();
    assert_eq!(place.git(["show", "HEAD:flake.lock"]), numbered(40).trim_end());
    assert!(outcome.err().contains(", with what Nix has added; the system"), "{outcome}");
    assert!(place.git(["log", "-1", "--format=%b"]).contains("With what Nix has added"), "{outcome}");
    let outcome = restore(&place, &["--relock", "--no-rebuild"]).success();
    assert_eq!(place.git(["rev-list", "--count", "HEAD"]), "4", "{outcome}");
    assert_eq!(
        (place.lock(), place.git(["status", "--porcelain"])),
        (numbered(40), String::new()),
        "{outcome}"
    );
}

#[test]
fn a_commit_is_signed_where_the_user_s_are() {
    let place = Place::with_history();
    place.git(["config", "commit.gpgSign", "true"]);
    place.git(["config", "gpg.program", place.beside("bin/signer").to_str().unwrap()]);
    let signer = |lines: &str| place.program(&place.beside("bin/signer"), &format!("#!/bin/sh\n{lines}\n"));
    signer("echo no key >&2; exit 1");
    restore(&place, &["--no-rebuild"]).failure(3, "");
    assert_eq!((place.lock(), place.git(["rev-list", "--count", "HEAD"])), (numbered(3), "3".to_owned()));
    let signature = "-----BEGIN PGP SIGNATURE-----\\n\\nmine\\n-----END PGP SIGNATURE-----\\n";
    signer(&format!("cat >/dev/null; printf '\\n[GNUPG:] SIG_CREATED \\n' >&2; printf -- '{signature}'"));
    restore(&place, &["--no-rebuild"]).success();
    assert!(place.git(["cat-file", "commit", "HEAD"]).contains("gpgsig -----BEGIN PGP SIGNATURE"));
}

#[test]
fn a_repository_without_a_commit() {
    let place = Place::new();
    place.write("flake.nix", "{ }\n");
    place.write("flake.lock", numbered(1));
    place.write("saved.lock", numbered(2));
    place.git(["add", "flake.nix", "flake.lock"]);
    let index = place.git(["ls-files", "--stage"]);
    place.tool("nixos-rebuild", "exit 1");
    let run = |more: &[&str]| place.run([&["restore", "./saved.lock", "--yes"], more].concat());
    for more in [&[][..], &["--commit"]] {
        let outcome = run(more).failure(3, "");
        assert_eq!(
            (place.lock(), place.git(["ls-files", "--stage"])),
            (numbered(1), index.clone()),
            "{outcome}"
        );
        assert_eq!(
            place.scratch.ask_git(&place.folder, ["rev-parse", "--verify", "HEAD"]).status,
            Some(128),
            "{outcome}"
        );
    }
    run(&["--commit", "--no-rebuild"]).success();
    assert_eq!(place.git(["show", "--format=", "--name-only", "HEAD"]), "flake.lock");
    assert_eq!(place.git(["show", "HEAD:flake.lock"]), numbered(2).trim_end());
    place.run(["undo", "--yes", "--no-rebuild"]).success();
    assert_eq!(place.lock(), numbered(1));
}

#[test]
fn what_was_staged_of_the_lock_makes_room_for_what_is_committed() {
    let place = Place::with_history();
    place.write("flake.lock", numbered(78));
    place.git(["add", "flake.lock"]);
    place.write("flake.lock", numbered(79));
    let index = place.git(["ls-files", "--stage"]);
    place.tool("nixos-rebuild", "exit 1");
    restore(&place, &[]);
    assert_eq!(place.git(["ls-files", "--stage"]), index);
    let outcome = restore(&place, &["--no-rebuild"]).success();
    assert!(outcome.out().contains("the commit takes its place in the index"), "{outcome}");
    assert_eq!(place.git(["status", "--porcelain"]), "");
    assert!(place.keeps(&numbered(78)) && place.keeps(&numbered(79)));
}
