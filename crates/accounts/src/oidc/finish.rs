//! Coming back from the provider: from the answer in the address to a session.

use http::HeaderMap;
use oauth::{
    CodeGrant, Kind, Refusal,
    callback::{CallbackError, CallbackQuery, check_issuer},
    oidc::{ExpectedIdToken, IdClaims, OidcError, complete_claims},
};
use platform::{Hub, Instant, Origin, Result, Role, db::Tx, id::AccountId, id::OrganizationId, record};
use secrecy::SecretString;

use super::{
    CALLBACK,
    attempt::{self, Ticket},
    claims::{display_name, vouched_email},
    provider::{self, Provider},
};
use crate::{
    account::{self, NewAccount},
    organization::find_organization,
    settings::{self, OidcSettings},
    sign_in::{self, account_act, anyone},
};

/// What came with the browser.
pub(crate) struct Callback<'a> {
    pub(crate) query: &'a str,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) origin: &'a Origin,
    /// The token of the session the browser came with.
    pub(crate) replaced: Option<&'a str>,
}

/// Why nobody was signed in.
#[derive(Debug)]
pub(crate) enum Failed {
    /// State unknown, over, used or from another browser.
    Stale,
    /// The person pressed Cancel.
    Declined,
    /// The provider's answer was not a sign-in; what it said.
    Refused(String),
    /// The provider could not be asked just now.
    Unreachable(String),
    /// The provider signed in somebody who has no account here.
    NoAccount { address: Option<String> },
    /// The account is disabled.
    Disabled,
    /// Trouble of our own.
    Ours(platform::Error),
}

impl From<platform::Error> for Failed {
    fn from(error: platform::Error) -> Self {
        Self::Ours(error)
    }
}

impl From<sqlx::Error> for Failed {
    fn from(error: sqlx::Error) -> Self {
        Self::Ours(error.into())
    }
}

impl From<CallbackError> for Failed {
    fn from(error: CallbackError) -> Self {
        Self::Refused(error.to_string())
    }
}

impl From<Refusal> for Failed {
    fn from(refusal: Refusal) -> Self {
        match refusal.kind {
            Kind::Passing { .. } => Self::Unreachable(refusal.to_string()),
            Kind::Person(oauth::PersonTrouble::Declined) => Self::Declined,
            _ => Self::Refused(refusal.to_string()),
        }
    }
}

impl From<OidcError> for Failed {
    fn from(error: OidcError) -> Self {
        match error {
            OidcError::Unavailable(refusal) => refusal.into(),
            other => Self::Refused(other.to_string()),
        }
    }
}

/// Checks the provider's answer and signs in; answers the session's token and where to go.
pub(crate) async fn finish(hub: &Hub, callback: Callback<'_>) -> Result<(String, String), Failed> {
    let settings = settings::oidc(hub).ok_or(Failed::Stale)?;
    let query = CallbackQuery::parse(callback.query)?;
    let ticket = Ticket::of(hub, callback.headers).ok_or(Failed::Stale)?;
    let state = query.state.as_ref().ok_or(Failed::Stale)?;
    let next = attempt::take(hub, state, &ticket).await?.ok_or(Failed::Stale)?;
    if let Some(refusal) = query.refusal() {
        return Err(refusal.into());
    }
    let provider = provider::provider(hub, &settings).await?;
    check_issuer(query.iss.as_deref(), &provider.rule)?;
    let code = query.code.ok_or_else(|| Failed::Refused("its answer holds no code".into()))?;
    let claims = identify(hub, &settings, &provider, (&code, &ticket)).await?;
    let key = find_or_create(hub, &settings, &provider, &claims, callback.origin).await?;
    let token = sign_in::finish(hub, key, callback.origin, callback.replaced, "openid").await?;
    Ok((token, next))
}

async fn identify(
    hub: &Hub,
    settings: &OidcSettings,
    provider: &Provider,
    (code, ticket): (&SecretString, &Ticket),
) -> Result<IdClaims, Failed> {
    let http = hub.outbound().client();
    let pkce = ticket.pkce();
    let redirect_uri = &hub.settings().url(CALLBACK);
    let grant = CodeGrant { code, redirect_uri, verifier: pkce.verifier() };
    let client = provider::credentials(settings);
    let tokens = provider.token_endpoint().exchange_code(http, &client, &grant).await?;
    let id_token =
        tokens.id_token.clone().ok_or_else(|| Failed::Refused("its answer holds no ID token".into()))?;
    let nonce = ticket.nonce();
    let expected =
        ExpectedIdToken { issuer: &provider.rule, client_id: &settings.client_id, nonce: Some(&nonce) };
    let claims = provider.jwks.validate(http, &id_token, &expected, hub.now().timestamp()).await?;
    match &provider.metadata.userinfo_endpoint {
        Some(userinfo) if claims.email.is_none() => {
            Ok(complete_claims(http, userinfo.clone(), &tokens.access_token, claims).await?)
        }
        _ => Ok(claims),
    }
}

record! {
    struct Identity {
        organization_id: OrganizationId,
        account_id: AccountId,
        disabled_at: Option<Instant>,
    }
}

/// The account of issuer and subject; the first time the account with the vouched address, or a new one.
async fn find_or_create(
    hub: &Hub,
    settings: &OidcSettings,
    provider: &Provider,
    claims: &IdClaims,
    origin: &Origin,
) -> Result<(OrganizationId, AccountId), Failed> {
    if let Some(known) = known_identity(hub, claims).await? {
        return match known.disabled_at {
            None => Ok((known.organization_id, known.account_id)),
            Some(_) => Err(Failed::Disabled),
        };
    }
    let vouched = vouched_email(claims, &provider.rule);
    let Some(email) = vouched else {
        return Err(Failed::NoAccount { address: None });
    };
    let found = account::find(hub, email).await?;
    if let (Some(found), Some(name)) = (&found, settings.organization.as_deref())
        && find_organization(hub, Some(name)).await?.id != found.organization
    {
        // This provider speaks for one organization; an account of another one is not its to give.
        return Err(Failed::NoAccount { address: Some(email.to_owned()) });
    }
    if found.as_ref().is_some_and(|found| !found.is_active()) {
        return Err(Failed::Disabled);
    }
    let new = match (&found, settings.auto_create_role) {
        (Some(_), _) => None,
        (None, Some(role)) => {
            Some(new_account(hub, settings, (claims, email), role).await?.check(hub).await?)
        }
        (None, None) => return Err(Failed::NoAccount { address: Some(email.to_owned()) }),
    };
    let mut tx = hub.db().begin().await?;
    let key = match (found, new) {
        (_, Some(new)) => (new.organization, account::insert(hub, &mut tx, &anyone(origin), new).await?),
        (Some(found), None) => (found.organization, found.id),
        (None, None) => return Err(Failed::NoAccount { address: None }),
    };
    link(hub, &mut tx, key, claims).await?;
    let details = serde_json::json!({ "issuer": claims.iss });
    let act = account_act("account.identity_linked", key.1, details);
    platform::audit::record_for(hub, &mut tx, key.0, &anyone(origin), act).await?;
    tx.commit().await?;
    Ok(key)
}

async fn known_identity(hub: &Hub, claims: &IdClaims) -> Result<Option<Identity>> {
    let row = hub
        .db()
        .sql(
            "SELECT oidc_identity.organization_id, oidc_identity.account_id, account.disabled_at FROM oidc_identity \
             JOIN account ON account.organization_id = oidc_identity.organization_id \
             AND account.id = oidc_identity.account_id \
             WHERE oidc_identity.issuer = $1 AND oidc_identity.subject = $2",
        )
        .bind(claims.iss.clone())
        .bind(claims.sub.clone())
        .maybe(hub.db())
        .await?;
    Ok(row)
}

async fn new_account(
    hub: &Hub,
    settings: &OidcSettings,
    (claims, email): (&IdClaims, &str),
    role: Role,
) -> Result<NewAccount> {
    Ok(NewAccount {
        organization: find_organization(hub, settings.organization.as_deref()).await?.id,
        name: display_name(claims, email),
        email: email.to_owned(),
        password: None,
        roles: vec![role],
        time_zone: None,
    })
}

async fn link(hub: &Hub, tx: &mut Tx, key: (OrganizationId, AccountId), claims: &IdClaims) -> Result<()> {
    tx.sql(
        "INSERT INTO oidc_identity (organization_id, issuer, subject, account_id, created_at) \
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT (organization_id, issuer, subject) DO NOTHING",
    )
    .bind(key.0)
    .bind(claims.iss.clone())
    .bind(claims.sub.clone())
    .bind(key.1)
    .bind(hub.now())
    .execute(&mut *tx)
    .await?;
    Ok(())
}
