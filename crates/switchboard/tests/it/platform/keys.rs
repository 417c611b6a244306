//! Keys: what is sealed stays in its place, and rotation goes on while servers work.

use std::{
    fs,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use platform::keys::{self, MasterKeySource};
use sandbox::Provider;
use secrecy::{ExposeSecret, SecretString};
use switchboard::app;
use vault::{Place, Sealed};

use crate::harness::TestHub;

#[tokio::test(flavor = "multi_thread")]
async fn a_sealed_value_opens_only_in_its_own_place() {
    let hub = TestHub::start().await;
    let (one, two) = (hub.organization().await.to_string(), "01a1fc74-6a0c-7724-8ab0-8adc588776e2");
    let place = Place { organization: &one, table: "connection", column: "access_token", row: "a" };
    let sealed = keys::seal(&hub.hub, &place, &SecretString::from("the secret")).await.unwrap();
    assert_eq!(keys::open(&hub.hub, &place, &sealed).await.unwrap().expose_secret(), "the secret");
    for elsewhere in [
        Place { row: "b", ..place },
        Place { column: "refresh_token", ..place },
        Place { table: "integration_secret", ..place },
        Place { organization: two, ..place },
    ] {
        assert!(keys::open(&hub.hub, &elsewhere, &sealed).await.is_err());
    }
    hub.stop().await;
}

/// Everything that is sealed now, with the id of its data key.
async fn sealed(hub: &TestHub) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for column in app::sealed() {
        for text in keys::sealed_values(&hub.hub, column).await.unwrap() {
            let key = Sealed::parse(text.clone()).unwrap().key_id().as_str().to_owned();
            found.push((key, text));
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn rotation_seals_everything_anew_while_tokens_are_refreshed_and_handed_out() {
    let hub = TestHub::start().await;
    let integration = hub.integration(Provider::Webex).await;
    let host = hub.host().await;
    let connection = hub.connect(&host, &integration, "ben.okafor@lindenhof.example").await;
    let program = hub.api_key(&[platform::Scope::TokensRead]).await;
    let path = format!("/api/v1/connections/{connection}/token");
    let before = sealed(&hub).await;
    assert!(before.len() >= 3, "{before:?}");

    let MasterKeySource::File(file) = hub.config.master_key_source() else { panic!("a key file") };
    let first_master = fs::read_to_string(&file).unwrap();
    hub.config.master_key_source().add_master_key(hub.hub.random()).unwrap();
    let done = AtomicBool::new(false);
    let asking = async {
        let mut answered = 0;
        while !done.load(Ordering::SeqCst) || answered < 5 {
            // Past the token's 14 days, so that each answer needs a refresh and seals what it brings.
            hub.advance(Duration::from_secs(15 * 24 * 3600));
            program.get(&path).await.expect(200);
            answered += 1;
        }
    };
    let rotating = async {
        for _ in 0..3 {
            keys::rotate(&hub.hub, &app::sealed()).await.unwrap();
        }
        done.store(true, Ordering::SeqCst);
    };
    tokio::join!(asking, rotating);

    let after = sealed(&hub).await;
    assert_eq!(after.len(), before.len());
    for (key, text) in &after {
        assert!(
            before.iter().all(|(old_key, old_text)| key != old_key && text != old_text),
            "{key} is an old key"
        );
    }
    // The first master key is no longer needed: with the new one alone everything opens.
    let both = fs::read_to_string(&file).unwrap();
    fs::write(&file, both.replace(first_master.trim(), "")).unwrap();
    hub.config.master_key_source().open(hub.hub.db(), hub.hub.random()).await.unwrap();
    program.get(&path).await.expect(200);
    hub.stop().await;
}
