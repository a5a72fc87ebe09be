//! Command lines, and finding programs on PATH.

use std::ffi::OsString;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use crate::shell;

/// A program and its arguments, never a line for a shell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandLine {
    /// The program: a name to be looked up on PATH, or a path.
    pub program: OsString,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// Where the program was found: this file is run, and nothing that a folder in PATH may hold by that time.
    pub(super) found: Option<PathBuf>,
}

impl CommandLine {
    /// A program with arguments.
    pub fn new<A: Into<OsString>>(
        program: impl Into<OsString>,
        arguments: impl IntoIterator<Item = A>,
    ) -> Self {
        let arguments = arguments.into_iter().map(Into::into).collect();
        Self { program: program.into(), arguments, found: None }
    }

    /// The words, as text.
    #[must_use]
    pub fn words(&self) -> Vec<String> {
        let text = |word: &OsString| word.to_string_lossy().into_owned();
        std::iter::once(&self.program).chain(&self.arguments).map(text).collect()
    }

    /// The line as one would type it, quoted where a shell needs it. For eyes only.
    #[must_use]
    pub fn as_typed(&self) -> String {
        self.words().iter().map(|word| shell::word(word)).collect::<Vec<_>>().join(" ")
    }

    /// Whether its exit code is that of switch-to-configuration, which nixos-rebuild passes on; also behind `sudo`.
    #[must_use]
    pub(super) fn ends_as_switch_to_configuration(&self) -> bool {
        let name = |word: &OsString| Path::new(word).file_name().unwrap_or_default().to_owned();
        let known = ["nixos-rebuild", "switch-to-configuration"];
        std::iter::once(&self.program)
            .chain(&self.arguments)
            .any(|word| known.iter().any(|one| name(word) == **one))
    }

    /// The same, with the program looked up now.
    #[must_use]
    pub fn located(self, programs: &Programs) -> Self {
        let name = self.program.to_str().filter(|name| !name.contains('/'));
        let found = name.and_then(|name| programs.find(name));
        Self { found, ..self }
    }

    /// The same under a program that gives it root's rights, such as `sudo`.
    #[must_use]
    pub fn elevated(self, by: Option<&Path>) -> Self {
        let Some(by) = by else { return self };
        let arguments = std::iter::once(self.program).chain(self.arguments).collect();
        Self { program: by.as_os_str().to_owned(), arguments, found: None }
    }
}

/// The folders in which programs are looked up.
#[derive(Clone, Debug, Default)]
pub struct Programs {
    folders: Vec<PathBuf>,
}

impl Programs {
    /// Those that a PATH names. Relative ones are left out: what lies in a configuration's folder is no tool.
    #[must_use]
    pub fn on_path(path: &str) -> Self {
        let folders = path.split(':').map(PathBuf::from).filter(|folder| folder.is_absolute());
        Self { folders: folders.collect() }
    }

    /// Where a program is.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<PathBuf> {
        let is_program = |path: &PathBuf| {
            std::fs::metadata(path)
                .is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
        };
        self.folders.iter().map(|folder| folder.join(name)).find(is_program)
    }

    /// The program that gives root's rights: sudo, or doas.
    #[must_use]
    pub fn elevation(&self) -> Option<PathBuf> {
        ["sudo", "doas"].iter().find_map(|name| self.find(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_quoted_where_a_shell_needs_it() {
        let line = CommandLine::new("nixos-rebuild", ["switch", "--flake", ".#a b", "$(x)", "it's"]);
        assert_eq!(line.as_typed(), r#"nixos-rebuild switch --flake '.#a b' '$(x)' "it's""#);
        let elevated = line.elevated(Some(Path::new("/bin/sudo")));
        assert!(elevated.as_typed().starts_with("/bin/sudo nixos-rebuild switch "));
    }

    #[test]
    fn programs_are_files_that_can_be_run_in_absolute_folders() {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("tool");
        std::fs::write(&program, "").unwrap();
        std::fs::create_dir(folder.path().join("folder")).unwrap();
        let programs = Programs::on_path(&format!(".::relative:{}", folder.path().display()));
        assert_eq!(programs.find("tool"), None, "not executable");
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        assert_eq!(programs.find("tool"), Some(program));
        assert_eq!(programs.find("folder"), None);
        assert_eq!(programs.find("sudo"), None);
    }
}
