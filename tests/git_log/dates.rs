//! `--since` and `--until`: the dates people write, in several zones, on a fixed day.

use crate::support::{NOW, Scratch, day};

/// A commit every five hours and a bit over the three weeks before [`NOW`], and one every month before that.
fn dense() -> Scratch {
    let scratch = Scratch::new();
    let mut stream = String::new();
    let monthly = (0..30).map(|n| NOW - 86_400 * 30 * (31 - n));
    let hourly = (0..90).map(|n| NOW - 18_500 * (90 - n));
    for (n, seconds) in monthly.chain(hourly).enumerate() {
        stream.push_str(&format!(
            "commit refs/heads/main\ncommitter A <a@b> {seconds} +0000\ndata 1\nx\n\
             M 644 inline flake.lock\ndata 3\n{n:03}\n"
        ));
    }
    scratch.feed_git(scratch.folder(), ["fast-import", "--quiet"], stream.as_bytes()).success();
    scratch
}

const DATES: &[&str] = &[
    "2023-11-01",
    "2023-11-01 12:00",
    "2023-11-01 12:00:00 +0200",
    "2023-11-01T12:00:00Z",
    "2023-11-01T12:00:00-08:00",
    "2023/11/01",
    "1 Nov 2023",
    "Nov 1 2023",
    "Wed, 1 Nov 2023 12:00:00 +0100",
    "yesterday",
    "noon yesterday",
    "2 weeks ago",
    "2.weeks.ago",
    "36 hours ago",
    "3 days",
    "1 month ago",
    "1 year ago",
    "last friday",
    "last week",
    "last monday",
    "tea",
    "10:00",
    "midnight",
    "now",
    "@1699000000",
    "1699000000",
    "@1699000000 +0000",
];

#[test]
fn dates_people_write_mean_what_they_mean_to_git() {
    let scratch = dense();
    for date in DATES {
        let since = scratch.same_log(&["--since", date]).len();
        let until = scratch.same_log(&["--until", date]).len();
        assert_eq!(since + until, 120, "{date} lies between two commits");
    }
}

#[test]
fn dates_without_a_zone_are_in_the_users() {
    let scratch = dense();
    for zone in ["<+1345>-13:45", "PST8PDT", "Europe/Berlin", "CET-1CEST,M3.5.0,M10.5.0/3"] {
        scratch.zone(zone);
        for date in
            ["2023-11-01", "2023-10-29 02:30", "yesterday", "noon", "3 days ago", "2023-11-01T12:00:00Z"]
        {
            scratch.same_log(&["--since", date]);
            scratch.same_log(&["--until", date]);
        }
    }
}

#[test]
fn both_ends_are_part_of_what_is_listed() {
    let scratch = dense();
    let exact = format!("@{}", NOW - 18_500);
    assert_eq!(scratch.same_log(&["--since", &exact]).len(), 1);
    assert_eq!(scratch.same_log(&["--since", &exact, "--until", &exact]).len(), 1);
    assert_eq!(scratch.same_log(&["--until", &exact]).len(), 120);
}

#[test]
fn a_date_before_1970_is_the_beginning_or_nothing() {
    let scratch = dense();
    let all = scratch.flakehist(["log", "--json", "--since", "1969-12-31 10:00 +0000"]).success();
    assert!(!all.commits().is_empty());
}

#[test]
fn since_stops_at_the_first_old_commit_even_if_younger_ones_hide_behind_it() {
    let scratch = Scratch::new();
    for (seconds, n) in [(day(50), 1), (day(60), 2), (day(10), 3), (day(70), 4), (day(80), 5)] {
        scratch.at(seconds).commit_lock(n);
    }
    let since = format!("@{}", day(40));
    assert_eq!(scratch.same_log(&["--since", &since]).len(), 2);
    scratch.same_log(&["--since", &since, "HEAD~3.."]);
    scratch.same_log(&["--until", &since]);
    scratch.same_log(&["--until", &since, "HEAD~4..HEAD"]);
}

#[test]
fn what_is_no_date_is_refused() {
    let scratch = dense();
    // git silently takes all of these for the present.
    for date in ["rubbish", "", "monday", "tomorrow"] {
        scratch.flakehist(["log", "--since", date]).failure(2, &format!("`{date}` is no date"));
        scratch.flakehist(["log", "--until", date]).failure(2, &format!("`{date}` is no date"));
    }
}
