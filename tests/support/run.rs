//! Programs run to their end, with everything they said.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::io::{Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

/// Nothing here may take longer, on however busy a machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// A variable of the environment the tests themselves run in.
#[expect(clippy::disallowed_methods, reason = "where programs and the corpus lie is for the machine to say")]
pub(crate) fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}

/// Says why a test does nothing on this machine.
#[expect(clippy::print_stdout, reason = "a test that does nothing must say so")]
pub(crate) fn skipped(why: &str) {
    println!("skipped: {why}");
}

/// A program that inherits nothing but the search path.
#[expect(clippy::disallowed_methods, reason = "the tests run the built program, and git beside it")]
pub(crate) fn program(path: &Path) -> Command {
    let mut command = Command::new(path);
    command.env_clear().env("PATH", variable("PATH").unwrap_or_default());
    command
}

/// Where git lies: looked for once, because to start a program by its path is quicker.
pub(super) fn git() -> &'static Path {
    static GIT: OnceLock<PathBuf> = OnceLock::new();
    GIT.get_or_init(|| {
        let folders = variable("PATH").unwrap_or_default();
        let mut files = std::env::split_paths(&folders).map(|folder| folder.join("git"));
        files.find(|file| file.is_file()).unwrap_or_else(|| panic!("there is no git on the PATH"))
    })
}

/// What a program did.
pub(crate) struct Outcome {
    /// The command line, for messages.
    what: String,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: Vec<u8>,
    /// The exit code; none when a signal ended it.
    pub(crate) status: Option<i32>,
}

impl Outcome {
    /// Runs a command, feeding it `input`.
    ///
    /// Panics when it does not end in time.
    pub(crate) fn of(command: Command, input: &[u8]) -> Self {
        Self::within(PATIENCE, command, input)
    }

    /// The same with more patience, for what is made to take long.
    pub(crate) fn within(patience: Duration, mut command: Command, input: &[u8]) -> Self {
        let what = described(&command);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|e| panic!("cannot run {what}: {e}"));
        let (mut stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        // The threads outlive this function only when the program outlives its patience.
        let input = input.to_vec();
        std::thread::spawn(move || {
            // Who does not want its input may close it.
            let _ = stdin.take().map(|mut stdin| stdin.write_all(&input));
        });
        let (sender, receiver) = channel();
        let other = sender.clone();
        std::thread::spawn(move || sender.send((false, everything(stdout))));
        std::thread::spawn(move || other.send((true, everything(stderr))));
        let deadline = Instant::now() + patience;
        let mut outcome = Self { what, stdout: Vec::new(), stderr: Vec::new(), status: None };
        for _ in 0..2 {
            match receiver.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok((false, bytes)) => outcome.stdout = bytes,
                Ok((true, bytes)) => outcome.stderr = bytes,
                Err(_) => {
                    child.kill().unwrap();
                    child.wait().unwrap();
                    panic!("still running after {patience:?}: {}", outcome.what);
                }
            }
        }
        outcome.status = child.wait().unwrap().code();
        outcome
    }

    /// Standard output as text.
    pub(crate) fn out(&self) -> &str {
        std::str::from_utf8(&self.stdout).unwrap_or_else(|e| panic!("output is not UTF-8, {e}:\n{self}"))
    }

    /// Standard error as text.
    pub(crate) fn err(&self) -> &str {
        std::str::from_utf8(&self.stderr).unwrap_or_else(|e| panic!("errors are not UTF-8, {e}:\n{self}"))
    }

    /// The same, having made sure that it ended well.
    pub(crate) fn success(self) -> Self {
        assert_eq!(self.status, Some(0), "\n{self}");
        self
    }

    /// The same, having made sure that it ended with this code and says this on standard error.
    pub(crate) fn failure(self, code: i32, says: &str) -> Self {
        assert_eq!(self.status, Some(code), "\n{self}");
        assert!(self.err().contains(says), "does not say {says:?}\n{self}");
        self
    }

    /// The document on standard output.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.stdout).unwrap_or_else(|e| panic!("not JSON, {e}:\n{self}"))
    }

    /// The entries of `log --json`.
    pub(crate) fn entries(&self) -> Vec<serde_json::Value> {
        match self.json().get_mut("entries").map(serde_json::Value::take) {
            Some(serde_json::Value::Array(entries)) => entries,
            _ => panic!("no entries:\n{self}"),
        }
    }

    /// The commits of `log --json`, in order; what is not committed has none.
    pub(crate) fn commits(&self) -> Vec<String> {
        let commit = |entry: &serde_json::Value| entry["commit"].as_str().map(str::to_owned);
        self.entries().iter().filter_map(commit).collect()
    }

    /// The rows that are not committed, each as `worktree`, `worktree staged` or `staged`, with its state.
    pub(crate) fn uncommitted(&self) -> Vec<String> {
        let words = |entry: &serde_json::Value| {
            let worktree = if entry["worktree"] == true { "worktree " } else { "" };
            let staged = if entry["staged"] == true { "staged " } else { "" };
            format!("{worktree}{staged}{}", entry["state"].as_str().unwrap_or("?"))
        };
        self.entries().iter().filter(|entry| entry["commit"].is_null()).map(words).collect()
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let status = self.status.map_or_else(|| "killed".to_owned(), |code| code.to_string());
        writeln!(f, "$ {}\nstatus: {status}", self.what)?;
        writeln!(f, "--- stdout\n{}", String::from_utf8_lossy(&self.stdout).trim_end())?;
        write!(f, "--- stderr\n{}", String::from_utf8_lossy(&self.stderr).trim_end())
    }
}

/// The command line without the folders and the environment that are the same for all.
fn described(command: &Command) -> String {
    let name = Path::new(command.get_program()).file_name().unwrap_or_default().to_string_lossy();
    let args: Vec<_> = command.get_args().map(|arg| format!(" {arg:?}")).collect();
    let folder = command.get_current_dir().unwrap_or(Path::new("")).display();
    format!("{name}{}  (in {folder})", args.concat())
}

fn everything(from: Option<impl Read>) -> Vec<u8> {
    let mut bytes = Vec::new();
    from.unwrap().read_to_end(&mut bytes).unwrap();
    bytes
}

/// The built program, about to be run.
pub(crate) struct Flakehist(Command);

impl Flakehist {
    /// In `folder`, for a user whose home is `home`, at the moment `now`.
    pub(crate) fn new(folder: &Path, home: &Path, now: i64) -> Self {
        let mut command = program(env!("CARGO_BIN_EXE_flakehist").as_ref());
        command.current_dir(folder).env("HOME", home).env("TZ", "UTC0").env("FLAKEHIST_NOW", now.to_string());
        // The machine's own generations are none of the tests' business.
        command.env("NIX_STATE_DIR", home.join("no-nix")).env("FLAKEHIST_PROFILE", home.join("no-profile"));
        Self(command)
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.0.env(name, value);
        self
    }

    pub(crate) fn args(mut self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        self.0.args(args);
        self
    }

    pub(crate) fn run(self) -> Outcome {
        Outcome::of(self.0, b"")
    }

    /// Run by another program, which is given these words before it: `strace`, `setpriv`.
    pub(crate) fn under(self, other: &Path, words: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        let mut command = program(other);
        command.args(words).arg(self.0.get_program()).args(self.0.get_args());
        for (name, value) in self.0.get_envs() {
            command.env(name, value.unwrap_or_default());
        }
        command.current_dir(self.0.get_current_dir().unwrap_or(Path::new("/")));
        Self(command)
    }

    /// As a command, for who wants to start it and not wait.
    pub(crate) fn command(self) -> Command {
        self.0
    }
}
