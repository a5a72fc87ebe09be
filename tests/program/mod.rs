//! The built program in a world of its own: a new home, a fixed clock, UTC, nobody's settings, the demo's repository.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// The present of every test: 2026-08-29 12:00 UTC, eight days after the demo's last commit.
pub(crate) const NOW: &str = "1788004800";

/// A home with the demo's repository in it.
pub(crate) struct World {
    home: TempDir,
}

impl World {
    /// Writes the demo's repository with `flakehist demo`.
    pub(crate) fn new() -> Self {
        let world = Self { home: tempfile::tempdir().expect("a temporary folder") };
        let demo = world.demo();
        let output = world.start(
            world.home.path(),
            env!("CARGO_BIN_EXE_flakehist"),
            ["demo".as_ref(), demo.as_os_str()],
        );
        let output = output.expect("the program starts");
        assert!(output.status.success(), "{}", text(&output.stderr));
        world
    }

    /// The demo's repository.
    pub(crate) fn demo(&self) -> PathBuf {
        self.home.path().join("config")
    }

    /// Runs a line of shell in the demo's repository, where `flakehist` is the built program.
    pub(crate) fn shell(&self, line: &str) -> Output {
        self.start(&self.demo(), "sh", ["-c", line]).expect("a shell starts")
    }

    fn start<A: AsRef<OsStr>>(
        &self,
        folder: &Path,
        program: &str,
        arguments: impl IntoIterator<Item = A>,
    ) -> std::io::Result<Output> {
        let mut command = self.command(program);
        command.current_dir(folder).args(arguments).output()
    }

    /// A command that knows nothing of the user who runs the tests.
    pub(crate) fn command(&self, program: &str) -> Command {
        let built = Path::new(env!("CARGO_BIN_EXE_flakehist")).parent().expect("it lies in a folder");
        let path = std::env::var("PATH").unwrap_or_else(|_| "/usr/bin:/bin".to_owned());
        let mut command = Command::new(program);
        command
            .env_clear()
            .current_dir(self.demo().parent().expect("it lies in a folder"))
            .env("PATH", format!("{}:{path}", built.display()))
            .env("HOME", self.home.path())
            .env("XDG_CONFIG_HOME", self.home.path().join("none"))
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("LANG", "C.UTF-8")
            .env("TZ", "UTC")
            .env("FLAKEHIST_NOW", NOW);
        command
    }
}

/// What a program wrote.
pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
