//! Telling whoever must act: by mail on days 0, 1, 3, 7 and 14, then silence; and on every page by a banner.

use std::{future::Future, pin::Pin, time::Duration};

use accounts::Account;
use notifications::{Letter, Link};
use platform::{Actor, Hub, Result, Role, db::Tx, id::OrganizationId, record, web::Banner};

use crate::{
    Connection, ConnectionId, Integration, connection,
    integrations::{self, Secret},
    trouble::{Trouble, TroubleKind},
};

/// Days after the trouble began on which its owner is told.
const TELL_ON_DAYS: [u64; 5] = [0, 1, 3, 7, 14];

record! {
    struct Untold {
        organization_id: OrganizationId,
        id: ConnectionId,
    }
}

/// A regular round: reminds owners whose connection still waits for them, and administrators of secrets that end.
pub(crate) async fn remind(hub: Hub) -> Result<()> {
    let waiting: Vec<Untold> = hub
        .db()
        .sql("SELECT organization_id, id FROM connection WHERE state = 'attention' AND removed_at IS NULL AND told < $1")
        .bind(i64::try_from(TELL_ON_DAYS.len()).unwrap_or(0))
        .all(hub.db())
        .await?;
    // One row that cannot be told must not silence the others.
    for row in waiting {
        if let Err(error) = remind_owner(&hub, row.organization_id, row.id).await {
            tracing::error!(?error, connection = %row.id, "its owner could not be reminded");
        }
    }
    for (secret, days) in integrations::expiring(&hub).await? {
        if let Err(error) = warn_of_end(&hub, &secret, days).await {
            tracing::error!(?error, integration = %secret.integration_id, "its administrators could not be warned");
        }
    }
    Ok(())
}

async fn warn_of_end(hub: &Hub, secret: &Secret, days: i64) -> Result<()> {
    let integration = integrations::get(hub, secret.organization_id, secret.integration_id).await?;
    let administrators = accounts::administrators(hub, secret.organization_id).await?;
    let mut tx = hub.db().begin().await?;
    if integrations::mark_warned(&mut tx, secret, days).await? {
        tell_administrators(hub, &mut tx, &administrators, &integration, &ending(days)).await?;
    }
    tx.commit().await?;
    hub.wake().now();
    Ok(())
}

fn ending(days: i64) -> Trouble {
    Trouble::new(
        TroubleKind::App,
        "secret_expiring",
        format!("The client secret ends in {days} day{} or less.", if days == 1 { "" } else { "s" }),
        "Create a new secret at the provider and add it as the next one; it takes over by itself and nobody needs to authorize again.",
    )
}

async fn remind_owner(hub: &Hub, organization: OrganizationId, id: ConnectionId) -> Result<()> {
    let connection = connection::get(hub, organization, id).await?;
    let told = usize::try_from(connection.told).unwrap_or(usize::MAX);
    let (Some(day), Some(reason)) = (TELL_ON_DAYS.get(told), connection.reason.clone()) else {
        return Ok(());
    };
    if hub.now().since(connection.state_since) < Duration::from_secs(day * 86_400) {
        return Ok(());
    }
    let owner = accounts::account(hub, organization, connection.account_id).await?;
    let mut tx = hub.db().begin().await?;
    tell_owner(hub, &mut tx, (&connection, &owner), &reason, connection.told).await?;
    tx.commit().await?;
    hub.wake().now();
    Ok(())
}

/// Writes the mail to the owner and counts it, in the caller's transaction.
pub(crate) async fn tell_owner(
    hub: &Hub,
    tx: &mut Tx,
    (connection, owner): (&Connection, &Account),
    trouble: &Trouble,
    told: i64,
) -> Result<()> {
    let counted = tx
        .sql("UPDATE connection SET told = $3 WHERE organization_id = $1 AND id = $2 AND told = $4")
        .bind(connection.organization_id)
        .bind(connection.id)
        .bind(told + 1)
        .bind(told)
        .execute(&mut *tx)
        .await?;
    if counted == 0 {
        return Ok(());
    }
    let provider = connection.provider.title();
    let letter = Letter {
        subject: format!("Your {provider} connection needs you"),
        name: owner.name.clone(),
        paragraphs: vec![
            format!("Your {provider} account {} is no longer connected.", connection.provider_account),
            trouble.what.clone(),
            trouble.next.clone(),
        ],
        link: Some(Link {
            label: "Open your connections".into(),
            url: hub.settings().url("/my/connections"),
        }),
    };
    let dedupe = format!("attention:{}:{}:{}", connection.id, connection.token_version, told);
    let mail = letter.addressed(hub, connection.organization_id, owner.email.as_str(), Some(dedupe))?;
    notifications::send(hub, tx, mail).await
}

/// Writes the mails to the administrators about an integration, in the caller's transaction.
pub(crate) async fn tell_administrators(
    hub: &Hub,
    tx: &mut Tx,
    administrators: &[Account],
    integration: &Integration,
    trouble: &Trouble,
) -> Result<()> {
    let name = &integration.name;
    for administrator in administrators {
        let letter = Letter {
            // Names may be long in any script; the sentence stands in the letter itself.
            subject: format!("{}: needs its administrator", name.chars().take(40).collect::<String>()),
            name: administrator.name.clone(),
            paragraphs: vec![
                format!(
                    "The integration “{name}” with {} needs its administrator.",
                    integration.provider.title()
                ),
                trouble.what.clone(),
                trouble.next.clone(),
            ],
            link: Some(Link {
                label: "Open the integration".into(),
                url: hub.settings().url(&format!("/admin/integrations/{}", integration.id)),
            }),
        };
        let mail = letter.addressed(hub, integration.organization_id, administrator.email.as_str(), None)?;
        notifications::send(hub, tx, mail).await?;
    }
    Ok(())
}

/// What this room says on top of every page.
pub(crate) fn banner(hub: Hub, actor: Actor) -> Pin<Box<dyn Future<Output = Result<Vec<Banner>>> + Send>> {
    Box::pin(async move {
        let Some(person) = actor.person() else { return Ok(Vec::new()) };
        let mut banners = Vec::new();
        let filter = connection::ConnectionFilter {
            account: Some(person.account),
            state: Some(crate::State::Attention),
            limit: 5,
            ..Default::default()
        };
        for connection in connection::list(&hub, person.organization, &filter).await? {
            let what = connection.reason.as_ref().map_or("It needs you.", |reason| reason.what.as_str());
            banners.push(Banner {
                text: format!(
                    "Your {} account {} is no longer connected. {what}",
                    connection.provider.title(),
                    connection.provider_account
                ),
                link: Some(("Authorize again".into(), format!("/my/connections/{}", connection.id))),
            });
        }
        if actor.has_role(Role::Administrator) {
            for integration in integrations::list(&hub, person.organization).await? {
                let Some(trouble) = &integration.trouble else { continue };
                banners.push(Banner {
                    text: format!("{}: {}", integration.name, trouble.what),
                    link: Some(("See what to do".into(), format!("/admin/integrations/{}", integration.id))),
                });
            }
        }
        Ok(banners)
    })
}
