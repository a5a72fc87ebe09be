//! Who wrote a commit, and `--author` as `git log` understands it.
//!
//! The pattern is a regular expression of the kind `grep.patternType` names, basic unless set, matched against
//! `Name <email>` after `.mailmap` has been applied (`log.mailmap`, on by default since git 2.23).

use regex_lite::Regex;

use super::mailmap::Mailmap;
use super::{Repository, text};
use crate::error::{Error, Result};

/// The patterns of `--author`, of which one must match.
pub(super) struct Authors {
    patterns: Vec<Regex>,
    mailmap: Option<Mailmap>,
}

impl Authors {
    /// # Errors
    /// When a pattern is no regular expression of the kind that is configured.
    pub(super) fn new(repository: &Repository, patterns: &[String]) -> Result<Self> {
        if patterns.is_empty() {
            return Ok(Self { patterns: Vec::new(), mailmap: None });
        }
        let config = repository.inner.config().and_then(|mut c| c.snapshot()).ok();
        let get = |key: &str| config.as_ref().and_then(|c| c.get_str(key).ok().map(str::to_owned));
        let extended = config.as_ref().is_some_and(|c| c.get_bool("grep.extendedregexp").unwrap_or(false));
        let kind = match get("grep.patterntype").as_deref() {
            Some("fixed") => Syntax::Fixed,
            Some("extended") => Syntax::Extended,
            Some("perl") => Syntax::Perl,
            Some("basic") => Syntax::Basic,
            _ if extended => Syntax::Extended,
            _ => Syntax::Basic,
        };
        let compile = |pattern: &str| {
            Regex::new(&kind.translate(pattern)).map_err(|e| {
                Error::usage(format!("`--author {pattern}` is no regular expression")).because(e.to_string())
            })
        };
        let wants_mailmap = config.as_ref().is_none_or(|c| c.get_bool("log.mailmap").unwrap_or(true));
        Ok(Self {
            // Each line is a pattern of its own, as in grep.
            patterns: patterns
                .iter()
                .flat_map(|lines| lines.split('\n'))
                .map(compile)
                .collect::<Result<_>>()?,
            mailmap: wants_mailmap.then(|| Mailmap::of(repository)),
        })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }

    /// Whether the author of this commit object matches.
    pub(super) fn match_commit(&self, commit: &[u8]) -> bool {
        let Some(person) = text::Person::of(commit, "author") else { return false };
        let (name, email) = match &self.mailmap {
            Some(mailmap) => mailmap.resolve(&person.name, &person.email),
            None => (person.name.as_str(), person.email.as_str()),
        };
        let line = format!("{name} <{email}>");
        self.patterns.iter().any(|pattern| pattern.is_match(&line))
    }
}

/// The kinds of regular expression git knows.
#[derive(Clone, Copy)]
enum Syntax {
    Basic,
    Extended,
    Perl,
    Fixed,
}

impl Syntax {
    /// The same expression in the syntax of the regex crate.
    fn translate(self, pattern: &str) -> String {
        match self {
            Self::Fixed => regex_lite::escape(pattern),
            Self::Extended | Self::Perl => pattern.to_owned(),
            Self::Basic => basic_to_modern(pattern),
        }
    }
}

/// POSIX basic expressions turn the meaning of the backslash before `( ) { } | + ?` around: with it they are
/// operators (the last three as a GNU extension), without it plain characters. A leading `*` is plain as well.
fn basic_to_modern(pattern: &str) -> String {
    let mut modern = String::with_capacity(pattern.len() + 8);
    let mut chars = pattern.chars().peekable();
    let mut at_start = true;
    while let Some(c) = chars.next() {
        let starts_again = match c {
            '\\' => match chars.next() {
                Some(operator @ ('(' | ')' | '{' | '}' | '|' | '+' | '?')) => {
                    modern.push(operator);
                    matches!(operator, '(' | '|')
                }
                Some('<' | '>') => {
                    modern.push_str("\\b");
                    false
                }
                Some(other) => {
                    modern.push('\\');
                    modern.push(other);
                    false
                }
                None => {
                    modern.push_str("\\\\");
                    false
                }
            },
            '(' | ')' | '{' | '}' | '|' | '+' | '?' => {
                modern.push('\\');
                modern.push(c);
                false
            }
            '*' if at_start => {
                modern.push_str("\\*");
                false
            }
            '^' if !at_start => {
                modern.push_str("\\^");
                false
            }
            '$' if !ends(&chars) => {
                modern.push_str("\\$");
                false
            }
            '[' => {
                copy_bracket(&mut chars, &mut modern);
                false
            }
            _ => {
                modern.push(c);
                c == '^'
            }
        };
        at_start = starts_again;
    }
    modern
}

/// Whether nothing is left of the expression, or of its group or alternative: only there `$` is an operator.
fn ends(rest: &std::iter::Peekable<std::str::Chars<'_>>) -> bool {
    let mut rest = rest.clone();
    matches!((rest.next(), rest.next()), (None, _) | (Some('\\'), Some(')' | '|')))
}

/// A bracket expression, in which a backslash is an ordinary character and a leading `]` as well.
fn copy_bracket(chars: &mut std::iter::Peekable<std::str::Chars<'_>>, modern: &mut String) {
    modern.push('[');
    if let Some(caret) = chars.next_if_eq(&'^') {
        modern.push(caret);
    }
    if chars.next_if_eq(&']').is_some() {
        modern.push_str("\\]");
    }
    while let Some(c) = chars.next() {
        match c {
            ']' => {
                modern.push(']');
                return;
            }
            '[' if matches!(chars.peek(), Some(':')) => {
                modern.push('[');
                for inner in chars.by_ref() {
                    modern.push(inner);
                    if inner == ']' {
                        break;
                    }
                }
            }
            '\\' | '[' => {
                modern.push('\\');
                modern.push(c);
            }
            _ => modern.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn basic_expressions_match_as_in_grep() {
        let cases = [
            ("A.ice", "Alice <a@x>", true),
            ("^Alice", "Alice <a@x>", true),
            ("^lice", "Alice <a@x>", false),
            ("a+b", "a+b <a@x>", true),
            ("a+b", "aab <a@x>", false),
            (r"a\+b", "aab <a@x>", true),
            (r"\(Al\|B\)ice", "Bice <a@x>", true),
            ("(bot)", "ci (bot) <a@x>", true),
            (r"renovate\[bot\]", "renovate[bot] <a@x>", true),
            ("[[:upper:]]lice", "Alice <a@x>", true),
            ("*x", "*x <a@x>", true),
            ("x>$", "A <a@x>", true),
            ("[]]", "a]b <a@x>", true),
            ("a^b", "a^b <x>", true),
            ("a$b", "a$b <x>", true),
            (r"\(x>$\)", "A <a@x>", true),
            (r"x>$\|b$", "A <a@x>", true),
        ];
        for (pattern, line, matches) in cases {
            let regex = Regex::new(&basic_to_modern(pattern)).unwrap();
            assert_eq!(regex.is_match(line), matches, "{pattern} on {line}");
        }
    }
}
