//! Making, changing, opening and closing an appointment type.

use std::fmt::Display;

use askama::Template;
use axum::{
    Extension,
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use http::StatusCode;
use platform::{
    Actor, Error, Fault, Hub, Result, Role,
    actor::Person,
    id::AccountId,
    invalid,
    web::{FieldErrors, Form, FormAgain, Page, Shell, done},
};

use super::{
    form::{Typed, place_title, question_title},
    visible,
};
use crate::{
    appointment_type::{self, AppointmentType, HostMode, OutlookChanges, PlaceKind, QuestionKind, TypeInput},
    site,
    web::host::{People, desk, fields::Fields, is_invalid},
};

/// The page where types are listed.
const LIST: &str = "/my/appointment-types";

/// A type that exists already, with its links.
struct Existing {
    it: AppointmentType,
    link: String,
    embed: String,
}

#[derive(Template)]
#[template(path = "host/type.html")]
struct TypePage {
    shell: Shell,
    existing: Option<Existing>,
    typed: Typed,
    errors: FieldErrors,
    error: Option<String>,
    /// Which accounts can be chosen: id, name, remark, chosen.
    hosts: Vec<(String, String, String, bool)>,
    modes: Vec<(&'static str, &'static str)>,
    kinds: Vec<(&'static str, &'static str)>,
    question_kinds: Vec<(&'static str, &'static str)>,
    policies: Vec<(&'static str, &'static str)>,
    placeholders: [(&'static str, &'static str); 8],
    /// Which kind of row was just added, to put the cursor there.
    added: String,
}

impl TypePage {
    /// What is wrong with a field of a row.
    fn wrong(&self, row: &str, number: impl Display, field: &str) -> &str {
        self.errors.at(&format!("{row}-{number}-{field}"))
    }
}

/// What is shown again: what was typed, and what was wrong with it.
#[derive(Default)]
struct Again {
    error: Option<Error>,
    added: String,
}

/// The form for a new type.
pub(super) async fn new_form(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    shell: Shell,
) -> Result<impl IntoResponse> {
    let person = desk(&actor)?;
    let mut suggested = TypeInput::suggested(person.account);
    if !actor.has_role(Role::Host) {
        suggested.hosts.clear();
    }
    let typed = Typed::of(&suggested, 0);
    Ok(Page(page(&hub, (&actor, person), shell, (None, typed), Again::default()).await?))
}

/// Makes a type.
pub(super) async fn create(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    shell: Shell,
    Form(fields): Form<Fields>,
) -> Result<Response> {
    let person = desk(&actor)?;
    let typed = Typed::sent(&fields);
    if fields.has("add") {
        let again = Again { error: None, added: fields.text("add") };
        return Ok(Page(page(&hub, (&actor, person), shell, (None, typed), again).await?).into_response());
    }
    let made = match typed.read() {
        (input, errors) if errors.is_empty() => appointment_type::create(&hub, &actor, input).await,
        (_, errors) => Err(invalid(errors)),
    };
    match made {
        Ok(id) => {
            Ok(done(&format!("{LIST}/{id}"), "The appointment type is there. Share its link with visitors."))
        }
        Err(error) if is_invalid(&error) => {
            let again = Again { error: Some(error), added: String::new() };
            Ok(FormAgain(page(&hub, (&actor, person), shell, (None, typed), again).await?).into_response())
        }
        Err(error) => Err(error),
    }
}

/// A type with its links and its form.
pub(super) async fn show(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
    shell: Shell,
) -> Result<impl IntoResponse> {
    let person = desk(&actor)?;
    let (it, hosts) = visible(&hub, &actor, &id).await?;
    let typed = Typed::of(&TypeInput::of(&it, hosts), it.version);
    Ok(Page(page(&hub, (&actor, person), shell, (Some(it), typed), Again::default()).await?))
}

/// Saves a type. When somebody else was faster, what was typed is kept and can be saved over theirs.
pub(super) async fn save(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
    shell: Shell,
    Form(fields): Form<Fields>,
) -> Result<Response> {
    let person = desk(&actor)?;
    let (it, _) = visible(&hub, &actor, &id).await?;
    let mut typed = Typed::sent(&fields);
    if fields.has("add") {
        let again = Again { error: None, added: fields.text("add") };
        return Ok(Page(page(&hub, (&actor, person), shell, (Some(it), typed), again).await?).into_response());
    }
    let version = typed.version.parse().unwrap_or(0);
    let saved = match typed.read() {
        (input, errors) if errors.is_empty() => {
            appointment_type::edit(&hub, &actor, it.id, version, input).await
        }
        (_, errors) => Err(invalid(errors)),
    };
    let Err(error) = saved else { return Ok(done(&format!("{LIST}/{id}"), "Saved.")) };
    let status = match error.fault {
        Fault::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
        Fault::Conflict => {
            typed.version =
                appointment_type::get(&hub, person.organization, it.id).await?.version.to_string();
            StatusCode::CONFLICT
        }
        _ => return Err(error),
    };
    let again = Again { error: Some(error), added: String::new() };
    Ok((status, Page(page(&hub, (&actor, person), shell, (Some(it), typed), again).await?)).into_response())
}

/// Takes bookings from now on.
pub(super) async fn open(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
) -> Result<Response> {
    let (it, _) = visible(&hub, &actor, &id).await?;
    appointment_type::set_active(&hub, &actor, it.id, true).await?;
    Ok(done(&format!("{LIST}/{id}"), "Visitors can book this now."))
}

/// Takes no more bookings; what is booked stays booked.
pub(super) async fn close(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
) -> Result<Response> {
    let (it, _) = visible(&hub, &actor, &id).await?;
    appointment_type::set_active(&hub, &actor, it.id, false).await?;
    Ok(done(&format!("{LIST}/{id}"), "Nobody can book this any more. What is booked stays booked."))
}

async fn page(
    hub: &Hub,
    (actor, person): (&Actor, &Person),
    shell: Shell,
    (it, typed): (Option<AppointmentType>, Typed),
    again: Again,
) -> Result<TypePage> {
    let people = People::of(hub, person.organization).await?;
    let present = match &it {
        Some(it) => appointment_type::hosts(hub, hub.db(), it.organization_id, it.id).await?,
        None => Vec::new(),
    };
    let present: Vec<AccountId> = present.into_iter().map(|host| host.account_id).collect();
    let existing = match it {
        Some(it) => Some(existing(hub, it).await?),
        None => None,
    };
    let errors = again.error.as_ref().map(FieldErrors::of).unwrap_or_default();
    Ok(TypePage {
        shell,
        existing,
        hosts: choice_of_hosts(actor, &people, &present, &typed.hosts),
        typed,
        errors,
        error: again.error.map(|error| error.say),
        modes: HostMode::ALL.map(|mode| (mode.as_str(), mode.title())).to_vec(),
        kinds: PlaceKind::ALL.map(|kind| (kind.as_str(), place_title(kind))).to_vec(),
        question_kinds: QuestionKind::ALL.map(|kind| (kind.as_str(), question_title(kind))).to_vec(),
        policies: OutlookChanges::ALL.map(|policy| (policy.as_str(), policy.title())).to_vec(),
        placeholders: appointment_type::PLACEHOLDERS,
        added: again.added,
    })
}

async fn existing(hub: &Hub, it: AppointmentType) -> Result<Existing> {
    let path = it.path(&site::slug(hub, it.organization_id).await?);
    let link = hub.settings().url(&path);
    let framed = format!("{link}{}embed=1", if path.contains('?') { '&' } else { '?' });
    let title = it.name.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;");
    let framed = framed.replace('&', "&amp;");
    let embed = format!(
        r#"<iframe src="{framed}" title="{title}" width="100%" height="720" loading="lazy"></iframe>"#
    );
    Ok(Existing { it, link, embed })
}

/// Those who host it now in their order, then everybody whom this person can add.
fn choice_of_hosts(
    actor: &Actor,
    people: &People,
    present: &[AccountId],
    chosen: &[String],
) -> Vec<(String, String, String, bool)> {
    let own = actor.person().map(|person| person.account);
    let may_add = |id: AccountId| actor.has_role(Role::Administrator) || own == Some(id);
    let more = people.hosts().map(|account| account.id).filter(|id| may_add(*id) && !present.contains(id));
    let choice = |id: AccountId| {
        let account = people.find(id);
        let remark = match account {
            Some(account) if !account.is_active() => "disabled: cannot be booked".to_owned(),
            Some(account) => account.email.clone(),
            None => "this account is gone".to_owned(),
        };
        (id.to_string(), people.name(id), remark, chosen.contains(&id.to_string()))
    };
    present.iter().copied().chain(more).map(choice).collect()
}
