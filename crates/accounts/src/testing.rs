//! A room on a SQLite file of its own, for tests.

use std::collections::BTreeMap;

use platform::{
    Actor, Clock, Hub, Instant, Origin, Random, Role, Scope,
    actor::{Key, Person, Who},
    db::Db,
    hub::{HubParts, Settings},
    id::{AccountId, OrganizationId},
    keys::{Keys, MasterKeySource},
    outbound::Outbound,
};
use tempfile::TempDir;

use crate::{NewAccount, create_account, create_organization};

pub(crate) const PASSWORD: &str = "seven quiet lamps 9";

pub(crate) struct TestRoom {
    pub(crate) hub: Hub,
    pub(crate) organization: OrganizationId,
    _dir: TempDir,
}

impl TestRoom {
    /// A room with one organization.
    pub(crate) async fn new() -> Self {
        let room = Self::empty().await;
        let organization = create_organization(&room.hub, "Library", "Europe/Berlin").await.unwrap();
        Self { organization, ..room }
    }

    /// A room before its set-up.
    pub(crate) async fn empty() -> Self {
        let dir = TempDir::new().unwrap();
        let db = Db::connect(&format!("sqlite://{}/test.db", dir.path().display())).await.unwrap();
        db.migrate().await.unwrap();
        let source = MasterKeySource::File(dir.path().join("master.key"));
        let random = Random::seeded(7);
        let ring = source.open(&db, &random).await.unwrap();
        let hub = Hub::new(HubParts {
            db,
            keys: Keys::new(source, ring),
            clock: Clock::fixed(Instant::from_micros(1_795_000_000_000_000)),
            random,
            outbound: Outbound::new(None).unwrap(),
            settings: Settings {
                public_url: "http://127.0.0.1:8080".parse().unwrap(),
                data_dir: dir.path().into(),
                form_targets: Vec::new(),
                product_name: "Switchboard".into(),
            },
            banners: Vec::new(),
            stop: tokio_util::sync::CancellationToken::new(),
        });
        Self { hub, organization: OrganizationId(uuid::Uuid::nil()), _dir: dir }
    }

    pub(crate) fn new_account(&self, email: &str) -> NewAccount {
        NewAccount {
            organization: self.organization,
            name: email.split('@').next().unwrap_or_default().to_owned(),
            email: email.to_owned(),
            password: Some(PASSWORD.into()),
            roles: vec![Role::Host],
            time_zone: None,
        }
    }

    pub(crate) async fn account(&self, email: &str, roles: &[Role]) -> AccountId {
        let new = NewAccount { roles: roles.to_vec(), ..self.new_account(email) };
        create_account(&self.hub, new).await.unwrap()
    }

    pub(crate) fn system(&self) -> Actor {
        Actor::system(self.organization)
    }

    pub(crate) fn key_actor(&self, scopes: &[Scope]) -> Actor {
        let key = Key {
            organization: self.organization,
            id: uuid::Uuid::from_u128(1),
            name: "key".into(),
            scopes: scopes.to_vec(),
        };
        Actor { who: Who::Key(key.into()), origin: Origin::default() }
    }

    pub(crate) fn person_actor(&self, person: Person) -> Actor {
        assert_eq!(person.organization, self.organization);
        Actor { who: Who::Person(person), origin: Origin::default() }
    }
}

/// The room behind its middleware, as a browser or a program meets it.
pub(crate) struct Visitor {
    app: axum::Router,
    pub(crate) cookies: BTreeMap<String, String>,
    pub(crate) key: Option<String>,
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) location: String,
    pub(crate) body: String,
}

impl TestRoom {
    pub(crate) fn visitor(&self) -> Visitor {
        let (router, _, _) = crate::routes().into_parts();
        let app = router
            .layer(axum::middleware::from_fn_with_state(self.hub.clone(), platform::web::present::present))
            .layer(axum::middleware::from_fn_with_state(self.hub.clone(), crate::identify))
            .with_state(self.hub.clone());
        Visitor { app, cookies: BTreeMap::new(), key: None }
    }

    /// A visitor who has signed in.
    pub(crate) async fn signed_in(&self, email: &str) -> Visitor {
        let mut visitor = self.visitor();
        let answer = visitor.post("/sign-in", &[("email", email), ("password", PASSWORD)]).await;
        assert_eq!((answer.status, answer.location.as_str()), (303, "/"), "{}", answer.body);
        visitor
    }
}

impl Visitor {
    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.send("GET", path, "", String::new()).await
    }

    pub(crate) async fn post(&mut self, path: &str, form: &[(&str, &str)]) -> Answer {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        self.send("POST", path, "application/x-www-form-urlencoded", body).await
    }

    pub(crate) async fn json(&mut self, method: &str, path: &str, body: &serde_json::Value) -> Answer {
        self.send(method, path, "application/json", body.to_string()).await
    }

    async fn send(&mut self, method: &str, path: &str, kind: &str, body: String) -> Answer {
        use http::header;
        let mut request =
            http::Request::builder().method(method).uri(path).header(header::CONTENT_TYPE, kind);
        if !self.cookies.is_empty() {
            let pairs: Vec<String> =
                self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header(header::COOKIE, pairs.join("; "));
        }
        if let Some(key) = &self.key {
            request = request.header(header::AUTHORIZATION, format!("Bearer {key}"));
        }
        let request = request.body(axum::body::Body::from(body)).unwrap();
        let response = tower::ServiceExt::oneshot(self.app.clone(), request).await.unwrap();
        for set in response.headers().get_all(header::SET_COOKIE) {
            let (pair, attributes) = set.to_str().unwrap().split_once(';').unwrap();
            assert!(attributes.contains("HttpOnly; SameSite=Lax"), "{attributes}");
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        let location = response.headers().get(header::LOCATION).map(|at| at.to_str().unwrap().to_owned());
        let status = response.status().as_u16();
        let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
        Answer {
            status,
            location: location.unwrap_or_default(),
            body: String::from_utf8(bytes.to_vec()).unwrap(),
        }
    }
}
