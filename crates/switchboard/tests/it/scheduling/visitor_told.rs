//! What visitors and hosts are told on the pages of a booking: before it is moved, when an address asks for what there is
//! not, and while its steps are under way.

use serde_json::json;

use super::{
    desk::{Desk, MONDAY, status, text},
    visitor::{Guest, after},
};

#[tokio::test]
async fn a_pressed_time_moves_nothing_until_it_is_confirmed() {
    let desk = Desk::connected().await;
    let guest = Guest::of(&desk, &desk.online("webex").await).await;
    let booking = guest.book("2026-11-25T10:00:00Z").await;
    desk.hub.run_jobs().await;
    let page = guest.browser.get(&format!("{booking}/move")).await.expect(200).body;
    assert!(page.contains(r#"<h2 id="day">Wednesday, 25 November 2026"#), "opens on its day: {page}");
    assert!(page.contains(r#"<form method="get""#), "{page}");
    let asked = format!("{booking}/move?start=2026-11-24T13%3A00%3A00Z");
    let sure = guest.browser.get(&asked).await.expect(200).body;
    assert!(sure.contains("Move this appointment?") && sure.contains("Host and meeting link stay"), "{sure}");
    assert!(sure.contains("25 November 2026, 11:00–11:30") && sure.contains("24 November 2026, 14:00–14:30"));
    assert_eq!(desk.bookings().await[0]["start"], "2026-11-25T10:00:00.000Z", "nothing has moved");
    let start = after(&sure, r#"name="start" value=""#);
    guest.browser.post(&format!("{booking}/move"), &[("start", &start)]).await.expect(303);
    let page = guest.browser.get(&booking).await.expect(200).body;
    assert!(page.contains("It was moved to Tuesday, 24 November 2026, 14:00–14:30"), "{page}");
    assert!(page.contains("The meeting is being updated") && page.contains("Join the meeting"), "{page}");
    assert!(!page.contains("It is booked") && !page.contains("is being made"), "{page}");
    desk.hub.stop().await;
}

#[tokio::test]
async fn only_a_meeting_with_a_link_keeps_it_when_it_is_moved() {
    let desk = Desk::open().await;
    let guest = Guest::of(&desk, &desk.in_person().await).await;
    let booking = guest.book(MONDAY).await;
    for query in ["", "?start=2026-11-24T13%3A00%3A00Z"] {
        let page = guest.browser.get(&format!("{booking}/move{query}")).await.expect(200).body;
        assert!(page.contains("The host stays the same") && !page.contains("meeting link"), "{page}");
    }
    desk.hub.stop().await;
}

#[tokio::test]
async fn what_an_address_asks_in_vain_is_said() {
    let desk = Desk::open().await;
    let guest = Guest::of(&desk, &desk.in_person().await).await;
    let page = guest.browser.get(&format!("{}?zone=Mars%2FOlympus", guest.path)).await.expect(200).body;
    assert!(
        page.contains("time zone of this link is not known") && page.contains("data-guess-zone"),
        "{page}"
    );
    for (query, said) in [
        ("&day=2020-01-01", "The day of this link cannot be booked"),
        ("&day=soon", "The day of this link cannot be booked"),
        ("&duration=7", "This length is not on offer"),
        ("&why=zone", "time zone of this link is not known"),
    ] {
        let page = guest.open(query).await.expect(200).body;
        assert!(page.contains(said), "{query}: {page}");
    }
    let fine = guest.open("&day=2026-11-23&duration=30").await.expect(200).body;
    assert!(!fine.contains("class=\"notice"), "{fine}");
    let forged = guest.browser.get(&format!("{}/details?hold=forged", guest.path)).await.expect(303);
    let page = guest.browser.get(forged.location().as_str()).await.expect(200).body;
    assert!(page.contains("not held for you any more"), "{page}");
    desk.hub.stop().await;
}

#[tokio::test]
async fn by_phone_the_number_that_is_called_is_asked_for_and_shown() {
    let desk = Desk::open().await;
    let it = desk.make(&desk.settings(json!({ "places": [{ "kind": "phone" }] }))).await;
    let guest = Guest::of(&desk, &it).await;
    let form = guest.hold(MONDAY).await;
    let refused = guest.send(&form, &[("place", "phone:")]).await.expect(422).body;
    assert!(refused.contains("We call you, so your number is needed."), "{refused}");
    let more = [("place", "phone:"), ("phone", "+49 (30) 123-456")];
    let booking = guest.send(&form, &more).await.expect(303).location();
    let page = guest.browser.get(booking.as_str()).await.expect(200).body;
    assert!(page.contains(r#"We call you at</dt><dd><a href="tel:+4930123456">"#), "{page}");
    desk.hub.stop().await;
}

#[tokio::test]
async fn a_second_cancellation_is_told_that_there_was_a_first() {
    let desk = Desk::open().await;
    let guest = Guest::of(&desk, &desk.in_person().await).await;
    let booking = guest.book(MONDAY).await;
    let cancel = format!("{booking}/cancel");
    let first = guest.browser.post(&cancel, &[]).await.expect(303).location();
    let page = guest.browser.get(first.as_str()).await.expect(200).body;
    assert!(!page.contains("cancelled before"), "{page}");
    let again = guest.browser.post(&cancel, &[]).await.expect(303).location();
    let page = guest.browser.get(again.as_str()).await.expect(200).body;
    assert!(page.contains("This appointment was cancelled before; nothing is left to do."), "{page}");
    desk.hub.stop().await;
}

#[tokio::test]
async fn a_hosts_page_is_loaded_anew_when_more_than_its_steps_changes() {
    let desk = Desk::connected().await;
    let it = desk.online("webex").await;
    desk.spoil("POST", "/v1/meetings", status(503), None);
    let booking = text(&desk.booked(&it, MONDAY).await, "id");
    desk.hub.run_jobs().await;
    let path = format!("/my/bookings/{booking}");
    let page = desk.ben.browser.get(&path).await.expect(200).body;
    let shown = after(&page, r#"data-shown=""#);
    let steps = desk.ben.browser.get(&format!("{path}/steps")).await.expect(200).body;
    assert_eq!(after(&steps, r#"data-state=""#), shown, "nothing has changed yet");
    assert_eq!(steps.matches("Retry now").count(), 1, "at the step in trouble: {steps}");
    assert!(!page.contains("was lost"), "Webex has answered: {page}");
    desk.heal();
    desk.ben.browser.post(&format!("{path}/retry"), &[]).await.expect(303);
    desk.hub.run_jobs().await;
    desk.settle().await;
    let steps = desk.ben.browser.get(&format!("{path}/steps")).await.expect(200).body;
    assert_ne!(after(&steps, r#"data-state=""#), shown, "its link has come: {steps}");
    desk.ben.browser.post(&format!("{path}/cancel"), &[]).await.expect(303);
    desk.hub.run_jobs().await;
    let page = desk.ben.browser.get(&path).await.expect(200).body;
    assert!(page.contains(r#"Webex meeting</strong> <span class="state">Removed"#), "{page}");
    desk.hub.stop().await;
}
