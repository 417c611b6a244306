//! Microsoft Graph v1.0: people, calendars, events, presence, app registrations, batches. Delegated tokens use
//! `/me` or their own `/users/{id}`, app-only tokens `/users/{id}`.

mod applications;
mod ask;
mod batch;
mod calendars;
mod concurrency;
mod directory;
mod envelope;
mod events;
mod failure;
mod filter;
mod history;
mod mailbox;
mod notifications;
mod options;
mod presence;
mod schedule;
mod subscriptions;
mod zone;

use std::collections::HashMap;

use axum::Router;
use axum::middleware::from_fn_with_state;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use self::concurrency::InFlight;
use self::mailbox::Mailbox;
use crate::routes::Routes;
use crate::seed::Person;
use crate::world::{Shared, World, lock};

pub(crate) use concurrency::limit;
pub(crate) use events::{Entry, delete_entry, entries, entry, move_entry};
pub(crate) use notifications::lifecycle;
pub(crate) use subscriptions::shown as subscriptions;

/// The state behind the Graph calls.
#[derive(Deserialize, Serialize)]
pub(crate) struct State {
    mailboxes: HashMap<String, Mailbox>,
    /// When the sandbox began: sample entries lie around this day.
    began: Timestamp,
    #[serde(skip)]
    in_flight: InFlight,
    subscriptions: Vec<subscriptions::Subscription>,
}

impl State {
    pub(crate) fn new(began: Timestamp) -> Self {
        Self { mailboxes: HashMap::new(), began, in_flight: InFlight::new(), subscriptions: Vec::new() }
    }

    /// A person's mailbox; it is made when it is first looked into.
    fn mailbox(&mut self, person: &Person) -> &mut Mailbox {
        let began = self.began;
        self.mailboxes.entry(person.email.to_lowercase()).or_insert_with(|| Mailbox::new(person, began))
    }
}

/// Makes the delta tokens of a mailbox useless, or those of all; false when nobody has that address.
pub(crate) fn forget_sync(world: &World, email: Option<&str>) -> bool {
    let people: Vec<Person> = match email {
        Some(email) => ask::find_person(world, email).into_iter().collect(),
        None => world.core().people.clone(),
    };
    let mut state = lock(&world.graph);
    for person in &people {
        state.mailbox(person).history.forget();
    }
    !people.is_empty()
}

/// The calls with their envelope.
pub(crate) fn router(world: &Shared) -> Router<Shared> {
    routes().router().layer(from_fn_with_state(world.clone(), envelope::envelope))
}

pub(crate) fn routes() -> Routes {
    events_routes(mailbox_routes(Routes::new()))
        .get("/oidc/userinfo", directory::user_info)
        .post("/oidc/userinfo", directory::user_info)
        .post("/v1.0/$batch", batch::batch)
        .get("/v1.0/subscriptions", subscriptions::list_subscriptions)
        .post("/v1.0/subscriptions", subscriptions::create_subscription)
        .get("/v1.0/subscriptions/{id}", subscriptions::get_subscription)
        .patch("/v1.0/subscriptions/{id}", subscriptions::update_subscription)
        .delete("/v1.0/subscriptions/{id}", subscriptions::delete_subscription)
        .post("/v1.0/subscriptions/{id}/reauthorize", subscriptions::reauthorize_subscription)
        .get("/v1.0/users", directory::list_users)
        .get("/v1.0/organization", directory::list_organization)
        .get("/v1.0/communications/presences/{id}", presence::get_presence_by_id)
        .post("/v1.0/communications/getPresencesByUserId", presence::get_presences)
        .get("/v1.0/applications", applications::list_applications)
        .get("/v1.0/applications/{id}", applications::get_application)
        .post("/v1.0/applications/{id}/addPassword", applications::add_password)
        .post("/v1.0/applications/{id}/removePassword", applications::remove_password)
        .get("/v1.0/servicePrincipals", applications::list_service_principals)
        .get("/v1.0/{*rest}", applications::get_keyed)
        .post("/v1.0/{*rest}", applications::change_keyed)
}

/// Mounts a call for the person who signed in and for a named one.
macro_rules! of_person {
    ($routes:expr, $($method:ident $path:literal $handler:expr),+ $(,)?) => {
        $routes$(
            .$method(concat!("/v1.0/me", $path), $handler)
            .$method(concat!("/v1.0/users/{user}", $path), $handler)
        )+
    };
}

fn mailbox_routes(routes: Routes) -> Routes {
    of_person!(
        routes,
        get "" directory::get_user,
        get "/presence" presence::get_presence,
        get "/mailboxSettings" mailbox::get_settings,
        get "/calendars" calendars::list_calendars,
        post "/calendars" calendars::create_calendar,
        get "/calendar" calendars::get_calendar,
        get "/calendars/{calendar}" calendars::get_calendar,
        post "/calendar/getSchedule" schedule::get_schedule,
    )
}

fn events_routes(routes: Routes) -> Routes {
    of_person!(
        routes,
        get "/events" events::list_events,
        post "/events" events::create_event,
        get "/events/{event}" events::get_event,
        patch "/events/{event}" events::update_event,
        delete "/events/{event}" events::delete_event,
        get "/events/{event}/instances" events::list_instances,
        get "/calendars/{calendar}/events/{event}/instances" events::list_instances,
        get "/calendar/events" events::list_events,
        post "/calendar/events" events::create_event,
        get "/calendars/{calendar}/events" events::list_events,
        post "/calendars/{calendar}/events" events::create_event,
        get "/calendars/{calendar}/events/{event}" events::get_event,
        patch "/calendars/{calendar}/events/{event}" events::update_event,
        delete "/calendars/{calendar}/events/{event}" events::delete_event,
        get "/calendarView" events::calendar_view,
        get "/calendar/calendarView" events::calendar_view,
        get "/calendars/{calendar}/calendarView" events::calendar_view,
        get "/calendarView/delta" events::calendar_view_delta,
        get "/calendar/calendarView/delta" events::calendar_view_delta,
        get "/calendars/{calendar}/calendarView/delta" events::calendar_view_delta,
        get "/calendarView/delta()" events::calendar_view_delta,
        get "/calendar/calendarView/delta()" events::calendar_view_delta,
        get "/calendars/{calendar}/calendarView/delta()" events::calendar_view_delta,
    )
}
