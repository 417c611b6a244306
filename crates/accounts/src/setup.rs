//! The first administrator: made by whoever opens the one-time link that the server prints at its first start.

use std::time::Duration;

use platform::{
    Actor, Error, Fault, Hub, Origin, Result, Role, conflict, db::Tx, id::OrganizationId,
    random::fingerprint, web::Checked,
};
use secrecy::SecretString;

use crate::{
    account::{self, NewAccount},
    organization, password, sign_in, zone,
};

const LIFE: Duration = Duration::from_secs(24 * 3600);

/// What the first administrator fills in.
pub(crate) struct Setup {
    pub(crate) organization: String,
    pub(crate) time_zone: String,
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) password: SecretString,
}

/// A new one-time link (valid for 24 hours) while there is no administrator; `None` once there is one.
pub async fn ensure_setup_link(hub: &Hub) -> Result<Option<String>> {
    let mut tx = hub.db().begin().await?;
    if has_administrator(&mut tx).await? {
        return Ok(None);
    }
    let (token, now) = (hub.random().token(), hub.now());
    tx.sql("INSERT INTO setup_link (id, created_at, expires_at) VALUES ($1, $2, $3)")
        .bind(fingerprint(&token))
        .bind(now)
        .bind(now.after(LIFE))
        .execute(&mut tx)
        .await?;
    tx.commit().await?;
    Ok(Some(hub.settings().url(&format!("/setup/{token}"))))
}

async fn has_administrator(tx: &mut Tx) -> Result<bool> {
    let (count,): (i64,) = tx
        .sql("SELECT COUNT(*) FROM account_role WHERE role = $1")
        .bind(Role::Administrator.as_str().to_owned())
        .one(&mut *tx)
        .await?;
    Ok(count > 0)
}

/// Whether the link still works; otherwise what to do.
pub(crate) async fn open(hub: &Hub, token: &str) -> Result<()> {
    let sql = "SELECT id FROM setup_link WHERE id = $1 AND used_at IS NULL AND expires_at > $2";
    let found: Option<(String,)> =
        hub.db().sql(sql).bind(fingerprint(token)).bind(hub.now()).maybe(hub.db()).await?;
    found.map(drop).ok_or_else(|| {
        Error::new(
            Fault::NotFound,
            "This set-up link has been used or has ended. If Switchboard is set up already, sign in. Otherwise start \
             the server again: it prints a new link.",
        )
    })
}

/// Creates the organization with its first administrator and signs them in. Of any number of people who try at the
/// same moment exactly one succeeds. Answers the session's token.
pub(crate) async fn set_up(hub: &Hub, token: &str, setup: Setup, origin: &Origin) -> Result<String> {
    open(hub, token).await?;
    let (name, time_zone) = check(&setup)?;
    let hash = password::hash(hub, setup.password.clone()).await?;
    let mut tx = hub.db().begin().await?;
    claim(hub, &mut tx, token).await?;
    let organization = organization::insert(hub, &mut tx, &name, &time_zone).await?;
    let mut administrator = new_administrator(organization, &setup, &time_zone).check(hub).await?;
    administrator.password_hash = Some(hash);
    let actor = Actor { origin: origin.clone(), ..Actor::system(organization) };
    let account = account::insert(hub, &mut tx, &actor, administrator).await?;
    tx.commit().await?;
    sign_in::finish(hub, (organization, account), origin, None, "setup").await
}

/// One winner: using one link uses up all of them, and whoever waits for the same rows finds none left.
async fn claim(hub: &Hub, tx: &mut Tx, token: &str) -> Result<()> {
    let used: Vec<(String,)> = tx
        .sql("UPDATE setup_link SET used_at = $1 WHERE used_at IS NULL AND expires_at > $1 RETURNING id")
        .bind(hub.now())
        .all(&mut *tx)
        .await?;
    let mine = fingerprint(token);
    if used.iter().any(|(id,)| *id == mine) && !has_administrator(tx).await? {
        return Ok(());
    }
    Err(conflict(
        "Somebody else has just set up this Switchboard. If that was you in another window, sign in; if not, look at \
         the server's log and its address before you go on.",
    ))
}

fn check(setup: &Setup) -> Result<(String, String)> {
    let mut checked = Checked::default();
    let name = checked.text("organization", &setup.organization, 100);
    let time_zone = checked.value("time_zone", zone::parse(&setup.time_zone)).unwrap_or_default();
    checked.text("name", &setup.name, 100);
    checked.value("email", setup.email.parse::<account::Email>());
    checked.value("password", password::check(&setup.password, &setup.email));
    checked.finish()?;
    Ok((name, time_zone))
}

fn new_administrator(organization: OrganizationId, setup: &Setup, time_zone: &str) -> NewAccount {
    NewAccount {
        organization,
        name: setup.name.clone(),
        email: setup.email.clone(),
        password: None,
        roles: vec![Role::Administrator, Role::Host],
        time_zone: Some(time_zone.to_owned()),
    }
}

/// Forgets links that have ended.
pub(crate) async fn forget(hub: &Hub) -> Result<()> {
    hub.db().sql("DELETE FROM setup_link WHERE expires_at <= $1").bind(hub.now()).execute(hub.db()).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{PASSWORD, TestRoom};

    fn setup(email: &str) -> Setup {
        Setup {
            organization: "Library <b>".into(),
            time_zone: "Europe/Berlin".into(),
            name: "Ada".into(),
            email: email.into(),
            password: PASSWORD.into(),
        }
    }

    async fn link(hub: &Hub) -> String {
        let link = ensure_setup_link(hub).await.unwrap().unwrap();
        link.rsplit('/').next().unwrap().to_owned()
    }

    #[tokio::test]
    async fn of_many_at_once_with_two_links_one_wins() {
        let room = TestRoom::empty().await;
        let links = [link(&room.hub).await, link(&room.hub).await];
        let mut racing = tokio::task::JoinSet::new();
        for racer in 0..8_usize {
            let (hub, token) = (room.hub.clone(), links[racer % 2].clone());
            racing.spawn(async move {
                set_up(&hub, &token, setup(&format!("r{racer}@library.example")), &Origin::default()).await
            });
        }
        let outcomes = racing.join_all().await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
        assert_eq!(organization::organizations(&room.hub).await.unwrap().len(), 1);
        assert_eq!(ensure_setup_link(&room.hub).await.unwrap(), None);
        assert!(open(&room.hub, &links[0]).await.is_err() && open(&room.hub, &links[1]).await.is_err());
    }

    #[tokio::test]
    async fn a_wrong_form_leaves_the_link_usable_and_nothing_behind() {
        let room = TestRoom::empty().await;
        let token = link(&room.hub).await;
        let wrong = Setup { time_zone: "Mars".into(), email: "x".into(), ..setup("") };
        let error = set_up(&room.hub, &token, wrong, &Origin::default()).await.unwrap_err();
        assert!(error.field("time_zone").is_some() && error.field("email").is_some());
        assert!(organization::organizations(&room.hub).await.unwrap().is_empty());
        room.hub.clock().advance(Duration::from_secs(24 * 3600 - 1));
        set_up(&room.hub, &token, setup("ada@library.example"), &Origin::default()).await.unwrap();
    }

    #[tokio::test]
    async fn a_link_ends_after_a_day() {
        let room = TestRoom::empty().await;
        let token = link(&room.hub).await;
        room.hub.clock().advance(LIFE);
        assert!(open(&room.hub, &token).await.is_err());
    }
}
