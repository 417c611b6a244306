//! Finding out which API answers for a site, and what the site offers.

use std::time::Duration;

use connections::CallError;
use oauth::ApiKind;
use platform::{
    Hub, Instant, Result,
    db::Tx,
    id::OrganizationId,
    jobs::{self, Job},
};
use webex::{SiteTrackingCode, TrackingCode, XmlSessionType};

use super::{Site, Way, find, probe_job};
use crate::{
    gate::{self, Api, Asker},
    plan::{SessionTypeFact, SiteFact, TrackingCodeFact},
    settings,
};

/// Job: read one site again.
pub(crate) const PROBE_JOB: &str = "directory.probe_site";
/// A site that could not be asked is asked again after this long.
const AGAIN_AFTER: Duration = Duration::from_secs(10 * 60);
/// The XML API knows no more of them.
const MOST_CODES: u8 = 10;
/// What to do where the request itself is at fault.
const OUR_FAULT: &str = "Switchboard asked in a way that is wrong in itself: this is a fault in Switchboard. Asking again \
                         does not help, so it is done only when the directory is read. Report it with these words; until it \
                         is mended, only the other way to ask the site can help.";

/// What a site said.
#[derive(Debug)]
struct Found {
    way: Way,
    facts: SiteFact,
    version: Option<String>,
    /// What will most likely not work there, in words.
    remark: Option<String>,
}

/// Has a site read again.
pub(crate) async fn look_again(
    hub: &Hub,
    tx: &mut Tx,
    organization: OrganizationId,
    site: &str,
    at: Instant,
) -> Result<()> {
    jobs::enqueue(hub, tx, probe_job(organization, site, at)).await
}

/// Job handler of [`PROBE_JOB`].
pub(crate) async fn run(hub: Hub, job: Job) -> Result<()> {
    let name: String = job.payload()?;
    let Some(site) = find(&hub, job.organization, &name).await? else { return Ok(()) };
    let connection = settings::administrator(&hub, job.organization).await?.id;
    probe(&hub, Asker { organization: job.organization, connection }, &site).await
}

/// Asks a site by REST, then by XML (or only by the way that was chosen), and keeps what it says. What was known of a site
/// that cannot be asked now stays; it is asked again by itself.
pub(crate) async fn probe(hub: &Hub, asker: Asker, site: &Site) -> Result<()> {
    match ask(hub, asker, site).await {
        Ok(found) => keep(hub, site, &found).await,
        Err(refused) => keep_trouble(hub, site, &refused).await,
    }
}

/// Why a site says nothing.
struct Refused {
    say: String,
    /// Whether it is worth another try soon.
    is_passing: bool,
}

async fn ask(hub: &Hub, asker: Asker, site: &Site) -> Result<Found, Refused> {
    let name = &site.site;
    let rest = match site.chosen_way {
        Some(Way::Xml) => None,
        _ => match by_rest(hub, asker, name).await {
            Ok(facts) => return Ok(Found { way: Way::Rest, facts, version: None, remark: None }),
            Err(error) => Some(error),
        },
    };
    // Passing trouble says nothing about which API is there; a site must not change its way by it.
    if let Some(error) = &rest
        && (site.chosen_way == Some(Way::Rest) || is_passing(error))
    {
        return Err(refused(name, "by REST", error));
    }
    match by_xml(hub, asker, name).await {
        Ok(found) => Ok(found),
        Err(error) => Err(match rest {
            Some(rest) => both_refused(name, &rest, &error),
            None => refused(name, "by XML", &error),
        }),
    }
}

async fn by_rest(hub: &Hub, asker: Asker, site: &str) -> Result<SiteFact, CallError> {
    let webex = connections::webex(hub)?;
    let webex = &webex;
    let types =
        gate::ask(
            hub,
            asker,
            Api::Meetings,
            |token| async move { webex.site_session_types(&token, site).await },
        )
        .await?;
    let codes =
        gate::ask(
            hub,
            asker,
            Api::Meetings,
            |token| async move { webex.site_tracking_codes(&token, site).await },
        )
        .await?;
    let session_types = types
        .into_iter()
        .map(|it| SessionTypeFact { id: it.id, short_name: it.short_name, name: it.name })
        .collect();
    Ok(SiteFact { session_types, tracking_codes: rest_codes(codes), closed: None })
}

/// REST names no places; lists of the classic kind count the codes in their order.
fn rest_codes(codes: Vec<TrackingCode>) -> Vec<TrackingCodeFact> {
    let fact = |(code, place): (TrackingCode, u8)| {
        let is_bound = is_bound(&code.input_mode);
        let options = code.options.into_iter().map(|option| option.value).filter(|_| is_bound).collect();
        let required = code.host_profile_code.eq_ignore_ascii_case("required");
        TrackingCodeFact { name: code.name, place, options, required }
    };
    codes.into_iter().zip(1..=MOST_CODES).map(fact).collect()
}

/// Whether only the listed values may stand (Webex Tracking Codes API, `inputMode`; the XML API writes them with
/// underscores).
fn is_bound(input_mode: &str) -> bool {
    let mode = input_mode.replace('_', "").to_lowercase();
    mode == "select" || mode == "hostprofileselect"
}

async fn by_xml(hub: &Hub, asker: Asker, site: &str) -> Result<Found, CallError> {
    let webex = connections::webex(hub)?;
    let xml = webex.xml(site)?;
    let xml = &xml;
    // Nobody opens a session where there is no XML API.
    let version = gate::ask(hub, asker, Api::Xml, |_| async move { xml.version().await }).await?;
    let types =
        gate::ask_site(hub, asker, site, |xml, ticket| async move { xml.session_types(&ticket).await })
            .await?;
    let codes = xml_codes(hub, asker, site).await?;
    let remark = reads_only(hub, asker, site).await?;
    let active = |it: &XmlSessionType| it.active;
    let fact = |it: XmlSessionType| SessionTypeFact { id: it.id, short_name: it.short_name, name: it.name };
    let session_types = types.into_iter().filter(active).map(fact).collect();
    let facts = SiteFact { session_types, tracking_codes: codes, closed: None };
    Ok(Found { way: Way::Xml, facts, version: Some(version.version), remark })
}

/// Warns where the session speaks as somebody who is no administrator of the site, as far as it says so: such people read
/// what they can hardly change. GetMe is known from one guide only (Webex's guide to managing users by API), which names no
/// role but `siteAdmin`; a site that does not answer it, or in whatever way, is no worse.
async fn reads_only(hub: &Hub, asker: Asker, site: &str) -> Result<Option<String>, CallError> {
    let asked = gate::ask_site(hub, asker, site, |xml, ticket| async move { xml.me(&ticket).await }).await;
    match asked {
        Ok(me) if !me.role.is_empty() && !me.role.eq_ignore_ascii_case("siteAdmin") => Ok(Some(format!(
            "The session at {site} speaks as {}, whom the site calls “{}” and not siteAdmin: session types and tracking \
             codes can be read there and most likely not be changed. Make them an administrator of this site in Control \
             Hub, then press “Read now”.",
            me.email, me.role
        ))),
        Err(CallError::Own(error)) => Err(error.into()),
        _ => Ok(None),
    }
}

/// The tracking codes as the XML API knows them, each with its place.
pub(super) async fn xml_codes(
    hub: &Hub,
    asker: Asker,
    site: &str,
) -> Result<Vec<TrackingCodeFact>, CallError> {
    let facts =
        gate::ask_site(hub, asker, site, |xml, ticket| async move { xml.site(&ticket).await }).await?;
    let fact = |code: SiteTrackingCode| {
        let is_bound = is_bound(&code.input_mode);
        TrackingCodeFact {
            name: code.name,
            place: code.index,
            options: if is_bound { code.options } else { Vec::new() },
            required: code.required,
        }
    };
    Ok(facts.tracking_codes.into_iter().map(fact).collect())
}

fn is_passing(error: &CallError) -> bool {
    match error {
        CallError::Own(_) => true,
        CallError::Provider(error) => match error.kind {
            ApiKind::Passing { .. } => true,
            ApiKind::Bug => !webex::is_our_fault(error),
            _ => false,
        },
    }
}

fn is_our_fault(error: &CallError) -> bool {
    error.api().is_some_and(webex::is_our_fault)
}

fn refused(site: &str, way: &str, error: &CallError) -> Refused {
    let is_passing = is_passing(error);
    let next = if is_passing { "It is tried again by itself." } else { next_step(error) };
    Refused { say: format!("{site} could not be read {way}. {next} It said: {error}"), is_passing }
}

fn both_refused(site: &str, rest: &CallError, xml: &CallError) -> Refused {
    let is_passing = is_passing(xml);
    let next = if is_passing { "XML is tried again by itself." } else { next_step(rest) };
    let fault = if is_our_fault(xml) { format!(" By XML {OUR_FAULT}") } else { String::new() };
    let say =
        format!("{site} answers neither by REST nor by XML. {next}{fault} REST said: {rest} XML said: {xml}");
    Refused { say, is_passing }
}

fn next_step(error: &CallError) -> &'static str {
    if is_our_fault(error) {
        return OUR_FAULT;
    }
    match error.api().map(|error| error.kind) {
        Some(ApiKind::Forbidden | ApiKind::TokenRejected) => {
            "The connected administrator has to be an administrator of this site, and the integration needs all scopes \
             of the purpose “Directory”."
        }
        _ => "Check in Control Hub whether the site still exists, or choose the other way to ask it.",
    }
}

async fn keep(hub: &Hub, site: &Site, found: &Found) -> Result<()> {
    hub.db()
        .sql(
            "UPDATE directory_site SET found_way = $3, facts = $4, version = $5, trouble = $7, read_at = $6 \
             WHERE organization_id = $1 AND site = $2",
        )
        .bind(site.organization_id)
        .bind(site.site.clone())
        .bind(found.way)
        .bind(found.facts.clone())
        .bind(found.version.clone())
        .bind(hub.now())
        .bind(found.remark.clone())
        .execute(hub.db())
        .await?;
    Ok(())
}

async fn keep_trouble(hub: &Hub, site: &Site, refused: &Refused) -> Result<()> {
    tracing::info!(site = site.site, why = refused.say, "a meeting site could not be read");
    let mut tx = hub.db().begin().await?;
    tx.sql(
        "UPDATE directory_site SET trouble = $3, found_way = CASE WHEN $4 THEN found_way ELSE NULL END \
         WHERE organization_id = $1 AND site = $2",
    )
    .bind(site.organization_id)
    .bind(site.site.clone())
    .bind(refused.say.clone())
    .bind(refused.is_passing)
    .execute(&mut tx)
    .await?;
    if refused.is_passing {
        look_again(hub, &mut tx, site.organization_id, &site.site, hub.now().after(AGAIN_AFTER)).await?;
    }
    tx.commit().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use oauth::ApiError;

    use super::*;

    const SITE: &str = "l.webex.com";

    fn error(kind: ApiKind, code: Option<&str>) -> CallError {
        let (code, message) = (code.map(str::to_owned), "m".to_owned());
        CallError::Provider(ApiError { kind, status: Some(200), code, message, correlation: None })
    }

    #[test]
    fn what_is_wrong_in_itself_is_not_asked_again_and_says_so() {
        let ours = error(ApiKind::Bug, Some("000000"));
        let alone = refused(SITE, "by XML", &ours);
        let both = both_refused(SITE, &error(ApiKind::Forbidden, None), &ours);
        assert!(both.say.contains("administrator of this site"), "{}", both.say);
        for Refused { say, is_passing } in [alone, both] {
            assert!(!is_passing && !say.contains("by itself"), "{say}");
            assert!(say.contains("fault in Switchboard") && say.contains("000000"), "{say}");
        }
    }

    #[test]
    fn an_odd_answer_is_asked_for_again() {
        let odd = error(ApiKind::Bug, None);
        let gone = error(ApiKind::NotFound, None);
        for Refused { say, is_passing } in [refused(SITE, "by XML", &odd), both_refused(SITE, &gone, &odd)] {
            assert!(is_passing && say.contains("tried again by itself"), "{say}");
            assert!(!say.contains("fault in Switchboard"), "{say}");
        }
    }

    #[test]
    fn only_bound_codes_offer_values() {
        for (mode, bound) in [
            ("select", true),
            ("SELECT", true),
            ("hostProfileSelect", true),
            ("HOST_PROFILE_SELECT", true),
            ("editableSelect", false),
            ("editable_select", false),
            ("text", false),
            ("", false),
        ] {
            assert_eq!(is_bound(mode), bound, "{mode}");
        }
    }
}
