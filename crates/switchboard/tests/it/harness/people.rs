//! The small named world of the tests: one organization and the people of the sandbox's seed.

use accounts::{NewAccount, NewApiKey};
use platform::{
    Actor, Role, Scope,
    id::{AccountId, OrganizationId},
};
use secrecy::ExposeSecret;
use tokio::sync::OnceCell;

use super::{Browser, TestHub};

/// Everybody's password.
pub(crate) const PASSWORD: &str = "correct horse battery 9";

#[derive(Default)]
pub(crate) struct People {
    organization: OnceCell<OrganizationId>,
}

impl TestHub {
    /// The organization, made when it is first needed.
    pub(crate) async fn organization(&self) -> OrganizationId {
        let make = || async {
            accounts::create_organization(&self.hub, "Lindenhof University Library", "Europe/Berlin")
                .await
                .expect("an organization")
        };
        *self.people.organization.get_or_init(make).await
    }

    /// An account of the organization, made when it is first needed.
    pub(crate) async fn account(&self, email: &str, roles: &[Role]) -> AccountId {
        if let Some(known) = accounts::find(&self.hub, email).await.expect("accounts can be read") {
            return known.id;
        }
        let new = NewAccount {
            organization: self.organization().await,
            name: email.split('@').next().unwrap_or(email).replace('.', " "),
            email: email.to_owned(),
            password: Some(PASSWORD.into()),
            roles: roles.to_vec(),
            time_zone: None,
        };
        accounts::create_account(&self.hub, new).await.expect("an account")
    }

    /// A browser in which this account is signed in, through the real sign-in page.
    pub(crate) async fn signed_in(&self, email: &str, roles: &[Role]) -> Browser {
        self.account(email, roles).await;
        let browser = self.anyone();
        browser
            .post("/sign-in", &[("email", email), ("password", PASSWORD), ("next", "/")])
            .await
            .expect(303);
        browser
    }

    /// Ada, the administrator.
    pub(crate) async fn admin(&self) -> Browser {
        self.signed_in("ada.lindqvist@lindenhof.example", &[Role::Administrator]).await
    }

    /// Ben, a host.
    pub(crate) async fn host(&self) -> Browser {
        self.signed_in("ben.okafor@lindenhof.example", &[Role::Host]).await
    }

    /// Dmitri, an operator.
    pub(crate) async fn operator(&self) -> Browser {
        self.signed_in("dmitri.volkov@lindenhof.example", &[Role::Operator]).await
    }

    /// A program whose key has these scopes.
    pub(crate) async fn api_key(&self, scopes: &[Scope]) -> Browser {
        Browser::with_key(self.base_url.clone(), &self.key(scopes).await)
    }

    /// The secret of a new key.
    pub(crate) async fn key(&self, scopes: &[Scope]) -> String {
        let new = NewApiKey { name: "Test".to_owned(), scopes: scopes.to_vec(), expires_at: None };
        let actor = Actor::system(self.organization().await);
        let created = accounts::create_api_key(&self.hub, &actor, new).await.expect("a key");
        created.secret.expose_secret().to_owned()
    }
}
