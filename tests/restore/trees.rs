//! The lock in every state a working tree can have it in: what is written, what stays, what is kept.

use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

use super::place::{Place, numbered, same};
use super::support::Outcome;

const ARGS: [&str; 4] = ["restore", "HEAD~2", "--no-rebuild", "--yes"];

/// Restores the first lock of three, with nothing else to do.
fn restore(place: &Place) -> Outcome {
    let outcome = place.run(ARGS).success();
    assert_eq!(place.lock(), numbered(1), "{outcome}");
    assert_eq!(place.calls(), [""; 0], "{outcome}");
    assert_eq!(place.entry()["result"], "done", "{outcome}");
    assert_eq!(place.entry()["lockIs"], "after", "{outcome}");
    outcome
}

/// Makes sure that a run refuses, says this, and changes nothing at all.
fn refuses(place: &Place, args: &[&str], says: &str) {
    let before = place.snapshot();
    let outcome = place.run(args).failure(1, says);
    same(&before, &place.snapshot(), &outcome);
    assert_eq!(place.calls(), [""; 0], "{outcome}");
}

#[test]
fn a_clean_lock_is_replaced_and_the_index_stays() {
    let place = Place::with_history();
    let index = place.git(["ls-files", "--stage"]);
    restore(&place);
    assert_eq!(place.git(["ls-files", "--stage"]), index);
    assert_eq!(place.git(["status", "--porcelain"]), " M flake.lock", "changed, not staged");
    let left: Vec<_> =
        std::fs::read_dir(&place.folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 3, "nothing beside .git, flake.nix and flake.lock: {left:?}");
}

#[test]
fn bytes_that_were_never_committed_are_kept() {
    let place = Place::with_history();
    let mine = numbered(77);
    place.write("flake.lock", &mine);
    let outcome = restore(&place);
    assert!(place.keeps(&mine), "{outcome}");
    let number = place.entry()["number"].as_u64().unwrap();
    assert_eq!(number, 1);
    assert_eq!(place.git(["cat-file", "blob", "refs/flakehist/journal/000001:before"]), mine.trim_end());
    assert_eq!(
        place.git(["cat-file", "blob", "refs/flakehist/journal/000001:after"]),
        numbered(1).trim_end()
    );
    place.run(["undo", "--no-rebuild", "--yes"]).success();
    assert_eq!(place.lock(), mine);
}

#[test]
fn what_is_staged_stays_staged() {
    let place = Place::with_history();
    let (staged, mine) = (numbered(78), numbered(79));
    place.write("flake.lock", &staged);
    place.write("other", "staged too");
    place.git(["add", "flake.lock", "other"]);
    let index = place.git(["ls-files", "--stage"]);
    // Staged, and the file as staged.
    restore(&place);
    assert_eq!(place.git(["ls-files", "--stage"]), index);
    assert!(place.keeps(&staged));
    // Staged, and changed again since.
    place.write("flake.lock", &mine);
    restore(&place);
    assert_eq!(place.git(["ls-files", "--stage"]), index);
    assert!(place.keeps(&staged) && place.keeps(&mine));
    let newest = place.entry()["number"].as_u64().unwrap();
    let kept = place.git(["cat-file", "blob", &format!("refs/flakehist/journal/{newest:06}:staged")]);
    assert_eq!(kept, staged.trim_end());
    // Even when what is staged is thrown away.
    place.git(["reset", "--quiet", "--hard"]);
    place.git(["gc", "--quiet", "--prune=now"]);
    assert!(place.keeps(&staged) && place.keeps(&mine));
}

#[test]
fn nix_is_shown_a_lock_that_git_did_not_know() {
    for (ignored, on_disk) in [(false, true), (true, true), (false, false), (true, false)] {
        let place = Place::with_history();
        let case = format!("ignored: {ignored}, on disk: {on_disk}");
        place.git(["rm", "--quiet", "--cached", "flake.lock"]);
        if ignored {
            place.write(".gitignore", "*.lock\n");
            place.git(["add", ".gitignore"]);
        }
        place.git(["commit", "--quiet", "--message", "no lock in git"]);
        let mine = numbered(80);
        if on_disk {
            place.write("flake.lock", &mine);
        } else {
            std::fs::remove_file(place.path("flake.lock")).unwrap();
        }
        place.run(["restore", "HEAD~3", "--no-rebuild", "--yes"]).success();
        assert_eq!(place.lock(), numbered(1), "{case}");
        assert_eq!(place.keeps(&mine), on_disk, "{case}");
        assert_eq!(place.git(["ls-files", "flake.lock"]), "flake.lock", "{case}");
        assert_eq!(
            place.git(["diff", "--cached", "--name-only"]),
            "",
            "announced, with nothing staged: {case}"
        );
        let before = &place.entry()["before"];
        assert_eq!(before.is_string(), on_disk, "{case}: {before}");
    }
}

#[test]
fn a_lock_that_was_not_there_is_written_and_taken_away_again() {
    let place = Place::with_history();
    std::fs::remove_file(place.path("flake.lock")).unwrap();
    restore(&place);
    let about = std::fs::metadata(place.path("flake.lock")).unwrap();
    let other = std::fs::metadata(place.path("flake.nix")).unwrap();
    assert_eq!(about.mode(), other.mode(), "as any file made anew");
    let names = place.git(["ls-tree", "--name-only", "refs/flakehist/journal/000001"]);
    assert_eq!(names, "after\nentry.json", "there was nothing before");
    let outcome = place.run(["undo", "--no-rebuild", "--yes"]).success();
    assert!(!place.path("flake.lock").exists());
    assert!(outcome.err().contains("flake.lock is removed: before entry 1 there was none"), "{outcome}");
    assert!(!outcome.err().contains("is written"), "{outcome}");
    place.run(["undo", "1", "--no-rebuild", "--yes"]).success();
    assert!(!place.path("flake.lock").exists());
}

#[test]
fn mode_and_bytes_are_kept_exactly() {
    for mode in [0o644, 0o600, 0o664, 0o755, 0o444] {
        let place = Place::new();
        // Nothing that a model of the file would give back.
        let odd = "{ \"version\": 7,\r\n\t\"root\":\"root\", \"nodes\":{\"root\":{}},\"é\":1}\r\n\r\n  ";
        place.write("flake.nix", "{ }\n");
        place.write("flake.lock", odd);
        place.commit("odd");
        place.commit_lock(1);
        std::fs::set_permissions(place.path("flake.lock"), PermissionsExt::from_mode(mode)).unwrap();
        place.run(["restore", "HEAD~1", "--no-rebuild", "--yes"]).success();
        assert_eq!(place.lock(), odd);
        assert_eq!(std::fs::metadata(place.path("flake.lock")).unwrap().mode() & 0o7777, mode);
        place.run(["undo", "--no-rebuild", "--yes"]).success();
        assert_eq!(place.lock(), numbered(1));
        assert_eq!(std::fs::metadata(place.path("flake.lock")).unwrap().mode() & 0o7777, mode);
    }
}

#[test]
fn a_link_stays_and_what_it_leads_to_is_written() {
    let place = Place::with_history();
    std::fs::create_dir(place.path("locks")).unwrap();
    std::fs::rename(place.path("flake.lock"), place.path("locks/mine.lock")).unwrap();
    symlink("locks/mine.lock", place.path("flake.lock")).unwrap();
    place.commit("a link");
    place.write("locks/mine.lock", numbered(81));
    place.run(["restore", "HEAD~3", "--no-rebuild", "--yes"]).success();
    assert_eq!(std::fs::read_link(place.path("flake.lock")).unwrap().to_str(), Some("locks/mine.lock"));
    assert_eq!(std::fs::read_to_string(place.path("locks/mine.lock")).unwrap(), numbered(1));
    assert!(!place.path("locks/mine.lock").is_symlink());
    assert!(place.keeps(&numbered(81)));
    place.run(["undo", "--no-rebuild", "--yes"]).success();
    assert!(place.path("flake.lock").is_symlink());
    assert_eq!(place.lock(), numbered(81));
}

#[test]
fn a_link_is_followed_in_a_commit_too() {
    let place = Place::new();
    std::fs::create_dir_all(place.path("hosts/box")).unwrap();
    std::fs::create_dir(place.path("locks")).unwrap();
    place.write("hosts/box/flake.nix", "{ }\n");
    place.write("locks/box.lock", numbered(1));
    symlink("../../locks/link", place.path("hosts/box/flake.lock")).unwrap();
    symlink("../locks/./box.lock", place.path("locks/link")).unwrap();
    place.commit("one");
    place.write("locks/box.lock", numbered(2));
    place.commit("two");
    std::fs::remove_file(place.path("locks/link")).unwrap();
    symlink("../../outside", place.path("locks/link")).unwrap();
    place.commit("out");
    symlink("link", place.path("locks/box")).unwrap();
    std::fs::remove_file(place.path("locks/link")).unwrap();
    symlink("box", place.path("locks/link")).unwrap();
    place.commit("a circle");
    place.git(["checkout", "--quiet", "HEAD~2", "--", "locks/link"]);
    place.commit("two again");
    let folder = place.path("hosts/box");
    let run = |args: &[&str]| place.flakehist_in(&folder, args).run();
    assert_eq!(std::fs::read_to_string(folder.join("flake.lock")).unwrap(), numbered(2));
    for nowhere in ["HEAD~1", "HEAD~2"] {
        let outcome =
            run(&["restore", nowhere, "--yes"]).failure(1, "it is a symbolic link to `../../locks/link`");
        assert!(place.calls().is_empty(), "{outcome}");
    }
    run(&["restore", "HEAD~4", "--yes"]).success();
    assert_eq!(std::fs::read_to_string(place.path("locks/box.lock")).unwrap(), numbered(1));
    assert_eq!(place.git(["status", "--porcelain"]).trim(), "M locks/box.lock");
    run(&["undo", "--yes"]).success();
    assert_eq!(place.git(["status", "--porcelain"]), "");
}

#[test]
fn a_link_that_leads_out_is_refused() {
    let place = Place::with_history();
    let outside = place.beside("outside.lock");
    std::fs::write(&outside, numbered(82)).unwrap();
    let to_git = place.path(".git/inside.lock");
    std::fs::write(&to_git, numbered(83)).unwrap();
    for target in ["../outside.lock", outside.to_str().unwrap(), "/dev/null", ".git/inside.lock"] {
        std::fs::remove_file(place.path("flake.lock")).unwrap();
        symlink(target, place.path("flake.lock")).unwrap();
        refuses(&place, &ARGS, "flake.lock");
        assert_eq!(std::fs::read_to_string(&outside).unwrap(), numbered(82));
        assert_eq!(std::fs::read_to_string(&to_git).unwrap(), numbered(83));
    }
    // By way of a folder that is a link.
    std::fs::create_dir(place.beside("elsewhere")).unwrap();
    std::fs::write(place.beside("elsewhere/x.lock"), numbered(84)).unwrap();
    symlink("../elsewhere", place.path("locks")).unwrap();
    std::fs::remove_file(place.path("flake.lock")).unwrap();
    symlink("locks/x.lock", place.path("flake.lock")).unwrap();
    refuses(&place, &ARGS, "flake.lock");
    // A circle.
    std::fs::remove_file(place.path("flake.lock")).unwrap();
    symlink("flake.lock", place.path("flake.lock")).unwrap();
    refuses(&place, &ARGS, "flake.lock");
    // Something that is no file at all.
    std::fs::remove_file(place.path("flake.lock")).unwrap();
    std::fs::create_dir(place.path("flake.lock")).unwrap();
    refuses(&place, &ARGS, "flake.lock");
}

#[test]
fn nothing_is_done_while_git_is_busy() {
    let under_way: [(&str, &[&[&str]]); 4] = [
        ("merge", &[&["merge", "--no-commit", "other"]]),
        ("rebase", &[&["rebase", "other"]]),
        ("cherry-pick", &[&["cherry-pick", "other"]]),
        ("revert", &[&["revert", "--no-commit", "HEAD~1"], &["revert", "HEAD~1"]]),
    ];
    for (what, commands) in under_way {
        let place = Place::with_history();
        place.git(["checkout", "--quiet", "-b", "other", "HEAD~1"]);
        place.commit_lock(90);
        place.git(["checkout", "--quiet", "main"]);
        for command in commands {
            place.scratch.ask_git(&place.folder, *command);
        }
        refuses(&place, &["restore", "main~2", "--no-rebuild", "--yes"], what);
    }
}

#[test]
fn a_merge_elsewhere_does_not_matter() {
    let place = Place::with_history();
    let other = place.beside("other");
    place.git(["worktree", "add", "--quiet", "--detach", other.to_str().unwrap()]);
    place.git(["checkout", "--quiet", "-b", "side", "HEAD~1"]);
    place.commit_lock(90);
    place.scratch.ask_git(&place.folder, ["merge", "main"]);
    place.flakehist_in(&other, ["restore", "HEAD~2", "--no-rebuild", "--yes"]).run().success();
    assert_eq!(std::fs::read_to_string(other.join("flake.lock")).unwrap(), numbered(1));
    // The journal is that of the repository.
    assert_eq!(place.entry()["result"], "done");
    // And so is the way back, in the tree it was written in.
    place.flakehist_in(&other, ["undo", "--no-rebuild", "--yes"]).run().success();
    assert_eq!(std::fs::read_to_string(other.join("flake.lock")).unwrap(), numbered(3));
}

#[test]
fn the_same_bytes_are_no_restore() {
    let place = Place::with_history();
    let before = place.snapshot();
    place.run(["restore", "HEAD", "--no-rebuild", "--yes"]).success();
    place.run(["restore", "worktree", "--no-rebuild", "--yes"]).success();
    same(&before, &place.snapshot(), &"");
    // There is still something to build.
    place.run(["restore", "HEAD", "--yes"]).success();
    assert_eq!(place.calls().len(), 1);
}

#[test]
fn a_flake_below_the_root_of_its_repository() {
    let place = Place::new();
    std::fs::create_dir(place.path("nixos")).unwrap();
    for n in [1, 2] {
        place.write("nixos/flake.nix", "{ }\n");
        place.write("nixos/flake.lock", numbered(n));
        place.commit("lock");
    }
    let folder = place.path("nixos");
    place.flakehist_in(&folder, ["restore", "HEAD~1", "--yes"]).run().success();
    assert_eq!(std::fs::read_to_string(folder.join("flake.lock")).unwrap(), numbered(1));
    assert_eq!(
        place.calls(),
        [format!("nixos-rebuild {} switch --flake . --no-update-lock-file", folder.display())]
    );
    // From anywhere in the repository, and from outside.
    place.flakehist_in(&place.folder, ["--flake", "nixos", "undo", "--yes"]).run().success();
    assert_eq!(std::fs::read_to_string(folder.join("flake.lock")).unwrap(), numbered(2));
    let args = ["--flake", folder.to_str().unwrap(), "restore", "HEAD~1", "--yes"];
    place.flakehist_in(&place.scratch.home(), args).run().success();
    let calls = place.calls();
    assert!(calls.len() == 3 && calls.iter().all(|call| *call == calls[0]), "{calls:?}");
    let journal = place.flakehist_in(&folder, ["journal", "--json"]).run().success().json();
    assert_eq!(journal[0]["lock"], "nixos/flake.lock");
}

#[test]
fn what_is_no_lock_is_not_restored() {
    let place = Place::with_history();
    place.write("flake.lock", "{ \"nodes\": 5 }\n");
    let broken = place.commit("broken");
    std::fs::remove_file(place.path("flake.lock")).unwrap();
    let deleted = place.commit("deleted");
    place.commit_lock(4);
    for target in
        [broken.as_str(), &deleted, "HEAD~9", "nonsense", "gen:9", "date:1980-01-01", "file:none.lock"]
    {
        refuses(&place, &["restore", target, "--no-rebuild", "--yes"], "error: ");
    }
}

#[test]
fn a_bare_repository_has_nothing_to_write() {
    let place = Place::with_history();
    let bare = place.beside("bare.git");
    place.git(["clone", "--quiet", "--bare", ".", bare.to_str().unwrap()]);
    let outcome = place.flakehist_in(&bare, ["restore", "HEAD~2", "--no-rebuild", "--yes"]).run();
    assert_eq!(outcome.status, Some(1), "{outcome}");
}

#[test]
fn every_kind_of_target() {
    for (target, n) in [
        ("lock~1", 2),
        ("HEAD^^", 1),
        ("main~1", 2),
        ("index", 5),
        ("./saved.lock", 6),
        ("file:saved.lock", 6),
    ] {
        let place = Place::with_history();
        place.write("flake.lock", numbered(5));
        place.git(["add", "flake.lock"]);
        place.write("flake.lock", numbered(7));
        place.write("saved.lock", numbered(6));
        place.run(["restore", target, "--no-rebuild", "--yes"]).success();
        assert_eq!(place.lock(), numbered(n), "{target}");
        assert_eq!(place.entry()["target"], target);
        assert!(place.keeps(&numbered(n)), "{target}: what was written can be gone back to as well");
    }
}

#[test]
fn a_lock_of_another_name_is_no_ground_to_build_on() {
    let place = Place::with_history();
    for n in [11, 12] {
        place.write("other.lock", numbered(n));
        place.commit("other");
    }
    let run =
        |args: &[&str]| place.run([&["--lock", "other.lock", "restore", "HEAD~1", "--yes"], args].concat());
    let refused = run(&[]);
    assert_eq!(refused.status, Some(1), "{refused}");
    assert!(refused.err().contains("Nix builds from flake.lock, and not from other.lock"), "{refused}");
    assert_eq!((place.calls().len(), place.journal().len()), (0, 0));
    place.tool("nix", "");
    run(&["--no-rebuild"]).success();
    assert_eq!(std::fs::read_to_string(place.path("other.lock")).unwrap(), numbered(11));
    assert_eq!(place.calls().len(), 0, "Nix has nothing to say of it");
    // A host stays named where the lock is as well.
    let args = ["--flake", ".#other", "--lock", "flake.lock", "restore", "HEAD~3", "--yes"];
    place.run(args).success();
    assert!(place.calls().iter().any(|call| call.starts_with("nixos-rebuild") && call.contains(".#other")));
}

#[test]
fn a_folder_that_a_sparse_checkout_leaves_out() {
    let place = Place::new();
    std::fs::create_dir(place.path("the os")).unwrap();
    place.write("other", "");
    for n in [1, 2] {
        place.write("the os/flake.lock", numbered(n));
        place.commit("lock");
    }
    std::fs::remove_dir_all(place.path("the os")).unwrap();
    let before = place.snapshot();
    for last in ["--yes", "--dry-run"] {
        let outcome = place.run(["--lock", "the os/flake.lock", "restore", "HEAD~1", "--no-rebuild", last]);
        assert_eq!(outcome.status, Some(1), "{outcome}");
        assert!(outcome.err().contains("`git sparse-checkout add 'the os'`"), "{outcome}");
    }
    same(&before, &place.snapshot(), &"a refusal");
}
