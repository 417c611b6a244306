//! What a host does with a booking: try again, cancel, decide about a change in Outlook.

use axum::{
    Extension,
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use http::StatusCode;
use platform::{
    Actor, Fault, Hub, Result,
    web::{Form, Page, Shell, done},
};

use super::{show, visible};
use crate::{
    booking::{self, Canceller, Refusal},
    steps,
    web::host::fields::Fields,
};

/// Tries every step again that is not done.
pub(super) async fn retry(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
) -> Result<Response> {
    let booking = visible(&hub, &actor, &id).await?;
    let words = match steps::retry(&hub, &actor, (booking.organization_id, booking.id)).await {
        Ok(()) => "It is tried again now.".to_owned(),
        // While the page was open, everything was done.
        Err(error) if error.fault == Fault::Conflict => error.say,
        Err(error) => return Err(error),
    };
    Ok(done(&format!("/my/bookings/{id}"), &words))
}

/// Cancels the booking; the visitor is told.
pub(super) async fn cancel(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
    shell: Shell,
    Form(fields): Form<Fields>,
) -> Result<Response> {
    let booking = visible(&hub, &actor, &id).await?;
    let reason = fields.text("reason");
    let key = (booking.organization_id, booking.id);
    match booking::cancel(&hub, &actor, key, (Canceller::Host, &reason)).await {
        Ok(_) => Ok(done(
            &format!("/my/bookings/{id}"),
            "Cancelled. The visitor gets a mail, and the time is free again.",
        )),
        Err(refusal) => refused(&hub, &actor, (shell, &id), (refusal, reason)).await,
    }
}

/// Follows a change in Outlook, or puts the entry back.
pub(super) async fn decide(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
    shell: Shell,
    Form(fields): Form<Fields>,
) -> Result<Response> {
    let booking = visible(&hub, &actor, &id).await?;
    let accept = match fields.text("decision").as_str() {
        "accept" => true,
        "refuse" => false,
        _ => {
            return Ok(done(
                &format!("/my/bookings/{id}"),
                "Choose whether the appointment follows or stays.",
            ));
        }
    };
    match steps::decide(&hub, &actor, (booking.organization_id, booking.id), accept).await {
        Ok(()) if accept => {
            Ok(done(&format!("/my/bookings/{id}"), "The appointment follows; the visitor gets a mail."))
        }
        Ok(()) => Ok(done(
            &format!("/my/bookings/{id}"),
            "The appointment stays; the entry in Outlook is put back.",
        )),
        Err(refusal) => refused(&hub, &actor, (shell, &id), (refusal, String::new())).await,
    }
}

/// The page again, saying why, with what was typed.
async fn refused(
    hub: &Hub,
    actor: &Actor,
    (shell, id): (Shell, &str),
    (refusal, reason): (Refusal, String),
) -> Result<Response> {
    let reason_error = refusal.field("reason", crate::texts::Language::En);
    let error = refusal.into_error();
    let status = match error.fault {
        Fault::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
        Fault::Conflict => StatusCode::CONFLICT,
        _ => return Err(error),
    };
    let booking = visible(hub, actor, id).await?;
    let say = reason_error.map_or(error.say, |wrong| format!("The reason: {wrong}"));
    let page = show::page(hub, actor, shell, booking, (Some(say), reason)).await?;
    Ok((status, Page(page)).into_response())
}
