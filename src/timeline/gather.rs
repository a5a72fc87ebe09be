//! Brings together what has to be looked up before anything can be chosen: the profile, every lock, the commits that
//! generations name. This file and `own` are the only ones of this module that ask git or the disk.

use std::collections::BTreeSet;
use std::mem::ManuallyDrop;
use std::path::Path;
use std::rc::Rc;

use crate::error::{Error, Result};
use crate::generation::{ConfigurationRevision, Extent, Generation, Kept, Places, Profile, Reading};
use crate::git::{CommitId, Dates, FileAt, Introduced, ObjectId, blob_id};
use crate::history::{EveryLock, Flake, Universe};
use crate::lock::StoreDir;
use crate::spread::{SpreadMap, SpreadSet};

use super::Built;
use super::correlate::{Known, Named, correlate};
use super::evidence::{Claims, OfFacts};
use super::index::Index;
use super::nodes::{Gathering, Nodes};
use super::own::{self, InputNames};

/// So many commits, those nearest in time, are hashed to find the one whose files a system keeps.
const MOST_HASHED: usize = 40;

/// A profile's generations beside the locks of a repository.
pub struct Timeline {
    pub(super) profile: Profile,
    pub(super) universe: Rc<Universe>,
    pub(super) built: Vec<Built>,
    pub(super) built_unlinked: Option<Built>,
}

impl Timeline {
    /// The universe, to be shared with whoever goes through the history next.
    #[must_use]
    pub fn shared_universe(&self) -> Rc<Universe> {
        Rc::clone(&self.universe)
    }
}

/// Reads the profile and finds for each generation what it was built from. `None` when there is no profile.
///
/// # Errors
/// When the profile's folder or the repository cannot be read.
pub fn gather(flake: &Flake, places: &Places) -> Result<Option<Timeline>> {
    gather_to(Extent::Everything, None, flake, places)
}

/// The same for a list of locks, where every lock is being read already: of the generations no more is read than it
/// takes to find what they were built from.
///
/// # Errors
/// As [`gather`].
pub fn gather_from(every: Option<EveryLock>, flake: &Flake, places: &Places) -> Result<Option<Timeline>> {
    gather_to(Extent::Origin, every, flake, places)
}

fn gather_to(
    extent: Extent,
    every: Option<EveryLock>,
    flake: &Flake,
    places: &Places,
) -> Result<Option<Timeline>> {
    let Some(reading) = Reading::begin(places, extent)? else { return Ok(None) };
    let every = every.map_or_else(|| EveryLock::read(&flake.repository, &flake.lock), Ok)?;
    let Read { generations, mut universe, mut nodes, mut names } = read(flake, &reading, &every)?;
    let Some(mut profile) = reading.finish(generations) else { return Ok(None) };
    let revisions: Vec<_> = profile.systems().map(|system| system.facts.revisions()).collect();
    let commits = commits_named(flake, &revisions, &universe);
    add_named(flake, &commits, &mut universe)?;
    universe.versions.iter().skip(nodes.locks()).for_each(|version| names.add(&version.lock));
    own::find(flake, &mut profile, &revisions, &mut universe, &names);
    let universe = Rc::new(universe);
    if nodes.locks() != universe.versions.len() {
        nodes = Nodes::of(&universe);
    }
    let introduced: Vec<Option<Introduced>> =
        universe.versions.iter().map(|version| version.introduced).collect();
    let by_date = std::cell::OnceCell::new();
    // Made once a run, of many thousand parts: to take them apart before the process ends would only take time.
    let nodes = ManuallyDrop::new(nodes);
    let mut stores: ManuallyDrop<SpreadMap<&Path, Claims<'_>>> = ManuallyDrop::default();
    let mut sources = Sources::default();
    let mut built = Vec::with_capacity(profile.generations.len());
    for (place, (generation, revisions)) in profile.systems().zip(&revisions).enumerate() {
        let store = generation.target.parent().unwrap_or(Path::new("/nix/store"));
        let of_store = stores.entry(store).or_insert_with_key(|store| {
            Claims::new(Index::new(&universe, &nodes, StoreDir::new(&store.to_string_lossy())))
        });
        let claims = of_store.of(&generation.facts);
        let named = match named_by(generation, revisions, &commits, &universe) {
            Some(named @ Named::Here { .. }) => Some(named),
            otherwise => own_source(flake, &universe, generation, &claims, &mut sources)?.or(otherwise),
        };
        let is_silent = named.is_none() && claims.claims.iter().all(|claim| claim.says_nothing());
        let by_date = || by_date.get_or_init(|| by_date_of_all(flake, &profile, &universe));
        let known = Known {
            by_date: is_silent.then(|| by_date().get(place).copied().flatten()).flatten(),
            named,
            kept_lock: kept_lock(flake, &universe, generation, &claims, &mut sources),
            created: generation.created,
        };
        built.push(correlate(of_store.index(), &introduced, &claims.claims, &known, extent));
    }
    let built_unlinked = profile.unlinked.as_ref().and_then(|_| built.pop());
    Ok(Some(Timeline { profile, universe, built, built_unlinked }))
}

/// So few generations are read sooner than a thread is there that helps, and all by one.
const FEW: usize = 64;

/// What is read of the profile and of the repository, each beside the other.
struct Read {
    generations: Vec<Generation>,
    universe: Universe,
    nodes: Nodes,
    names: InputNames,
}

fn read(flake: &Flake, reading: &Reading<'_>, every: &EveryLock) -> Result<Read> {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
    std::thread::scope(|scope| {
        let help = || {
            let thread = std::thread::Builder::new().name("profile".to_owned());
            thread.spawn_scoped(scope, || reading.generations().collect::<Vec<_>>())
        };
        // One thread reads the history, which takes longest and should have a core for itself. This one decodes, which
        // takes less, and reads generations while it would wait.
        let is_long = reading.count() > FEW;
        let helper = (is_long && cores > 2).then(help);
        let mut own = reading.generations();
        let mut generations = Vec::new();
        let (mut nodes, mut names) = (Gathering::default(), InputNames::default());
        let mut universe = Universe::collect(
            every,
            &flake.repository,
            &flake.lock,
            |lock| {
                nodes.add(lock);
                names.add(lock);
            },
            || is_long && own.next().map(|generation| generations.push(generation)).is_some(),
        )?;
        // Whoever has time by now helps.
        let helper = helper.or_else(|| is_long.then(help));
        every.go_on(&mut universe);
        generations.extend(own);
        let nodes = Nodes::from(nodes);
        // Where no thread was to be had, all are read by now.
        if let Some(Ok(helper)) = helper {
            generations.extend(helper.join().map_err(|_| Error::new("reading the profile broke off"))?);
        }
        Ok(Read { generations, universe, nodes, names })
    })
}

/// For generations that tell nothing of the locks: where HEAD stood when they were made.
fn by_date_of_all(
    flake: &Flake,
    profile: &Profile,
    universe: &Universe,
) -> Vec<Option<(CommitId, Option<usize>)>> {
    let times: Vec<i64> = profile.systems().map(|generation| generation.created).collect();
    let stood = flake.repository.head_at(&times);
    stood.into_iter().map(|commit| commit.map(|commit| (commit, lock_of(flake, universe, commit)))).collect()
}

/// The place of a commit's lock in the universe.
fn lock_of(flake: &Flake, universe: &Universe, commit: CommitId) -> Option<usize> {
    let file = flake.repository.reader().ok()?.file_at(commit, &flake.lock).ok()?;
    universe.version(file.id()?)
}

/// The commits that generations name, each looked up once, with the state of the lock there. Absent are those that
/// are not in this repository.
type Commits = SpreadMap<String, (CommitId, FileAt)>;

fn commits_named(flake: &Flake, revisions: &[Vec<ConfigurationRevision>], universe: &Universe) -> Commits {
    let digits: SpreadSet<&str> =
        revisions.iter().flatten().filter_map(ConfigurationRevision::digits).collect();
    if digits.is_empty() {
        return Commits::default();
    }
    // What a commit brought into the repository need not be looked up in it.
    let brought: SpreadMap<CommitId, ObjectId> = universe
        .versions
        .iter()
        .filter_map(|version| version.introduced.map(|introduced| (introduced.by, version.lock_id)))
        .collect();
    let found = |digits: &str| {
        if let Some(commit) = CommitId::parse(digits)
            && let Some(&id) = brought.get(&commit)
        {
            return Some((digits.to_owned(), (commit, FileAt::Present { mode: 0o100_644, id })));
        }
        let commit = flake.repository.commit_with_prefix(digits)?;
        let file = flake.repository.reader().and_then(|reader| reader.file_at(commit, &flake.lock));
        Some((digits.to_owned(), (commit, file.unwrap_or(FileAt::Absent))))
    };
    digits.into_iter().filter_map(found).collect()
}

/// A commit that is in no ref's and no reflog's past any more is still there until git collects it, and a generation
/// may be the only one to name it.
fn add_named(flake: &Flake, named: &Commits, universe: &mut Universe) -> Result<()> {
    // In an order of their own, so that the same repository gives the same answer.
    let mut named: Vec<_> = named.values().collect();
    named.sort_unstable_by_key(|(commit, _)| *commit);
    for (commit, file) in named {
        let FileAt::Present { mode: 0o100_644 | 0o100_755, id } = file else { continue };
        if universe.version(*id).is_none()
            && let Ok(Some(bytes)) = flake.repository.reader()?.blob(*id)
        {
            let seconds = flake.repository.committed(*commit).map_or(0, |stamp| stamp.seconds);
            universe.add_found(&bytes, Some(Introduced { by: *commit, seconds }));
        }
    }
    Ok(())
}

/// The commit that the generation names.
fn named_by(
    generation: &Generation,
    revisions: &[ConfigurationRevision],
    named: &Commits,
    universe: &Universe,
) -> Option<Named> {
    let here = |revision: &ConfigurationRevision| {
        let ConfigurationRevision::Commit { digits, is_dirty } = revision else { return None };
        let (commit, file) = named.get(digits)?;
        let lock = file.id().and_then(|id| universe.version(id));
        Some(Named::Here { commit: *commit, is_dirty: *is_dirty, lock })
    };
    // What only looks like a revision in a label is one of elsewhere no more than of here.
    let told = generation.facts.configuration.as_ref().filter(|told| told.value.digits().is_some());
    let foreign = || told.map(|told| Named::Foreign(told.value.to_string()));
    revisions.iter().find_map(here).or_else(foreign)
}

/// The commit that the kept source of the configuration itself leads to: by the revision it is kept with, or because
/// its store path is that of a commit's files.
fn own_source<'f>(
    flake: &Flake,
    universe: &Universe,
    generation: &'f Generation,
    claims: &OfFacts<'_>,
    sources: &mut Sources<'f>,
) -> Result<Option<Named>> {
    let here = |commit| Named::Here { commit, is_dirty: false, lock: lock_of(flake, universe, commit) };
    let own = || claims.no_inputs(&generation.facts);
    let by_rev = own().find_map(|kept| flake.repository.commit_with_prefix(kept.rev.as_deref()?));
    if let Some(commit) = by_rev {
        return Ok(Some(here(commit)));
    }
    // Only a source that holds the flake can be the configuration's; hashing commits takes time.
    let own = own().filter(|kept| sources.holds_flake(flake, kept));
    let own: BTreeSet<&str> = own.filter_map(|kept| kept.path.as_deref()).collect();
    let store = own.iter().find_map(|path| Path::new(path).parent());
    let Some(store) = store.map(|store| StoreDir::new(&store.to_string_lossy())) else { return Ok(None) };
    let near = sources.hashes.commits_near(flake, generation.created)?;
    let is_own = |hash: [u8; 32]| own.contains(store.path_of_hash(&hash).as_str());
    Ok(near.into_iter().find(|&commit| sources.hashes.of(flake, commit).is_some_and(is_own)).map(here))
}

/// What is in kept sources, each looked into once however many systems keep it.
#[derive(Default)]
struct Sources<'f> {
    flakes: SpreadMap<&'f str, bool>,
    locks: SpreadMap<&'f str, Option<usize>>,
    hashes: Hashes,
}

impl<'f> Sources<'f> {
    fn holds_flake(&mut self, flake: &Flake, kept: &'f Kept) -> bool {
        let look = || own::flake_nix(flake, kept).is_some();
        kept.path.as_deref().is_some_and(|path| *self.flakes.entry(path).or_insert_with(look))
    }

    /// The place in the universe of the lock that a source holds.
    fn lock(&mut self, flake: &Flake, universe: &Universe, kept: &'f Kept) -> Option<usize> {
        let look = || universe.version(blob_id(&own::lock(flake, kept)?)?);
        *self.locks.entry(kept.path.as_deref()?).or_insert_with(look)
    }
}

/// What commits' files hash to, each commit once.
#[derive(Default)]
struct Hashes {
    dates: Option<Dates>,
    known: SpreadMap<CommitId, Option<[u8; 32]>>,
}

impl Hashes {
    fn commits_near(&mut self, flake: &Flake, seconds: i64) -> Result<Vec<CommitId>> {
        let dates = match self.dates.take() {
            Some(dates) => dates,
            None => flake.repository.dates(&flake.repository.every_tip())?,
        };
        Ok(self.dates.insert(dates).near(seconds, MOST_HASHED))
    }

    fn of(&mut self, flake: &Flake, commit: CommitId) -> Option<[u8; 32]> {
        *self.known.entry(commit).or_insert_with(|| flake.repository.source_hash(commit))
    }
}

/// The lock in the configuration's own source, when the system keeps that: a kept source that is no input of any
/// lock and holds a lock this repository knows.
fn kept_lock<'f>(
    flake: &Flake,
    universe: &Universe,
    generation: &'f Generation,
    claims: &OfFacts<'_>,
    sources: &mut Sources<'f>,
) -> Option<(String, usize)> {
    claims
        .no_inputs(&generation.facts)
        .find_map(|kept| Some((kept.origin.clone(), sources.lock(flake, universe, kept)?)))
}
