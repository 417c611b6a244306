//! GetSite and LstMeetingType.

use crate::webex::sites::{InputMode, SessionType, Site};
use crate::webex::xml::Call;
use crate::webex::xml::answer::{Failure, Payload};
use crate::world::lock;

pub(super) fn get(call: &Call<'_>) -> Payload {
    let state = lock(&call.world.webex);
    let site = &state.sites[call.site];
    let mut answer = Payload::site("getSiteResponse");
    answer.group("siteInstance", |answer| {
        answer.group("metaData", |answer| meta(answer, site));
        answer.group("trackingCodes", |answer| tracking(answer, site));
        answer.group("commerceAndReporting", |answer| answer.flag("trackingCode", true));
        answer.group("supportedServices", |answer| services(answer, site));
        answer.group("securityOptions", |answer| {
            for (name, value) in [
                ("passwordExpires", false),
                ("allMeetingsUnlisted", false),
                ("joinBeforeHost", true),
                ("audioBeforeHost", true),
                ("strictUserPassword", true),
            ] {
                answer.flag(name, value);
            }
        });
    });
    answer
}

fn meta(answer: &mut Payload, site: &Site) {
    answer.flag("isEnterprise", true);
    for service in ["Meeting center", "Event center", "Training center", "Support center"] {
        answer.text("serviceType", service);
    }
    for kind in &site.session_types {
        answer.group("meetingTypes", |answer| {
            answer.text("meetingTypeID", &kind.id.to_string());
            answer.text("meetingTypeName", kind.name);
            answer.flag("hideInScheduler", false);
        });
    }
    for (name, value) in [
        ("siteName", site.name()),
        ("brandName", site.name()),
        ("region", "Europe"),
        ("currency", "EUR"),
        ("timeZoneID", "25"),
        ("timeZone", "GMT+01:00, Europe (Berlin)"),
        ("parterID", "lindenhof"),
        ("webDomain", site.url.as_str()),
        ("meetingDomain", site.url.as_str()),
        ("telephonyDomain", site.url.as_str()),
        ("pageVersion", "T30L"),
        ("clientVersion", "WBS40"),
        ("pageLanguage", "ENGLISH"),
        ("activateStatus", "true"),
    ] {
        answer.text(name, value);
    }
}

fn tracking(answer: &mut Payload, site: &Site) {
    for code in &site.tracking_codes {
        answer.group("trackingCode", |answer| {
            answer.text("index", &code.index.to_string());
            answer.text("name", &code.name);
            answer.text("inputMode", mode(code.mode));
            answer.text("hostProfile", profile(&code.profile));
            for (index, option) in (1..).zip(&code.options) {
                answer.group("listValue", |answer| {
                    answer.text("index", &u32::to_string(&index));
                    answer.text("value", &option.value);
                    answer.flag("active", true);
                });
            }
        });
    }
}

fn mode(mode: InputMode) -> &'static str {
    match mode {
        InputMode::Text => "Text Input",
        InputMode::Select => "Select Menu",
        InputMode::EditableSelect => "Editable Select",
        InputMode::HostProfileSelect => "Host Profile Select",
    }
}

fn profile(code: &str) -> &'static str {
    match code {
        "required" => "REQUIRED",
        "adminSet" => "ADMIN_SET",
        "notUsed" => "NOT_USED",
        _ => "OPTIONAL",
    }
}

fn services(answer: &mut Payload, site: &Site) {
    for (name, service) in [
        ("meetingCenter", "MeetingCenter"),
        ("trainingCenter", "TrainingCenter"),
        ("supportCenter", "SupportCenter"),
        ("eventCenter", "EventCenter"),
    ] {
        let enabled = site.session_types.iter().any(|kind| kind.service == service);
        answer.group(name, |answer| answer.flag("enabled", enabled));
    }
}

pub(super) fn meeting_types(call: &Call<'_>) -> Result<Payload, Failure> {
    let wanted: Vec<&str> = call.body.all("meetingTypeID").map(|id| id.text.trim()).collect();
    let state = lock(&call.world.webex);
    let kinds = state.sites[call.site].session_types.iter();
    let found: Vec<&SessionType> =
        kinds.filter(|kind| wanted.is_empty() || wanted.contains(&&*kind.id.to_string())).collect();
    if found.is_empty() {
        return Err(Failure::no_record());
    }
    let mut answer = Payload::meeting_type("lstMeetingTypeResponse");
    answer.matching(found.len(), found.len(), 1);
    for kind in found {
        answer.group("meetingType", |answer| meeting_type(answer, kind));
    }
    Ok(answer)
}

fn meeting_type(answer: &mut Payload, kind: &SessionType) {
    answer.text("productCodePrefix", kind.short);
    answer.text("active", "ACTIVATED");
    answer.text("name", kind.name);
    answer.text("displayName", kind.name);
    answer.group("limits", |answer| {
        answer.text("maxMeetingDuration", "999999");
        answer.text("maxMeetingUser", "1000");
    });
    answer.group("options", |answer| {
        answer.flag("supportAppShare", true);
        answer.flag("hideInScheduler", false);
    });
    answer.text("meetingTypeID", &kind.id.to_string());
    answer.group("serviceTypes", |answer| answer.text("serviceType", kind.service));
}
