//! A configuration in a git repository, a profile beside it, and the program run on both.

use std::ffi::OsStr;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

/// A folder with a configuration's repository, a profile and a store.
pub(crate) struct Repository {
    _temporary: TempDir,
    /// The folder itself, without links in its path.
    pub(crate) root: PathBuf,
}

/// What a run of the program gave.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Run {
    /// The output of a run that went well.
    #[track_caller]
    pub(crate) fn good(self) -> String {
        assert_eq!(self.code, 0, "{}{}", self.out, self.err);
        self.out
    }

    pub(crate) fn json(self) -> Value {
        serde_json::from_str(&self.good()).unwrap()
    }
}

impl Repository {
    /// An empty repository and an empty folder of profiles.
    pub(crate) fn new() -> Self {
        let temporary = tempfile::tempdir().unwrap();
        let root = temporary.path().canonicalize().unwrap();
        for folder in ["config", "profiles", "store", "run", "home"] {
            std::fs::create_dir(root.join(folder)).unwrap();
        }
        let repository = Self { _temporary: temporary, root };
        repository.git(&["init", "--quiet", "--initial-branch=main"]);
        repository
    }

    pub(crate) fn path(&self, inside: &str) -> PathBuf {
        self.root.join(inside)
    }

    pub(crate) fn profile(&self) -> PathBuf {
        self.path("profiles/system")
    }

    pub(crate) fn link(&self, number: u64) -> PathBuf {
        self.path(&format!("profiles/system-{number}-link"))
    }

    /// Writes a file of the configuration.
    pub(crate) fn write(&self, file: &str, text: &str) {
        std::fs::write(self.path("config").join(file), text).unwrap();
    }

    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        self.git_at("2025-01-01T00:00:00Z", arguments)
    }

    /// Runs git at a date.
    pub(crate) fn git_at(&self, date: &str, arguments: &[&str]) -> String {
        let mut git = program("git", &self.path("config"));
        git.env("GIT_AUTHOR_DATE", date).env("GIT_COMMITTER_DATE", date);
        finished(git.args(arguments)).trim().to_owned()
    }

    /// Commits everything and gives the commit's id.
    pub(crate) fn commit(&self, date: &str, message: &str) -> String {
        self.git(&["add", "--all"]);
        self.git_at(date, &["commit", "--quiet", "--allow-empty", "--message", message]);
        self.git(&["rev-parse", "HEAD"])
    }

    /// The blob of a revision's lock, or of a file.
    pub(crate) fn lock_id(&self, revision: &str) -> String {
        self.git(&["rev-parse", &format!("{revision}:flake.lock")])
    }

    /// Makes a generation by hand: a link to this path, made at this date.
    pub(crate) fn generation(&self, number: u64, target: impl AsRef<Path>, date: &str) {
        symlink(target, self.link(number)).unwrap();
        touch(&self.link(number), date);
    }

    /// Makes a generation the default by hand, as Nix does.
    pub(crate) fn stand_on(&self, number: u64) {
        self.point(&self.profile(), format!("system-{number}-link"));
    }

    /// Sets what runs or was booted.
    pub(crate) fn runs(&self, what: &str, target: impl AsRef<Path>) {
        self.point(&self.path("run").join(what), target);
    }

    fn point(&self, link: &Path, target: impl AsRef<Path>) {
        if link.is_symlink() {
            std::fs::remove_file(link).unwrap();
        }
        symlink(target, link).unwrap();
    }

    /// Runs the program in the configuration's folder, looking at the profile.
    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        let profile = self.profile();
        let with_profile = [arguments, &["--profile", profile.to_str().unwrap()]].concat();
        self.run_with(&with_profile, &[])
    }

    /// Runs the program with these variables and nothing said of a profile.
    pub(crate) fn run_with(&self, arguments: &[&str], variables: &[(&str, &OsStr)]) -> Run {
        let output = self.command(arguments, variables).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let code = output.status.code().unwrap_or(-1);
        Run { code, out: text(&output.stdout), err: text(&output.stderr) }
    }

    /// The program, to be run with these variables and nothing said of a profile.
    pub(crate) fn command(&self, arguments: &[&str], variables: &[(&str, &OsStr)]) -> Command {
        let mut command = program(env!("CARGO_BIN_EXE_flakehist"), &self.path("config"));
        command.env("FLAKEHIST_RUN", self.path("run")).env("FLAKEHIST_NOW", "1767225600");
        command.env("NIX_STATE_DIR", self.path("state")).env("HOME", self.path("home"));
        command.args(arguments).envs(variables.iter().copied());
        command
    }

    /// The generations as JSON, the highest number first.
    pub(crate) fn generations(&self) -> Vec<Value> {
        match self.run(&["generations", "--json"]).json() {
            Value::Array(rows) => rows,
            other => panic!("{other}"),
        }
    }

    /// One generation as JSON.
    #[track_caller]
    pub(crate) fn row(&self, number: u64) -> Value {
        let rows = self.generations();
        rows.into_iter().find(|row| row["generation"] == number).unwrap()
    }

    /// The numbers of the generations in each entry of the log, and of those that stand by themselves.
    pub(crate) fn log_numbers(&self, arguments: &[&str]) -> (Vec<Vec<u64>>, Vec<u64>) {
        let log = self.run(&[&["log", "--json"], arguments].concat()).json();
        let numbers = |list: &Value| -> Vec<u64> {
            list.as_array().unwrap().iter().map(|one| one["generation"].as_u64().unwrap()).collect()
        };
        let entries = log["entries"].as_array().unwrap().iter();
        (entries.map(|entry| numbers(&entry["generations"])).collect(), numbers(&log["otherGenerations"]))
    }
}

/// Gives a link its own date.
pub(crate) fn touch(link: &Path, date: &str) {
    finished(program("touch", Path::new("/")).args(["-h", "-d", date]).arg(link));
}

/// A program undisturbed by the settings of whoever runs the tests.
#[expect(clippy::disallowed_methods, reason = "the tests run git, Nix and the program itself")]
pub(crate) fn program(name: &str, folder: &Path) -> Command {
    let mut command = Command::new(name);
    command
        .current_dir(folder)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", folder)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_AUTHOR_NAME", "A U Thor")
        .env("GIT_AUTHOR_EMAIL", "a@example.org")
        .env("GIT_COMMITTER_NAME", "A U Thor")
        .env("GIT_COMMITTER_EMAIL", "a@example.org")
        .env("LC_ALL", "C")
        .env("TZ", "UTC");
    command
}

/// What a program printed that ended well.
pub(crate) fn finished(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
