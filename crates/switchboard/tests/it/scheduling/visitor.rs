//! What a visitor does in the browser, without script: choose, hold, fill in, book, watch, move, cancel.

use std::time::Duration;

use reqwest::Method;
use sandbox::Provider;
use serde_json::{Value, json};

use super::desk::{Desk, VISITOR, status, text};
use crate::harness::{Browser, Reply, Setup};

/// The visitor's way through the pages of one type.
pub(super) struct Guest {
    pub(super) browser: Browser,
    /// `/book/{site}/{type}`.
    pub(super) path: String,
}

/// What follows a name in a page, up to the next quotation mark, made readable.
#[track_caller]
pub(super) fn after(page: &str, mark: &str) -> String {
    let (_, rest) = page.split_once(mark).unwrap_or_else(|| panic!("no {mark} in {page}"));
    rest.split('"').next().unwrap_or_default().replace("&#38;", "&")
}

impl Guest {
    pub(super) async fn of(desk: &Desk, type_id: &str) -> Self {
        let slug = text(&desk.appointment_type(type_id).await, "slug");
        let site = scheduling::slug(&desk.hub.hub, desk.organization).await.unwrap();
        Self { browser: desk.hub.anyone(), path: format!("/book/{site}/{slug}") }
    }

    pub(super) async fn open(&self, query: &str) -> Reply {
        self.browser.get(&format!("{}?zone=Europe%2FBerlin{query}", self.path)).await
    }

    /// Presses a time.
    pub(super) async fn press(&self, start: &str) -> Reply {
        let path = format!("{}/hold?zone=Europe%2FBerlin&duration=30", self.path);
        self.browser.post(&path, &[("start", start)]).await
    }

    /// Holds a time; answers where its form is sent.
    pub(super) async fn hold(&self, start: &str) -> String {
        let details = self.press(start).await.expect(303).location();
        let page = self.browser.get(details.as_str()).await.expect(200).body;
        let form = after(&page, r#"<form class="card" method="post" action=""#);
        assert!(form.contains("hold="), "{form}");
        form
    }

    /// Sends the form with some fields more, or changed.
    pub(super) async fn send(&self, form: &str, more: &[(&str, &str)]) -> Reply {
        let mut fields = vec![("name", "Mara Visitor"), ("email", VISITOR)];
        fields.retain(|(name, _)| more.iter().all(|(other, _)| other != name));
        fields.extend(more);
        self.browser.post(form, &fields).await
    }

    /// Books; answers the path of the booking's page.
    pub(super) async fn book(&self, start: &str) -> String {
        let form = self.hold(start).await;
        self.send(&form, &[]).await.expect(303).location().path().to_owned()
    }
}

const MONDAY: &str = super::desk::MONDAY;

#[tokio::test]
async fn a_visitor_books_moves_and_cancels_without_script() {
    let desk = Desk::connected().await;
    let guest = Guest::of(&desk, &desk.online("webex").await).await;
    let page = guest.open("").await.expect(200).body;
    assert!(page.contains("Ask a librarian") && page.contains("November 2026"), "{page}");
    assert!(page.contains("Monday, 23 November 2026, 16 free times"), "{page}");
    assert!(page.contains(r#"value="2026-11-23T10:00:00.000Z">11:00"#), "{page}");

    let details = guest.press(MONDAY).await.expect(303).location();
    let page = guest.browser.get(details.as_str()).await.expect(200).body;
    assert!(page.contains("Monday, 23 November 2026, 11:00–11:30"), "{page}");
    assert!(
        page.contains("This time is held for you until 10:11") || page.contains("held for you until"),
        "{page}"
    );
    let form = after(&page, r#"<form class="card" method="post" action=""#);
    let booking = guest.send(&form, &[]).await.expect(303).location().path().to_owned();
    // Pressing twice books once.
    let again = guest.send(&form, &[]).await.expect(303).location().path().to_owned();
    assert_eq!(again, booking);
    assert_eq!(desk.bookings().await.len(), 1);

    let page = guest.browser.get(&booking).await.expect(200).body;
    assert!(page.contains("You have an appointment") && page.contains("http-equiv=\"refresh\""), "{page}");
    assert!(page.contains("The meeting link is being made"), "{page}");
    desk.hub.run_jobs().await;
    let page = guest.browser.get(&booking).await.expect(200).body;
    assert!(!page.contains("http-equiv=\"refresh\""), "{page}");
    assert!(page.contains("The meeting link is ready") && page.contains("Join the meeting"), "{page}");
    assert!(page.contains("in your host’s calendar") && page.contains("on its way"), "{page}");
    let part = guest.browser.get(&format!("{booking}/arriving")).await.expect(200).body;
    assert!(part.contains("data-done") && !part.contains("<html"), "{part}");
    let file = guest.browser.get(&format!("{booking}/invitation.ics")).await.expect(200);
    assert!(file.header("content-type").unwrap().starts_with("text/calendar"), "{file:?}");
    assert!(file.body.contains("DTSTART;TZID=Europe/Berlin:20261123T110000"), "{}", file.body);

    let page = guest.browser.get(&format!("{booking}/move")).await.expect(200).body;
    assert!(page.contains("Choose another time") && !page.contains("2026-11-23T10:00:00.000Z"), "{page}");
    let to = "2026-11-24T13:00:00Z";
    guest.browser.post(&format!("{booking}/move"), &[("start", to)]).await.expect(303);
    let page = guest.browser.get(&booking).await.expect(200).body;
    assert!(page.contains("Tuesday, 24 November 2026, 14:00–14:30"), "{page}");

    guest.browser.get(&format!("{booking}/cancel")).await.expect(200);
    guest.browser.post(&format!("{booking}/cancel"), &[("reason", "Ill <b>")]).await.expect(303);
    let page = guest.browser.get(&booking).await.expect(200).body;
    assert!(page.contains("This appointment is cancelled") && page.contains("Ill &#60;b&#62;"), "{page}");
    // A second time changes nothing and says the same.
    guest.browser.post(&format!("{booking}/cancel"), &[]).await.expect(303);
    assert!(guest.open("").await.body.contains("Tuesday, 24 November 2026, 16 free times"));
    desk.hub.stop().await;
}

#[tokio::test]
async fn a_calendar_that_cannot_be_read_is_said_also_where_a_booking_is_moved() {
    let desk = Desk::connected().await;
    let guest = Guest::of(&desk, &desk.in_person().await).await;
    let booking = guest.book(MONDAY).await;
    let page = format!("{booking}/move");
    let known = guest.browser.get(&page).await.expect(200).body;
    assert!(!known.contains("Not all calendars can be read"), "{known}");
    desk.spoil("GET", "/v1.0/me/*calendarView/delta", status(503), None);
    desk.settle().await;
    let stale = guest.browser.get(&page).await.expect(200).body;
    assert!(stale.contains("Not all calendars can be read"), "{stale}");
    desk.hub.stop().await;
}

#[tokio::test]
async fn what_waits_for_a_person_is_still_watched_by_the_page() {
    let desk = Desk::open().await;
    let guest = Guest::of(&desk, &desk.in_person().await).await;
    let booking = guest.book(MONDAY).await;
    desk.hub.run_jobs().await;
    let part = format!("{booking}/arriving");
    assert!(guest.browser.get(&part).await.expect(200).body.contains("data-done"));
    let db = desk.hub.hub.db();
    let failed = "UPDATE booking_step SET state = 'failed', last_error = 'Not connected.', next_attempt_at = $1 \
                  WHERE step = 'calendar'";
    let failed = db.sql(failed).bind(super::desk::at(MONDAY)).execute(db).await.unwrap();
    assert_eq!(failed, 1);
    let page = guest.browser.get(&part).await.expect(200).body;
    assert!(page.contains("your host knows") && !page.contains("data-done"), "{page}");
    desk.hub.stop().await;
}

#[tokio::test]
async fn the_next_free_time_is_found_however_far_away() {
    let desk = Desk::open().await;
    let guest = Guest::of(&desk, &desk.make(&desk.settings(json!({ "max_advance": null }))).await).await;
    let hours = json!({
        "weekly": [], "overrides": [{ "date": "2027-08-10", "windows": [["09:00", "12:00"]] }],
        "time_zone": "Europe/Berlin", "email_hidden": false, "version": 0,
    });
    let path = format!("/api/v1/availability/{}", desk.ben.account);
    desk.program.call(Method::PUT, &path, &hours).await.expect(200);
    let page = guest.open("").await.expect(200).body;
    assert!(page.contains("Tuesday, 10 August 2027, 6 free times"), "{page}");
    let page = guest.open("&month=2027-10").await.expect(200).body;
    assert!(page.contains("Nothing is free in October 2027") && page.contains("10 August 2027"), "{page}");
    desk.hub.stop().await;
}

#[tokio::test]
async fn a_held_time_is_nobody_elses_until_it_is_let_go() {
    let desk = Desk::open().await;
    let guest = Guest::of(&desk, &desk.in_person().await).await;
    let form = guest.hold(MONDAY).await;
    let other = Guest { browser: desk.hub.anyone(), path: guest.path.clone() };
    let refused = other.press(MONDAY).await.expect(409).body;
    assert!(refused.contains("This time is not free") && refused.contains("class=\"slots\""), "{refused}");
    guest.browser.post(&form.replace("/details", "/release"), &[]).await.expect(303);
    let theirs = other.hold(MONDAY).await;
    // Choosing another time with the same browser lets the first one go.
    other.hold("2026-11-23T12:00:00Z").await;
    guest.hold(MONDAY).await;
    // The form of a hold that was let go still books while the time is free.
    let late = other.send(&theirs, &[]).await.expect(409).body;
    assert!(late.contains("no longer free") && late.contains("value=\"Mara Visitor\""), "{late}");
    desk.hub.stop().await;
}

#[tokio::test]
async fn a_hold_that_ran_out_books_while_the_time_is_free_and_else_offers_others_with_one_press() {
    let desk = Desk::open().await;
    let guest = Guest::of(&desk, &desk.in_person().await).await;
    let form = guest.hold(MONDAY).await;
    let slow = Guest { browser: desk.hub.anyone(), path: guest.path.clone() };
    desk.hub.advance(Duration::from_secs(601));
    let page = guest.browser.get(&form).await.expect(200).body;
    assert!(page.contains("no longer held for you"), "{page}");
    let slow_form = slow.hold(MONDAY).await;
    desk.hub.advance(Duration::from_secs(601));
    guest.send(&form, &[]).await.expect(303);
    let page = slow.send(&slow_form, &[("name", "Slow <i>")]).await.expect(409).body;
    assert!(page.contains("no longer free") && page.contains("Slow &#60;i&#62;"), "{page}");
    let start = after(&page, r#"<li><button name="start" value=""#);
    let booked = slow.send(&slow_form, &[("start", &start)]).await.expect(303).location();
    let again = slow.send(&slow_form, &[("start", &start)]).await.expect(303).location();
    assert_eq!(booked, again);
    assert_eq!(desk.bookings().await.len(), 2);
    desk.hub.stop().await;
}

#[tokio::test]
async fn what_is_wrong_is_said_beside_it_and_everything_typed_is_kept() {
    let desk = Desk::open().await;
    let questions = json!([
        { "key": "topic", "label": "Topic", "kind": "choice", "required": true, "options": ["Loans", "Printing"] },
        { "key": "story", "label": "Story", "kind": "paragraph", "required": false },
    ]);
    let places = json!([{ "kind": "in_person", "detail": "Room 4" }, { "kind": "phone" }]);
    let it = desk.make(&desk.settings(json!({ "questions": questions, "places": places }))).await;
    let guest = Guest::of(&desk, &it).await;
    let form = guest.hold(MONDAY).await;
    let long = "x".repeat(100_000);
    let sent = [
        ("name", "Eve\r\nBcc: all@library.example"),
        ("email", "eve at home"),
        ("place", "phone:"),
        ("phone", "call me"),
        ("answer_topic", "Rockets"),
        ("answer_story", long.as_str()),
    ];
    let page = guest.send(&form, &sent).await.expect(422).body;
    for said in [
        "Line breaks and control characters",
        "This is not an e-mail address",
        "This is not a phone number",
        "Please choose one of the options",
        "This is too long: 100,000 characters; at most 2,000 fit",
        "value=\"eve at home\"",
        "value=\"call me\"",
    ] {
        assert!(page.contains(said), "{said}");
    }
    let trapped = guest.send(&form, &[("website", "http://spam.example"), ("answer_topic", "Loans")]).await;
    assert!(trapped.clone().expect(422).body.contains("looked like spam"), "{}", trapped.body);
    let fine = [
        ("place", "in_person:Room 4"),
        ("answer_topic", "Loans"),
        ("answer_story", "One\r\nTwo <script>"),
        ("website", ""),
    ];
    let booking = guest.send(&form, &fine).await.expect(303).location();
    let page = guest.browser.get(booking.as_str()).await.expect(200).body;
    assert!(page.contains("One\nTwo &#60;script&#62;"), "{page}");
    desk.hub.stop().await;
}

fn places(of: &[(&str, &str)]) -> Value {
    let place = |(kind, detail): &(&str, &str)| json!({ "kind": kind, "detail": detail });
    json!({ "places": of.iter().map(place).collect::<Vec<_>>() })
}

#[tokio::test]
async fn a_type_changed_while_the_form_is_open_never_books_another_place() {
    let desk = Desk::open().await;
    let three = places(&[("in_person", "Room 4"), ("in_person", "Room 5"), ("phone", "")]);
    let it = desk.make(&desk.settings(three)).await;
    let guest = Guest::of(&desk, &it).await;
    let form = guest.hold(MONDAY).await;
    desk.change(&it, places(&[("phone", ""), ("in_person", "Room 5"), ("in_person", "Room 4")]))
        .await
        .expect(200);
    guest.send(&form, &[("place", "in_person:Room 4")]).await.expect(303);
    assert_eq!(desk.bookings().await[0]["place"], json!({ "kind": "in_person", "detail": "Room 4" }));

    let slow = Guest { browser: desk.hub.anyone(), path: guest.path.clone() };
    let form = slow.hold("2026-11-23T12:00:00Z").await;
    desk.change(&it, places(&[("phone", ""), ("in_person", "Room 5")])).await.expect(200);
    let page = slow.send(&form, &[("place", "in_person:Room 4")]).await.expect(422).body;
    assert!(page.contains("not offered, or no longer") && page.contains("value=\"Mara Visitor\""), "{page}");
    assert!(!page.contains("checked"), "nobody is moved to another place unasked: {page}");
    // Also where there is only one left.
    desk.change(&it, places(&[("in_person", "Room 6")])).await.expect(200);
    let page = slow.send(&form, &[("place", "in_person:Room 4")]).await.expect(422).body;
    assert!(page.contains("not offered, or no longer") && page.contains("In person: Room 6"), "{page}");
    for nonsense in ["0", "zoom:", "", "in_person"] {
        slow.send(&form, &[("place", nonsense)]).await.expect(422);
    }
    let shown = after(&page, r#"<input type="hidden" name="place" value=""#);
    slow.send(&form, &[("place", &shown)]).await.expect(303);
    let booked = desk.bookings().await;
    assert_eq!(booked.len(), 2);
    assert!(booked.iter().any(|booking| booking["place"]["detail"] == "Room 6"), "{booked:?}");
    desk.hub.stop().await;
}

#[tokio::test]
async fn the_form_offers_the_ways_that_somebody_free_can_serve() {
    let desk = Desk::open().await;
    let webex = desk.hub.integration(Provider::Webex).await;
    desk.hub.connect(&desk.ben.browser, &webex, desk.ben.email).await;
    let hosts = json!({ "mode": "any", "hosts": [desk.ben.account, desk.chiara.account] });
    let both = places(&[("webex", ""), ("in_person", "Room 4")]);
    let it = desk.make(&desk.settings(super::desk::with(hosts, both))).await;
    let other = desk.make(&desk.settings(json!({ "name": "Something else" }))).await;
    desk.booked(&other, MONDAY).await;
    let guest = Guest::of(&desk, &it).await;
    for (start, is_online) in [(MONDAY, false), ("2026-11-23T12:00:00Z", true)] {
        let form = guest.hold(start).await;
        let page = guest.browser.get(&form).await.expect(200).body;
        assert_eq!(page.contains("Online with Webex"), is_online, "{start}: {page}");
        assert!(page.contains("In person: Room 4"), "{page}");
    }
    // Whoever is held, the visitor comes to somebody who has Webex.
    let form = guest.hold("2026-11-23T12:00:00Z").await;
    guest.send(&form, &[("place", "webex:")]).await.expect(303);
    let booked = desk.bookings().await;
    let online = booked.iter().find(|booking| booking["place"]["kind"] == "webex").unwrap();
    assert_eq!(online["hosts"], json!([desk.ben.account]));
    desk.hub.stop().await;
}

#[tokio::test]
async fn a_type_that_closes_says_so_wherever_the_visitor_is() {
    let desk = Desk::open().await;
    let it = desk.in_person().await;
    let guest = Guest::of(&desk, &it).await;
    let booking = guest.book(MONDAY).await;
    let form = guest.hold("2026-11-23T12:00:00Z").await;
    let close = format!("/api/v1/appointment-types/{it}/close");
    desk.program.call(Method::POST, &close, &json!({})).await.expect(200);
    let closed = "cannot be booked at the moment";
    assert!(guest.open("").await.expect(200).body.contains(closed));
    assert!(guest.press("2026-11-23T14:00:00Z").await.expect(409).body.contains(closed));
    assert_eq!(guest.browser.get(&form).await.expect(303).location().path(), guest.path);
    let page = guest.send(&form, &[]).await.expect(409).body;
    assert!(page.contains(closed) && page.contains("value=\"Mara Visitor\""), "{page}");
    // What is booked stays booked, and can be moved.
    let page = guest.browser.get(&format!("{booking}/move")).await.expect(200).body;
    assert!(page.contains("2026-11-23T14:00:00.000Z"), "{page}");
    guest.browser.post(&format!("{booking}/move"), &[("start", "2026-11-23T14:00:00Z")]).await.expect(303);
    guest.browser.post(&format!("{booking}/cancel"), &[]).await.expect(303);
    let page = guest.browser.get(&booking).await.expect(200).body;
    assert!(page.contains("is cancelled") && !page.contains("Book another appointment"), "{page}");
    desk.hub.stop().await;
}

#[tokio::test]
async fn strange_addresses_get_a_clear_answer() {
    let desk = Desk::open().await;
    let it = desk.in_person().await;
    let guest = Guest::of(&desk, &it).await;
    for query in [
        "&month=9999-99",
        "&month=-1",
        "&month=2020-01",
        "&month=9999-12",
        "&day=2026-02-31",
        "&day=1000-01-01",
        "&duration=-1",
        "&duration=99999999999999999999",
        "&zone=Mars%2FOlympus",
        "&zone=%FF%FE",
        "&pick=zone",
        "&lang=tlh",
        "&embed=yes",
        "&hold=x",
        "&key=x",
    ] {
        let page = guest.open(query).await.expect(200).body;
        assert!(page.contains("Ask a librarian"), "{query}");
    }
    for path in [
        "/book/nobody",
        "/book/nobody/nothing",
        "/booking/nonsense",
        "/booking/nonsense/move",
        "/booking/x/invitation.ics",
    ] {
        let reply = guest.browser.get(path).await.expect(404);
        assert!(reply.body.contains("There is nothing here"), "{path}: {}", reply.body);
        assert_eq!(reply.header("cache-control"), Some("no-store"));
    }
    for start in [
        "",
        "soon",
        "2020-01-01T10:00:00Z",
        "2026-11-22T10:00:00Z",
        "9999-12-31T23:59:59Z",
        "-262143-01-01T00:00:00Z",
    ] {
        let refused = guest.press(start).await.expect(409).body;
        assert!(refused.contains("This time is not free"), "{start}: {refused}");
    }
    let details = guest.browser.get(&format!("{}/details?hold=unknown", guest.path)).await.expect(303);
    assert_eq!(details.location().path(), guest.path);
    guest.browser.post(&format!("{}/details?hold=unknown", guest.path), &[("name", "x")]).await.expect(303);
    desk.hub.stop().await;
}

#[tokio::test]
async fn a_private_type_opens_with_its_key_alone() {
    let desk = Desk::open().await;
    let it = desk.make(&desk.settings(json!({ "is_private": true }))).await;
    let guest = Guest::of(&desk, &it).await;
    guest.open("").await.expect(404);
    guest.open("&key=guessed").await.expect(404);
    let public = guest.browser.get(guest.path.rsplit_once('/').unwrap().0).await.expect(200).body;
    assert!(!public.contains("Ask a librarian"), "{public}");
    guest.press(MONDAY).await.expect(404);
    let link = text(&desk.appointment_type(&it).await, "url");
    let page = guest.browser.get(&link).await.expect(200).body;
    assert!(page.contains("Ask a librarian") && page.contains("key="), "{page}");
    desk.hub.stop().await;
}

#[tokio::test]
async fn after_the_cut_off_the_page_says_what_to_do() {
    let desk = Desk::open().await;
    let it = desk.make(&desk.settings(json!({ "cancel_cutoff": 1440 }))).await;
    let guest = Guest::of(&desk, &it).await;
    let booking = guest.book(MONDAY).await;
    let page = guest.browser.get(&booking).await.expect(200).body;
    assert!(page.contains("You can move or cancel it here until Sunday, 22 November 2026, 11:00"), "{page}");
    desk.hub.advance(Duration::from_secs(26 * 3600));
    let page = guest.browser.get(&booking).await.expect(200).body;
    assert!(
        page.contains("It is too late to move or cancel this online. Please write to ben.okafor"),
        "{page}"
    );
    guest.browser.post(&format!("{booking}/cancel"), &[]).await.expect(303);
    guest.browser.post(&format!("{booking}/move"), &[("start", "2026-11-25T10:00:00Z")]).await.expect(303);
    assert_eq!(desk.bookings().await[0]["state"], "confirmed");
    desk.hub.advance(Duration::from_secs(26 * 3600));
    let page = guest.browser.get(&booking).await.expect(200).body;
    assert!(page.contains("This appointment is over"), "{page}");
    desk.hub.stop().await;
}

#[tokio::test]
async fn only_visitors_pages_that_ask_for_it_can_be_framed() {
    let desk = Desk::open().await;
    let guest = Guest::of(&desk, &desk.in_person().await).await;
    let closed = guest.open("").await.expect(200);
    assert_eq!(closed.header("x-frame-options"), Some("DENY"));
    let open = guest.open("&embed=1").await.expect(200);
    assert_eq!(open.header("x-frame-options"), None);
    assert!(open.header("content-security-policy").unwrap().contains("frame-ancestors *"), "{open:?}");
    // The way carries it to the end, without cookies.
    let form = after(&open.body, r#"<form method="post" action=""#);
    let held = desk.hub.anyone().post(&form, &[("start", MONDAY)]).await.expect(303).location();
    let page = desk.hub.anyone().get(held.as_str()).await.expect(200).body;
    let form = after(&page, r#"<form class="card" method="post" action=""#);
    let booking = guest.send(&form, &[]).await.expect(303).location();
    assert_eq!(desk.hub.anyone().get(booking.as_str()).await.header("x-frame-options"), None);
    for path in ["/sign-in?embed=1", "/my/bookings?embed=1"] {
        assert_eq!(desk.ben.browser.get(path).await.header("x-frame-options"), Some("DENY"), "{path}");
    }
    // A form that another site sends is refused, framed or not.
    let foreign = |request: reqwest::RequestBuilder| request.header("sec-fetch-site", "cross-site");
    guest.browser.send(Method::POST, &format!("{}/hold?embed=1", guest.path), foreign).await.expect(403);
    desk.hub.stop().await;
}

#[tokio::test]
async fn a_link_to_a_booking_stays_out_of_the_log_and_of_titles() {
    let lines = crate::harness::captured();
    let desk = Desk::on(Setup::default()).await;
    let guest = Guest::of(&desk, &desk.in_person().await).await;
    let booking = guest.book(MONDAY).await;
    let token = booking.strip_prefix("/booking/").unwrap().to_owned();
    let page = guest.browser.get(&booking).await.expect(200);
    assert_eq!(page.header("x-robots-tag"), Some("noindex"));
    assert!(!after(&page.body, "<title>").contains(&token));
    guest.browser.get(&format!("{booking}/nothing")).await.expect(404);
    guest.browser.post(&format!("{booking}/arriving"), &[]).await.expect(404);
    drop(lines);
    assert!(!crate::harness::captured().contains(&token));
    desk.hub.stop().await;
}
