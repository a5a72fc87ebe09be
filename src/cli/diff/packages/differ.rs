//! Other programs that compare systems.

use std::io::Write as _;
use std::path::Path;

use crate::cli::args::Differ;
use crate::cli::world::World;
use crate::error::{Error, Result};
use crate::history::Flake;
use crate::restore::{CommandLine, Interrupt, Programs, run};
use crate::view::Style;
use crate::view::packages::{Packages, header};

/// A program that compares two systems.
pub(super) struct Tool {
    differ: Differ,
    name: &'static str,
    /// The words before the two paths.
    words: &'static [&'static str],
}

/// In the order of `auto`: who has dix or nvd installed it for this, while Nix is everywhere.
const TOOLS: [Tool; 3] = [
    Tool { differ: Differ::Dix, name: "dix", words: &[] },
    Tool { differ: Differ::Nvd, name: "nvd", words: &["diff"] },
    Tool {
        differ: Differ::Nix,
        name: "nix",
        words: &["--extra-experimental-features", "nix-command", "store", "diff-closures"],
    },
];

/// The program to leave the comparison to, and whether it was named; `None` for our own. `must_be_own` where the answer
/// is needed as a value.
///
/// # Errors
/// When one was named that is not there or cannot do what is wanted, or the setting is none of the names.
pub(super) fn choose(
    flag: Option<Differ>,
    must_be_own: bool,
    flake: &Flake,
    world: &World,
    programs: &Programs,
) -> Result<Option<(&'static Tool, bool)>> {
    if must_be_own {
        return match flag {
            None | Some(Differ::Auto | Differ::Own) => Ok(None),
            Some(Differ::Nix | Differ::Dix | Differ::Nvd) => {
                Err(Error::usage("`--json`, `--exit-code` and `--quiet` are about our own comparison")
                    .hint("leave `--differ` out"))
            }
        };
    }
    let wanted = flag.map_or_else(|| setting(flake, world), Ok)?;
    let mut here = TOOLS.iter().filter(|tool| programs.find(tool.name).is_some());
    let Some(named) = TOOLS.iter().find(|tool| tool.differ == wanted) else {
        return Ok(if wanted == Differ::Auto { here.next().map(|tool| (tool, false)) } else { None });
    };
    here.find(|tool| tool.differ == wanted).map(|tool| Some((tool, true))).ok_or_else(|| {
        Error::new(format!("there is no `{}` on PATH", named.name))
            .because(if flag.is_some() { "`--differ` names it" } else { "`flakehist.differ` names it" })
            .hint("`--differ own` needs none")
    })
}

/// `FLAKEHIST_DIFFER`, else `flakehist.differ`.
fn setting(flake: &Flake, world: &World) -> Result<Differ> {
    let variable = world.variable("FLAKEHIST_DIFFER").map(str::to_owned);
    let Some(text) = variable.or_else(|| flake.repository.setting("flakehist.differ")) else {
        return Ok(Differ::Auto);
    };
    match text.as_str() {
        "auto" => Ok(Differ::Auto),
        "own" => Ok(Differ::Own),
        "nix" => Ok(Differ::Nix),
        "dix" => Ok(Differ::Dix),
        "nvd" => Ok(Differ::Nvd),
        _ => Err(Error::usage(format!("`flakehist.differ` (or FLAKEHIST_DIFFER) is `{text}`"))
            .hint("possible are `auto`, `own`, `nix`, `dix` and `nvd`")),
    }
}

impl Tool {
    /// Says which two systems are compared, and has them compared by the program, which writes where we write.
    ///
    /// # Errors
    /// When the output cannot be written, or the program fails.
    pub(super) fn run(&self, packages: &Packages<'_>, programs: &Programs, style: &Style) -> Result<()> {
        let mut out = std::io::stdout().lock();
        header(packages, style, &mut out).and_then(|()| out.flush()).map_err(|e| Error::output(&e))?;
        drop(out);
        let words = self.words.iter().copied().chain([packages.from.path, packages.to.path]);
        let line = CommandLine::new(self.name, words).located(programs);
        let ended = run(&line, Path::new("/"), None, &Interrupt::listen()?)?;
        let why = match ended {
            Some(0) => return Ok(()),
            Some(code) => format!("it ended with {code}"),
            None => "a signal ended it".to_owned(),
        };
        Err(Error::new(format!("`{}` could not compare the two systems", self.name))
            .because(why)
            .hint("`--differ own` takes what `nix-store` tells"))
    }
}
