//! A profile: which generations there are, since when, and which one is default, running, booted.
//!
//! Read from the directory itself, never through `nix-env`, which needs the right to write there and, once a profile's
//! link is absolute, no longer knows which generation is the current one. Names: Nix's `profiles.cc`.

use std::cmp::Reverse;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

use super::links::{Links, unlinked};
use super::{Extent, Generation, Running, comin, files};

/// What a profile's generations are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Systems, one of which runs, was booted, and boots next.
    System,
    /// Homes of home-manager, one of which is active. Nothing boots them.
    Home,
}

/// Where to look.
#[derive(Clone, Debug)]
pub struct Places {
    /// The profile: `/nix/var/nix/profiles/system`.
    pub profile: PathBuf,
    /// What its generations are.
    pub kind: Kind,
    /// The link to the running system: `/run/current-system`; to the active home:
    /// `~/.local/state/home-manager/gcroots/current-home`.
    pub running: PathBuf,
    /// The link to the booted system: `/run/booted-system`.
    pub booted: Option<PathBuf>,
    /// What comin remembers of its deployments: `/var/lib/comin/store.json`.
    pub comin: PathBuf,
}

/// What the profile itself stands on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Default {
    /// A generation by number.
    Generation(u64),
    /// A store path that is no generation.
    Path(PathBuf),
    /// Nothing that can be read.
    Unknown,
}

/// A profile with its generations.
#[derive(Clone, Debug)]
pub struct Profile {
    /// Its path.
    pub path: PathBuf,
    /// What its generations are.
    pub kind: Kind,
    /// What it stands on.
    pub default: Default,
    /// Whether its link is absolute, as `nh os rollback` makes it: Nix then takes no generation for the current one,
    /// and a garbage collection with `-d` deletes them all.
    pub has_absolute_link: bool,
    /// The system that runs, whether it is a generation or not.
    pub running: Option<PathBuf>,
    /// The system that was booted.
    pub booted: Option<PathBuf>,
    /// The generations, the highest number first.
    pub generations: Vec<Generation>,
    /// The system that runs where it is none of the generations: from a test, of a generation that was deleted, or of
    /// another profile.
    pub unlinked: Option<Generation>,
}

impl Profile {
    /// Whether there may be a profile: a link of its name, or one of a generation.
    #[must_use]
    pub fn is_there(places: &Places) -> bool {
        let path = &places.profile;
        let has_generation = |folder: &Path, name: &str| {
            let Ok(entries) = std::fs::read_dir(folder) else { return false };
            entries.flatten().any(|entry| entry.file_name().to_str().and_then(|f| number(f, name)).is_some())
        };
        path.is_symlink()
            || path
                .parent()
                .zip(path.file_name().and_then(|name| name.to_str()))
                .is_some_and(|(folder, name)| has_generation(folder, name))
    }

    /// Reads a profile. `None` when there is none.
    ///
    /// # Errors
    /// When its folder is there and cannot be read.
    pub fn read(places: &Places, extent: Extent) -> Result<Option<Self>> {
        let Some(reading) = Reading::begin(places, extent)? else { return Ok(None) };
        let generations = reading.generations().collect();
        Ok(reading.finish(generations))
    }

    /// The generations and, behind them, the running system that is none.
    pub fn systems(&self) -> impl Iterator<Item = &Generation> {
        self.generations.iter().chain(&self.unlinked)
    }

    /// The generation with this number.
    #[must_use]
    pub fn generation(&self, number: u64) -> Option<&Generation> {
        self.generations.iter().find(|generation| generation.number == number)
    }

    /// The generation the profile stands on.
    #[must_use]
    pub fn default_generation(&self) -> Option<&Generation> {
        self.generations.iter().find(|generation| generation.is_default)
    }

    /// Marks default, running and booted. Several generations may have the system that runs: then the default one has
    /// it, if it is among them, and else all.
    fn mark(&mut self, extent: Extent) {
        let default = self.default.clone();
        for generation in &mut self.generations {
            generation.is_default = default == Default::Generation(generation.number);
        }
        let (running, booted) = (self.running.clone(), self.booted.clone());
        self.mark_as(running.as_deref(), extent, |generation, how| generation.running = Some(how));
        self.mark_as(booted.as_deref(), extent, |generation, how| generation.booted = Some(how));
    }

    fn mark_as(&mut self, system: Option<&Path>, extent: Extent, set: impl Fn(&mut Generation, Running)) {
        let Some(system) = system else { return };
        let (default, others): (Vec<_>, Vec<_>) =
            self.generations.iter_mut().partition(|generation| generation.is_default);
        for mut candidates in [default, others] {
            let mut is_found = false;
            // Whose own system it is, is quickly seen. Only where it is nobody's, the specialisations are asked.
            for generation in candidates.iter_mut().filter(|generation| is_own_system(generation, system)) {
                set(generation, Running { specialisation: None });
                is_found = true;
            }
            if is_found {
                return;
            }
            for generation in candidates {
                if let Some(specialisation) = specialisation(generation, system, extent) {
                    set(generation, Running { specialisation: Some(specialisation) });
                    is_found = true;
                }
            }
            if is_found {
                return;
            }
        }
    }
}

fn is_own_system(generation: &Generation, system: &Path) -> bool {
    let target = &generation.target;
    // A path's last part is its own: where that differs, no folder needs to be asked where it leads.
    let is_target =
        || target.file_name() == system.file_name() && files::end(target).as_deref() == Some(system);
    generation.toplevel.as_deref() == Some(system) || is_target()
}

/// The name of the generation's specialisation that is this system.
fn specialisation(generation: &mut Generation, system: &Path, extent: Extent) -> Option<String> {
    if extent == Extent::Origin
        && let Some(toplevel) = &generation.toplevel
    {
        generation.facts.read_specialisations(toplevel);
    }
    let same = |path: &PathBuf| files::end(path).as_deref() == Some(system);
    let found = generation.facts.specialisations.iter().find(|(_, path)| same(path))?;
    Some(found.0.clone())
}

/// A profile that is being read, by one thread or by several.
#[derive(Debug)]
pub struct Reading<'p> {
    places: &'p Places,
    extent: Extent,
    /// What the profile's own link says.
    link: Option<PathBuf>,
    default: Default,
    links: Links,
}

impl<'p> Reading<'p> {
    /// Lists the generations of a profile. `None` when there is none.
    ///
    /// # Errors
    /// When its folder is there and cannot be read.
    pub fn begin(places: &'p Places, extent: Extent) -> Result<Option<Self>> {
        let path = &places.profile;
        let (Some(folder), Some(name)) = (path.parent(), path.file_name().and_then(|name| name.to_str()))
        else {
            return Err(Error::new(format!("{} is no profile", path.display())));
        };
        let entries = match std::fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(e) => {
                return Err(
                    Error::new(format!("cannot read the profiles in {}", folder.display())).because(e)
                );
            }
        };
        let link = std::fs::read_link(path).ok();
        let default = link.as_deref().map_or(Default::Unknown, |target| default(target, name, folder));
        let numbered = |file: OsString| number(file.to_str()?, name).map(|number| (file, number));
        let files = entries.flatten().map(|entry| entry.file_name());
        let links = Links::new(folder, files.filter_map(numbered).collect(), extent);
        if links.count() == 0 && link.is_none() {
            return Ok(None);
        }
        Ok(Some(Self { places, extent, link, default, links }))
    }

    /// How many there are to be read.
    #[must_use]
    pub fn count(&self) -> usize {
        self.links.count()
    }

    /// Reads one generation after the other until none is left that nobody else has taken.
    pub fn generations(&self) -> impl Iterator<Item = Generation> {
        self.links.read()
    }

    /// The profile with these generations, which must be all that [`generations`](Self::generations) gave to anybody.
    /// `None` when there is none.
    #[must_use]
    pub fn finish(self, mut generations: Vec<Generation>) -> Option<Profile> {
        let Self { places, extent, link, default, .. } = self;
        if generations.is_empty() && link.is_none() {
            return None;
        }
        generations.sort_by_key(|generation| Reverse(generation.number));
        let mut profile = Profile {
            path: places.profile.clone(),
            kind: places.kind,
            has_absolute_link: matches!(default, Default::Generation(_))
                && link.as_deref().is_some_and(Path::is_absolute),
            default,
            running: files::end(&places.running),
            booted: places.booted.as_deref().and_then(files::end),
            generations,
            unlinked: None,
        };
        profile.mark(extent);
        if !profile.generations.iter().any(|generation| generation.running.is_some()) {
            let running = profile.running.as_deref();
            profile.unlinked = running.map(|system| unlinked(system, &places.running, extent));
        }
        comin::tell(&places.comin, &mut profile.generations);
        comin::tell(&places.comin, profile.unlinked.as_mut_slice());
        Some(profile)
    }
}

/// `N` of `<profile>-N-link`, and of nothing else: Nix itself takes temporary names for generations.
fn number(file: &str, profile: &str) -> Option<u64> {
    let digits = file.strip_prefix(profile)?.strip_prefix('-')?.strip_suffix("-link")?;
    (!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| digits.parse().ok())
        .flatten()
}

/// What a profile's link says: `system-12-link` (as Nix writes it), the same with its folder (as nh does), or a path.
fn default(target: &Path, name: &str, folder: &Path) -> Default {
    let as_generation = target.file_name().and_then(|file| file.to_str()).and_then(|file| number(file, name));
    let parent = target.parent().unwrap_or(Path::new(""));
    let is_beside = parent.as_os_str().is_empty() || files::end(&folder.join(parent)) == files::end(folder);
    match as_generation {
        Some(number) if is_beside => Default::Generation(number),
        _ if target.is_absolute() => Default::Path(target.to_path_buf()),
        _ => Default::Unknown,
    }
}

#[cfg(test)]
mod tests;
