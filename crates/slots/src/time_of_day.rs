//! A time of day to the minute, as people write it into weekly hours: `09:00`, or `24:00` for the end of the day.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Minutes of a whole day.
const DAY: u16 = 24 * 60;

/// Minutes since the beginning of a civil date, 0 to 1440. It counts what a clock on the wall shows, not elapsed time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeOfDay(u16);

/// Text that is not a time of day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a time of day: write hours and minutes as 09:30, from 00:00 to 24:00")]
pub struct NotATime;

impl TimeOfDay {
    /// 00:00, where the date begins.
    pub const MIDNIGHT: Self = Self(0);
    /// 24:00, which is 00:00 of the next date. Only a window's end can be that late.
    pub const END: Self = Self(DAY);

    /// The time this many minutes into the date; none beyond 24:00.
    pub const fn from_minutes(minutes: u16) -> Option<Self> {
        if minutes <= DAY { Some(Self(minutes)) } else { None }
    }

    /// Minutes since 00:00.
    pub const fn minutes(self) -> u16 {
        self.0
    }
}

impl FromStr for TimeOfDay {
    type Err = NotATime;

    fn from_str(text: &str) -> Result<Self, NotATime> {
        let [h1, h2, b':', m1, m2] = text.as_bytes() else { return Err(NotATime) };
        let (hour, minute) = (number(*h1, *h2)?, number(*m1, *m2)?);
        if minute > 59 {
            return Err(NotATime);
        }
        Self::from_minutes(hour * 60 + minute).ok_or(NotATime)
    }
}

fn number(tens: u8, ones: u8) -> Result<u16, NotATime> {
    let digit = |byte: u8| char::from(byte).to_digit(10).and_then(|digit| u16::try_from(digit).ok());
    Ok(digit(tens).ok_or(NotATime)? * 10 + digit(ones).ok_or(NotATime)?)
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

impl Serialize for TimeOfDay {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TimeOfDay {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|error| serde::de::Error::custom(format_args!("{text:?} is {error}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_minute_of_the_day_is_read_as_it_is_written() {
        for minutes in 0..=DAY {
            let time = TimeOfDay::from_minutes(minutes).unwrap();
            assert_eq!(time.to_string().parse(), Ok(time));
        }
        assert_eq!(TimeOfDay::END.to_string(), "24:00");
        assert_eq!(TimeOfDay::from_minutes(DAY + 1), None);
    }

    #[test]
    fn what_is_no_time_of_day_is_refused() {
        for text in
            ["", "9:00", "25:00", "24:01", "12:60", "-1:00", "12.00", "12:00:00", " 9:00", "+9:00", "१२:००"]
        {
            assert_eq!(text.parse::<TimeOfDay>(), Err(NotATime), "{text}");
        }
    }
}
