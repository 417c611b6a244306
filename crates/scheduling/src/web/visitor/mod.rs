//! The pages of visitors, who have no account: choosing a time, booking it, and what comes after. Everything works
//! without script and without cookies; the address carries what is needed from page to page. With `embed=1` it carries
//! that the pages are shown in a frame on another site, and only then they may be: whoever has the address could open
//! them as well, and nothing here rests on a session.

mod arrivals;
mod booked;
mod calendar;
mod change;
mod details;
mod hold;
mod limits;
mod types;
mod visit;
mod way;
mod words;

use platform::web::{Access, Routes};

/// The visitors' pages.
pub(super) fn routes() -> Routes {
    let all = Access::Public;
    Routes::default()
        .get("/book/{site}", all, types::types)
        .get("/book/{site}/{type}", all, types::appointment_type)
        .post("/book/{site}/{type}/hold", all, hold::hold)
        .post("/book/{site}/{type}/release", all, hold::release)
        .get("/book/{site}/{type}/details", all, details::details)
        .post("/book/{site}/{type}/details", all, details::book)
        .get("/booking/{token}", all, booked::booked)
        .get("/booking/{token}/arriving", all, booked::arriving_now)
        .get("/booking/{token}/invitation.ics", all, booked::invitation)
        .get("/booking/{token}/move", all, change::move_page)
        .post("/booking/{token}/move", all, change::move_booking)
        .get("/booking/{token}/cancel", all, change::cancel_page)
        .post("/booking/{token}/cancel", all, change::cancel)
}
