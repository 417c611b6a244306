//! The keeper: tokens that nobody asks for stay alive.

use std::time::Duration;

use sandbox::Provider;
use serde_json::json;

use super::desk::{BEN, CHIARA, Desk, TOKEN_ENDPOINT, status, text};

#[tokio::test]
async fn unused_connections_are_refreshed_long_before_their_ninety_days() {
    for (provider, _) in TOKEN_ENDPOINT {
        let (desk, _, connection) = Desk::connected(provider).await;
        let mut longest = 0;
        let mut since = 0;
        for _ in 0..60 {
            desk.a_day_passes().await;
            let refreshed = desk.refreshes(provider) > 0;
            desk.forget_requests();
            since = if refreshed { 0 } else { since + 1 };
            longest = longest.max(since);
        }
        assert!(longest <= 1, "{provider:?} was left alone for {longest} days");
        assert_eq!(desk.connection(&connection).await["state"], "active");
    }
}

#[tokio::test]
async fn a_token_that_is_remembered_does_not_keep_the_keeper_from_its_work() {
    let (desk, _, connection) = Desk::connected(Provider::Webex).await;
    desk.value(&connection).await;
    for _ in 0..12 {
        desk.a_day_passes().await;
    }
    assert!(desk.refreshes(Provider::Webex) >= 11);
}

#[tokio::test]
async fn nothing_dies_in_a_year_that_nobody_looks_at_it() {
    let desk = Desk::open().await;
    desk.switch(&json!({ "webex.refresh": "rotate", "entra.refresh": "strict" }));
    let mut connections = Vec::new();
    for (provider, _) in TOKEN_ENDPOINT {
        let integration = desk.hub.integration(provider).await;
        connections.push((provider, desk.hub.connect(&desk.ben, &integration, BEN).await));
    }
    for _ in 0..365 {
        desk.a_day_passes().await;
    }
    assert!(desk.mails().is_empty(), "{:?}", desk.mails());
    for (provider, connection) in connections {
        assert_eq!(desk.connection(&connection).await["state"], "active");
        let value = desk.value(&connection).await;
        assert_eq!(desk.asks(provider, &value).await, 200, "{provider:?}");
    }
}

#[tokio::test]
async fn a_grant_that_died_unused_is_noticed_by_the_keeper() {
    let (desk, _, connection) = Desk::connected(Provider::Microsoft).await;
    desk.revoke(Provider::Microsoft, BEN).await;
    desk.a_day_passes().await;
    desk.round().await;
    assert_eq!(desk.connection(&connection).await["state"], "attention");
    assert_eq!(desk.mails().len(), 1);
}

#[tokio::test]
async fn an_outage_of_a_day_is_sat_out_with_few_questions() {
    let (desk, _, connection) = Desk::connected(Provider::Webex).await;
    desk.expire(&connection).await;
    desk.spoil("/v1/access_token", status(503));
    for _ in 0..24 * 60 {
        desk.hub.advance(Duration::from_secs(60));
        desk.hub.tick().await;
    }
    let asked = desk.refreshes_begun(Provider::Webex);
    assert!((20..80).contains(&asked), "{asked} questions in a day");
    desk.heal();
    for _ in 0..91 {
        desk.hub.advance(Duration::from_secs(60));
        desk.hub.tick().await;
    }
    assert_eq!(desk.connection(&connection).await["state"], "active");
}

#[tokio::test]
async fn a_broken_secret_costs_a_round_few_questions_however_many_are_due() {
    let (desk, integration, first) = Desk::connected(Provider::Webex).await;
    let mut all = vec![first];
    for number in 0..12 {
        let email = format!("guest{number}@lindenhof.example");
        let guest = desk.hub.signed_in(&email, &[platform::Role::Host]).await;
        all.push(desk.hub.connect(&guest, &integration, CHIARA).await);
    }
    let old = desk.hub.credentials(Provider::Webex).1;
    desk.change_app(Provider::Webex, |app| "changed".clone_into(&mut app.secrets[0].value));
    desk.expire(&all[12]).await;
    desk.forget_requests();
    for _ in 0..6 {
        desk.hub.advance(Duration::from_secs(601));
        desk.round().await;
    }
    let asked = desk.refreshes_begun(Provider::Webex);
    assert!(asked <= 6 * 8, "{asked} questions about one broken secret");
    desk.change_app(Provider::Webex, |app| app.secrets[0].value = old);
    for _ in 0..3 {
        desk.hub.advance(Duration::from_secs(601));
        desk.round().await;
    }
    for connection in &all {
        let healed = desk.connection(connection).await;
        assert_eq!(healed["state"], "active");
        assert!(text(&healed, "valid_until").as_str() > "2026-12-10", "{healed}");
    }
    assert!(desk.integration(&integration).await["trouble"].is_null());
}
