//! Three versions of a text made one, with conflict markers, as `git merge` leaves them in the file.

/// A line of the merged text.
#[derive(Clone, Copy)]
enum Line<'a> {
    /// Both sides agree, or only one side changed it.
    Clean(&'a str),
    /// Each side changed it in its own way: ours, theirs.
    Clash(&'a str, &'a str),
}

/// Merges texts whose lines correspond one to one, which locks of the same inputs do.
pub(super) fn merge(base: &str, ours: &str, theirs: &str, branch: &str) -> String {
    let lines: Vec<Line<'_>> = base
        .lines()
        .zip(ours.lines().zip(theirs.lines()))
        .map(|(base, (ours, theirs))| line(base, ours, theirs))
        .collect();
    let mut merged = String::new();
    let mut rest = lines.as_slice();
    while let Some((first, after)) = rest.split_first() {
        if let Line::Clean(text) = first {
            push(&mut merged, text);
            rest = after;
        } else {
            let (conflict, after) = rest.split_at(conflict_length(rest));
            push_conflict(&mut merged, conflict, branch);
            rest = after;
        }
    }
    merged
}

fn line<'a>(base: &'a str, ours: &'a str, theirs: &'a str) -> Line<'a> {
    if ours == theirs || theirs == base {
        Line::Clean(ours)
    } else if ours == base {
        Line::Clean(theirs)
    } else {
        Line::Clash(ours, theirs)
    }
}

/// How many of `lines` belong to the conflict they start with.
fn conflict_length(lines: &[Line<'_>]) -> usize {
    /// git makes one of two conflicts that lie no more than so many lines apart.
    const NEAR: usize = 3;
    let mut length = 0;
    for (position, line) in lines.iter().enumerate() {
        if position > length + NEAR {
            break;
        }
        if matches!(line, Line::Clash(..)) {
            length = position + 1;
        }
    }
    length
}

fn push_conflict(merged: &mut String, conflict: &[Line<'_>], branch: &str) {
    push(merged, "<<<<<<< HEAD");
    for line in conflict {
        let (Line::Clean(text) | Line::Clash(text, _)) = line;
        push(merged, text);
    }
    push(merged, "=======");
    for line in conflict {
        let (Line::Clean(text) | Line::Clash(_, text)) = line;
        push(merged, text);
    }
    push(merged, &format!(">>>>>>> {branch}"));
}

fn push(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}
