use std::time::Duration;

use reqwest::header::{HeaderValue, RETRY_AFTER};
use serde_json::json;

use super::*;

fn body(error: &str, number: u32, suberror: &str) -> String {
    json!({
        "error": error,
        "error_description": format!("AADSTS{number}: Words.\r\nTrace ID: t-1\r\nTimestamp: 2026-11-21 04:00:00Z"),
        "error_codes": [number], "timestamp": "2026-11-21 04:00:00Z", "trace_id": "t-1", "correlation_id": "c-1",
        "suberror": suberror,
    })
    .to_string()
}

fn refusal(status: u16, body: &str) -> Refusal {
    token_refusal(StatusCode::from_u16(status).unwrap(), &HeaderMap::new(), body)
}

fn kind(error: &str, number: u32) -> Kind {
    refusal(400, &body(error, number, "")).kind
}

#[test]
fn an_expired_secret_disturbs_no_person() {
    let refusal = refusal(401, &body("invalid_client", 7_000_222, ""));
    assert_eq!(refusal.kind, Kind::App(AppTrouble::SecretExpired));
    assert_eq!(refusal.code.as_deref(), Some("AADSTS7000222"));
    assert_eq!(refusal.correlation.as_deref(), Some("t-1"));
    assert!(refusal.description.starts_with("AADSTS7000222: Words. Trace ID"));
}

#[test]
fn the_apps_troubles_are_told_apart() {
    assert_eq!(kind("invalid_client", 7_000_215), Kind::App(AppTrouble::WrongSecret));
    assert_eq!(kind("unauthorized_client", 700_016), Kind::App(AppTrouble::UnknownClient));
    assert_eq!(kind("unauthorized_client", 7_000_112), Kind::App(AppTrouble::AppDisabled));
    assert_eq!(kind("invalid_request", 50194), Kind::App(AppTrouble::WrongTenant));
    assert_eq!(kind("invalid_request", 50011), Kind::App(AppTrouble::RedirectNotRegistered));
    assert_eq!(kind("invalid_scope", 70011), Kind::App(AppTrouble::ScopeNotAllowed));
    assert_eq!(kind("invalid_client", 700_027), Kind::App(AppTrouble::Other));
    assert_eq!(refusal(401, r#"{"error":"invalid_client"}"#).kind, Kind::App(AppTrouble::WrongSecret));
}

#[test]
fn the_persons_troubles_are_told_apart() {
    for (error, number, trouble) in [
        ("invalid_grant", 50173, PersonTrouble::GrantRevoked),
        ("invalid_grant", 700_082, PersonTrouble::GrantExpired),
        ("invalid_grant", 54005, PersonTrouble::CodeAlreadyUsed),
        ("invalid_grant", 65001, PersonTrouble::ConsentNeeded),
        ("invalid_grant", 50057, PersonTrouble::AccountDisabled),
        ("interaction_required", 50076, PersonTrouble::MfaNeeded),
        ("interaction_required", 53003, PersonTrouble::Other),
        ("access_denied", 65004, PersonTrouble::Declined),
        ("access_denied", 90094, PersonTrouble::AdminApprovalNeeded),
        ("consent_required", 65001, PersonTrouble::ConsentNeeded),
        ("invalid_grant", 4_294_967_295, PersonTrouble::GrantRevoked),
    ] {
        assert_eq!(kind(error, number), Kind::Person(trouble), "{error} {number}");
    }
}

#[test]
fn the_suberror_decides_where_the_number_is_new() {
    let kind = |suberror| refusal(400, &body("invalid_grant", 1, suberror)).kind;
    assert_eq!(kind("consent_required"), Kind::Person(PersonTrouble::ConsentNeeded));
    assert_eq!(kind("basic_action"), Kind::Person(PersonTrouble::MfaNeeded));
    assert_eq!(kind("bad_token"), Kind::Person(PersonTrouble::GrantRevoked));
}

#[test]
fn our_own_mistakes_are_bugs_and_not_the_persons() {
    assert_eq!(kind("invalid_grant", 501_481), Kind::Bug);
    assert_eq!(kind("invalid_grant", 700_005), Kind::Bug);
    assert_eq!(kind("invalid_request", 900_144), Kind::Bug);
    assert_eq!(kind("quite_new", 1), Kind::Bug);
}

#[test]
fn throttling_and_outages_pass() {
    let mut headers = HeaderMap::new();
    headers.insert(RETRY_AFTER, HeaderValue::from_static("2.128"));
    let wait = Kind::Passing { retry_after: Some(Duration::from_millis(2128)) };
    let throttled = body("temporarily_unavailable", 90055, "");
    assert_eq!(token_refusal(StatusCode::BAD_REQUEST, &headers, &throttled).kind, wait);
    assert_eq!(
        token_refusal(StatusCode::TOO_MANY_REQUESTS, &headers, &body("invalid_grant", 1, "")).kind,
        wait
    );
    assert_eq!(refusal(503, "<html>").kind, Kind::Passing { retry_after: None });
    assert_eq!(refusal(403, "<html>").kind, Kind::Passing { retry_after: None });
}

#[test]
fn a_number_only_in_the_text_is_found() {
    let body =
        r#"{"error":"invalid_client","error_description":"AADSTS7000222: The provided client secret keys…"}"#;
    assert_eq!(refusal(401, body).kind, Kind::App(AppTrouble::SecretExpired));
}

#[test]
fn a_secrets_id_in_place_of_its_value_is_recognized() {
    let wrong = refusal(401, &body("invalid_client", 7_000_215, ""));
    let id = SecretString::from("9188040d-6c67-4c5b-b112-36a304b66dad");
    assert_eq!(with_secret_hint(wrong.clone(), &id).kind, Kind::App(AppTrouble::SecretId));
    assert_eq!(with_secret_hint(wrong, &"abc~8Q".into()).kind, Kind::App(AppTrouble::WrongSecret));
    let expired = refusal(401, &body("invalid_client", 7_000_222, ""));
    assert_eq!(with_secret_hint(expired, &id).kind, Kind::App(AppTrouble::SecretExpired));
}

#[test]
fn what_comes_through_the_browser_is_sorted_alike() {
    let kind = |query| callback_refusal(&CallbackQuery::parse(query).unwrap()).map(|refusal| refusal.kind);
    assert_eq!(kind("code=1&state=2"), None);
    assert_eq!(kind("error=access_denied&error_subcode=cancel"), Some(Kind::Person(PersonTrouble::Declined)));
    let refused = "admin_consent=True&error=consent_required&error_description=AADSTS65004%3A+declined";
    assert_eq!(kind(refused), Some(Kind::Person(PersonTrouble::Declined)));
    let blocked = "error=access_denied&error_description=AADSTS90094%3A+admin";
    assert_eq!(kind(blocked), Some(Kind::Person(PersonTrouble::AdminApprovalNeeded)));
    assert_eq!(kind("error=permission_denied"), Some(Kind::Person(PersonTrouble::Declined)));
}
