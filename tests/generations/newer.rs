//! What only a newer Nix does: it names dirty trees, and calls a tree clean whose lock it changes during the build.

use super::site::Site;

/// As configurations do who follow the advice of nixpkgs and nix-darwin.
const STAMPED: &str = "revision = self.rev or self.dirtyRev or null; pins = { inherit nixpkgs extra; };";

#[test]
fn a_dirty_tree_is_named_by_its_base() {
    let Some(site) = Site::with_nix((2, 17)) else { return };
    let base = site.state(STAMPED, 0, 0, "2025-06-02T12:00:00Z");
    site.switch("2025-06-02T12:05:00Z");
    let row = site.row(1);
    assert!(row["commit"] == base && row["dirty"] == false && row["confidence"] == "exact", "{row}");
    // The lock alone is changed, as by `nix flake update`.
    site.lock(1, 0);
    site.switch("2025-09-11T08:00:00Z");
    let lock_id = site.git(&["hash-object", "flake.lock"]);
    let row = site.row(2);
    assert_eq!(row["configurationRevision"], format!("{base}-dirty"));
    assert!(row["commit"] == base && row["dirty"] == true && row["lock"].is_null(), "{row}");
    assert!(row["lockId"] == lock_id && row["confidence"] == "lock exact", "{row}");
    let later = site.commit("2025-09-12T09:00:00Z", "update");
    assert_eq!(site.row(2)["lock"], later);
    // Something else is changed: the lock is the base's.
    site.write("README", "x\n");
    site.git(&["add", "README"]);
    site.switch("2025-09-13T08:00:00Z");
    let row = site.row(3);
    assert!(row["commit"] == later && row["dirty"] == true && row["lock"] == later, "{row}");
}

#[test]
fn a_clean_commit_is_not_believed_when_nix_locked_anew_during_the_build() {
    let Some(site) = Site::with_nix((2, 26)) else { return };
    let first = site.state(STAMPED, 0, 0, "2025-06-02T12:00:00Z");
    site.runs("current-system", site.build(&[]));
    // flake.nix asks for another nixpkgs than the lock has, and is committed without it: Nix mends that as it builds.
    let of_lock = std::fs::read_to_string(site.path("config/flake.lock")).unwrap();
    let text = std::fs::read_to_string(site.path("config/flake.nix")).unwrap();
    let pinned = format!("nixpkgs?ref=main&rev={}\"", site.nixpkgs[1]);
    site.write("flake.nix", &text.replace("nixpkgs?ref=main\"", &pinned));
    let clean = site.commit("2025-09-11T08:00:00Z", "another nixpkgs");
    site.switch("2025-09-11T08:05:00Z");
    assert_ne!(
        std::fs::read_to_string(site.path("config/flake.lock")).unwrap(),
        of_lock,
        "it was locked anew"
    );
    let lock_id = site.git(&["hash-object", "flake.lock"]);
    let row = site.row(1);
    assert_eq!(row["configurationRevision"], clean, "the tree was clean before");
    assert!(row["commit"] == clean && row["dirty"] == false, "{row}");
    assert!(row["confidence"] == "contradiction" && row["lockId"] == lock_id, "{row}");
    // With the lock committed it is that one; thrown away, none.
    site.git(&["stash", "--quiet"]);
    let row = site.row(1);
    assert!(row["lockId"] == lock_id && row["lock"] != first, "in the stash: {row}");
    site.git(&["stash", "drop", "--quiet"]);
    let row = site.row(1);
    assert!(row["confidence"] == "contradiction" && row["lockId"].is_null(), "{row}");
}

#[test]
fn a_lock_that_git_does_not_track_is_made_anew_and_the_commit_called_clean() {
    let Some(site) = Site::with_nix((2, 26)) else { return };
    site.configure(STAMPED);
    site.lock(0, 0);
    site.git(&["rm", "--quiet", "--cached", "flake.lock"]);
    site.git_at("2025-05-02T00:00:00Z", &["commit", "--quiet", "--message", "flake, without its lock"]);
    let commit = site.git(&["rev-parse", "HEAD"]);
    let status = site.run(&["status", "--json"]).json();
    assert!(status["now"]["takes"] == "anew" && status["state"] == "untracked", "{status}");
    site.switch("2025-12-06T00:00:00Z");
    let row = site.row(1);
    assert!(row["configurationRevision"] == commit && row["commit"] == commit, "{row}");
    let lock_id = site.git(&["hash-object", "flake.lock"]);
    assert!(row["lockId"] == lock_id && row["lock"].is_null(), "{row}");
    assert_eq!(row["confidence"], "lock exact", "{row}");
}
