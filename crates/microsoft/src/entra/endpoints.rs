//! Microsoft's addresses.

use oauth::oidc::{IssuerRule, Tenants};
use oauth::{ClientAuth, ScopeSet, TokenEndpoint, join, with_query};
use url::Url;

use super::{Tenant, token_refusal};

/// The tenant that all personal accounts belong to (identity platform, "ID token claims").
const PERSONAL_ACCOUNTS: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

/// The two hosts of Microsoft, without paths; tests and demos name the sandbox for both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoints {
    /// `https://login.microsoftonline.com`
    pub login: Url,
    /// `https://graph.microsoft.com`
    pub graph: Url,
}

/// What an administrator is asked to consent to on behalf of everyone.
pub struct AdminConsentRequest<'a> {
    pub client_id: &'a str,
    pub redirect_uri: &'a str,
    pub scopes: &'a ScopeSet,
    pub state: &'a str,
}

impl Endpoints {
    /// Where people authorize the app.
    pub fn authorize_url(&self, tenant: &Tenant) -> Url {
        self.at(tenant, &["oauth2", "v2.0", "authorize"])
    }

    /// Where codes and refresh tokens are exchanged: on the same tenant path that the code was issued on, or Entra
    /// answers AADSTS700005.
    pub fn token_endpoint(&self, tenant: &Tenant) -> TokenEndpoint {
        let url = self.at(tenant, &["oauth2", "v2.0", "token"]);
        TokenEndpoint { url, auth: ClientAuth::Body, classify: token_refusal }
    }

    /// The keys that ID tokens are signed with.
    pub fn keys_url(&self, tenant: &Tenant) -> Url {
        self.at(tenant, &["discovery", "v2.0", "keys"])
    }

    /// Where an administrator consents for the whole tenant (identity platform, "admin consent"). This endpoint
    /// does not know `common`, so `organizations` stands in for the shared paths.
    pub fn admin_consent_url(&self, tenant: &Tenant, request: &AdminConsentRequest<'_>) -> Url {
        let tenant = match tenant {
            Tenant::Common | Tenant::Consumers => &Tenant::Organizations,
            one => one,
        };
        let scope = request.scopes.to_string();
        let pairs = [
            ("client_id", request.client_id),
            ("redirect_uri", request.redirect_uri),
            ("scope", &*scope),
            ("state", request.state),
        ];
        with_query(self.at(tenant, &["v2.0", "adminconsent"]), &pairs)
    }

    /// Whose ID tokens are believed: every tenant signs under its own id. A domain does not tell its tenant's id,
    /// so there the token endpoint's path, which serves that one tenant, is what keeps others out.
    pub fn issuer_rule(&self, tenant: &Tenant) -> IssuerRule {
        let tenants = match tenant {
            Tenant::Id(id) => Tenants::Only(vec![id.clone()]),
            Tenant::Consumers => Tenants::Only(vec![PERSONAL_ACCOUNTS.to_owned()]),
            Tenant::Common | Tenant::Organizations | Tenant::Domain(_) => Tenants::Any,
        };
        let template = format!("{}/{{tenantid}}/v2.0", self.login.as_str().trim_end_matches('/'));
        IssuerRule::Entra { template, tenants }
    }

    fn at(&self, tenant: &Tenant, path: &[&str]) -> Url {
        join(&join(&self.login, &[&tenant.to_string()]), path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoints() -> Endpoints {
        let at = |url| Url::parse(url).unwrap();
        Endpoints { login: at("https://login.microsoftonline.com"), graph: at("https://graph.microsoft.com") }
    }

    #[test]
    fn addresses_are_those_of_the_identity_platform() {
        let (endpoints, tenant) = (endpoints(), Tenant::Organizations);
        let host = "https://login.microsoftonline.com/organizations";
        assert_eq!(endpoints.authorize_url(&tenant).as_str(), format!("{host}/oauth2/v2.0/authorize"));
        assert_eq!(endpoints.token_endpoint(&tenant).url.as_str(), format!("{host}/oauth2/v2.0/token"));
        assert_eq!(endpoints.keys_url(&tenant).as_str(), format!("{host}/discovery/v2.0/keys"));
        let scopes = ScopeSet::parse("Calendars.ReadWrite");
        let request = AdminConsentRequest {
            client_id: "c",
            redirect_uri: "https://a.example/",
            scopes: &scopes,
            state: "s",
        };
        let query = "client_id=c&redirect_uri=https%3A%2F%2Fa.example%2F&scope=Calendars.ReadWrite&state=s";
        assert_eq!(
            endpoints.admin_consent_url(&Tenant::Common, &request).as_str(),
            format!("{host}/v2.0/adminconsent?{query}")
        );
    }

    #[test]
    fn a_named_tenant_lets_no_other_in() {
        let id = "11111111-aaaa-4000-8000-000000000001";
        let rule = endpoints().issuer_rule(&Tenant::Id(id.into()));
        assert!(rule.accepts(&format!("https://login.microsoftonline.com/{id}/v2.0")));
        assert!(!rule.accepts(&format!("https://login.microsoftonline.com/{PERSONAL_ACCOUNTS}/v2.0")));
        assert!(!rule.accepts(&format!("https://login.example/{id}/v2.0")));
    }
}
