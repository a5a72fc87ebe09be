//! The text of a commit object: headers, people, subject. Written by strangers, so nothing in here can fail.

use std::borrow::Cow;

/// The value of a header such as `author` or `encoding`, or `None` when the commit has none.
pub(super) fn header<'c>(commit: &'c [u8], key: &str) -> Option<&'c [u8]> {
    let mut rest = commit;
    loop {
        let (line, after) = rest.split_at_checked(memchr::memchr(b'\n', rest).unwrap_or(rest.len()))?;
        if line.is_empty() {
            return None;
        }
        if let Some(value) = line.strip_prefix(key.as_bytes()).and_then(|value| value.strip_prefix(b" ")) {
            return Some(value);
        }
        rest = after.get(1..)?;
    }
}

/// Everything after the headers.
pub(super) fn message(commit: &[u8]) -> &[u8] {
    let end = memchr::memmem::find(commit, b"\n\n");
    end.and_then(|end| commit.get(end + 2..)).unwrap_or_default()
}

/// The first paragraph on one line, as git's `%s`; in the encoding the commit names.
pub(super) fn subject(commit: &[u8]) -> String {
    let is_latin1 = has_latin1(commit);
    let decode = |bytes| if is_latin1 { latin1(bytes) } else { lossy(bytes) };
    let mut subject = String::new();
    let lines = message(commit).split(|&byte| byte == b'\n');
    let first_paragraph = lines
        .map(<[u8]>::trim_ascii_end)
        .skip_while(|line| line.is_empty())
        .take_while(|line| !line.is_empty());
    for line in first_paragraph {
        if !subject.is_empty() {
            subject.push(' ');
        }
        subject.push_str(&decode(line));
    }
    subject
}

/// Whether the commit says that its text is in Latin 1, the one other encoding that is still met.
fn has_latin1(commit: &[u8]) -> bool {
    let Some(name) = header(commit, "encoding") else { return false };
    matches!(name.to_ascii_lowercase().as_slice(), b"iso-8859-1" | b"iso8859-1" | b"latin1" | b"latin-1")
}

fn latin1(bytes: &[u8]) -> String {
    bytes.iter().map(|&byte| char::from(byte)).collect()
}

/// Text that is not UTF-8 is shown as far as it can be.
pub(super) fn lossy(bytes: &[u8]) -> String {
    match String::from_utf8_lossy(bytes) {
        Cow::Borrowed(text) => text.to_owned(),
        Cow::Owned(text) => text,
    }
}

/// An author or committer with the date of the act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Person {
    pub(super) name: String,
    pub(super) email: String,
    /// Seconds since 1970 UTC; 0 when it cannot be read.
    pub(super) seconds: i64,
    /// Minutes east of UTC.
    pub(super) offset_minutes: i32,
}

impl Person {
    /// The `author` or `committer` of a commit; in the encoding the commit names.
    pub(super) fn of(commit: &[u8], key: &str) -> Option<Self> {
        let line = header(commit, key)?;
        if has_latin1(commit) { Self::parse(latin1(line).as_bytes()) } else { Self::parse(line) }
    }

    /// Reads `Name <email> seconds +hhmm`. What is missing or mad becomes empty or 0.
    fn parse(line: &[u8]) -> Option<Self> {
        let open = line.iter().position(|&byte| byte == b'<')?;
        let close = line.iter().rposition(|&byte| byte == b'>').filter(|&close| close > open)?;
        let (name, email) = (line.get(..open)?, line.get(open + 1..close)?);
        let mut rest = line.get(close + 1..)?.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
        Some(Self {
            name: lossy(name.trim_ascii()),
            email: lossy(email.trim_ascii()),
            seconds: rest.next().and_then(number).unwrap_or(0),
            offset_minutes: rest.next().and_then(offset).unwrap_or(0),
        })
    }
}

fn number(word: &[u8]) -> Option<i64> {
    std::str::from_utf8(word).ok()?.parse().ok()
}

/// `+0130` is 90. An offset that no clock on earth has is taken as UTC.
fn offset(word: &[u8]) -> Option<i32> {
    let sign = match word.first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let digits: i32 = std::str::from_utf8(word.get(1..)?).ok()?.parse().ok()?;
    let minutes = digits / 100 * 60 + digits % 100;
    (digits >= 0 && minutes < 24 * 60).then_some(sign * minutes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_read_however_odd() {
        let cases = [
            ("A B <a@b> 12 +0130", ("A B", "a@b", 12, 90)),
            ("A <a> <b> 12 -0500", ("A", "a> <b", 12, -300)),
            (" <> 12 +0000", ("", "", 12, 0)),
            ("A <a>", ("A", "a", 0, 0)),
            ("A <a> x y", ("A", "a", 0, 0)),
            ("A <a> 99999999999999999999 +9999", ("A", "a", 0, 0)),
            ("A <a> -5 -", ("A", "a", -5, 0)),
        ];
        for (line, (name, email, seconds, offset_minutes)) in cases {
            let expected = Person { name: name.into(), email: email.into(), seconds, offset_minutes };
            assert_eq!(Person::parse(line.as_bytes()), Some(expected), "{line}");
        }
        let latin1 = b"author J\xf6rg <j@x> 1 +0000\nencoding latin1\n\nm";
        assert_eq!(Person::of(latin1, "author").map(|who| who.name), Some("J\u{f6}rg".to_owned()));
        assert_eq!(Person::parse(b"nobody"), None);
        assert_eq!(Person::parse(b"> <"), None);
    }

    #[test]
    fn the_subject_is_the_first_paragraph() {
        let commit = |message: &str| format!("tree x\nauthor a\n\n{message}").into_bytes();
        for (message, subject_line) in [
            ("one\n\nbody", "one"),
            ("\n\n one \ntwo\n \nthree", " one two"),
            ("", ""),
            ("crlf\r\n\r\nbody", "crlf"),
        ] {
            assert_eq!(subject(&commit(message)), subject_line, "{message:?}");
        }
        assert_eq!(subject(b"tree x\nencoding ISO-8859-1\n\ncaf\xe9\n"), "caf\u{e9}");
        assert_eq!(subject(b"tree x\n\ncaf\xe9\n"), "caf\u{fffd}");
    }
}
