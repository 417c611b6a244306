use std::time::Duration;

use platform::Fault;
use secrecy::ExposeSecret;

use super::*;
use crate::testing::TestRoom;

fn new(scopes: &[Scope], expires_at: Option<Instant>) -> NewApiKey {
    NewApiKey { name: "Intranet".into(), scopes: scopes.to_vec(), expires_at }
}

#[tokio::test]
async fn a_key_is_recognized_by_its_secret_until_it_is_revoked() {
    let room = TestRoom::new().await;
    let scopes = [Scope::TokensRead, Scope::ConnectionsRead, Scope::TokensRead];
    let created = create_api_key(&room.hub, &room.system(), new(&scopes, None)).await.unwrap();
    let secret = created.secret.expose_secret();
    for _ in 0..2 {
        let key = recognize(&room.hub, secret).await.unwrap().unwrap();
        assert_eq!(
            (key.id, key.scopes.clone()),
            (created.key.id.0, vec![Scope::ConnectionsRead, Scope::TokensRead])
        );
    }
    assert!(secret.starts_with(&created.key.hint) && created.key.hint.len() == 8);
    let used = get(&room.hub, room.organization, created.key.id).await.unwrap();
    assert_eq!(used.last_used_at, Some(room.hub.now()));
    revoke_api_key(&room.hub, &room.system(), created.key.id).await.unwrap();
    assert!(recognize(&room.hub, secret).await.unwrap().is_none());
    let wrong = format!("{PREFIX}{}", "A".repeat(43));
    for unknown in ["", "sb_", wrong.as_str(), &secret[..40]] {
        assert!(recognize(&room.hub, unknown).await.unwrap().is_none());
    }
}

#[tokio::test]
async fn a_remembered_key_ends_at_its_expiry() {
    let room = TestRoom::new().await;
    let end = room.hub.now().after(Duration::from_secs(60));
    let created =
        create_api_key(&room.hub, &room.system(), new(&[Scope::AuditRead], Some(end))).await.unwrap();
    let secret = created.secret.expose_secret();
    assert!(recognize(&room.hub, secret).await.unwrap().is_some());
    room.hub.clock().advance(Duration::from_secs(60));
    assert!(recognize(&room.hub, secret).await.unwrap().is_none());
}

#[tokio::test]
async fn a_key_gives_only_what_it_has() {
    let room = TestRoom::new().await;
    let maker = room.key_actor(&[Scope::AccountsWrite, Scope::AuditRead]);
    let beyond = create_api_key(&room.hub, &maker, new(&[Scope::TokensRead], None)).await;
    assert!(beyond.err().unwrap().field("scopes").is_some());
    assert!(create_api_key(&room.hub, &maker, new(&[Scope::AuditRead], None)).await.is_ok());
}

#[tokio::test]
async fn wrong_input_is_said_field_by_field_and_foreign_keys_do_not_exist() {
    let room = TestRoom::new().await;
    let wrong = NewApiKey { name: "\n".into(), scopes: Vec::new(), expires_at: Some(room.hub.now()) };
    let error = create_api_key(&room.hub, &room.system(), wrong).await.err().unwrap();
    assert!(["name", "scopes", "expires_at"].iter().all(|field| error.field(field).is_some()));
    let created = create_api_key(&room.hub, &room.system(), new(&[Scope::AuditRead], None)).await.unwrap();
    let other = crate::create_organization(&room.hub, "Other", "UTC").await.unwrap();
    let foreign = revoke_api_key(&room.hub, &Actor::system(other), created.key.id).await;
    assert_eq!(foreign.err().unwrap().fault, Fault::NotFound);
}
