//! Through whom Webex is asked: the host's own connection, or one that may act for everybody.

use connections::{CallError, Connection, ConnectionId, Provider, Purpose, Serving};
use oauth::ApiError;
use platform::{Hub, Result, id::OrganizationId};
use secrecy::SecretString;
use webex::Webex;

use crate::{
    offer::WEBEX_ADMIN_SCOPE,
    steps::{Step, scene::Scene, trouble::Stop},
};

/// A connection, and for whom it acts where that is somebody else.
pub(super) struct Through {
    organization: OrganizationId,
    pub(super) connection: ConnectionId,
    /// The host's address, for an administrator's connection.
    pub(super) host: Option<String>,
}

impl Through {
    /// The connection that made the meeting, as long as there is one; otherwise whatever serves the host now.
    pub(super) async fn find(hub: &Hub, scene: &Scene, step: &Step) -> Result<Self, Stop> {
        let organization = scene.booking.organization_id;
        let made_with = scene.booking.meeting.as_ref().and_then(|meeting| meeting.connection);
        if let Some(id) = made_with
            && let Some(connection) = connections::find_connection(hub, organization, id).await?
            && !connection.is_removed()
        {
            return Ok(Self::of(scene, step, &connection));
        }
        let account = step.account_id;
        let serving =
            connections::serving(hub, organization, account, Provider::Webex, Purpose::Meetings).await?;
        let (connection, why) = match serving {
            Serving::Ready(connection) => return Ok(Self::of(scene, step, &connection)),
            Serving::NotReady { connection, why } => (connection, why),
        };
        let admin = connections::with_scope(hub, organization, Provider::Webex, WEBEX_ADMIN_SCOPE).await?;
        match (admin, connection) {
            (Some(admin), _) => Ok(Self::of(scene, step, &admin)),
            // A token that still works is good enough, even if it cannot be renewed.
            (None, Some(connection)) => Ok(Self { organization, connection, host: None }),
            (None, None) => Err(Stop::NotReady(why)),
        }
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
