//! Any text as a date, at any moment git could live to see, on a clock of any zone.
#![no_main]

use chrono::FixedOffset;
use flakehist::git::{is_bare_day, parse_date};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u32, i16, &str)| {
    let (now, zone, text) = input;
    let zone = FixedOffset::east_opt(i32::from(zone) * 2).expect("within a day");
    let moment = parse_date(text, i64::from(now), &zone);
    assert_eq!(moment, parse_date(text, i64::from(now), &zone));
    assert!(moment.understood || moment.seconds == i64::from(now), "what is no date is the present");
    if is_bare_day(text) {
        assert!(moment.understood);
    }
});
