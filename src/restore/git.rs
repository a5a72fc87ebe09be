//! What only the `git` program does as the user's own would: the index in all its forms, hooks and signatures.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Output;

use crate::error::{Error, Result};
use crate::git::{CommitId, FileAt};

use super::command::{CommandLine, Programs};
use super::run;
use super::situation::Situation;

/// The program, where there is one, and where to run it.
#[derive(Clone, Debug)]
pub(super) struct Git<'g> {
    program: PathBuf,
    situation: &'g Situation,
}

impl<'g> Git<'g> {
    /// Finds git.
    ///
    /// # Errors
    /// When it is not on PATH.
    pub(super) fn find(programs: &Programs, situation: &'g Situation) -> Result<Self> {
        let program = programs.find("git").ok_or_else(|| {
            Error::new("there is no `git` on PATH").because("tracking and committing a file is left to it")
        })?;
        Ok(Self { program, situation })
    }

    fn ask(&self, arguments: &[&str], path: Option<&str>) -> Result<String> {
        let line = self.line(arguments, path);
        let (workdir, owner) = (&self.situation.workdir, self.situation.owner.as_ref());
        answer(arguments, &run::undisturbed(&line, workdir, owner)?)
    }

    /// Paths are taken letter by letter, and stand behind `--`, so that none can be an option or a pattern.
    fn line(&self, arguments: &[&str], path: Option<&str>) -> CommandLine {
        let workdir = self.situation.workdir.as_path();
        let mut words: Vec<OsString> = vec!["--literal-pathspecs".into()];
        if let Some(git_dir) = &self.situation.git_dir {
            let option = |name: &str, value: &Path| {
                let mut option = OsString::from(name);
                option.push(value);
                option
            };
            words.extend([option("--git-dir=", git_dir), option("--work-tree=", workdir)]);
        }
        words.extend(arguments.iter().map(OsString::from));
        if let Some(path) = path {
            words.extend(["--".into(), path.into()]);
        }
        CommandLine::new(&self.program, words)
    }

    /// Makes git know of a file without staging its contents, so that Nix sees it; `force` for one that is ignored.
    ///
    /// # Errors
    /// When git fails.
    pub(super) fn announce(&self, path: &str, force: bool) -> Result<()> {
        let with_force = ["add", "--intent-to-add", "--force"];
        let words = if force { &with_force[..] } else { &["add", "--intent-to-add"] };
        self.ask(words, Some(path)).map(drop)
    }

    /// Makes the index hold of a file what it held before.
    ///
    /// # Errors
    /// When git fails.
    pub(super) fn reset_index(&self, path: &str, entry: FileAt) -> Result<()> {
        match entry {
            FileAt::Present { mode, id } => {
                let info = format!("{mode:o},{id},{path}");
                self.ask(&["update-index", "--add", "--cacheinfo", &info], None).map(drop)
            }
            FileAt::Absent | FileAt::Unknown { .. } => {
                self.ask(&["rm", "--cached", "--quiet", "--ignore-unmatch", "--force"], Some(path)).map(drop)
            }
        }
    }

    /// Commits one file and nothing else; what else is staged stays staged. Hooks and signing are the user's.
    ///
    /// # Errors
    /// When git or a hook fails.
    pub(super) fn commit(&self, path: &str, message: &str) -> Result<CommitId> {
        let words = ["commit", "--quiet", "--only", "--cleanup=whitespace", "--file=-"];
        let (workdir, owner) = (&self.situation.workdir, self.situation.owner.as_ref());
        // A hook or a signature may take long, or ask something: this one Ctrl-C is to reach.
        let output = run::output(&self.line(&words, Some(path)), workdir, owner, message.as_bytes())?;
        answer(&words, &output)?;
        self.head().ok_or_else(|| Error::new("git made a commit, but HEAD cannot be read"))
    }

    /// Whom git names as committer when it commits, and that it knows the author too.
    ///
    /// # Errors
    /// When it does not know.
    pub(super) fn who_commits(&self) -> Result<String> {
        let mut who = String::new();
        for variable in ["GIT_AUTHOR_IDENT", "GIT_COMMITTER_IDENT"] {
            who = self.ask(&["var", variable], None).map_err(|e| {
                e.causes()
                    .iter()
                    .fold(Error::new("git does not know who commits"), Error::because)
                    .hint("`git config --global user.name 'YOUR NAME'` and `git config --global user.email YOU@EXAMPLE.ORG` tell it")
            })?;
        }
        // Behind the address stands the date.
        Ok(who.split_inclusive('>').next().unwrap_or_default().to_owned())
    }

    /// The commit HEAD stands at.
    #[must_use]
    pub(super) fn head(&self) -> Option<CommitId> {
        self.resolve("HEAD")
    }

    /// The first parent of a commit.
    #[must_use]
    pub(super) fn parent(&self, commit: CommitId) -> Option<CommitId> {
        self.resolve(&format!("{commit}^"))
    }

    fn resolve(&self, revision: &str) -> Option<CommitId> {
        CommitId::parse(&self.ask(&["rev-parse", "--verify", "--quiet", revision], None).ok()?)
    }

    /// Takes a commit back that HEAD stands at: the branch goes to where it was, if it is still at that commit. The
    /// commit stays in the reflog.
    ///
    /// # Errors
    /// When HEAD is somewhere else by now, or git fails.
    pub(super) fn take_back(&self, commit: CommitId, before: Option<CommitId>) -> Result<()> {
        let commit = commit.to_string();
        let reason = "flakehist: the restore failed";
        match before {
            Some(before) => {
                self.ask(&["update-ref", "-m", reason, "HEAD", &before.to_string(), &commit], None)
            }
            None => self.ask(&["update-ref", "-m", reason, "-d", "HEAD", &commit], None),
        }
        .map(drop)
    }
}

/// What git wrote, or why it failed.
fn answer(arguments: &[&str], output: &Output) -> Result<String> {
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned());
    }
    let what = arguments.first().copied().unwrap_or_default();
    let error = Error::new(format!("`git {what}` failed"));
    // `git commit` tells on standard output that there is nothing to commit.
    let said = match run::last_words(output) {
        said if said.is_empty() => run::last_lines(&output.stdout),
        said => said,
    };
    Err(if said.is_empty() { error } else { error.because(said) })
}
