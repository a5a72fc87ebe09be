//! JSON of the simplest kind, read in place: nodes of locks and registries of systems, of which there are thousands, and
//! which a program has written that escapes nothing without need.
//!
//! Whoever reads like this has a careful way besides, for what is not so simple.

/// Reads JSON (RFC 8259) from the front, as far as it is of the simplest kind. `None` means that it is not, and where the
/// reader stands then does not matter.
pub struct Scanner<'t> {
    text: &'t str,
    /// How many bytes have been read.
    at: usize,
}

impl<'t> Scanner<'t> {
    /// Begins to read a text.
    #[must_use]
    pub fn new(text: &'t str) -> Self {
        Self { text, at: 0 }
    }

    /// What stands here, white space left out.
    pub fn peek(&mut self) -> Option<u8> {
        let rest = self.text.as_bytes().get(self.at..)?;
        let blanks = rest.iter().position(|byte| !matches!(byte, b' ' | b'\n' | b'\r' | b'\t'))?;
        self.at += blanks;
        rest.get(blanks).copied()
    }

    /// How many bytes have been read.
    #[must_use]
    pub fn place(&self) -> Option<u32> {
        u32::try_from(self.at).ok()
    }

    /// Where the next value begins, in bytes; goes there.
    pub fn begin(&mut self) -> Option<u32> {
        self.peek()?;
        self.place()
    }

    /// Goes past the text of a value, if there is one and it stands here; otherwise nowhere.
    pub fn skips(&mut self, value: &[u8]) -> bool {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let stands_here = !value.is_empty() && rest.starts_with(value);
        self.at += if stands_here { value.len() } else { 0 };
        stands_here
    }

    /// Goes past this sign, if it stands here.
    pub fn takes(&mut self, sign: u8) -> Option<()> {
        (self.peek()? == sign).then(|| self.at += 1)
    }

    /// Nothing follows.
    #[must_use]
    pub fn end(mut self) -> Option<()> {
        self.peek().is_none().then_some(())
    }

    /// An object, of which each value is read by who is told its key.
    pub fn members(&mut self, mut value: impl FnMut(&mut Self, &'t str) -> Option<()>) -> Option<()> {
        self.takes(b'{')?;
        if self.takes(b'}').is_some() {
            return Some(());
        }
        loop {
            let key = self.string()?;
            self.takes(b':')?;
            value(self, key)?;
            if self.takes(b',').is_none() {
                return self.takes(b'}');
            }
        }
    }

    /// A list of values.
    pub fn list<V>(&mut self, mut value: impl FnMut(&mut Self) -> Option<V>) -> Option<Vec<V>> {
        let mut values = Vec::new();
        self.takes(b'[')?;
        if self.takes(b']').is_some() {
            return Some(values);
        }
        loop {
            values.push(value(self)?);
            if self.takes(b',').is_none() {
                return self.takes(b']').map(|()| values);
            }
        }
    }

    /// A string in which nothing is escaped, nor would have to be.
    pub fn string(&mut self) -> Option<&'t str> {
        self.takes(b'"')?;
        let rest = self.text.get(self.at..)?;
        let end = memchr::memchr(b'"', rest.as_bytes())?;
        self.at += end + 1;
        // Seen to the end in any case, because then several bytes are looked at in one go.
        let is_plain = |so_far, byte| so_far & (byte >= 0x20) & (byte != b'\\');
        rest.get(..end).filter(|string| string.bytes().fold(true, is_plain))
    }

    /// A number of 64 bits, written as JSON wants it, with something behind it.
    pub fn number(&mut self) -> Option<u64> {
        self.peek()?;
        let rest = self.text.get(self.at..)?;
        let digits = rest.bytes().position(|byte| !byte.is_ascii_digit())?;
        self.at += digits;
        let digits = rest.get(..digits)?;
        digits.parse().ok().filter(|_| digits == "0" || !digits.starts_with('0'))
    }

    /// `true` or `false`.
    pub fn flag(&mut self) -> Option<bool> {
        let flag = self.peek()? == b't';
        let word = if flag { "true" } else { "false" };
        self.at += word.len();
        self.text.get(..self.at)?.ends_with(word).then_some(flag)
    }
}
