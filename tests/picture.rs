//! The picture in the README is what the program writes to a terminal: its colours and cells, drawn as SVG.
//! `BLESS=1 cargo test --test picture` draws it anew.

#![expect(clippy::expect_used, clippy::panic, reason = "a test may fail loudly in its helpers too")]
#![expect(clippy::disallowed_methods, reason = "BLESS is asked for here, and the program is started")]

#[path = "program/nix.rs"]
mod nix;
mod program;

use std::path::Path;

use flakehist::view::width;
use nix::has_nix;
use program::{World, text};

/// What is typed, one after the other.
const TYPED: [&str; 2] = ["flakehist log -n 10", "flakehist restore lock~1 --dry-run"];
const COLUMNS: usize = 120;
/// A cell, and the space around all of them, in pixels.
const CELL: (f64, f64) = (8.4, 18.0);
const MARGIN: f64 = 16.0;

/// How a run of characters looks: the classes of the style sheet below.
#[derive(Clone, Debug, Default, PartialEq)]
struct Look {
    bold: bool,
    dim: bool,
    underlined: bool,
    colour: Option<u32>,
}

impl Look {
    /// Takes the parameters of an SGR sequence, `1;33`.
    fn set(&mut self, parameters: &str) {
        for parameter in parameters.split(';') {
            match parameter.parse() {
                Ok(0) | Err(_) => *self = Self::default(),
                Ok(1) => self.bold = true,
                Ok(2) => self.dim = true,
                Ok(4) => self.underlined = true,
                Ok(colour @ 30..=37) => self.colour = Some(colour - 30),
                Ok(other) => panic!("the picture knows no SGR {other}"),
            }
        }
    }

    fn classes(&self) -> String {
        let colour = self.colour.map(|colour| format!("c{colour}"));
        let is = |set: bool, class: &str| set.then(|| class.to_owned());
        let all = [is(self.bold, "b"), is(self.dim, "d"), is(self.underlined, "u"), colour];
        all.into_iter().flatten().collect::<Vec<_>>().join(" ")
    }
}

/// A line's runs, each with the column it begins in.
fn runs(line: &str) -> Vec<(usize, Look, String)> {
    let mut found: Vec<(usize, Look, String)> = Vec::new();
    let (mut look, mut column) = (Look::default(), 0);
    for (number, part) in line.split("\x1b[").enumerate() {
        let text = match part.split_once('m').filter(|_| number > 0) {
            Some((parameters, text)) => {
                look.set(parameters);
                text
            }
            None => part,
        };
        if !text.is_empty() {
            found.push((column, look.clone(), text.to_owned()));
            column += width(text);
        }
    }
    found
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// The lines as a picture of a terminal. Each run has its place and its length, whatever font is there.
fn drawn(lines: &[String]) -> String {
    let cells = |columns: usize| f64::from(u32::try_from(columns).expect("a line is short")) * CELL.0;
    let rows = f64::from(u32::try_from(lines.len()).expect("few lines"));
    let (wide, high) = (cells(COLUMNS) + 2.0 * MARGIN, rows * CELL.1 + 2.0 * MARGIN);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{wide:.0}\" height=\"{high:.0}\" viewBox=\"0 0 {wide:.0} {high:.0}\">\n\
         <style>\n\
         text {{ font: 14px ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace; fill: #d4d4d4; white-space: pre }}\n\
         .b {{ font-weight: bold; fill: #f4f4f4 }} .d {{ fill: #8a8a8a }} .u {{ text-decoration: underline }}\n\
         .c1 {{ fill: #f07178 }} .c2 {{ fill: #a5d66f }} .c3 {{ fill: #e6b450 }} .c5 {{ fill: #d48fe6 }}\n\
         </style>\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"#1b1e24\"/>\n"
    );
    let mut baseline = MARGIN + 14.0;
    for line in lines {
        for (column, look, text) in runs(line).into_iter().filter(|(_, _, text)| !text.trim().is_empty()) {
            let front = text.len() - text.trim_start().len();
            let (x, text) = (MARGIN + cells(column + front), text.trim());
            let class = Some(look.classes()).filter(|classes| !classes.is_empty());
            let class = class.map(|classes| format!(" class=\"{classes}\"")).unwrap_or_default();
            svg.push_str(&format!(
                "<text x=\"{x:.1}\" y=\"{baseline:.0}\" textLength=\"{:.1}\" xml:space=\"preserve\"{class}>{}</text>\n",
                cells(width(text)),
                escaped(text)
            ));
        }
        baseline += CELL.1;
    }
    svg + "</svg>\n"
}

#[test]
fn the_picture_is_what_is_seen() {
    if !has_nix() {
        println!("skipped: there is no Nix, so a restore says something else");
        return;
    }
    let world = World::new();
    let home = world.demo().parent().expect("it lies in a folder").display().to_string();
    let mut lines: Vec<String> = Vec::new();
    for typed in TYPED {
        let output =
            world.shell(&format!("COLUMNS={COLUMNS} FLAKEHIST_COLOR=always FLAKEHIST_LINKS=never {typed}"));
        assert!(output.status.success(), "{typed}: {}", text(&output.stderr));
        lines.extend(Some(String::new()).filter(|_| !lines.is_empty()));
        lines.push(format!("\x1b[32m$\x1b[0m \x1b[1m{typed}\x1b[0m"));
        lines.extend(text(&output.stdout).trim_end().replace(&home, "~").lines().map(str::to_owned));
    }
    for (column, _, text) in lines.iter().flat_map(|line| runs(line)) {
        assert!(!text.contains('\x1b'), "{text:?}");
        assert!(column + width(&text) <= COLUMNS, "it does not fit: {text:?}");
    }
    let svg = drawn(&lines);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("doc/terminal.svg");
    if std::env::var("BLESS").is_ok_and(|value| value == "1") {
        std::fs::write(&path, &svg).expect("the picture can be written");
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == svg, "doc/terminal.svg is not what is seen: `BLESS=1 cargo test --test picture`");
}
