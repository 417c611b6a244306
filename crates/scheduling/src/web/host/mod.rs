//! The pages on which hosts and administrators set up appointments and look after bookings.

mod banner;
mod bookings;
mod fields;
mod hours;
mod people;
mod store;
mod types;
mod week;
mod words;

use platform::{
    Actor, Error, Fault, Result, Role,
    actor::Person,
    forbidden,
    web::{Access, Routes},
};

pub(crate) use banner::banner;
use people::People;

/// The pages with who may see them. Hosts see what is theirs, administrators everything; [`desk`] tells the rest.
pub(super) fn routes() -> Routes {
    types::routes().merge(hours::routes()).merge(week::routes()).merge(bookings::routes())
}

/// Where both hosts and administrators work.
const BOTH: Access = Access::SignedIn;

/// The person at work, who is a host or an administrator. For everybody else the page is not there.
fn desk(actor: &Actor) -> Result<&Person> {
    let person = actor.person().ok_or_else(|| forbidden("This page is for people."))?;
    if actor.has_role(Role::Host) || actor.has_role(Role::Administrator) {
        return Ok(person);
    }
    Err(Error::new(
        Fault::NotFound,
        "Appointments are for hosts. An administrator can make you one under Admin → Accounts.",
    ))
}

/// Only wrong fields; anything else goes its usual way.
fn is_invalid(error: &Error) -> bool {
    matches!(error.fault, Fault::Invalid(_))
}
