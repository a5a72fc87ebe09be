//! The two files themselves: a unified diff, with the words that changed marked within the lines.

use std::borrow::Cow;
use std::io::{self, Write};
use std::time::Duration;

use similar::{Algorithm, ChangeTag, DiffOp, TextDiff};

use crate::view::{Role, Style, plain};

use super::{Difference, What};

/// Unchanged lines around each change, as in git.
const CONTEXT: usize = 3;
/// When it takes longer than this to find the shortest difference, a longer one will do.
const PATIENCE: Duration = Duration::from_secs(5);

/// Writes how the text of the one file becomes that of the other, for reading and for `git apply`. Nothing where they
/// are the same.
///
/// # Errors
/// When the writer fails.
pub fn patch(
    difference: &Difference<'_>,
    old: &[u8],
    new: &[u8],
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let (old, new) = (String::from_utf8_lossy(old), String::from_utf8_lossy(new));
    // Lines as git has them: a `\r` ends none.
    let old: Vec<&str> = old.split_inclusive('\n').collect();
    let new: Vec<&str> = new.split_inclusive('\n').collect();
    let diff = TextDiff::configure()
        .algorithm(Algorithm::Patience)
        .timeout(PATIENCE)
        .newline_terminated(true)
        .diff_slices(&old, &new);
    let groups = diff.grouped_ops(CONTEXT);
    if groups.is_empty() {
        return Ok(());
    }
    let [from, to] = file_names(difference);
    writeln!(out, "{}", style.paint(Role::Changed, format!("--- {from}")))?;
    writeln!(out, "{}", style.paint(Role::Changed, format!("+++ {to}")))?;
    for group in &groups {
        writeln!(out, "{}", style.paint(Role::Dim, hunk_header(group)))?;
        for op in group {
            if style.color {
                lines_with_words(&diff, op, style, out)?;
            } else {
                lines(&diff, op, out)?;
            }
        }
    }
    Ok(())
}

/// As git names them, where the file is the same one; without a file, as git does where there was none.
fn file_names(difference: &Difference<'_>) -> [String; 2] {
    let path = |what: &What<'_>| match what {
        What::Lock(selected) | What::Worktree(selected, _) => Some(selected.path.clone()),
        What::Nothing(_) | What::Reconstruction(..) => None,
    };
    let (from, to) = (path(&difference.from.what), path(&difference.to.what));
    let is_one_file = from.is_none() || to.is_none() || from == to;
    let named = |path: Option<String>, side: &str| match path {
        None => "/dev/null".to_owned(),
        Some(path) if is_one_file && !path.starts_with('/') => plain(&format!("{side}/{path}")).into_owned(),
        Some(path) => plain(&path).into_owned(),
    };
    [named(from, "a"), named(to, "b")]
}

/// `@@ -1,7 +1,7 @@`.
fn hunk_header(group: &[DiffOp]) -> String {
    let range = |start: usize, end: usize| match end - start {
        1 => format!("{}", start + 1),
        // Where nothing is, the line before counts.
        0 => format!("{start},0"),
        lines => format!("{},{lines}", start + 1),
    };
    let (Some(first), Some(last)) = (group.first(), group.last()) else { return String::new() };
    let old = range(first.old_range().start, last.old_range().end);
    let new = range(first.new_range().start, last.new_range().end);
    format!("@@ -{old} +{new} @@")
}

fn sign(tag: ChangeTag) -> (&'static str, Role, Role) {
    match tag {
        ChangeTag::Equal => (" ", Role::Plain, Role::Plain),
        ChangeTag::Delete => ("-", Role::Removed, Role::RemovedWords),
        ChangeTag::Insert => ("+", Role::Added, Role::AddedWords),
    }
}

const NO_NEWLINE: &str = "\\ No newline at end of file";

/// What goes out of a line for a program: tabs and the `\r` at its end stay, or git could not apply the patch.
fn bare(line: &str) -> String {
    let (line, end) = line.strip_suffix('\r').map_or((line, ""), |line| (line, "\r"));
    with_tabs(line) + end
}

/// The text without what must not reach a terminal, which a tab may.
fn with_tabs(text: &str) -> String {
    text.split('\t').map(plain).collect::<Vec<Cow<'_, str>>>().join("\t")
}

fn lines(diff: &TextDiff<'_, '_, '_, str>, op: &DiffOp, out: &mut dyn Write) -> io::Result<()> {
    for change in diff.iter_changes(op) {
        let (sign, ..) = sign(change.tag());
        match change.value().strip_suffix('\n') {
            Some(text) => writeln!(out, "{sign}{}", bare(text))?,
            None => writeln!(out, "{sign}{}\n{NO_NEWLINE}", bare(change.value()))?,
        }
    }
    Ok(())
}

fn lines_with_words<'t>(
    diff: &'t TextDiff<'t, 't, '_, str>,
    op: &DiffOp,
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    for change in diff.iter_inline_changes(op) {
        let (sign, role, word_role) = sign(change.tag());
        write!(out, "{}", style.paint(role, sign))?;
        for &(is_other, text) in change.values() {
            let text = with_tabs(text.strip_suffix('\n').unwrap_or(text));
            write!(out, "{}", style.paint(if is_other { word_role } else { role }, text))?;
        }
        writeln!(out)?;
        if change.values().last().is_some_and(|(_, text)| !text.ends_with('\n')) {
            writeln!(out, "{NO_NEWLINE}")?;
        }
    }
    Ok(())
}
