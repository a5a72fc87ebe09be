use super::*;
use chrono::{Days, FixedOffset, MappedLocalTime, NaiveDateTime, Utc};
use std::fmt::Write as _;

/// Tuesday, 2023-11-14 22:13:20 UTC.
const NOW: i64 = 1_700_000_000;

/// A text and what git 2.47 makes of it at that moment, in UTC and at +05:30 (where it is already
/// Wednesday, 03:43:20).
const DATES: &[(&str, i64, i64)] = &[
    ("yesterday", 1_699_913_600, 1_699_913_600),
    ("now", 1_700_000_000, 1_700_000_000),
    ("noon", 1_699_963_200, 1_699_943_400),
    ("midnight", 1_699_920_000, 1_699_986_600),
    ("tea", 1_699_981_200, 1_699_961_400),
    ("never", 0, 0),
    ("10:00", 1_699_956_000, 1_700_022_600),
    ("10:00 yesterday", 1_699_869_600, 1_699_936_200),
    ("yesterday 10:00", 1_699_869_600, 1_699_936_200),
    ("noon yesterday", 1_699_876_800, 1_699_857_000),
    ("noon today", 1_699_963_200, 1_699_943_400),
    ("tea yesterday", 1_699_894_800, 1_699_875_000),
    ("3pm", 1_699_974_000, 1_700_040_600),
    ("3 pm", 1_699_974_000, 1_700_040_600),
    ("12am", 1_699_920_000, 1_699_986_600),
    ("12pm", 1_699_963_200, 1_700_029_800),
    ("5:30pm", 1_699_983_000, 1_700_049_600),
    ("11:59 PM yesterday", 1_699_919_940, 1_699_986_540),
    ("last friday", 1_699_654_400, 1_699_568_000),
    ("last friday noon", 1_699_617_600, 1_699_511_400),
    ("last tuesday", 1_699_395_200, 1_699_913_600),
    ("2 fridays ago", 1_699_049_600, 1_698_963_200),
    ("three mondays ago", 1_698_704_000, 1_698_617_600),
    ("last week", 1_699_395_200, 1_699_395_200),
    ("last month", 1_697_321_600, 1_697_321_600),
    ("last year", 1_668_464_000, 1_668_464_000),
    ("1 second ago", 1_699_999_999, 1_699_999_999),
    ("90 seconds ago", 1_699_999_910, 1_699_999_910),
    ("5 minutes ago", 1_699_999_700, 1_699_999_700),
    ("2 hours ago", 1_699_992_800, 1_699_992_800),
    ("1 day ago", 1_699_913_600, 1_699_913_600),
    ("3.days.ago", 1_699_740_800, 1_699_740_800),
    ("2 weeks ago", 1_698_790_400, 1_698_790_400),
    ("two weeks ago", 1_698_790_400, 1_698_790_400),
    ("2.weeks.ago", 1_698_790_400, 1_698_790_400),
    ("six months ago", 1_684_102_400, 1_684_102_400),
    ("18 months ago", 1_652_566_400, 1_652_566_400),
    ("1 year ago", 1_668_464_000, 1_668_464_000),
    ("2 years 3 months ago", 1_628_979_200, 1_628_979_200),
    ("1 year 2 months 3 days ago", 1_662_934_400, 1_662_934_400),
    ("10 days ago noon", 1_699_099_200, 1_699_079_400),
    ("3 days ago at 14:00", 1_699_711_200, 1_699_777_800),
    ("25000 days ago", 3_834_967_296, 3_834_967_296),
    ("100 years ago", -1_455_760_000, -1_455_760_000),
    ("200 years ago", 1_700_000_000, 1_700_000_000),
    ("2 fortnights ago", 1_698_963_200, 1_698_876_800),
    ("0 days ago", 1_700_000_000, 1_700_000_000),
    ("2024-01-31", 1_706_739_200, 1_706_652_800),
    ("2023-01-31", 1_675_203_200, 1_675_116_800),
    ("2023-1-3", 1_672_784_000, 1_672_697_600),
    ("2023/01/31", 1_675_203_200, 1_675_116_800),
    ("01/31/2023", 1_675_203_200, 1_675_116_800),
    ("31/01/2023", 1_675_203_200, 1_675_116_800),
    ("31.01.2023", 1_675_203_200, 1_675_116_800),
    ("31.1.23", 1_675_203_200, 1_675_116_800),
    ("1.2.2023", 1_675_289_600, 1_675_203_200),
    ("2023.01.31", 1_675_203_200, 1_675_116_800),
    ("99-12-31", 946_678_400, 946_592_000),
    ("2023-01", 1_698_876_800, 1_698_790_400),
    ("2023", 1_700_000_000, 1_700_000_000),
    ("january", 1_673_734_400, 1_673_734_400),
    ("Jan 31", 1_675_203_200, 1_675_116_800),
    ("31 Jan", 1_675_203_200, 1_675_116_800),
    ("Dec 6", 1_670_364_800, 1_670_278_400),
    ("Dec 02", 1_670_019_200, 1_669_932_800),
    ("Jan 31, 2023", 1_675_203_200, 1_675_116_800),
    ("31 Jan 2023", 1_675_203_200, 1_675_116_800),
    ("31 January 2023 10:00", 1_675_159_200, 1_675_139_400),
    ("Jan 31 2023 10:00:15", 1_675_159_215, 1_675_139_415),
    ("Mon Jan 2 15:04:05 2023", 1_672_671_845, 1_672_652_045),
    ("Mon, 2 Jan 2023 15:04:05 -0700", 1_672_697_045, 1_672_697_045),
    ("Mon, 2 Jan 2023 15:04:05 EST", 1_672_689_845, 1_672_689_845),
    ("Thu Jul 13 02:30:00 2023 +0200", 1_689_208_200, 1_689_208_200),
    ("2023-07-13 02:30", 1_689_215_400, 1_689_195_600),
    ("2023-07-13 02:30:59 Z", 1_689_215_459, 1_689_215_459),
    ("2023-07-13 10:00 -0500", 1_689_260_400, 1_689_260_400),
    ("2023-07-13 10:00 -05", 1_689_260_400, 1_689_260_400),
    ("2023-07-13 10:00 +0530", 1_689_222_600, 1_689_222_600),
    ("2023-07-13T10:00:00+02:00", 1_689_235_200, 1_689_235_200),
    ("2023-07-13T10:00:00Z", 1_689_242_400, 1_689_242_400),
    ("2023-07-13T10:00:00.250Z", 1_689_242_400, 1_689_242_400),
    ("2023-07-13 10:00:00.250 +0100", 1_689_238_800, 1_689_238_800),
    ("2023-07-13T10:00", 1_689_242_400, 1_689_222_600),
    ("2023-07-13T10", 1_689_242_400, 1_689_222_600),
    ("2023-07-13T1030", 1_689_244_200, 1_689_224_400),
    ("2023-07-13T5pm", 1_689_267_600, 1_689_247_800),
    ("20230713T101112Z", 1_689_243_072, 1_689_243_072),
    ("20230713T101112", 1_689_243_072, 1_689_223_272),
    ("20230713T1011+0200", 1_689_235_860, 1_689_235_860),
    ("20230713", 1_700_000_000, 1_700_000_000),
    ("20230713 10:00", 1_689_242_400, 1_689_222_600),
    ("2023-07-13 24:00", 1_689_292_800, 1_689_273_000),
    ("2023-07-13 25:00", 1_689_286_400, 1_689_200_000),
    ("2023-02-31 10:00", 1_677_837_600, 1_677_817_800),
    ("2023-13-02 10:00", 1_676_282_400, 1_676_262_600),
    ("10:00 13 Jul 2023 CEST", 1_689_235_200, 1_689_235_200),
    ("2023-07-13 10:00 PST", 1_689_271_200, 1_689_271_200),
    ("2023-07-13 10:00 pm", 1_689_285_600, 1_689_265_800),
    ("2023-07-13 12:00 am", 1_689_206_400, 1_689_186_600),
    ("2023-07-13 -0001 10:00", 1_689_242_400, 1_689_222_600),
    ("1970-01-01 00:00 +0000", 0, 0),
    ("1970-01-01 00:00 +0100", 0, -19_800),
    ("1969-12-31 10:00", 1_356_948_000, 1_356_928_200),
    ("1960-05-06", 1_683_411_200, 1_683_324_800),
    ("2099-12-31 23:59:59 +0000", 4_102_444_799, 4_102_444_799),
    ("2100-01-01 00:00 +0000", 1_672_531_200, 1_672_511_400),
    ("@1234567890", 1_234_567_890, 1_234_567_890),
    ("@1234567890 +0200", 1_234_567_890, 1_234_567_890),
    ("@0", 1_700_000_000, 1_700_000_000),
    ("@0 +0000", 0, 0),
    ("@100000000", 100_000_000, 100_000_000),
    ("@4102444800", 1_700_000_000, 1_700_000_000),
    ("1234567890", 1_234_567_890, 1_234_567_890),
    ("1234567890 -0500", 1_234_567_890, 1_234_567_890),
    ("5", 1_699_222_400, 1_699_136_000),
    ("31", 1_701_468_800, 1_701_382_400),
    ("32", 1_984_083_200, 1_984_083_200),
    ("today", 1_700_000_000, 1_700_000_000),
    ("friday", 1_700_000_000, 1_700_000_000),
    ("tomorrow", 1_700_000_000, 1_700_000_000),
    ("next week", 1_700_000_000, 1_700_000_000),
    ("fortnight", 1_700_000_000, 1_700_000_000),
    ("a week ago", 1_700_000_000, 1_700_000_000),
    ("zero days ago", 1_700_000_000, 1_700_000_000),
    ("ago", 1_700_000_000, 1_700_000_000),
    ("rubbish", 1_700_000_000, 1_700_000_000),
    ("", 1_700_000_000, 1_700_000_000),
    ("10:00 today", 1_699_956_000, 1_700_022_600),
    ("noon5", 1_699_222_400, 1_699_136_000),
    ("Sept 5", 1_693_952_000, 1_693_865_600),
    ("Septe 5", 1_693_952_000, 1_693_865_600),
    ("Mayday 5", 1_699_222_400, 1_699_136_000),
];

/// The summer time rules of the European Union, an hour east of Greenwich.
#[derive(Debug, Clone, Copy)]
struct MiddleEurope;

impl TimeZone for MiddleEurope {
    type Offset = FixedOffset;

    fn from_offset(_: &FixedOffset) -> Self {
        Self
    }

    fn offset_from_local_date(&self, _: &NaiveDate) -> MappedLocalTime<FixedOffset> {
        MappedLocalTime::None
    }

    fn offset_from_local_datetime(&self, _: &NaiveDateTime) -> MappedLocalTime<FixedOffset> {
        MappedLocalTime::None
    }

    fn offset_from_utc_date(&self, utc: &NaiveDate) -> FixedOffset {
        self.offset_from_utc_datetime(&utc.and_hms_opt(0, 0, 0).unwrap())
    }

    fn offset_from_utc_datetime(&self, utc: &NaiveDateTime) -> FixedOffset {
        let change = |month| {
            let last = NaiveDate::from_ymd_opt(utc.year(), month, 31).unwrap();
            let sunday = last - Days::new(u64::from(last.weekday().num_days_from_sunday()));
            sunday.and_hms_opt(1, 0, 0).unwrap()
        };
        let summer = (change(3)..change(10)).contains(utc);
        FixedOffset::east_opt(if summer { 7200 } else { 3600 }).unwrap()
    }
}

fn india() -> FixedOffset {
    FixedOffset::east_opt(5 * 3600 + 1800).unwrap()
}

/// A linear congruential generator: the same texts in every run.
struct Lots(u64);

impl Lots {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }

    fn one_of<'a>(&mut self, list: &[&'a str]) -> &'a str {
        list[self.below(list.len())]
    }

    /// A date, a time, or words about one, such as people write. No month and day without a year,
    /// and no year after 2022, where figures are ambiguous: git compares those with the real
    /// clock.
    fn piece(&mut self) -> String {
        let units = ["second", "minutes", "hour", "days", "day", "weeks", "months", "month", "year"];
        let weekdays = ["monday", "Tue", "wednesday", "thurs", "Fridays", "sat", "sunday"];
        let counts = ["one", "two", "three", "six", "ten", "last", "zero", "a"];
        let months = ["Jan", "february", "Mar", "april", "may", "JUNE", "jul", "sept", "Oct", "december"];
        let zones = ["Z", "UTC", "-0500", "+02:00", "+05", "EST", "CEST", "PDT", "JST", "NZDT", "-0001"];
        let words = [
            "yesterday",
            "noon",
            "midnight",
            "tea",
            "now",
            "never",
            "today",
            "ago",
            "at",
            "the",
            "next",
            "12am",
        ];
        let mark = self.one_of(&[" ", " ", " ", "."]);
        let (n, year) = (1 + self.below(12), 1971 + self.below(52));
        let (day, hour, minute) = (1 + self.below(31), self.below(25), self.below(60));
        match self.below(14) {
            0 | 1 => format!("{n}{mark}{}{mark}ago", self.one_of(&units)),
            2 => format!("{} {}", self.one_of(&counts), self.one_of(&units)),
            3 => format!("{} {}", self.one_of(&counts), self.one_of(&weekdays)),
            4 => self.one_of(&weekdays).to_owned(),
            5 => format!("{day} {} {year}", self.one_of(&months)),
            6 => format!("{} {day}", self.one_of(&months)),
            7 => format!("{year}-{n:02}-{day:02}"),
            8 => format!("{day}.{n}.{year}"),
            9 => format!("{n}/{day}/{year}"),
            10 => format!("{hour}:{minute:02}{}", self.one_of(&["", ":07", ":59", " pm", "am"])),
            11 => format!("{year}-{n:02}-{day:02}T{hour:02}:{minute:02}:30{}", self.one_of(&zones)),
            12 => format!("{hour}:{minute:02} {}", self.one_of(&zones)),
            _ => self.one_of(&words).to_owned(),
        }
    }

    fn text(&mut self) -> String {
        let mut text = self.piece();
        for _ in 0..self.below(3) {
            let mark = self.one_of(&[" ", " ", ", "]);
            write!(text, "{mark}{}", self.piece()).unwrap();
        }
        text
    }
}

/// What git makes of the texts in an empty repository.
#[expect(clippy::disallowed_methods, reason = "git itself is what these tests compare with")]
fn ask_git(folder: &std::path::Path, texts: &[String], now: i64, zone: &str) -> Vec<i64> {
    let git = || {
        let mut git = std::process::Command::new("git");
        git.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
        git.env("HOME", "/nonexistent").env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null");
        git.env("TZ", zone).env("GIT_TEST_DATE_NOW", now.to_string()).current_dir(folder);
        git
    };
    assert!(git().args(["init", "--quiet"]).status().unwrap().success());
    let mut answers = Vec::new();
    for some in texts.chunks(500) {
        let options = some.iter().map(|text| format!("--since={text}"));
        let output = git().arg("rev-parse").args(options).output().unwrap();
        let lines = String::from_utf8(output.stdout).unwrap();
        let numbers = lines.lines().map(|line| line.strip_prefix("--max-age=").unwrap());
        // git prints an unsigned number.
        answers.extend(numbers.map(|number| number.parse::<u64>().unwrap() as i64));
    }
    answers
}

fn compare_with_git<Z: TimeZone>(now: i64, zone: &Z, zone_name: &str, seed: u64) {
    let mut lots = Lots(seed);
    let mut texts: Vec<String> = DATES.iter().map(|(text, ..)| (*text).to_owned()).collect();
    texts.extend((0..2000).map(|_| lots.text()));
    let folder = tempfile::tempdir().unwrap();
    let answers = ask_git(folder.path(), &texts, now, zone_name);
    assert_eq!(texts.len(), answers.len());
    let mut wrong = String::new();
    for (text, git) in texts.iter().zip(answers) {
        let ours = parse(text, now, zone).seconds;
        if ours != git {
            writeln!(wrong, "{text:?}: git {git}, here {ours} ({:+})", ours - git).unwrap();
        }
    }
    assert!(wrong.is_empty(), "at {now} in {zone_name}:\n{wrong}");
}

#[test]
fn known_dates() {
    for &(text, utc, indian) in DATES {
        assert_eq!(parse(text, NOW, &Utc).seconds, utc, "{text:?} in UTC");
        assert_eq!(parse(text, NOW, &india()).seconds, indian, "{text:?} at +05:30");
    }
}

#[test]
fn same_as_git_without_summer_time() {
    compare_with_git(NOW, &Utc, "UTC0", 1);
    compare_with_git(NOW, &india(), "<+0530>-5:30", 2);
}

#[test]
fn same_as_git_with_summer_time() {
    // November 2023 and July 2024.
    compare_with_git(NOW, &MiddleEurope, "CET-1CEST,M3.5.0,M10.5.0/3", 3);
    compare_with_git(1_720_000_000, &MiddleEurope, "CET-1CEST,M3.5.0,M10.5.0/3", 4);
}

#[test]
fn changing_clocks() {
    let winter = |text| parse(text, NOW, &MiddleEurope).seconds;
    // 2023-07-03 11:46:40 in summer time.
    let summer = |text| parse(text, 1_688_377_600, &MiddleEurope).seconds;
    assert_eq!(winter("2023-07-13 10:00"), 1_689_235_200);
    assert_eq!(winter("2023-10-29 02:30"), 1_698_543_000, "shown twice: winter time");
    assert_eq!(winter("2023-03-26 02:30"), 1_679_794_200, "skipped: as if 03:30");
    assert_eq!(summer("Jan 31 10:00"), summer("2023-01-31 09:00"), "git forgets to change the clock");
}

#[test]
fn nothing_recognised() {
    for text in ["", "rubbish", "today", "tomorrow", "friday", "fortnight", "zero days ago", "ago", " ,;"] {
        assert_eq!(parse(text, NOW, &Utc), Moment { seconds: NOW, understood: false }, "{text:?}");
    }
    for text in ["now", "last", "0", "never", "2 fortnights ago", "may", "10:00 today", "@1 +0000"] {
        assert!(parse(text, NOW, &Utc).understood, "{text:?}");
    }
}

#[test]
fn bare_days() {
    for text in [
        "2026-01-31",
        " 2026-1-31 ",
        "2026/01/31",
        "01/31/2026",
        "31.1.26",
        "31 Jan 2026",
        "January 31, 2026",
        "Jan 31",
        "1/31",
    ] {
        assert!(is_bare_day(text), "{text:?}");
        // A time written behind it is a time on that day; here in May 2026.
        let last_second = parse(&format!("{text} 23:59:59"), 1_780_000_000, &Utc).seconds;
        assert_eq!(last_second, 1_769_903_999, "{text:?}");
    }
    for text in [
        "",
        "5",
        "2026",
        "2026-01",
        "January",
        "Jan 2026",
        // git takes this for the present moment.
        "20260131",
        "2026-01-31 10:00",
        "2026-01-31 10",
        "2026-01-31 -0500",
        "2026-01-31 Z",
        "2026-01-31T10",
        "2026-01-31 noon",
        "Sat Jan 31 2026",
        "3pm Jan 31",
        "yesterday",
        "never",
        "last friday",
        "31. Jänner 2026",
        "2026-13-32",
        "Jan 31 1500",
    ] {
        assert!(!is_bare_day(text), "{text:?}");
    }
}

#[test]
fn hostile_texts() {
    let nines = "9".repeat(60);
    let mut texts: Vec<String> =
        ["\0", "\n", "@", "@ +", "T", "+", "-", ":", "é", "🦀 days ago", "1é2", "T1"]
            .map(str::to_owned)
            .to_vec();
    for number in ["0", "2147483647", "2147483648", "4294967295", "9223372036854775807", &nines] {
        for frame in [
            "N",
            "@N",
            "@N +0000",
            "N days ago",
            "N weeks ago",
            "N months ago",
            "N years ago",
            "N fridays ago",
            "Npm",
            "N am",
            "N:N:N",
            "N:N:N.N",
            "N-N-N",
            "2024-N-N",
            "N.N.N",
            "1/1/N",
            "+N",
            "-N:N",
            "+02:N",
            "10:00 +N",
            "TN",
            "Jan N",
            "N years N years N months N weeks",
            "2024 N 10:00 -N",
        ] {
            texts.push(frame.replace('N', number));
        }
    }
    let mut lots = Lots(5);
    for _ in 0..3000 {
        let bytes: Vec<u8> = (0..lots.below(30)).map(|_| lots.below(256) as u8).collect();
        texts.push(String::from_utf8_lossy(&bytes).into_owned());
        let signs = "0123456789:-./+@T \npmagoé";
        let signs: Vec<char> = signs.chars().collect();
        texts.push((0..lots.below(20)).map(|_| signs[lots.below(signs.len())]).collect());
    }
    for text in &texts {
        for now in [NOW, 0, -1, i64::MAX, i64::MIN, i64::from(i32::MIN) * 86_400] {
            parse(text, now, &MiddleEurope);
        }
        is_bare_day(text);
    }
}
