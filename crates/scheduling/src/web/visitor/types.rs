//! What can be booked: an organization's types, and one type with its calendar.

use askama::Template;
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use http::StatusCode;
use jiff::tz::TimeZone;
use platform::{Hub, Instant, Result, not_found};

use super::{
    calendar::{Calendar, Place, Source, asks_in_vain},
    visit::{Frame, Visit, show, show_with},
    way::Way,
    words::{place_name, ways_to_meet},
};
use crate::{
    appointment_type::{self, AppointmentType, HostMode},
    booking::{Offering, Refusal, offered_places},
    site,
    texts::{Text, dates},
};

/// In the address of the calendar: the held time that was asked for is not held.
pub(super) const HOLD_OVER: &str = "hold";
/// The same: the zone was not known, and the script has put the browser's in its place.
const WRONG_ZONE: &str = "zone";

/// A type that a visitor has found, with the organization it belongs to.
pub(super) struct Found {
    pub organization: accounts::Organization,
    pub site: String,
    pub it: AppointmentType,
}

impl Found {
    /// The type at this address. A wrong key, a wrong name and a wrong organization look alike.
    pub(super) async fn at(hub: &Hub, visit: &Visit, (site, slug): (&str, &str)) -> Result<Self> {
        let missing = || not_found("appointment type");
        let organization = site::organization_at(hub, site).await?.ok_or_else(missing)?;
        let found = appointment_type::find_by_slug(hub, organization, slug).await?;
        let it = found.filter(|it| it.opens_with(visit.way.key.as_deref())).ok_or_else(missing)?;
        let organization = accounts::organization(hub, organization).await?;
        Ok(Self { organization, site: site.to_owned(), it })
    }

    pub(super) fn path(&self) -> String {
        format!("/book/{}/{}", self.site, self.it.slug)
    }

    pub(super) fn frame(&self, visit: &Visit, here: &str) -> Frame {
        visit.frame(Some((&self.organization.name, &self.site)), here)
    }

    /// The zone in which this visitor reads times.
    pub(super) fn zone(&self, visit: &Visit) -> TimeZone {
        visit.zone_or(slots::zone(&self.organization.time_zone).unwrap_or(TimeZone::UTC))
    }

    /// The length that the address asks for, if it is on offer; the usual one otherwise.
    pub(super) fn duration(&self, visit: &Visit) -> i64 {
        let asked = visit.way.duration.as_deref().and_then(|text| text.parse().ok());
        asked.filter(|asked| self.it.durations.0.contains(asked)).unwrap_or_else(|| self.it.usual_duration())
    }
}

#[derive(Template)]
#[template(path = "visitor/types.html")]
struct TypesPage {
    frame: Frame,
    organization: String,
    types: Vec<TypeCard>,
}

struct TypeCard {
    link: String,
    name: String,
    description: String,
    tags: Vec<String>,
}

/// `GET /book/{site}`: everything public.
pub(super) async fn types(State(hub): State<Hub>, visit: Visit, Path(site): Path<String>) -> Response {
    visit.answer(list(&hub, &visit, &site).await)
}

async fn list(hub: &Hub, visit: &Visit, site: &str) -> Result<Response> {
    let organization = site::organization_at(hub, site).await?;
    let organization = organization.ok_or_else(|| not_found("booking page"))?;
    let mut types = appointment_type::list(hub, organization, None).await?;
    types.retain(|it| it.active && it.private_key.is_none());
    let organization = accounts::organization(hub, organization).await?;
    let card = |it: AppointmentType| TypeCard {
        link: visit.way.leaving().to(&format!("/book/{site}/{}", it.slug)),
        tags: lengths(visit, &it).into_iter().chain(ways_to_meet(visit.language, &it.places.0)).collect(),
        name: it.name,
        description: it.description,
    };
    let frame = visit.frame(Some((&organization.name, site)), &visit.path);
    let types = types.into_iter().map(card).collect();
    Ok(show(&TypesPage { frame, organization: organization.name, types }))
}

fn lengths(visit: &Visit, it: &AppointmentType) -> Vec<String> {
    it.durations.0.iter().map(|minutes| dates::length(visit.language, *minutes)).collect()
}

#[derive(Template)]
#[template(path = "visitor/type.html")]
struct TypePage {
    frame: Frame,
    name: String,
    description: String,
    hosts: Vec<String>,
    lengths: Vec<Length>,
    places: Vec<String>,
    /// Nothing while the type takes no bookings.
    calendar: Option<Calendar>,
    notice: Option<Notice>,
    /// Why the page is not the one that the address asked for.
    remarks: Vec<String>,
}

struct Length {
    text: String,
    link: String,
    is_chosen: bool,
}

/// Why a pressed time could not be held, and what is free around it.
struct Notice {
    text: String,
    form: String,
    alternatives: Vec<(Instant, String)>,
}

/// `GET /book/{site}/{type}`: the type with its calendar.
pub(super) async fn appointment_type(
    State(hub): State<Hub>,
    visit: Visit,
    Path((site, slug)): Path<(String, String)>,
) -> Response {
    let page = async {
        let found = Found::at(&hub, &visit, (&site, &slug)).await?;
        let remarks = remarks(&hub, &visit, &found);
        Ok(show(&TypePage { remarks, ..page(&hub, &visit, &found, None).await? }))
    };
    visit.answer(page.await)
}

/// What of the address could not be followed, and why.
fn remarks(hub: &Hub, visit: &Visit, found: &Found) -> Vec<String> {
    let way = &visit.way;
    let why = way.why.as_deref();
    let is_wrong_zone = (way.zone.is_some() && !visit.has_zone()) || why == Some(WRONG_ZONE);
    let is_wrong_length = way
        .duration
        .as_ref()
        .is_some_and(|asked| asked.parse().map_or(true, |asked: i64| !found.it.durations.0.contains(&asked)));
    let is_wrong_day = asks_in_vain(hub, visit, &found.it, &found.zone(visit));
    let known = [
        (why == Some(HOLD_OVER), "calendar-hold-over"),
        (is_wrong_zone, "calendar-wrong-zone"),
        (is_wrong_length, "wrong-duration"),
        (is_wrong_day, "calendar-wrong-day"),
    ];
    let zone = found.zone(visit).iana_name().unwrap_or("UTC").to_owned();
    let say = |id: &str| Text::plain(id).with("zone", zone.clone()).in_language(visit.language);
    known.into_iter().filter(|(is_so, _)| *is_so).map(|(_, id)| say(id)).collect()
}

/// The calendar again, with why the pressed time could not be held.
pub(super) async fn refused(
    hub: &Hub,
    visit: &Visit,
    found: &Found,
    (start, refusal): (Option<Instant>, Refusal),
) -> Result<Response> {
    let zone = found.zone(visit);
    // The calendar is shown where the visitor was.
    let mut visit = visit.clone();
    if let Some(start) = start {
        visit.way.day = Some(super::calendar::date_of(start, &zone).to_string());
    }
    let notice = Notice {
        text: match &refusal {
            Refusal::Other(_) => return Err(refusal.into_error()),
            _ => visit.say(if matches!(refusal, Refusal::Taken { .. }) {
                "calendar-taken"
            } else {
                "refused-closed"
            }),
        },
        form: visit.way.onward().to(&format!("{}/hold", found.path())),
        alternatives: match refusal {
            Refusal::Taken { alternatives } => alternatives
                .into_iter()
                .map(|at| (at, super::words::start(visit.language, at, &zone)))
                .collect(),
            _ => Vec::new(),
        },
    };
    Ok(show_with(StatusCode::CONFLICT, &page(hub, &visit, found, Some(notice)).await?))
}

async fn page(hub: &Hub, visit: &Visit, found: &Found, notice: Option<Notice>) -> Result<TypePage> {
    let it = &found.it;
    let path = found.path();
    let duration = found.duration(visit);
    let form = format!("{path}/hold");
    let place = Place { page: &path, form: &form, zone: found.zone(visit), asks: false };
    let offerings = offered_places(hub, it).await?;
    let is_open = it.active && offerings.iter().any(|offering| offering.is_ready);
    let calendar = if is_open {
        Some(Calendar::read(hub, visit, &Source::Type(it, duration), &place).await?)
    } else {
        None
    };
    let length = |minutes: &i64| Length {
        text: dates::length(visit.language, *minutes),
        link: Way { duration: Some(minutes.to_string()), ..visit.way.onward() }.to(&path),
        is_chosen: *minutes == duration,
    };
    Ok(TypePage {
        frame: found.frame(visit, &path),
        name: it.name.clone(),
        description: it.description.clone(),
        hosts: named_hosts(hub, it).await?,
        lengths: it.durations.0.iter().map(length).collect(),
        places: places(visit, &offerings),
        calendar,
        notice,
        remarks: Vec::new(),
    })
}

fn places(visit: &Visit, offerings: &[Offering]) -> Vec<String> {
    let ready = offerings.iter().filter(|offering| offering.is_ready);
    ready.map(|offering| place_name(visit.language, &offering.place)).collect()
}

/// Whom one will meet, where that is certain before booking.
async fn named_hosts(hub: &Hub, it: &AppointmentType) -> Result<Vec<String>> {
    if it.mode == HostMode::Any {
        return Ok(Vec::new());
    }
    let mut names = Vec::new();
    for host in appointment_type::hosts(hub, hub.db(), it.organization_id, it.id).await? {
        names.push(accounts::account(hub, it.organization_id, host.account_id).await?.name);
    }
    Ok(names)
}

/// Goes on to another page of the visitor.
pub(super) fn go(address: &str) -> Response {
    Redirect::to(address).into_response()
}
