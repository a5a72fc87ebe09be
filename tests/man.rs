//! The manual pages in `man/` are what clap knows of the arguments and the sections in `tests/man/`, put together.
//! `BLESS=1 cargo test --test man` writes them anew.

#![expect(clippy::expect_used, reason = "a test may fail loudly in its helpers too")]
#![expect(clippy::disallowed_methods, reason = "BLESS is asked for here, and mandoc and man are started")]

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::CommandFactory as _;
use clap_mangen::Man;
use flakehist::cli::args::Flakehist;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// Every page by its name, `flakehist-log.1`.
fn pages() -> Vec<(String, String)> {
    let mut top = Flakehist::command().disable_help_subcommand(true);
    top.build();
    let mut pages = vec![("flakehist.1".to_owned(), page("flakehist", &top))];
    for command in top.get_subcommands() {
        let name = format!("flakehist-{}", command.get_name());
        pages.push((format!("{name}.1"), page(&name, command)));
    }
    pages
}

/// One page, without date and version, which would change it for no reason.
fn page(name: &str, command: &clap::Command) -> String {
    let man = Man::new(command.clone());
    let mut page = Vec::new();
    man.render_title(&mut page).expect("a vector can be written");
    man.render_name_section(&mut page).expect("a vector can be written");
    // clap_mangen's own synopsis names every flag and no value.
    let usage = command.clone().render_usage().to_string();
    let usage = escaped(usage.trim_start_matches("Usage: "));
    write!(page, ".SH SYNOPSIS\n{usage}\n").expect("a vector can be written");
    man.render_description_section(&mut page).expect("a vector can be written");
    man.render_options_section(&mut page).expect("a vector can be written");
    if command.has_subcommands() {
        man.render_subcommands_section(&mut page).expect("a vector can be written");
    }
    let mut page = with_title(name, &String::from_utf8(page).expect("the page is text"));
    if let Some(help) = command.get_after_help() {
        page.push_str(&set_as_typed(&help.to_string()));
    }
    let extra = folder("tests/man").join(format!("{name}.roff"));
    page.push_str(&std::fs::read_to_string(extra).expect("each page has a file of further sections"));
    page
}

/// The page with one preamble (clap_mangen begins each section with it) and a title line whose date is empty
/// (clap_mangen leaves an empty one out, and the next word takes its place).
fn with_title(name: &str, page: &str) -> String {
    let title = format!(".TH {} 1 \"\" flakehist \"flakehist manual\"", escaped(&name.to_uppercase()));
    let preamble = |line: &str| line.starts_with(".ie ") || line.starts_with(".el ");
    let (begin, rest): (Vec<&str>, Vec<&str>) = page.lines().partition(|line| preamble(line));
    let rest = rest.into_iter().map(|line| if line.starts_with(".TH ") { title.as_str() } else { line });
    begin.into_iter().take(2).chain(rest).flat_map(|line| [line, "\n"]).collect()
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\e").replace('-', "\\-")
}

/// `Examples:` and the lines below it as a section in which lines stay lines.
fn set_as_typed(help: &str) -> String {
    let mut roff = String::new();
    for part in help.split("\n\n") {
        let (heading, lines) = part.split_once(":\n").expect("a heading, then lines");
        roff.push_str(&format!(".SH {}\n.nf\n", escaped(&heading.to_uppercase())));
        for line in lines.lines() {
            let line = escaped(line.strip_prefix("  ").unwrap_or(line));
            let guard = if line.starts_with(['.', '\'']) { "\\&" } else { "" };
            roff.push_str(&format!("{guard}{line}\n"));
        }
        roff.push_str(".fi\n");
    }
    roff
}

#[test]
fn the_pages_are_up_to_date() {
    let bless = std::env::var("BLESS").is_ok_and(|value| value == "1");
    let mut names = Vec::new();
    for (name, page) in pages() {
        let path = folder("man").join(&name);
        if bless {
            std::fs::write(&path, &page).expect("the page can be written");
        }
        let written = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(written == page, "man/{name} is not what the arguments say: `BLESS=1 cargo test --test man`");
        names.push(name);
    }
    names.sort();
    let mut kept: Vec<String> = std::fs::read_dir(folder("man"))
        .expect("there are pages")
        .map(|entry| entry.expect("a folder can be read").file_name().to_string_lossy().into_owned())
        .collect();
    kept.sort();
    assert_eq!(kept, names, "man/ holds these pages and no others");
}

#[test]
fn no_page_changes_with_the_day_or_the_version() {
    for (name, page) in pages() {
        assert!(!page.contains(env!("CARGO_PKG_VERSION")), "{name}");
        assert!(
            page.lines().any(|line| line.starts_with(".TH FLAKEHIST") && line.contains(" 1 \"\" flakehist ")),
            "{name}: {page}"
        );
    }
}

#[test]
fn the_pages_can_be_shown() {
    for (name, _) in pages() {
        let page = folder("man").join(&name);
        match Command::new("mandoc").args(["-T", "lint", "-W", "error"]).arg(&page).output() {
            Ok(said) => assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stdout)),
            Err(_) => println!("skipped {name}: mandoc is not here"),
        }
    }
}
