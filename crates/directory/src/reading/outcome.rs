//! How a stretch of reading ended, written down: when it goes on, and in words what keeps it.

use std::time::Duration;

use connections::CallError;
use oauth::ApiKind;
use platform::{Fault, Hub, Instant, Result};

use super::round::{self, Ended};
use crate::settings::Directory;

/// After a failure, doubled with each further one up to the longest.
const FIRST_PAUSE: Duration = Duration::from_secs(30);
const LONGEST_PAUSE: Duration = Duration::from_secs(60 * 60);
/// Where a person has to act: they press “Read now” when they have.
const UNTIL_ACTED: Duration = Duration::from_secs(6 * 60 * 60);

/// Writes down how a stretch ended and gives the organization back, unless it is somebody else's by now.
pub(super) async fn write(hub: &Hub, directory: &Directory, ended: Result<Ended, CallError>) -> Result<()> {
    match ended {
        // The first has written what there is to write; what the other one writes down counts.
        Ok(Ended::Complete | Ended::Overtaken) => Ok(()),
        Ok(Ended::Unfinished) => unfinished(hub, directory).await,
        Ok(Ended::Stuck) => {
            let say = "Webex takes too long to answer. It is tried again by itself.".to_owned();
            let due = hub.now().after(pause(hub, directory));
            failed(hub, directory, Failed { say, due, other_org: None, begins_anew: false }).await
        }
        Ok(Ended::OtherOrganization(id, name)) => {
            failed(hub, directory, Failed::elsewhere(hub, directory, id, &name)).await
        }
        Err(error) => failed(hub, directory, Failed::of(hub, directory, error)).await,
    }
}

async fn unfinished(hub: &Hub, directory: &Directory) -> Result<()> {
    let mut tx = hub.db().begin().await?;
    tx.sql(
        "UPDATE directory SET due_at = $3, reading_until = NULL, failures = 0, trouble = NULL, trouble_since = NULL \
         WHERE organization_id = $1 AND reading_until = $2",
    )
    .bind(directory.organization_id)
    .bind(directory.reading_until)
    .bind(hub.now())
    .execute(&mut tx)
    .await?;
    super::soon(hub, &mut tx, directory.organization_id, hub.now()).await?;
    tx.commit().await?;
    hub.wake().now();
    Ok(())
}

/// A failure in the terms of the row.
struct Failed {
    say: String,
    due: Instant,
    other_org: Option<String>,
    /// Whether the next reading begins with the first page again.
    begins_anew: bool,
}

impl Failed {
    /// Two organizations must not be mixed: what was read stays until a person decides.
    fn elsewhere(hub: &Hub, directory: &Directory, id: String, name: &str) -> Self {
        let before = directory.provider_org_name.as_deref().filter(|name| !name.is_empty());
        let say = format!(
            "The connected Webex administrator belongs to {} now, but what is shown here was read of {}. If this is \
             meant, press “Read now” and everything is replaced; otherwise connect an administrator of the former under \
             Connections.",
            quoted(Some(name).filter(|name| !name.is_empty())),
            quoted(before),
        );
        Self { say, due: hub.now().after(UNTIL_ACTED), other_org: Some(id), begins_anew: true }
    }

    fn of(hub: &Hub, directory: &Directory, error: CallError) -> Self {
        let begins_anew = round::is_stale_page(directory, &error);
        let asked_for = error.api().and_then(|error| match error.kind {
            ApiKind::Passing { retry_after } => retry_after,
            _ => None,
        });
        let said = error.api().map(|error| (error.kind, error.to_string()));
        let error = error.explain(hub);
        tracing::info!(?error, organization = %directory.organization_id, "the organization could not be read");
        let own = hub.now().after(pause(hub, directory));
        let due = match error.fault {
            Fault::AskPerson | Fault::AppTrouble => hub.now().after(UNTIL_ACTED),
            Fault::Later(at) => own.max(at),
            _ => own.max(hub.now().after(asked_for.unwrap_or_default())),
        };
        let say = match said {
            Some((ApiKind::Forbidden, said)) => format!(
                "The connected Webex administrator may no longer read the organization. A full administrator has to give \
                 them back their role in Control Hub, or connect an own account under Connections; then press “Read now”. \
                 Webex said: {said}"
            ),
            Some((ApiKind::Bug, said)) => format!(
                "Webex sent an answer that could not be understood. What was read before stays as it is, and it is tried \
                 again by itself. {said}"
            ),
            _ => error.say,
        };
        Self { say, due, other_org: None, begins_anew }
    }
}

fn quoted(name: Option<&str>) -> String {
    name.map_or_else(|| "another organization".to_owned(), |name| format!("“{name}”"))
}

fn pause(hub: &Hub, directory: &Directory) -> Duration {
    let doublings = u32::try_from(directory.failures.clamp(0, 10)).unwrap_or(10);
    FIRST_PAUSE.saturating_mul(1 << doublings).min(LONGEST_PAUSE).mul_f64(hub.random().jitter())
}

async fn failed(hub: &Hub, directory: &Directory, failed: Failed) -> Result<()> {
    hub.db()
        .sql(
            "UPDATE directory SET due_at = $3, reading_until = NULL, failures = failures + 1, trouble = $4, \
             trouble_since = COALESCE(trouble_since, $5), other_org = $6, \
             phase = CASE WHEN $7 THEN NULL ELSE phase END, next_page = CASE WHEN $7 THEN NULL ELSE next_page END \
             WHERE organization_id = $1 AND reading_until = $2",
        )
        .bind(directory.organization_id)
        .bind(directory.reading_until)
        .bind(failed.due)
        .bind(failed.say)
        .bind(hub.now())
        .bind(failed.other_org)
        .bind(failed.begins_anew)
        .execute(hub.db())
        .await?;
    Ok(())
}
