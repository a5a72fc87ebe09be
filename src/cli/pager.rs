//! Long output through a pager, chosen and started as git does it (git(1), `GIT_PAGER`).

use std::io::{self, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::error::{Error, Result};
use crate::restore::Programs;
use crate::view;

use super::progress::Progress;
use super::settings::Lookup;
use super::world::World;

/// What git falls back to as well.
pub(super) const DEFAULT: &str = "less";

/// `FLAKEHIST_PAGER`, `flakehist.pager`, then as git: `GIT_PAGER`, `core.pager`, `PAGER`, and on a terminal that is
/// not dumb `less`. `None` when that is nothing or `cat`.
pub(super) fn choose(lookup: &Lookup<'_>) -> Option<String> {
    let set =
        |name: &str| lookup.world.is_set(name).then(|| lookup.world.variable(name).unwrap_or("").to_owned());
    let chosen = lookup
        .own_pager()
        .or_else(|| set("GIT_PAGER"))
        .or_else(|| lookup.config("core.pager"))
        .or_else(|| set("PAGER"))
        // It complains of a terminal that can do nothing, and waits for a key.
        .unwrap_or_else(|| if lookup.world.is_dumb() { String::new() } else { DEFAULT.to_owned() });
    Some(chosen).filter(|pager| !pager.is_empty() && pager != "cat")
}

/// Whether the program of a pager's command line is there, as far as that can be told without a shell.
pub(super) fn is_there(pager: &str, programs: &Programs) -> bool {
    let program = pager.split_whitespace().next().unwrap_or_default();
    if program.contains(|c| OF_THE_SHELL.contains(c)) {
        return true;
    }
    if program.contains('/') { Path::new(program).exists() } else { programs.find(program).is_some() }
}

/// Where the output goes: standard output, or a pager that must be waited for. Either is begun with the first word, so
/// that until then there is room for one on what is at work.
pub(super) struct Output {
    pager: Option<Command>,
    progress: Progress,
    is_ascii: bool,
    to: Option<Signs<io::BufWriter<Box<dyn Write>>>>,
    started: Option<Child>,
}

/// Writes text, where need be with our own signs in ASCII.
pub(super) struct Signs<W> {
    to: W,
    is_ascii: bool,
}

impl<W> Signs<W> {
    /// Writes to this.
    pub(super) fn new(to: W, world: &World) -> Self {
        Self { to, is_ascii: world.is_ascii }
    }
}

impl<W: Write> Write for Signs<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match std::str::from_utf8(bytes) {
            Ok(text) if self.is_ascii => {
                self.to.write_all(view::ascii(text).as_bytes()).map(|()| bytes.len())
            }
            _ => self.to.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

impl Output {
    /// Standard output, through the pager if there is one. A pager that cannot be started is done without, as in git.
    #[must_use]
    pub(super) fn open(pager: Option<&str>, world: &World) -> Self {
        let pager = pager.map(|pager| command(pager, world));
        Self { pager, progress: Progress::default(), is_ascii: world.is_ascii, to: None, started: None }
    }

    /// The same, with a word on what is at work until the first one is written.
    #[must_use]
    pub(super) fn after(self, progress: Progress) -> Self {
        Self { progress, ..self }
    }

    /// Where to write.
    ///
    /// # Errors
    /// After [`Output::close`].
    pub(super) fn writer(&mut self) -> Result<&mut dyn Write> {
        if self.to.is_none() {
            self.progress = Progress::default();
            self.started = self.pager.take().and_then(|mut pager| pager.spawn().ok());
            let to: Box<dyn Write> = match self.started.as_mut().and_then(|child| child.stdin.take()) {
                Some(stdin) => Box::new(stdin),
                None => Box::new(io::stdout()),
            };
            let to = io::BufWriter::with_capacity(1 << 16, to);
            self.to = Some(Signs { to, is_ascii: self.is_ascii });
        }
        let writer = self.to.as_mut().ok_or_else(|| Error::new("the output is closed"))?;
        Ok(writer)
    }

    /// Hands over what was written so far.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn flush(&mut self) -> Result<()> {
        self.to.as_mut().map_or(Ok(()), Write::flush).map_err(|e| Error::output(&e))
    }

    /// Ends the output and waits until the reader has left the pager.
    ///
    /// # Errors
    /// When the rest cannot be written.
    pub(super) fn close(mut self) -> Result<()> {
        let flushed = self.flush();
        // The pager sees the end only when its input is closed.
        drop(self.to.take());
        if let Some(mut pager) = self.started.take() {
            pager.wait().map_err(|e| Error::new("cannot wait for the pager").because(e))?;
        }
        flushed
    }
}

/// What makes a command line of more than a program's name (`prepare_shell_cmd` in git's `run-command.c`).
const OF_THE_SHELL: &str = "|&;<>()$`\\\"' \t\n*?[#~=%";

/// The pager, started through the shell where it is a command line of the user's own, with options and all; as in git a
/// mere name is started as it is, because then one that is not there is noticed.
#[expect(clippy::disallowed_methods, reason = "this is the place that starts the pager")]
fn command(pager: &str, world: &World) -> Command {
    let mut command = if pager.contains(|c| OF_THE_SHELL.contains(c)) {
        let mut shell = Command::new("sh");
        shell.arg("-c").arg(pager);
        shell
    } else {
        Command::new(pager)
    };
    command.stdin(Stdio::piped());
    if !world.is_set("LESS") {
        command.env("LESS", "FRX");
    }
    if !world.is_set("LV") {
        command.env("LV", "-c");
    }
    command
}
