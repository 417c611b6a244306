//! Signing in: with a password, and what every way of signing in ends with.

use platform::{
    Actor, Error, Fault, Hub, Origin, Result,
    actor::{Person, Who},
    audit::{self, Act},
    id::{AccountId, OrganizationId},
};
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::{
    account::{self, Credentials},
    organization, password, session, throttle,
    throttle::Tries,
    zone,
};

/// Where a browser goes after signing in when it came from nowhere in particular.
pub(crate) const HOME: &str = "/";

/// An attempt to sign in with a password.
pub(crate) struct Attempt<'a> {
    pub(crate) email: &'a str,
    pub(crate) password: SecretString,
    pub(crate) origin: &'a Origin,
    /// The token of the session the browser came with.
    pub(crate) replaced: Option<&'a str>,
}

/// Signs in, or says that e-mail or password are wrong; the answer and the work are the same whether the account
/// exists, has a password, or is disabled. Answers the new session's token.
pub(crate) async fn with_password(hub: &Hub, attempt: Attempt<'_>) -> Result<String> {
    let tries = Tries::new(attempt.email, attempt.origin.ip);
    let count = match throttle::admit(hub, &tries).await {
        Ok(count) => count,
        Err(error) => {
            tracing::info!(ip = ?attempt.origin.ip, "a throttled attempt to sign in");
            return Err(error);
        }
    };
    let known = account::credentials(hub, attempt.email).await?;
    let stored = known.as_ref().and_then(|known| known.password_hash.clone());
    let fits = password::verify(hub, attempt.password, stored).await?;
    if let Some(known) = known.as_ref().filter(|known| fits && known.disabled_at.is_none()) {
        throttle::succeeded(hub, &tries).await?;
        let key = (known.organization_id, known.id);
        return finish(hub, key, attempt.origin, attempt.replaced, "password").await;
    }
    record_failure(hub, known.as_ref(), attempt.origin, count).await?;
    Err(Error::new(
        Fault::Invalid(Vec::new()),
        "E-mail or password are not right, or the account is disabled. An administrator can send you a new invitation.",
    ))
}

/// Starts the session of somebody who has proved who they are, and says so in the trail.
pub(crate) async fn finish(
    hub: &Hub,
    (organization, account): (OrganizationId, AccountId),
    origin: &Origin,
    replaced: Option<&str>,
    with: &str,
) -> Result<String> {
    let actor = holder(hub, (organization, account), origin).await?;
    let mut tx = hub.db().begin().await?;
    let token = session::start(hub, &mut tx, (organization, account), origin, replaced).await?;
    let act = account_act("account.signed_in", account, json!({ "with": with }));
    audit::record(hub, &mut tx, &actor, act).await?;
    tx.commit().await?;
    Ok(token)
}

/// The first attempts of a row are in the trail, later ones make themselves known by their waiting times. Attempts
/// at unknown addresses stand in the first organization's trail, so that they cost the same work.
async fn record_failure(hub: &Hub, known: Option<&Credentials>, origin: &Origin, count: i64) -> Result<()> {
    let first = organization::organizations(hub).await?.into_iter().next().map(|first| first.id);
    let Some(organization) = known.map(|known| known.organization_id).or(first) else { return Ok(()) };
    if count > 10 {
        return Ok(());
    }
    let act = Act {
        action: "account.sign_in_failed",
        subject: "account",
        subject_id: known.map_or_else(|| "unknown".to_owned(), |known| known.id.to_string()),
        details: json!({ "attempt": count }),
    };
    let mut tx = hub.db().begin().await?;
    audit::record_for(hub, &mut tx, organization, &anyone(origin), act).await?;
    tx.commit().await?;
    Ok(())
}

/// The person of this account, who has just proved it, for the trail.
pub(crate) async fn holder(hub: &Hub, key: (OrganizationId, AccountId), origin: &Origin) -> Result<Actor> {
    let account = account::account(hub, key.0, key.1).await?;
    let person = Person {
        organization: key.0,
        organization_name: String::new(),
        account: key.1,
        session: String::new(),
        name: account.name,
        email: account.email,
        roles: account.roles,
        zone: zone::get(&account.time_zone),
    };
    Ok(Actor { who: Who::Person(person), origin: origin.clone() })
}

/// Somebody not signed in yet, at this place.
pub(crate) fn anyone(origin: &Origin) -> Actor {
    Actor { origin: origin.clone(), ..Actor::default() }
}

/// `next` if it is a path on this server, else the home page: a link here must not lead elsewhere.
pub(crate) fn local_path(next: Option<&str>) -> &str {
    let is_local = |path: &&str| {
        path.starts_with('/')
            && !path.starts_with("//")
            && path.len() <= 2000
            && !path.chars().any(|c| c.is_control() || c == '\\')
            && !path.starts_with("/sign-in")
            && !path.starts_with("/sign-out")
    };
    next.filter(is_local).unwrap_or(HOME)
}

/// An entry about an account in the trail.
pub(crate) fn account_act(action: &str, account: AccountId, details: Value) -> Act<'_> {
    Act { action, subject: "account", subject_id: account.to_string(), details }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use platform::{Role, audit::AuditFilter};

    use super::*;
    use crate::testing::{PASSWORD, TestRoom};

    async fn attempt(room: &TestRoom, email: &str, password: &str) -> Result<String> {
        let origin = Origin::default();
        let attempt = Attempt { email, password: password.into(), origin: &origin, replaced: None };
        with_password(&room.hub, attempt).await
    }

    #[test]
    fn next_stays_on_this_server() {
        for good in ["/", "/my/account?x=1&y=/b", "/admin/audit"] {
            assert_eq!(local_path(Some(good)), good);
        }
        for bad in [
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "evil",
            "",
            "/a\r\nSet-Cookie: x",
            "javascript:1",
            "/sign-in?next=/sign-in",
            "/\t/evil.example",
        ] {
            assert_eq!(local_path(Some(bad)), HOME, "{bad}");
        }
        assert_eq!(local_path(None), HOME);
    }

    #[tokio::test]
    async fn wrong_unknown_and_disabled_get_one_answer() {
        let room = TestRoom::new().await;
        room.account("ada@library.example", &[Role::Administrator]).await;
        let ben = room.account("ben@library.example", &[Role::Host]).await;
        account::disable(&room.hub, &room.system(), room.organization, ben).await.unwrap();
        let mut answers = Vec::new();
        for (email, password) in [
            ("ada@library.example", "wrong"),
            ("nobody@library.example", PASSWORD),
            ("ben@library.example", PASSWORD),
        ] {
            let error = attempt(&room, email, password).await.unwrap_err();
            answers.push((error.status(), error.say));
        }
        assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:?}");
        let trail =
            audit::list(&room.hub, room.organization, &AuditFilter::default(), None, 10).await.unwrap();
        assert_eq!(trail.iter().filter(|entry| entry.action == "account.sign_in_failed").count(), 3);
    }

    #[tokio::test]
    async fn the_right_password_signs_in_and_ends_the_counting() {
        let room = TestRoom::new().await;
        room.account("ada@library.example", &[Role::Host]).await;
        for _ in 0..4 {
            attempt(&room, "ada@library.example", "wrong").await.unwrap_err();
        }
        let token = attempt(&room, " Ada@Library.Example ", PASSWORD).await.unwrap();
        assert!(session::recognize(&room.hub, &token).await.unwrap().is_some());
        for _ in 0..5 {
            attempt(&room, "ada@library.example", "wrong").await.unwrap_err();
        }
        let error = attempt(&room, "ada@library.example", PASSWORD).await.unwrap_err();
        assert!(matches!(error.fault, Fault::TooMany(_)));
        room.hub.clock().advance(Duration::from_secs(16));
        attempt(&room, "ada@library.example", PASSWORD).await.unwrap();
    }
}
