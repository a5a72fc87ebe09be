//! The steps from one commit to another that gitrevisions(7) knows: `~3`, `^2`, `^{/words}`.
//!
//! They are taken here, because libgit2 knows no replace refs and reads only commits that are well-formed.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashSet};

use git2::Oid;
use regex_lite::RegexBuilder;

use super::objects::Objects;
use super::text;

/// A step from a commit to one behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step<'s> {
    /// `~3`: so many first parents back.
    Back(usize),
    /// `^2`: the parent of this number; 0 is the commit itself.
    Parent(usize),
    /// `^{}` and `^{commit}`: what a tag stands for.
    Peel,
    /// `^{/words}`: the newest commit from there on whose message matches.
    Message(&'s str),
}

/// `A~3^2`: what it starts from, and the steps from there.
pub(super) fn split(spec: &str) -> (&str, Vec<Step<'_>>) {
    let (mut base, mut steps) = (spec, Vec::new());
    // `:/words` and `A:path` may end in anything.
    if spec.split('{').next().is_some_and(|front| front.contains(':')) {
        return (base, steps);
    }
    while let Some((rest, step)) = last(base).filter(|(rest, _)| !rest.is_empty()) {
        base = rest;
        steps.push(step);
    }
    steps.reverse();
    (base, steps)
}

fn last(spec: &str) -> Option<(&str, Step<'_>)> {
    if let Some((rest, inside)) = spec.strip_suffix('}').and_then(|spec| spec.rsplit_once("^{")) {
        return match inside {
            "" | "commit" => Some((rest, Step::Peel)),
            _ => inside.strip_prefix('/').map(|words| (rest, Step::Message(words))),
        };
    }
    let front = spec.trim_end_matches(|c: char| c.is_ascii_digit());
    let digits = spec.strip_prefix(front).unwrap_or_default();
    let number = if digits.is_empty() { 1 } else { digits.parse().unwrap_or(usize::MAX) };
    match (front.strip_suffix('~'), front.strip_suffix('^')) {
        (Some(rest), _) => Some((rest, Step::Back(number))),
        (None, Some(rest)) => Some((rest, Step::Parent(number))),
        (None, None) => None,
    }
}

/// Takes a step, and notes in `passed` which commits were read on the way. When it leads nowhere: why.
pub(super) fn take(
    objects: &Objects<'_>,
    from: Oid,
    step: Step<'_>,
    passed: &mut Vec<Oid>,
) -> Result<Oid, String> {
    let (times, number) = match step {
        Step::Peel | Step::Parent(0) => return Ok(from),
        Step::Message(words) => return newest_with(objects, &[from], words, passed),
        Step::Back(times) => (times, 1),
        Step::Parent(number) => (1, number),
    };
    let mut commit = from;
    // The last commit that was noted, and how many steps to take until the next one is.
    let (mut noted, mut until) = (from, 1);
    for step in 0..times {
        let skeleton = objects.commit(commit).ok().flatten();
        let parent = skeleton.and_then(|skeleton| skeleton.parents.get(number - 1).copied());
        passed.push(commit);
        commit = parent.ok_or("its history does not go back that far")?;
        // A damaged commit-graph may lead in a circle.
        if commit == noted {
            return Err("its history leads back to itself".to_owned());
        }
        if step == until {
            (noted, until) = (commit, 2 * until);
        }
    }
    Ok(commit)
}

/// The newest commit behind these whose message matches a regular expression, as in git's `get_oid_oneline`; `!-`
/// before it asks for one that does not match.
pub(super) fn newest_with(
    objects: &Objects<'_>,
    from: &[Oid],
    words: &str,
    passed: &mut Vec<Oid>,
) -> Result<Oid, String> {
    let (wanted, pattern) = match (words.strip_prefix("!-"), words.strip_prefix("!!")) {
        (Some(pattern), _) => (false, pattern),
        // Only the first of the two escapes the other.
        (None, Some(_)) => (true, words.get(1..).unwrap_or_default()),
        (None, None) if words.starts_with('!') => return Err("`!` must be `!!` or `!-` there".to_owned()),
        (None, None) => (true, words),
    };
    // As in POSIX, a dot is any character.
    let pattern = RegexBuilder::new(pattern).dot_matches_new_line(true).build().map_err(|e| e.to_string())?;
    let mut queue = BinaryHeap::new();
    let mut found = 0u64;
    let mut seen: HashSet<Oid> = HashSet::new();
    let mut read = |queue: &mut BinaryHeap<_>, commits: &[Oid]| {
        for &commit in commits.iter().filter(|commit| seen.insert(**commit)) {
            if let Ok(Some(skeleton)) = objects.commit(commit) {
                passed.push(commit);
                queue.push((skeleton.date, Reverse(found), commit, skeleton.parents));
                found += 1;
            }
        }
    };
    read(&mut queue, from);
    while let Some((.., commit, parents)) = queue.pop() {
        // Before the message is looked at, as in git: a walk can tell what has been read.
        read(&mut queue, &parents);
        let object = objects.read(commit).ok().flatten();
        let message = object.map(|object| text::lossy(text::message(object.data())));
        if message.is_some_and(|message| pattern.is_match(&message) == wanted) {
            return Ok(commit);
        }
    }
    Err("no commit's message matches".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_read_from_the_end() {
        use Step::{Back, Message, Parent, Peel};
        for (spec, base, steps) in [
            ("HEAD", "HEAD", vec![]),
            ("HEAD~3", "HEAD", vec![Back(3)]),
            ("v1.2^", "v1.2", vec![Parent(1)]),
            ("@~^2~10^0", "@", vec![Back(1), Parent(2), Back(10), Parent(0)]),
            ("main@{2}~1", "main@{2}", vec![Back(1)]),
            ("HEAD^{/a:b~1}", "HEAD", vec![Message("a:b~1")]),
            ("v1^{}^{/}}~2", "v1", vec![Peel, Message("}"), Back(2)]),
            ("v1^{commit}^", "v1", vec![Peel, Parent(1)]),
            ("v1^{tree}", "v1^{tree}", vec![]),
            (":/words~1", ":/words~1", vec![]),
            ("HEAD:a~1", "HEAD:a~1", vec![]),
            ("~1", "~1", vec![]),
            ("1234567", "1234567", vec![]),
        ] {
            assert_eq!(split(spec), (base, steps), "{spec}");
        }
    }
}
