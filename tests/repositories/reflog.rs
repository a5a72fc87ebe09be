//! `@{…}`: where a branch stood some time ago, by its reflog.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::support::Scratch;

const HOUR: i64 = 3600;

#[expect(clippy::disallowed_methods, reason = "git and libgit2 read the real clock for `@{yesterday}`")]
fn now() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap()
}

/// A lock change every six hours until now.
fn moving() -> Scratch {
    let scratch = Scratch::new();
    let now = now();
    for n in 1..=20 {
        scratch.at(now - (21 - n) * 6 * HOUR).commit_lock(n as u64);
    }
    scratch
}

fn same_as_git(scratch: &Scratch, target: &str) {
    let git = scratch.git(["-c", "alias.at=!unset GIT_TEST_DATE_NOW; git rev-parse", "at", target]);
    let shown = scratch.flakehist(["show", "--json", target]).success();
    assert_eq!(shown.json()["commit"], git, "{target}");
}

#[test]
fn a_time_ago_is_looked_up_in_the_reflog() {
    let scratch = moving();
    for target in [
        "@{yesterday}",
        "main@{yesterday}",
        "HEAD@{yesterday}",
        "@{1 day ago}",
        "@{2.days.ago}",
        "main@{13 hours ago}",
        "@{3 days ago}~1",
        "@{0}",
        "@{7}",
        "main@{2}^",
    ] {
        same_as_git(&scratch, target);
    }
}

#[test]
fn a_moment_is_looked_up_in_the_users_zone() {
    let scratch = moving();
    for zone in ["UTC0", "<+0900>-9", "EST5EDT"] {
        scratch.zone(zone);
        for hours in [1, 9, 20, 40] {
            let moment = now() - hours * HOUR;
            let text = scratch.git(["log", "-1", "--format=%cd", "--date=format-local:%Y-%m-%d %H:%M:%S"]);
            assert_eq!(text.len(), 19);
            same_as_git(&scratch, &format!("main@{{{text}}}"));
            same_as_git(&scratch, &format!("main@{{@{moment}}}"));
        }
    }
}

#[test]
fn checkouts_are_counted_back() {
    let scratch = moving();
    for branch in ["one", "two", "three"] {
        scratch.git(["checkout", "--quiet", "-b", branch]);
        scratch.commit_lock(100);
    }
    for target in ["@{-1}", "@{-2}", "@{-3}", "@{-1}~1"] {
        same_as_git(&scratch, target);
    }
    scratch.same_log(&["@{-2}..@{-1}"]);
}
