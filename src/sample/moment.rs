//! A date as the story writes it, in the numbers that git keeps.

/// The Unix seconds and the offset in minutes of `2025-05-11T21:40:12+02:00`.
///
/// The sample lives east of Greenwich, so the offset is never negative. Nothing for other texts.
pub(super) fn read(text: &str) -> Option<(i64, i32)> {
    let numbers: Vec<i64> =
        text.split(|c: char| !c.is_ascii_digit()).map(|number| number.parse().ok()).collect::<Option<_>>()?;
    let [year, month, day, hour, minute, second, offset_hour, offset_minute] = *numbers.as_slice() else {
        return None;
    };
    let offset = offset_hour * 60 + offset_minute;
    let seconds = days_since_1970(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second;
    Some((seconds - offset * 60, i32::try_from(offset).ok()?))
}

/// Counts days from 1970-01-01 to a date after it, in the Gregorian calendar.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    const MARCH_OF_YEAR_0_TO_1970: i64 = 719_469;
    // A year that starts in March has its leap day at the end, and month lengths repeat every 5 months.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leap_days = year / 4 - year / 100 + year / 400;
    let days_before_month = (month * 153 + 2) / 5;
    year * 365 + leap_days + days_before_month + day - MARCH_OF_YEAR_0_TO_1970
}
