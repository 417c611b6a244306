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
        answer.group("ucf", |answer| answer.text("ucfConfiguration", "UCF"));
        answer.group("resourceRestrictions", |answer| answer.flag("isLicenseManager", true));
        answer.group("supportAPI", |answer| answer.flag("xmlAPI", true));
        answer.group("commerceAndReporting", |answer| answer.flag("trackingCode", true));
        answer.group("trackingCodes", |answer| tracking(answer, site));
        answer.group("supportedServices", |answer| services(answer, site));
        answer.group("securityOptions", security);
        answer.group("passwordCriteria", |answer| {
            all(answer, &[("mixedCase", "true"), ("minLength", "8"), ("minAlpha", "2"), ("minNumeric", "1")]);
            all(answer, &[("minSpecial", "0"), ("disallowWebTextSessions", "true")]);
            all(answer, &[("disallowWebTextAccounts", "true"), ("disallowList", "false")]);
        });
        answer.group("accountPasswordCriteria", |answer| {
            all(answer, &[("mixedCase", "true"), ("minLength", "8"), ("minNumeric", "1"), ("minAlpha", "2")]);
            all(answer, &[("minSpecial", "0"), ("disallow3XRepeatedChar", "false")]);
            all(answer, &[("disallowWebTextAccounts", "true"), ("disallowList", "false")]);
        });
        answer.group("meetingPlace", |answer| {
            all(answer, &[("persistentTSP", "false"), ("mpAudioConferencing", "WithoutIntegration")]);
        });
    });
    answer
}

fn all(answer: &mut Payload, values: &[(&str, &str)]) {
    for (name, value) in values {
        answer.text(name, value);
    }
}

fn security(answer: &mut Payload) {
    all(
        answer,
        &[("passwordExpires", "false"), ("passwordLifetime", "90"), ("allMeetingsUnlisted", "false")],
    );
    all(answer, &[("allMeetingsPassword", "true"), ("joinBeforeHost", "true"), ("audioBeforeHost", "true")]);
    all(answer, &[("changePersonalURL", "true"), ("changeUserName", "false")]);
    answer.group("meetings", |answer| answer.flag("strictPasswords", true));
    all(answer, &[("strictUserPassword", "true"), ("changePWDWhenAutoLogin", "false")]);
    all(answer, &[("enforceBaseline", "false"), ("passwordChangeIntervalOpt", "false")]);
    all(answer, &[("passwordChangeInterval", "0")]);
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

/// The schema says no more than that it is a text.
fn mode(mode: InputMode) -> &'static str {
    match mode {
        InputMode::Text => "TEXT",
        InputMode::Select => "SELECT",
        InputMode::EditableSelect => "EDITABLE_SELECT",
        InputMode::HostProfileSelect => "HOST_PROFILE_SELECT",
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
        answer.group(name, |answer| {
            answer.flag("enabled", enabled);
            all(answer, &[("pageVersion", "T30L"), ("clientVersion", "WBS40")]);
            if name == "eventCenter" {
                answer.flag("marketingAddOn", false);
            }
        });
    }
    answer.group("salesCenter", |answer| {
        all(answer, &[("enabled", "false"), ("pageVersion", "T30L"), ("clientVersion", "WBS40")]);
    });
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
    answer.group("phoneNumbers", |answer| answer.text("primaryTollCallInNumber", "49,,30,5557000,,"));
    answer.text("meetingTypeID", &kind.id.to_string());
    answer.group("serviceTypes", |answer| answer.text("serviceType", kind.service));
}
