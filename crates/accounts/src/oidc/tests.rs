//! Signing in at a small OpenID provider on a local port.

use std::sync::{Arc, Mutex};

use aws_lc_rs::{
    digest::{SHA256, digest},
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use axum::{Json, Router, extract::Form, routing};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use platform::{Hub, Role};
use serde_json::{Value, json};
use url::Url;

use crate::{
    OidcSettings, SignInSettings,
    testing::{TestRoom, Visitor},
};

const ADA: &str = "ada@library.example";

/// Who is at the provider's keyboard, and what the last authorize URL asked for.
#[derive(Clone, Default)]
struct Desk {
    claims: Value,
    nonce: String,
    challenge: String,
}

struct Provider {
    issuer: String,
    desk: Arc<Mutex<Desk>>,
}

impl Provider {
    async fn start(hub: &Hub) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let point = pair.public_key().as_ref();
        let (x, y) = (URL_SAFE_NO_PAD.encode(&point[1..33]), URL_SAFE_NO_PAD.encode(&point[33..]));
        let keys =
            json!({"keys": [{"kty": "EC", "crv": "P-256", "kid": "k", "alg": "ES256", "x": x, "y": y}]});
        let metadata = json!({
            "issuer": issuer, "jwks_uri": format!("{issuer}/keys"), "token_endpoint": format!("{issuer}/token"),
            "authorization_endpoint": format!("{issuer}/authorize"),
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
        });
        let key = EncodingKey::from_ec_der(pair.to_pkcs8v1().unwrap().as_ref());
        let desk = Arc::new(Mutex::new(Desk::default()));
        let (at_token, iss, now) = (Arc::clone(&desk), issuer.clone(), hub.now().seconds());
        let token = move |Form(form): Form<Vec<(String, String)>>| {
            let desk = at_token.lock().unwrap().clone();
            let answer = give_token(&desk, &form, &key, (&iss, now));
            std::future::ready(Json(answer))
        };
        let app = Router::new()
            .route("/.well-known/openid-configuration", routing::get(Json(metadata)))
            .route("/keys", routing::get(Json(keys)))
            .route("/token", routing::post(token));
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { issuer, desk }
    }

    fn seat(&self, claims: Value) {
        self.desk.lock().unwrap().claims = claims;
    }
}

fn give_token(desk: &Desk, form: &[(String, String)], key: &EncodingKey, (iss, now): (&str, i64)) -> Value {
    let field = |name: &str| form.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value);
    let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, field("code_verifier").as_bytes()));
    if field("client_secret") != "s~ecret $" || challenge != desk.challenge {
        return json!({"error": "invalid_grant", "error_description": "verifier or secret"});
    }
    let mut claims = json!({"iss": iss, "aud": "client", "exp": now + 600, "iat": now, "nonce": desk.nonce});
    claims.as_object_mut().unwrap().extend(desk.claims.as_object().unwrap().clone());
    let header = Header { kid: Some("k".into()), ..Header::new(Algorithm::ES256) };
    let id_token = jsonwebtoken::encode(&header, &claims, key).unwrap();
    json!({"access_token": "a", "token_type": "Bearer", "id_token": id_token})
}

async fn room(auto_create_role: Option<Role>) -> (TestRoom, Provider) {
    let room = TestRoom::new().await;
    let provider = Provider::start(&room.hub).await;
    let oidc = OidcSettings {
        name: "Lindenhof".into(),
        issuer: provider.issuer.clone(),
        client_id: "client".into(),
        client_secret: "s~ecret $".into(),
        organization: None,
        auto_create_role,
    };
    crate::configure(&room.hub, SignInSettings { oidc: Some(oidc), trusted_proxies: Vec::new() });
    (room, provider)
}

/// Goes to the provider; answers the path with which it sends the browser back.
async fn depart(visitor: &mut Visitor, provider: &Provider) -> String {
    let answer = visitor.get("/sign-in/oidc?next=/my/account").await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    let url = Url::parse(&answer.location).unwrap();
    let asked = |name: &str| url.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned();
    let mut desk = provider.desk.lock().unwrap();
    (desk.nonce, desk.challenge) = (asked("nonce"), asked("code_challenge"));
    assert_eq!(asked("redirect_uri"), "http://127.0.0.1:8080/sign-in/oidc/callback");
    format!("/sign-in/oidc/callback?code=c&state={}", asked("state"))
}

async fn sign_in(room: &TestRoom, provider: &Provider) -> (u16, String, Visitor) {
    let mut visitor = room.visitor();
    let back = depart(&mut visitor, provider).await;
    let answer = visitor.get(&back).await;
    (answer.status, if answer.status == 303 { answer.location } else { answer.body }, visitor)
}

#[tokio::test]
async fn a_vouched_address_finds_its_account_once_and_the_subject_from_then_on() {
    let (room, provider) = room(None).await;
    room.account(ADA, &[Role::Host]).await;
    provider.seat(json!({"sub": "s1", "email": "Ada@Library.example", "email_verified": true}));
    let (status, location, mut visitor) = sign_in(&room, &provider).await;
    assert_eq!((status, location.as_str()), (303, "/my/account"));
    assert!(visitor.get("/my/account").await.body.contains(ADA));
    provider.seat(json!({"sub": "s1", "email": "married@library.example"}));
    assert_eq!(sign_in(&room, &provider).await.0, 303);
    provider.seat(json!({"sub": "s2", "email": ADA}));
    let (status, page, _) = sign_in(&room, &provider).await;
    assert!(status == 403 && page.contains("did not vouch"), "{page}");
}

#[tokio::test]
async fn strangers_are_turned_away_or_get_the_chosen_role() {
    let stranger =
        json!({"sub": "s9", "email": "eve@library.example", "email_verified": true, "name": "Eve"});
    let (closed, provider) = room(None).await;
    provider.seat(stranger.clone());
    let (status, page, _) = sign_in(&closed, &provider).await;
    assert!(status == 403 && page.contains("eve@library.example"), "{page}");
    let (open, provider) = room(Some(Role::Operator)).await;
    provider.seat(stranger);
    assert_eq!(sign_in(&open, &provider).await.0, 303);
    let eve = crate::find(&open.hub, "eve@library.example").await.unwrap().unwrap();
    assert!(eve.roles == [Role::Operator] && eve.can_sign_in && eve.name == "Eve");
    crate::account::disable(&open.hub, &open.system(), open.organization, eve.id).await.unwrap();
    let (status, page, _) = sign_in(&open, &provider).await;
    assert!(status == 403 && page.contains("disabled"), "{page}");
}

#[tokio::test]
async fn an_answer_counts_once_in_its_own_browser_within_ten_minutes() {
    let (room, provider) = room(Some(Role::Host)).await;
    provider.seat(json!({"sub": "s1", "email": ADA, "email_verified": true}));
    let (mut ada, mut eve) = (room.visitor(), room.visitor());
    let back = depart(&mut ada, &provider).await;
    depart(&mut eve, &provider).await;
    assert_eq!(eve.get(&back).await.status, 400, "another browser");
    assert_eq!(ada.get(&back).await.status, 400, "the state is used up by the attempt");
    let back = depart(&mut ada, &provider).await;
    room.hub.clock().advance(super::LIFE);
    assert_eq!(ada.get(&back).await.status, 400, "too late");
    let back = depart(&mut ada, &provider).await;
    let (ticket, nonce) = (ada.cookies.clone(), provider.desk.lock().unwrap().nonce.clone());
    assert_eq!(ada.get(&back).await.status, 303);
    ada.cookies = ticket;
    assert_eq!(ada.get(&back).await.status, 400, "replayed");
    let back = depart(&mut ada, &provider).await;
    provider.desk.lock().unwrap().nonce = nonce;
    let stolen = ada.get(&back).await;
    assert!(stolen.status == 502 && stolen.body.contains("another sign-in"), "{}", stolen.body);
}

#[tokio::test]
async fn refusals_of_the_provider_are_explained() {
    let (room, provider) = room(None).await;
    let mut ada = room.visitor();
    let back = depart(&mut ada, &provider).await;
    let cancelled = ada.get(&back.replace("code=c", "error=access_denied")).await;
    assert!(cancelled.status == 403 && cancelled.body.contains("was cancelled"), "{}", cancelled.body);
    let back = depart(&mut ada, &provider).await;
    provider.desk.lock().unwrap().challenge = String::new();
    let refused = ada.get(&back).await;
    assert!(refused.status == 502 && refused.body.contains("invalid_grant"), "{}", refused.body);
    let back = depart(&mut ada, &provider).await;
    let foreign = ada.get(&format!("{back}&iss=https://evil.example")).await;
    assert!(foreign.status == 502 && foreign.body.contains("another issuer"), "{}", foreign.body);
}
