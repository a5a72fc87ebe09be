//! A word on the terminal while something takes longer than one likes to wait without any.

use std::io::{self, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::view::fit;

use super::world::World;

/// Whatever is over sooner is passed over in silence.
const PATIENCE: Duration = Duration::from_millis(500);
/// How often the line tells how long it has been.
const BEAT: Duration = Duration::from_secs(1);

/// Something at work. One line on standard error tells of it after half a second, and is gone again when this is
/// dropped, which has to be before anything else is written. Where standard error is no terminal, or one that cannot
/// take a line back, nothing is said and nothing started.
#[derive(Debug, Default)]
pub(super) struct Progress {
    /// Dropped, it ends the thread.
    working: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Progress {
    /// Begins to tell of `what`, in words that go on: `reading the history`.
    #[must_use]
    pub(super) fn of(what: &'static str, world: &World) -> Self {
        if !world.shows_progress {
            return Self::default();
        }
        let (working, ended) = channel();
        let columns = world.columns.unwrap_or(80);
        let tell = move || {
            // Nobody is there to be told that nothing can be told.
            drop(tell(what, columns, &ended, [PATIENCE, BEAT], &mut io::stderr()));
        };
        // Without a thread there is no line, and all else goes on.
        let thread = std::thread::Builder::new().name("progress".to_owned()).spawn(tell).ok();
        Self { working: Some(working), thread }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        drop(self.working.take());
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

/// Waits for the end; from the first pause on with a line, which is written anew after each of the next ones and taken
/// away at the end.
fn tell(
    what: &str,
    columns: usize,
    ended: &Receiver<()>,
    [first, next]: [Duration; 2],
    out: &mut dyn Write,
) -> io::Result<()> {
    let (mut pause, mut seconds) = (first, 0_u32);
    while ended.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
        let line = if seconds == 0 { format!("{what} …") } else { format!("{what} … {seconds} s") };
        // In the last column the cursor would go on to the next line.
        write!(out, "\r{}\x1b[K", fit(&line, columns.saturating_sub(1)))?;
        out.flush()?;
        seconds = seconds.saturating_add(1);
        pause = next;
    }
    if seconds > 0 {
        out.write_all(b"\r\x1b[K")?;
        out.flush()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A terminal on which, after so many lines, what is at work comes to its end.
    struct Terminal {
        shown: Vec<u8>,
        lines: u32,
        working: Option<Sender<()>>,
    }

    impl Write for Terminal {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.shown.write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            self.lines = self.lines.saturating_sub(1);
            self.working = self.working.take().filter(|_| self.lines > 0);
            Ok(())
        }
    }

    /// What is shown of something that takes so many lines.
    fn told(lines: u32, columns: usize) -> String {
        let (working, ended) = channel();
        let mut terminal =
            Terminal { shown: Vec::new(), lines, working: Some(working).filter(|_| lines > 0) };
        tell("reading the history", columns, &ended, [Duration::from_millis(1); 2], &mut terminal).unwrap();
        String::from_utf8(terminal.shown).unwrap()
    }

    #[test]
    fn what_is_quick_is_not_told_of() {
        assert_eq!(told(0, 80), "");
    }

    #[test]
    fn the_line_is_written_anew_and_taken_away() {
        let text = told(3, 80);
        assert!(
            text.starts_with("\rreading the history …\x1b[K\rreading the history … 1 s\x1b[K"),
            "{text:?}"
        );
        assert!(text.ends_with("\x1b[K\r\x1b[K") && !text.contains('\n'), "{text:?}");
    }

    #[test]
    fn on_a_narrow_terminal_it_stays_one_line() {
        assert_eq!(told(1, 10), "\rreading …\x1b[K\r\x1b[K");
    }
}
