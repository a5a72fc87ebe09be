//! What the user wants once and for all: flag, else environment (`FLAKEHIST_*`), else git's configuration
//! (`flakehist.*`), else the default.

use crate::error::{Error, Result};
use crate::git;
use crate::history::{Flake, Search};
use crate::view::{Style, Zone};

use super::args::{Global, When};
use super::pager;
use super::world::World;

/// The settings in force for one command.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    /// How to write.
    pub(super) style: Style,
    /// The pager to pipe long output through, if any.
    pub(super) pager: Option<String>,
    /// The inputs to give a column (`flakehist.columns`).
    pub(super) columns: Vec<String>,
}

impl Settings {
    /// Settles what flags, environment and git's configuration say together.
    ///
    /// # Errors
    /// When a value is none of those that are possible.
    pub(super) fn of(global: &Global, world: &World, flake: &Flake) -> Result<Self> {
        Self::settle(global, world, Some(flake))
    }

    /// The same outside any repository.
    ///
    /// # Errors
    /// When a value is none of those that are possible.
    pub(super) fn anywhere(global: &Global, world: &World) -> Result<Self> {
        Self::settle(global, world, None)
    }

    fn settle(global: &Global, world: &World, flake: Option<&Flake>) -> Result<Self> {
        let lookup = Lookup { world, flake };
        let pager = if global.no_pager || !world.is_terminal { None } else { pager::choose(&lookup) };
        let color = lookup.color(global.color)?;
        let utc = global.utc || lookup.switch("UTC", "flakehist.utc")?.unwrap_or(false);
        let columns = lookup.text("COLUMNS", "flakehist.columns").unwrap_or_default();
        let style = Style {
            color,
            links: lookup.links(pager.as_deref(), color)?,
            width: world.columns,
            zone: if utc { Zone::Utc } else { Zone::Local },
            abbreviation: flake.map_or(7, |flake| flake.repository.abbreviation()),
            now: world.now,
        };
        let columns =
            columns.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect();
        Ok(Self { style, pager, columns })
    }
}

/// Looks settings up by name.
pub(super) struct Lookup<'w> {
    pub(super) world: &'w World,
    flake: Option<&'w Flake>,
}

impl Lookup<'_> {
    /// `FLAKEHIST_<name>`, else the key in git's configuration.
    fn text(&self, name: &str, key: &str) -> Option<String> {
        let variable = self.world.variable(&format!("FLAKEHIST_{name}")).map(str::to_owned);
        variable.or_else(|| self.config(key))
    }

    /// A key of git's configuration.
    pub(super) fn config(&self, key: &str) -> Option<String> {
        match self.flake {
            Some(flake) => flake.repository.setting(key),
            None => git::global_setting(key),
        }
    }

    /// `FLAKEHIST_PAGER`, else `flakehist.pager`.
    pub(super) fn own_pager(&self) -> Option<String> {
        self.world
            .is_set("FLAKEHIST_PAGER")
            .then(|| self.world.variable("FLAKEHIST_PAGER").unwrap_or("").to_owned())
            .or_else(|| self.config("flakehist.pager"))
    }

    fn switch(&self, name: &str, key: &str) -> Result<Option<bool>> {
        let Some(text) = self.text(name, key) else { return Ok(None) };
        match text.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" | "1" => Ok(Some(true)),
            "false" | "no" | "off" | "0" => Ok(Some(false)),
            _ => Err(Error::usage(format!(
                "`{key}` (or FLAKEHIST_{name}) is `{text}`, neither true nor false"
            ))),
        }
    }

    fn when(&self, name: &str, key: &str) -> Result<Option<When>> {
        let Some(text) = self.text(name, key) else { return Ok(None) };
        match text.to_ascii_lowercase().as_str() {
            "auto" | "true" => Ok(Some(When::Auto)),
            "always" => Ok(Some(When::Always)),
            "never" | "false" => Ok(Some(When::Never)),
            _ => Err(Error::usage(format!("`{key}` (or FLAKEHIST_{name}) is `{text}`"))
                .hint("possible are `auto`, `always` and `never`")),
        }
    }

    /// Flag, then `FLAKEHIST_COLOR` and `flakehist.color`, then what programs agree on: `NO_COLOR`,
    /// `CLICOLOR_FORCE`, `CLICOLOR`, git's `color.ui`, and a terminal that is not dumb.
    fn color(&self, flag: Option<When>) -> Result<bool> {
        let own = match flag {
            Some(when) => Some(when),
            None => self.when("COLOR", "flakehist.color")?,
        };
        let world = self.world;
        let can = world.is_terminal && !world.is_dumb();
        Ok(match own {
            Some(When::Always) => true,
            Some(When::Never) => false,
            Some(When::Auto) | None if world.variable("NO_COLOR").is_some() => false,
            Some(When::Auto) | None if world.variable("CLICOLOR_FORCE").is_some_and(|value| value != "0") => {
                true
            }
            Some(When::Auto) => can,
            None => match self.config("color.ui").as_deref() {
                Some("never" | "false") => false,
                Some("always") => true,
                _ => can && world.variable("CLICOLOR") != Some("0"),
            },
        })
    }

    /// Links only where they are known to work: a terminal that says who it is, and no pager but less.
    fn links(&self, pager: Option<&str>, color: bool) -> Result<bool> {
        Ok(match self.when("LINKS", "flakehist.links")? {
            Some(When::Always) => true,
            Some(When::Never) => false,
            Some(When::Auto) | None => {
                color
                    && self.world.is_terminal
                    && pager.is_none_or(|pager| pager == pager::DEFAULT)
                    && self.knows_links()
            }
        })
    }

    fn knows_links(&self) -> bool {
        let variable = |name| self.world.variable(name);
        if variable("TMUX").is_some() || variable("STY").is_some() {
            return false;
        }
        let term = variable("TERM").unwrap_or_default();
        let program = variable("TERM_PROGRAM").unwrap_or_default();
        let by_name = ["xterm-kitty", "alacritty", "foot", "xterm-ghostty", "wezterm"]
            .iter()
            .any(|name| term.starts_with(name));
        let by_program = ["iTerm.app", "WezTerm", "ghostty", "vscode", "Hyper"].contains(&program);
        // VTE 0.50, the engine of GNOME Terminal and others.
        let by_vte =
            variable("VTE_VERSION").and_then(|version| version.parse().ok()).is_some_and(|v: u32| v >= 5000);
        by_name
            || by_program
            || by_vte
            || variable("KONSOLE_VERSION").is_some()
            || variable("WT_SESSION").is_some()
    }
}

/// What to search for, from the flags and the world.
#[must_use]
pub(super) fn search(global: &Global, world: &World) -> Search {
    let folder = global.directory.iter().fold(world.folder.clone(), |folder, next| folder.join(next));
    let mut fallbacks = Vec::new();
    let mut add = |origin, value: Option<String>| fallbacks.extend(value.map(|value| (origin, value)));
    add("flakehist.flake in git's configuration", git::global_setting("flakehist.flake"));
    for name in ["NH_OS_FLAKE", "NH_FLAKE"] {
        add(name, world.variable(name).map(str::to_owned));
    }
    add("/etc/nixos", Some("/etc/nixos".to_owned()));
    let variable = |name| world.variable(name).map(str::to_owned);
    Search {
        folder,
        here: world.folder.clone(),
        flake: global.flake.clone().or_else(|| variable("FLAKEHIST_FLAKE")),
        lock: global.lock.clone().or_else(|| variable("FLAKEHIST_LOCK")),
        fallbacks,
        git_dir: world.variable("GIT_DIR").map(|path| world.folder.join(path)),
        git_work_tree: world.variable("GIT_WORK_TREE").map(|path| world.folder.join(path)),
        ignores_replacements: world.is_set("GIT_NO_REPLACE_OBJECTS"),
    }
}
