//! A room on a SQLite file of its own, for tests.

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
        Actor { who: Who::Key(key), origin: Origin::default() }
    }

    pub(crate) fn person_actor(&self, person: Person) -> Actor {
        assert_eq!(person.organization, self.organization);
        Actor { who: Who::Person(person), origin: Origin::default() }
    }
}
