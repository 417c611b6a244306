//! What one network neighbourhood may do on the visitors' pages.

use std::time::Duration;

use serde_json::json;

use super::{
    desk::{Desk, MONDAY},
    visitor::Guest,
};

#[tokio::test]
async fn one_neighbourhood_cannot_hold_every_time() {
    let desk = Desk::open().await;
    let it = desk.make(&desk.settings(json!({ "durations": [15], "step": 15 }))).await;
    let guest = Guest::of(&desk, &it).await;
    let start = |index: u32| {
        format!("2026-11-{}T{:02}:{:02}:00Z", 23 + index / 28, 8 + index % 28 / 4, index % 4 * 15)
    };
    let press = async |index: u32| {
        // A new browser each time: nothing but the network address tells them apart.
        let path = format!("{}/hold?duration=15&zone=Europe%2FBerlin", guest.path);
        desk.hub.anyone().post(&path, &[("start", &start(index))]).await
    };
    for index in 0..30 {
        press(index).await.expect(303);
    }
    let refused = press(30).await.expect(429);
    assert!(refused.header("retry-after").unwrap().parse::<u64>().unwrap() <= 600);
    assert!(refused.body.contains("That was a lot at once"), "{}", refused.body);
    assert!(refused.body.contains("Try again after 10:10 (Europe/Berlin)"), "{}", refused.body);
    desk.hub.advance(Duration::from_secs(601));
    press(30).await.expect(303);
    desk.hub.stop().await;
}

#[tokio::test]
async fn one_booking_is_moved_ten_times_a_day_and_no_oftener() {
    let desk = Desk::open().await;
    let guest = Guest::of(&desk, &desk.make(&desk.settings(json!({}))).await).await;
    let booking = guest.book(MONDAY).await;
    let page = format!("{booking}/move");
    let press = async |index: u32| {
        let start = format!("2026-11-24T{}:00:00Z", 13 + index % 2);
        guest.browser.post(&page, &[("start", &start)]).await
    };
    for index in 0..10 {
        press(index).await.expect(303);
    }
    let mails = "SELECT COUNT(*) FROM mail";
    let db = desk.hub.hub.db();
    desk.hub.run_jobs().await;
    let before: (i64,) = db.sql(mails).one(db).await.unwrap();
    let refused = press(10).await.expect(429);
    assert!(refused.body.contains("moved very often since yesterday"), "{}", refused.body);
    desk.hub.run_jobs().await;
    let after: (i64,) = db.sql(mails).one(db).await.unwrap();
    assert_eq!(after, before, "no mail follows");
    let shown = guest.browser.get(&page).await.expect(200).body;
    assert!(shown.contains("moved very often since yesterday"), "{shown}");
    desk.hub.advance(Duration::from_secs(25 * 3600));
    press(10).await.expect(303);
    desk.hub.stop().await;
}
