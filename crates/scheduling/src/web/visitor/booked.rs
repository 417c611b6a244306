//! The page of a booking, for whoever has its link: what was promised, what is still arriving, and what can be done.

use accounts::Account;
use askama::Template;
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use http::header;
use invitations::Links;
use jiff::tz::TimeZone;
use platform::{Hub, Result, not_found};

use super::{
    arrivals::{Arriving, arriving},
    visit::{Frame, Visit, show},
    way::Way,
    words,
};
use crate::{
    appointment_type::{self, AppointmentType, PlaceKind},
    availability,
    booking::{Answers, Booking, Mover, Refusal, by_manage_token, check_may_change},
    hold::minutes,
    site, steps,
    texts::{Text, dates},
};

/// In the address of a booking's page: it was cancelled before it was asked to be.
pub(super) const CANCELLED_BEFORE: &str = "cancelled";

/// A booking that a visitor has the link to.
pub(super) struct Mine {
    pub booking: Booking,
    pub it: AppointmentType,
    pub organization: accounts::Organization,
    pub site: String,
    pub path: String,
}

impl Mine {
    /// The booking behind a link. Whatever is wrong with a link, it leads nowhere.
    pub(super) async fn at(hub: &Hub, token: &str) -> Result<Self> {
        let booking = by_manage_token(hub, token).await?.ok_or_else(|| not_found("booking"))?;
        let organization = booking.organization_id;
        Ok(Self {
            it: appointment_type::get(hub, organization, booking.type_id).await?,
            organization: accounts::organization(hub, organization).await?,
            site: site::slug(hub, organization).await?,
            path: format!("/booking/{token}"),
            booking,
        })
    }

    /// The language of the booking, unless the visitor chose another one since.
    pub(super) fn speaks(&self, mut visit: Visit) -> Visit {
        if !visit.chose_language() {
            visit.language = self.booking.visitor.language;
        }
        visit
    }

    pub(super) fn frame(&self, visit: &Visit, here: &str) -> Frame {
        visit.frame(Some((&self.organization.name, &self.site)), here)
    }

    /// The zone in which the visitor booked.
    pub(super) fn zone(&self, visit: &Visit) -> TimeZone {
        visit.zone_or(slots::zone(&self.booking.visitor.zone).unwrap_or(TimeZone::UTC))
    }

    pub(super) fn when(&self, visit: &Visit) -> String {
        dates::span(visit.language, (self.booking.starts_at, self.booking.ends_at), &self.zone(visit))
    }

    pub(super) fn zone_name(&self, visit: &Visit) -> String {
        self.zone(visit).iana_name().unwrap_or("UTC").to_owned()
    }

    /// Whether the visitor can move and cancel it, or why no longer.
    pub(super) fn may_change(&self, hub: &Hub) -> Result<(), Refusal> {
        check_may_change(hub, &self.booking, &self.it, Mover::Visitor)
    }

    pub(super) fn to(&self, visit: &Visit, rest: &str) -> String {
        way_on(visit).to(&format!("{}{rest}", self.path))
    }
}

/// The way from page to page of a booking.
pub(super) fn way_on(visit: &Visit) -> Way {
    let zone = visit.way.zone.clone().filter(|_| visit.has_zone());
    Way { zone, ..visit.way.leaving() }
}

#[derive(Template)]
#[template(path = "visitor/booked.html")]
struct BookedPage {
    frame: Frame,
    state: Stand,
    name: String,
    when: String,
    zone: String,
    place: String,
    /// Says how much room what is still arriving needs.
    kind: PlaceKind,
    hosts: Vec<Person>,
    visitor: String,
    visitor_email: String,
    /// The number that is called, and how a telephone is told to dial it.
    phone: Option<(String, String)>,
    answers: Answers,
    reason: Option<String>,
    is_by_host: bool,
    /// Its time is not the one that was booked first.
    is_moved: bool,
    was_cancelled_before: bool,
    arriving: Arriving,
    /// Where the arrivals are asked for again, and the page without script.
    refresh: String,
    change: Change,
    links: Option<Links>,
    file: String,
    again: Option<String>,
}

/// Where the booking stands, for the visitor.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stand {
    On,
    Past,
    Cancelled,
}

/// What the visitor can still do.
enum Change {
    Possible { until: String, move_to: String, cancel: String },
    TooLate { text: String },
    Nothing,
}

/// Somebody one meets; without an address where they wish so.
struct Person {
    name: String,
    email: Option<String>,
}

/// `GET /booking/{token}`.
pub(super) async fn booked(State(hub): State<Hub>, visit: Visit, Path(token): Path<String>) -> Response {
    let page = async {
        let mine = Mine::at(&hub, &token).await?;
        let visit = mine.speaks(visit.clone());
        Ok(show(&page(&hub, &visit, &mine).await?))
    };
    visit.answer(page.await)
}

async fn page(hub: &Hub, visit: &Visit, mine: &Mine) -> Result<BookedPage> {
    let booking = &mine.booking;
    let state = match booking.is_confirmed() {
        false => Stand::Cancelled,
        true if booking.ends_at <= hub.now() => Stand::Past,
        true => Stand::On,
    };
    let people = people(hub, booking).await?;
    let sheet = if state == Stand::On { steps::invitation(hub, booking).await? } else { None };
    let is_public = mine.it.active && mine.it.private_key.is_none();
    Ok(BookedPage {
        frame: mine.frame(visit, &mine.path),
        state,
        name: booking.type_name.clone(),
        when: mine.when(visit),
        zone: mine.zone_name(visit),
        place: words::place_name(visit.language, &booking.place),
        kind: booking.place.kind,
        change: change(hub, visit, mine, &people),
        visitor: booking.visitor.name.clone(),
        visitor_email: booking.visitor.email.clone(),
        phone: booking.visitor.phone.clone().filter(|_| booking.place.kind == PlaceKind::Phone).map(dialled),
        answers: booking.answers.clone(),
        reason: booking.cancel_reason.clone(),
        is_by_host: booking.cancelled_by.as_deref().is_some_and(|by| by != "visitor"),
        // Every move counts it up, and nothing else that leaves an appointment standing.
        is_moved: booking.sequence > 0,
        was_cancelled_before: visit.way.why.as_deref() == Some(CANCELLED_BEFORE),
        arriving: arriving(hub, visit, booking).await?,
        refresh: mine.to(visit, "/arriving"),
        links: sheet.map(|sheet| sheet.links()),
        file: mine.to(visit, "/invitation.ics"),
        again: is_public.then(|| visit.way.leaving().to(&format!("/book/{}/{}", mine.site, mine.it.slug))),
        hosts: people,
    })
}

/// A number as it is shown, and as a `tel:` address (RFC 3966) takes it.
fn dialled(shown: String) -> (String, String) {
    let digits = shown.char_indices().filter(|(at, it)| it.is_ascii_digit() || (*at == 0 && *it == '+'));
    let number = digits.map(|(_, it)| it).collect();
    (shown, number)
}

async fn people(hub: &Hub, booking: &Booking) -> Result<Vec<Person>> {
    let organization = booking.organization_id;
    let known = accounts::accounts_with(hub, organization, &booking.hosts.0).await?;
    let mut people = Vec::new();
    for host in &booking.hosts.0 {
        let Some(account) = known.iter().find(|account| account.id == *host) else { continue };
        let is_hidden = availability::of(hub, organization, *host).await?.email_hidden;
        people.push(person(account, is_hidden));
    }
    Ok(people)
}

fn person(account: &Account, is_hidden: bool) -> Person {
    Person { name: account.name.clone(), email: (!is_hidden).then(|| account.email.clone()) }
}

fn change(hub: &Hub, visit: &Visit, mine: &Mine, people: &[Person]) -> Change {
    match mine.may_change(hub) {
        Ok(()) => {
            let until = mine.booking.starts_at.before(minutes(mine.it.cancel_cutoff));
            Change::Possible {
                until: words::start(visit.language, until, &mine.zone(visit)),
                move_to: mine.to(visit, "/move"),
                cancel: mine.to(visit, "/cancel"),
            }
        }
        Err(Refusal::TooLate { .. }) => {
            let email = people.iter().find_map(|person| person.email.as_deref());
            let text = match email {
                Some(email) => {
                    Text::plain("booked-too-late-mail").with("email", email).in_language(visit.language)
                }
                None => visit.say("booked-too-late"),
            };
            Change::TooLate { text }
        }
        Err(_) => Change::Nothing,
    }
}

#[derive(Template)]
#[template(path = "visitor/arriving.html")]
struct ArrivingPart {
    frame: Frame,
    arriving: Arriving,
}

/// `GET /booking/{token}/arriving`: what has arrived by now, for the page that is open.
pub(super) async fn arriving_now(
    State(hub): State<Hub>,
    visit: Visit,
    Path(token): Path<String>,
) -> Response {
    let part = async {
        let mine = Mine::at(&hub, &token).await?;
        let visit = mine.speaks(visit.clone());
        let arriving = arriving(&hub, &visit, &mine.booking).await?;
        Ok(show(&ArrivingPart { frame: mine.frame(&visit, &mine.path), arriving }))
    };
    visit.answer(part.await)
}

/// `GET /booking/{token}/invitation.ics`: the same invitation as in the mail.
pub(super) async fn invitation(State(hub): State<Hub>, visit: Visit, Path(token): Path<String>) -> Response {
    let file = async {
        let mine = Mine::at(&hub, &token).await?;
        let sheet = steps::invitation(&hub, &mine.booking).await?.ok_or_else(|| not_found("invitation"))?;
        let kind = format!("text/calendar; charset=utf-8; method={}", sheet.method().as_str());
        let headers = [
            (header::CONTENT_TYPE, kind),
            (header::CONTENT_DISPOSITION, "attachment; filename=\"invitation.ics\"".to_owned()),
        ];
        Ok((headers, sheet.ics()?).into_response())
    };
    visit.answer(file.await)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_telephone_is_told_digits_alone() {
        let (shown, number) = dialled("+49 (30) 123-456".to_owned());
        assert_eq!((shown.as_str(), number.as_str()), ("+49 (30) 123-456", "+4930123456"));
    }
}
