//! Meeting sites: which of the two APIs answers for each, what it offers, and what a person has there.

mod membership;
mod probe;

use std::collections::BTreeMap;

use platform::{
    Actor, Hub, Instant, Result,
    audit::{self, Act},
    db::Tx,
    id::OrganizationId,
    jobs::{self, NewJob},
    json_column, not_found, record,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    plan::{Catalog, Change, Field, LicenceFact, Setting, SiteFact},
    planning::words,
};

pub(crate) use membership::{read_membership, remember, remembered, write_membership};
pub(crate) use probe::{PROBE_JOB, look_again, probe, run};

/// Which API answers for a site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Way {
    Rest,
    Xml,
}

words!(Way { Rest => "rest", Xml => "xml" });
json_column!(SiteFact);

record! {
    /// A meeting site as stored.
    #[derive(Clone, Debug)]
    #[expect(clippy::struct_field_names, reason = "the column that names a site is called so in every table")]
    pub(crate) struct Site {
        organization_id: OrganizationId,
        /// Its host name.
        site: String,
        /// What the probe found; nothing where neither answers.
        found_way: Option<Way>,
        /// What an administrator decided; goes before the probe.
        chosen_way: Option<Way>,
        facts: SiteFact,
        /// Of the XML API.
        version: Option<String>,
        /// Why it cannot be read, or what will most likely not work there, in words.
        trouble: Option<String>,
        read_at: Option<Instant>,
    }
}

impl Site {
    /// The API by which it is read and changed.
    pub(crate) fn way(&self) -> Option<Way> {
        self.chosen_way.or(self.found_way)
    }

    /// As wishes see it: a site that neither API answers for is closed, and says why.
    fn fact(&self) -> SiteFact {
        const NOT_READ: &str =
            "The site has not been read yet. Press “Read now” under Directory, then try again.";
        let is_open = self.way().is_some() && self.read_at.is_some();
        let closed = (!is_open).then(|| self.trouble.clone().unwrap_or_else(|| NOT_READ.to_owned()));
        SiteFact { closed, ..self.facts.clone() }
    }
}

record! {
    struct Licence {
        id: String,
        name: String,
        site: Option<String>,
        subscription: Option<String>,
        total: Option<i64>,
        consumed: i64,
    }
}

/// Every column of [`Site`], for SELECT.
macro_rules! columns {
    () => {
        "organization_id, site, found_way, chosen_way, facts, version, trouble, read_at"
    };
}

/// The sites by name.
pub(crate) async fn list(hub: &Hub, organization: OrganizationId) -> Result<Vec<Site>> {
    const TEXT: &str =
        concat!("SELECT ", columns!(), " FROM directory_site WHERE organization_id = $1 ORDER BY site");
    Ok(hub.db().sql(TEXT).bind(organization).all(hub.db()).await?)
}

/// The site of this name, if it is known.
pub(crate) async fn find(hub: &Hub, organization: OrganizationId, site: &str) -> Result<Option<Site>> {
    const TEXT: &str =
        concat!("SELECT ", columns!(), " FROM directory_site WHERE organization_id = $1 AND site = $2");
    Ok(hub.db().sql(TEXT).bind(organization).bind(site.to_owned()).maybe(hub.db()).await?)
}

/// Keeps the stock of licences in step with what was given and taken, until they are read again.
pub(crate) async fn count_licences(
    tx: &mut Tx,
    organization: OrganizationId,
    changes: &[Change],
) -> Result<()> {
    let text = "UPDATE directory_licence SET consumed = consumed + $3 WHERE organization_id = $1 AND id = $2";
    for change in changes {
        if let (Field::Licence { id }, Setting::Flag(given)) = (&change.field, &change.then) {
            let more: i64 = if *given { 1 } else { -1 };
            tx.sql(text).bind(organization).bind(id.clone()).bind(more).execute(&mut *tx).await?;
        }
    }
    Ok(())
}

/// Everything that wishes can name: licences and sites as last read.
pub(crate) async fn catalog(hub: &Hub, organization: OrganizationId) -> Result<Catalog> {
    let text = "SELECT id, name, site, subscription, total, consumed FROM directory_licence \
                WHERE organization_id = $1 ORDER BY name, site, id";
    let licences: Vec<Licence> = hub.db().sql(text).bind(organization).all(hub.db()).await?;
    let fact = |licence: Licence| LicenceFact {
        id: licence.id,
        name: licence.name,
        site: licence.site,
        subscription: licence.subscription,
        total: licence.total,
        consumed: licence.consumed,
    };
    let sites: BTreeMap<String, SiteFact> =
        list(hub, organization).await?.into_iter().map(|site| (site.site.clone(), site.fact())).collect();
    Ok(Catalog { licences: licences.into_iter().map(fact).collect(), sites })
}

/// An administrator decides which API is used for a site; nothing: what the probe found. The site is read anew by it.
pub(crate) async fn choose_way(hub: &Hub, actor: &Actor, site: &str, way: Option<Way>) -> Result<()> {
    let organization =
        actor.organization().ok_or_else(|| platform::sign_in("Sign in to change a meeting site."))?;
    let known = find(hub, organization, site).await?.ok_or_else(|| not_found("meeting site"))?;
    let mut tx = hub.db().begin().await?;
    tx.sql("UPDATE directory_site SET chosen_way = $3 WHERE organization_id = $1 AND site = $2")
        .bind(organization)
        .bind(site.to_owned())
        .bind(way)
        .execute(&mut tx)
        .await?;
    let act = Act {
        action: "directory.site_way_chosen",
        subject: "directory",
        subject_id: organization.to_string(),
        details: json!({"site": site, "before": known.chosen_way, "after": way}),
    };
    audit::record(hub, &mut tx, actor, act).await?;
    look_again(hub, &mut tx, organization, site, hub.now()).await?;
    tx.commit().await?;
    hub.wake().now();
    Ok(())
}

/// Makes sites known that were heard of in this reading.
pub(crate) async fn heard_of<'a>(
    tx: &mut Tx,
    organization: OrganizationId,
    generation: i64,
    sites: impl Iterator<Item = &'a str>,
) -> Result<()> {
    let names: std::collections::BTreeSet<String> = sites.map(str::to_lowercase).collect();
    for name in names.into_iter().filter(|name| is_host_name(name)) {
        tx.sql(
            "INSERT INTO directory_site (organization_id, site, generation, facts) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (organization_id, site) DO UPDATE SET generation = excluded.generation \
             WHERE directory_site.generation <> excluded.generation",
        )
        .bind(organization)
        .bind(name)
        .bind(generation)
        .bind(SiteFact::default())
        .execute(&mut *tx)
        .await?;
    }
    Ok(())
}

/// Tokens go to sites, so what looks like none is passed over.
fn is_host_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.';
    (4..=253).contains(&name.len()) && name.contains('.') && name.chars().all(plain)
}

/// Job that reads one site again.
fn probe_job<'a>(organization: OrganizationId, site: &str, at: Instant) -> NewJob<'a> {
    NewJob {
        organization,
        kind: PROBE_JOB,
        dedupe: Some(site.to_owned()),
        payload: jobs::payload(&site),
        run_at: at,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_host_names_are_sites() {
        for name in ["lindenhof.webex.com", "a-b.dev.webex.com"] {
            assert!(is_host_name(name), "{name}");
        }
        for name in ["", "webex", "a b.webex.com", "x.webex.com/path", "user@x.webex.com", "ä.webex.com"] {
            assert!(!is_host_name(name), "{name}");
        }
    }
}
