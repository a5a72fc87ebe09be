//! Who owns what: root at work in somebody else's repository, and somebody in what is root's.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use super::place::{Place, installed, numbered, same, snapshot};
use super::support::{Outcome, program, skipped};

/// A user that this machine need not know.
const UID: u32 = 12_345;

/// A place whose repository belongs to the user; `None`, with a word, when we are not root.
fn of_a_user() -> Option<Place> {
    if std::fs::metadata("/proc/self").unwrap().uid() != 0 {
        skipped("only root can make files that belong to somebody else");
        return None;
    }
    let place = Place::with_history();
    give(&place.folder);
    // The folder all is in is closed to others at first; root's home stays so.
    std::fs::set_permissions(place.beside(""), PermissionsExt::from_mode(0o755)).unwrap();
    std::fs::set_permissions(place.scratch.home(), PermissionsExt::from_mode(0o700)).unwrap();
    Some(place)
}

fn give(path: &Path) {
    let mut chown = program("chown".as_ref());
    assert!(chown.args(["-hR", &format!("{UID}:{UID}")]).arg(path).status().unwrap().success());
}

/// As root by way of sudo.
fn by_sudo(place: &Place, args: &[&str]) -> Outcome {
    let id = UID.to_string();
    place.flakehist(args).env("SUDO_UID", &id).env("SUDO_GID", &id).env("SUDO_USER", "somebody").run()
}

/// As the user, with a home of the user's own.
fn as_user(place: &Place, args: &[&str]) -> Outcome {
    let home = place.beside("home-of-user");
    if !home.exists() {
        std::fs::create_dir(&home).unwrap();
        std::fs::copy(place.scratch.home().join(".gitconfig"), home.join(".gitconfig")).unwrap();
        give(&home);
    }
    // The program may lie where only root can read it.
    let own = place.beside("flakehist");
    if !own.exists() {
        // Copied by another process: what a test beside this one starts meanwhile would hold it open for writing, and
        // the system runs no such file.
        let mut cp = program("cp".as_ref());
        cp.arg(env!("CARGO_BIN_EXE_flakehist")).arg(&own);
        Outcome::of(cp, b"").success();
    }
    let id = UID.to_string();
    let wrapper = ["--reuid", &id, "--regid", &id, "--clear-groups", "--"];
    let line =
        ["-c", "shift; exec \"$0\" \"$@\""].map(str::to_owned).into_iter().chain([own.display().to_string()]);
    let flakehist = place.flakehist(args).env("HOME", &home).under(Path::new("/bin/sh"), line);
    flakehist.under(&installed("setpriv").unwrap(), wrapper).run()
}

/// Everything in the repository that does not belong to the user.
fn foreign(place: &Place) -> Vec<String> {
    let own = format!(" {UID}:{UID}");
    snapshot(&place.folder).into_iter().filter(|line| !line.contains(&own)).collect()
}

fn keep_untracked(place: &Place) {
    place.git(["-c", "safe.directory=*", "rm", "--quiet", "--cached", "flake.lock"]);
    give(&place.folder);
}

#[test]
fn what_root_writes_belongs_to_the_owner() {
    let Some(place) = of_a_user() else { return };
    place.tool("nixos-rebuild", "id -u >$root/rebuilt-by");
    by_sudo(&place, &["restore", "HEAD~2", "--yes"]).success();
    assert_eq!(place.lock(), numbered(1));
    assert_eq!(foreign(&place), [""; 0]);
    by_sudo(&place, &["undo", "--yes"]).success();
    assert_eq!(place.lock(), numbered(3));
    assert_eq!(foreign(&place), [""; 0]);
    let journal = by_sudo(&place, &["journal", "--json"]).success();
    assert_eq!(journal.json().as_array().unwrap().len(), 2);
    assert_eq!(foreign(&place), [""; 0]);
    // And the owner goes on by himself.
    as_user(&place, &["restore", "HEAD~1", "--yes", "--no-rebuild"]).success();
    as_user(&place, &["undo", "--yes", "--no-rebuild"]).success();
    as_user(&place, &["undo", "--yes", "--no-rebuild"]).failure(1, "");
}

#[test]
fn what_git_setup_writes_belongs_to_the_owner() {
    let Some(place) = of_a_user() else { return };
    let attributes = place.path(".git/info/attributes");
    by_sudo(&place, &["git-setup", "--yes"]).success();
    assert_eq!(std::fs::read_to_string(&attributes).unwrap(), "flake.lock diff=flake-lock\n");
    assert_eq!(foreign(&place), [""; 0]);
    as_user(&place, &["git-setup", "--remove", "--yes"]).success();
    assert!(!attributes.exists());
}

#[test]
fn a_lock_that_is_not_tracked_and_a_lock_that_is_not_there() {
    for missing in [false, true] {
        let Some(place) = of_a_user() else { return };
        keep_untracked(&place);
        if missing {
            std::fs::remove_file(place.path("flake.lock")).unwrap();
        }
        by_sudo(&place, &["restore", "HEAD~2", "--yes", "--no-rebuild"]).success();
        assert_eq!(place.lock(), numbered(1));
        assert_eq!(foreign(&place), [""; 0], "missing: {missing}");
    }
}

#[test]
fn the_owner_commits() {
    let Some(place) = of_a_user() else { return };
    std::fs::create_dir_all(place.path(".git/hooks")).unwrap();
    place.program(
        &place.path(".git/hooks/pre-commit"),
        "#!/bin/sh\nid -u >.git/hooked-by\nid -G >>.git/hooked-by\n",
    );
    let config = place.path(".git/config");
    let text = std::fs::read_to_string(&config).unwrap();
    std::fs::write(&config, text + "[user]\n\tname = Some Body\n\temail = some@example.org\n").unwrap();
    give(&place.folder);
    place.write("flake.lock", numbered(20));
    by_sudo(&place, &["restore", "HEAD~2", "--yes", "--no-rebuild", "--commit"]).success();
    assert_eq!(foreign(&place), [""; 0]);
    let by = std::fs::read_to_string(place.path(".git/hooked-by")).unwrap();
    assert_eq!(by, format!("{UID}\n{UID}\n"), "no right of root's reaches a hook");
    // And takes it back.
    place.tool("nixos-rebuild", "exit 1");
    by_sudo(&place, &["restore", "HEAD~1", "--yes", "--commit"]).failure(3, "");
    assert_eq!(place.lock(), numbered(1));
    assert_eq!(foreign(&place), [""; 0]);
}

#[test]
fn a_branch_that_cannot_be_committed_to_is_found_before_anything_is_written() {
    let Some(place) = of_a_user() else { return };
    let config = place.path(".git/config");
    let text = std::fs::read_to_string(&config).unwrap();
    std::fs::write(&config, text + "[user]\n\tname = Some Body\n\temail = some@example.org\n").unwrap();
    give(&place.folder);
    for closed in [".git/refs/heads", ".git/logs"] {
        std::os::unix::fs::chown(place.path(closed), Some(0), Some(0)).unwrap();
        let before = place.snapshot();
        let outcome = as_user(&place, &["restore", "HEAD~1", "--yes", "--no-rebuild", "--commit"])
            .failure(1, "cannot be written; it belongs to root");
        assert!(outcome.err().contains("sudo chown -R"), "{outcome}");
        assert!(outcome.out().is_empty(), "{outcome}");
        same(&before, &place.snapshot(), &closed);
        as_user(&place, &["restore", "HEAD~1", "--yes", "--no-rebuild"]).success();
        as_user(&place, &["undo", "--yes", "--no-rebuild"]).success();
        give(&place.folder);
    }
    as_user(&place, &["restore", "HEAD~1", "--yes", "--no-rebuild", "--commit"]).success();
}

#[test]
fn git_s_rule_on_ownership_is_explained() {
    let Some(place) = of_a_user() else { return };
    let before = place.snapshot();
    for id in [None, Some("0")] {
        let flakehist = place.flakehist(["restore", "HEAD~2", "--yes", "--no-rebuild"]);
        let flakehist = match id {
            Some(id) => flakehist.env("SUDO_UID", id).env("SUDO_GID", id),
            None => flakehist,
        };
        let outcome = flakehist.run();
        assert_eq!(outcome.status, Some(1), "{outcome}");
        let said = outcome.err();
        assert!(
            said.contains("own") && (said.contains("sudo") || said.contains("safe.directory")),
            "{outcome}"
        );
        same(&before, &place.snapshot(), &outcome);
    }
}

#[test]
fn who_may_not_write_changes_nothing() {
    // Nothing of it, only the folder of the lock, only git's, only its objects, only its refs.
    for closed in ["all", "", ".git", ".git/objects", ".git/refs"] {
        let Some(place) = of_a_user() else { return };
        as_user(&place, &["log"]).success();
        if closed == "all" {
            let mut chown = program("chown".as_ref());
            assert!(chown.args(["-hR", "0:0"]).arg(&place.folder).status().unwrap().success());
            let config = place.beside("home-of-user/.gitconfig");
            let text = std::fs::read_to_string(&config).unwrap();
            std::fs::write(config, text + "[safe]\n\tdirectory = *\n").unwrap();
        } else {
            let mut chmod = program("chmod".as_ref());
            assert!(chmod.args(["-R", "a-w"]).arg(place.path(closed)).status().unwrap().success());
            if closed.is_empty() {
                // git's own can be written.
                let mut chmod = program("chmod".as_ref());
                assert!(chmod.args(["-R", "u+w"]).arg(place.path(".git")).status().unwrap().success());
            }
        }
        let before = place.lock();
        let outcome = as_user(&place, &["restore", "HEAD~2", "--yes", "--no-rebuild"]);
        assert!(matches!(outcome.status, Some(1 | 3)), "{closed}: {outcome}");
        assert_eq!(place.lock(), before, "{closed}: {outcome}");
        assert!(
            outcome.err().contains("ermission denied") || outcome.err().contains("cannot"),
            "{closed}: {outcome}"
        );
        assert_eq!(std::fs::read_dir(&place.folder).unwrap().count(), 3, "{closed}: {outcome}");
        // Once it can be written, it is.
        give(&place.folder);
        let mut chmod = program("chmod".as_ref());
        assert!(chmod.args(["-R", "u+w"]).arg(&place.folder).status().unwrap().success());
        as_user(&place, &["restore", "HEAD~2", "--yes", "--no-rebuild"]).success();
        assert_eq!(place.lock(), numbered(1), "{closed}");
    }
}

#[test]
fn what_root_has_left_in_git_s_folder_is_given_back() {
    for left in [".git/refs/flakehist/journal", ".git/objects/00", ".git/flakehist.lock"] {
        let Some(place) = of_a_user() else { return };
        if left.ends_with("lock") {
            std::fs::write(place.path(left), "").unwrap();
        } else {
            std::fs::create_dir_all(place.path(left)).unwrap();
        }
        if left.contains("objects") {
            // Whatever an object's name begins with.
            (0..256)
                .for_each(|n| std::fs::create_dir_all(place.path(format!(".git/objects/{n:02x}"))).unwrap());
            let mut chown = program("chown".as_ref());
            assert!(chown.args(["-R", "0:0"]).arg(place.path(".git/objects")).status().unwrap().success());
        }
        let outcome = as_user(&place, &["restore", "HEAD~2", "--yes", "--no-rebuild"])
            .failure(1, left.trim_end_matches("/journal").trim_end_matches("/00"));
        let told = format!("`sudo chown -R {UID} {}`", place.path(".git").display());
        assert!(outcome.err().contains(&told), "{left}: {outcome}");
        assert!(!outcome.err().contains("disk is not full"), "{left}: {outcome}");
        assert_eq!(place.lock(), numbered(3), "{left}: {outcome}");
    }
}

#[test]
fn a_user_needs_elevation_for_what_is_roots() {
    let Some(place) = of_a_user() else { return };
    place.tool("sudo", "exec \"$@\"");
    std::fs::write(place.beside("calls"), "").unwrap();
    std::fs::write(place.beside("built"), "").unwrap();
    for file in ["calls", "built"] {
        give(&place.beside(file));
    }
    as_user(&place, &["restore", "HEAD~2", "--yes"]).success();
    let call = place.calls().pop().unwrap();
    assert!(call.starts_with("nixos-rebuild ") && call.contains("--use-remote-sudo"), "{call}");
}
