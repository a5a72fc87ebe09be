//! `--follow` against the real `git`: histories are made with `git fast-import`, and each walk must list the commits
//! that `git log --follow` lists, with the same paths and the same files before and after.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]
#![expect(clippy::indexing_slicing, clippy::string_slice, reason = "the tests know what they made")]

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use flakehist::git::{FileAt, Filter, Repository, Tip};

const FILE: u32 = 0o100_644;
const PROGRAM: u32 = 0o100_755;
const LINK: u32 = 0o120_000;

/// A commit in a [`History`].
type Mark = usize;

enum Change {
    Write(String, u32, Vec<u8>),
    Submodule(String, char),
    Delete(String),
    Move(String, String),
    Copy(String, String),
}

fn write(path: &str, content: impl AsRef<[u8]>) -> Change {
    Change::Write(path.to_owned(), FILE, content.as_ref().to_vec())
}

fn link(path: &str, target: &str) -> Change {
    Change::Write(path.to_owned(), LINK, target.as_bytes().to_vec())
}

fn delete(path: &str) -> Change {
    Change::Delete(path.to_owned())
}

fn moved(from: &str, to: &str) -> Change {
    Change::Move(from.to_owned(), to.to_owned())
}

fn copied(from: &str, to: &str) -> Change {
    Change::Copy(from.to_owned(), to.to_owned())
}

/// A history in the making: the input of `git fast-import`.
#[derive(Default)]
struct History {
    stream: Vec<u8>,
    last: Mark,
    clock: i64,
}

impl History {
    /// A commit on top of the last one.
    fn then(&mut self, changes: &[Change]) -> Mark {
        let parent = self.last;
        self.on(&[parent], changes)
    }

    /// A commit with these parents, the first of which gives the tree that is changed; parent 0 is none.
    fn on(&mut self, parents: &[Mark], changes: &[Change]) -> Mark {
        self.clock += 100;
        self.at(1_700_000_000 + self.clock, parents, changes)
    }

    fn at(&mut self, date: i64, parents: &[Mark], changes: &[Change]) -> Mark {
        self.last += 1;
        if parents.iter().all(|&parent| parent == 0) {
            self.line("reset refs/heads/main");
        }
        let who = format!("A U Thor <a@example.org> {date} +0000");
        let message = format!("commit {}", self.last);
        self.line(&format!("commit refs/heads/main\nmark :{}\nauthor {who}\ncommitter {who}", self.last));
        self.line(&format!("data {}\n{message}", message.len()));
        for (n, parent) in parents.iter().filter(|&&parent| parent > 0).enumerate() {
            self.line(&format!("{} :{parent}", if n == 0 { "from" } else { "merge" }));
        }
        for change in changes {
            self.change(change);
        }
        self.line("");
        self.last
    }

    fn change(&mut self, change: &Change) {
        match change {
            Change::Write(path, mode, content) => {
                self.line(&format!("M {mode:o} inline {path}\ndata {}", content.len()));
                self.stream.extend_from_slice(content);
                self.line("");
            }
            Change::Submodule(path, digit) => {
                self.line(&format!("M 160000 {} {path}", digit.to_string().repeat(40)));
            }
            Change::Delete(path) => self.line(&format!("D {path}")),
            Change::Move(from, to) => self.line(&format!("R {from} {to}")),
            Change::Copy(from, to) => self.line(&format!("C {from} {to}")),
        }
    }

    fn line(&mut self, line: &str) {
        self.stream.extend_from_slice(line.as_bytes());
        self.stream.push(b'\n');
    }

    /// Makes the repository.
    fn finish(&self) -> Scratch {
        let folder = tempfile::tempdir().unwrap();
        git(folder.path(), &["init", "--quiet", "--bare", "--initial-branch=main", "."], &[]);
        git(
            folder.path(),
            &["fast-import", "--quiet", "--done"],
            &[&self.stream, b"done\n".as_slice()].concat(),
        );
        Scratch { folder }
    }
}

/// Runs git undisturbed by the settings of whoever runs the tests.
#[expect(clippy::disallowed_methods, reason = "the tests compare with git itself, found through PATH")]
fn git(folder: &Path, arguments: &[&str], input: &[u8]) -> String {
    let mut child = Command::new("git")
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", folder)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("LC_ALL", "C")
        .env("TZ", "UTC")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// A finished repository.
struct Scratch {
    folder: tempfile::TempDir,
}

impl Scratch {
    /// What git lists: a line `commit before after path` each.
    fn by_git(&self, path: &str, options: &[&str], revisions: &[&str]) -> Vec<String> {
        let fixed = ["-c", "core.quotePath=false", "log", "--follow", "--raw", "--no-abbrev", "--format=%H"];
        let arguments = [&fixed, options, revisions, &["--", path]].concat();
        let log = git(self.folder.path(), &arguments, &[]);
        let mut listed = Vec::new();
        let mut commit = "";
        for line in log.lines().filter(|line| !line.is_empty()) {
            let Some(raw) = line.strip_prefix(':') else {
                commit = line;
                continue;
            };
            let (what, paths) = raw.split_once('\t').unwrap();
            let words: Vec<&str> = what.split(' ').collect();
            let path = paths.rsplit('\t').next().unwrap();
            let [before, after] = [0, 1].map(|n| match words[n] {
                "000000" => "-".to_owned(),
                mode => format!("{mode}:{}", words[n + 2]),
            });
            listed.push(format!("{commit} {before} {after} {path}"));
        }
        listed
    }

    fn by_us(&self, path: &str, filter: Filter, revisions: &[&str]) -> Vec<String> {
        let repository = Repository::discover(self.folder.path()).unwrap().unwrap();
        let revisions: Vec<String> = revisions.iter().map(|&revision| revision.to_owned()).collect();
        let tips: Vec<Tip> = repository.tips(&revisions, false).unwrap();
        let file = |file: FileAt| match file {
            FileAt::Present { mode, id } => format!("{mode:06o}:{id}"),
            FileAt::Absent => "-".to_owned(),
            FileAt::Unknown { tree } => panic!("tree {tree} is missing"),
        };
        let walk = repository.walk(path, &tips, filter).unwrap().map(Result::unwrap);
        walk.map(|v| format!("{} {} {} {}", v.commit, file(v.before), file(v.file), v.path)).collect()
    }

    /// Compares with and without `--first-parent`; the number of commits listed without it.
    fn check(&self, path: &str) -> usize {
        self.check_range(path, &[])
    }

    fn check_range(&self, path: &str, revisions: &[&str]) -> usize {
        self.compare(path, true, revisions);
        self.compare(path, false, revisions)
    }

    fn compare(&self, path: &str, first_parent: bool, revisions: &[&str]) -> usize {
        let options: &[&str] = if first_parent { &["--first-parent"] } else { &[] };
        let filter = Filter { follow: true, first_parent, ..Filter::default() };
        let ours = self.by_us(path, filter, revisions);
        let theirs = self.by_git(path, options, revisions);
        // Where there was a folder in the file's place, git tells of the files in it.
        if ours.iter().any(|line| line.contains(" 040000:")) {
            assert_eq!(
                commits(&ours),
                commits(&theirs),
                "{path} {options:?} {revisions:?}\n{}",
                self.history()
            );
        } else {
            assert_eq!(ours, theirs, "{path} {options:?} {revisions:?}\n{}", self.history());
        }
        ours.len()
    }

    /// Compares a few walks that start or stop elsewhere, or list less.
    fn check_in_part(&self, random: &mut Random) {
        let commits = git(self.folder.path(), &["rev-list", "HEAD"], &[]);
        let commits: Vec<&str> = commits.lines().collect();
        for _ in 0..2 {
            let path = PATHS[random.below(PATHS.len())];
            let [one, two] = [0, 1].map(|_| *random.pick(&commits));
            self.check_range(path, &[&format!("{one}..HEAD")]);
            self.check_range(path, &[one, two]);
            let [since, count] = [100 * random.below(25), 1 + random.below(5)];
            let until = since + 100 * random.below(25);
            let [since, until] = [since, until].map(|seconds| 1_700_000_000 + seconds as u64);
            let mut options = vec![
                format!("--since=@{since} +0000"),
                format!("--until=@{until} +0000"),
                format!("-n{count}"),
            ];
            let (since, until, count) = (Some(since), Some(until), Some(count));
            let mut filter = Filter { follow: true, since, until, count, ..Filter::default() };
            match random.below(4) {
                0 => drop((options.remove(0), filter.since.take())),
                1 => drop((options.remove(1), filter.until.take())),
                2 => drop((options.remove(2), filter.count.take())),
                _ => {}
            }
            let options: Vec<&str> = options.iter().map(String::as_str).collect();
            let (ours, theirs) = (self.by_us(path, filter, &[]), self.by_git(path, &options, &[]));
            assert_eq!(ours, theirs, "{path} {options:?}\n{}", self.history());
        }
    }

    fn history(&self) -> String {
        git(self.folder.path(), &["log", "--graph", "--raw", "-m", "--format=%h %s", "-C", "-C"], &[])
    }

    fn hash(&self, revision: &str) -> String {
        git(self.folder.path(), &["rev-parse", revision], &[]).trim().to_owned()
    }
}

/// The commits that are listed, without the rest.
fn commits(listed: &[String]) -> Vec<&str> {
    let mut commits: Vec<&str> = listed.iter().map(|line| &line[..40]).collect();
    commits.dedup();
    commits
}

/// Texts of one line. In the second, pieces of 64 bytes are in another order; in the third everything is one byte on.
fn one_line() -> [String; 3] {
    let mut random = Random(1);
    let pieces: Vec<String> = (0..12).map(|_| [0; 4].map(|_| random.id()).concat()).collect();
    let turned: String = pieces.iter().rev().map(String::as_str).collect();
    [pieces.concat(), turned, format!("+{}", pieces.concat())]
}

/// A text of 100 lines of 20 bytes; the lines in `changed` have other content than in the plain one.
fn hundred_lines(changed: std::ops::Range<u32>) -> String {
    let line = |n: u32| format!("{} {:>14}\n", if changed.contains(&n) { "diff" } else { "same" }, n * 7919);
    (0..100).map(line).collect()
}

#[test]
fn plain_moves() {
    let mut history = History::default();
    history.then(&[write("flake.lock", hundred_lines(0..0)), write("README", "hello\n")]);
    history.then(&[write("flake.lock", hundred_lines(0..5))]);
    history.then(&[moved("flake.lock", "nix/flake.lock")]);
    history.then(&[write("nix/flake.lock", hundred_lines(0..9))]);
    history.then(&[moved("nix/flake.lock", "nix/old.lock")]);
    history.then(&[moved("nix/old.lock", "deep/er/flake.lock"), write("README", "hello, world\n")]);
    history.then(&[moved("deep", "shallow")]);
    // … and back to where it began.
    history.then(&[moved("shallow/er/flake.lock", "flake.lock")]);
    history.then(&[write("flake.lock", hundred_lines(0..20))]);
    let scratch = history.finish();
    assert_eq!(scratch.check("flake.lock"), 9);
    // Paths that are no longer there: git goes back from what HEAD does not have.
    for path in ["nix/flake.lock", "nix/old.lock", "deep/er/flake.lock", "shallow/er/flake.lock", "never"] {
        scratch.check(path);
    }
    assert_eq!(scratch.check_range("flake.lock", &["HEAD~4..HEAD"]), 4);
    assert_eq!(scratch.check_range("nix/flake.lock", &["HEAD~5"]), 4);
}

#[test]
fn how_similar_is_similar() {
    for (changed, followed) in [(0, true), (40, true), (49, true), (50, true), (51, false), (90, false)] {
        let mut history = History::default();
        history.then(&[write("flake.lock", hundred_lines(0..0)), write("other", "x\n")]);
        history.then(&[delete("flake.lock"), write("sub/flake.lock", hundred_lines(0..changed))]);
        history.then(&[copied("sub/flake.lock", "copy.lock")]);
        history.then(&[write("copied.lock", hundred_lines(0..changed / 2))]);
        let scratch = history.finish();
        assert_eq!(scratch.check("sub/flake.lock"), if followed { 2 } else { 1 }, "{changed} % changed");
        scratch.check("copy.lock");
        scratch.check("copied.lock");
    }
}

/// The last digit of the similarity, which needs files of more than 60,000 bytes.
#[test]
fn to_the_last_digit() {
    let line = |n: usize| format!("{n:>9}\n");
    let common: String = (0..6000).map(line).collect();
    let mut history = History::default();
    history.then(&[write("old", format!("{common}-\n")), write("z", "z\n")]);
    let changes: Vec<Change> = (0..5)
        .map(|extra| {
            write(&format!("new{extra}"), format!("{common}{}", "+".repeat(common.len() - 2 + extra)))
        })
        .collect();
    for change in changes {
        history.on(&[1], &[change, delete("old")]);
        history.line(&format!("reset refs/heads/tip{0}\nfrom :{0}\n", history.last));
    }
    let scratch = history.finish();
    let followed = (0..5).map(|n| scratch.check_range(&format!("new{n}"), &[&format!("tip{}", n + 2)]));
    assert_eq!(followed.collect::<Vec<_>>(), [2, 2, 2, 1, 1]);
}

/// Different lines that git takes for the same, because they have the same hash, decide here.
#[test]
fn hash_collisions() {
    let mut random = Random(3);
    let mut history = History::default();
    for _ in 0..48 {
        let mut lines = || (0..8000).map(|_| format!("{:08x}\n", random.below(1 << 31))).collect::<Vec<_>>();
        let (old, mut new) = (lines(), lines());
        // About 160 lines more are alike by chance.
        let kept = 3825 + random.below(36);
        new[..kept].clone_from_slice(&old[..kept]);
        let first = history.on(&[0], &[Change::Delete(String::new()), write("old", old.concat())]);
        history.on(&[first], &[delete("old"), write("new", new.concat())]);
        history.line(&format!("reset refs/heads/tip{}\nfrom :{}\n", history.last / 2, history.last));
    }
    let scratch = history.finish();
    let followed = (1..=48).filter(|n| scratch.compare("new", false, &[&format!("tip{n}")]) == 2).count();
    assert!((10..=38).contains(&followed), "{followed}");
}

/// A line that is there several times.
#[test]
fn repeated_lines() {
    let text = |repeated: usize, other: char| {
        let others: String = (repeated..100).map(|n| format!("{other}{n:08}\n")).collect();
        "repeated.\n".repeat(repeated) + &others
    };
    for (old, new) in [(50, 50), (49, 60), (60, 49), (50, 100), (100, 50), (49, 100), (100, 49)] {
        let mut history = History::default();
        history.then(&[write("old", text(old, 'a'))]);
        history.then(&[delete("old"), write("new", text(new, 'b'))]);
        assert_eq!(history.finish().check("new"), if old.min(new) == 50 { 2 } else { 1 });
    }
}

/// Around the smallest similarity every byte counts: of a last line without a line feed, of a long line, of a file
/// that is twice as long.
#[test]
fn to_the_byte() {
    for extra in 0..4 {
        for end in ["", "\n", "\nend", "\n\n"] {
            let kept: String = hundred_lines(0..0);
            let padding = "+".repeat(kept.len() + end.len() * 2 - 2 + extra);
            for content in [format!("{kept}{padding}{end}"), format!("{padding}\n{kept}{end}")] {
                let mut history = History::default();
                history.then(&[write("a", format!("{kept}{end}"))]);
                history.then(&[delete("a"), write("b", &content)]);
                history.then(&[delete("b"), write("c", format!("{kept}{end}"))]);
                let scratch = history.finish();
                scratch.check("b");
                scratch.check("c");
            }
        }
    }
}

#[test]
fn copies() {
    let mut history = History::default();
    history.then(&[write("flake.lock", hundred_lines(0..0))]);
    history.then(&[copied("flake.lock", "examples/flake.lock")]);
    history.then(&[
        write("flake.lock", hundred_lines(0..3)),
        write("templates/flake.lock", hundred_lines(0..6)),
    ]);
    history.then(&[write("examples/flake.lock", hundred_lines(50..70))]);
    // Similar to all three.
    history.then(&[write("z.lock", hundred_lines(50..68))]);
    let scratch = history.finish();
    assert_eq!(scratch.check("examples/flake.lock"), 3);
    // Of two that are as similar and have the same name, the first in tree order: examples/flake.lock.
    assert_eq!(scratch.check("templates/flake.lock"), 3);
    assert_eq!(scratch.check("z.lock"), 4);
    assert_eq!(scratch.check("flake.lock"), 2);
}

#[test]
fn several_exact_candidates() {
    let text = hundred_lines(0..0);
    let names = ["a/other", "b/flake.lock", "c/other", "d/flake.lock", "e"];
    // Whatever is deleted of them along with the new file's appearance.
    for deleted in
        [&[][..], &["c/other"], &["d/flake.lock"], &["e", "d/flake.lock"], &["c/other", "e"], &names]
    {
        let mut history = History::default();
        history.then(&names.map(|name| write(name, &text)));
        let mut changes = vec![write("flake.lock", &text), write("moved", &text)];
        changes.extend(deleted.iter().map(|name| delete(name)));
        history.then(&changes);
        let scratch = history.finish();
        assert_eq!(scratch.check("flake.lock"), 2);
        assert_eq!(scratch.check("moved"), 2);
    }
}

/// git looks at no more than a hundred.
#[test]
fn too_many_exact_candidates() {
    let text = hundred_lines(0..0);
    let copies: Vec<Change> = (0..120).map(|n| write(&format!("copy/{n:03}"), &text)).collect();
    let mut history = History::default();
    history.then(&copies);
    history.then(&[delete("copy/099"), write("new/flake.lock", &text)]);
    history.on(&[1], &[delete("copy/100"), write("new/flake.lock", &text)]);
    history.line("reset refs/heads/last\nfrom :2\n");
    let scratch = history.finish();
    for (tip, origin) in [("last", "copy/099"), ("main", "copy/000")] {
        assert_eq!(scratch.check_range("new/flake.lock", &[tip]), 2);
        assert!(scratch.by_git("new/flake.lock", &[], &[tip])[1].ends_with(origin));
    }
}

#[test]
fn several_similar_candidates() {
    // Order and similarity in all kinds of ways, more than git keeps, among them dissimilar ones.
    let mut random = Random(7);
    let mut followed = 0;
    for round in 0..40 {
        let mut history = History::default();
        let names = ["a", "b/flake.lock", "c", "d", "e/flake.lock", "f", "g", "h", "i/flake.lock", "j"];
        history.then(&[
            write("README", "hello\n"),
            Change::Submodule("s".to_owned(), '5'),
            link("l", "README"),
        ]);
        let mut changes = vec![write("x/flake.lock", hundred_lines(0..0))];
        let mut first = Vec::new();
        for name in names {
            let changed = [0..70, 0..50, 0..40, 0..40, 20..60, 0..30, 0..10][random.below(7)].clone();
            first.push(write(name, hundred_lines(changed)));
            match random.below(4 + round % 5) {
                0 => changes.push(delete(name)),
                1 => changes.push(write(name, "something else\n")),
                _ => {}
            }
        }
        history.then(&first);
        history.then(&changes);
        followed += history.finish().check("x/flake.lock") - 1;
    }
    assert!(followed > 30, "{followed} of 40");
}

#[test]
fn merges() {
    let mut history = History::default();
    let base = history.then(&[write("flake.lock", hundred_lines(0..0)), write("README", "hello\n")]);
    let ours = history.on(&[base], &[write("README", "hello there\n")]);
    let move_ = history.on(&[base], &[moved("flake.lock", "nix/flake.lock")]);
    let edit = history.on(&[move_], &[write("nix/flake.lock", hundred_lines(0..10))]);
    let merge = history.on(
        &[ours, edit],
        &[
            delete("flake.lock"),
            write("nix/flake.lock", hundred_lines(0..10)),
            write("README", "hello\nthere\n"),
        ],
    );
    let side = history.on(&[base], &[write("flake.lock", hundred_lines(30..40))]);
    // A merge that itself moves the file.
    history.on(&[merge, side], &[moved("nix/flake.lock", "merged/flake.lock")]);
    history.then(&[write("merged/flake.lock", hundred_lines(0..12))]);
    history.then(&[moved("merged/flake.lock", "flake.lock")]);
    let scratch = history.finish();
    for path in ["flake.lock", "nix/flake.lock", "merged/flake.lock", "README"] {
        scratch.check(path);
        scratch.check_range(path, &["HEAD~2^1", "HEAD~2^2"]);
        scratch.check_range(path, &["HEAD~2^2..HEAD"]);
    }
    assert_eq!(scratch.by_git("flake.lock", &["--first-parent"], &[]).len(), 5);
}

/// While two branches are listed in turn by date, the path found on one is used on the other too.
#[test]
fn branches_with_different_paths() {
    let mut history = History::default();
    let base = history.then(&[write("a.lock", hundred_lines(0..0)), write("z", "z\n")]);
    let left = history.on(&[base], &[moved("a.lock", "left.lock")]);
    let right = history.on(&[base], &[write("a.lock", hundred_lines(0..1))]);
    let left = history.on(&[left], &[write("left.lock", hundred_lines(0..2))]);
    let right = history.on(&[right], &[moved("a.lock", "right.lock")]);
    let left = history.on(&[left], &[moved("left.lock", "flake.lock")]);
    let right = history.on(&[right], &[moved("right.lock", "flake.lock")]);
    history.on(&[left, right], &[write("z", "zz\n")]);
    history.then(&[write("flake.lock", hundred_lines(0..4))]);
    let scratch = history.finish();
    for path in ["flake.lock", "a.lock", "left.lock", "right.lock"] {
        scratch.check(path);
    }
}

#[test]
fn files_that_appear_anew() {
    let mut history = History::default();
    history.then(&[write("README", "hello\n")]);
    history.then(&[write("flake.lock", hundred_lines(0..0))]);
    history.then(&[delete("flake.lock")]);
    history.then(&[write("flake.lock", hundred_lines(0..1))]);
    history.then(&[moved("flake.lock", "a"), write("README", hundred_lines(0..50))]);
    // Its old name is taken by another file at once.
    history.then(&[moved("a", "b"), write("a", "not alike\n")]);
    history.then(&[moved("b", "flake.lock"), moved("a", "b")]);
    let scratch = history.finish();
    for path in ["flake.lock", "a", "b", "README"] {
        scratch.check(path);
    }
    // Beyond where it was created, git goes on to where the same name was deleted before.
    assert_eq!(scratch.check("flake.lock"), 6);
}

#[test]
fn empty_files() {
    let mut history = History::default();
    history.then(&[write("empty", ""), write("z/empty", ""), write("one", "\n")]);
    history.then(&[write("flake.lock", "")]);
    history.then(&[write("empty", "no longer\n"), moved("flake.lock", "later/flake.lock")]);
    history.then(&[write("later/flake.lock", hundred_lines(0..0))]);
    history.then(&[write("new", "x"), write("two", "\n\n")]);
    let scratch = history.finish();
    // An empty file counts as moved from another empty one.
    assert_eq!(scratch.check("later/flake.lock"), 4);
    for path in ["new", "one", "two", "empty", "z/empty"] {
        scratch.check(path);
    }
}

#[test]
fn links_submodules_and_modes() {
    let text = hundred_lines(0..0);
    let mut history = History::default();
    history.then(&[
        link("a.lock", "nix/flake.lock"),
        write("text", "nix/flake.lock"),
        write("c.lock", &text),
    ]);
    // Only another link can be where a link came from, only a file a file, and only if equal.
    history.then(&[delete("a.lock"), link("b.lock", "nix/flake.lock")]);
    history.then(&[link("d.lock", "nix/flake.lock2"), write("file", "nix/flake.lock")]);
    history.then(&[
        link("c2.lock", &text),
        Change::Write("c3.lock".to_owned(), PROGRAM, text.clone().into_bytes()),
    ]);
    history.then(&[Change::Submodule("module".to_owned(), '1'), Change::Submodule("other".to_owned(), '2')]);
    history.then(&[delete("module"), Change::Submodule("moved".to_owned(), '1')]);
    // From a link to a file and back, then to a folder and back.
    history.then(&[write("b.lock", &text)]);
    history.then(&[link("b.lock", "c.lock")]);
    history.then(&[moved("b.lock", "b.lock/flake.lock"), write("c.lock", hundred_lines(0..1))]);
    history.then(&[delete("b.lock"), link("b.lock", "c.lock")]);
    history.then(&[delete("c.lock"), write("c.lock/flake.lock", hundred_lines(0..2))]);
    history.then(&[delete("c.lock"), write("c.lock", hundred_lines(0..3))]);
    let scratch = history.finish();
    let paths = ["b.lock", "d.lock", "file", "c2.lock", "c3.lock", "moved", "other", "b.lock/flake.lock"];
    for path in paths.into_iter().chain(["c.lock/flake.lock", "c.lock", "text"]) {
        scratch.check(path);
    }
    assert_eq!(scratch.check("c3.lock"), 2);
    assert_eq!(scratch.check("moved"), 2);
}

/// What git counts as gone, and as equal.
#[test]
fn gone_and_equal() {
    let text = hundred_lines(0..0);
    let program = |path: &str, text: &str| Change::Write(path.to_owned(), PROGRAM, text.as_bytes().to_vec());
    let start = [write("p", &text), write("q", &text), program("r", &text), write("s", hundred_lines(0..9))];
    let ways = [
        // A folder in its place.
        vec![delete("q"), write("q/inside", "x\n"), write("new", &text)],
        // A link, or a submodule.
        vec![delete("q"), link("q", "x"), write("new", &text)],
        vec![delete("q"), Change::Submodule("q".to_owned(), '3'), write("new", &text)],
        // Another mode, and what is most similar deleted.
        vec![delete("p"), delete("q"), program("new", &text)],
        vec![delete("s"), program("new", &text)],
        vec![delete("s"), write("new", &text)],
        vec![delete("s"), write("new", hundred_lines(0..1))],
    ];
    let mut history = History::default();
    history.then(&start);
    history.then(&[delete("p"), delete("q"), write("z", "z\n")]);
    for way in &ways {
        history.on(&[1], way);
        history.line(&format!("reset refs/heads/tip{0}\nfrom :{0}\n", history.last));
    }
    // Only a program is left as an exact match, beside what is gone and similar.
    history.on(&[2], &[delete("s"), write("new", &text)]);
    let scratch = history.finish();
    assert_eq!(scratch.check("new"), 2);
    for tip in 3..3 + ways.len() {
        assert_eq!(scratch.check_range("new", &[&format!("tip{tip}")]), 2);
    }
}

#[test]
fn whole_folders() {
    let mut history = History::default();
    let files = |folder: &str, n: u32| {
        ["a/flake.lock", "b/flake.lock", "b.lock", "flake.lock"]
            .iter()
            .zip(n..)
            .map(|(name, n)| write(&format!("{folder}/{name}"), hundred_lines(n..n + 8)))
            .collect::<Vec<_>>()
    };
    history.then(&files("hosts", 0));
    history.then(&[moved("hosts", "machines")]);
    let mut changes = files("systems", 7);
    changes.push(delete("machines"));
    history.then(&changes);
    history.then(&[copied("systems", "old/systems")]);
    history.then(&[moved("systems", "here")]);
    let scratch = history.finish();
    for folder in ["here", "old/systems"] {
        for name in ["a/flake.lock", "b/flake.lock", "b.lock", "flake.lock"] {
            scratch.check(&format!("{folder}/{name}"));
        }
    }
    assert_eq!(scratch.check("here/a/flake.lock"), 4);
}

/// In git's order of trees a folder sorts as if its name ended in a slash; the order decides between equals.
#[test]
fn tree_order() {
    let names = ["a-b", "a/x", "a.c", "a0", "ab/x", "ab-", "b/c/d", "b/c-d", "b.c"];
    for kept in 0..names.len() {
        for text in [hundred_lines(0..0), hundred_lines(0..20)] {
            let mut history = History::default();
            history.then(&[write("z", "z\n")]);
            let present = names.iter().skip(kept).chain(names.iter().take(kept / 2));
            history.then(&present.map(|name| write(name, hundred_lines(0..0))).collect::<Vec<_>>());
            history.then(&[write("new", text)]);
            assert_eq!(history.finish().check("new"), 2);
        }
    }
}

#[test]
fn line_ends_and_binary_files() {
    let unix = hundred_lines(0..0);
    let dos = unix.replace('\n', "\r\n");
    let mac = unix.replace('\n', "\r");
    let with_zero = |text: &str, at: usize| {
        let mut bytes = text.as_bytes().to_vec();
        bytes.splice(at..at, [0, b'\n']);
        bytes
    };
    let long = "0123456789abcdef\n".repeat(800);
    let contents = [
        unix.clone().into_bytes(),
        dos.clone().into_bytes(),
        mac.into_bytes(),
        with_zero(&unix, 0),
        with_zero(&dos, 0),
        with_zero(&dos, 500),
        // git looks for a zero byte in the first 8000 bytes.
        with_zero(&long.replace('\n', "\r\n"), 7999),
        with_zero(&long.replace('\n', "\r\n"), 8000),
        with_zero(&long, 8000),
        long.replace('\n', "\r\n").into_bytes(),
        format!("{}\r", unix.trim_end()).into_bytes(),
        unix.replace('\n', "").into_bytes(),
        unix.as_bytes()[7..].to_vec(),
        unix.replace('\n', " ").replacen("same", "SAME", 1).into_bytes(),
    ];
    let contents = contents.into_iter().chain(one_line().map(String::into_bytes)).collect::<Vec<_>>();
    let mut history = History::default();
    let mut paths = Vec::new();
    for (n, old) in contents.iter().enumerate() {
        for (m, new) in contents.iter().enumerate().filter(|&(m, _)| m != n) {
            // Each pair beside a file that shares nothing with it.
            let path = format!("new-{n}-{m}");
            history.on(&[0], &[Change::Delete(String::new()), write("old", old), write("z", "z\n")]);
            let first = history.last;
            history.on(&[first], &[delete("old"), write(&path, new)]);
            paths.push((history.last, path));
        }
    }
    // Every pair is a history of its own, so tag their ends.
    for (mark, path) in &paths {
        history.line(&format!("reset refs/heads/{path}\nfrom :{mark}\n"));
    }
    let scratch = history.finish();
    let followed = paths.iter().filter(|(_, path)| scratch.compare(path, false, &[path]) == 2).count();
    assert!(followed > 10 && followed < paths.len(), "{followed} of {}", paths.len());
}

/// A partial clone that lacks blobs: what is missing is no origin by content, but identity needs no content.
#[test]
fn missing_blobs() {
    let mut history = History::default();
    history.then(&[write("flake.lock", hundred_lines(0..0)), write("a", "a\n")]);
    history.then(&[moved("flake.lock", "b/flake.lock")]);
    history.then(&[delete("b/flake.lock"), write("c/flake.lock", hundred_lines(0..3))]);
    history.then(&[moved("c/flake.lock", "flake.lock")]);
    let scratch = history.finish();
    assert_eq!(scratch.check("flake.lock"), 4);
    let filter = Filter { follow: true, ..Filter::default() };

    for (missing, commits) in [("HEAD~3:a", 4), ("HEAD~3:flake.lock", 2), ("HEAD:flake.lock", 2)] {
        let id = scratch.hash(missing);
        let loose = scratch.folder.path().join("objects").join(&id[..2]).join(&id[2..]);
        std::fs::remove_file(loose).unwrap();
        let listed = scratch.by_us("flake.lock", filter.clone(), &[]);
        assert_eq!(listed.len(), commits, "{listed:#?}");
    }
}

/// A path that is not UTF-8 cannot be walked: there the file counts as new.
#[test]
fn a_path_of_other_bytes() {
    let mut history = History::default();
    history.then(&[write("\"caf\\351.lock\"", hundred_lines(0..0))]);
    history.then(&[moved("\"caf\\351.lock\"", "flake.lock")]);
    history.then(&[moved("flake.lock", "\"caf\\303\\251.lock\"")]);
    let scratch = history.finish();
    let filter = Filter { follow: true, ..Filter::default() };
    assert_eq!(scratch.by_us("caf\u{e9}.lock", filter.clone(), &[]).len(), 2);
    assert_eq!(scratch.by_us("flake.lock", filter, &["HEAD~1"]).len(), 1);
}

/// A linear congruential generator, so that every run makes the same histories.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }

    fn pick<'t, T>(&mut self, from: &'t [T]) -> &'t T {
        &from[self.below(from.len())]
    }

    fn id(&mut self) -> String {
        format!("{:08x}{:08x}", self.below(1 << 31), self.below(1 << 31))
    }
}

/// Something like a flake.lock.
#[derive(Clone)]
struct Lock {
    nodes: Vec<[String; 4]>,
    style: usize,
}

impl Lock {
    fn new(random: &mut Random) -> Self {
        let nodes = (0..2 + random.below(18)).map(|_| Self::node(random)).collect();
        Self { nodes, style: random.below(12) }
    }

    fn node(random: &mut Random) -> [String; 4] {
        let name =
            *random.pick(&["nixpkgs", "flake-utils", "home-manager", "systems", "rust-overlay", "crane"]);
        [format!("{name}_{}", random.below(5)), random.id(), random.id(), random.id()]
    }

    /// Changes about so many of a hundred lines that can change.
    fn edit(&mut self, random: &mut Random, percent: usize) {
        for node in &mut self.nodes {
            for (n, word) in node.iter_mut().enumerate() {
                if random.below(100) < percent {
                    *word = if n == 0 { format!("input{}", random.below(50)) } else { random.id() };
                }
            }
        }
        match random.below(8) {
            0 => self.nodes.insert(0, Self::node(random)),
            1 => self.nodes.push(Self::node(random)),
            2 => drop(self.nodes.pop()),
            3 => self.nodes.reverse(),
            4 => self.style = random.below(12),
            _ => {}
        }
    }

    fn text(&self) -> Vec<u8> {
        let mut text = "{\n  \"nodes\": {\n".to_owned();
        for [name, modified, hash, rev] in &self.nodes {
            text += &format!(
                "    \"{name}\": {{\n      \"locked\": {{\n        \"lastModified\": {modified},\n        \"narHash\": \
                 \"sha256-{hash}{rev}\",\n        \"owner\": \"{name}\",\n        \"repo\": \"{name}\",\n        \
                 \"rev\": \"{rev}{hash}\",\n        \"type\": \"github\"\n      }}\n    }},\n"
            );
        }
        text += "  },\n  \"root\": \"root\",\n  \"version\": 7\n}\n";
        let text = match self.style {
            0 => text.replace('\n', "\r\n"),
            1 => text.replace(['\n', ' '], ""),
            2 => text.trim_end().to_owned(),
            3 => text.replace('\n', "\0\n"),
            _ => text,
        };
        text.into_bytes()
    }
}

type Tree = std::collections::BTreeMap<String, Lock>;

const PATHS: [&str; 12] = [
    "flake.lock",
    "other.lock",
    "a/flake.lock",
    "a/other.lock",
    "a/b/flake.lock",
    "b/flake.lock",
    "b/lock.json",
    "hosts/x/flake.lock",
    "hosts/y/flake.lock",
    "a.lock",
    "a-b/flake.lock",
    "z",
];

/// Changes a tree in one of the ways that trees change.
fn random_change(random: &mut Random, tree: &mut Tree) {
    let target = (*random.pick(&PATHS)).to_owned();
    let present: Vec<String> = tree.keys().cloned().collect();
    if present.is_empty() || random.below(20) == 0 {
        tree.insert(target, Lock::new(random));
        return;
    }
    let source = random.pick(&present).clone();
    let percent = *random.pick(&[0, 0, 5, 10, 20, 40, 60, 80]);
    let mut lock = tree[&source].clone();
    match random.below(12) {
        0 => drop(tree.remove(&source)),
        1..=5 => {
            lock.edit(random, percent.min(30));
            tree.insert(source, lock);
        }
        6..=8 => {
            if percent > 0 {
                lock.edit(random, percent);
            }
            tree.remove(&source);
            tree.insert(target, lock);
        }
        9 | 10 => {
            if percent > 0 {
                lock.edit(random, percent);
            }
            tree.insert(target, lock);
        }
        _ => {
            let (from, to) =
                *random.pick(&[("a/", "b/"), ("b/", "a/"), ("hosts/x/", "hosts/y/"), ("hosts/", "a/")]);
            let inside: Vec<String> = present.into_iter().filter(|path| path.starts_with(from)).collect();
            for path in inside {
                if let Some(lock) = tree.remove(&path) {
                    tree.insert(path.replacen(from, to, 1), lock);
                }
            }
        }
    }
}

/// A history, and the paths that its last commit has.
fn random_history(seed: u64) -> (History, Vec<String>) {
    let mut random = Random(seed);
    let mut history = History::default();
    let mut trees: Vec<Tree> = vec![Tree::new()];
    for n in 0..25 {
        // Mostly on top of the last commit, or of one of the few before it.
        let branching = n > 2 && random.below(5) == 0;
        let first = if branching { n - random.below(n.min(6)) } else { n };
        let mut parents = vec![first];
        let mut tree = trees[first].clone();
        if n > 2 && random.below(4) == 0 {
            let second = n - random.below(n.min(6));
            if second != first {
                parents.push(second);
                if random.below(2) == 0 {
                    tree.extend(trees[second].clone());
                } else if random.below(2) == 0 {
                    tree = trees[second].clone();
                }
            }
        }
        for _ in 0..1 + random.below(4) {
            random_change(&mut random, &mut tree);
        }
        let mut changes = vec![Change::Delete(String::new())];
        changes.extend(tree.iter().map(|(path, lock)| write(path, lock.text())));
        // Clocks that go wrong, now and then.
        let date = 1_700_000_000 + 100 * i64::try_from(n).unwrap()
            - i64::try_from(random.below(8) / 7 * 350).unwrap();
        history.at(date, &parents, &changes);
        trees.push(tree);
    }
    let paths = trees.pop().map(Tree::into_keys).into_iter().flatten().collect();
    (history, paths)
}

#[test]
fn random_histories() {
    let mut listed = 0;
    for seed in 0..60 {
        let (history, paths) = random_history(seed);
        let scratch = history.finish();
        let mut random = Random(seed);
        for path in paths.iter().take(5) {
            listed += scratch.check(path);
        }
        scratch.check("flake.lock");
        scratch.check_in_part(&mut random);
    }
    assert!(listed > 1000, "{listed}");
}
