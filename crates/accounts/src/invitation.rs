//! Invitations: a link with which a person sets their own password, shown to the administrator once and mailed.

use std::time::Duration;

use notifications::{Letter, Link};
use platform::{
    Actor, Hub, Instant, Origin, Result, Role, conflict,
    db::Tx,
    error::invalid_field,
    id::{AccountId, OrganizationId},
    not_found,
    random::fingerprint,
    record, sign_in as sign_in_error,
};
use secrecy::SecretString;
use serde_json::Value;

use crate::{
    account::{self, Account, NewAccount},
    organization, password,
    sign_in::{account_act, finish, holder},
};

const LIFE: Duration = Duration::from_secs(7 * 24 * 3600);

/// A person to be invited.
#[derive(Clone, Debug)]
pub struct NewInvitation {
    pub name: String,
    pub email: String,
    pub roles: Vec<Role>,
    /// The organization's own when absent.
    pub time_zone: Option<String>,
}

/// An invited account and the link that lets it in once; the link is not stored and cannot be shown again.
pub struct Invited {
    pub account: Account,
    pub link: SecretString,
    pub expires_at: Instant,
}

record! {
    /// An open invitation, with what its page shows.
    pub(crate) struct Invitation {
        organization_id: OrganizationId,
        account_id: AccountId,
        organization_name: String,
        name: String,
        email: String,
    }
}

/// Creates an account without a password and invites its person.
pub async fn invite(hub: &Hub, actor: &Actor, new: NewInvitation) -> Result<Invited> {
    let organization = actor.organization().ok_or_else(|| sign_in_error("Please sign in."))?;
    account::may_touch(actor, &new.roles)?;
    let new = NewAccount {
        organization,
        name: new.name,
        email: new.email,
        password: None,
        roles: new.roles,
        time_zone: new.time_zone,
    };
    let new = new.check(hub).await?;
    let sender = organization::get(hub, organization).await?.name;
    let (name, email) = (new.name.clone(), new.email.as_str().to_owned());
    let mut tx = hub.db().begin().await?;
    let id = account::insert(hub, &mut tx, actor, new).await?;
    let link = write(hub, &mut tx, actor, (organization, id)).await?;
    mail(hub, &mut tx, organization, (&sender, &name, &email), &link).await?;
    tx.commit().await?;
    hub.wake().now();
    invited(hub, organization, id, link).await
}

/// Makes a new link for an account, whether it has a password already or not; the old link ends.
pub async fn renew_invitation(
    hub: &Hub,
    actor: &Actor,
    organization: OrganizationId,
    id: AccountId,
) -> Result<Invited> {
    let account = account::account(hub, organization, id).await?;
    account::may_touch(actor, &account.roles)?;
    if !account.is_active() {
        return Err(conflict("This account is disabled. Enable it first, then invite the person."));
    }
    let sender = organization::get(hub, organization).await?.name;
    let mut tx = hub.db().begin().await?;
    let link = write(hub, &mut tx, actor, (organization, id)).await?;
    mail(hub, &mut tx, organization, (&sender, &account.name, &account.email), &link).await?;
    tx.commit().await?;
    hub.wake().now();
    invited(hub, organization, id, link).await
}

async fn invited(hub: &Hub, organization: OrganizationId, id: AccountId, link: String) -> Result<Invited> {
    let account = account::account(hub, organization, id).await?;
    Ok(Invited { account, link: link.into(), expires_at: hub.now().after(LIFE) })
}

async fn write(hub: &Hub, tx: &mut Tx, actor: &Actor, key: (OrganizationId, AccountId)) -> Result<String> {
    let (token, now) = (hub.random().token(), hub.now());
    tx.sql(
        "INSERT INTO invitation (organization_id, account_id, id, created_at, expires_at) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (organization_id, account_id) DO UPDATE SET id = excluded.id, created_at = excluded.created_at, \
         expires_at = excluded.expires_at",
    )
    .bind(key.0)
    .bind(key.1)
    .bind(fingerprint(&token))
    .bind(now)
    .bind(now.after(LIFE))
    .execute(&mut *tx)
    .await?;
    let act = account_act("account.invited", key.1, Value::Null);
    platform::audit::record_for(hub, tx, key.0, actor, act).await?;
    Ok(hub.settings().url(&format!("/invite/{token}")))
}

async fn mail(
    hub: &Hub,
    tx: &mut Tx,
    organization: OrganizationId,
    (sender, name, email): (&str, &str, &str),
    link: &str,
) -> Result<()> {
    let product = &hub.settings().product_name;
    let letter = Letter {
        subject: format!("Your account at {product}"),
        name: name.to_owned(),
        paragraphs: vec![
            format!("{sender} invites you to {product}. Choose a password, and you are in."),
            "The link works once, within seven days. If it has ended, an administrator can send a new one."
                .into(),
        ],
        link: Some(Link { label: "Choose a password".into(), url: link.to_owned() }),
    };
    notifications::send(hub, tx, letter.addressed(hub, organization, email, None)?).await
}

/// The open invitation of this token, or a page that says what to do.
pub(crate) async fn open(hub: &Hub, token: &str) -> Result<Invitation> {
    let found = hub
        .db()
        .sql(
            "SELECT invitation.organization_id, invitation.account_id, organization.name AS organization_name, \
             account.name, account.email FROM invitation \
             JOIN account ON account.organization_id = invitation.organization_id AND account.id = invitation.account_id \
             JOIN organization ON organization.id = invitation.organization_id \
             WHERE invitation.id = $1 AND invitation.expires_at > $2 AND account.disabled_at IS NULL",
        )
        .bind(fingerprint(token))
        .bind(hub.now())
        .maybe(hub.db())
        .await?;
    found.ok_or_else(ended)
}

fn ended() -> platform::Error {
    let mut error = not_found("invitation");
    error.say = "This invitation has been used or has ended. Sign in with your password, or ask an administrator for \
                 a new invitation."
        .into();
    error
}

/// Sets the password of whoever holds the invitation and signs them in; answers the session's token.
pub(crate) async fn accept(
    hub: &Hub,
    token: &str,
    new: SecretString,
    origin: &Origin,
    replaced: Option<&str>,
) -> Result<String> {
    let invitation = open(hub, token).await?;
    let key = (invitation.organization_id, invitation.account_id);
    password::check(&new, &invitation.email).map_err(|message| invalid_field("password", message))?;
    let hash = password::hash(hub, new).await?;
    let actor = holder(hub, key, origin).await?;
    let mut tx = hub.db().begin().await?;
    let used = tx
        .sql("DELETE FROM invitation WHERE id = $1 AND expires_at > $2")
        .bind(fingerprint(token))
        .bind(hub.now())
        .execute(&mut tx)
        .await?;
    if used == 0 {
        return Err(ended());
    }
    account::set_password(&mut tx, key, hash).await?;
    crate::session::revoke_all(&mut tx, key.0, key.1, None).await?;
    let act = account_act("account.invitation_accepted", key.1, Value::Null);
    platform::audit::record_for(hub, &mut tx, key.0, &actor, act).await?;
    tx.commit().await?;
    finish(hub, key, origin, replaced, "invitation").await
}

/// Forgets invitations that have ended.
pub(crate) async fn forget(hub: &Hub) -> Result<()> {
    hub.db().sql("DELETE FROM invitation WHERE expires_at <= $1").bind(hub.now()).execute(hub.db()).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use platform::Fault;
    use secrecy::ExposeSecret;

    use super::*;
    use crate::testing::{PASSWORD, TestRoom};

    fn ben() -> NewInvitation {
        NewInvitation {
            name: "Ben Okafor".into(),
            email: "ben@library.example".into(),
            roles: vec![Role::Host],
            time_zone: None,
        }
    }

    fn token(invited: &Invited) -> String {
        invited.link.expose_secret().rsplit('/').next().unwrap().to_owned()
    }

    #[tokio::test]
    async fn an_invitation_lets_in_once() {
        let room = TestRoom::new().await;
        let invited = invite(&room.hub, &room.system(), ben()).await.unwrap();
        assert!(!invited.account.can_sign_in);
        let token = token(&invited);
        let origin = Origin::default();
        let weak = accept(&room.hub, &token, "short".into(), &origin, None).await.unwrap_err();
        assert!(weak.field("password").is_some());
        accept(&room.hub, &token, PASSWORD.into(), &origin, None).await.unwrap();
        let again = accept(&room.hub, &token, "another long one 7".into(), &origin, None).await.unwrap_err();
        assert_eq!(again.fault, Fault::NotFound);
        let mails = notifications::recent(&room.hub, room.organization, 10).await.unwrap();
        assert_eq!((mails.len(), mails[0].recipient.as_str()), (1, "ben@library.example"));
    }

    #[tokio::test]
    async fn a_new_invitation_ends_the_old_one_and_none_outlives_a_week() {
        let room = TestRoom::new().await;
        let first = invite(&room.hub, &room.system(), ben()).await.unwrap();
        let (organization, id) = (room.organization, first.account.id);
        let second = renew_invitation(&room.hub, &room.system(), organization, id).await.unwrap();
        assert!(open(&room.hub, &token(&first)).await.is_err());
        assert!(open(&room.hub, &token(&second)).await.is_ok());
        room.hub.clock().advance(LIFE);
        assert!(open(&room.hub, &token(&second)).await.is_err());
    }
}
