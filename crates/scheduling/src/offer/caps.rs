//! Caps: the most bookings of a type that one host takes per day and per week, in the host's own zone.

use std::collections::HashMap;

use jiff::{civil::Date, tz::TimeZone};
use platform::{
    Hub, Instant, Result,
    db::{On, built},
    id::AccountId,
    record,
};

use crate::{appointment_type::AppointmentType, claim::Span, ids::Accounts};

/// Reaches over every week that meets the span, in any zone.
const AROUND: std::time::Duration = std::time::Duration::from_secs(9 * 86_400);

record! {
    struct Row {
        account_id: AccountId,
        starts_at: Instant,
        booking_id: String,
    }
}

/// Which cap a time would break.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Capped {
    Day,
    Week,
}

/// How many bookings each host has on the days and in the weeks around a span.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counts {
    per_day: Option<i64>,
    per_week: Option<i64>,
    days: HashMap<(AccountId, Date), i64>,
    weeks: HashMap<(AccountId, Date), i64>,
}

/// Counts the confirmed bookings of a type, without those of `except`; nothing is read where there is no cap.
pub(crate) async fn count(
    hub: &Hub,
    on: impl Into<On<'_>>,
    it: &AppointmentType,
    hosts: &[(AccountId, TimeZone)],
    (span, except): (Span, &[String]),
) -> Result<Counts> {
    let mut counts = Counts {
        per_day: it.cap_per_day,
        per_week: it.cap_per_week,
        days: HashMap::new(),
        weeks: HashMap::new(),
    };
    if it.cap_per_day.is_none() && it.cap_per_week.is_none() {
        return Ok(counts);
    }
    let accounts = Accounts(hosts.iter().map(|(account, _)| *account).collect());
    let list = hub
        .db()
        .pick("SELECT value FROM json_each($3)", "SELECT jsonb_array_elements_text(CAST($3 AS jsonb))");
    let text = format!(
        "SELECT h.account_id, h.starts_at, h.booking_id FROM booking_host h JOIN booking b \
         ON b.organization_id = h.organization_id AND b.id = h.booking_id \
         WHERE h.organization_id = $1 AND b.type_id = $2 AND h.is_active \
         AND h.account_id IN ({list}) AND h.starts_at > $4 AND h.starts_at < $5"
    );
    let statement = hub.db().sql(built(text)).bind(it.organization_id).bind(it.id).bind(accounts);
    let rows: Vec<Row> =
        statement.bind(span.start.before(AROUND)).bind(span.end.after(AROUND)).all(on).await?;
    for row in rows.iter().filter(|row| !except.contains(&row.booking_id)) {
        let Some((_, zone)) = hosts.iter().find(|(account, _)| *account == row.account_id) else { continue };
        let date = date_of(row.starts_at, zone);
        *counts.days.entry((row.account_id, date)).or_default() += 1;
        *counts.weeks.entry((row.account_id, monday_of(date))).or_default() += 1;
    }
    Ok(counts)
}

impl Counts {
    /// Whether one more booking at `start` would be too many for this host.
    pub(crate) fn capped(&self, account: AccountId, zone: &TimeZone, start: Instant) -> Option<Capped> {
        if self.per_day.is_none() && self.per_week.is_none() {
            return None;
        }
        let date = date_of(start, zone);
        let reached = |cap: Option<i64>, counts: &HashMap<(AccountId, Date), i64>, date| {
            cap.is_some_and(|cap| counts.get(&(account, date)).copied().unwrap_or(0) >= cap)
        };
        if reached(self.per_day, &self.days, date) {
            return Some(Capped::Day);
        }
        reached(self.per_week, &self.weeks, monday_of(date)).then_some(Capped::Week)
    }
}

fn date_of(instant: Instant, zone: &TimeZone) -> Date {
    instant.timestamp().to_zoned(zone.clone()).date()
}

fn monday_of(date: Date) -> Date {
    let back = i64::from(date.weekday().to_monday_zero_offset());
    date.checked_sub(jiff::Span::new().days(back)).unwrap_or(date)
}
