//! What one network neighbourhood may do on the visitors' pages.

use std::time::Duration;

use serde_json::json;

use super::{desk::Desk, visitor::Guest};

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
