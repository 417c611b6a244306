//! A server that is killed again and again while people book, move and cancel: afterwards every booking has exactly
//! what belongs to it, at Webex, in Outlook and in everybody's inbox.
//!
//! `SWITCHBOARD_KILLS` says how often; a few times without it.

mod compare;
mod lane;
mod moment;
mod process;

use lane::Lane;

/// Lanes of their own servers and providers, side by side.
const LANES: usize = 2;
/// In the usual run, which has to be short.
const A_FEW: usize = 24;

#[expect(clippy::disallowed_methods, reason = "tells this test how long to go on")]
fn kills() -> usize {
    std::env::var("SWITCHBOARD_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(A_FEW)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_killed_at_any_moment_leaves_one_of_everything() {
    let kills = kills().div_ceil(LANES);
    let lanes = (0..LANES as u64).map(|lane| async move { Lane::set(lane + 1).await.run(kills).await });
    for counted in futures_util::future::join_all(lanes).await {
        println!("{counted:?}");
        assert!(counted.kills == kills && counted.bookings >= kills, "{counted:?}");
    }
}
