//! The visitors' pages speak the visitor's language and clock.

use reqwest::{Method, header};

use super::{
    desk::{Desk, MONDAY},
    visitor::{Guest, after},
};

#[tokio::test]
async fn the_browser_chooses_the_language_and_the_visitor_another_one() {
    let desk = Desk::open().await;
    let guest = Guest::of(&desk, &desk.in_person().await).await;
    let german = |request: reqwest::RequestBuilder| request.header(header::ACCEPT_LANGUAGE, "de-DE,en;q=0.5");
    let page = guest.browser.send(Method::GET, &guest.path, german).await.expect(200).body;
    assert!(page.contains(r#"<html lang="de">"#) && page.contains("Montag, 23. November 2026"), "{page}");
    let missing = guest.browser.send(Method::GET, "/book/niemand", german).await.expect(404).body;
    assert!(missing.contains("Hier ist nichts"), "{missing}");
    // Chosen once, it stays, whatever the browser says.
    guest.browser.get(&format!("{}?lang=en", guest.path)).await.expect(200);
    let page = guest.browser.send(Method::GET, &guest.path, german).await.expect(200).body;
    assert!(page.contains(r#"<html lang="en">"#), "{page}");
    desk.hub.stop().await;
}

#[tokio::test]
async fn a_booking_keeps_the_language_in_which_it_was_made() {
    let desk = Desk::open().await;
    let guest = Guest::of(&desk, &desk.in_person().await).await;
    let path = format!("{}/hold?zone=Europe%2FBerlin&duration=30&lang=de", guest.path);
    let held = guest.browser.post(&path, &[("start", MONDAY)]).await.expect(303).location();
    let page = guest.browser.get(held.as_str()).await.expect(200).body;
    assert!(page.contains("Montag, 23. November 2026, 11:00–11:30") && page.contains("reserviert"), "{page}");
    let form = after(&page, r#"<form class="card" method="post" action=""#);
    let wrong = guest.send(&form, &[("email", "nein")]).await.expect(422).body;
    assert!(wrong.contains("Das ist keine E-Mail-Adresse"), "{wrong}");
    let booking = guest.send(&form, &[]).await.expect(303).location();
    // From the mail, with another browser.
    let page = desk.hub.anyone().get(booking.path()).await.expect(200).body;
    assert!(page.contains("Sie haben einen Termin"), "{page}");
    let english = desk.hub.anyone().get(&format!("{}?lang=en", booking.path())).await.expect(200).body;
    assert!(english.contains("You have an appointment"), "{english}");
    desk.hub.stop().await;
}

#[tokio::test]
async fn days_and_times_are_those_of_the_visitors_zone() {
    let desk = Desk::open().await;
    let guest = Guest::of(&desk, &desk.in_person().await).await;
    let at = async |query: &str| guest.browser.get(&format!("{}?{query}", guest.path)).await.expect(200).body;
    // Nine in Berlin is five in the evening in Tokyo, and still Sunday night in Honolulu.
    let tokyo = at("zone=Asia%2FTokyo&day=2026-11-23").await;
    assert!(tokyo.contains(r#"value="2026-11-23T08:00:00.000Z">17:00"#), "{tokyo}");
    let honolulu = at("zone=Pacific%2FHonolulu&day=2026-11-22").await;
    assert!(honolulu.contains("Sunday, 22 November 2026, 4 free times"), "{honolulu}");
    assert!(honolulu.contains(r#"value="2026-11-23T08:00:00.000Z">22:00"#), "{honolulu}");
    // On the day when clocks change, every time says its offset.
    let sydney = at("zone=Australia%2FLord_Howe&month=2027-04").await;
    assert!(sydney.contains("April 2027"), "{sydney}");
    let zones = at("pick=zone").await;
    assert!(
        zones.contains("<option>Asia/Kolkata") && zones.contains("<option selected>Europe/Berlin"),
        "{zones}"
    );
    desk.hub.stop().await;
}
