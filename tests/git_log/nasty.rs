//! Histories built by hand to be nasty. Each is listed with a range of options beside git.

use crate::support::{Scratch, day, lock};

/// Options for every history in here; `^A` and ranges are made of the commits themselves.
fn same_in_every_way(scratch: &Scratch) {
    for args in [
        &[][..],
        &["--first-parent"],
        &["--all"],
        &["--all", "--first-parent"],
        &["-n", "2"],
        &["--reverse"],
        &["HEAD~1.."],
        &["HEAD~1..", "--first-parent"],
        &["HEAD^!"],
        &["--since", "2023-01-10"],
        &["--until", "2023-01-10"],
        &["--since", "2023-01-10", "HEAD~1.."],
        &["--until", "2023-01-10", "HEAD~1.."],
    ] {
        scratch.same_log(args);
    }
    let all = scratch.git(["rev-list", "--all"]);
    let all: Vec<&str> = all.lines().collect();
    for (n, id) in all.iter().enumerate() {
        let other = all[(n * 7 + 3) % all.len()];
        scratch.same_log(&["--all", &format!("^{id}")]);
        scratch.same_log(&[&format!("{id}...{other}")]);
        scratch.same_log(&[&format!("{id}..{other}"), "--first-parent"]);
    }
}

/// A merge of `branches` into the one checked out, whose tree is made by `edit`.
fn merge_as(scratch: &Scratch, branches: &[&str], edit: impl Fn()) -> String {
    let strategy = ["merge", "--quiet", "--strategy=ours", "--no-commit"];
    scratch.git(strategy.iter().chain(branches));
    edit();
    scratch.commit("merge")
}

/// `main` and `side`, with a lock change each after a common one.
fn forked() -> Scratch {
    let scratch = Scratch::new();
    scratch.commit_lock(1);
    scratch.git(["checkout", "--quiet", "-b", "side"]);
    scratch.commit_lock(2);
    scratch.commit_lock(3);
    scratch.git(["checkout", "--quiet", "main"]);
    scratch.commit_lock(4);
    scratch
}

fn write_lock(scratch: &Scratch, n: u64) {
    scratch.write("flake.lock", lock(&[("nixpkgs", n)]));
}

#[test]
fn an_evil_merge_that_is_like_neither_parent_is_listed() {
    let scratch = forked();
    let merge = merge_as(&scratch, &["side"], || write_lock(&scratch, 9));
    assert!(scratch.same_log(&[]).contains(&merge));
    same_in_every_way(&scratch);
}

#[test]
fn a_merge_that_takes_the_other_side_hides_the_first() {
    let scratch = forked();
    merge_as(&scratch, &["side"], || write_lock(&scratch, 3));
    assert_eq!(scratch.same_log(&[]).len(), 3);
    assert_eq!(scratch.same_log(&["--first-parent"]).len(), 3);
    same_in_every_way(&scratch);
}

#[test]
fn a_merge_that_brings_back_what_both_sides_left_is_listed() {
    let scratch = forked();
    merge_as(&scratch, &["side"], || write_lock(&scratch, 1));
    assert_eq!(scratch.same_log(&[]).len(), 5);
    same_in_every_way(&scratch);
}

#[test]
fn a_merge_that_deletes_the_lock_is_listed() {
    let scratch = forked();
    merge_as(&scratch, &["side"], || std::fs::remove_file(scratch.path("flake.lock")).unwrap());
    scratch.commit("without a lock");
    scratch.commit_lock(6);
    same_in_every_way(&scratch);
}

#[test]
fn a_side_that_deleted_the_lock_is_merged_away() {
    let scratch = forked();
    scratch.git(["checkout", "--quiet", "side"]);
    scratch.git(["rm", "--quiet", "flake.lock"]);
    scratch.commit("gone");
    scratch.git(["checkout", "--quiet", "main"]);
    merge_as(&scratch, &["side"], || {});
    same_in_every_way(&scratch);
    merge_as(&scratch, &["side~1"], || std::fs::remove_file(scratch.path("flake.lock")).unwrap());
    same_in_every_way(&scratch);
}

#[test]
fn a_side_that_reverts_itself_is_not_followed() {
    let scratch = forked();
    scratch.git(["checkout", "--quiet", "side"]);
    scratch.commit_lock(1);
    scratch.git(["checkout", "--quiet", "main"]);
    scratch.git(["revert", "--no-edit", "HEAD"]);
    merge_as(&scratch, &["side"], || {});
    same_in_every_way(&scratch);
}

#[test]
fn criss_cross_merges_are_simplified_as_git_does() {
    let scratch = forked();
    for round in 0..3 {
        let (main, side) = (scratch.git(["rev-parse", "main"]), scratch.git(["rev-parse", "side"]));
        scratch.git(["checkout", "--quiet", "main"]);
        merge_as(&scratch, &[&side], || write_lock(&scratch, 10 + round));
        scratch.git(["checkout", "--quiet", "side"]);
        merge_as(&scratch, &[&main], || write_lock(&scratch, if round == 1 { 11 } else { 20 + round }));
    }
    same_in_every_way(&scratch);
    scratch.same_log(&["main...side"]);
    scratch.same_log(&["main..side"]);
}

#[test]
fn an_octopus_is_simplified_as_git_does() {
    let scratch = forked();
    for n in 1..5 {
        scratch.git(["checkout", "--quiet", "-b", &format!("arm{n}"), "main~1"]);
        scratch.commit_lock(10 * n);
    }
    scratch.git(["checkout", "--quiet", "main"]);
    merge_as(&scratch, &["side", "arm1", "arm2", "arm3"], || write_lock(&scratch, 20));
    same_in_every_way(&scratch);
    merge_as(&scratch, &["arm3", "arm4"], || write_lock(&scratch, 77));
    same_in_every_way(&scratch);
    for n in 1..=4 {
        scratch.same_log(&[&format!("HEAD~1^-{n}")]);
    }
}

#[test]
fn a_lock_deleted_and_brought_back_has_both_listed() {
    let scratch = forked();
    for n in 0..3 {
        scratch.git(["rm", "--quiet", "flake.lock"]);
        scratch.commit("gone");
        scratch.commit("something else");
        scratch.commit_lock(if n == 1 { 4 } else { 50 + n });
    }
    assert_eq!(scratch.same_log(&[]).len(), 8);
    let states: Vec<_> =
        scratch.flakehist(["log", "--json"]).entries().iter().map(|e| e["state"].clone()).collect();
    assert_eq!(states, ["ok", "deleted", "ok", "deleted", "ok", "deleted", "ok", "ok"]);
    same_in_every_way(&scratch);
}

#[test]
fn a_change_of_mode_is_a_change() {
    let scratch = forked();
    scratch.git(["update-index", "--chmod=+x", "flake.lock"]);
    scratch.git(["commit", "--quiet", "--message", "executable"]);
    scratch.git(["checkout", "--quiet", "-f", "HEAD"]);
    merge_as(&scratch, &["side"], || {});
    assert_eq!(scratch.same_log(&[]).len(), 3);
    same_in_every_way(&scratch);
}

#[test]
fn two_histories_without_a_common_root_are_joined() {
    let scratch = forked();
    scratch.git(["checkout", "--quiet", "--orphan", "alone"]);
    scratch.at(day(1)).commit_lock(60);
    scratch.commit_lock(61);
    scratch.git(["checkout", "--quiet", "main"]);
    scratch.at(day(20));
    scratch.git(["merge", "--quiet", "--allow-unrelated-histories", "-s", "ours", "-m", "joined", "alone"]);
    same_in_every_way(&scratch);
    scratch.git(["checkout", "--quiet", "--orphan", "empty"]);
    scratch.git(["rm", "--quiet", "-rf", "."]);
    scratch.commit("a root without a lock");
    scratch.git(["merge", "--quiet", "--allow-unrelated-histories", "-m", "joined again", "main"]);
    same_in_every_way(&scratch);
}

#[test]
fn clocks_that_were_wrong_do_not_change_what_is_listed() {
    const DATES: [i64; 14] = [9, 400, 1, 12, 12, 3, 300, 2, 15, 14, 13, 16, 1, 18];
    let scratch = Scratch::new();
    let date = |n: i64| if n == 1 { 0 } else { day(n) };
    scratch.at(day(10)).commit_lock(1);
    scratch.git(["branch", "side"]);
    for (n, pair) in DATES.chunks(2).enumerate() {
        for (branch, when) in ["main", "side"].iter().zip(pair) {
            scratch.git(["checkout", "--quiet", branch]);
            scratch.at(date(*when)).commit_lock(10 * (n as u64 + 1) + *when as u64 % 3);
        }
        scratch.git(["checkout", "--quiet", "main"]);
        merge_as(&scratch, &["side"], || {});
    }
    same_in_every_way(&scratch);
}

#[test]
fn commits_of_the_same_second_come_in_the_order_git_finds_them() {
    let scratch = Scratch::new();
    scratch.at(day(5)).commit_lock(1);
    for n in 1..5 {
        scratch.git(["checkout", "--quiet", "-b", &format!("arm{n}"), "main"]);
        for m in 0..3 {
            scratch.at(day(5)).commit_lock(10 * n + m);
        }
    }
    scratch.git(["checkout", "--quiet", "main"]);
    scratch.at(day(5));
    merge_as(&scratch, &["arm3", "arm1", "arm4", "arm2"], || write_lock(&scratch, 99));
    same_in_every_way(&scratch);
}

#[test]
fn dates_far_in_the_future_and_at_the_beginning_are_no_obstacle() {
    let scratch = Scratch::new();
    for (n, seconds) in [0, 4_102_444_800, 1, 1 << 33, day(9), 1 << 40, day(11), 0].into_iter().enumerate() {
        scratch.at(seconds).commit_lock(n as u64);
    }
    same_in_every_way(&scratch);
    scratch.same_log(&["--since", "2099-01-01"]);
    scratch.same_log(&["--until", "1990-01-01"]);
}
