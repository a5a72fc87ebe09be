//! What a generation tells of its inputs when no lock fits it: a reconstruction, and called one.

use std::collections::BTreeMap;
use std::io::{self, Write};

use crate::generation::{Condition, Kept, NixpkgsRevision};
use crate::lock::Told;
use crate::timeline::{Row, Timeline};

use super::json::Json;
use super::{Role, Style, plain};

/// How much is known of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Known {
    /// Its revision or its contents, exactly.
    Exactly,
    /// The beginning of its revision.
    Partly,
    /// Nothing.
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
#[derive(Clone, Debug)]
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
        let mut inputs = BTreeMap::new();
        // The last one that is the greatest counts; of one second, the later ones stand first.
        let versions = timeline.universe().versions.iter().rev();
        let newest = versions.max_by_key(|version| version.introduced.map(|i| i.seconds));
        for (name, _) in newest.map_or([].as_slice(), |version| version.lock.root().inputs()) {
            let nothing = Input {
                known: Known::Not,
                rev: None,
                nar_hash: None,
                last_modified: None,
                path: None,
                origin: String::new(),
            };
            inputs.insert(name.to_string(), nothing);
        }
        for kept in row.generation.facts.kept.iter().filter(|kept| !kept.is_configuration()) {
            if let Some(name) = kept.name.clone() {
                inputs.insert(name, kept_input(kept));
            }
        }
        if let Some(told) = &row.generation.facts.nixpkgs {
            let (known, rev) = match &told.value {
                NixpkgsRevision::Full(rev) => (Known::Exactly, rev.clone()),
                NixpkgsRevision::Beginning { digits, .. } => (Known::Partly, digits.clone()),
            };
            let entry = inputs.entry("nixpkgs".to_owned()).or_insert_with(|| Input {
                known,
                rev: None,
                nar_hash: None,
                last_modified: None,
                path: None,
                origin: String::new(),
            });
            if entry.rev.is_none() {
                entry.rev = Some(rev);
                entry.origin.clone_from(&told.origin);
                entry.known = if entry.path.is_some() { Known::Exactly } else { known };
            }
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

fn kept_input(kept: &Kept) -> Input {
    Input {
        known: Known::Exactly,
        rev: kept.rev.clone(),
        nar_hash: kept.nar_hash.clone(),
        last_modified: kept.last_modified,
        path: kept.path.clone(),
        origin: kept.origin.clone(),
    }
}
