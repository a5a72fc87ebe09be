//! Ids that several objects begin with.

use std::collections::BTreeMap;

use crate::support::Scratch;

/// So many commits, each with a lock of its own, that some ids share their first four digits.
fn crowded() -> (Scratch, BTreeMap<String, Vec<(String, String)>>) {
    let scratch = Scratch::new();
    let mut stream = String::new();
    for n in 0..800 {
        stream.push_str(&format!(
            "commit refs/heads/main\ncommitter A <a@b> {n} +0000\ndata 1\nx\nM 644 inline flake.lock\ndata 3\n{n:03}\n"
        ));
    }
    scratch.feed_git(scratch.folder(), ["fast-import", "--quiet"], stream.as_bytes()).success();
    let objects =
        scratch.git(["cat-file", "--batch-all-objects", "--batch-check=%(objecttype) %(objectname)"]);
    let mut by_prefix: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    for (kind, id) in objects.lines().map(|line| line.split_once(' ').unwrap()) {
        by_prefix.entry(id.split_at(4).0.to_owned()).or_default().push((kind.to_owned(), id.to_owned()));
    }
    (scratch, by_prefix)
}

#[test]
fn an_ambiguous_id_is_the_only_commit_it_can_be_or_refused() {
    let (scratch, by_prefix) = crowded();
    let (mut only_commit, mut two_commits, mut no_commit) = (0, 0, 0);
    let enough = 4;
    for (prefix, objects) in by_prefix.iter().filter(|(_, objects)| objects.len() > 1) {
        let commits: Vec<&String> =
            objects.iter().filter(|(kind, _)| kind == "commit").map(|(_, id)| id).collect();
        let shown = || scratch.flakehist(["show", "--json", prefix]);
        match commits.as_slice() {
            [only] if only_commit < enough => {
                assert_eq!(shown().success().json()["commit"], **only, "{prefix}");
                assert_eq!(scratch.same_log(&["-n", "1", prefix])[0], **only);
                only_commit += 1;
            }
            [] if no_commit < enough => {
                shown().failure(1, prefix);
                no_commit += 1;
            }
            [_, _, ..] if two_commits < enough => {
                shown().failure(1, "begins the id of several commits");
                two_commits += 1;
            }
            _ => {}
        }
    }
    assert!(only_commit > 0 && two_commits > 0 && no_commit > 0, "{only_commit}, {two_commits}, {no_commit}");
}

#[test]
fn a_branch_that_looks_like_an_id_is_a_branch() {
    let (scratch, by_prefix) = crowded();
    let id = by_prefix.values().flatten().find(|(kind, _)| kind == "commit").unwrap().1.clone();
    let prefix = id.split_at(7).0;
    scratch.git(["update-ref", &format!("refs/heads/{prefix}"), "main~5"]);
    let shown = scratch.flakehist(["show", "--json", prefix]).success();
    assert_eq!(shown.json()["commit"], scratch.git(["rev-parse", "main~5"]));
}
