//! A server that is killed again and again while people book, move and cancel: afterwards every booking has exactly
//! what belongs to it, at Webex, in Outlook and in everybody's inbox.
//!
//! `SWITCHBOARD_KILLS` says how often; a few times without it.

mod compare;
mod lane;
mod moment;

use lane::Lane;

/// In the usual run, which has to be short.
const A_FEW: usize = 24;
/// Kills in a lane before another lane of its own server and providers goes on beside it.
const WORTH_A_LANE: usize = 12;
const MOST_LANES: usize = 6;

#[expect(clippy::disallowed_methods, reason = "tells this test how long to go on")]
fn kills() -> usize {
    std::env::var("SWITCHBOARD_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(A_FEW)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_killed_at_any_moment_leaves_one_of_everything() {
    let lanes = (kills() / WORTH_A_LANE).clamp(1, MOST_LANES);
    let kills = kills().div_ceil(lanes);
    let lanes = (1..).take(lanes).map(|seed| async move { Lane::set(seed).await.run(kills).await });
    for counted in futures_util::future::join_all(lanes).await {
        println!("{counted:?}");
        assert!(counted.kills == kills && counted.bookings >= kills, "{counted:?}");
    }
}
