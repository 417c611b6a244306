//! The pages on which hosts and administrators look after appointments: what they show, keep and refuse, and to whom.

use platform::Role;
use reqwest::Method;
use serde_json::{Value, json};

use super::desk::{Desk, MONDAY, at, later, status, text, wish, with};
use crate::harness::Reply;

const LIST: &str = "/my/appointment-types";

/// A filled-in form for a type of this host, with some fields changed or added.
fn typed(desk: &Desk, changes: &[(&str, &str)]) -> Vec<(String, String)> {
    let usual = [
        ("version", "0"),
        ("name", "Thesis help"),
        ("durations", "30, 1 hour"),
        ("mode", "one"),
        ("step", "30"),
        ("min_notice", "1 hour"),
        ("max_advance", "60 days"),
        ("cancel_cutoff", "2 hours"),
        ("reminders", "1 day, 1 hour"),
        ("title_template", "{{appointment}}"),
        ("outlook_changes", "ask"),
        ("place-0-kind", "in_person"),
        ("place-0-detail", "Room 4"),
        ("question-0-label", "Your topic"),
        ("question-0-kind", "text"),
    ];
    let is_changed = |name: &str| changes.iter().any(|(changed, _)| *changed == name);
    let usual = usual.iter().filter(|(name, _)| !is_changed(name));
    let mut fields: Vec<(String, String)> =
        usual.chain(changes).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    if !is_changed("hosts") {
        fields.push(("hosts".to_owned(), desk.ben.account.to_string()));
    }
    fields
}

fn pairs(fields: &[(String, String)]) -> Vec<(&str, &str)> {
    fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

/// The readable words of a page, without markup and runs of space.
fn words(reply: &Reply) -> String {
    let mut words = String::new();
    for part in reply.body.split('<').skip(1) {
        words.push(' ');
        words.push_str(part.split_once('>').map_or("", |(_, text)| text));
    }
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[track_caller]
fn says(reply: &Reply, expected: &str) {
    let words = words(reply);
    assert!(words.contains(expected), "{expected:?} is not in {}: {words}", reply.url);
}

#[track_caller]
fn never_says(reply: &Reply, unexpected: &str) {
    assert!(!reply.body.contains(unexpected), "{unexpected:?} is in {}", reply.url);
}

/// An account's id as a part of a query.
fn account(desk: &Desk) -> String {
    desk.chiara.account.to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_list_teaches_and_a_form_makes_the_first_type() {
    let desk = Desk::open().await;
    let ben = &desk.ben.browser;
    says(&ben.get(LIST).await.expect(200), "Nothing can be booked yet");
    ben.get("/my/appointment-types/new").await.expect(200);
    let made = ben.post("/my/appointment-types/new", &pairs(&typed(&desk, &[]))).await.expect(303);
    let page = ben.get(made.location().path()).await.expect(200);
    says(&page, "The appointment type is there.");
    assert!(page.body.contains("/book/lindenhof-university-library/thesis-help"), "the link is shown");
    assert!(
        page.body.contains("&#60;iframe") || page.body.contains("&lt;iframe"),
        "so is the code to embed it"
    );
    let id = made.location().path().rsplit('/').next().unwrap().to_owned();
    let stored = desk.appointment_type(&id).await;
    assert_eq!(
        (stored["durations"].clone(), stored["reminders"].clone()),
        (json!([30, 60]), json!([60, 1440]))
    );
    assert_eq!(
        (stored["cancel_cutoff"].clone(), stored["questions"][0]["label"].clone()),
        (json!(120), json!("Your topic"))
    );
    says(&ben.get(LIST).await, "Next free time 23 Nov 2026, 09:00 CET");
    desk.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_form_keeps_everything_and_names_each_field() {
    let desk = Desk::open().await;
    let ben = &desk.ben.browser;
    let wrong = [
        ("name", "Müller & <b>Söhne</b>"),
        ("durations", "soon"),
        ("min_notice", "60"),
        ("place-0-detail", ""),
        ("cap_per_day", "-1"),
        ("question-1-label", "Which one?"),
        ("question-1-kind", "choice"),
        ("question-1-options", "only"),
    ];
    let page = ben.post("/my/appointment-types/new", &pairs(&typed(&desk, &wrong))).await.expect(422);
    for field in ["durations", "min_notice", "cap_per_day", "place-0-detail", "question-1-options"] {
        assert!(page.body.contains(&format!("id=\"{field}-error\"")), "{field}: {}", page.body);
    }
    assert!(page.body.contains("value=\"soon\"") && page.body.contains("value=\"Which one?\""));
    never_says(&page, "<b>Söhne");
    says(&ben.get(LIST).await, "Nothing can be booked yet");
    let long = "x".repeat(100_000);
    let page = ben.post("/my/appointment-types/new", &pairs(&typed(&desk, &[("description", &long)]))).await;
    says(&page.expect(422), "Use at most 2000 characters.");
    desk.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_beyond_all_measure_and_taken_addresses_are_refused_at_their_fields() {
    let desk = Desk::open().await;
    let ben = &desk.ben.browser;
    for (field, value) in [
        ("durations", "0"),
        ("durations", "9999999"),
        ("step", "0"),
        ("before_buffer", "9999999 weeks"),
        ("min_notice", "9999999 weeks"),
        ("max_advance", "9999999 days"),
        ("cap_per_day", "0"),
        ("cap_per_week", "99999999999999999999"),
        ("cancel_cutoff", "99999999 weeks"),
        ("reminders", "1 day, 9999999 days"),
        ("follow_up", "9999999 weeks"),
        ("slug", "Über uns/<b>"),
    ] {
        let page =
            ben.post("/my/appointment-types/new", &pairs(&typed(&desk, &[(field, value)]))).await.expect(422);
        assert!(page.body.contains(&format!("id=\"{field}-error\"")), "{field}={value}: {}", words(&page));
        assert!(page.body.contains("value=\"Thesis help\""), "the rest is kept");
    }
    ben.post("/my/appointment-types/new", &pairs(&typed(&desk, &[]))).await.expect(303);
    let again = typed(&desk, &[("slug", "thesis-help"), ("name", "Another")]);
    let page = ben.post("/my/appointment-types/new", &pairs(&again)).await.expect(422);
    assert!(
        page.body.contains("id=\"slug-error\"") && page.body.contains("value=\"Another\""),
        "{}",
        words(&page)
    );
    desk.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_are_added_without_script_and_nothing_is_saved_yet() {
    let desk = Desk::open().await;
    let ben = &desk.ben.browser;
    let fields = typed(&desk, &[("add", "place"), ("place-1-kind", "phone"), ("name", "")]);
    let page = ben.post("/my/appointment-types/new", &pairs(&fields)).await.expect(200);
    assert!(page.body.contains("name=\"place-2-kind\"") && !page.body.contains("name=\"place-3-kind\""));
    assert!(page.body.contains("value=\"Your topic\""), "the rest is kept");
    says(&ben.get(LIST).await, "Nothing can be booked yet");
    desk.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_saves_over_anothers_change_is_told_first() {
    let desk = Desk::open().await;
    let ben = &desk.ben.browser;
    let id = desk.in_person().await;
    desk.change(&id, json!({ "name": "Changed by a program" })).await;
    let path = format!("{LIST}/{id}");
    let page = ben.post(&path, &pairs(&typed(&desk, &[("version", "1")]))).await.expect(409);
    says(&page, "Somebody else changed this appointment type");
    assert!(page.body.contains("value=\"Thesis help\""), "what was typed is kept");
    let version = page.body.split("name=\"version\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    ben.post(&path, &pairs(&typed(&desk, &[("version", version)]))).await.expect(303);
    assert_eq!(desk.appointment_type(&id).await["name"], "Thesis help");
    desk.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_type_is_closed_and_opened_and_stays_out_of_strangers_hands() {
    let desk = Desk::open().await;
    let id = desk.in_person().await;
    let path = format!("{LIST}/{id}");
    desk.ben.browser.post(&format!("{path}/close"), &[]).await.expect(303);
    says(&desk.ben.browser.get(&path).await.expect(200), "Closed");
    let why = desk.ben.browser.get(&format!("{path}/why?date=2026-11-23")).await.expect(200);
    says(&why, "The type takes no bookings");
    desk.ben.browser.post(&format!("{path}/open"), &[]).await.expect(303);
    for stranger in [&desk.chiara.browser, &desk.hub.operator().await] {
        for page in [path.clone(), format!("{path}/why")] {
            stranger.get(&page).await.expect(404);
        }
        stranger.post(&path, &pairs(&typed(&desk, &[]))).await.expect(404);
        stranger.post(&format!("{path}/close"), &[]).await.expect(404);
    }
    desk.hub.operator().await.get(LIST).await.expect(404);
    desk.hub.admin().await.get(&path).await.expect(200);
    assert_eq!(desk.appointment_type(&id).await["active"], json!(true));
    let others = typed(&desk, &[("hosts", &account(&desk))]);
    let refused = desk.ben.browser.post("/my/appointment-types/new", &pairs(&others)).await.expect(422);
    says(&refused, "Only an administrator can add or remove other people");
    desk.hub.stop().await;
}

fn hours(changes: &[(&str, &str)]) -> Vec<(String, String)> {
    let usual =
        [("version", "0"), ("time_zone", "Europe/Berlin"), ("mon-0-from", "9"), ("mon-0-to", "12:00")];
    let is_changed = |name: &str| changes.iter().any(|(changed, _)| *changed == name);
    let kept = usual.iter().filter(|(name, _)| !is_changed(name));
    kept.chain(changes).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn hours_are_set_and_previewed() {
    let desk = Desk::open().await;
    let ben = &desk.ben.browser;
    says(&ben.get("/my/availability").await.expect(200), "the usual hours count");
    let fields = hours(&[
        ("mon-1-from", "14.30"),
        ("mon-1-to", "24:00"),
        ("date-0-date", "2026-11-30"),
        ("date-0-hours", ""),
        ("date-1-date", "2026-12-01"),
        ("date-1-hours", "10-11, 13:00–14:00"),
        ("email_hidden", "true"),
    ]);
    ben.post("/my/availability", &pairs(&fields)).await.expect(303);
    let page = ben.get("/my/availability").await.expect(200);
    says(&page, "Mon 23 Nov 09:00–12:00, 14:30–24:00");
    says(&page, "Mon 30 Nov closed own hours on this date");
    says(&page, "Tue 1 Dec 10:00–11:00, 13:00–14:00");
    says(&page, "Tue 24 Nov closed");
    let stored =
        desk.program.get(&format!("/api/v1/availability/{}", desk.ben.account)).await.expect(200).json();
    assert_eq!(stored["email_hidden"], json!(true));
    desk.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_hours_are_said_row_by_row_and_kept() {
    let desk = Desk::open().await;
    let ben = &desk.ben.browser;
    for (field, value, error) in [
        ("mon-0-to", "25:00", "mon-0-error"),
        ("mon-0-to", "08:00", "mon-0-error"),
        ("time_zone", "Mars/Olympus", "time_zone-error"),
        ("date-0-date", "2026-02-30", "date-0-date-error"),
    ] {
        let page = ben.post("/my/availability", &pairs(&hours(&[(field, value)]))).await.expect(422);
        assert!(page.body.contains(&format!("id=\"{error}\"")), "{field}={value}: {}", page.body);
        assert!(page.body.contains(value), "{value} is kept");
    }
    let twice = [("date-0-date", "2026-12-24"), ("date-1-date", "2026-12-24"), ("date-1-hours", "9-")];
    let page = ben.post("/my/availability", &pairs(&hours(&twice))).await.expect(422);
    says(&page, "This date is listed twice.");
    assert!(page.body.contains("id=\"date-1-hours-error\""));
    let both = [
        ("mon-1-from", "11:30"),
        ("mon-1-to", "14:00"),
        ("date-0-date", "2026-12-24"),
        ("date-0-hours", "9-11, 10-12"),
    ];
    let page = ben.post("/my/availability", &pairs(&hours(&both))).await.expect(422);
    assert_eq!(page.body.matches("This overlaps with another period of the same day.").count(), 2);
    assert!(page.body.contains("id=\"mon-1-error\"") && page.body.contains("id=\"date-0-hours-error\""));
    assert!(page.body.contains("value=\"11:30\"") && page.body.contains("value=\"9-11, 10-12\""));
    let touching = [("mon-1-from", "12:00"), ("mon-1-to", "14:00")];
    ben.post("/my/availability", &pairs(&hours(&touching))).await.expect(303);
    desk.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hours_are_ones_own_or_the_administrators_to_change() {
    let desk = Desk::open().await;
    let path = format!("/my/availability?account={}", desk.chiara.account);
    desk.ben.browser.get(&path).await.expect(404);
    desk.ben.browser.post(&path, &pairs(&hours(&[]))).await.expect(404);
    let admin = desk.hub.admin().await;
    says(&admin.get(&path).await.expect(200), "Hours of chiara rossi");
    admin.post(&path, &pairs(&hours(&[]))).await.expect(303);
    let stale = admin.post(&path, &pairs(&hours(&[("mon-0-to", "13:00")]))).await.expect(409);
    says(&stale, "What you typed is still below");
    assert!(stale.body.contains("value=\"13:00\"") && stale.body.contains("name=\"version\" value=\"1\""));
    for nonsense in ["/my/availability?account=x", "/my/week?host=x"] {
        admin.get(nonsense).await.expect(404);
    }
    desk.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_week_shows_hours_bookings_holds_and_its_host_only() {
    let desk = Desk::open().await;
    let id = desk.in_person().await;
    let booking = desk.booked(&id, MONDAY).await;
    desk.hold(&id, &later(MONDAY, 60)).await.expect(201);
    let page = desk.ben.browser.get("/my/week?start=2026-11-25").await.expect(200);
    says(&page, "23 to 29 November 2026");
    says(&page, "Open 09:00–17:00");
    says(&page, "11:00–11:30 Mara Visitor Ask a librarian");
    says(&page, "12:00–12:30 Held");
    assert!(page.body.contains(&format!("/my/bookings/{}", text(&booking, "id"))));
    assert!(page.body.contains("block booking h11 m0 to-h11 to-m30 lane0 of1"), "it has its place");
    for start in ["", "?start=", "?start=2026-99-99", "?start=9999-12-31", "?start=<b>"] {
        desk.ben.browser.get(&format!("/my/week{start}")).await.expect(200);
    }
    never_says(&desk.chiara.browser.get("/my/week?start=2026-11-25").await.expect(200), "Mara");
    desk.chiara.browser.get(&format!("/my/week?host={}", desk.ben.account)).await.expect(404);
    let admin = desk.hub.admin().await;
    let page = admin.get(&format!("/my/week?start=2026-11-23&host={}", desk.ben.account)).await.expect(200);
    says(&page, "Week of ben okafor");
    says(&page, "Mara Visitor");
    desk.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bookings_are_listed_found_and_kept_apart() {
    let desk = Desk::open().await;
    let id = desk.in_person().await;
    desk.booked(&id, MONDAY).await;
    let mut other = wish(&id, &later(MONDAY, 60));
    other["visitor"] =
        with(other["visitor"].clone(), json!({ "name": "50%_Eve", "email": "eve@visitor.example" }));
    let other = desk.send(&other).await.expect(201).json();
    let ben = &desk.ben.browser;
    let page = ben.get("/my/bookings").await.expect(200);
    assert!(page.body.contains("Mara Visitor") && page.body.contains("50%_Eve"));
    for (search, found) in
        [("MARA", true), ("mara@visitor", true), ("eve", false), ("%25_", false), ("zzz", false)]
    {
        let page = ben.get(&format!("/my/bookings?q={search}")).await.expect(200);
        assert_eq!(page.body.contains("Mara Visitor"), found, "{search}");
    }
    assert!(ben.get("/my/bookings?q=%25_").await.body.contains("50%_Eve"), "wildcards are letters");
    desk.cancel(&text(&other, "id")).await.expect(200);
    never_says(&ben.get("/my/bookings").await, "50%_Eve");
    assert!(ben.get("/my/bookings?part=cancelled").await.expect(200).body.contains("50%_Eve"));
    desk.pass(std::time::Duration::from_secs(5 * 86_400)).await;
    let ben = desk.hub.host().await;
    assert!(ben.get("/my/bookings?part=past").await.expect(200).body.contains("Mara Visitor"));
    for odd in ["page=0", "page=-1", "page=99999999999999999999", "part=odd", "q=%FF", "page=400"] {
        ben.get(&format!("/my/bookings?{odd}")).await.expect(200);
    }
    says(&ben.get("/my/bookings?q=%00").await.expect(422), "character with the number 0");
    let chiara = desk.hub.signed_in(desk.chiara.email, &[Role::Host]).await;
    never_says(&chiara.get("/my/bookings?part=past").await.expect(200), "Mara");
    assert!(desk.hub.admin().await.get("/my/bookings?part=past").await.body.contains("Mara Visitor"));
    desk.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_booking_is_moved_and_cancelled_by_its_host_alone() {
    let desk = Desk::open().await;
    let id = desk.in_person().await;
    let booking = text(&desk.booked(&id, MONDAY).await, "id");
    let path = format!("/my/bookings/{booking}");
    desk.hub.run_jobs().await;
    let ben = &desk.ben.browser;
    let page = ben.get(&path).await.expect(200);
    says(&page, "Ask a librarian with Mara Visitor");
    says(&page, "Time held");
    says(&page, "Mail to the visitor");
    for stranger in [&desk.chiara.browser, &desk.hub.operator().await] {
        for page in [path.clone(), format!("{path}/steps"), format!("{path}/move")] {
            stranger.get(&page).await.expect(404);
        }
        for act in ["retry", "cancel", "decide", "move"] {
            stranger.post(&format!("{path}/{act}"), &[("decision", "accept")]).await.expect(404);
        }
    }
    let choice = ben.get(&format!("{path}/move?date=2026-11-24")).await.expect(200);
    says(&choice, "Free times on Tuesday, 24 November 2026");
    ben.post(&format!("{path}/move"), &[("start", "2026-11-24T09:00:00Z")]).await.expect(303);
    assert_eq!(at(&text(&desk.booking(&booking).await, "start")), at("2026-11-24T09:00:00Z"));
    for (date, time) in [("2026-02-31", "10:00"), ("2026-11-25", "25:00"), ("", "")] {
        let page = ben.post(&format!("{path}/move"), &[("date", date), ("time", time)]).await.expect(422);
        assert!(page.body.contains(&format!("value=\"{time}\"")), "{time} is kept");
    }
    ben.post(&format!("{path}/move"), &[("date", "2026-11-20"), ("time", "10:00")]).await.expect(409);
    ben.post(&format!("{path}/move"), &[("date", "2026-11-25"), ("time", "19:30")]).await.expect(303);
    assert_eq!(at(&text(&desk.booking(&booking).await, "start")), at("2026-11-25T18:30:00Z"));
    let long = "x".repeat(501);
    let refused = ben.post(&format!("{path}/cancel"), &[("reason", &long)]).await.expect(422);
    assert!(refused.body.contains(&long), "the reason is kept");
    ben.post(&format!("{path}/cancel"), &[("reason", "I am ill.")]).await.expect(303);
    says(&ben.get(&path).await.expect(200), "I am ill.");
    says(&ben.post(&format!("{path}/cancel"), &[]).await.expect(409), "cancelled");
    ben.get(&format!("{path}/move")).await.expect(303);
    desk.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn moving_onto_another_booking_offers_other_times() {
    let desk = Desk::open().await;
    let id = desk.in_person().await;
    let booking = text(&desk.booked(&id, MONDAY).await, "id");
    desk.booked(&id, &later(MONDAY, 60)).await;
    let path = format!("/my/bookings/{booking}/move");
    let page = desk.ben.browser.post(&path, &[("date", "2026-11-23"), ("time", "12:00")]).await.expect(409);
    says(&page, "Another appointment, or a time held for a visitor, is in the way");
    says(&page, "Free near it");
    assert!(page.body.contains("value=\"12:00\""));
    desk.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_step_is_shown_and_tried_again() {
    let desk = Desk::connected().await;
    let id = desk.online("webex").await;
    desk.spoil("POST", "/v1/meetings", status(500), None);
    let booking = text(&desk.booked(&id, MONDAY).await, "id");
    desk.hub.run_jobs().await;
    let path = format!("/my/bookings/{booking}");
    let page = desk.ben.browser.get(&path).await.expect(200);
    says(&page, "Webex meeting Waiting");
    says(&page, "so far.");
    says(&page, "Retry now");
    desk.heal();
    desk.ben.browser.post(&format!("{path}/retry"), &[]).await.expect(303);
    desk.hub.run_jobs().await;
    let page = desk.ben.browser.get(&path).await.expect(200);
    says(&page, "It is tried again now.");
    // The first answer may have been lost on its way, so the meeting is looked for before another one is made.
    desk.settle().await;
    let page = desk.ben.browser.get(&path).await.expect(200);
    says(&page, "Webex meeting Done");
    says(&page, "Meeting link");
    says(&page, "Password");
    says(&desk.hub.admin().await.get(&path).await.expect(200), "Only its hosts see it.");
    desk.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn why_names_what_stands_against_each_time() {
    let desk = Desk::open().await;
    let id = desk
        .make(&desk.settings(json!({ "before_buffer": 30, "after_buffer": 30, "max_advance": 60 * 1440 })))
        .await;
    let booking = text(&desk.booked(&id, MONDAY).await, "id");
    let path = format!("{LIST}/{id}/why");
    let page = desk.ben.browser.get(&format!("{path}?date=2026-11-23")).await.expect(200);
    says(&page, "Outside the open hours.");
    says(
        &page,
        "Booked already: Ask a librarian with Mara Visitor, 11:00–11:30, kept free from 10:30 until 12:00.",
    );
    says(&page, "Less than 30 minutes would be left after what comes before.");
    says(&page, "Less than 30 minutes would be left before what comes next.");
    assert!(page.body.contains(&format!("/my/bookings/{booking}")) && page.body.contains("/my/availability"));
    let one = desk.ben.browser.get(&format!("{path}?date=2026-11-23&time=09:00")).await.expect(200);
    says(&one, "09:00 offered");
    let none = desk.ben.browser.get(&format!("{path}?date=2026-11-23&time=09:07")).await.expect(200);
    says(&none, "09:07 is not a start of this type");
    says(&desk.ben.browser.get(&format!("{path}?date=2026-11-20")).await.expect(200), "It is over.");
    says(&desk.ben.browser.get(&format!("{path}?date=2027-06-01")).await.expect(200), "Too far ahead");
    let odd = "date=9999-99-99&duration=-1&zone=Mars/Olympus&time=<b>";
    let page = desk.ben.browser.get(&format!("{path}?{odd}")).await.expect(200);
    says(&page, "The date could not be read");
    says(&page, "This time zone is not known");
    desk.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn why_says_what_to_do_when_nobody_is_connected() {
    let desk = Desk::open().await;
    let id = desk.online("webex").await;
    let page = desk.ben.browser.get(&format!("{LIST}/{id}/why?date=2026-11-23&time=09:00")).await.expect(200);
    says(&page, "Webex meeting:");
    assert!(page.body.contains("href=\"/my/connections\""), "{}", page.body);
    desk.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn names_of_calendars_and_visitors_are_not_for_other_hosts() {
    let desk = Desk::connected().await;
    let event = json!({
        "subject": "Doctor", "showAs": "busy",
        "start": { "dateTime": "2026-11-24T09:00:00", "timeZone": "UTC" },
        "end": { "dateTime": "2026-11-24T10:00:00", "timeZone": "UTC" },
    });
    let provider = sandbox::Provider::Microsoft;
    desk.provider(provider, desk.ben.email, Method::POST, "/v1.0/me/events", &event).await.expect(201);
    desk.settle().await;
    let both: Value = json!([desk.ben.account, desk.chiara.account]);
    let shared = desk.make(&desk.settings(json!({ "hosts": both, "mode": "all" }))).await;
    let own =
        desk.make(&desk.settings(json!({ "name": "Private matters", "slug": "private-matters" }))).await;
    desk.booked(&own, MONDAY).await;
    let path = |date: &str| format!("{LIST}/{shared}/why?date={date}");
    let chiara = &desk.chiara.browser;
    says(&chiara.get(&path("2026-11-24")).await.expect(200), "ben okafor: Busy in Outlook.");
    let booked = chiara.get(&path("2026-11-23")).await.expect(200);
    says(&booked, "ben okafor: Booked already.");
    never_says(&booked, "Mara");
    never_says(&booked, "Private matters");
    let seen = desk.ben.browser.get(&path("2026-11-24")).await.expect(200);
    says(&seen, "ben okafor: Busy in the calendar “");
    never_says(&seen, "Doctor");
    says(&desk.hub.admin().await.get(&path("2026-11-24")).await.expect(200), "Busy in the calendar “");
    let week = desk.ben.browser.get("/my/week?start=2026-11-24").await.expect(200);
    says(&week, "10:00–11:00 Busy in “");
    let path = format!("/api/v1/slots/explain?type={shared}&from=2026-11-23&to=2026-11-25");
    let hidden = chiara.get(&path).await.expect(200);
    let told = desk.ben.browser.get(&path).await.expect(200);
    let both = hidden.body.contains(r#""cause":"booking""#) && told.body.contains(r#""cause":"booking""#);
    assert!(both, "the explanation is of busy times: {}", hidden.body);
    let calendars = |reply: &Reply| -> Vec<usize> {
        let hosts = reply.json()["hosts"].as_array().unwrap().clone();
        hosts.iter().map(|host| host["calendars"].as_array().unwrap().len()).collect()
    };
    assert_eq!((calendars(&told)[0], calendars(&hidden)[0]), (1, 0), "whose calendar it is sees it");
    assert!(
        told.body.contains(r#""calendar":"Calendar""#) && !hidden.body.contains(r#""calendar":"Calendar""#)
    );
    assert!(told.body.contains(r#""booking_id":""#) && !hidden.body.contains(r#""booking_id":""#));
    never_says(&week, "Doctor");
    desk.hub.stop().await;
}
