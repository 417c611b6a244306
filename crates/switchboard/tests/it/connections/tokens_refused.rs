//! When the provider says no: who is told, who is left in peace, and what still works meanwhile.

use std::time::Duration;

use sandbox::{CutPoint, Fault, Provider};
use serde_json::{Value, json};

use super::desk::{ADA, BEN, Desk, TOKEN_ENDPOINT, cut, problem, status, text, token_endpoint};

const HOUR: Duration = Duration::from_secs(3600);

fn expire_secret(desk: &Desk) {
    let ended = "2026-11-01T00:00:00Z".parse().unwrap();
    desk.change_app(Provider::Microsoft, |app| app.secrets[0].expires_at = Some(ended));
}

#[tokio::test]
async fn an_expired_secret_marks_the_integration_and_disturbs_no_connection() {
    let (desk, integration, connection) = Desk::connected(Provider::Microsoft).await;
    desk.hub.admin().await;
    expire_secret(&desk);
    desk.expire(&connection).await;
    let refused = desk.token(&connection).await.expect(409);
    assert_eq!(problem(&refused), "integration_unusable");
    desk.hub.run_jobs().await;
    let marked = desk.integration(&integration).await;
    assert_eq!(marked["trouble"]["code"], "secret_expired", "{marked}");
    assert!(text(&marked["trouble"], "detail").contains("AADSTS7000222"), "{marked}");
    let untouched = desk.connection(&connection).await;
    assert_eq!((&untouched["state"], &untouched["reason"]), (&json!("active"), &Value::Null));
    for _ in 0..20 {
        desk.token(&connection).await.expect(409);
        desk.hub.advance(HOUR);
        desk.round().await;
    }
    let mails = desk.mails();
    assert_eq!(mails.len(), 1, "{mails:?}");
    assert_eq!(mails[0].to, [ADA]);
    assert!(mails[0].text.contains("Nobody needs to authorize again"), "{}", mails[0].text);
    assert!(desk.ben.get("/my/connections").await.body.contains("you need to do nothing"));
}

#[tokio::test]
async fn a_new_secret_heals_the_integration_at_once() {
    let (desk, integration, connection) = Desk::connected(Provider::Microsoft).await;
    expire_secret(&desk);
    desk.expire(&connection).await;
    desk.token(&connection).await.expect(409);
    desk.change_app(Provider::Microsoft, |app| {
        let fresh =
            sandbox::Secret { value: "fresh8Q~secret".into(), expires_at: None, ..app.secrets[0].clone() };
        app.secrets.push(fresh);
    });
    let path = format!("/api/v1/integrations/{integration}/secrets");
    let healed = desk.post(&path, json!({ "value": "fresh8Q~secret" })).await.expect(201).json();
    assert!(healed["trouble"].is_null(), "{healed}");
    assert_eq!(healed["verdict"]["kind"], "accepted");
    let value = desk.value(&connection).await;
    assert_eq!(desk.asks(Provider::Microsoft, &value).await, 200);
}

#[tokio::test]
async fn an_app_that_was_refused_rests_and_is_then_tried_by_few() {
    let (desk, _, connection) = Desk::connected(Provider::Microsoft).await;
    expire_secret(&desk);
    desk.expire(&connection).await;
    desk.forget_requests();
    for _ in 0..30 {
        desk.token(&connection).await.expect(409);
    }
    assert_eq!(desk.refreshes(Provider::Microsoft), 1, "every caller bothered Entra");
}

#[tokio::test]
async fn a_withdrawn_authorization_asks_its_owner_by_mail_and_banner() {
    for (provider, _) in TOKEN_ENDPOINT {
        let (desk, _, connection) = Desk::connected(provider).await;
        desk.revoke(provider, BEN).await;
        desk.expire(&connection).await;
        desk.forget_requests();
        for _ in 0..5 {
            let refused = desk.token(&connection).await.expect(409);
            assert_eq!(problem(&refused), "reauthorization_required");
        }
        assert_eq!(desk.refreshes(provider), 1, "a dead grant was tried again");
        let dead = desk.connection(&connection).await;
        assert_eq!(dead["state"], "attention");
        assert!(!text(&dead["reason"], "next").is_empty());
        desk.hub.run_jobs().await;
        let mails = desk.mails();
        assert_eq!((mails.len(), &mails[0].to), (1, &vec![BEN.to_owned()]));
        let ben = desk.hub.host().await;
        let page = ben.get("/my/account").await;
        assert!(
            page.body.contains("no longer connected") && page.body.contains("Authorize again"),
            "{}",
            page.body
        );
        let again = desk.hub.connect(&ben, &text(&dead, "integration_id"), BEN).await;
        assert_eq!(again, connection, "the connection lost its id");
        desk.value(&connection).await;
        assert!(!ben.get("/my/account").await.body.contains("no longer connected"));
    }
}

#[tokio::test]
async fn the_owner_is_reminded_on_days_0_1_3_7_and_14_and_then_left_in_peace() {
    let (desk, _, connection) = Desk::connected(Provider::Webex).await;
    desk.revoke(Provider::Webex, BEN).await;
    desk.expire(&connection).await;
    desk.token(&connection).await.expect(409);
    let mut told = Vec::new();
    for day in 0..40 {
        desk.round().await;
        let mails = desk.mails().len();
        told.extend(std::iter::repeat_n(day, mails));
        desk.hub.sandbox.world.mails.clear();
        desk.hub.advance(Duration::from_secs(86_400));
    }
    assert_eq!(told, [0, 1, 3, 7, 14]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_heard_once_by_fifty_who_ask_at_the_same_moment() {
    for (fault, expected) in [(None, 409), (Some(status(500)), 503)] {
        for (provider, endpoint) in TOKEN_ENDPOINT {
            let (desk, _, connection) = Desk::connected(provider).await;
            desk.expire(&connection).await;
            match &fault {
                None => desk.revoke(provider, BEN).await,
                Some(fault) => desk.spoil(endpoint, fault.clone()),
            }
            for reply in desk.tokens(&connection, 50).await {
                assert_eq!(reply.status.as_u16(), expected, "{}", reply.body);
            }
            assert_eq!(desk.refreshes_begun(provider), 1, "{provider:?} {expected}");
        }
    }
}

fn passing() -> Vec<Fault> {
    let html = Fault { html: true, ..Fault::default() };
    let half = Fault { malformed: true, ..Fault::default() };
    let many = Fault { retry_after: Some(json!(120)), ..Fault::default() };
    vec![
        status(500),
        status(502),
        status(503),
        many,
        html,
        half,
        cut(CutPoint::Before),
        cut(CutPoint::After),
        cut(CutPoint::Middle),
    ]
}

#[tokio::test]
async fn passing_trouble_waits_visibly_while_the_old_token_still_serves() {
    for (provider, endpoint) in TOKEN_ENDPOINT {
        for fault in passing() {
            let (desk, _, connection) = Desk::connected(provider).await;
            let old = desk.value(&connection).await;
            desk.to_the_end(&connection, -200).await;
            desk.spoil(endpoint, fault.clone());
            assert_eq!(desk.value(&connection).await, old, "{provider:?} {fault:?}");
            let waiting = desk.connection(&connection).await;
            assert_eq!(waiting["state"], "waiting", "{fault:?}");
            assert!(waiting["next_attempt_at"].is_string() && waiting["last_error"].is_object(), "{waiting}");
            let page = desk.hub.host().await.get(&format!("/my/connections/{connection}")).await;
            assert!(page.body.contains("tried again"), "{}", page.body);
            desk.expire(&connection).await;
            desk.hub.advance(Duration::from_secs(1));
            let refused = desk.token(&connection).await.expect(503);
            assert_eq!(problem(&refused), "temporarily_unavailable");
            let wait: u64 = refused.header("retry-after").unwrap().parse().unwrap();
            desk.heal();
            desk.hub.advance(Duration::from_secs(wait + 1));
            let fresh = desk.value(&connection).await;
            assert_ne!(fresh, old);
            assert_eq!(desk.connection(&connection).await["state"], "active", "{fault:?}");
            desk.hub.run_jobs().await;
            assert!(desk.mails().is_empty(), "passing trouble was mailed");
        }
    }
}

#[tokio::test]
async fn a_wait_that_the_provider_asked_for_is_kept() {
    let (desk, _, connection) = Desk::connected(Provider::Webex).await;
    desk.expire(&connection).await;
    let fault = Fault { retry_after: Some(json!(120)), ..Fault::default() };
    desk.spoil(token_endpoint(Provider::Webex), fault);
    let refused = desk.token(&connection).await.expect(503);
    assert_eq!(refused.header("retry-after"), Some("120"));
    desk.hub.advance(Duration::from_secs(119));
    desk.token(&connection).await.expect(503);
    desk.round().await;
    assert_eq!(desk.refreshes_begun(Provider::Webex), 1);
}

#[tokio::test]
async fn a_provider_that_never_answers_keeps_nobody_waiting_who_still_has_a_token() {
    let (desk, _, connection) = Desk::connected(Provider::Webex).await;
    let old = desk.value(&connection).await;
    desk.to_the_end(&connection, -100).await;
    let never = Fault { delay_ms: Some(600_000), ..Fault::default() };
    desk.spoil(token_endpoint(Provider::Webex), never);
    let started = tokio::time::Instant::now();
    for _ in 0..3 {
        assert_eq!(desk.value(&connection).await, old);
    }
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    while desk.connection(&connection).await["state"] != "waiting" {
        assert!(started.elapsed() < Duration::from_secs(40), "the attempt never ends");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(desk.refreshes_begun(Provider::Webex), 1);
    // The next attempt has its time; until then nobody waits at all.
    let started = tokio::time::Instant::now();
    assert_eq!(desk.value(&connection).await, old);
    assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
}
