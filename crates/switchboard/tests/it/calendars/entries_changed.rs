//! What a host does with our entries in Outlook is told to the room above, once and only when it is true.

use ::calendars::Entry;
use serde_json::{Value, json};

use super::desk::{Desk, at, booking, minutes};

fn utc(time: &str) -> Value {
    json!({ "dateTime": time, "timeZone": "UTC" })
}

/// The only event of the mailbox.
async fn only(desk: &Desk) -> String {
    let view = desk.view().await;
    assert_eq!(view.len(), 1, "{view:?}");
    view[0]["id"].as_str().unwrap().to_owned()
}

async fn written() -> (Desk, String) {
    let desk = Desk::open().await;
    desk.write(&booking("booking:1")).await.unwrap();
    desk.settle().await;
    let event = only(&desk).await;
    (desk, event)
}

#[tokio::test]
async fn moved_shortened_and_deleted_entries_are_told_once_each() {
    let (desk, event) = written().await;
    desk.patch(&event, json!({ "start": utc("2026-11-24T12:00:00"), "end": utc("2026-11-24T12:30:00") }))
        .await;
    desk.settle().await;
    desk.settle().await;
    let moved =
        json!({ "kind": "moved", "start": "2026-11-24T12:00:00.000Z", "end": "2026-11-24T12:30:00.000Z" });
    let told = desk.told_above().await;
    assert_eq!((told.len(), &told[0]["change"]), (1, &moved));
    assert_eq!((&told[0]["account"], &told[0]["key"]), (&json!(desk.account), &json!("booking:1")));
    desk.patch(&event, json!({ "end": utc("2026-11-24T12:15:00") })).await;
    desk.settle().await;
    assert_eq!(desk.told_above().await.len(), 2);
    assert_eq!(desk.told_above().await[1]["change"]["end"], "2026-11-24T12:15:00.000Z");
    desk.patch(&event, json!({ "subject": "Other words", "location": { "displayName": "Elsewhere" } })).await;
    desk.settle().await;
    assert_eq!(desk.told_above().await.len(), 2, "words are no change of time");
    desk.delete(&event).await;
    desk.settle().await;
    desk.settle().await;
    let told = desk.told_above().await;
    assert_eq!((told.len(), &told[2]["change"]["kind"]), (3, &json!("deleted")));
}

#[tokio::test]
async fn a_deleted_entry_can_be_written_again() {
    let (desk, event) = written().await;
    desk.delete(&event).await;
    desk.settle().await;
    assert_eq!(desk.told_above().await.len(), 1);
    let again = desk.write(&booking("booking:1")).await.unwrap();
    assert!(again.skipped.is_none());
    assert_ne!(only(&desk).await, event);
    desk.settle().await;
    assert_eq!(desk.told_above().await.len(), 1);
}

#[tokio::test]
async fn a_write_that_finds_it_deleted_tells_instead_of_making_it_anew() {
    let (desk, event) = written().await;
    desk.delete(&event).await;
    let later =
        Entry { start: at("2026-11-24T08:00:00Z"), end: at("2026-11-24T09:00:00Z"), ..booking("booking:1") };
    let written = desk.write(&later).await.unwrap();
    assert!(written.skipped.unwrap().contains("deleted in Outlook"));
    assert!(desk.view().await.is_empty());
    desk.settle().await;
    let told = desk.told_above().await;
    assert_eq!((told.len(), &told[0]["change"]["kind"]), (1, &json!("deleted")));
}

#[tokio::test]
async fn moving_it_back_is_a_wish_like_any_other() {
    let (desk, event) = written().await;
    desk.patch(&event, json!({ "start": utc("2026-11-24T12:00:00"), "end": utc("2026-11-24T12:30:00") }))
        .await;
    desk.settle().await;
    desk.write(&booking("booking:1")).await.unwrap();
    let view = desk.view().await;
    assert_eq!(view[0]["start"]["dateTime"], "2026-11-23T10:00:00.0000000");
    desk.settle().await;
    assert_eq!(desk.told_above().await.len(), 1, "our own writing is told to nobody");
    desk.patch(&event, json!({ "start": utc("2026-11-24T12:00:00"), "end": utc("2026-11-24T12:30:00") }))
        .await;
    desk.settle().await;
    assert_eq!(desk.told_above().await.len(), 2, "the same move again is another change");
}

#[tokio::test]
async fn an_entry_moved_out_of_the_window_is_moved_and_not_deleted() {
    let (desk, event) = written().await;
    desk.patch(&event, json!({ "start": utc("2027-08-24T12:00:00"), "end": utc("2027-08-24T12:30:00") }))
        .await;
    desk.settle().await;
    let told = desk.told_above().await;
    assert_eq!((told.len(), &told[0]["change"]["kind"]), (1, &json!("moved")), "{told:?}");
}

#[tokio::test]
async fn a_deletion_is_noticed_by_a_new_round_too() {
    let (desk, event) = written().await;
    desk.control("/_sandbox/resync", json!({})).await;
    desk.delete(&event).await;
    desk.settle().await;
    let told = desk.told_above().await;
    assert_eq!((told.len(), &told[0]["change"]["kind"]), (1, &json!("deleted")));
}

#[tokio::test]
async fn tidying_up_what_is_over_changes_nothing() {
    let (desk, event) = written().await;
    desk.hub.advance(super::desk::hours(72));
    desk.settle().await;
    desk.delete(&event).await;
    desk.settle().await;
    assert!(desk.told_above().await.is_empty());
}

#[tokio::test]
async fn trouble_on_the_way_to_the_truth_tells_nothing_false() {
    let (desk, event) = written().await;
    desk.patch(&event, json!({ "start": utc("2026-11-24T12:00:00"), "end": utc("2026-11-24T12:30:00") }))
        .await;
    desk.spoil("GET", "/v1.0/me/events/*", super::desk::status(503), Some(3));
    for _ in 0..5 {
        desk.pass(minutes(2)).await;
    }
    let told = desk.told_above().await;
    assert_eq!((told.len(), &told[0]["change"]["kind"]), (1, &json!("moved")));
}
