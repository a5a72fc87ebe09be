//! git's commit-graph and its changed-path filters: what is listed is the same with them and without, and however old,
//! split or damaged they are.

use std::path::{Path, PathBuf};

use flakehist::git::{CommitGraph, CommitId, Filter, PathKeys, Repository};

use crate::support::{Scratch, day};

/// Where a single commit-graph file is.
const FILE: &str = ".git/objects/info/commit-graph";

/// Commits that change the lock at a path now and then, with merges of two and of many, and a commit that changes more
/// paths than a filter takes.
fn history(lock: &str) -> Scratch {
    let scratch = Scratch::new();
    let edit = |n: usize| {
        if n.is_multiple_of(3) {
            scratch.write(lock, format!("{{\"lock\": {n}}}\n"));
        }
        scratch.write(&format!("modules/m{}.nix", n % 5), n.to_string());
        scratch.commit(&format!("commit {n}"));
    };
    (0..8).for_each(edit);
    for n in 0..600 {
        scratch.write(&format!("many/{n}"), "");
    }
    scratch.commit("many");
    for n in 1..=4 {
        scratch.git(["checkout", "--quiet", "-b", &format!("arm{n}"), &format!("main~{}", n - 1)]);
        edit(10 * n);
    }
    scratch.git(["checkout", "--quiet", "main"]);
    (50..54).for_each(edit);
    scratch.git(["merge", "--quiet", "--strategy=ours", "--message", "two", "arm1"]);
    scratch.git(["merge", "--quiet", "--strategy=ours", "--message", "octopus", "arm2", "arm3", "arm4"]);
    (60..66).for_each(edit);
    scratch.git(["commit", "--quiet", "--allow-empty", "--message", "empty"]);
    scratch
}

/// Lists a lock in many ways beside git, and gives how many commits all of them listed.
fn same_in_every_way(scratch: &Scratch, folder: &Path, lock: &str) -> usize {
    let ways = [
        &[][..],
        &["--first-parent"],
        &["--all"],
        &["--follow"],
        &["--author", "Ada", "-n", "3"],
        &["--since", "2023-01-01T10:00:00Z"],
        &["main~3..main"],
        &["main~2...arm3"],
        &["arm4..arm2"],
        &["--all", "^main~6"],
        &["main^{/octopus}^3~1", "main^{/two}"],
    ];
    ways.iter().map(|args| scratch.same_log_in(folder, args, lock).len()).sum()
}

/// The ways in which git writes a commit-graph.
const WAYS: [&[&str]; 5] = [
    &["--reachable"],
    &["--reachable", "--changed-paths"],
    &["--reachable", "--changed-paths", "--split=replace"],
    &["--reachable", "--split=no-merge"],
    &["--reachable", "--split=no-merge", "--changed-paths"],
];

fn write(scratch: &Scratch, args: &[&str]) {
    scratch.git(["commit-graph", "write", "--no-progress"].iter().chain(args));
}

#[test]
fn however_the_graph_was_written_the_log_is_gits() {
    for lock in ["flake.lock", "hosts/b\u{fc}ro/flake.lock"] {
        let scratch = history(lock);
        let plain = same_in_every_way(&scratch, scratch.folder(), lock);
        assert!(plain > 40, "{plain}");
        for settings in [
            &[][..],
            &["commitGraph.generationVersion=1"],
            &["commitGraph.changedPathsVersion=2"],
            &["commitGraph.readChangedPaths=false"],
        ] {
            for (setting, args) in settings.iter().map(Some).chain([None]).zip(WAYS.iter().cycle()) {
                let words = setting.map(|setting| setting.split_once('=').unwrap());
                words.map(|(key, value)| scratch.git(["config", key, value]));
                write(&scratch, args);
                assert_eq!(
                    same_in_every_way(&scratch, scratch.folder(), lock),
                    plain,
                    "{setting:?} {args:?}"
                );
                words.map(|(key, _)| scratch.git(["config", "--unset", key]));
            }
        }
        for args in WAYS {
            write(&scratch, args);
            assert_eq!(same_in_every_way(&scratch, scratch.folder(), lock), plain, "{args:?}");
        }
    }
}

#[test]
fn commits_that_are_newer_than_the_graph_are_listed() {
    let scratch = history("flake.lock");
    for args in WAYS {
        write(&scratch, args);
        let before = scratch.same_log(&[]).len();
        scratch.commit_lock(args.len() as u64 + before as u64);
        scratch.git(["merge", "--quiet", "--strategy=ours", "--message", "again", "arm3"]);
        scratch.commit_lock(100 + before as u64);
        same_in_every_way(&scratch, scratch.folder(), "flake.lock");
        assert_eq!(scratch.same_log(&[]).len(), before + 2);
    }
}

/// Removes the commits that do not change the lock, and their trees, so that only a graph with filters still tells
/// their history.
fn forget_what_a_graph_tells(scratch: &Scratch) {
    let listed = scratch.listed_by_git(scratch.folder(), &[], "flake.lock");
    let all = scratch.git(["log", "--format=%H %T %P", "--topo-order", "--reverse"]);
    let object = |id: &str| {
        let (folder, file) = id.split_at(2);
        scratch.path(&format!(".git/objects/{folder}/{file}"))
    };
    let mut wanted: Vec<&str> = Vec::new();
    let mut others: Vec<&str> = Vec::new();
    for line in all.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        let parents_tree = words.get(2).and_then(|parent| {
            let parent = all.lines().find(|line| line.starts_with(parent))?;
            parent.split(' ').nth(1)
        });
        if listed.iter().any(|id| *id == words[0]) {
            wanted.extend(&words[..2]);
            wanted.extend(parents_tree);
        } else {
            others.extend(&words[..2]);
        }
    }
    let head = scratch.git(["rev-parse", "HEAD"]);
    others.retain(|id| !wanted.contains(id) && *id != head);
    assert!(others.len() > 10, "{others:?}");
    for id in others {
        std::fs::remove_file(object(id)).unwrap();
    }
}

/// One branch, so that no merge has to be compared with its second parent.
fn line() -> Scratch {
    let scratch = Scratch::new();
    for n in 0..30 {
        if n % 7 == 3 {
            scratch.commit_lock(n);
        } else {
            scratch.write("other", n.to_string());
            scratch.commit("other");
        }
    }
    scratch
}

#[test]
fn what_the_graph_tells_is_not_read_from_objects() {
    let scratch = line();
    write(&scratch, &["--reachable", "--changed-paths"]);
    let before = scratch.same_log(&[]);
    forget_what_a_graph_tells(&scratch);
    let outcome = scratch.flakehist(["log", "--json"]).success();
    assert_eq!(outcome.commits(), before, "{outcome}");
    assert!(outcome.entries().iter().all(|entry| entry["state"] == "ok"), "{outcome}");
    // What keeps git from using it does so here too.
    let fails = |scratch: &Scratch| {
        let outcome = scratch.flakehist(["log", "--json"]);
        assert!(outcome.status == Some(1) && outcome.err().contains("missing"), "{outcome}");
        let git = scratch.ask_git(scratch.folder(), ["log", "--format=%H", "--", "flake.lock"]);
        assert_ne!(git.status, Some(0), "{git}");
    };
    for (key, value) in [
        ("core.commitGraph", "false"),
        ("commitGraph.readChangedPaths", "false"),
        ("commitGraph.changedPathsVersion", "0"),
        ("commitGraph.changedPathsVersion", "2"),
    ] {
        scratch.git(["config", key, value]);
        fails(&scratch);
        scratch.git(["config", "--unset", key]);
    }
    scratch.git(["update-ref", &format!("refs/replace/{}", before[2]), &before[1]]);
    fails(&scratch);
    scratch.git(["update-ref", "-d", &format!("refs/replace/{}", before[2])]);
    scratch.write(".git/info/grafts", format!("{}\n", before[3]));
    fails(&scratch);
    std::fs::remove_file(scratch.path(".git/info/grafts")).unwrap();
    scratch.write(".git/shallow", format!("{}\n", before[3]));
    let outcome = scratch.flakehist(["log", "--json"]);
    assert!(outcome.err().contains("missing"), "{outcome}");
    std::fs::remove_file(scratch.path(".git/shallow")).unwrap();
    assert_eq!(scratch.flakehist(["log", "--json"]).success().commits(), before);
}

#[test]
fn a_borrowed_graph_is_used() {
    let scratch = line();
    scratch.git(["clone", "--quiet", "--shared", ".", "../one"]);
    scratch.git(["clone", "--quiet", "--shared", "../one", "../two"]);
    let two = scratch.beside("two");
    std::fs::write(two.join("flake.lock"), "{}\n").unwrap();
    scratch.git_in(&two, ["commit", "--quiet", "--all", "--message", "own"]);
    for split in [false, true] {
        let args = ["commit-graph", "write", "--reachable", "--changed-paths"];
        if !split {
            scratch.git(args);
        } else {
            std::fs::remove_file(scratch.path(FILE)).unwrap();
            scratch.git(args.iter().chain(&["--split=replace"]));
            // The chain of the borrower goes on where the lender's ends.
            scratch.git_in(&two, args.iter().chain(&["--split=no-merge"]));
            let chain = two.join(".git/objects/info/commit-graphs/commit-graph-chain");
            assert_eq!(std::fs::read_to_string(chain).unwrap().lines().count(), 2);
        }
        assert_eq!(scratch.same_log_in(&two, &[], "flake.lock").len(), 5, "{split}");
    }
    let listed = scratch.same_log_in(&two, &[], "flake.lock");
    forget_what_a_graph_tells(&scratch);
    let outcome = scratch.flakehist_in(&two).args(["log", "--json"]).run().success();
    assert_eq!(outcome.commits(), listed, "{outcome}");
}

#[test]
fn a_replaced_commit_or_a_shallow_end_counts_although_a_graph_is_there() {
    let scratch = history("flake.lock");
    write(&scratch, &["--reachable", "--changed-paths"]);
    let all = scratch.same_log(&[]).len();
    scratch.git(["replace", "--graft", "main~5"]);
    for args in [&["--first-parent"][..], &["--all"], &["main~3..main"], &["arm2...main"]] {
        scratch.same_log(args);
    }
    assert!(scratch.same_log(&[]).len() < all);
    scratch.git(["config", "core.useReplaceRefs", "false"]);
    assert_eq!(scratch.same_log(&[]).len(), all);
    let url = format!("file://{}", scratch.folder().display());
    scratch.git(["clone", "--quiet", "--depth=3", &url, "../clone"]);
    let clone = scratch.beside("clone");
    std::fs::copy(scratch.path(FILE), clone.join(FILE)).unwrap();
    assert!(scratch.same_log_in(&clone, &[], "flake.lock").len() < all);
}

#[test]
fn dates_that_a_graph_cannot_hold_count_as_for_git() {
    let scratch = Scratch::new();
    for (n, seconds) in
        [0, 4_102_444_800, 1, 1 << 33, day(9), 1 << 40, day(11), (1 << 34) + 5].into_iter().enumerate()
    {
        scratch.at(seconds).commit_lock(n as u64);
    }
    for args in WAYS {
        write(&scratch, args);
        for way in [&[][..], &["--since", "2099-01-01"], &["--until", "1990-01-01"], &["HEAD~3...HEAD~1"]] {
            scratch.same_log(way);
        }
    }
}

/// Everything that can be asked of a graph, so that whatever is wrong in it is come across.
fn ask_everything(graph: &CommitGraph) -> usize {
    let keys = [PathKeys::of("flake.lock"), PathKeys::of("modules/m1.nix")];
    let mut found = 0;
    for place in graph.places() {
        let id = graph.id(place);
        found += usize::from(id.and_then(|id| graph.find(id)).is_some());
        found += graph.commit(place).map_or(0, |commit| commit.parents.len());
        found += usize::from(graph.generation(place).is_some());
        found += keys.iter().filter(|keys| graph.is_unchanged(place, keys)).count();
    }
    let nowhere = CommitId::parse("00112233445566778899aabbccddeeff00112233").unwrap();
    assert_eq!(graph.find(nowhere), None);
    found
}

#[test]
fn what_the_file_tells_is_what_git_tells() {
    let scratch = history("flake.lock");
    write(&scratch, &["--reachable", "--changed-paths"]);
    let graph = CommitGraph::from_bytes(std::fs::read(scratch.path(FILE)).unwrap()).unwrap();
    let all = scratch.git(["log", "--all", "--format=%H %ct %P"]);
    assert_eq!(graph.len() as usize, all.lines().count());
    let keys = |path: &str| PathKeys::of(path);
    for line in all.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        let place = graph.find(CommitId::parse(words[0]).unwrap()).unwrap();
        let commit = graph.commit(place).unwrap();
        assert_eq!(commit.date.to_string(), words[1]);
        let parents: Vec<String> = commit.parents.iter().map(|(_, id)| id.to_string()).collect();
        assert_eq!(parents.join(" "), words[2..].join(" "), "{}", words[0]);
        for (parent, _) in &commit.parents {
            assert!(graph.generation(*parent) < graph.generation(place), "{line}");
        }
        let against = words.get(2).map_or("4b825dc642cb6eb9a060e54bf8d69288fbee4904", |parent| parent);
        let changed = scratch.git(["diff", "--name-only", "--no-renames", against, words[0]]);
        for path in changed.lines() {
            assert!(!graph.is_unchanged(place, &keys(path)), "{} changes {path}", words[0]);
        }
        let count = changed.lines().count();
        assert_eq!(graph.is_unchanged(place, &keys("no/such/file")), count < 512, "{} {count}", words[0]);
    }
}

#[test]
fn a_damaged_file_does_no_harm() {
    let scratch = history("flake.lock");
    write(&scratch, &["--reachable", "--changed-paths"]);
    let whole = std::fs::read(scratch.path(FILE)).unwrap();
    let right = ask_everything(&CommitGraph::from_bytes(whole.clone()).unwrap());
    let (mut refused, mut different) = (0, 0);
    let mut ask = |bytes: Vec<u8>| match CommitGraph::from_bytes(bytes) {
        None => refused += 1,
        Some(graph) => different += usize::from(ask_everything(&graph) != right),
    };
    for at in 0..whole.len() {
        for bit in [0x01, 0x80, 0xff] {
            let mut damaged = whole.clone();
            damaged[at] ^= bit;
            ask(damaged);
        }
        if at % 7 == 0 {
            ask(whole[..at].to_vec());
        }
    }
    assert!(refused > 1000 && different > 1000, "{refused} {different}");
}

/// Lists the lock through the library, and looks at everything else that reads commits.
fn list(folder: &Path) -> Option<Vec<String>> {
    let repository = Repository::discover(folder).unwrap().unwrap();
    let tips = repository.tips(&["main...arm2".to_owned()], false).ok()?;
    repository.walk("flake.lock", &tips, Filter::default()).ok()?.count();
    let far = repository.resolve("HEAD~1000000000");
    assert!(far.is_err(), "there is an end, or a circle");
    assert_eq!(repository.head_at(&[0, day(3)]).len(), 2);
    repository.dates(&repository.every_tip()).ok()?;
    let mut survey = repository.survey("flake.lock").ok()?;
    survey.every_version(&repository.every_tip(), |_, _| true).ok()?;
    let tips = repository.tips(&[], false).ok()?;
    let walk = repository.walk("flake.lock", &tips, Filter::default()).ok()?;
    walk.map(|version| Some(version.ok()?.commit.to_string())).collect()
}

/// Damages files in many places, and makes sure that what is listed is what is listed without them, or what git lists
/// with them, or is refused.
fn damage(scratch: &Scratch, files: &[PathBuf], step: usize) {
    let right = scratch.same_log(&[]);
    let (mut same, mut like_git, mut refused) = (0, 0, 0);
    for file in files {
        let whole = std::fs::read(file).unwrap();
        std::fs::remove_file(file).unwrap();
        for at in (0..whole.len()).step_by(step) {
            let mut damaged = whole.clone();
            damaged[at] ^= [0x01, 0xff, 0x80][at / step % 3];
            if (at / step).is_multiple_of(11) {
                damaged.truncate(at);
            }
            std::fs::write(file, &damaged).unwrap();
            match list(scratch.folder()) {
                Some(listed) if listed == right => same += 1,
                None => refused += 1,
                // Dates, parents, trees and filters are believed, as git believes them.
                Some(listed) => {
                    let git = scratch.ask_git(scratch.folder(), ["log", "--format=%H", "--", "flake.lock"]);
                    // Where git gives up, any answer will do.
                    if git.status == Some(0) {
                        let theirs: Vec<&str> = git.out().lines().collect();
                        assert_eq!(listed, theirs, "byte {at} of {}", file.display());
                    }
                    like_git += 1;
                }
            }
        }
        std::fs::write(file, &whole).unwrap();
    }
    assert!(same > 100 && like_git + refused > 10, "{same} {like_git} {refused}");
    assert_eq!(scratch.same_log(&[]), right);
}

#[test]
fn damage_is_passed_over_or_believed_as_git_believes_it() {
    let scratch = history("flake.lock");
    write(&scratch, &["--reachable", "--changed-paths"]);
    damage(&scratch, &[scratch.path(FILE)], 3);
}

#[test]
fn damage_in_a_chain_is_passed_over_or_believed_as_git_believes_it() {
    let scratch = history("flake.lock");
    write(&scratch, &["--reachable", "--changed-paths", "--split=no-merge"]);
    scratch.commit_lock(80);
    scratch.git(["merge", "--quiet", "--strategy=ours", "--message", "m", "arm1", "arm2", "arm3~1"]);
    write(&scratch, &["--reachable", "--changed-paths", "--split=no-merge"]);
    scratch.commit_lock(81);
    write(&scratch, &["--reachable", "--changed-paths", "--split=no-merge"]);
    let folder = scratch.path(".git/objects/info/commit-graphs");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = files.collect();
    files.sort();
    assert_eq!(files.len(), 4, "{files:?}");
    damage(&scratch, &files, 13);
}
