//! Where it is written: a repository's own configuration and attributes, or the user's.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Output;

use crate::cli::world::World;
use crate::error::{Error, Result};
use crate::git::{with_line, without_line};
use crate::history::Flake;
use crate::restore::{
    CommandLine, Owner, Programs, as_owner, clear_leftovers, last_words, output, remove, replace,
};

use super::steps::{DRIVER, Step};

/// A configuration and a file of attributes.
pub(super) struct Place<'f> {
    git: PathBuf,
    /// The repository; `None` for the user's own.
    repository: Option<&'f Path>,
    /// Its working tree.
    workdir: Option<&'f Path>,
    owner: Option<Owner>,
    attributes: PathBuf,
    /// What to call the configuration.
    pub(super) config_name: String,
    /// What to call the attributes.
    pub(super) attributes_name: String,
}

impl<'f> Place<'f> {
    /// That of a flake's repository. All its worktrees share it.
    ///
    /// # Errors
    /// When there is no git, or nobody can tell whose the repository is.
    pub(super) fn of(flake: &'f Flake, programs: &Programs) -> Result<Self> {
        let repository = &flake.repository;
        let attributes = repository.attributes_file();
        Ok(Self {
            git: find(programs)?,
            repository: Some(repository.git_dir()),
            workdir: repository.workdir(),
            owner: Owner::of(repository.git_dir())?,
            config_name: repository.config_file().display().to_string(),
            attributes_name: attributes.display().to_string(),
            attributes,
        })
    }

    /// The user's own.
    ///
    /// # Errors
    /// When there is no git, or no home.
    pub(super) fn global(world: &World, programs: &Programs) -> Result<Self> {
        let mut place = Self {
            git: find(programs)?,
            repository: None,
            workdir: None,
            owner: None,
            attributes: PathBuf::new(),
            config_name: "your git configuration (`git config --global`)".to_owned(),
            attributes_name: String::new(),
        };
        let told = place.ask(&["config", "--type=path", "--get", "core.attributesFile"])?;
        let told = String::from_utf8_lossy(&told.stdout).trim_end_matches('\n').to_owned();
        let home = || world.variable("HOME").map(|home| Path::new(home).join(".config"));
        let folder = || world.variable("XDG_CONFIG_HOME").map(PathBuf::from).or_else(home);
        place.attributes = Some(PathBuf::from(told))
            .filter(|path| path.is_absolute())
            .or_else(|| Some(folder()?.join("git/attributes")))
            .ok_or_else(|| {
                Error::new("there is no home folder to write in")
                    .because("neither HOME nor XDG_CONFIG_HOME is set")
            })?;
        place.attributes_name = place.attributes.display().to_string();
        // git and we put a new file in the place of the old one, which must not happen to a device.
        let config = world.variable("GIT_CONFIG_GLOBAL").map(PathBuf::from);
        for path in config.iter().chain([&place.attributes]) {
            if path.exists() && !path.is_file() {
                return Err(Error::new(format!("{} is no file to write in", path.display()))
                    .because("GIT_CONFIG_GLOBAL or `core.attributesFile` names it"));
            }
        }
        Ok(place)
    }

    /// The keys of our driver that are set here, with their values.
    ///
    /// # Errors
    /// When git cannot read the configuration.
    pub(super) fn values(&self) -> Result<Vec<(String, String)>> {
        let pattern = format!("^diff\\.{DRIVER}\\.");
        let output = self.ask(&["config", self.scope(), "--null", "--get-regexp", &pattern])?;
        // 1 says that there is none; a file that is not there yet is as good.
        if !output.status.success() && output.status.code() != Some(1) {
            return Err(self.failed("config --get-regexp", &output));
        }
        let text = String::from_utf8_lossy(&output.stdout);
        let values = text.split_terminator('\0').filter_map(|entry| entry.split_once('\n'));
        Ok(values.map(|(key, value)| (key.to_owned(), value.to_owned())).collect())
    }

    /// The text of the attributes; empty when there are none.
    ///
    /// # Errors
    /// When they cannot be read.
    pub(super) fn attributes(&self) -> Result<Vec<u8>> {
        match std::fs::read(&self.attributes) {
            Ok(text) => Ok(text),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(e) => Err(Error::new(format!("cannot read {}", self.attributes_name)).because(e)),
        }
    }

    /// Writes one thing. As root in somebody else's repository it is written as that somebody.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn take(&self, step: &Step) -> Result<()> {
        let scope = self.scope();
        match step {
            Step::Set(key, value) => self.run(&["config", scope, key, value]),
            Step::Unset(key, value) => {
                self.run(&["config", scope, "--fixed-value", "--unset-all", key, value])
            }
            Step::AddLine(line) => match with_line(&self.attributes()?, line) {
                Some(text) => self.write(&text),
                None => Ok(()),
            },
            Step::RemoveLine(line) => match without_line(&self.attributes()?, line) {
                Some(text) => self.write(&text),
                None => Ok(()),
            },
        }
    }

    /// What the attribute `diff` of a file in the working tree is in the end, where that is not our driver.
    ///
    /// # Errors
    /// When git cannot tell.
    pub(super) fn overridden(&self, file: &str) -> Result<Option<String>> {
        if self.workdir.is_none() {
            return Ok(None);
        }
        let output = self.ask(&["check-attr", "-z", "diff", "--", file])?;
        if !output.status.success() {
            return Err(self.failed("check-attr", &output));
        }
        let text = String::from_utf8_lossy(&output.stdout);
        let value = text.split_terminator('\0').nth(2).unwrap_or("unspecified");
        Ok(Some(value.to_owned()).filter(|value| value != DRIVER))
    }

    fn scope(&self) -> &'static str {
        if self.repository.is_some() { "--local" } else { "--global" }
    }

    /// A text without anything in it is no file. A link stays one: what it leads to is written.
    fn write(&self, text: &[u8]) -> Result<()> {
        let is_link = self.attributes.is_symlink();
        let file = if is_link { self.attributes.canonicalize() } else { Ok(self.attributes.clone()) };
        let written = file
            .map_err(|e| Error::new(format!("cannot follow {}", self.attributes_name)).because(e))
            .and_then(|file| {
                as_owner(self.owner.as_ref(), || {
                    if text.is_empty() && !is_link {
                        return remove(&file);
                    }
                    if let Some(folder) = file.parent() {
                        std::fs::create_dir_all(folder).map_err(|e| {
                            Error::new(format!("cannot make {}", folder.display())).because(e)
                        })?;
                    }
                    clear_leftovers(&file);
                    replace(&file, text)
                })
            });
        written.map_err(|error| self.with_hint(error))
    }

    fn run(&self, words: &[&str]) -> Result<()> {
        let output = self.ask(words)?;
        if output.status.success() {
            return Ok(());
        }
        Err(self.with_hint(self.failed("config", &output)))
    }

    fn ask(&self, words: &[&str]) -> Result<Output> {
        let folders = [("--git-dir", self.repository), ("--work-tree", self.workdir)];
        let mut arguments: Vec<OsString> = Vec::new();
        for (option, folder) in folders {
            arguments
                .extend(folder.into_iter().flat_map(|folder| [option.into(), folder.as_os_str().to_owned()]));
        }
        arguments.extend(words.iter().map(OsString::from));
        let folder = self.workdir.or(self.repository).unwrap_or(Path::new("/"));
        output(&CommandLine::new(&self.git, arguments), folder, self.owner.as_ref(), b"")
    }

    fn failed(&self, what: &str, output: &Output) -> Error {
        Error::new(format!("`git {what}` failed")).because(last_words(output))
    }

    /// Who has the user's files from home-manager cannot write them.
    fn with_hint(&self, error: Error) -> Error {
        match self.repository {
            Some(_) => error,
            None => error.hint(
                "where home-manager writes these files, put it into `programs.git.attributes` and \
                 `programs.git.extraConfig`",
            ),
        }
    }
}

fn find(programs: &Programs) -> Result<PathBuf> {
    programs.find("git").ok_or_else(|| {
        Error::new("there is no `git` on PATH")
            .because("flakehist writes git's configuration through it, and it is git that shows locks then")
    })
}
