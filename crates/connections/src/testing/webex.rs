//! The test of a Webex connection: who am I, which sites, a meeting that comes and goes without mail.

use std::time::Duration;

use jiff::Timestamp;
use oauth::ApiError;
use platform::{Hub, Result};
use secrecy::SecretString;
use webex::{NewMeeting, Webex};

use super::steps::Run;
use crate::{Integration, Purpose, provider};

const DAY: Duration = Duration::from_secs(86_400);
const LENGTH: Duration = Duration::from_secs(15 * 60);

pub(super) async fn run(
    hub: &Hub,
    run: &mut Run<'_>,
    integration: &Integration,
    token: &SecretString,
) -> Result<()> {
    let webex = provider::webex(hub)?;
    run.running("who_am_i").await?;
    match webex.me(token).await {
        Ok(person) => run.passed("who_am_i", person.email().unwrap_or(&person.display_name)).await?,
        Err(error) => return run.failed("who_am_i", &error).await,
    }
    if !integration.purposes.serves(Purpose::Meetings) {
        for step in ["sites", "create_meeting", "delete_meeting"] {
            run.skipped(step, "Not needed: this integration is not for appointments and events.").await?;
        }
        return Ok(());
    }
    run.running("sites").await?;
    match webex.sites(token).await {
        Ok(sites) if sites.is_empty() => {
            run.passed("sites", "No Webex site; meetings are created on the account's own room.").await?;
        }
        Ok(sites) => {
            run.passed(
                "sites",
                sites.iter().map(|site| site.site_url.as_str()).collect::<Vec<_>>().join(", "),
            )
            .await?;
        }
        Err(error) => return run.failed("sites", &error).await,
    }
    meeting(hub, run, &webex, token).await
}

async fn meeting(hub: &Hub, run: &mut Run<'_>, webex: &Webex, token: &SecretString) -> Result<()> {
    let tag = run.mark_of_things();
    let start = hub.now().after(DAY);
    let (start, end) = (start.timestamp(), start.after(LENGTH).timestamp());
    // Wide enough to find what an interrupted run made somewhat earlier.
    let around = (hub.now().timestamp(), hub.now().after(DAY * 2).timestamp());
    run.running("create_meeting").await?;
    if run.is_repeated
        && let Err(error) = find_and_delete(webex, token, &tag, around).await
    {
        return run.failed("create_meeting", &error).await;
    }
    let new = NewMeeting {
        integration_tags: &[&tag],
        ..NewMeeting::new("Switchboard connection test (deleted at once)", (start, end), "UTC")
    };
    let id = match webex.create_meeting(token, &new).await {
        Ok(meeting) => meeting.id,
        Err(error) => {
            run.failed("create_meeting", &error).await?;
            // The answer may have been cut after the meeting was made.
            let found = find_and_delete(webex, token, &tag, around).await;
            return run.cleared_away("delete_meeting", "meeting", found).await;
        }
    };
    run.passed("create_meeting", "Created.").await?;
    run.running("delete_meeting").await?;
    match webex.delete_meeting(token, &id, false).await {
        Ok(()) => run.passed("delete_meeting", "Deleted; nothing is left behind.").await,
        Err(error) => {
            run.failed("delete_meeting", &error).await?;
            let found = find_and_delete(webex, token, &tag, around).await;
            run.cleared_away("delete_meeting", "meeting", found).await
        }
    }
}

/// Looks meetings up by their tag and deletes them, so that a failed test leaves nothing behind.
async fn find_and_delete(
    webex: &Webex,
    token: &SecretString,
    tag: &str,
    around: (Timestamp, Timestamp),
) -> Result<usize, ApiError> {
    let left = webex.list_meetings(token, tag, around).await?;
    for meeting in &left {
        webex.delete_meeting(token, &meeting.id, false).await?;
    }
    Ok(left.len())
}
