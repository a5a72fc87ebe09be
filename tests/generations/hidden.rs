//! Locks that are not in HEAD's past: on other branches, in reflogs, in the stash, staged, on disk only.

use super::site::Site;

const ALL: &str = "pins = { inherit nixpkgs extra; }; revision = null;";

/// A first commit, and a generation built with another lock, which the caller then puts somewhere.
fn built_with_another_lock() -> Option<(Site, String, String)> {
    let site = Site::new()?;
    let first = site.state(ALL, 0, 0, "2025-06-02T12:00:00Z");
    site.lock(1, 1);
    site.switch("2025-10-02T00:00:00Z");
    let lock_id = site.git(&["hash-object", "flake.lock"]);
    Some((site, first, lock_id))
}

#[track_caller]
fn assert_found(site: &Site, lock_id: &str, lock: Option<&str>) {
    let row = site.row(1);
    assert_eq!(row["confidence"], "lock exact", "{row}");
    assert_eq!(row["lockId"], lock_id, "{row}");
    assert_eq!(row["lock"].as_str(), lock, "{row}");
    // Wherever the lock is, the generation has its place in the log.
    for reverse in [&[][..], &["--reverse"]] {
        let (entries, apart) = site.log_numbers(reverse);
        let numbers: Vec<u64> = entries.into_iter().flatten().chain(apart).collect();
        assert_eq!(numbers, [1], "{}", site.run(&["log"]).out);
    }
    let log = site.run(&["log"]).good();
    assert!(log.contains(" 1●  ") || log.contains("gen 1:"), "{log}");
}

#[test]
fn on_another_branch() {
    let Some((site, _, lock_id)) = built_with_another_lock() else { return };
    site.git(&["checkout", "--quiet", "-b", "update"]);
    let commit = site.commit("2025-10-03T00:00:00Z", "update");
    site.git(&["checkout", "--quiet", "main"]);
    assert_found(&site, &lock_id, Some(&commit));
    assert_eq!(site.log_numbers(&["--all"]).0, [vec![1], vec![]]);
}

#[test]
fn on_a_remote_branch_and_a_tag() {
    let Some((site, first, lock_id)) = built_with_another_lock() else { return };
    let commit = site.commit("2025-10-03T00:00:00Z", "update");
    site.git(&["update-ref", "refs/remotes/origin/main", &commit]);
    site.git(&["reset", "--quiet", "--hard", &first]);
    site.git(&["reflog", "expire", "--expire=now", "--all"]);
    assert_found(&site, &lock_id, Some(&commit));
    site.git(&["tag", "--annotate", "--message", "x", "good", &commit]);
    site.git(&["update-ref", "-d", "refs/remotes/origin/main"]);
    assert_found(&site, &lock_id, Some(&commit));
}

#[test]
fn only_in_the_reflog() {
    let Some((site, first, lock_id)) = built_with_another_lock() else { return };
    let commit = site.commit("2025-10-03T00:00:00Z", "update");
    site.git(&["reset", "--quiet", "--hard", &first]);
    assert_found(&site, &lock_id, Some(&commit));
    site.git(&["reflog", "expire", "--expire=now", "--all"]);
    let row = site.row(1);
    assert!(row["confidence"] == "none" && row["lockId"].is_null(), "{row}");
    assert_eq!(site.log_numbers(&[]), (vec![vec![]], vec![]), "no generation is this repository's");
}

#[test]
fn only_in_the_reflog_of_another_worktree() {
    let Some((site, first, lock_id)) = built_with_another_lock() else { return };
    let lock = std::fs::read(site.path("config/flake.lock")).unwrap();
    site.git(&["checkout", "--quiet", "--force", "HEAD"]);
    site.git(&["worktree", "add", "--quiet", "--detach", "../other"]);
    std::fs::write(site.path("other/flake.lock"), lock).unwrap();
    site.git_at("2025-10-03T00:00:00Z", &["-C", "../other", "commit", "--quiet", "--all", "--message", "x"]);
    let commit = site.git(&["-C", "../other", "rev-parse", "HEAD"]);
    site.git(&["-C", "../other", "reset", "--quiet", "--hard", &first]);
    assert_found(&site, &lock_id, Some(&commit));
    // And of the main one, seen from there.
    site.git(&["worktree", "remove", "--force", "../other"]);
    site.git(&["checkout", "--quiet", "--detach", &commit]);
    site.git(&["checkout", "--quiet", "main"]);
    site.git(&["worktree", "add", "--quiet", "--detach", "../third"]);
    let folder = site.path("third");
    let rows = site.run(&["-C", folder.to_str().unwrap(), "generations", "--json"]).json();
    assert!(rows[0]["lock"] == commit && rows[0]["confidence"] == "lock exact", "{rows}");
}

#[test]
fn only_in_the_stash() {
    let Some((site, _, lock_id)) = built_with_another_lock() else { return };
    site.git(&["stash", "--quiet"]);
    // A stash below the newest is in the stash's reflog alone.
    site.write("README", "more\n");
    site.git(&["add", "README"]);
    site.git(&["stash", "--quiet"]);
    let commit = site.git(&["rev-parse", "stash@{1}"]);
    let row = site.row(1);
    let index_of_it = site.git(&["rev-parse", "stash@{1}^2"]);
    let lock = row["lock"].as_str().unwrap().to_owned();
    assert!([commit, index_of_it].contains(&lock), "{row}");
    assert_found(&site, &lock_id, Some(&lock));
}

#[test]
fn only_in_the_working_tree() {
    let Some((site, _, lock_id)) = built_with_another_lock() else { return };
    assert_found(&site, &lock_id, None);
    assert_eq!(site.log_numbers(&[]).0, [vec![1], vec![]], "the worktree's entry bears it");
    let table = site.run(&["generations"]).good();
    assert!(table.contains("uncommitted"), "{table}");
}

#[test]
fn only_in_the_index() {
    let Some((site, _, lock_id)) = built_with_another_lock() else { return };
    site.git(&["add", "flake.lock"]);
    site.lock(2, 0);
    site.git(&["reset", "--quiet", "flake.lock"]);
    site.git(&["update-index", "--cacheinfo", &format!("100644,{lock_id},flake.lock")]);
    assert_found(&site, &lock_id, None);
}

#[test]
fn in_a_commit_that_nothing_names_any_more() {
    let Some(site) = Site::new() else { return };
    let first = site.state("pins = { inherit nixpkgs extra; };", 0, 0, "2025-06-02T12:00:00Z");
    let gone = site.state("pins = { inherit nixpkgs extra; }; salt = \"1\";", 1, 1, "2025-10-01T00:00:00Z");
    site.switch("2025-10-02T00:00:00Z");
    site.git(&["reset", "--quiet", "--hard", &first]);
    site.git(&["reflog", "expire", "--expire=now", "--all"]);
    // The generation names the commit, which is still there until git collects it, and its lock with it.
    let row = site.row(1);
    assert_eq!(row["commit"], gone, "{row}");
    assert_eq!(row["confidence"], "exact", "{row}");
    assert_eq!(row["lockId"], site.lock_id(&gone), "{row}");
}

#[test]
fn only_kept_by_a_restore() {
    let Some((site, _, lock_id)) = built_with_another_lock() else { return };
    let restored = site.run(&["restore", "HEAD", "--no-rebuild", "--yes"]).good();
    assert!(restored.contains("Restore flake.lock to "), "{restored}");
    assert_ne!(site.git(&["hash-object", "flake.lock"]), lock_id);
    assert_found(&site, &lock_id, None);
    // And from there it can be had again, whoever holds it.
    site.run(&["restore", "gen:1", "--no-rebuild", "--yes"]).good();
    assert_eq!(site.git(&["hash-object", "flake.lock"]), lock_id);
}
