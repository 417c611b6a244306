//! Links that open a calendar in the browser with the appointment filled in.

use url::Url;

use crate::{Invitation, text::clean, write::utc};

/// Longer texts are cut: an address beyond some thousand characters is refused by browsers and servers.
const LONGEST_TITLE: usize = 150;
const LONGEST_DETAILS: usize = 600;

/// One https link for each calendar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Links {
    pub google: String,
    /// Outlook.com, for private accounts.
    pub outlook: String,
    /// Outlook on the web, for accounts of an organization.
    pub office365: String,
}

/// Where the appointment can be added to a calendar by a click. Other calendars open the ICS file.
pub fn add_to_calendar_links(invitation: &Invitation<'_>) -> Links {
    Links {
        google: google(invitation),
        outlook: outlook("https://outlook.live.com/calendar/0/deeplink/compose", invitation),
        office365: outlook("https://outlook.office.com/calendar/0/deeplink/compose", invitation),
    }
}

fn google(invitation: &Invitation<'_>) -> String {
    let dates = format!("{}/{}", utc(invitation.start), utc(invitation.end));
    link(
        "https://calendar.google.com/calendar/render",
        &[
            ("action", "TEMPLATE"),
            ("text", &cut(invitation.summary, LONGEST_TITLE)),
            ("dates", &dates),
            ("ctz", invitation.zone),
            ("details", &cut(invitation.description, LONGEST_DETAILS)),
            ("location", &cut(invitation.location, LONGEST_TITLE)),
        ],
    )
}

fn outlook(base: &str, invitation: &Invitation<'_>) -> String {
    let at = |instant: jiff::Timestamp| instant.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    link(
        base,
        &[
            ("path", "/calendar/action/compose"),
            ("rru", "addevent"),
            ("subject", &cut(invitation.summary, LONGEST_TITLE)),
            ("startdt", &at(invitation.start)),
            ("enddt", &at(invitation.end)),
            ("body", &cut(invitation.description, LONGEST_DETAILS)),
            ("location", &cut(invitation.location, LONGEST_TITLE)),
        ],
    )
}

/// Blanks as `%20`: Outlook on the web shows a plus sign as a plus sign.
fn link(base: &str, fields: &[(&str, &str)]) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let query = query.replace('+', "%20");
    Url::parse(&format!("{base}?{query}")).map_or_else(|_| base.to_owned(), String::from)
}

fn cut(text: &str, longest: usize) -> String {
    let text = clean(text);
    if text.chars().count() <= longest {
        return text;
    }
    text.chars().take(longest - 1).chain(['…']).collect()
}
