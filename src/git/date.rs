//! Dates as git understands them in `--since` and `--until`.
//!
//! The rules are those of git 2.47 (its `date.c`; no manual states them all), checked against the
//! program itself. A text is read twice: first by [`Exact`], which wants a full date with a time of
//! day; if that does not come together, by [`Rough`], which takes every word as a correction of the
//! present moment and never fails. Both pass over what they do not know.

use chrono::{DateTime, Datelike, NaiveDate, Offset, TimeZone, Timelike};

const HOUR: i64 = 60 * 60;
const DAY: i64 = 24 * HOUR;

/// git counts years from here, and takes any before it for one that was not given.
const FIRST_YEAR: i64 = 1900;

const MONTHS: &str = "january february march april may june july august september october november december";
const WEEKDAYS: &str = "sundays mondays tuesdays wednesdays thursdays fridays saturdays";
const COUNTS: &str = "zero one two three four five six seven eight nine ten";
const UNITS: [(&str, i64); 5] =
    [("seconds", 1), ("minutes", 60), ("hours", HOUR), ("days", DAY), ("weeks", 7 * DAY)];

/// Names of time zones, hour by hour from 12 west of Greenwich to 13 east; not all are where an atlas
/// has them, but where git has them.
const ZONES: &str = "idlw|nt|cat hst|hdt yst|ydt pst|pdt mst|mdt cst|cdt est|edt|ast|adt|wat|gmt utc z wet|\
    bst cet met mewt fwt|mest cest mesz fst eet|eest||||wast|wadt cct|jst|east gst|eadt|nzt nzst idle|nzdt";

/// What a date in git's own notation stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// Seconds since 1970-01-01 00:00 UTC. Negative for a relative date before 1970 ("100 years ago"),
    /// which git itself then takes for the far future.
    pub seconds: i64,
    /// False if nothing in the text was recognised. `seconds` is then the present moment, which is
    /// what git silently takes.
    pub understood: bool,
}

/// Reads `text` as git would at the moment `now` (seconds since 1970-01-01 00:00 UTC) for a user whose
/// clock shows the time of `zone`. Never fails: see [`Moment::understood`].
pub fn parse<Z: TimeZone>(text: &str, now: i64, zone: &Z) -> Moment {
    let text = text.as_bytes();
    let exact = stored_date(text).or_else(|| Exact::read(text, now).seconds(zone));
    if let Some(seconds) = exact {
        return Moment { seconds, understood: true };
    }
    let mut rough = Rough::new(now, zone);
    rough.read(text);
    Moment { seconds: rough.settle(0), understood: rough.touched }
}

/// Whether `text` names a calendar day (`2026-01-31`, `31.1.2026`, `Jan 31`) and nothing besides: no
/// time of day, no weekday, no zone, nothing relative.
pub fn is_bare_day(text: &str) -> bool {
    let names = || text.split(|c: char| !c.is_ascii_alphabetic()).filter(|name| !name.is_empty());
    if !names().all(|name| position(&name.to_ascii_lowercase(), MONTHS).is_some()) {
        return false;
    }
    let numbers = text.split(|c: char| !c.is_ascii_digit()).filter(|run| !run.is_empty()).count();
    let mut rough = Rough::new(0, &chrono::Utc);
    rough.fields = Fields::default();
    rough.read(text.as_bytes());
    let Fields { year, month, day, time } = rough.fields;
    // Every number and every name must have found its place: none is left for a time or a zone.
    let places = [year, month, day].iter().flatten().count();
    month.is_some() && day.is_some() && time.is_none() && numbers + names().count() == places
}

/// The calendar date and time of day read so far, on a clock of no particular zone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Fields {
    year: Option<i64>,
    /// From 0 for January.
    month: Option<i64>,
    day: Option<i64>,
    /// Seconds since midnight.
    time: Option<i64>,
}

impl Fields {
    /// What a clock shows that is `wall` seconds past its own 1970-01-01 00:00.
    fn of(wall: i64) -> Self {
        // Within what chrono's calendar can hold.
        let shown = DateTime::from_timestamp(wall.clamp(-100_000 * 365 * DAY, 100_000 * 365 * DAY), 0);
        let shown = shown.unwrap_or_default();
        Self {
            year: Some(i64::from(shown.year())),
            month: Some(i64::from(shown.month0())),
            day: Some(i64::from(shown.day())),
            time: Some(i64::from(shown.num_seconds_from_midnight())),
        }
    }

    /// Seconds of that clock past its 1970-01-01 00:00. Too large values run over into the next field.
    fn wall_seconds(&self) -> i64 {
        let year = self.year.unwrap_or(1970).clamp(-200_000, 200_000) as i32;
        let first = NaiveDate::from_ymd_opt(year, self.month.unwrap_or(0) as u32 + 1, 1).unwrap_or_default();
        // git counts with -1 for a day that was not given.
        let days = i64::from(first.num_days_from_ce()) + self.day.unwrap_or(-1) - 1;
        (days - i64::from(NaiveDate::default().num_days_from_ce())) * DAY + self.time.unwrap_or(0)
    }

    /// As [`Self::wall_seconds`], if everything is there that git insists on: the day is not part of it.
    fn whole_seconds(&self) -> Option<i64> {
        let year = self.year.filter(|year| (1970..2100).contains(year));
        year.and(self.month).and(self.time).map(|_| self.wall_seconds())
    }

    fn set_time(&mut self, hour: i64, minute: i64, second: i64) -> bool {
        // A second 60 is a leap second.
        let fit = hour <= 24 && minute < 60 && second <= 60;
        if fit {
            self.time = Some(hour * HOUR + minute * 60 + second);
        }
        fit
    }

    /// Month (from 1) and day stay set even if the year then turns out to be none.
    fn set_date(&mut self, year: i64, month: i64, day: i64) -> bool {
        if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
            return false;
        }
        (self.month, self.day) = (Some(month - 1), Some(day));
        let year = full_year(year);
        self.year = year.or(self.year);
        year.is_some()
    }

    /// Sets nothing if that day would be more than ten days away: the text probably had its numbers in
    /// another order.
    fn set_past_date(&mut self, year: Option<i64>, month: i64, day: i64, now: i64) -> bool {
        let mut new = *self;
        let Some(some_year) = year.or(Self::of(now).year) else { return false };
        if !new.set_date(some_year, month, day) || new.whole_seconds() > Some(now.saturating_add(10 * DAY)) {
            return false;
        }
        *self = Self { year: if year.is_some() { new.year } else { self.year }, ..new };
        true
    }

    /// Tries the orders in which people write dates: year first, then American or European, as the
    /// mark between the numbers suggests.
    fn set_any_date(&mut self, mark: u8, a: i64, b: i64, c: Option<i64>, now: i64) -> bool {
        let third = c.unwrap_or(-1);
        (a > 70 && (self.set_date(a, b, third) || self.set_date(a, third, b)))
            || (mark != b'.' && self.set_past_date(c, a, b, now))
            || self.set_past_date(c, b, a, now)
            || (mark == b'.' && self.set_past_date(c, a, b, now))
    }

    /// Reads numbers held together by one kind of mark, as in `12:30:45` or `31.1.2024`, and returns
    /// how many bytes they take; none if there is no such group, or no sense in it.
    fn read_group(&mut self, text: &[u8], now: i64) -> Option<usize> {
        let (first, end) = number(text);
        let mark = byte(text, end);
        let (second, end) = number_after(text, end, mark)?;
        let (third, end) = number_after(text, end, mark).map_or((None, end), |(c, end)| (Some(c), end));
        match mark {
            b':' if self.set_time(first, second, third.unwrap_or(0)) => {
                // A fraction of a second is dropped; until the day is known, it could be part of that.
                let day_is_known = self.year.and(self.month).and(self.day).is_some();
                let fraction = number_after(text, end, b'.').filter(|_| day_is_known);
                Some(fraction.map_or(end, |(_, end)| end))
            }
            b'-' | b'/' | b'.' if self.set_any_date(mark, first, second, third, now) => Some(end),
            _ => None,
        }
    }
}

/// Reads a text that gives a full date and time, in almost any order: RFC 2822, ISO 8601 and kin.
#[derive(Debug, Default)]
struct Exact {
    fields: Fields,
    /// Minutes east of Greenwich, if the text names a zone.
    offset: Option<i64>,
    /// The fields come from a count of seconds: no zone applies to them.
    counted: bool,
    /// The `T` of ISO 8601 was read.
    awaits_time: bool,
}

impl Exact {
    fn read(text: &[u8], now: i64) -> Self {
        let mut exact = Self::default();
        let mut text = text;
        while let Some(&first) = text.first().filter(|&&first| first != b'\n') {
            let digit_follows = byte(text, 1).is_ascii_digit();
            let used = match first {
                b'+' | b'-' if digit_follows => exact.zone(text),
                b'0'..=b'9' => exact.digits(text, now),
                _ if first.is_ascii_alphabetic() => {
                    exact.awaits_time |= first == b'T' && digit_follows && exact.fields.time.is_none();
                    exact.word(&word(text));
                    letters(text)
                }
                _ => 1,
            };
            text = text.get(used..).unwrap_or_default();
        }
        exact
    }

    fn seconds<Z: TimeZone>(&self, zone: &Z) -> Option<i64> {
        let wall = self.fields.whole_seconds()?;
        let minutes = match self.offset {
            _ if self.counted => 0,
            Some(minutes) => minutes,
            None => (wall - instant(zone, wall)) / 60,
        };
        // git's calendar ends with 2099.
        Some(wall - minutes * 60).filter(|seconds| (0..4_102_444_800).contains(seconds))
    }

    fn word(&mut self, word: &str) {
        if let Some(month) = position(word, MONTHS) {
            self.fields.month = Some(month);
        } else if position(word, WEEKDAYS).is_some() {
            // The date says it already.
        } else if let Some(hours) = zone_hours(word) {
            // A zone in figures counts for more.
            self.offset = self.offset.or(Some(hours * 60));
        } else if let Some(start) = half_of_day(word) {
            self.fields.time = self.fields.time.map(|time| time % (12 * HOUR) + start);
        }
    }

    /// Returns how many bytes it has read.
    fn digits(&mut self, text: &[u8], now: i64) -> usize {
        let (value, len) = number(text);
        // Shorter numbers may be days: 20240131.
        if value >= 100_000_000 && self.fields == Fields::default() && !self.awaits_time {
            self.fields = Fields::of(value);
            self.counted = true;
            return len;
        }
        if let Some(used) = self.fields.read_group(text, now) {
            return used;
        }
        match len {
            8 => {
                self.fields.set_date(value / 10_000, value / 100 % 100, value % 100);
            }
            6 if self.fields.set_time(value / 10_000, value / 100 % 100, value % 100) => {
                return number_after(text, len, b'.').map_or(len, |(_, end)| end);
            }
            _ if std::mem::take(&mut self.awaits_time) && self.short_time(value, len) => {}
            4 if value <= 1400 && self.offset.is_none() => self.offset = Some(value / 100 * 60 + value % 100),
            4 if (1901..2100).contains(&value) => self.fields.year = Some(value),
            1 | 2 => self.small_number(value, len),
            _ => {}
        }
        len
    }

    /// Hours alone, or hours and minutes without a mark.
    fn short_time(&mut self, value: i64, len: usize) -> bool {
        self.fields.time.is_none()
            && match len {
                2 => self.fields.set_time(value, 0, 0),
                4 => self.fields.set_time(value / 100, value % 100, 0),
                _ => false,
            }
    }

    fn small_number(&mut self, value: i64, len: usize) {
        let fields = &mut self.fields;
        let year_is_open = len == 2 && fields.year.is_none();
        if (1..=31).contains(&value) && fields.day.is_none() {
            fields.day = Some(value);
        } else if year_is_open && value < 10 && fields.day.is_some() {
            fields.year = Some(2000 + value);
        } else if year_is_open && value >= 70 {
            fields.year = Some(1900 + value);
        } else if (1..=12).contains(&value) && fields.month.is_none() {
            fields.month = Some(value - 1);
        }
    }

    /// Reads a zone in figures (`+0200`, `-05:30`, `+02`) and returns how many bytes it takes.
    fn zone(&mut self, text: &[u8]) -> usize {
        let (value, end) = number_after(text, 0, byte(text, 0)).unwrap_or((0, 1));
        let (hours, minutes, end) = match (end, number_after(text, end, b':')) {
            (5, _) => (value / 100, value % 100, end),
            (3, None) => (value, 0, end),
            (3, Some((minutes, 6))) => (value, minutes, 6),
            _ => return end,
        };
        if hours < 24 && minutes < 60 {
            let east = hours * 60 + minutes;
            // To git -1 means that there is no zone.
            self.offset = Some(if byte(text, 0) == b'-' { -east } else { east }).filter(|&east| east != -1);
        }
        end
    }
}

/// Reads a text as corrections of the present moment, from left to right.
#[derive(Debug)]
struct Rough<'a, Z> {
    zone: &'a Z,
    now: i64,
    /// The present moment in the user's zone.
    today: Fields,
    /// Starts with the time of day only.
    fields: Fields,
    /// The moment last settled, in seconds UTC; `fields` may since have moved on.
    settled: i64,
    /// A number whose meaning the next word decides; 0 for none. git too has 32 bits for it and for
    /// what it counts, so that "25000 days ago" is in the future.
    number: i32,
    touched: bool,
}

impl<'a, Z: TimeZone> Rough<'a, Z> {
    fn new(now: i64, zone: &'a Z) -> Self {
        let today = Fields::of(now.saturating_add(offset_at(zone, now)));
        let fields = Fields { time: today.time, ..Fields::default() };
        Self { zone, now, today, fields, settled: now, number: 0, touched: false }
    }

    fn read(&mut self, text: &[u8]) {
        let mut text = text;
        while let Some(&first) = text.first() {
            let used = if first.is_ascii_digit() {
                self.take_number_as_date();
                self.touched = true;
                self.digits(text)
            } else if first.is_ascii_alphabetic() {
                self.touched |= self.word(&word(text));
                letters(text)
            } else {
                1
            };
            text = text.get(used..).unwrap_or_default();
        }
        self.take_number_as_date();
    }

    fn digits(&mut self, text: &[u8]) -> usize {
        if let Some(used) = self.fields.read_group(text, self.now) {
            return used;
        }
        let (value, len) = number(text);
        // "Dec 02" may have its zero, but 0002 is not a day.
        if len <= 2 || byte(text, 0) != b'0' {
            self.number = value as i32;
        }
        len
    }

    /// A number that no word wanted is a day, a month or a year, whichever is still open.
    fn take_number_as_date(&mut self) {
        let value = i64::from(std::mem::take(&mut self.number));
        let fields = &mut self.fields;
        if value <= 0 {
            // There was none.
        } else if fields.day.is_none() && value < 32 {
            fields.day = Some(value);
        } else if fields.month.is_none() && value < 13 {
            fields.month = Some(value - 1);
        } else if fields.year.is_none_or(|year| year < FIRST_YEAR) {
            fields.year = if value == 70 { Some(1970) } else { full_year(value) };
        }
    }

    /// Returns whether it knew the word.
    fn word(&mut self, word: &str) -> bool {
        if let Some(month) = position(word, MONTHS) {
            self.fields.month = Some(month);
            return true;
        }
        match word {
            "yesterday" => self.go_back(DAY),
            "now" => self.go_back(0),
            "never" => {
                self.number = 0;
                self.show(0);
            }
            "midnight" => self.last_hour(0),
            "noon" => self.last_hour(12),
            "tea" => self.last_hour(17),
            "am" | "pm" => {
                let hour = std::mem::take(&mut self.number);
                let time = if hour == 0 { self.fields.time } else { Some(i64::from(hour) * HOUR) };
                self.fields.time = time.map(|time| time % (12 * HOUR) + half_of_day(word).unwrap_or(0));
            }
            "last" if self.number == 0 => self.number = 1,
            _ if self.number == 0 => {
                let count = COUNTS.split(' ').position(|name| name == word);
                self.number = count.unwrap_or(0) as i32;
                return self.number != 0;
            }
            _ => return self.unit(word),
        }
        true
    }

    /// The most recent time that the clock showed that full hour.
    fn last_hour(&mut self, hour: i64) {
        self.take_number_as_date();
        if self.fields.time < Some(hour * HOUR) {
            self.settle(DAY);
        }
        self.fields.time = Some(hour * HOUR);
    }

    /// A word that says what the number before it counts.
    fn unit(&mut self, word: &str) -> bool {
        let number = self.number;
        // The last letter is the plural's.
        let full = |unit: &str| unit.starts_with(word) && word.len() + 1 >= unit.len();
        if let Some((_, length)) = UNITS.iter().find(|(unit, _)| full(unit)) {
            self.go_back(length * i64::from(number));
        } else if let Some(weekday) = position(word, WEEKDAYS) {
            let wall = self.settled.saturating_add(offset_at(self.zone, self.settled));
            // 1970-01-01 was a Thursday.
            let ahead = (wall.div_euclid(DAY) + 4).rem_euclid(7) - weekday;
            let weeks = i64::from(number) - i64::from(ahead > 0);
            self.go_back((weeks * 7 + ahead) * DAY);
        } else if full("months") {
            self.go_back(0);
            let month = self.fields.month.unwrap_or(0) - i64::from(number);
            self.fields.month = Some(month.rem_euclid(12));
            self.fields.year = self.fields.year.map(|year| year + month.div_euclid(12));
        } else if full("years") {
            self.go_back(0);
            self.fields.year = self.fields.year.map(|year| year - i64::from(number));
        } else {
            return false;
        }
        true
    }

    fn go_back(&mut self, seconds: i64) {
        self.number = 0;
        self.settle(i64::from(seconds as i32));
    }

    /// Fills what the text left open, goes back by `ago` seconds and returns the moment so reached (in
    /// seconds UTC), which the fields then show.
    fn settle(&mut self, ago: i64) -> i64 {
        let fields = &mut self.fields;
        fields.day = fields.day.or(self.today.day);
        fields.month = fields.month.or(self.today.month);
        // A month still to come is last year's.
        let last_year = i64::from(fields.month > self.today.month);
        let guess = self.today.year.map(|year| year - last_year);
        fields.year = fields.year.filter(|&year| year >= FIRST_YEAR).or(guess);
        let wall = fields.wall_seconds();
        let seconds = self.instant(wall).saturating_sub(ago);
        self.show(seconds);
        seconds
    }

    fn show(&mut self, seconds: i64) {
        self.settled = seconds;
        self.fields = Fields::of(seconds.saturating_add(offset_at(self.zone, seconds)));
    }

    /// When the user's clock shows `wall`, read with the clock set to summer or winter time as at the
    /// moment last settled: in July, git believes "Jan 31" to be in summer time as well.
    fn instant(&self, wall: i64) -> i64 {
        let offset = offset_at(self.zone, self.settled);
        let kept = wall.saturating_sub(offset);
        if offset_at(self.zone, kept) == offset {
            return kept;
        }
        let actual = instant(self.zone, wall);
        let skipped = actual + offset_at(self.zone, actual) != wall;
        // Else the offset differs because the zone has since changed its standard time.
        let season_differs = is_summer(self.zone, actual) != is_summer(self.zone, self.settled);
        if skipped || season_differs { kept } else { actual }
    }
}

/// `@1700000000 +0100`, the form in which git stores dates: the only one that takes any number for a
/// count of seconds. The zone does not matter to the moment.
fn stored_date(text: &[u8]) -> Option<i64> {
    let text = text.strip_prefix(b"@").filter(|text| byte(text, 0).is_ascii_digit())?;
    let (seconds, end) = number(text);
    let [b' ', b'+' | b'-', zone @ ..] = text.get(end..)? else { return None };
    (number(zone).1 == 4 && matches!(zone.get(4), None | Some(b'\n'))).then_some(seconds)
}

/// The year meant by four digits or two.
fn full_year(year: i64) -> Option<i64> {
    match year {
        1970..=2099 => Some(year),
        71..=99 => Some(1900 + year),
        0..=37 => Some(2000 + year),
        _ => None,
    }
}

/// When the half of the day begins that the word names.
fn half_of_day(word: &str) -> Option<i64> {
    match word {
        "am" => Some(0),
        "pm" => Some(12 * HOUR),
        _ => None,
    }
}

/// Seconds that `zone` is ahead of UTC at that moment.
fn offset_at<Z: TimeZone>(zone: &Z, seconds: i64) -> i64 {
    // Beyond these years (1 to 9999) no zone's rules mean anything.
    let seconds = seconds.clamp(-62_135_596_800, 253_402_300_799);
    let utc = DateTime::from_timestamp(seconds, 0).unwrap_or_default().naive_utc();
    i64::from(zone.offset_from_utc_datetime(&utc).fix().local_minus_utc())
}

/// When a clock in `zone` shows `wall`. Of the two moments in the hour that summer time repeats, this
/// is the one that the C library finds when it starts from UTC; and in the hour that it skips, the
/// clock is taken not to have been put forward yet.
fn instant<Z: TimeZone>(zone: &Z, wall: i64) -> i64 {
    let (mut last, mut guess) = (wall, wall);
    for _ in 0..4 {
        let next = wall.saturating_sub(offset_at(zone, guess));
        if next == guess {
            return guess;
        }
        (last, guess) = (guess, next);
    }
    guess.max(last)
}

/// Whether the clocks are put forward then: they were behind within the year before, and will be
/// within the year after.
fn is_summer<Z: TimeZone>(zone: &Z, seconds: i64) -> bool {
    let offset = offset_at(zone, seconds);
    let behind = |days: i64| offset_at(zone, seconds.saturating_add(days * DAY)) < offset;
    (1..=12).any(|month| behind(-30 * month)) && (1..=12).any(|month| behind(30 * month))
}

/// The byte at `index`, or 0 behind the end.
fn byte(text: &[u8], index: usize) -> u8 {
    text.get(index).copied().unwrap_or(0)
}

/// The number that `text` starts with (the largest there is if it is too large) and its length.
fn number(text: &[u8]) -> (i64, usize) {
    let digits = text.iter().take_while(|digit| digit.is_ascii_digit());
    digits.fold((0_i64, 0), |(value, len), digit| {
        (value.saturating_mul(10).saturating_add(i64::from(digit - b'0')), len + 1)
    })
}

/// The number behind a `mark` at `at`, and where it ends.
fn number_after(text: &[u8], at: usize, mark: u8) -> Option<(i64, usize)> {
    let (value, len) = number(text.get(at + 1..)?);
    (byte(text, at) == mark && len > 0).then_some((value, at + 1 + len))
}

fn letters(text: &[u8]) -> usize {
    text.iter().take_while(|letter| letter.is_ascii_alphabetic()).count()
}

/// The word that `text` starts with, in lower case. Digits glued to it are part of it: `noon5` is not
/// noon.
fn word(text: &[u8]) -> String {
    // No name has 16 letters: what is longer need not be read to its end.
    let bytes = text.iter().take(16).take_while(|byte| byte.is_ascii_alphanumeric());
    bytes.map(|&byte| char::from(byte.to_ascii_lowercase())).collect()
}

/// Whether `word` is short for `name`.
fn abbreviates(word: &str, name: &str) -> bool {
    word == name || (word.len() >= 3 && name.starts_with(word))
}

/// Which of the names `word` is short for, from 0.
fn position(word: &str, names: &str) -> Option<i64> {
    names.split(' ').position(|name| abbreviates(word, name)).map(|index| index as i64)
}

/// Hours east of Greenwich of the time zone called `word`.
fn zone_hours(word: &str) -> Option<i64> {
    ZONES.split('|').position(|names| position(word, names).is_some()).map(|index| index as i64 - 12)
}

#[cfg(test)]
mod tests;
