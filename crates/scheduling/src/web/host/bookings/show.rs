//! One booking: who, when, where, how far its steps are, and what can be done.

use askama::Template;
use axum::{
    Extension,
    extract::{Path, State},
    response::IntoResponse,
};
use platform::{
    Actor, Hub, Result,
    web::{Page, Shell},
};

use super::{steps_view, steps_view::StepView, visible};
use crate::{
    booking::{self, Booking, MeetingSecrets, ProposedChange},
    steps,
    web::host::{People, desk, types::place_title, words},
};

#[derive(Template)]
#[template(path = "host/booking.html")]
pub(super) struct BookingPage {
    shell: Shell,
    booking: Booking,
    hosts: String,
    place: &'static str,
    length: String,
    /// The visitor's own time, where it is another one.
    visitor_time: Option<String>,
    secrets: MeetingSecrets,
    /// Why the reader does not see the meeting's password.
    secrets_hidden: bool,
    proposal: Option<String>,
    obstacle: Option<String>,
    is_over: bool,
    can_retry: bool,
    steps: Vec<StepView>,
    settled: bool,
    /// What the page around the steps shows, in short.
    gist: String,
    /// What was wrong with what the reader wanted.
    error: Option<String>,
    reason: String,
    summary: (&'static str, &'static str),
}

impl BookingPage {
    fn starts(&self) -> String {
        words::weekday_and_time(self.booking.starts_at, &self.shell.zone)
    }

    fn ends(&self) -> String {
        words::clock(self.booking.ends_at, &self.shell.zone)
    }

    /// Who cancelled it, or how that came.
    fn canceller(&self) -> &'static str {
        match self.booking.cancelled_by.as_deref() {
            Some("visitor") => "by the visitor",
            Some("host") => "by the host",
            Some("outlook") => "because its entry in Outlook was deleted",
            Some("program") => "by a program",
            _ => "",
        }
    }
}

#[derive(Template)]
#[template(path = "host/steps.html")]
struct StepsFragment {
    steps: Vec<StepView>,
    settled: bool,
    gist: String,
}

/// The page of a booking.
pub(super) async fn show(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
    shell: Shell,
) -> Result<impl IntoResponse> {
    let booking = visible(&hub, &actor, &id).await?;
    Ok(Page(page(&hub, &actor, shell, booking, (None, String::new())).await?))
}

/// How far the steps are, for the page to follow.
pub(super) async fn steps(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
    shell: Shell,
) -> Result<impl IntoResponse> {
    let booking = visible(&hub, &actor, &id).await?;
    let people = People::of(&hub, booking.organization_id).await?;
    let steps = steps::of_booking(&hub, booking.organization_id, booking.id).await?;
    let settled = steps_view::is_settled(&steps, hub.now());
    let gist = steps_view::gist(&booking, &steps);
    Ok(Page(StepsFragment { steps: steps_view::views(&shell, &booking, &steps, &people), settled, gist }))
}

/// The page, also after something was refused.
pub(super) async fn page(
    hub: &Hub,
    actor: &Actor,
    shell: Shell,
    booking: Booking,
    (error, reason): (Option<String>, String),
) -> Result<BookingPage> {
    let person = desk(actor)?;
    let people = People::of(hub, booking.organization_id).await?;
    let steps = steps::of_booking(hub, booking.organization_id, booking.id).await?;
    let is_host = booking.hosts.0.contains(&person.account);
    let secrets =
        if is_host { booking::meeting_secrets(hub, &booking).await? } else { MeetingSecrets::default() };
    let zone = slots::zone(&booking.visitor.zone).filter(|zone| *zone != shell.zone);
    let proposed = booking.proposal.as_ref();
    let views = steps_view::views(&shell, &booking, &steps, &people);
    Ok(BookingPage {
        hosts: people.names(&booking.hosts.0),
        place: place_title(booking.place.kind),
        length: words::length(booking.minutes()),
        visitor_time: zone.map(|zone| words::weekday_and_time(booking.starts_at, &zone)),
        secrets,
        secrets_hidden: !is_host && booking.meeting_secrets.is_some(),
        proposal: proposed.map(|proposal| {
            let name = people.name(proposal.account);
            match proposal.change {
                ProposedChange::Moved { start, end } => {
                    let until = words::clock(end, &shell.zone);
                    format!(
                        "{name} moved the entry in Outlook to {} (until {until}).",
                        words::weekday_and_time(start, &shell.zone)
                    )
                }
                ProposedChange::Deleted => format!("{name} deleted the entry in Outlook."),
            }
        }),
        obstacle: proposed.and_then(|proposal| proposal.obstacle.clone()),
        is_over: booking.ends_at <= shell.now,
        can_retry: steps_view::can_retry(&booking, &steps) && !steps_view::has_retry(&views),
        gist: steps_view::gist(&booking, &steps),
        settled: steps_view::is_settled(&steps, shell.now),
        summary: steps_view::summary(&booking, &steps),
        steps: views,
        error,
        reason,
        booking,
        shell,
    })
}
