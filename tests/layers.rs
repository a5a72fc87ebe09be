//! The borders between the modules, as the table in `src/lib.rs` draws them: a module names only modules on lower
//! floors, each foreign package has one door, and no file grows out of hand.

#![expect(clippy::expect_used, reason = "a test may fail loudly in its helpers too")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Each foreign package and the places that may name it.
const DOORS: [(&str, &[&str]); 15] = [
    ("clap", &["cli/args", "cli/completions/words.rs", "cli/mod.rs"]),
    ("comfy_table", &["view/"]),
    ("git2", &["git/"]),
    ("glob", &["history/"]),
    ("libdeflater", &["git/pack.rs"]),
    ("memchr", &["git/text.rs", "lock/wire/", "scan.rs"]),
    ("mimalloc", &["main.rs"]),
    ("nix", &["restore/", "cli/world.rs", "generation/files.rs"]),
    ("regex_lite", &["git/"]),
    ("serde", &["lock/", "generation/registry/ordinary.rs"]),
    ("serde_json", &["lock/", "generation/", "restore/", "sample/", "cli/demo/"]),
    ("shlex", &["restore/", "shell.rs"]),
    ("signal_hook", &["main.rs", "restore/"]),
    ("similar", &["near.rs", "view/diff/patch.rs"]),
    ("terminal_size", &["cli/world.rs"]),
];

/// A file of more lines than this, tests not counted, has two subjects.
const MOST_LINES: usize = 400;

/// The exceptions, each with the lines it may have and the reason.
const LONGER: [(&str, usize, &str); 1] = [(
    "git/date.rs",
    600,
    "git's own date.c: two readers that share one scanner and its tables, and are checked as a whole against git",
)];

/// A file of `src/`.
struct Source {
    /// The path below `src/`.
    path: String,
    text: String,
    /// Whether it is compiled for tests alone.
    is_for_tests: bool,
}

impl Source {
    /// The room it belongs to: `git` for `git/walk.rs`, `near` for `near.rs`.
    fn room(&self) -> &str {
        let first = self.path.split('/').next().unwrap_or_default();
        first.strip_suffix(".rs").unwrap_or(first)
    }

    /// The code without the lines that are only comment.
    fn code(&self) -> String {
        let lines = self.text.lines().filter(|line| !line.trim_start().starts_with("//"));
        lines.flat_map(|line| [line, "\n"]).collect()
    }

    /// The modules in files of their own that are declared here: `view/golden` for `mod golden;` in `view/mod.rs`.
    fn modules(&self) -> impl Iterator<Item = String> {
        let folder = self.path.strip_suffix("mod.rs").map(str::to_owned);
        let folder = folder.unwrap_or_else(|| match self.path.strip_suffix(".rs") {
            Some("lib" | "main") | None => String::new(),
            Some(path) => format!("{path}/"),
        });
        let declared = self.text.lines().filter_map(|line| {
            let line = line.strip_prefix("pub ").or(line.strip_prefix("pub(crate) ")).unwrap_or(line);
            line.strip_prefix("mod ")?.strip_suffix(';')
        });
        declared.map(move |name| format!("{folder}{name}"))
    }

    /// Those of them that are compiled for tests alone.
    fn test_modules(&self) -> impl Iterator<Item = String> {
        self.modules().filter(|module| {
            let name = module.rsplit('/').next().unwrap_or_default();
            self.text.contains(&format!("#[cfg(test)]\nmod {name};"))
        })
    }

    /// The lines before the tests at the end; none in a file that is nothing but tests.
    fn lines_of_program(&self) -> usize {
        if self.is_for_tests {
            return 0;
        }
        let end = self.text.find("\n#[cfg(test)]\nmod ").unwrap_or(self.text.len());
        self.text.get(..end).unwrap_or_default().lines().count()
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn sources() -> Vec<Source> {
    let mut found = Vec::new();
    let mut pending = vec![root()];
    while let Some(folder) = pending.pop() {
        for entry in std::fs::read_dir(&folder).expect("src can be listed") {
            let path = entry.expect("src can be listed").path();
            if path.is_dir() {
                pending.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let below = path.strip_prefix(root()).expect("it lies in src");
                let text = std::fs::read_to_string(&path).expect("a source file is text");
                found.push(Source { path: below.display().to_string(), text, is_for_tests: false });
            }
        }
    }
    assert!(found.len() > 20, "src/ was not found");
    found.sort_by(|a, b| a.path.cmp(&b.path));
    let modules: Vec<String> = found.iter().flat_map(Source::test_modules).collect();
    for source in &mut found {
        let is_of = |module: &String| {
            let rest = source.path.strip_prefix(module.as_str());
            rest.is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
        };
        source.is_for_tests = modules.iter().any(is_of);
    }
    found
}

/// The table in `src/lib.rs`: each module's floor.
fn floors() -> BTreeMap<String, u8> {
    let map = std::fs::read_to_string(root().join("lib.rs")).expect("lib.rs can be read");
    let mut floors = BTreeMap::new();
    for row in map.lines().filter_map(|line| line.strip_prefix("//! | ")) {
        let Some((floor, rest)) = row.split_once(" | ") else { continue };
        let Ok(floor) = floor.parse() else { continue };
        let modules = rest.split(" | ").next().unwrap_or_default();
        for module in modules.split(", ") {
            floors.insert(module.trim_matches(['[', '`', ']']).to_owned(), floor);
        }
    }
    floors
}

/// The names that directly follow `crate::` (or `prefix` in general), also those in braces.
fn named(code: &str, prefix: &str) -> BTreeSet<String> {
    let word = |text: &str| {
        let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
        text.get(..end).unwrap_or_default().to_owned()
    };
    let mut names = BTreeSet::new();
    for (at, _) in code.match_indices(prefix) {
        let before = code.get(..at).and_then(|text| text.chars().next_back());
        if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':') {
            continue;
        }
        let after = code.get(at + prefix.len()..).unwrap_or_default();
        let Some(list) = after.strip_prefix('{') else {
            names.insert(word(after));
            continue;
        };
        let mut depth = 0_usize;
        let mut start = true;
        for (place, c) in list.char_indices() {
            match c {
                '}' if depth == 0 => break,
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 0 => start = true,
                c if start && (c.is_alphanumeric() || c == '_') => {
                    names.insert(word(list.get(place..).unwrap_or_default()));
                    start = false;
                }
                _ => {}
            }
        }
    }
    names
}

#[test]
fn names_are_found_in_braces_too() {
    let code =
        "use crate::a::b;\nuse crate::{c, d::{e, f}, g};\nlet x = crate::h(); mycrate::i; pub(in crate::j) k";
    let names: Vec<String> = named(code, "crate::").into_iter().collect();
    assert_eq!(names, ["a", "c", "d", "g", "h", "j"]);
}

#[test]
fn the_table_lists_every_module_once() {
    let map = std::fs::read_to_string(root().join("lib.rs")).unwrap();
    let declared: BTreeSet<&str> =
        map.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    let floors = floors();
    let listed: BTreeSet<&str> = floors.keys().map(String::as_str).collect();
    assert_eq!(listed, declared, "src/lib.rs: the table (left) and the modules (right)");
}

#[test]
fn every_file_is_declared() {
    let sources = sources();
    let declared: BTreeSet<String> = sources.iter().flat_map(Source::modules).collect();
    for source in sources.iter().filter(|source| !matches!(source.path.as_str(), "lib.rs" | "main.rs")) {
        let module = source.path.strip_suffix("/mod.rs").or(source.path.strip_suffix(".rs"));
        let module = module.unwrap_or_default();
        assert!(declared.contains(module), "src/{} is in no module, so it is never compiled", source.path);
    }
}

#[test]
fn a_module_names_only_modules_on_lower_floors() {
    let floors = floors();
    let mut broken = Vec::new();
    for source in sources() {
        let room = source.room();
        if matches!(room, "lib" | "main") {
            continue;
        }
        let own = floors.get(room).unwrap_or_else(|| panic!("{room} is not in the table of src/lib.rs"));
        for name in named(&source.code(), "crate::").into_iter().filter(|name| name != room) {
            match floors.get(&name) {
                Some(floor) if floor < own => {}
                Some(floor) => {
                    broken.push(format!("src/{} (floor {own}) names {name} (floor {floor})", source.path));
                }
                None => broken.push(format!("src/{} names crate::{name}, which is no module", source.path)),
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn main_knows_only_the_top() {
    let main = std::fs::read_to_string(root().join("main.rs")).unwrap();
    let names: Vec<String> = named(&main, "flakehist::").into_iter().collect();
    assert_eq!(names, ["cli"]);
}

#[test]
fn each_foreign_package_has_one_door() {
    let mut broken = Vec::new();
    // A test may make and take apart with any package what the program keeps behind a door.
    for source in sources().into_iter().filter(|source| !source.is_for_tests) {
        let code = source.code();
        for (package, doors) in DOORS {
            let is_named = !named(&code, &format!("{package}::")).is_empty()
                || code.contains(&format!("use {package};"))
                || code.contains(&format!("use {package} as"));
            if is_named && !doors.iter().any(|door| source.path.starts_with(door)) {
                broken.push(format!(
                    "src/{} names {package}, whose place is src/{}",
                    source.path,
                    doors.join(", src/")
                ));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn no_file_has_two_subjects() {
    let mut broken = Vec::new();
    for source in sources() {
        let lines = source.lines_of_program();
        let exception = LONGER.iter().find(|(path, ..)| *path == source.path);
        let most = exception.map_or(MOST_LINES, |(_, lines, _)| *lines);
        if lines > most {
            broken.push(format!("src/{} has {lines} lines without its tests, more than {most}", source.path));
        }
        if let Some((path, _, reason)) = exception.filter(|_| lines <= MOST_LINES) {
            broken.push(format!("src/{path} is an exception no longer ({reason})"));
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}
