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

#[tokio::test]
async fn a_move_that_was_not_read_yet_is_told_and_not_written_over() {
    let (desk, event) = written().await;
    desk.patch(&event, json!({ "start": utc("2026-11-24T12:00:00"), "end": utc("2026-11-24T12:30:00") }))
        .await;
    let later =
        Entry { start: at("2026-11-25T08:00:00Z"), end: at("2026-11-25T09:00:00Z"), ..booking("booking:1") };
    for _ in 0..2 {
        let written = desk.write(&later).await.unwrap();
        assert!(written.moved && written.skipped.is_none(), "{written:?}");
    }
    assert_eq!(desk.view().await[0]["start"]["dateTime"], "2026-11-24T12:00:00.0000000");
    let told = desk.told_above().await;
    assert_eq!((told.len(), &told[0]["change"]["kind"]), (1, &json!("moved")));
    // The room above has heard of it; what it wishes now is its decision.
    desk.settle().await;
    assert!(!desk.write(&later).await.unwrap().moved);
    assert_eq!(desk.view().await[0]["start"]["dateTime"], "2026-11-25T08:00:00.0000000");
    desk.settle().await;
    assert_eq!(desk.told_above().await.len(), 1, "our own writing is told to nobody");
}

#[tokio::test]
async fn our_own_earlier_wish_is_not_taken_for_a_move() {
    let (desk, _) = written().await;
    let to = |day: u32| Entry {
        start: at(&format!("2026-11-{day}T08:00:00Z")),
        end: at(&format!("2026-11-{day}T09:00:00Z")),
        ..booking("booking:1")
    };
    let cut = sandbox::Fault { cut: Some(sandbox::CutPoint::After), ..sandbox::Fault::default() };
    desk.spoil("PATCH", "/v1.0/me/events/*", cut, Some(1));
    desk.write(&to(24)).await.unwrap_err();
    // The next wish does not get through at once, and the calendar is read meanwhile.
    desk.spoil("GET", "/v1.0/me/*events/*", super::desk::status(503), Some(2));
    desk.write(&to(25)).await.unwrap_err();
    desk.heal();
    desk.settle().await;
    assert_eq!(desk.view().await[0]["start"]["dateTime"], "2026-11-24T08:00:00.0000000");
    assert!(desk.told_above().await.is_empty(), "nobody but us has moved it");
    assert!(!desk.write_until_done(&to(25)).await.moved);
    assert_eq!(desk.view().await[0]["start"]["dateTime"], "2026-11-25T08:00:00.0000000");
    desk.settle().await;
    assert!(desk.told_above().await.is_empty());
}

#[tokio::test]
async fn an_entry_made_all_day_is_told_in_the_hosts_days_and_can_be_put_back() {
    let (desk, event) = written().await;
    let midnight = |day: u32| utc(&format!("2026-11-{day}T00:00:00"));
    desk.patch(&event, json!({ "isAllDay": true, "start": midnight(24), "end": midnight(25) })).await;
    desk.settle().await;
    // Berlin is an hour ahead of UTC in November.
    let day =
        json!({ "kind": "moved", "start": "2026-11-23T23:00:00.000Z", "end": "2026-11-24T23:00:00.000Z" });
    let told = desk.told_above().await;
    assert_eq!((told.len(), &told[0]["change"]), (1, &day));
    desk.write(&booking("booking:1")).await.unwrap();
    let view = desk.view().await;
    assert_eq!(view[0]["start"]["dateTime"], "2026-11-23T10:00:00.0000000");
    assert_eq!(view[0]["isAllDay"], false);
    desk.settle().await;
    assert_eq!(desk.told_above().await.len(), 1);
}
