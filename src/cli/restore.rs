//! `flakehist restore`, and what it shares with `flakehist undo`.

use std::io::{BufRead as _, Write as _};
use std::path::Path;

use crate::error::{Error, Result};
use crate::generation::{Condition, Told, Version};
use crate::git::{ObjectId, blob_id};
use crate::history::{self, Flake, Target};
use crate::lock::Decoder;
use crate::restore::journal::{Ending, journal};
use crate::restore::{
    self, Action, CommandLine, Event, Family, Goal, Hazard, Machine, Plan, Programs, Report, Request,
    Situation, Step, Surroundings, Then, Versions, Wanted,
};
use crate::timeline::{Confidence, Row, Timeline, gather};
use crate::view;

use super::args::{Global, OnFailure, Restore, Restoring};
use super::generations::{home_manager_profile, home_manager_running, is_profile_named, places};
use super::journal::warn_of_interrupted;
use super::notes::{Notes, say};
use super::pager::Signs;
use super::progress::Progress;
use super::settings::{Settings, search};
use super::target::{self, Found};
use super::world::World;

mod goal;
mod kind;
mod message;
mod part;

use goal::{goal, reconstruction};
use kind::{action, families, family};
use message::message;

/// Exit codes besides 0, 1 and 2.
const PUT_BACK: u8 = 3;
const COMPLAINTS: u8 = 4;
const KEPT: u8 = 5;
const SYSTEM_MOVED: u8 = 6;

/// Restores a lock and gives the exit code.
///
/// # Errors
/// When nothing was changed.
pub(super) fn run(args: &Restore, global: &Global, world: &World, notes: &mut Notes) -> Result<u8> {
    let flake = match Flake::find(&search(global, world)) {
        Ok(flake) => flake,
        Err(error) => match part::of_files(args, global, world)? {
            Some((goal, told)) => return print(&goal, told.into_iter().map(Hazard::Part).collect(), notes),
            None if args.print && part::is_wanted(args) => {
                return Err(error.hint(
                    "of two files: `flakehist --lock NOW restore THEN --input INPUT --print`, in a repository or not",
                ));
            }
            None => return Err(error),
        },
    };
    let settings = Settings::of(global, world, &flake)?;
    let style = settings.style;
    let situation = Situation::look(&flake)?;
    let progress = Progress::of("making the plan", world);
    let timeline = gather(&flake, &places(global, world, &flake)).unwrap_or_else(|error| {
        notes.add(format!("generations are not looked at: {error}"), "");
        None
    });
    let target = Target::parse(&args.target, &search(global, world).folder)?;
    let generation = match (&target, &timeline) {
        (Target::Generation(name), Some(timeline)) => Some(target::named(name, timeline)?.generation.number),
        _ => None,
    };
    let selected = match target::find(&args.target, &flake, global, world, &style)? {
        Found::Lock(selected, _) => selected,
        Found::Facts(_, name) => return Err(reconstruction(&name)),
    };
    let mut goal = goal(&args.target, &selected, &flake, &style)?;
    let mut hazards = Vec::new();
    if part::is_wanted(args) {
        let programs = Programs::on_path(world.variable("PATH").unwrap_or_default());
        let overrides = part::overrides(&programs, &situation.folder, situation.owner.as_ref());
        let current = situation.bytes.as_deref();
        let (with_part, told) = part::part(args, goal, current, &overrides, Some((&flake, &style)))?;
        goal = with_part;
        hazards.extend(told.into_iter().map(Hazard::Part));
    }
    drop(progress);
    if args.print {
        return print(&goal, hazards, notes);
    }
    let job = Job {
        how: &args.how,
        global,
        world,
        flake: &flake,
        settings: &settings,
        timeline: timeline.as_ref(),
    };
    job.run(situation, goal, generation, &hazards, notes)
}

/// Writes the lock that would be restored, and nothing else.
fn print(goal: &Goal, hazards: Vec<Hazard>, notes: &mut Notes) -> Result<u8> {
    for hazard in hazards {
        notes.add(view::restore::hazard(&hazard), "");
    }
    let mut out = std::io::stdout().lock();
    let bytes = goal.bytes.as_deref().unwrap_or_default();
    out.write_all(bytes).and_then(|()| out.flush()).map_err(|e| Error::output(&e))?;
    Ok(0)
}

/// One restore or undo, everything settled but the plan.
pub(super) struct Job<'j> {
    pub(super) how: &'j Restoring,
    pub(super) global: &'j Global,
    pub(super) world: &'j World,
    pub(super) flake: &'j Flake,
    pub(super) settings: &'j Settings,
    pub(super) timeline: Option<&'j Timeline>,
}

impl Job<'_> {
    /// Plans, shows, asks, does. `generation` is the one that was named.
    pub(super) fn run(
        &self,
        situation: Situation,
        goal: Goal,
        generation: Option<u64>,
        more: &[Hazard],
        notes: &mut Notes,
    ) -> Result<u8> {
        let known = journal(&self.flake.repository)?.entries;
        warn_of_interrupted(&known, self.flake, notes)?;
        let is_read = self.is_read_by_nix(&situation)?;
        let programs = Programs::on_path(self.world.variable("PATH").unwrap_or_default());
        let now = situation.bytes.as_deref().and_then(|bytes| Decoder::new().decode(bytes).ok());
        let goal_id = goal.bytes.as_deref().and_then(blob_id);
        let built = self.generation_of(goal_id, generation);
        let (then, machine) = self.then(&situation.folder, built, &programs)?;
        let nix = programs.find("nix").filter(|_| is_read);
        let has_nix = nix.is_some();
        let progress = Progress::of("asking Nix about flake.nix", self.world);
        let misfits = nix
            .filter(|_| !self.how.relock)
            .zip(goal.lock.as_deref())
            .map(|(nix, lock)| restore::foresee(&nix, &situation.folder, situation.owner.as_ref(), lock));
        drop(progress);
        let request = Request {
            misfits: misfits.unwrap_or_default(),
            commit: self.how.commit.then(|| message(self, &situation, &goal, now.as_ref())).transpose()?,
            relock: self.how.relock,
            has_nix,
            then,
        };
        let (lacks_nix, misfits) = (is_read && !has_nix, request.misfits.clone());
        let mut plan = restore::plan(situation, goal, request, now.as_ref(), self.versions(built))?;
        restore::ready(&plan, &self.flake.repository, &programs)?;
        plan.hazards.extend_from_slice(more);
        if !self.how.reactivate && !self.how.no_rebuild {
            plan.has_generation = built.map(|row| row.generation.number);
        }
        self.show(&plan)?;
        if plan.steps.is_empty() {
            return Ok(0);
        }
        let needs_fit = self.how.on_failure == OnFailure::Revert && plan.steps.contains(&Step::Check);
        if !misfits.is_empty() && needs_fit {
            return Err(restore::does_not_fit(&misfits, &plan).hint("nothing was changed"));
        }
        if self.how.dry_run {
            return Ok(0);
        }
        if lacks_nix {
            notes.add("there is no `nix` on PATH, so nobody asks whether it takes this lock".to_owned(), "");
        }
        self.consent()?;
        let surroundings = Surroundings {
            programs: &programs,
            machine: &machine,
            now: self.world.now,
            keep_on_failure: self.how.on_failure == OnFailure::Keep,
        };
        let style = self.settings.style;
        let path = plan.situation.path.clone();
        let mut tell = |event: Event<'_>| say(&view::restore::event(&event, &path, &style));
        let report = restore::apply(&plan, &self.flake.repository, surroundings, &mut tell)?;
        Ok(self.report(report, &plan, &machine, &programs))
    }

    /// Whether it is the lock that Nix reads, and not one of another name (`--lock`). Such a one is no ground to build
    /// on, unless a command of the user's own takes it.
    fn is_read_by_nix(&self, situation: &Situation) -> Result<bool> {
        let name = situation.lock.rsplit('/').next().unwrap_or_default();
        if name == "flake.lock" {
            return Ok(true);
        }
        let is_own = self.setting("FLAKEHIST_REBUILD", "flakehist.rebuild").is_some();
        if self.how.relock || !(is_own || self.how.no_rebuild || self.how.reactivate) {
            return Err(Error::new(format!("Nix builds from flake.lock, and not from {name}"))
                .hint("`--no-rebuild` restores the file alone"));
        }
        Ok(false)
    }

    fn show(&self, plan: &Plan) -> Result<()> {
        let mut out = Signs::new(std::io::stdout().lock(), self.world);
        let shown = view::restore::plan(plan, &self.settings.style, &mut out).and_then(|()| out.flush());
        shown.map_err(|e| {
            // Whoever closes the pipe of a dry run has seen enough; of a restore nobody saw what it would do.
            let unseen = Error::new("the plan could not be shown, so nothing was done").because(&e);
            if self.how.dry_run { Error::output(&e) } else { unseen }
        })
    }

    /// Asks whether to go on.
    fn consent(&self) -> Result<()> {
        if self.how.yes {
            return Ok(());
        }
        if !self.world.can_ask {
            return Err(Error::new("there is no terminal to ask on, so nothing was done")
                .hint("`--yes` does it without asking, `--dry-run` only shows it"));
        }
        if ask("Go on? [y/N] ") { Ok(()) } else { Err(Error::new("nothing was done")) }
    }

    /// A generation that was built from the lock and is there still: the one named, else the newest.
    fn generation_of(&self, lock: Option<ObjectId>, named: Option<u64>) -> Option<Row<'_>> {
        let timeline = self.timeline?;
        let is_of_lock = |row: &Row<'_>| {
            let built = row.built.lock().and_then(|lock| timeline.universe().versions.get(lock));
            built.is_some_and(|version| Some(version.lock_id) == lock)
                && !matches!(row.built.confidence, Confidence::ByDate | Confidence::None)
                && row.generation.condition == Condition::Sound
        };
        match named {
            Some(number) => timeline.row(number).filter(is_of_lock),
            None => timeline.rows().find(is_of_lock),
        }
    }

    fn versions(&self, goal: Option<Row<'_>>) -> Versions {
        let running =
            self.timeline.and_then(|timeline| timeline.rows().find(|row| row.generation.running.is_some()));
        let Some((running, goal)) = running.zip(goal) else { return Versions::default() };
        let (now, then) = (&running.generation.facts, &goal.generation.facts);
        let value = |told: &Option<Told<String>>| told.as_ref().map(|told| told.value.clone());
        let release = |told: &Option<Told<String>>| Some(Version::parse(&told.as_ref()?.value)?.release);
        Versions {
            kernel: value(&now.kernel).zip(value(&then.kernel)),
            release: release(&now.version).zip(release(&then.version)),
        }
    }

    /// What becomes of the system, and which machine that is. `folder` is the flake's.
    pub(super) fn then(
        &self,
        folder: &Path,
        built: Option<Row<'_>>,
        programs: &Programs,
    ) -> Result<(Then, Machine)> {
        let how = self.how;
        let places = places(self.global, self.world, self.flake);
        let mut machine =
            Machine { family: family(&places.profile), profile: places.profile, running: places.running };
        let action = action(how.action);
        if how.no_rebuild {
            return Ok((Then::Nothing, machine));
        }
        if how.reactivate {
            let row = built.ok_or_else(|| {
                Error::new("no generation that is there still is known to be built from this lock")
                    .hint("`flakehist generations` tells what each was built from")
                    .hint("without `--reactivate` it is built anew")
            })?;
            let generation = row.generation.number;
            let commands = machine.reactivate(generation, action, programs).ok_or_else(|| {
                Error::new(format!("`--reactivate` cannot `{}` this kind of generation", action.name()))
                    .hint("use `--action switch`, or leave `--reactivate` out")
            })?;
            return Ok((Then::Reactivate { generation, action, commands }, machine));
        }
        let flake_nix = history::bytes_of(folder, "flake.nix".as_ref()).unwrap_or_default();
        let flake_nix = String::from_utf8_lossy(&flake_nix);
        let is_named = is_profile_named(self.global, self.world, self.flake);
        let families = families(machine.family, is_named);
        let configured = self.setting("FLAKEHIST_REBUILD", "flakehist.rebuild");
        let wanted = Wanted {
            action,
            host: how.host.as_deref().or(self.flake.host.as_deref()),
            machine: &self.world.host_name(),
            folder,
            flake_nix: &flake_nix,
            families: &families,
            configured: configured.as_deref(),
            is_root: restore::is_root(),
            may_relock: how.relock,
            arguments: &how.arguments,
        };
        let (command, of) = restore::command(&wanted, programs)?;
        if of == Some(Family::Home) && machine.family != Family::Home && !is_named {
            machine.profile = home_manager_profile(self.world);
            machine.running = home_manager_running(self.world);
            machine.family = Family::Home;
        }
        Ok((Then::Rebuild(action, command), machine))
    }

    fn setting(&self, variable: &str, key: &str) -> Option<String> {
        self.world.variable(variable).map(str::to_owned).or_else(|| self.flake.repository.setting(key))
    }

    /// Says how it ended, and gives the exit code.
    fn report(&self, mut report: Report, plan: &Plan, machine: &Machine, programs: &Programs) -> u8 {
        say(&view::restore::ending(&report, plan));
        if let Some(id) = report.changed_by_rebuild.filter(|_| report.ending != Ending::PutBack) {
            say(&format!(
                "note: the rebuild itself has changed the lock, which is now {}",
                id.to_string().chars().take(self.settings.style.abbreviation).collect::<String>()
            ));
        }
        let back = if report.ending == Ending::SystemMoved {
            switch_back(&report, machine, programs)
        } else {
            Vec::new()
        };
        if let Some(error) = report.failure.take() {
            let typed: Vec<String> = back.iter().map(CommandLine::as_typed).collect();
            super::print_error(&view::restore::with_hints(error, &report, plan, &typed));
        }
        if !back.is_empty()
            && self.world.can_ask
            && !self.how.yes
            && ask("Switch the system back now? [y/N] ")
        {
            run_back(&back, &plan.situation.folder);
        }
        match report.ending {
            Ending::Done | Ending::Begun => 0,
            Ending::PutBack => PUT_BACK,
            Ending::Complaints => COMPLAINTS,
            Ending::Kept => KEPT,
            Ending::SystemMoved => SYSTEM_MOVED,
        }
    }
}

/// The commands that make the generation of before the one in use again.
fn switch_back(report: &Report, machine: &Machine, programs: &Programs) -> Vec<CommandLine> {
    let generation = report.before.generation;
    generation.and_then(|number| machine.reactivate(number, Action::Switch, programs)).unwrap_or_default()
}

fn run_back(commands: &[CommandLine], folder: &Path) {
    for command in commands {
        say(&format!("$ {}", view::plain(&command.as_typed())));
        let ended = restore::Interrupt::listen()
            .and_then(|interrupt| restore::run(command, folder, None, &interrupt));
        match ended {
            Ok(Some(0)) => {}
            Ok(code) => {
                let code = code.map_or_else(|| "a signal".to_owned(), |code| code.to_string());
                return say(&format!("it ended with {code}; the system is not switched back"));
            }
            Err(e) => return super::print_error(&e),
        }
    }
    say("the system is switched back");
}

/// Asks on the terminal; anything but a yes is a no.
pub(super) fn ask(question: &str) -> bool {
    let mut err = std::io::stderr();
    if err.write_all(question.as_bytes()).and_then(|()| err.flush()).is_err() {
        return false;
    }
    let mut answer = String::new();
    let read = std::io::stdin().lock().read_line(&mut answer);
    read.is_ok() && matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes")
}
