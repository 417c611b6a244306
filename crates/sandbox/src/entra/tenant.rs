//! The tenant part of a path: one directory by id or domain, or one of the shared names.

use url::Url;
use uuid::Uuid;

use super::refusal::Refusal;
use crate::apps::App;
use crate::seed::Organization;

/// The directory of personal accounts, which this sandbox does not play.
const CONSUMERS: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

/// Which directory a path speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tenant {
    /// The one organization of this sandbox.
    Own(Uuid),
    /// `common` or `organizations`: whichever the person belongs to.
    Shared,
    /// `consumers`: personal accounts only.
    Consumers,
}

impl Tenant {
    /// Reads the tenant part of a path.
    pub(crate) fn find(name: &str, organization: &Organization) -> Result<Self, Refusal> {
        let lower = name.to_ascii_lowercase();
        let id = organization.id();
        if lower == "common" || lower == "organizations" {
            Ok(Self::Shared)
        } else if lower == "consumers" || lower == CONSUMERS {
            Ok(Self::Consumers)
        } else if lower == id.to_string() || lower == organization.domain.to_ascii_lowercase() {
            Ok(Self::Own(id))
        } else {
            Err(Refusal::UnknownTenant { tenant: name.to_owned() })
        }
    }

    /// The `issuer` of the discovery document; a template with `{tenantid}` where the person decides.
    pub(crate) fn issuer(self, base_url: &Url) -> String {
        let base = base(base_url);
        match self {
            Self::Own(id) => format!("{base}/{id}/v2.0"),
            Self::Shared => format!("{base}/{{tenantid}}/v2.0"),
            Self::Consumers => format!("{base}/{CONSUMERS}/v2.0"),
        }
    }

    /// Refuses apps that take accounts of their own directory only (AADSTS50194).
    pub(crate) fn admits(self, app: &App) -> Result<(), Refusal> {
        if app.single_tenant && !matches!(self, Self::Own(_)) {
            return Err(Refusal::SingleTenantOnCommon {
                client_id: app.client_id.clone(),
                name: app.name.clone(),
            });
        }
        Ok(())
    }
}

/// The sandbox's origin without a final slash.
pub(crate) fn base(base_url: &Url) -> &str {
    base_url.as_str().trim_end_matches('/')
}
