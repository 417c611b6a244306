//! Through whom Webex is asked: the host's own connection, or one that may act for everybody.

use std::time::Duration;

use connections::{CallError, Connection, ConnectionId, IntegrationId, Provider, Purpose, Serving};
use oauth::ApiError;
use platform::{Hub, Result, id::OrganizationId};
use secrecy::SecretString;
use webex::Webex;

use crate::{
    offer::WEBEX_FOR_EVERYBODY,
    steps::{Attempt, Step, scene::Scene, trouble::Stop},
};

/// So long somebody may authorize again before a meeting is made that may be a second one.
const UNTIL_GIVEN_UP: Duration = Duration::from_secs(3600);

const REMOVED: &str = "Webex was asked for this meeting and did not confirm it, and the connection has been removed since. \
    Connect Webex again through the same integration, so that the meeting can be found. After an hour another one is made.";

const ANOTHER_ACCOUNT: &str = "This meeting was made with another Webex account, which is no longer connected; the one that \
    is connected now does not see it. Connect that account again under My account → Connections, or change the meeting \
    at Webex by hand.";

/// A connection, and for whom it acts where that is somebody else.
pub(super) struct Through {
    pub(super) organization: OrganizationId,
    pub(super) connection: ConnectionId,
    /// The host's address, for an administrator's connection.
    pub(super) host: Option<String>,
}

impl Through {
    /// The connection that made the meeting, as long as there is one; otherwise another one of the same Webex account, or
    /// one that may act for everybody. To any other account the meeting is not there (404), which says nothing.
    pub(super) async fn find(hub: &Hub, scene: &Scene, step: &Step) -> Result<Self, Stop> {
        let made_with = scene.booking.meeting.as_ref().and_then(|meeting| meeting.connection);
        if let Some(id) = made_with
            && let Some(through) = Self::with(hub, scene, step, id).await?
        {
            return Ok(through);
        }
        let through = Self::serving(hub, scene, step).await?;
        if let Some(id) = made_with
            && through.host.is_none()
            && !through.is_account_of(hub, id).await?
        {
            return Err(Stop::NotReady(ANOTHER_ACCOUNT.to_owned()));
        }
        Ok(through)
    }

    /// Whether it is a connection of the same account at Webex as that one.
    async fn is_account_of(&self, hub: &Hub, other: ConnectionId) -> Result<bool> {
        let own = connections::find_connection(hub, self.organization, self.connection).await?;
        let other = connections::find_connection(hub, self.organization, other).await?;
        let account = |it: Option<Connection>| it.map(|it| it.provider_account_id);
        Ok(account(own) == account(other))
    }

    /// Whatever serves the host now.
    async fn serving(hub: &Hub, scene: &Scene, step: &Step) -> Result<Self, Stop> {
        let organization = scene.booking.organization_id;
        let account = step.account_id;
        let serving =
            connections::serving(hub, organization, account, Provider::Webex, Purpose::Meetings).await?;
        let (connection, why) = match serving {
            Serving::Ready(connection) => return Ok(Self::of(scene, step, &connection)),
            Serving::NotReady { connection, why } => (connection, why),
        };
        let admin = connections::with_scope(hub, organization, Provider::Webex, WEBEX_FOR_EVERYBODY).await?;
        match (admin, connection) {
            (Some(admin), _) => Ok(Self::of(scene, step, &admin)),
            // A token that still works is good enough, even if it cannot be renewed.
            (None, Some(connection)) => Ok(Self { organization, connection, host: None }),
            (None, None) => Err(Stop::NotReady(why)),
        }
    }

    /// This connection, unless it was removed.
    pub(super) async fn with(
        hub: &Hub,
        scene: &Scene,
        step: &Step,
        id: ConnectionId,
    ) -> Result<Option<Self>, Stop> {
        let found = connections::find_connection(hub, scene.booking.organization_id, id).await?;
        let living = found.filter(|connection| !connection.is_removed());
        Ok(living.map(|connection| Self::of(scene, step, &connection)))
    }

    /// Who can look for a meeting that an earlier attempt may have made: its connection, or another one of the same
    /// integration, because Webex shows tags to the integration that set them only ("Create a Meeting",
    /// integrationTags). After some time nobody is waited for any more; then there is none.
    pub(super) async fn of_attempt(
        hub: &Hub,
        scene: &Scene,
        step: &Step,
        attempt: &Attempt,
    ) -> Result<Option<Self>, Stop> {
        if let Some(through) = Self::with(hub, scene, step, attempt.connection).await? {
            return Ok(Some(through));
        }
        let app = app_of(hub, scene, attempt.connection).await?;
        match Self::find(hub, scene, step).await {
            Ok(through) if app_of(hub, scene, through.connection).await? == app => return Ok(Some(through)),
            Ok(_) | Err(Stop::NotReady(_)) => {}
            Err(stop) => return Err(stop),
        }
        if attempt.since.after(UNTIL_GIVEN_UP) <= hub.now() {
            return Ok(None);
        }
        Err(Stop::NotReady(REMOVED.to_owned()))
    }

    fn of(scene: &Scene, step: &Step, connection: &Connection) -> Self {
        let is_own = connection.account_id == step.account_id;
        let host = scene.host(step.account_id).filter(|_| !is_own).map(|host| host.email.clone());
        Self { organization: connection.organization_id, connection: connection.id, host }
    }

    /// Asks Webex.
    pub(super) async fn ask<T, F, W>(&self, hub: &Hub, work: W) -> Result<T, CallError>
    where
        W: Fn(Webex, SecretString) -> F,
        F: Future<Output = Result<T, ApiError>>,
    {
        let webex = connections::webex(hub)?;
        let webex = self.host.as_ref().map_or_else(|| webex.clone(), |host| webex.for_host(host));
        connections::call(hub, self.organization, self.connection, |token| work(webex.clone(), token)).await
    }
}

/// The integration of a connection, removed or not.
async fn app_of(hub: &Hub, scene: &Scene, id: ConnectionId) -> Result<Option<IntegrationId>> {
    let found = connections::find_connection(hub, scene.booking.organization_id, id).await?;
    Ok(found.map(|connection| connection.integration_id))
}
