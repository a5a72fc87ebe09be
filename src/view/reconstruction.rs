//! What a generation tells of its inputs when no lock fits it: a reconstruction, and called one.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::{self, Write};
use std::path::Path;

use crate::generation::{Condition, Kept, NixpkgsRevision};
use crate::lock::{InputPath, Lock, Pin, Source, StoreDir, Told};
use crate::timeline::verdict::input_called;
use crate::timeline::{Row, Timeline};

use super::json::Json;
use super::{Role, Style, plain};

/// How much is known of an input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Known {
    /// Its revision or its contents, exactly.
    Exactly,
    /// The beginning of its revision.
    Partly,
    /// Nothing.
    #[default]
    Not,
}

impl Known {
    fn word(self) -> &'static str {
        match self {
            Self::Exactly => "exactly",
            Self::Partly => "partly",
            Self::Not => "not",
        }
    }
}

/// What is known of one input.
#[derive(Clone, Debug, Default)]
struct Input {
    known: Known,
    rev: Option<String>,
    nar_hash: Option<String>,
    last_modified: Option<u64>,
    path: Option<String>,
    origin: String,
}

/// What a generation tells of its inputs.
#[derive(Clone, Debug)]
pub struct Reconstruction {
    /// Its number; `None` for a running system that is no generation.
    generation: Option<u64>,
    /// What it is called.
    name: String,
    /// By name; the names are those of the newest lock's inputs, and those under which sources are kept.
    inputs: BTreeMap<String, Input>,
}

impl Reconstruction {
    /// Gathers what is known of a generation's inputs.
    #[must_use]
    pub fn of(row: Row<'_>, timeline: &Timeline) -> Self {
        let facts = &row.generation.facts;
        let roots = Roots::of(row, timeline);
        let mut inputs: BTreeMap<String, Input> =
            roots.names().map(|name| (name.to_owned(), Input::default())).collect();
        for kept in facts.kept.iter().filter(|kept| !kept.is_configuration()) {
            let known = kept.path.as_ref().and_then(|path| roots.by_path.get(path));
            // The name it is kept under need not be the input's.
            let name = match (known, kept.name.as_deref()) {
                (Some(known), Some(name)) if known.names.contains(&name) => Some(name),
                (Some(known), _) => known.names.first().copied(),
                (None, name) => name,
            };
            if let Some(name) = name {
                let source = known.map(|known| known.source);
                inputs.entry(name.to_owned()).or_default().tell(Input::kept(kept, source));
            }
        }
        if let Some(told) = &facts.nixpkgs {
            let (known, rev) = match &told.value {
                NixpkgsRevision::Full(rev) => (Known::Exactly, rev),
                NixpkgsRevision::Beginning { digits, .. } => (Known::Partly, digits),
            };
            let input = inputs.entry(roots.name_of("nixpkgs", rev)).or_default();
            input.tell(Input::revision(known, rev, &told.origin));
        }
        if let Some(told) = facts.darwin_revision.as_ref().filter(|told| !told.value.ends_with("-dirty")) {
            let input = inputs.entry(roots.name_of("nix-darwin", &told.value)).or_default();
            input.tell(Input::revision(Known::Exactly, &told.value, &told.origin));
        }
        let number = row.generation.number;
        let generation = (row.generation.condition != Condition::Unlinked).then_some(number);
        Self { generation, name: super::generations::name(row), inputs }
    }

    /// Writes it as text.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn text(&self, style: &Style, out: &mut dyn Write) -> io::Result<()> {
        writeln!(
            out,
            "{}",
            style.paint(
                Role::Back,
                format!("{}: no lock in this repository fits; reconstructed from what it keeps", self.name)
            )
        )?;
        writeln!(out)?;
        let name_width = self.inputs.keys().map(|name| super::width(&plain(name))).max().unwrap_or(0).max(5);
        writeln!(out, "INPUT{}  KNOWN    REV      FROM", super::blanks("INPUT", name_width))?;
        for (name, input) in &self.inputs {
            let name = plain(name);
            let rev: String = input.rev.as_deref().unwrap_or("").chars().take(7).collect();
            let word = input.known.word();
            let role = match input.known {
                Known::Exactly => Role::Added,
                Known::Partly => Role::Back,
                Known::Not => Role::Dim,
            };
            let line = format!(
                "{name}{}  {}{}  {}{}  {}",
                super::blanks(&name, name_width),
                style.paint(role, word),
                super::blanks(word, 7),
                plain(&rev),
                super::blanks(&rev, 7),
                plain(&input.origin),
            );
            writeln!(out, "{}", line.trim_end())?;
        }
        Ok(())
    }

    /// What is told of each input, by its name; also of those of which nothing is.
    #[must_use]
    pub fn told(&self) -> Vec<(String, Told)> {
        let told = |input: &Input| Told {
            rev: input.rev.clone(),
            nar_hash: input.nar_hash.clone(),
            last_modified: input.last_modified,
        };
        self.inputs.iter().map(|(name, input)| (name.clone(), told(input))).collect()
    }

    /// Writes it as a JSON document.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn json(&self, _style: &Style, out: &mut dyn Write) -> io::Result<()> {
        let mut json = Json::new(out);
        json.open("{")?;
        json.number("version", 1)?;
        match self.generation {
            Some(number) => json.number("generation", number)?,
            None => json.member("generation", None)?,
        }
        json.member("state", Some("reconstructed"))?;
        json.key("inputs")?;
        json.open("{")?;
        for (name, input) in &self.inputs {
            json.key(name)?;
            json.open("{")?;
            json.member("known", Some(input.known.word()))?;
            json.member("rev", input.rev.as_deref())?;
            json.member("narHash", input.nar_hash.as_deref())?;
            match input.last_modified {
                Some(seconds) => json.number("lastModified", seconds)?,
                None => json.member("lastModified", None)?,
            }
            json.member("storePath", input.path.as_deref())?;
            json.member(
                "origin",
                Some(&input.origin).filter(|origin| !origin.is_empty()).map(String::as_str),
            )?;
            json.close("}")?;
        }
        json.close("}")?;
        json.close("}")?;
        json.raw("\n")
    }
}

impl Input {
    /// What a kept source tells, and the lock that has it.
    fn kept(kept: &Kept, of_lock: Option<&Source>) -> Self {
        let text = |own: &Option<String>, of_lock: Option<&str>| own.clone().or(of_lock.map(str::to_owned));
        Self {
            known: Known::Exactly,
            rev: text(&kept.rev, of_lock.and_then(Source::rev)),
            nar_hash: text(&kept.nar_hash, of_lock.and_then(Source::nar_hash)),
            last_modified: kept.last_modified.or(of_lock.and_then(Source::date)),
            path: kept.path.clone(),
            origin: kept.origin.clone(),
        }
    }

    fn revision(known: Known, rev: &str, origin: &str) -> Self {
        Self { known, rev: Some(rev.to_owned()), origin: origin.to_owned(), ..Self::default() }
    }

    /// Takes what is told of it besides: of an input that is known, only what was missing.
    fn tell(&mut self, more: Self) {
        if self.known == Known::Not {
            *self = more;
            return;
        }
        if self.rev.is_none() && more.rev.is_some() {
            self.origin = more.origin;
        }
        self.rev = self.rev.take().or(more.rev);
        if more.path.is_none() || self.path == more.path {
            self.nar_hash = self.nar_hash.take().or(more.nar_hash);
            self.last_modified = self.last_modified.or(more.last_modified);
        }
    }
}

/// A state of an input.
struct Root<'t> {
    /// The names it had, the newest first.
    names: Vec<&'t str>,
    source: &'t Source,
}

/// The root inputs of every lock, to name by them what a system keeps without a name.
struct Roots<'t> {
    /// The lock that was committed last.
    newest: Option<&'t Lock>,
    /// Each by its store path.
    by_path: HashMap<String, Root<'t>>,
    /// Which input was of each revision.
    by_rev: HashMap<&'t str, &'t str>,
}

impl<'t> Roots<'t> {
    fn of(row: Row<'_>, timeline: &'t Timeline) -> Self {
        let store = row.generation.target.parent().unwrap_or(Path::new("/nix/store"));
        let store = StoreDir::new(&store.to_string_lossy());
        let mut versions: Vec<_> = timeline.universe().versions.iter().collect();
        // Of one second, the later ones stand first, and go on to.
        versions.sort_by_key(|version| std::cmp::Reverse(version.introduced.map(|by| by.seconds)));
        let newest = versions.first().map(|version| version.lock.as_ref());
        let mut roots = Self { newest, by_path: HashMap::new(), by_rev: HashMap::new() };
        // Locks share the nodes that stayed.
        let mut seen = HashSet::new();
        for lock in versions.into_iter().map(|version| version.lock.as_ref()) {
            for (name, _) in lock.root().inputs() {
                let Some(Pin::Own(node)) = lock.pin(&InputPath::new([name.as_ref()])) else { continue };
                let Some(source) =
                    node.locked().filter(|_| seen.insert((std::ptr::from_ref(node), name.as_ref())))
                else {
                    continue;
                };
                if let Some(path) = store.path_of(source) {
                    let root = roots.by_path.entry(path).or_insert(Root { names: Vec::new(), source });
                    root.names.push(name);
                }
                if let Some(rev) = source.rev() {
                    roots.by_rev.entry(rev).or_insert(name);
                }
            }
        }
        roots
    }

    fn names(&self) -> impl Iterator<Item = &'t str> {
        self.newest.into_iter().flat_map(|lock| lock.root().inputs()).map(|(name, _)| name.as_ref())
    }

    /// The name of the input of this revision; where no lock has that, of the one that is called so.
    fn name_of(&self, called: &str, rev: &str) -> String {
        let known = self.by_rev.get(rev).map(|name| (*name).to_owned());
        let of_newest = || input_called(self.newest?, called).map(|(name, _)| name);
        known.or_else(of_newest).unwrap_or_else(|| called.to_owned())
    }
}
