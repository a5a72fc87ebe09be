//! The one error type: what failed, on what, why, and what to do next.
//!
//! An [`Error`] is a value until `cli` prints it, once. Its message never repeats the text of its cause, and a hint
//! names the command to run.

use std::fmt;

/// What kind of failure it was; this alone decides the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The command line itself is wrong. Exit code 2.
    Usage,
    /// What was asked for could not be done. Exit code 1.
    Failure,
    /// The reader of our output went away. Exit code 0: `flakehist log | head` is no failure.
    ClosedPipe,
}

/// A failure with its cause and the hints that lead on from it.
#[derive(Debug)]
pub struct Error {
    kind: Kind,
    message: String,
    causes: Vec<String>,
    hints: Vec<String>,
}

/// What almost every fallible function here returns.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// A failure told by `message`: lower case, no full stop, naming what it happened to.
    pub fn new(message: impl Into<String>) -> Self {
        Self { kind: Kind::Failure, message: message.into(), causes: Vec::new(), hints: Vec::new() }
    }

    /// A mistake on the command line.
    pub fn usage(message: impl Into<String>) -> Self {
        Self { kind: Kind::Usage, ..Self::new(message) }
    }

    /// A failure to write our own output. A closed pipe is told apart, because it is no failure to the user.
    pub fn output(error: &std::io::Error) -> Self {
        let kind =
            if error.kind() == std::io::ErrorKind::BrokenPipe { Kind::ClosedPipe } else { Kind::Failure };
        Self { kind, ..Self::new("cannot write the output").because(error) }
    }

    /// Adds why it happened.
    #[must_use]
    pub fn because(mut self, cause: impl fmt::Display) -> Self {
        self.causes.push(without_number(cause.to_string()));
        self
    }

    /// Adds what to do next, as a sentence without a full stop, commands in backticks.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// What kind of failure this is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// What failed, on what.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Why, the nearest cause first.
    #[must_use]
    pub fn causes(&self) -> &[String] {
        &self.causes
    }

    /// What to do next.
    #[must_use]
    pub fn hints(&self) -> &[String] {
        &self.hints
    }
}

/// `No such file or directory (os error 2)` without the number, which says nothing more.
fn without_number(cause: String) -> String {
    let is_number =
        |text: &str| text.strip_suffix(')').is_some_and(|n| n.bytes().all(|b| b.is_ascii_digit()));
    match cause.rsplit_once(" (os error ") {
        Some((words, number)) if is_number(number) => words.to_owned(),
        _ => cause,
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        for cause in &self.causes {
            write!(f, ": {cause}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closed_pipe_is_told_from_a_full_disk() {
        let closed = std::io::Error::from(std::io::ErrorKind::BrokenPipe);
        let full = std::io::Error::from(std::io::ErrorKind::StorageFull);
        assert_eq!(Error::output(&closed).kind(), Kind::ClosedPipe);
        assert_eq!(Error::output(&full).kind(), Kind::Failure);
    }

    #[test]
    fn a_cause_is_told_in_words_alone() {
        let missing = std::io::Error::from_raw_os_error(2);
        assert_eq!(Error::new("x").because(missing).causes(), ["No such file or directory"]);
        assert_eq!(Error::new("x").because("it said (os error x)").causes(), ["it said (os error x)"]);
    }

    #[test]
    fn the_message_does_not_repeat_its_cause() {
        let error = Error::new("cannot read x").because("no such file").hint("try y");
        assert_eq!(error.message(), "cannot read x");
        assert_eq!(error.to_string(), "cannot read x: no such file");
        assert_eq!(error.hints(), ["try y"]);
    }
}
