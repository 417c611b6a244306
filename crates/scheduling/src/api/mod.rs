//! The JSON API of this room: appointment types, hours, free times, holds and bookings. Programs and administrators see
//! everything of their organization; hosts what they host or made.

mod availability;
mod booking_body;
mod bookings;
mod holds;
mod refused;
mod sight;
mod slots;
mod types;

use platform::{
    Role, Scope,
    web::{Access, Routes},
};
use utoipa_axum::routes;

/// Who signs in and has to do with appointments.
const PEOPLE: &[Role] = &[Role::Administrator, Role::Host];

/// The operations with who may call them.
pub(crate) fn routes() -> Routes {
    let read = Access::ApiAny(Scope::AppointmentsRead, PEOPLE);
    let write = Access::ApiAny(Scope::AppointmentsWrite, PEOPLE);
    Routes::default()
        .api(read, routes!(types::list_appointment_types))
        .api(write, routes!(types::create_appointment_type))
        .api(read, routes!(types::get_appointment_type))
        .api(write, routes!(types::replace_appointment_type))
        .api(write, routes!(types::open_appointment_type))
        .api(write, routes!(types::close_appointment_type))
        .api(read, routes!(availability::get_availability))
        .api(write, routes!(availability::replace_availability))
        .api(read, routes!(slots::list_slots))
        .api(read, routes!(slots::explain_slots))
        .api(write, routes!(holds::create_hold))
        .api(write, routes!(holds::release_hold))
        .api(write, routes!(bookings::create_booking))
        .api(read, routes!(bookings::list_bookings))
        .api(read, routes!(bookings::get_booking))
        .api(write, routes!(bookings::reschedule_booking))
        .api(write, routes!(bookings::cancel_booking))
        .api(write, routes!(bookings::retry_booking))
        .api(write, routes!(bookings::decide_proposal))
}
