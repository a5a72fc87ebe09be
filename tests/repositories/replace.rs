//! `git replace` and grafts: git hands out other objects than were asked for, and so does flakehist.

use crate::support::Scratch;

/// Six commits, all of which change the lock, and two on a side branch.
fn six() -> (Scratch, Vec<String>) {
    let scratch = Scratch::new();
    let ids = (1..=6).map(|n| scratch.commit_lock(n)).collect();
    scratch.git(["checkout", "--quiet", "-b", "side", "HEAD~4"]);
    scratch.commit_lock(20);
    scratch.commit_lock(21);
    scratch.git(["checkout", "--quiet", "main"]);
    (scratch, ids)
}

fn same_in_every_way(scratch: &Scratch) -> usize {
    for args in [
        &["--first-parent"][..],
        &["--all"],
        &["--reverse"],
        &["HEAD~2.."],
        &["HEAD~3^!"],
        &["side..main"],
        &["side", "^main"],
    ] {
        let git = scratch.ask_git(
            scratch.folder(),
            ["log", "--format=%H"].iter().chain(args).chain(&["--", "flake.lock"]),
        );
        if git.status == Some(0) {
            scratch.same_log(args);
        }
    }
    scratch.same_log(&[]).len()
}

#[test]
fn a_graft_that_cuts_history_off_does_so_here_too() {
    let (scratch, ids) = six();
    scratch.git(["replace", "--graft", &ids[3]]);
    assert_eq!(same_in_every_way(&scratch), 3);
}

#[test]
fn what_two_branches_have_in_common_is_found_through_replacements() {
    for parents in [&[][..], &["side"]] {
        let (scratch, ids) = six();
        scratch.git(["replace", "--graft", &ids[3]].iter().chain(parents));
        scratch.same_log(&["main...side"]);
        scratch.same_log(&["side...main~1"]);
    }
}

#[test]
fn a_graft_that_joins_histories_does_so_here_too() {
    let (scratch, ids) = six();
    scratch.git(["replace", "--graft", &ids[4], &ids[3], "side"]);
    assert_eq!(same_in_every_way(&scratch), 8);
    scratch.git(["replace", "--force", "--graft", &ids[4], "side"]);
    assert_eq!(same_in_every_way(&scratch), 6);
}

#[test]
fn revisions_are_counted_through_replacements() {
    let (scratch, ids) = six();
    scratch.git(["replace", "--graft", &ids[4], "side"]);
    for target in ["HEAD~1", "HEAD~2", "HEAD~3", "HEAD^^", "main~2^0"] {
        let expected = scratch.git(["rev-parse", target]);
        let shown = scratch.flakehist(["show", "--json", target]).success();
        assert_eq!(shown.json()["commit"], expected, "{target}:\n{shown}");
    }
    assert_eq!(scratch.same_log(&["HEAD~3..HEAD"]).len(), 3);
    // Of `:/words` git 2.47 gives the oldest tip, by mistake, so only one commit has these.
    for words in ["HEAD^{/lock [3-9]$}", "HEAD~^{/lock 2}", ":/lock 3", "HEAD^{/!-lock}", "HEAD^{/!!}"] {
        let git = scratch.ask_git(scratch.folder(), ["rev-parse", "--verify", "--quiet", words]);
        let ours = scratch.flakehist(["show", "--json", words]);
        if git.status == Some(0) {
            assert_eq!(ours.success().json()["commit"], git.out().trim(), "{words}");
        } else {
            ours.failure(1, "no commit's message matches");
        }
    }
}

#[test]
fn a_replaced_commit_shows_its_replacement_under_its_own_id() {
    let (scratch, ids) = six();
    scratch.git(["checkout", "--quiet", "--detach", &ids[1]]);
    let other = scratch.commit_lock(90);
    scratch.git(["checkout", "--quiet", "main"]);
    scratch.git(["replace", &ids[2], &other]);
    same_in_every_way(&scratch);
    let outcome = scratch.flakehist(["log", "--json"]).success();
    let entry = outcome.entries().into_iter().find(|entry| entry["commit"] == ids[2]).unwrap();
    assert_eq!(entry["subject"], scratch.git(["log", "-1", "--format=%s", &ids[2]]));
    assert_eq!(entry["lockId"], scratch.git(["rev-parse", &format!("{}:flake.lock", ids[2])]));
    assert_eq!(entry["lockId"], scratch.git(["rev-parse", &format!("{other}:flake.lock")]));
}

#[test]
fn replaced_trees_and_blobs_are_seen_as_git_sees_them() {
    let (scratch, ids) = six();
    let rev = |spec: String| scratch.git(["rev-parse", &spec]);
    scratch.git(["replace", &rev(format!("{}^{{tree}}", ids[3])), &rev(format!("{}^{{tree}}", ids[2]))]);
    same_in_every_way(&scratch);
    scratch.git(["replace", &rev(format!("{}:flake.lock", ids[5])), &rev("side:flake.lock".to_owned())]);
    same_in_every_way(&scratch);
    let outcome = scratch.flakehist(["show", "--json", "HEAD"]).success();
    let lock = scratch.git(["cat-file", "blob", "HEAD:flake.lock"]);
    let shown = outcome.json()["inputs"]["nixpkgs"]["rev"].as_str().unwrap().to_owned();
    assert!(lock.contains(&shown), "{outcome}");
}

#[test]
fn a_replacement_may_be_replaced_itself() {
    let (scratch, ids) = six();
    scratch.git(["replace", &ids[3], &ids[2]]);
    scratch.git(["replace", &ids[2], &ids[1]]);
    same_in_every_way(&scratch);
}

#[test]
fn replacements_may_be_packed_and_switched_off() {
    let (scratch, ids) = six();
    scratch.git(["replace", "--graft", &ids[3]]);
    scratch.git(["pack-refs", "--all"]);
    assert_eq!(same_in_every_way(&scratch), 3);
    scratch.git(["config", "core.useReplaceRefs", "false"]);
    assert_eq!(same_in_every_way(&scratch), 6);
}

#[test]
fn replacements_may_be_switched_off_by_the_environment() {
    let (scratch, ids) = six();
    scratch.git(["replace", "--graft", &ids[3]]);
    let without = scratch
        .flakehist_in(scratch.folder())
        .env("GIT_NO_REPLACE_OBJECTS", "1")
        .args(["log", "--json"])
        .run()
        .success();
    assert_eq!(without.commits().len(), 6, "{without}");
}

#[test]
fn replacements_hold_in_linked_worktrees() {
    let (scratch, ids) = six();
    scratch.git(["replace", "--graft", &ids[3]]);
    scratch.git(["worktree", "add", "--quiet", "--detach", "../linked"]);
    assert_eq!(scratch.same_log_in(&scratch.beside("linked"), &[], "flake.lock").len(), 3);
}

#[test]
fn the_old_file_of_grafts_still_counts() {
    let (scratch, ids) = six();
    let side = scratch.git(["rev-parse", "side"]);
    scratch.write(".git/info/grafts", format!("{} {} {side}\n{}\n", ids[4], ids[3], ids[1]));
    assert_eq!(same_in_every_way(&scratch), 7);
}
