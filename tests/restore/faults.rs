//! A restore that is killed, or fails, at each call to the system that writes.
//!
//! `strace` lists those calls in one run, and then injects a fault at one of them in each run that follows. After
//! each: the lock is wholly old or wholly new, its old bytes are in git, the journal tells which, and the way back
//! and the way forth are open.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::place::{Place, installed, numbered};
use super::support::{Outcome, program, skipped, variable};

/// The calls that change what is on the disk, as far as this kind of machine has them.
const WRITING: &[&str] = &[
    "open",
    "openat",
    "creat",
    "write",
    "pwrite64",
    "writev",
    "rename",
    "renameat",
    "renameat2",
    "unlink",
    "unlinkat",
    "fsync",
    "fdatasync",
    "mkdir",
    "mkdirat",
    "rmdir",
    "link",
    "linkat",
    "symlink",
    "symlinkat",
    "chmod",
    "fchmod",
    "fchmodat",
    "chown",
    "fchown",
    "lchown",
    "fchownat",
    "ftruncate",
    "truncate",
    "fallocate",
    "utimensat",
];

/// What the lock was before, beyond what git has.
const MINE: u64 = 66;

/// A state of the lock, and what is done to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Case {
    /// Changed since the last commit.
    Modified,
    /// Not tracked, so that the index is written too.
    Untracked,
    /// Not there.
    Missing,
    /// Put back, because the rebuild fails.
    PutBack,
}

impl Case {
    fn place(self) -> Place {
        let place = Place::with_history();
        place.write("flake.lock", numbered(MINE));
        match self {
            Self::Modified => {}
            Self::Untracked => drop(place.git(["rm", "--quiet", "--cached", "flake.lock"])),
            Self::Missing => std::fs::remove_file(place.path("flake.lock")).unwrap(),
            Self::PutBack => place.tool("nixos-rebuild", "exit 1"),
        }
        place
    }

    fn args(self) -> &'static [&'static str] {
        if self == Self::PutBack {
            &["restore", "main~2", "--yes"]
        } else {
            &["restore", "main~2", "--yes", "--no-rebuild"]
        }
    }

    /// The lock as it was.
    fn old(self) -> Option<String> {
        (self != Self::Missing).then(|| numbered(MINE))
    }
}

fn strace() -> Option<PathBuf> {
    let found = installed("strace");
    let is_required = variable("FLAKEHIST_REQUIRE_NIX").is_some_and(|value| value == "1");
    assert!(found.is_some() || !is_required, "FLAKEHIST_REQUIRE_NIX is 1 and there is no strace");
    if found.is_none() {
        skipped("there is no strace to inject faults with");
    }
    found
}

fn lock(place: &Place) -> Option<String> {
    std::fs::read_to_string(place.path("flake.lock")).ok()
}

/// A call that writes: its name, which of the calls of this name it is, counted from 1 as strace counts, and what it
/// was given.
struct Call {
    name: String,
    number: usize,
    about: String,
}

/// One case, run again and again.
struct Bench {
    strace: PathBuf,
    case: Case,
    template: Place,
    /// The blob of the lock as it was.
    old: String,
}

impl Bench {
    /// `None`, with a word, where there is no strace.
    fn new(case: Case) -> Option<Self> {
        let strace = strace()?;
        let template = case.place();
        let old = template.blob(&numbered(MINE));
        Some(Self { strace, case, template, old })
    }

    /// The calls that write in one run. Every one where everything is demanded; elsewhere every second one, the even
    /// ones of one case and the odd ones of the next.
    fn calls(&self) -> Vec<Call> {
        let place = self.template.copy();
        let log = place.beside("strace.log");
        let trace = format!("trace=?{}", WRITING.join(",?"));
        let options = ["-qq", "-s", "0", "-e", &trace, "-e", "signal=none", "-o", log.to_str().unwrap()];
        let outcome = place.flakehist(self.case.args()).under(&self.strace, options).run();
        assert_eq!(outcome.status, Some(if self.case == Case::PutBack { 3 } else { 0 }), "{outcome}");
        let mut counted: BTreeMap<String, usize> = BTreeMap::new();
        let mut calls = Vec::new();
        for line in std::fs::read_to_string(log).unwrap().lines() {
            let Some((name, about)) = line.split_once('(') else { continue };
            let count = counted.entry(name.to_owned()).or_default();
            *count += 1;
            let writes = ["O_WRONLY", "O_RDWR", "O_CREAT"].iter().any(|flag| about.contains(flag));
            if (writes || !name.starts_with("open")) && !about.contains(" = -1 ") {
                calls.push(Call { name: name.to_owned(), number: *count, about: about.to_owned() });
            }
        }
        assert!(calls.len() > 10, "{}", calls.len());
        if variable("FLAKEHIST_REQUIRE_NIX").is_none_or(|value| value != "1") {
            let mut is_chosen = matches!(self.case, Case::Modified | Case::Missing);
            calls.retain(|_| {
                is_chosen = !is_chosen;
                !is_chosen
            });
        }
        calls
    }

    fn with_fault(&self, place: &Place, call: &Call, fault: &str) -> Outcome {
        let trace = format!("trace={}", call.name);
        let inject = format!("inject={}:{fault}:when={}", call.name, call.number);
        let options = ["-qq", "-o", "/dev/null", "-e", &trace, "-e", &inject];
        place.flakehist(self.case.args()).under(&self.strace, options).run()
    }

    /// Nothing is lost, and the journal knows.
    fn is_sound(&self, place: &Place, what: &str) {
        let new = Some(numbered(1));
        let old = self.case.old();
        let now = lock(place);
        assert!(now == new || now == old, "{what}: the lock is neither old nor new: {now:?}");
        if old.is_some() && now == new {
            assert!(place.keeps_blob(&self.old), "{what}: the old bytes are gone");
        }
        let fsck = ["fsck", "--strict", "--no-dangling", "--no-progress"];
        let fsck = place.scratch.ask_git(&place.folder, fsck);
        assert!(fsck.status == Some(0) && fsck.err().is_empty(), "{what}: {fsck}");
        let journal = place.run(["journal", "--json"]).success();
        match journal.json().get(0) {
            Some(entry) => {
                let is = if now == new { "after" } else { "before" };
                assert_eq!(entry["lockIs"], is, "{what}: {journal}");
            }
            None => assert_eq!(now, old, "{what}: the lock is new and the journal does not know"),
        }
    }

    /// Forth and back again, leaving nothing behind.
    fn goes_on(&self, place: &Place, what: &str) {
        let run = |args: &[&str]| {
            let outcome = place.run(args);
            assert_eq!(outcome.status, Some(0), "{what}: {outcome}");
        };
        run(&["restore", "main~2", "--yes", "--no-rebuild"]);
        assert_eq!(lock(place), Some(numbered(1)), "{what}");
        run(&["undo", "--yes", "--no-rebuild"]);
        assert_eq!(lock(place), self.case.old(), "{what}");
        place.git(["pack-refs", "--all"]);
        let names = std::fs::read_dir(&place.folder).unwrap().map(|entry| entry.unwrap().file_name());
        let mut left: Vec<_> = names.filter(|name| name != "flake.lock").collect();
        left.sort();
        assert_eq!(left, [".git", "flake.nix"], "{what}");
    }
}

fn killed(case: Case) {
    let Some(bench) = Bench::new(case) else { return };
    for call in bench.calls() {
        let place = bench.template.copy();
        let what = format!("{case:?}, killed at {} {}: {}", call.name, call.number, call.about);
        let outcome = bench.with_fault(&place, &call, "signal=KILL");
        assert_eq!(outcome.status, None, "{what}: {outcome}");
        bench.is_sound(&place, &what);
        bench.goes_on(&place, &what);
    }
}

fn failing(case: Case, error: &str) {
    let Some(bench) = Bench::new(case) else { return };
    for call in bench.calls() {
        // What is said goes to a pipe, which is on no disk.
        if call.name == "write" && (call.about.starts_with("1,") || call.about.starts_with("2,")) {
            continue;
        }
        let place = bench.template.copy();
        let outcome = bench.with_fault(&place, &call, &format!("error={error}"));
        let what = format!("{case:?}, {error} at {} {}: {}\n{outcome}\n", call.name, call.number, call.about);
        assert!(!outcome.err().contains("panicked"), "{what}");
        bench.is_sound(&place, &what);
        // The exit code tells which it is.
        let now = lock(&place);
        match outcome.status {
            Some(0) => assert_eq!(now, Some(numbered(1)), "{what}"),
            Some(1 | 3) => {
                assert_eq!(now, case.old(), "{what}");
                assert!(outcome.err().contains("error: "), "{what}");
            }
            // What could not even be put back is left, and that is said.
            Some(5) if case == Case::PutBack => {
                assert_eq!(now, Some(numbered(1)), "{what}");
                assert!(outcome.err().contains("cannot put flake.lock back"), "{what}");
            }
            _ => panic!("{what}"),
        }
        bench.goes_on(&place, &what);
    }
}

#[test]
fn killed_while_a_changed_lock_is_replaced() {
    killed(Case::Modified);
}

#[test]
fn killed_while_an_untracked_lock_is_replaced() {
    killed(Case::Untracked);
}

#[test]
fn killed_while_a_missing_lock_is_written() {
    killed(Case::Missing);
}

#[test]
fn killed_while_the_lock_is_put_back() {
    killed(Case::PutBack);
}

#[test]
fn a_full_disk() {
    failing(Case::Modified, "ENOSPC");
    failing(Case::Untracked, "ENOSPC");
}

#[test]
fn a_file_system_that_becomes_read_only() {
    failing(Case::Modified, "EROFS");
    failing(Case::PutBack, "EIO");
}

#[test]
fn a_disk_that_is_really_full() {
    let Some(unshare) = installed("unshare") else {
        return skipped("there is no unshare to mount a disk in");
    };
    let place = Case::Modified.place();
    for name in ["cmp", "mount", "truncate"] {
        place.borrow(name);
    }
    let unshared = ["--mount", "sh", "-c", "mount -t tmpfs tmpfs /mnt"];
    if !program(&unshare).args(unshared).output().unwrap().status.success() {
        return skipped("only who may mount can have a small disk");
    }
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/restore/full-disk.sh");
    let root = place.beside("");
    let words = ["--mount", "bash", script, root.to_str().unwrap()];
    let outcome = place.flakehist([""; 0]).under(&unshare, words).run().success();
    assert!(outcome.err().is_empty(), "git finds fault: {outcome}");
    let lines: Vec<&str> = outcome.out().lines().collect();
    let (end, tries) = lines.split_last().unwrap();
    assert_eq!(*end, "in the end old", "{outcome}");
    for told in tries {
        assert!(matches!(*told, "0 new" | "1 old" | "3 old"), "{outcome}");
    }
    assert!(tries.contains(&"1 old") && tries.contains(&"0 new"), "full, and then no more: {outcome}");
}

/// From a trace of a run: nothing is renamed over the lock before it is on the disk, and before the old bytes are.
#[test]
fn what_is_renamed_is_on_the_disk() {
    let Some(strace) = strace() else { return };
    let place = Case::Modified.place();
    let log = place.beside("strace.log");
    let options = [
        "-qq",
        "-y",
        "-e",
        "trace=openat,fsync,rename,renameat,renameat2,link,linkat,write",
        "-o",
        log.to_str().unwrap(),
    ];
    place.flakehist(Case::Modified.args()).under(&strace, options).run().success();
    let text = std::fs::read_to_string(log).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let replaced =
        lines.iter().position(|line| line.starts_with("rename") && line.contains("flake.lock\")")).unwrap();
    let flushed: Vec<&str> = lines.iter().filter(|line| line.starts_with("fsync(")).copied().collect();
    let flushed_before =
        |what: &str| lines[..replaced].iter().any(|line| line.starts_with("fsync(") && line.contains(what));
    let temporary = lines[replaced].split('"').nth(1).unwrap();
    let temporary = Path::new(temporary).file_name().unwrap().to_str().unwrap();
    assert!(flushed_before(temporary), "{temporary}: {flushed:#?}");
    let id = place.entry()["before"].as_str().unwrap().to_owned();
    let object = format!("/objects/{}/{}", &id[..2], &id[2..]);
    assert!(flushed_before(&object), "{object}: {flushed:#?}");
    assert!(flushed_before("/refs/flakehist/journal"), "{flushed:#?}");
    let folder = format!("<{}>", place.folder.display());
    let after = lines[replaced..].iter().any(|line| line.starts_with("fsync(") && line.contains(&folder));
    assert!(after, "the folder, once it holds the new name: {flushed:#?}");
}
