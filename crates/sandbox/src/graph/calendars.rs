//! Calendars of a mailbox.

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::ask::{Ask, Body, Paging, with_context};
use super::failure::Failure;
use super::mailbox::Mailbox;
use crate::seed::Person;
use crate::world::{Shared, lock};

/// Permissions that open calendars for reading.
pub(super) const READ: [&str; 6] = [
    "Calendars.ReadBasic",
    "Calendars.ReadBasic.All",
    "Calendars.Read",
    "Calendars.Read.Shared",
    "Calendars.ReadWrite",
    "Calendars.ReadWrite.Shared",
];
/// Permissions that open calendars for writing.
pub(super) const WRITE: [&str; 2] = ["Calendars.ReadWrite", "Calendars.ReadWrite.Shared"];

const MOST_CALENDARS: usize = 500;
const LONGEST_NAME: usize = 255;
const COLORS: [&str; 10] = [
    "auto",
    "lightBlue",
    "lightGreen",
    "lightOrange",
    "lightGray",
    "lightYellow",
    "lightTeal",
    "lightPink",
    "lightBrown",
    "lightRed",
];

/// One calendar.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Calendar {
    pub(super) id: String,
    pub(super) change_key: String,
    pub(super) name: String,
    pub(super) color: String,
    pub(super) is_default: bool,
    pub(super) can_edit: bool,
    pub(super) is_removable: bool,
}

impl Calendar {
    fn json(&self, owner: &Person, teams: bool) -> Value {
        let providers: &[&str] = if teams { &["teamsForBusiness"] } else { &[] };
        json!({
            "id": self.id,
            "name": self.name,
            "color": self.color,
            "hexColor": "",
            "isDefaultCalendar": self.is_default,
            "changeKey": self.change_key,
            "canShare": self.can_edit,
            "canViewPrivateItems": true,
            "canEdit": self.can_edit,
            "allowedOnlineMeetingProviders": providers,
            "defaultOnlineMeetingProvider": providers.first().unwrap_or(&"unknown"),
            "isTallyingResponses": self.is_default,
            "isRemovable": self.is_removable,
            "owner": {"name": owner.display_name(), "address": owner.email},
        })
    }
}

/// GET /me/calendars
pub(super) async fn list_calendars(State(world): State<Shared>, ask: Ask) -> Result<Response, Failure> {
    let person = ask.mailbox(&world, &READ)?;
    let teams = world.switches().has_teams(&person.email);
    let calendars = {
        let mut state = lock(&world.graph);
        let mailbox = state.mailbox(&person);
        mailbox.calendars.iter().map(|calendar| calendar.json(&person, teams)).collect()
    };
    let context = format!("users('{}')/calendars", person.entra_id());
    ask.collection(&world, &Paging::outlook(context), calendars)
}

/// POST /me/calendars
pub(super) async fn create_calendar(
    State(world): State<Shared>,
    ask: Ask,
    body: Body,
) -> Result<Response, Failure> {
    let person = ask.mailbox(&world, &WRITE)?;
    let name = body.get("name").as_str().map(str::trim).filter(|name| !name.is_empty());
    let name = name.ok_or_else(|| {
        Failure::invalid("ErrorInvalidRequest", "The Name property of a calendar must not be empty.")
    })?;
    let color = body.get("color").as_str().unwrap_or("auto");
    if !COLORS.contains(&color) {
        return Err(Failure::invalid("ErrorInvalidArgument", "The color is not one of Outlook's."));
    }
    let name: String = name.chars().take(LONGEST_NAME).collect();
    let created = insert(lock(&world.graph).mailbox(&person), name, color)?;
    let context = format!("users('{}')/calendars/$entity", person.entra_id());
    let teams = world.switches().has_teams(&person.email);
    Ok(ask.one(StatusCode::CREATED, with_context(&world, &context, created.json(&person, teams))))
}

fn insert(mailbox: &mut Mailbox, name: String, color: &str) -> Result<Calendar, Failure> {
    if mailbox.calendars.iter().any(|calendar| calendar.name.eq_ignore_ascii_case(&name)) {
        let message = "A folder with the specified name already exists.";
        return Err(Failure::new(StatusCode::CONFLICT, "ErrorFolderExists", message));
    }
    if mailbox.calendars.len() >= MOST_CALENDARS {
        return Err(Failure::invalid("ErrorInvalidRequest", "There are too many calendars in the mailbox."));
    }
    let number = mailbox.next();
    let calendar = Calendar {
        id: mailbox.id("AQMkA", number),
        change_key: mailbox.change_key(number),
        name,
        color: color.to_owned(),
        is_default: false,
        can_edit: true,
        is_removable: true,
    };
    mailbox.calendars.push(calendar.clone());
    Ok(calendar)
}

/// GET /me/calendar and GET /me/calendars/{calendar}
pub(super) async fn get_calendar(State(world): State<Shared>, ask: Ask) -> Result<Response, Failure> {
    let person = ask.mailbox(&world, &READ)?;
    let calendar = {
        let mut state = lock(&world.graph);
        let mailbox = state.mailbox(&person);
        match ask.param("calendar") {
            "" => mailbox.default_calendar().cloned().ok_or_else(Failure::item_not_found)?,
            id => mailbox.calendar(id)?.clone(),
        }
    };
    let context = format!("users('{}')/calendars/$entity", person.entra_id());
    let teams = world.switches().has_teams(&person.email);
    Ok(ask.one(StatusCode::OK, with_context(&world, &context, calendar.json(&person, teams))))
}
