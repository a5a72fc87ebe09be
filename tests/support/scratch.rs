//! A scratch repository, made by the real git.

use std::cell::Cell;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::lock::lock;
use super::run::{Flakehist, Outcome, git, program};

/// The present, for git and flakehist alike: 2023-11-14 22:13:20 UTC.
pub(crate) const NOW: i64 = 1_700_000_000;

/// Noon of the `n`th day of 2023, in seconds since 1970.
pub(crate) fn day(n: i64) -> i64 {
    1_672_574_400 + (n - 1) * 86_400
}

/// Configuration of git that keeps it quick and quiet, for whoever reads the file in this home.
const CONFIG: &str = "[core]
\tfsync = none
[gc]
\tauto = 0
[advice]
\tgraftFileDeprecated = false
\tdetachedHead = false
[protocol \"file\"]
\tallow = always
";

/// A temporary folder with a home, a repository, and whatever else a test puts there.
pub(crate) struct Scratch {
    dir: TempDir,
    folder: PathBuf,
    /// The date of the next commit.
    clock: Cell<i64>,
    zone: Cell<&'static str>,
}

impl Scratch {
    /// With an empty repository in `repo`.
    pub(crate) fn new() -> Self {
        Self::with_init(&[])
    }

    /// The same, with more options for `git init`.
    pub(crate) fn with_init(options: &[&str]) -> Self {
        let scratch = Self::without_repository();
        scratch.git(["init", "--quiet", "--template=", "--initial-branch=main"].iter().chain(options));
        scratch
    }

    /// With an empty folder `repo`.
    pub(crate) fn without_repository() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        let folder = root.join("repo");
        std::fs::create_dir(&folder).unwrap();
        std::fs::create_dir(root.join("home")).unwrap();
        std::fs::write(root.join("home/.gitconfig"), CONFIG).unwrap();
        Self { dir, folder, clock: Cell::new(day(1)), zone: Cell::new("UTC0") }
    }

    /// The repository's folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Something in the repository's folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Something beside the repository's folder.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.folder.with_file_name(name)
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.beside("home")
    }

    /// Sets the date of the next commit.
    pub(crate) fn at(&self, seconds: i64) -> &Self {
        self.clock.set(seconds);
        self
    }

    /// Sets the time zone, as `TZ` names it, of everything run from now on.
    pub(crate) fn zone(&self, zone: &'static str) -> &Self {
        self.zone.set(zone);
        self
    }

    /// Runs git in a folder and takes whatever comes.
    pub(crate) fn ask_git(
        &self,
        folder: &Path,
        args: impl IntoIterator<Item = impl AsRef<OsStr>>,
    ) -> Outcome {
        self.feed_git(folder, args, b"")
    }

    /// The same with something on standard input.
    pub(crate) fn feed_git(
        &self,
        folder: &Path,
        args: impl IntoIterator<Item = impl AsRef<OsStr>>,
        input: &[u8],
    ) -> Outcome {
        let mut git = program(git());
        let date = format!("@{} +0000", self.clock.get());
        git.current_dir(folder)
            .env("HOME", self.home())
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("TZ", self.zone.get())
            .env("LC_ALL", "C.UTF-8")
            .env("GIT_TEST_DATE_NOW", NOW.to_string());
        for who in ["AUTHOR", "COMMITTER"] {
            git.env(format!("GIT_{who}_NAME"), "Ada Example")
                .env(format!("GIT_{who}_EMAIL"), "ada@example.org")
                .env(format!("GIT_{who}_DATE"), &date);
        }
        git.args(args);
        Outcome::of(git, input)
    }

    /// Runs git in a folder; it must succeed. Gives its output without the last line's end.
    pub(crate) fn git_in(&self, folder: &Path, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> String {
        self.ask_git(folder, args).success().out().trim_end().to_owned()
    }

    /// Runs git in the repository; it must succeed.
    pub(crate) fn git(&self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> String {
        self.git_in(&self.folder, args)
    }

    /// Writes a file into the working tree, and the folders it needs.
    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    /// Commits the whole working tree an hour after the commit before. Gives the id.
    pub(crate) fn commit(&self, subject: &str) -> String {
        self.git(["add", "--all"]);
        self.git(["commit", "--quiet", "--allow-empty", "--message", subject]);
        self.at(self.clock.get() + 3600);
        self.git(["rev-parse", "HEAD"])
    }

    /// Commits `flake.lock` in the `n`th of its states, and a `flake.nix` beside it. Gives the id.
    pub(crate) fn commit_lock(&self, n: u64) -> String {
        self.write("flake.nix", "{ }\n");
        self.write("flake.lock", lock(&[("nixpkgs", n)]));
        self.commit(&format!("lock {n}"))
    }

    /// flakehist in a folder.
    pub(crate) fn flakehist_in(&self, folder: &Path) -> Flakehist {
        Flakehist::new(folder, &self.home(), NOW).env("TZ", self.zone.get())
    }

    /// Runs flakehist in the repository's folder.
    pub(crate) fn flakehist(&self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Outcome {
        self.flakehist_in(&self.folder).args(args).run()
    }

    /// What git lists for a file. Panics when git refuses.
    pub(crate) fn listed_by_git(&self, folder: &Path, args: &[&str], file: &str) -> Vec<String> {
        let all = ["log", "--format=%H"].iter().chain(args).copied().chain(["--", file]);
        self.git_in(folder, all).lines().map(str::to_owned).collect()
    }

    /// Makes sure that flakehist lists the very commits that git lists, and gives them.
    pub(crate) fn same_log(&self, args: &[&str]) -> Vec<String> {
        self.same_log_in(&self.folder, args, "flake.lock")
    }

    /// The same in another folder or for another file, whose path is given from the root of the working tree.
    pub(crate) fn same_log_in(&self, folder: &Path, args: &[&str], file: &str) -> Vec<String> {
        let git = self.listed_by_git(folder, args, file);
        let all = ["log", "--json", "--lock", file].into_iter().chain(args.iter().copied());
        let ours = self.flakehist_in(folder).args(all).run().success();
        assert!(ours.commits() == git, "{}", self.difference(folder, args, &git, &ours));
        git
    }

    fn difference(&self, folder: &Path, args: &[&str], git: &[String], ours: &Outcome) -> String {
        let name = |id: &String| self.git_in(folder, ["log", "-1", "--format=%h %cI %s", id]);
        let names = |ids: &[String]| ids.iter().map(name).collect::<Vec<_>>().join("\n");
        let graph = ["log", "--graph", "--all", "-n", "60", "--format=%h %ct (%p)%d %s"];
        format!(
            "{args:?} in {}\n--- git\n{}\n--- flakehist\n{}\n{}\n--- all\n{}",
            folder.display(),
            names(git),
            names(&ours.commits()),
            ours.err(),
            self.git_in(folder, graph)
        )
    }
}
