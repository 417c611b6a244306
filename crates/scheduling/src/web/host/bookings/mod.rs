//! My appointments → Bookings: the list, and each booking with its steps and what can be done with it.

mod act;
mod list;
mod relocate;
mod show;
mod steps_view;

use platform::{Actor, Hub, Result, Role, not_found, web::Routes};

use super::{BOTH, desk};
use crate::booking::{self, Booking, BookingId};

pub(super) fn routes() -> Routes {
    Routes::default()
        .get("/my/bookings", BOTH, list::list)
        .get("/my/bookings/{id}", BOTH, show::show)
        .get("/my/bookings/{id}/steps", BOTH, show::steps)
        .post("/my/bookings/{id}/retry", BOTH, act::retry)
        .post("/my/bookings/{id}/cancel", BOTH, act::cancel)
        .post("/my/bookings/{id}/decide", BOTH, act::decide)
        .get("/my/bookings/{id}/move", BOTH, relocate::choose)
        .post("/my/bookings/{id}/move", BOTH, relocate::relocate)
}

/// The booking, if this person hosts it or is an administrator. To others it is not there.
async fn visible(hub: &Hub, actor: &Actor, id: &str) -> Result<Booking> {
    let person = desk(actor)?;
    let id: BookingId = id.parse().map_err(|_| not_found("booking"))?;
    let booking = booking::get(hub, person.organization, id).await?;
    if booking.hosts.0.contains(&person.account) || actor.has_role(Role::Administrator) {
        return Ok(booking);
    }
    Err(not_found("booking"))
}
