//! What makes a host busy: whatever Outlook shows as busy, however it is entered.

use jiff::{civil::DateTime, tz::TimeZone};
use platform::Instant;
use serde_json::{Value, json};

use super::desk::{BEN, Desk, LEILA, at, booking};
use crate::harness::Setup;

fn span(from: &str, to: &str) -> String {
    format!("{}/{}", at(from), at(to))
}

#[tokio::test]
async fn what_outlook_shows_as_busy_is_busy() {
    let desk = Desk::open().await;
    let mut expected = Vec::new();
    let ways = [
        (json!({ "showAs": "busy" }), true),
        (json!({ "showAs": "tentative" }), true),
        (json!({ "showAs": "oof" }), true),
        (json!({ "showAs": "busy", "sensitivity": "private" }), true),
        (json!({ "showAs": "free" }), false),
        (json!({ "showAs": "workingElsewhere" }), false),
    ];
    for (hour, (more, blocks)) in (10..).zip(ways) {
        let (from, to) = (format!("2026-11-24T{hour}:00:00"), format!("2026-11-24T{hour}:45:00"));
        desk.enter(&from, &to, more).await;
        if blocks {
            expected.push(span(&format!("{from}Z"), &format!("{to}Z")));
        }
    }
    desk.settle().await;
    assert_eq!(desk.times().await, expected);
}

#[tokio::test]
async fn a_day_off_is_midnight_to_midnight_where_the_host_lives() {
    let desk = Desk::open().await;
    let day = json!({ "isAllDay": true, "showAs": "oof" });
    desk.enter("2026-11-25T00:00:00", "2026-11-26T00:00:00", day).await;
    desk.settle().await;
    // Berlin is an hour ahead of UTC in November.
    assert_eq!(desk.times().await, [span("2026-11-24T23:00:00Z", "2026-11-25T23:00:00Z")]);
}

#[tokio::test]
async fn a_change_in_outlook_is_known_a_minute_later() {
    let desk = Desk::open().await;
    let id = desk.enter("2026-11-24T10:00:00", "2026-11-24T11:00:00", json!({})).await;
    desk.settle().await;
    assert_eq!(desk.times().await, [span("2026-11-24T10:00:00Z", "2026-11-24T11:00:00Z")]);
    let utc = |time: &str| json!({ "dateTime": time, "timeZone": "UTC" });
    desk.patch(&id, json!({ "start": utc("2026-11-26T12:00:00"), "end": utc("2026-11-26T13:00:00") })).await;
    desk.settle().await;
    assert_eq!(desk.times().await, [span("2026-11-26T12:00:00Z", "2026-11-26T13:00:00Z")]);
    desk.patch(&id, json!({ "showAs": "free" })).await;
    desk.settle().await;
    assert!(desk.times().await.is_empty());
    desk.patch(&id, json!({ "showAs": "busy" })).await;
    desk.settle().await;
    assert_eq!(desk.times().await.len(), 1);
    desk.delete(&id).await;
    desk.settle().await;
    assert!(desk.times().await.is_empty());
}

#[tokio::test]
async fn a_series_is_busy_at_each_of_its_dates_but_for_its_exceptions() {
    let desk = Desk::open().await;
    let daily = json!({ "recurrence": {
        "pattern": { "type": "daily", "interval": 1 },
        "range": { "type": "numbered", "startDate": "2026-11-23", "numberOfOccurrences": 4 },
    } });
    let series = desk.enter("2026-11-23T08:00:00", "2026-11-23T09:00:00", daily).await;
    desk.settle().await;
    let day = |day: u32| span(&format!("2026-11-{day}T08:00:00Z"), &format!("2026-11-{day}T09:00:00Z"));
    assert_eq!(desk.times().await, [day(23), day(24), day(25), day(26)]);

    let occurrence = |day: &str| {
        let found = desk.view();
        let day = day.to_owned();
        async move {
            let all = found.await;
            let found =
                all.iter().find(|event| event["start"]["dateTime"].as_str().unwrap().starts_with(&day));
            found.unwrap()["id"].as_str().unwrap().to_owned()
        }
    };
    desk.delete(&occurrence("2026-11-24").await).await;
    let utc = |time: &str| json!({ "dateTime": time, "timeZone": "UTC" });
    let moved = json!({ "start": utc("2026-11-25T15:00:00"), "end": utc("2026-11-25T16:00:00") });
    desk.patch(&occurrence("2026-11-25").await, moved).await;
    desk.settle().await;
    let elsewhere = span("2026-11-25T15:00:00Z", "2026-11-25T16:00:00Z");
    assert_eq!(desk.times().await, [day(23), elsewhere.clone(), day(26)]);

    // Occurrences come bare: what makes them busy stands at the series.
    desk.patch(&series, json!({ "showAs": "free" })).await;
    desk.settle().await;
    let left = desk.times().await;
    assert!(!left.contains(&day(23)) && !left.contains(&day(26)), "{left:?}");
    desk.delete(&series).await;
    desk.settle().await;
    assert!(desk.times().await.is_empty());
}

/// The oracle: what the mailbox itself lists, by the rule that Outlook documents.
fn blocking(events: &[Value], home: &TimeZone) -> Vec<(Instant, Instant)> {
    let time = |event: &Value, name: &str| -> Instant {
        let local: DateTime = event[name]["dateTime"].as_str().unwrap().parse().unwrap();
        let zone = if event["isAllDay"] == true { home.clone() } else { TimeZone::UTC };
        zone.to_timestamp(local).unwrap().into()
    };
    let blocks = |event: &&Value| {
        ["busy", "tentative", "oof"].contains(&event["showAs"].as_str().unwrap())
            && event["isCancelled"] == false
            && event["start"]["timeZone"] == "UTC"
    };
    let mut spans: Vec<_> =
        events.iter().filter(blocks).map(|event| (time(event, "start"), time(event, "end"))).collect();
    spans.sort();
    spans
}

#[tokio::test]
async fn a_believable_week_is_read_as_outlook_shows_it() {
    let desk = Desk::of(LEILA, Setup::default()).await;
    let home = TimeZone::get("Europe/Berlin").unwrap();
    let all = desk.view().await;
    let expected = blocking(&all, &home);
    assert!(expected.len() >= 5, "{all:?}");
    let found = desk.busy_of("2026-11-21T00:00:00Z", "2026-12-01T00:00:00Z").await;
    let mut found: Vec<_> = found.busy.iter().map(|busy| (busy.start, busy.end)).collect();
    found.sort();
    for span in &expected {
        assert!(found.contains(span), "{span:?} is missing in {found:?}");
    }
    let odd = all.iter().filter(|event| event["start"]["timeZone"] != "UTC").count();
    assert!(found.len() <= expected.len() + odd, "{found:?} {expected:?}");
}

#[tokio::test]
async fn several_calendars_make_busy_together_and_our_own_entries_do_not() {
    let desk = Desk::open().await;
    let made = desk.outlook(reqwest::Method::POST, "/v1.0/me/calendars", &json!({ "name": "Shifts" })).await;
    let shifts = made.expect(201).json()["id"].as_str().unwrap().to_owned();
    desk.host.get("/my/calendars").await.expect(200);
    let id = super::desk::text(&desk.calendars().await["Shifts"], "id");
    let choice = json!({ "makes_busy": true, "receives_bookings": false, "when_unreadable": "closed" });
    desk.choose(&id, choice).await.expect(200);
    desk.enter_in(&format!("me/calendars/{shifts}"), "2026-11-24T06:00:00", "2026-11-24T14:00:00", json!({}))
        .await;
    desk.enter("2026-11-25T10:00:00", "2026-11-25T11:00:00", json!({})).await;
    ::calendars::write_entry(&desk.hub.hub, desk.organization, desk.account, &booking("booking:1"))
        .await
        .unwrap();
    desk.settle().await;
    let expected = [
        span("2026-11-24T06:00:00Z", "2026-11-24T14:00:00Z"),
        span("2026-11-25T10:00:00Z", "2026-11-25T11:00:00Z"),
    ];
    assert_eq!(desk.times().await, expected);
    assert_eq!(desk.email, BEN);
}

#[tokio::test]
async fn an_entry_of_ours_that_its_host_moved_makes_busy_where_it_is_now() {
    let desk = Desk::open().await;
    desk.write(&booking("booking:1")).await.unwrap();
    desk.settle().await;
    assert!(desk.times().await.is_empty());
    let event = super::desk::text(&desk.view().await[0], "id");
    let utc = |time: &str| json!({ "dateTime": time, "timeZone": "UTC" });
    desk.patch(&event, json!({ "start": utc("2026-11-24T12:00:00"), "end": utc("2026-11-24T12:30:00") }))
        .await;
    desk.settle().await;
    assert_eq!(desk.times().await, [span("2026-11-24T12:00:00Z", "2026-11-24T12:30:00Z")]);
    desk.write(&booking("booking:1")).await.unwrap();
    desk.settle().await;
    assert!(desk.times().await.is_empty(), "it was put back");
}

#[tokio::test]
async fn times_beyond_what_is_read_are_closed() {
    let desk = Desk::open().await;
    let known: Instant = at(&super::desk::text(&desk.own().await, "known_until"));
    let found = desk.busy_of("2026-11-23T00:00:00Z", "2027-06-01T00:00:00Z").await.busy;
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].start, found[0].end, found[0].unreadable),
        (known, at("2027-06-01T00:00:00Z"), true)
    );
    let all =
        ::calendars::busy(&desk.hub.hub, desk.organization, &[], at("2026-11-23T00:00:00Z"), known).await;
    assert!(all.unwrap().is_empty());
}
