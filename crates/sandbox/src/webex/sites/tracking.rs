//! Tracking codes of a site (Webex Tracking Codes API for administrators).

use axum::Json;
use axum::extract::{Path, State};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::routes::Routes;
use crate::switches::Switches;
use crate::webex::caller::{Caller, FULL};
use crate::webex::input::{Input, Params};
use crate::webex::refusal::Refusal;
use crate::webex::sites::{READ, READERS, WRITE, chosen};
use crate::world::{Shared, lock};

pub(super) const MAPPED: &str = "Tracking codes of this site are mapped to user attributes in Control Hub.";
const LONGEST_NAME: usize = 120;
const MOST_OPTIONS: usize = 500;
/// The XML API has places for ten.
const MOST_CODES: usize = 10;
const SERVICES: [&str; 5] = ["All", "MeetingCenter", "EventCenter", "TrainingCenter", "SupportCenter"];
const TYPES: [&str; 5] = ["optional", "required", "adminSet", "notUsed", "notApplicable"];

pub(super) fn routes() -> Routes {
    let one = "/v1/admin/meeting/config/trackingCodes/{id}";
    Routes::new()
        .get("/v1/admin/meeting/config/trackingCodes", list_tracking_codes)
        .post("/v1/admin/meeting/config/trackingCodes", create_tracking_code)
        .get(one, get_tracking_code)
        .put(one, update_tracking_code)
        .delete(one, delete_tracking_code)
}

/// A tracking code of a site.
#[derive(Debug, Clone)]
pub(crate) struct TrackingCode {
    pub(crate) id: u64,
    /// Its place in the XML API, from 1: `trackingCode1` …
    pub(crate) index: usize,
    pub(crate) name: String,
    pub(crate) mode: InputMode,
    pub(crate) options: Vec<Choice>,
    pub(crate) profile: String,
    start: Vec<Start>,
}

/// How a value is entered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum InputMode {
    Text,
    Select,
    EditableSelect,
    HostProfileSelect,
}

/// A value on offer.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Choice {
    pub(crate) value: String,
    #[serde(default)]
    default_value: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Start {
    service: String,
    r#type: String,
}

impl TrackingCode {
    /// Whether a person may have the value; the empty one takes it away.
    pub(crate) fn allows(&self, value: &str) -> bool {
        let listed = matches!(self.mode, InputMode::Select | InputMode::HostProfileSelect);
        !listed || value.is_empty() || self.options.iter().any(|option| option.value == value)
    }

    fn body(&self, site: &str) -> Value {
        json!({
            "id": self.id.to_string(),
            "name": self.name,
            "siteUrl": site,
            "options": self.options,
            "inputMode": self.mode,
            "hostProfileCode": self.profile,
            "scheduleStartCodes": self.start,
        })
    }
}

/// What a site begins with.
pub(super) fn believable(site: &str) -> Vec<TrackingCode> {
    let first = u64::try_from(site.len()).unwrap_or_default() * 1_000;
    let code = |index: usize, name: &str, mode, options: &[&str]| TrackingCode {
        id: first + u64::try_from(index).unwrap_or_default(),
        index,
        name: name.to_owned(),
        mode,
        options: options
            .iter()
            .map(|value| Choice { value: (*value).to_owned(), default_value: false })
            .collect(),
        profile: "optional".to_owned(),
        start: vec![Start { service: "All".to_owned(), r#type: "optional".to_owned() }],
    };
    vec![
        code(1, "Branch", InputMode::Select, &["Main", "North", "South", "Online"]),
        code(2, "Cost Centre", InputMode::Text, &[]),
        code(3, "Funding", InputMode::EditableSelect, &["Core", "Grant"]),
    ]
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Write {
    #[serde(default)]
    name: String,
    #[serde(default)]
    site_url: String,
    #[serde(default)]
    options: Vec<Choice>,
    input_mode: InputMode,
    host_profile_code: String,
    #[serde(default)]
    schedule_start_codes: Option<Vec<Start>>,
}

async fn list_tracking_codes(
    State(world): State<Shared>,
    caller: Caller,
    params: Params,
) -> Result<Json<Value>, Refusal> {
    caller.needs_admin(&READ, &READERS)?;
    let switches = world.switches();
    let state = lock(&world.webex);
    let site = &state.sites[chosen(&switches, &state, &caller, params.text("siteUrl"))?];
    let items: Vec<Value> = site.tracking_codes.iter().map(|code| code.body(&site.url)).collect();
    Ok(Json(json!({"items": items})))
}

async fn create_tracking_code(
    State(world): State<Shared>,
    caller: Caller,
    Input(input): Input<Write>,
) -> Result<Json<Value>, Refusal> {
    caller.needs_admin(&WRITE, &[FULL])?;
    let switches = world.switches();
    check(&input, &switches)?;
    let mut state = lock(&world.webex);
    let site = chosen(&switches, &state, &caller, Some(&input.site_url))?;
    let site = &mut state.sites[site];
    if site.tracking_codes.iter().any(|code| code.name == input.name) {
        return Err(Refusal::malformed(&format!("Tracking code of '{}' already exists.", input.name)));
    }
    let free = (1..=MOST_CODES).find(|index| !site.tracking_codes.iter().any(|code| code.index == *index));
    let index = free.ok_or_else(|| Refusal::malformed("The site has ten tracking codes already."))?;
    let id = site.tracking_codes.iter().map(|code| code.id).max().unwrap_or(10_000) + 1;
    let code = made(id, index, input);
    let body = code.body(&site.url);
    site.tracking_codes.push(code);
    site.tracking_codes.sort_by_key(|code| code.index);
    Ok(Json(body))
}

fn made(id: u64, index: usize, input: Write) -> TrackingCode {
    TrackingCode {
        id,
        index,
        name: input.name,
        mode: input.input_mode,
        options: input.options,
        profile: input.host_profile_code,
        start: input.schedule_start_codes.unwrap_or_default(),
    }
}

/// The documented rules for what goes with what.
fn check(input: &Write, switches: &Switches) -> Result<(), Refusal> {
    let wrong = |text: &str| Err(Refusal::malformed(text));
    if input.site_url.is_empty() {
        return wrong("'siteUrl' cannot be empty");
    }
    if !switches.site_has_own_tracking(&input.site_url) {
        return wrong(MAPPED);
    }
    if input.name.trim().is_empty() || input.name.chars().count() > LONGEST_NAME {
        return wrong("'name' must have 1 to 120 characters");
    }
    if input.options.len() > MOST_OPTIONS {
        return wrong("'options' can have at most 500 items");
    }
    let start = input.schedule_start_codes.as_deref().unwrap_or_default();
    let known = |start: &Start| SERVICES.contains(&&*start.service) && TYPES.contains(&&*start.r#type);
    if start.len() > SERVICES.len() || !start.iter().all(known) {
        return wrong("'scheduleStartCodes' is invalid");
    }
    let own = matches!(&*input.host_profile_code, "optional" | "adminSet" | "notUsed");
    if !own {
        // "required" is for sites that Site Admin manages; these are managed in Control Hub.
        return wrong("'hostProfileCode' is invalid");
    }
    let admin = input.host_profile_code == "adminSet";
    let fits = |kind: &str| match kind {
        "notUsed" | "notApplicable" => true,
        "adminSet" => admin,
        _ => !admin,
    };
    let from_profile = input.input_mode == InputMode::HostProfileSelect;
    if !start.iter().all(|start| fits(&start.r#type) && (!from_profile || start.r#type == "notUsed")) {
        return wrong("'scheduleStartCodes' does not fit 'inputMode' and 'hostProfileCode'");
    }
    Ok(())
}

/// Webex says 400 here, with the message of a 404.
fn invalid(id: &str) -> Refusal {
    let message = "The requested resource could not be found.";
    Refusal::new(StatusCode::BAD_REQUEST, message, &format!("Tracking code ID '{id}' is invalid."))
}

async fn get_tracking_code(
    State(world): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
    params: Params,
) -> Result<Json<Value>, Refusal> {
    caller.needs_admin(&READ, &READERS)?;
    let switches = world.switches();
    let state = lock(&world.webex);
    let site = &state.sites[chosen(&switches, &state, &caller, params.text("siteUrl"))?];
    let code = site.tracking_codes.iter().find(|code| code.id.to_string() == id);
    code.map(|code| Json(code.body(&site.url))).ok_or_else(|| invalid(&id))
}

async fn update_tracking_code(
    State(world): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
    Input(input): Input<Write>,
) -> Result<Json<Value>, Refusal> {
    caller.needs_admin(&WRITE, &[FULL])?;
    let switches = world.switches();
    check(&input, &switches)?;
    let mut state = lock(&world.webex);
    let site = chosen(&switches, &state, &caller, Some(&input.site_url))?;
    let site = &mut state.sites[site];
    let url = site.url.clone();
    let code = site.tracking_codes.iter_mut().find(|code| code.id.to_string() == id);
    let code = code.ok_or_else(|| invalid(&id))?;
    *code = made(code.id, code.index, input);
    Ok(Json(code.body(&url)))
}

async fn delete_tracking_code(
    State(world): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
    params: Params,
) -> Result<StatusCode, Refusal> {
    caller.needs_admin(&WRITE, &[FULL])?;
    let url = params.text("siteUrl").ok_or_else(|| Refusal::malformed("'siteUrl' cannot be empty"))?;
    let switches = world.switches();
    if !switches.site_has_own_tracking(url) {
        return Err(Refusal::malformed(MAPPED));
    }
    let mut state = lock(&world.webex);
    let site = chosen(&switches, &state, &caller, Some(url))?;
    let codes = &mut state.sites[site].tracking_codes;
    let position = codes.iter().position(|code| code.id.to_string() == id).ok_or_else(|| invalid(&id))?;
    codes.remove(position);
    Ok(StatusCode::NO_CONTENT)
}
