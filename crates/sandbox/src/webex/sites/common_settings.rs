//! Common settings of a site (Webex Site API): read, and changed group by group.

use axum::Json;
use axum::extract::State;
use serde_json::{Map, Value, json};

use crate::routes::Routes;
use crate::webex::caller::{Caller, FULL};
use crate::webex::input::{Input, Params};
use crate::webex::refusal::Refusal;
use crate::webex::sites::{READERS, chosen};
use crate::world::{Shared, lock};

const DEEPEST: usize = 4;

pub(super) fn routes() -> Routes {
    let path = "/v1/admin/meeting/config/commonSettings";
    Routes::new().get(path, get_common_settings).patch(path, update_common_settings)
}

pub(super) fn believable() -> Value {
    json!({
        "siteOptions": {"allowCustomPersonalRoomURL": true},
        "telephonyConfig": {
            "allowCallIn": true, "allowCallBack": true, "allowOtherTeleconf": false, "allowTollFreeCallin": false,
            "allowInternationalCallin": true, "allowInternationalCallback": false, "VoIP": true,
        },
        "defaultSchedulerOptions": {
            "entryAndExitTone": "Beep", "joinTeleconfNotPress1": false, "telephonySupport": "WebexTeleconferencing",
            "tollFree": false, "VoIP": true,
        },
        "scheduleMeetingOptions": {"emailReminders": true},
        "securityOptions": {
            "joinBeforeHost": true, "audioBeforeHost": true, "firstAttendeeAsPresenter": false,
            "unlistAllMeetings": false, "requireLoginBeforeAccess": false, "allowMobileScreenCapture": true,
            "requireStrongPassword": true,
            "passwordCriteria": {
                "mixedCase": true, "minLength": 8, "minNumeric": 1, "minAlpha": 2, "minSpecial": 0,
                "disallowDynamicWebText": true, "disallowList": true, "disallowValues": ["password", "webex"],
            },
        },
    })
}

async fn get_common_settings(
    State(world): State<Shared>,
    caller: Caller,
    params: Params,
) -> Result<Json<Value>, Refusal> {
    caller.needs_admin(&["meeting:admin_config_read"], &READERS)?;
    let switches = world.switches();
    let state = lock(&world.webex);
    let site = chosen(&switches, &state, &caller, params.text("siteUrl"))?;
    Ok(Json(state.sites[site].common_settings.clone()))
}

async fn update_common_settings(
    State(world): State<Shared>,
    caller: Caller,
    params: Params,
    Input(mut changes): Input<Map<String, Value>>,
) -> Result<Json<Value>, Refusal> {
    caller.needs_admin(&["meeting:admin_config_write"], &[FULL])?;
    // It can be read only.
    changes.remove("telephonyConfig");
    let named = changes.remove("siteUrl");
    let named = named.as_ref().and_then(Value::as_str).or(params.text("siteUrl"));
    let switches = world.switches();
    let mut state = lock(&world.webex);
    let site = chosen(&switches, &state, &caller, named)?;
    let mut settings = state.sites[site].common_settings.clone();
    merge(&mut settings, Value::Object(changes), DEEPEST)?;
    state.sites[site].common_settings.clone_from(&settings);
    Ok(Json(settings))
}

/// Takes over values of the same kind; anything unknown is refused.
fn merge(into: &mut Value, changes: Value, depth: usize) -> Result<(), Refusal> {
    if let (Value::Object(known), Value::Object(changes)) = (&mut *into, &changes)
        && depth > 0
    {
        for (name, change) in changes {
            let unknown = || Refusal::malformed(&format!("'{name}' is not a setting."));
            merge(known.get_mut(name).ok_or_else(unknown)?, change.clone(), depth - 1)?;
        }
        return Ok(());
    }
    if repeated(&changes) {
        return Err(Refusal::malformed("Repeated items are not allowed in disallowValues."));
    }
    if std::mem::discriminant(&*into) != std::mem::discriminant(&changes) || changes.is_object() {
        return Err(Refusal::malformed(&format!("{changes} is not a value of this setting.")));
    }
    *into = changes;
    Ok(())
}

fn repeated(value: &Value) -> bool {
    let items = value.as_array().map(Vec::as_slice).unwrap_or_default();
    items.iter().enumerate().any(|(index, item)| items[..index].contains(item))
}
