//! Titles and agendas by the type's templates, and places, days and times in words.

use jiff::tz::TimeZone;
use platform::Instant;

use super::scene::Scene;
use crate::{
    appointment_type::PlaceKind,
    texts::{Language, Text, dates},
};

/// Webex takes no longer title (Webex Meetings API, "Create a Meeting"), and no longer agenda.
const LONGEST_TITLE: usize = 128;
const LONGEST_AGENDA: usize = 1300;

/// The title of meeting and entry: one line.
pub(super) fn title(scene: &Scene) -> String {
    let filled = fill(&scene.it.title_template, &values(scene));
    let line = filled.split(|letter: char| letter.is_whitespace() || letter.is_control());
    let line = line.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    let title = if line.is_empty() { scene.booking.type_name.clone() } else { line };
    cut(&title, LONGEST_TITLE)
}

/// The agenda of meeting and entry.
pub(super) fn agenda(scene: &Scene) -> String {
    let filled = fill(&scene.it.agenda_template, &values(scene));
    let clean: String = filled
        .replace("\r\n", "\n")
        .chars()
        .filter(|letter| *letter == '\n' || !letter.is_control())
        .collect();
    cut(clean.trim(), LONGEST_AGENDA)
}

/// Every placeholder that the templates of a type may name.
fn values(scene: &Scene) -> Vec<(&'static str, String)> {
    let booking = &scene.booking;
    vec![
        ("appointment", booking.type_name.clone()),
        ("visitor_name", booking.visitor.name.clone()),
        ("visitor_email", booking.visitor.email.clone()),
        ("visitor_phone", booking.visitor.phone.clone().unwrap_or_default()),
        ("host_name", scene.host_names()),
        ("organization", scene.organization.clone()),
        ("place", place(scene, booking.visitor.language)),
        ("answers", answers(scene)),
    ]
}

/// The visitor's answers, one below the other.
pub(super) fn answers(scene: &Scene) -> String {
    let answers = scene.booking.answers.0.iter();
    answers.map(|answer| answered(&answer.label, &answer.text)).collect::<Vec<_>>().join("\n")
}

/// A question that ends with a mark of its own needs no colon.
fn answered(label: &str, text: &str) -> String {
    let mark = if label.ends_with(['?', ':', '!', '.']) { "" } else { ":" };
    format!("{label}{mark} {text}")
}

/// Fills in once, from the template alone: what a visitor typed is never read as a placeholder. An unknown one says
/// nothing.
fn fill(template: &str, values: &[(&str, String)]) -> String {
    let mut out = String::new();
    let mut rest = template;
    while let Some((before, tail)) = rest.split_once("{{") {
        let Some((name, after)) = tail.split_once("}}") else { break };
        out.push_str(before);
        let found = values.iter().find(|(known, _)| *known == name.trim());
        out.push_str(found.map_or("", |(_, value)| value.as_str()));
        rest = after;
    }
    out.push_str(rest);
    out
}

fn cut(text: &str, longest: usize) -> String {
    if text.chars().count() <= longest {
        return text.to_owned();
    }
    text.chars().take(longest - 1).chain(['…']).collect()
}

/// Where it takes place, in words.
pub(super) fn place(scene: &Scene, language: Language) -> String {
    let place = &scene.booking.place;
    let text = match place.kind {
        PlaceKind::InPerson => return place.detail.clone(),
        PlaceKind::Webex => Text::plain("mail-place-webex"),
        PlaceKind::Teams => Text::plain("mail-place-teams"),
        PlaceKind::Phone => Text::plain("mail-place-phone")
            .with("host", scene.organizer().map_or("", |host| host.name.as_str()))
            .with("number", scene.booking.visitor.phone.clone().unwrap_or_default()),
    };
    text.in_language(language)
}

/// Day and times for people: `Tuesday, 24 November 2026, 10:00–10:30 (Europe/Berlin)`.
pub(super) fn when(span: (Instant, Instant), zone: &TimeZone, language: Language) -> String {
    format!("{} ({})", dates::span(language, span, zone), zone.iana_name().unwrap_or("UTC"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_found_in_the_template_alone() {
        let values = [("a", "{{b}}".to_owned()), ("b", "secret".to_owned())];
        assert_eq!(fill("x {{ a }} {{unknown}}{{b", &values), "x {{b}} {{b");
        assert_eq!(cut("äöü", 2), "ä…");
    }

    #[test]
    fn days_are_written_in_the_visitors_language_and_zone() {
        let at = |text: &str| Instant::from(text.parse::<jiff::Timestamp>().unwrap());
        let span = (at("2026-11-24T23:30:00Z"), at("2026-11-25T00:00:00Z"));
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let english = when(span, &zone, Language::En);
        assert_eq!(english, "Wednesday, 25 November 2026, 00:30–01:00 (Europe/Berlin)");
        let german = when(span, &zone, Language::De);
        assert_eq!(german, "Mittwoch, 25. November 2026, 00:30–01:00 (Europe/Berlin)");
        let night = (at("2026-10-25T00:30:00Z"), at("2026-10-25T01:30:00Z"));
        let twice = when(night, &zone, Language::En);
        assert_eq!(twice, "Sunday, 25 October 2026, 02:30 (UTC+2)–02:30 (UTC+1) (Europe/Berlin)");
    }
}
