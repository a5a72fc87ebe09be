//! Running programs. The only place that does, besides the pager.

use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use crate::error::{Error, Result};

use super::command::CommandLine;
use super::owner::Owner;

/// How often a program that runs is looked at.
const PAUSE: Duration = Duration::from_millis(20);
/// Ctrl-C reaches every program of the terminal by itself; one that does not end by it within this time is told again.
const PATIENCE: Duration = Duration::from_secs(5);

/// Remembers that somebody asked us to stop, instead of stopping there and then, in the midst of a step.
#[derive(Debug)]
pub struct Interrupt {
    signal: Arc<AtomicUsize>,
    /// Whether nobody listens any more: then a signal ends the program as it always does.
    is_over: Arc<AtomicBool>,
}

impl Drop for Interrupt {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::SeqCst);
    }
}

impl Interrupt {
    /// Begins to listen for Ctrl-C, for the end of the terminal and for `kill`.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn listen() -> Result<Self> {
        let signal = Arc::new(AtomicUsize::new(0));
        let is_over = Arc::new(AtomicBool::new(false));
        for number in [SIGINT, SIGTERM, SIGHUP] {
            let value = usize::try_from(number).unwrap_or_default();
            signal_hook::flag::register_conditional_default(number, Arc::clone(&is_over))
                .and_then(|_| signal_hook::flag::register_usize(number, Arc::clone(&signal), value))
                .map_err(|e| Error::new("cannot listen for signals").because(e))?;
        }
        Ok(Self { signal, is_over })
    }

    /// The signal that came.
    #[must_use]
    pub fn came(&self) -> Option<i32> {
        i32::try_from(self.signal.load(Ordering::SeqCst)).ok().filter(|&signal| signal != 0)
    }

    /// Fails when somebody asked us to stop.
    ///
    /// # Errors
    /// Then.
    pub fn check(&self) -> Result<()> {
        match self.came() {
            Some(_) => Err(Error::new("interrupted")),
            None => Ok(()),
        }
    }
}

/// Runs a program to its end with our own input and output; gives its exit code, `None` when a signal ended it.
///
/// # Errors
/// When it cannot be started.
pub fn run(
    line: &CommandLine,
    folder: &Path,
    owner: Option<&Owner>,
    interrupt: &Interrupt,
) -> Result<Option<i32>> {
    let mut child = command(line, folder, owner).spawn().map_err(|e| cannot_start(line, &e))?;
    let status = wait(&mut child, interrupt)
        .map_err(|e| Error::new(format!("cannot wait for `{}`", line.as_typed())).because(e))?;
    Ok(status.code())
}

fn wait(child: &mut Child, interrupt: &Interrupt) -> std::io::Result<ExitStatus> {
    let mut handed_on: Option<i32> = None;
    let mut since: Option<Instant> = None;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if let Some(signal) = interrupt.came().filter(|signal| handed_on != Some(*signal)) {
            // Of these only we may have heard. Of Ctrl-C the child has heard as well; twice is a different matter.
            let at_once = signal != SIGINT;
            let since = *since.get_or_insert_with(Instant::now);
            if at_once || since.elapsed() > PATIENCE {
                handed_on = Some(signal);
                let pid = i32::try_from(child.id()).map(Pid::from_raw);
                if let (Ok(pid), Ok(signal)) = (pid, Signal::try_from(signal)) {
                    // It may just have ended.
                    let _ = kill(pid, signal);
                }
            }
        }
        std::thread::sleep(PAUSE);
    }
}

/// Nobody listens at port 1 of this machine.
const NO_PROXY_AT_ALL: &str = "http://127.0.0.1:1";

/// What tells git of another repository, or another index, than the one in the folder it runs in (`git rev-parse
/// --local-env-vars`). A hook or an alias of git's may have set it for a repository that is not ours.
const OF_A_REPOSITORY: [&str; 8] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_COMMON_DIR",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
];

/// Runs a program about the repository in `folder` and takes what it writes.
///
/// # Errors
/// When it cannot be started. That it failed is for the caller to see.
pub fn output(line: &CommandLine, folder: &Path, owner: Option<&Owner>, input: &[u8]) -> Result<Output> {
    output_of(command(line, folder, owner), line, input)
}

/// The same with every way into the network closed that the environment can close. `--offline` keeps Nix from asking
/// for what is newer, and not from fetching what is gone from its store.
///
/// # Errors
/// When it cannot be started.
pub(super) fn offline(line: &CommandLine, folder: &Path, owner: Option<&Owner>) -> Result<Output> {
    let mut command = command(line, folder, owner);
    for name in ["http_proxy", "https_proxy", "ftp_proxy", "all_proxy"] {
        command.env(name, NO_PROXY_AT_ALL).env(name.to_uppercase(), NO_PROXY_AT_ALL);
    }
    command.env("no_proxy", "").env("NO_PROXY", "").env("GIT_ALLOW_PROTOCOL", "none");
    output_of(command, line, b"")
}

/// The same in a process group of its own: the Ctrl-C of somebody impatient does not reach it. For what is short, asks
/// nothing, and must not stop half-way, as the way back.
///
/// # Errors
/// When it cannot be started.
pub(super) fn undisturbed(line: &CommandLine, folder: &Path, owner: Option<&Owner>) -> Result<Output> {
    let mut command = command(line, folder, owner);
    command.process_group(0);
    output_of(command, line, b"")
}

fn output_of(mut command: Command, line: &CommandLine, input: &[u8]) -> Result<Output> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|e| cannot_start(line, &e))?;
    // A program that does not read its input to the end shows so by its exit code. What we hand over is a commit's
    // message at most, so it fits into the pipe and nobody waits for anybody.
    if let Some(mut stdin) = child.stdin.take() {
        drop(stdin.write_all(input));
    }
    child
        .wait_with_output()
        .map_err(|e| Error::new(format!("cannot wait for `{}`", line.as_typed())).because(e))
}

#[expect(clippy::disallowed_methods, reason = "this is the place that runs programs")]
fn command(line: &CommandLine, folder: &Path, owner: Option<&Owner>) -> Command {
    let mut command = Command::new(line.found.as_deref().map_or(line.program.as_os_str(), Path::as_os_str));
    command.args(&line.arguments).current_dir(folder);
    for name in OF_A_REPOSITORY {
        command.env_remove(name);
    }
    if let Some(owner) = owner {
        owner.dress(&mut command);
    }
    command
}

fn cannot_start(line: &CommandLine, e: &std::io::Error) -> Error {
    Error::new(format!("cannot start `{}`", line.as_typed())).because(e)
}

/// The last lines a program wrote on standard error, for a person.
#[must_use]
pub fn last_words(output: &Output) -> String {
    last_lines(&output.stderr)
}

/// The same of any text.
pub(super) fn last_lines(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    let lines: Vec<&str> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with("(use '--show-trace'"))
        .collect();
    let is_last_word = |line: &&str| line.starts_with("error:") || line.starts_with("fatal:");
    // Nix comes to the point with its last error; before the one that ends git stand those that led to it.
    let from = if lines.iter().any(|line| line.starts_with("fatal:")) {
        lines.iter().position(is_last_word)
    } else {
        lines.iter().rposition(is_last_word)
    };
    let told = from.and_then(|from| lines.get(from..)).or_else(|| lines.get(lines.len().saturating_sub(3)..));
    told.unwrap_or_default().iter().take(6).copied().collect::<Vec<_>>().join(" ")
}
