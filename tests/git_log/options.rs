//! One option at a time, and several at once, on a history with merges.

use crate::support::{Scratch, day};

/// Half a year of a configuration: updates by a bot on a branch, merged now and then; a revert; commits that leave the
/// lock alone.
pub(crate) fn ordinary() -> Scratch {
    let scratch = Scratch::new();
    let mut number = 0;
    for month in 0..6 {
        scratch.at(day(1 + 30 * month));
        number += 1;
        scratch.commit_lock(number);
        scratch.write("machine.nix", format!("{month}"));
        scratch.commit("only the machine");
        scratch.git(["checkout", "--quiet", "-B", "bot"]);
        number += 1;
        scratch.commit_lock(number);
        scratch.git(["checkout", "--quiet", "main"]);
        scratch.write("machine.nix", format!("{month} again"));
        scratch.commit("the machine again");
        if month % 3 == 1 {
            scratch.commit_lock(number - 1);
            scratch.git(["merge", "--quiet", "--strategy=ours", "--message", "bot, but ours", "bot"]);
        } else {
            scratch.git(["merge", "--quiet", "--no-ff", "--message", "bot", "bot"]);
        }
    }
    scratch
}

#[test]
fn each_option_alone_lists_what_git_lists() {
    let scratch = ordinary();
    let all = scratch.same_log(&[]).len();
    assert!(all > 7, "the history is too small to tell anything: {all}");
    for args in [
        &["-n", "3"][..],
        &["-5"],
        &["-n0"],
        &["-n", "100"],
        &["--max-count", "2"],
        &["--max-count=2"],
        &["--reverse"],
        &["--first-parent"],
        &["--all"],
        &["--since", "2023-03-01"],
        &["--since=2023-03-01"],
        &["--until", "2023-03-01"],
        &["--after", "2023-03-01"],
        &["--before", "2023-03-01"],
        &["--author", "Ada"],
        &["--author", "Nobody"],
    ] {
        let listed = scratch.same_log(args).len();
        assert!(
            listed < all || args.len() == 1 || args[1] == "100" || args[1] == "Ada",
            "{args:?}: {listed}"
        );
    }
}

#[test]
fn several_options_together_list_what_git_lists() {
    let scratch = ordinary();
    for args in [
        &["--reverse", "-n", "3"][..],
        &["--reverse", "-3", "--first-parent"],
        &["--since", "2023-02-01", "--until", "2023-05-01"],
        &["--since", "2023-02-01", "--until", "2023-05-01", "--reverse", "--all"],
        &["--until", "2023-05-01", "-1"],
        &["--first-parent", "--until", "2023-05-01", "-n", "2", "--author", "ada@"],
        &["HEAD~6..", "--since", "2023-05-01"],
        &["HEAD~6..HEAD~1", "--first-parent", "--reverse", "-2"],
        &["--all", "^HEAD~5", "--reverse"],
        &["bot", "--first-parent", "^main~4", "-n", "4"],
    ] {
        scratch.same_log(args);
    }
}

#[test]
fn the_last_of_two_dates_or_counts_wins_as_in_git() {
    let scratch = ordinary();
    scratch.same_log(&["-n", "5", "-n", "2"]);
    scratch.same_log(&["-n", "2", "-5"]);
    scratch.same_log(&["--since", "2023-02-01", "--since", "2023-05-01"]);
    scratch.same_log(&["--until", "2023-05-01", "--until", "2023-02-01"]);
}

#[test]
fn a_negative_count_means_all_as_in_git() {
    let scratch = ordinary();
    scratch.same_log(&["-n-1"]);
    scratch.same_log(&["--max-count=-1"]);
}

#[test]
fn date_author_and_subject_are_what_git_prints() {
    let scratch = ordinary();
    scratch.write("flake.lock", "{}\n");
    scratch.git([
        "commit",
        "--quiet",
        "--all",
        "--date",
        "2023-12-24T18:00:00+0530",
        "--message",
        " a\nb \n\nbody",
    ]);
    let format = "--format=%H|%cI|%an|%s";
    let git = scratch.git(["log", format, "--", "flake.lock"]);
    let ours = scratch.flakehist(["log", "--json"]).success().entries();
    let text = |entry: &serde_json::Value, key: &str| entry[key].as_str().unwrap_or("?").to_owned();
    let ours: Vec<String> = ours
        .iter()
        .map(|e| ["commit", "date", "author", "subject"].map(|key| text(e, key)).join("|"))
        .collect();
    assert_eq!(ours, git.lines().map(|line| line.replace("+00:00", "Z")).collect::<Vec<_>>());
}

#[test]
fn every_form_of_output_has_the_same_commits() {
    let scratch = ordinary();
    let ids = scratch.listed_by_git(scratch.folder(), &[], "flake.lock");
    let short: Vec<&str> = ids.iter().map(|id| id.split_at(7).0).collect();
    let first_words = |args: &[&str], skipped: usize| -> Vec<String> {
        let outcome = scratch.flakehist(args).success();
        let lines = outcome.out().lines().filter(|line| !line.is_empty() && !line.starts_with(' '));
        lines.skip(skipped).map(|line| line.split(' ').next().unwrap().to_owned()).collect()
    };
    assert_eq!(first_words(&["log", "--oneline"], 0), short);
    assert_eq!(first_words(&["log", "-p"], 0), short);
    assert_eq!(first_words(&["log"], 1), short);
}

#[test]
fn each_reverse_turns_the_order_around_as_in_git() {
    let scratch = ordinary();
    assert_eq!(scratch.same_log(&["--reverse", "--reverse"]), scratch.same_log(&[]));
    scratch.same_log(&["--reverse", "-n3", "--reverse", "--reverse"]);
}
