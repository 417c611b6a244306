//! The connection test: visible steps that prove what a connection is for, and leave nothing behind.

mod microsoft;
mod steps;
mod store;
mod webex;

use oauth::ApiKind;
use platform::{
    Actor, Hub, Instant, Result,
    audit::{self, Act},
    db::Tx,
    id::OrganizationId,
    ids,
    jobs::{self, Job, NewJob},
    record,
};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{Connection, ConnectionId, Provider, connection, integrations, provider, tokens};

pub(crate) use steps::{Step, StepState, Steps};
pub(crate) use store::{get, latest};

ids! {
    /// One run of the connection test.
    TestId,
}

/// Job: run the test.
pub(crate) const TEST_JOB: &str = "connections.test";

record! {
    /// A run of the connection test.
    #[derive(Clone, Debug)]
    pub struct ConnectionTest {
        organization_id: OrganizationId,
        id: TestId,
        connection_id: ConnectionId,
        started_at: Instant,
        finished_at: Option<Instant>,
        steps: Steps,
    }
}

impl ConnectionTest {
    /// Whether every step went well; `None` while it runs.
    pub(crate) fn passed(&self) -> Option<bool> {
        self.finished_at.map(|_| {
            self.steps
                .0
                .iter()
                .all(|step| step.state == StepState::Passed || step.state == StepState::Skipped)
        })
    }
}

#[derive(Serialize, Deserialize)]
struct Payload {
    test: TestId,
    connection: ConnectionId,
}

/// Writes a test run and its job into `tx`.
pub(crate) async fn enqueue(hub: &Hub, tx: &mut Tx, connection: &Connection) -> Result<TestId> {
    let id = TestId::new(hub);
    let waiting = Steps::planned(connection.provider);
    store::insert(hub, tx, connection, id, waiting).await?;
    let job = NewJob {
        organization: connection.organization_id,
        kind: TEST_JOB,
        dedupe: None,
        payload: jobs::payload(&Payload { test: id, connection: connection.id }),
        run_at: hub.now(),
    };
    jobs::enqueue(hub, tx, job).await?;
    Ok(id)
}

/// Starts a test on demand.
pub(crate) async fn start(hub: &Hub, actor: &Actor, connection: &Connection) -> Result<TestId> {
    let mut tx = hub.db().begin().await?;
    let id = enqueue(hub, &mut tx, connection).await?;
    let act = Act {
        action: "connection.tested",
        subject: "connection",
        subject_id: connection.id.to_string(),
        details: json!({ "test": id }),
    };
    audit::record(hub, &mut tx, actor, act).await?;
    tx.commit().await?;
    hub.wake().now();
    Ok(id)
}

/// Job: runs the steps one after the other and writes each one down as it goes.
pub(crate) async fn run(hub: Hub, job: Job) -> Result<()> {
    let Payload { test, connection } = job.payload()?;
    let connection = connection::get(&hub, job.organization, connection).await?;
    let integration = integrations::get(&hub, job.organization, connection.integration_id).await?;
    let repeated = job.earlier_attempts > 0;
    let mut run = steps::Run::begin(&hub, (job.organization, test), connection.provider, repeated).await?;
    let token = match working_token(&hub, &connection).await {
        Ok(token) => token,
        Err(error) => return run.fail_all(error.say).await,
    };
    match connection.provider {
        Provider::Webex => webex::run(&hub, &mut run, &integration, &token).await?,
        Provider::Microsoft => microsoft::run(&hub, &mut run, &integration, &token).await?,
    }
    run.finish().await
}

/// A token that the provider does not reject: one that died before its time is renewed, which also finds out
/// whether the whole authorization was withdrawn.
async fn working_token(hub: &Hub, connection: &Connection) -> Result<SecretString> {
    let (organization, id) = (connection.organization_id, connection.id);
    let token = tokens::for_background(hub, organization, id).await?;
    if !is_rejected(hub, connection.provider, &token.value).await? {
        return Ok(token.value);
    }
    tokens::distrust(hub, organization, id).await?;
    Ok(tokens::for_background(hub, organization, id).await?.value)
}

async fn is_rejected(hub: &Hub, provider: Provider, token: &SecretString) -> Result<bool> {
    let error = match provider {
        Provider::Webex => provider::webex(hub)?.me(token).await.err(),
        Provider::Microsoft => provider::graph(hub)?.me(token).await.err(),
    };
    Ok(error.is_some_and(|error| error.kind == ApiKind::TokenRejected))
}
