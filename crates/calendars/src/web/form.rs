//! The form in which a host decides about all their calendars at once.

use platform::{Result, web::Checked};
use serde::Deserialize;

use crate::{CalendarLink, CalendarLinkId, WhenUnreadable, policy::MOST_MINUTES, store::Choice};

/// What stands in the field for minutes before anybody has decided.
const USUAL_MINUTES: &str = "120";

/// The fields as they are sent: one `calendar`, `policy` and `minutes` per row, and the rows that are ticked.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct ChoiceForm {
    #[serde(default)]
    calendar: Vec<String>,
    #[serde(default)]
    policy: Vec<String>,
    #[serde(default)]
    minutes: Vec<String>,
    #[serde(default)]
    busy: Vec<String>,
    /// The calendar that receives bookings; empty for none.
    #[serde(default)]
    receives: Option<String>,
}

/// One row as it is shown: as stored, or as it was typed.
pub(super) struct Typed {
    pub(super) makes_busy: bool,
    pub(super) receives: bool,
    pub(super) policy: String,
    pub(super) minutes: String,
}

impl Typed {
    pub(super) fn stored(link: &CalendarLink) -> Self {
        let (policy, minutes) = match link.policy {
            WhenUnreadable::Closed => ("closed", USUAL_MINUTES.to_owned()),
            WhenUnreadable::LastKnown { minutes } => ("last_known", minutes.to_string()),
            WhenUnreadable::Open => ("open", USUAL_MINUTES.to_owned()),
        };
        Self { makes_busy: link.makes_busy, receives: link.receives, policy: policy.to_owned(), minutes }
    }
}

impl ChoiceForm {
    /// The row of this calendar as it was typed.
    pub(super) fn typed(&self, id: CalendarLinkId) -> Option<Typed> {
        let text = id.to_string();
        let at = self.calendar.iter().position(|calendar| *calendar == text)?;
        Some(Typed {
            makes_busy: self.busy.contains(&text),
            receives: self.receives.as_deref() == Some(text.as_str()),
            policy: self.policy.get(at).cloned().unwrap_or_default(),
            minutes: self.minutes.get(at).cloned().unwrap_or_default(),
        })
    }

    /// What was decided about every calendar of the form, or what is wrong with it.
    pub(super) fn read(&self) -> Result<Vec<(CalendarLinkId, Choice)>> {
        let mut checked = Checked::default();
        let mut choices = Vec::new();
        for text in &self.calendar {
            let Ok(id) = text.parse::<CalendarLinkId>() else { return Err(platform::not_found("calendar")) };
            let Some(typed) = self.typed(id) else { continue };
            let policy = checked.value(&minutes_of(id), policy(&typed));
            choices.push((
                id,
                Choice {
                    makes_busy: typed.makes_busy,
                    receives: typed.receives,
                    policy: policy.unwrap_or_default(),
                },
            ));
        }
        checked.finish()?;
        Ok(choices)
    }
}

/// The name under which trouble with a row's minutes is kept.
pub(super) fn minutes_of(id: CalendarLinkId) -> String {
    format!("minutes-{id}")
}

fn policy(typed: &Typed) -> Result<WhenUnreadable, String> {
    match typed.policy.as_str() {
        "closed" => Ok(WhenUnreadable::Closed),
        "open" => Ok(WhenUnreadable::Open),
        "last_known" => {
            let minutes =
                typed.minutes.trim().parse().ok().filter(|minutes| (1..=MOST_MINUTES).contains(minutes));
            let wrong = || format!("Write a number of minutes from 1 to {MOST_MINUTES} (a week).");
            Ok(WhenUnreadable::LastKnown { minutes: minutes.ok_or_else(wrong)? })
        }
        _ => Err("Choose what counts when the calendar cannot be read.".to_owned()),
    }
}
