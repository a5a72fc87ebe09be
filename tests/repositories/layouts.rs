//! Where a repository and its working tree lie: linked worktrees, submodules, bare repositories, `GIT_DIR`.

use crate::support::{Scratch, lock};

/// Three commits that changed the lock.
fn three() -> Scratch {
    let scratch = Scratch::new();
    for n in 1..=3 {
        scratch.commit_lock(n);
    }
    scratch
}

#[test]
fn a_linked_worktree_has_its_own_head_and_working_tree() {
    let scratch = three();
    scratch.git(["worktree", "add", "--quiet", "-b", "other", "../linked", "HEAD~1"]);
    let linked = scratch.beside("linked");
    std::fs::write(linked.join("flake.lock"), lock(&[("nixpkgs", 50)])).unwrap();
    scratch.git_in(&linked, ["commit", "--quiet", "--all", "--message", "in the linked one"]);
    std::fs::write(linked.join("flake.lock"), lock(&[("nixpkgs", 51)])).unwrap();

    assert_eq!(scratch.same_log_in(&linked, &[], "flake.lock").len(), 3);
    assert_eq!(scratch.same_log(&[]).len(), 3);
    let there = scratch.flakehist_in(&linked).args(["log", "--json"]).run().success();
    assert_eq!(there.uncommitted(), ["worktree ok"]);
    let here = scratch.flakehist(["log", "--json"]).success();
    assert_eq!(here.uncommitted(), [""; 0]);
    scratch.same_log_in(&linked, &["main..other"], "flake.lock");
    scratch.same_log_in(&linked, &["HEAD", "^main"], "flake.lock");
}

#[test]
fn a_linked_worktree_of_a_bare_repository_works() {
    let scratch = three();
    scratch.git(["clone", "--quiet", "--bare", ".", "../bare.git"]);
    scratch.git_in(&scratch.beside("bare.git"), ["worktree", "add", "--quiet", "../linked", "main"]);
    let linked = scratch.beside("linked");
    std::fs::remove_file(linked.join("flake.lock")).unwrap();
    assert_eq!(scratch.same_log_in(&linked, &[], "flake.lock").len(), 3);
    let outcome = scratch.flakehist_in(&linked).args(["log", "--json"]).run().success();
    assert_eq!(outcome.uncommitted(), ["worktree deleted"]);
}

#[test]
fn a_flake_in_a_submodule_has_the_history_of_the_submodule() {
    let inner = three();
    let scratch = Scratch::new();
    scratch.commit_lock(7);
    let source = inner.folder().as_os_str();
    scratch.git(["submodule".as_ref(), "--quiet".as_ref(), "add".as_ref(), source, "sub".as_ref()]);
    scratch.commit("with a submodule");
    let sub = scratch.path("sub");
    assert_eq!(scratch.same_log_in(&sub, &[], "flake.lock").len(), 3);
    assert_eq!(scratch.same_log(&[]).len(), 1);

    let by_lock = scratch.flakehist(["log", "--json", "--lock", "sub/flake.lock"]).success();
    assert_eq!(by_lock.commits().len(), 3, "{by_lock}");
    let by_flake = scratch.flakehist(["log", "--json", "--flake", "./sub"]).success();
    assert_eq!(by_flake.commits().len(), 3, "{by_flake}");
    std::fs::write(sub.join("flake.lock"), "{}").unwrap();
    let dirty = scratch.flakehist_in(&sub).args(["log", "--json"]).run().success();
    assert_eq!(dirty.uncommitted(), ["worktree broken"]);
    assert_eq!(scratch.flakehist(["log", "--json"]).success().uncommitted(), [""; 0]);
}

#[test]
fn a_bare_repository_has_the_lock_at_its_root_unless_told_otherwise() {
    let scratch = three();
    scratch.write("nix/flake.lock", lock(&[("nixpkgs", 9)]));
    scratch.commit("another lock");
    scratch.git(["clone", "--quiet", "--bare", ".", "../bare.git"]);
    let bare = scratch.beside("bare.git");
    assert_eq!(scratch.same_log_in(&bare, &[], "flake.lock").len(), 3);
    assert_eq!(scratch.same_log_in(&bare, &[], "nix/flake.lock").len(), 1);

    let outcome = scratch.flakehist(["-C", "../bare.git", "log", "--json"]).success();
    assert_eq!((outcome.commits().len(), outcome.uncommitted().len()), (3, 0));
    let outcome = scratch.flakehist(["-C", "../bare.git/objects", "log", "--json"]).success();
    assert_eq!(outcome.commits().len(), 3, "from inside, as git");

    let head = scratch.git(["rev-parse", "HEAD"]);
    for target in [&[][..], &["HEAD"], &["worktree"]] {
        let shown = scratch.flakehist(["-C", "../bare.git", "show", "--json"].iter().chain(target)).success();
        assert_eq!(shown.json()["commit"], head, "{shown}");
    }
    scratch.flakehist(["-C", "../bare.git", "show", "index"]).failure(1, "a bare repository has no index");
}

#[test]
fn the_git_folder_of_a_working_tree_stands_for_the_repository() {
    let scratch = three();
    assert_eq!(scratch.flakehist(["-C", ".git", "log", "--json"]).success().commits().len(), 3);
    assert_eq!(scratch.flakehist(["-C", ".git/refs", "log", "--json"]).success().commits().len(), 3);
}

#[test]
fn a_detached_head_is_a_head() {
    let scratch = three();
    scratch.git(["checkout", "--quiet", "HEAD~1"]);
    assert_eq!(scratch.same_log(&[]).len(), 2);
    let table = scratch.flakehist(["log"]).success();
    assert_eq!(table.out().lines().count(), 3, "{table}");
}

#[test]
fn before_the_first_commit_there_is_only_the_working_tree() {
    let scratch = Scratch::new();
    scratch.write("flake.nix", "{ }");
    let nothing = scratch.flakehist(["log", "--json"]).success();
    assert_eq!((nothing.entries().len(), nothing.err().is_empty()), (0, false), "{nothing}");
    scratch.write("flake.lock", lock(&[("nixpkgs", 1)]));
    assert_eq!(scratch.flakehist(["log", "--json"]).success().uncommitted(), ["worktree ok"]);
    scratch.git(["add", "flake.lock"]);
    assert_eq!(scratch.flakehist(["log", "--json"]).success().uncommitted(), ["worktree staged ok"]);
    assert_eq!(scratch.flakehist(["log", "--json", "--all"]).success().uncommitted(), ["worktree staged ok"]);
    for target in ["worktree", "index"] {
        let shown = scratch.flakehist(["show", "--json", target]).success();
        assert_eq!(shown.json()["state"], "ok", "{shown}");
    }
    scratch.flakehist(["show", "HEAD"]).failure(1, "HEAD");
    scratch.flakehist(["show", "lock~0"]).failure(1, "lock~0");
    scratch.flakehist(["show", "date:now"]).failure(1, "no flake.lock was committed");
}

#[test]
fn git_dir_and_git_work_tree_are_honoured() {
    let scratch = three();
    let git_dir = scratch.path(".git");
    let elsewhere = scratch.beside("elsewhere");
    std::fs::create_dir(&elsewhere).unwrap();
    let outcome =
        scratch.flakehist_in(&elsewhere).env("GIT_DIR", &git_dir).args(["log", "--json"]).run().success();
    assert_eq!(outcome.commits().len(), 3);

    // The way people keep their dot files: the repository aside, the home as working tree.
    let home = scratch.beside("somebody");
    std::fs::create_dir_all(home.join("nix/deep")).unwrap();
    scratch.git(["init", "--quiet", "--bare", "--initial-branch=main", "../dots.git"]);
    let dots = scratch.beside("dots.git");
    for n in 1..=2 {
        std::fs::write(home.join("nix/flake.nix"), "{ }").unwrap();
        std::fs::write(home.join("nix/flake.lock"), lock(&[("nixpkgs", n)])).unwrap();
        let tree = format!("--work-tree={}", home.display());
        scratch.git_in(&dots, ["--git-dir=.", &tree, "add", "nix"]);
        scratch.git_in(&dots, ["--git-dir=.", &tree, "commit", "--quiet", "--message", "dots"]);
    }
    std::fs::write(home.join("nix/flake.lock"), "{}").unwrap();
    for folder in [home.join("nix/deep"), home.join("nix")] {
        let outcome = scratch
            .flakehist_in(&folder)
            .env("GIT_DIR", &dots)
            .env("GIT_WORK_TREE", &home)
            .args(["log", "--json"])
            .run()
            .success();
        assert_eq!(outcome.json()["lock"], "nix/flake.lock", "{outcome}");
        assert_eq!((outcome.commits().len(), outcome.uncommitted()), (2, vec!["worktree broken".to_owned()]));
    }
}

#[test]
fn a_working_tree_may_be_configured() {
    let scratch = three();
    let tree = scratch.beside("tree");
    std::fs::create_dir(&tree).unwrap();
    scratch.git(["config".as_ref(), "core.worktree".as_ref(), tree.as_os_str()]);
    scratch.git(["checkout", "--quiet", "--force", "HEAD"]);
    std::fs::write(tree.join("flake.lock"), "").unwrap();
    let outcome = scratch.flakehist_in(&scratch.path(".git")).args(["log", "--json"]).run().success();
    assert_eq!((outcome.commits().len(), outcome.uncommitted()), (3, vec!["worktree broken".to_owned()]));
}
