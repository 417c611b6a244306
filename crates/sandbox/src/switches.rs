//! Behaviours in which the real providers differ by region, age or setting, switched one by one.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::throttle::Limit;

/// All switches; the JSON names are dotted (`webex.token_errors`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Switches {
    /// Error bodies of `/v1/access_token`: `webex` (message, errors, trackingId) or `rfc` (RFC 6749 §5.2).
    #[serde(rename = "webex.token_errors")]
    pub webex_token_errors: WebexTokenErrors,
    /// What a Webex refresh answers as refresh token.
    #[serde(rename = "webex.refresh")]
    pub webex_refresh: WebexRefresh,
    /// Fields left out of Webex token answers, such as `token_type`.
    #[serde(rename = "webex.drop_token_fields")]
    pub webex_drop_token_fields: Vec<String>,
    /// Whether Webex redirects carry `iss` (RFC 9207).
    #[serde(rename = "webex.iss")]
    pub webex_iss: bool,
    /// Lifetime of Webex access tokens in seconds (14 days).
    #[serde(rename = "webex.access_token_seconds")]
    pub webex_access_token_seconds: i64,
    /// Lifetime of Webex refresh tokens in seconds since their last use (90 days).
    #[serde(rename = "webex.refresh_token_seconds")]
    pub webex_refresh_token_seconds: i64,
    /// Meetings that one person may create in 24 hours.
    #[serde(rename = "webex.meetings_per_day")]
    pub webex_meetings_per_day: u32,
    /// Meetings that an administrator may create in 24 hours, for whomever.
    #[serde(rename = "webex.admin_meetings_per_day")]
    pub webex_admin_meetings_per_day: u32,
    /// How long it takes until SIP addresses and the accounts on Meetings sites follow a change, in seconds.
    #[serde(rename = "webex.propagation_seconds")]
    pub webex_propagation_seconds: i64,
    /// Roles and licences that PUT /people leaves out, and roles that SCIM's PUT leaves out: `keep` or `clear`
    /// (undocumented).
    #[serde(rename = "webex.put_omitted")]
    pub webex_put_omitted: Omitted,
    /// PATCH /licenses/users without stock: `partial` (206) or `refuse` (400); undocumented in detail.
    #[serde(rename = "webex.no_stock")]
    pub webex_no_stock: NoStock,
    /// How PATCH /licenses/users writes account types: `lower` as documented, or `upper` as wxc-sdk expects them.
    #[serde(rename = "webex.account_types")]
    pub webex_account_types: AccountTypes,
    /// `accountStatus` of SCIM users: `text` as described, or `list` as Webex's own example and wxc-sdk have it.
    #[serde(rename = "webex.scim_account_status")]
    pub webex_scim_account_status: ScimAccountStatus,
    /// Mail addresses of people of other organizations.
    #[serde(rename = "webex.outsiders")]
    pub webex_outsiders: Vec<String>,
    /// Meetings sites that answer the XML API only; `*` is all.
    #[serde(rename = "webex.xml_only_sites")]
    pub webex_xml_only_sites: Vec<String>,
    /// Meetings sites that answer REST only; `*` is all.
    #[serde(rename = "webex.rest_only_sites")]
    pub webex_rest_only_sites: Vec<String>,
    /// What the XML API says for a site without it: `page` (404 with HTML) or `failure`; undocumented.
    #[serde(rename = "webex.xml_absent")]
    pub webex_xml_absent: XmlAbsent,
    /// Session types set by the XML API's SetUser: `keep` (no licence changes) or `follow` (licences follow them).
    /// Webex says that SetUser can assign and remove licences, and not by what.
    #[serde(rename = "webex.set_user_licenses")]
    pub webex_set_user_licenses: SetUserLicenses,
    /// Meetings sites whose tracking codes are mapped to user attributes, and so cannot be changed; `*` is all.
    #[serde(rename = "webex.mapped_tracking_sites")]
    pub webex_mapped_tracking_sites: Vec<String>,
    /// Rate limits of Webex, by family of calls.
    #[serde(rename = "webex.limits")]
    pub webex_limits: Vec<Limit>,
    /// Entra refresh tokens: `reuse` (the old one stays usable) or `strict` (single use).
    #[serde(rename = "entra.refresh")]
    pub entra_refresh: EntraRefresh,
    /// Whether Entra token answers carry `refresh_token_expires_in`.
    #[serde(rename = "entra.refresh_expires")]
    pub entra_refresh_expires: bool,
    /// How Entra echoes granted scopes: `full` (with the resource) or `short`.
    #[serde(rename = "entra.scope")]
    pub entra_scope: EntraScope,
    /// Fields left out of Entra token answers.
    #[serde(rename = "entra.drop_token_fields")]
    pub entra_drop_token_fields: Vec<String>,
    /// How long the join link of a Teams meeting takes to appear, in seconds.
    #[serde(rename = "graph.online_meeting_seconds")]
    pub graph_online_meeting_seconds: i64,
    /// People without a Teams licence, by mail address; `*` is everybody.
    #[serde(rename = "graph.without_teams")]
    pub graph_without_teams: Vec<String>,
    /// Concurrent Outlook requests per app and mailbox; 0 = not limited.
    #[serde(rename = "graph.concurrent_per_mailbox")]
    pub graph_concurrent_per_mailbox: u32,
    /// How long a delta token of Graph is good, in seconds.
    #[serde(rename = "graph.delta_token_seconds")]
    pub graph_delta_token_seconds: i64,
    /// Whether each round of a delta query begins with an empty page that goes on.
    #[serde(rename = "graph.delta_empty_page")]
    pub graph_delta_empty_page: bool,
    /// Whether Graph tells subscribers about changes; what happens meanwhile is never told.
    #[serde(rename = "graph.notifications")]
    pub graph_notifications: bool,
    /// How late change notifications are sent, in seconds.
    #[serde(rename = "graph.notification_delay_seconds")]
    pub graph_notification_delay_seconds: i64,
    /// How often each change notification is sent.
    #[serde(rename = "graph.notification_copies")]
    pub graph_notification_copies: u8,
    /// Requests that one app may make per minute, where the app says nothing else.
    #[serde(rename = "limits.requests_per_minute")]
    pub requests_per_minute: u32,
}

/// The error dialects of Webex's token endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WebexTokenErrors {
    /// `{message, errors, trackingId}`.
    Webex,
    /// `{error, error_description}`.
    Rfc,
}

/// What Webex answers as refresh token when one is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WebexRefresh {
    /// The same value, its 90 days restarted.
    Same,
    /// No refresh token in the answer; the old one stays valid.
    Omitted,
    /// A new value; the old one is refused from then on.
    Rotate,
}

/// What PUT /people does with lists that it is not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Omitted {
    /// They stay.
    Keep,
    /// They are lost, as other fields are.
    Clear,
}

/// How Webex answers where a licence is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NoStock {
    /// The others are assigned, with status 206.
    Partial,
    /// Nothing is assigned, with status 400.
    Refuse,
}

/// The letters of account types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AccountTypes {
    /// host, attendee.
    Lower,
    /// HOST, ATTENDEE.
    Upper,
}

impl AccountTypes {
    /// Of a host and of an attendee.
    pub(crate) fn words(self) -> [&'static str; 2] {
        match self {
            Self::Lower => ["host", "attendee"],
            Self::Upper => ["HOST", "ATTENDEE"],
        }
    }
}

/// How SCIM writes the status of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ScimAccountStatus {
    /// `"active"`.
    Text,
    /// `["active"]`.
    List,
}

/// What becomes of a person's licences for a site when SetUser sets their session types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SetUserLicenses {
    /// They stay.
    Keep,
    /// An emptied list takes them and leaves an attendee; a list for somebody who cannot host gives one.
    Follow,
}

/// How the XML API answers for a site that has it no longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum XmlAbsent {
    /// Status 404 with an HTML page.
    Page,
    /// A failure of the XML API: 000001.
    Failure,
}

/// How Entra treats a used refresh token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EntraRefresh {
    /// A new one is given, the old one still works.
    Reuse,
    /// A new one is given, the old one is refused.
    Strict,
}

/// How Entra spells granted scopes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EntraScope {
    /// `https://graph.microsoft.com/User.Read`.
    Full,
    /// `User.Read`.
    Short,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            webex_token_errors: WebexTokenErrors::Webex,
            webex_refresh: WebexRefresh::Same,
            webex_drop_token_fields: Vec::new(),
            webex_iss: false,
            webex_access_token_seconds: 1_209_599,
            webex_refresh_token_seconds: 7_775_999,
            webex_meetings_per_day: 100,
            webex_admin_meetings_per_day: 3_000,
            webex_propagation_seconds: 0,
            webex_put_omitted: Omitted::Keep,
            webex_no_stock: NoStock::Partial,
            webex_account_types: AccountTypes::Lower,
            webex_scim_account_status: ScimAccountStatus::Text,
            webex_outsiders: Vec::new(),
            webex_xml_only_sites: Vec::new(),
            webex_rest_only_sites: Vec::new(),
            webex_xml_absent: XmlAbsent::Page,
            webex_set_user_licenses: SetUserLicenses::Keep,
            webex_mapped_tracking_sites: Vec::new(),
            webex_limits: Vec::new(),
            entra_refresh: EntraRefresh::Reuse,
            entra_refresh_expires: false,
            entra_scope: EntraScope::Full,
            entra_drop_token_fields: Vec::new(),
            graph_online_meeting_seconds: 0,
            graph_without_teams: Vec::new(),
            graph_concurrent_per_mailbox: 4,
            graph_delta_token_seconds: 2_592_000,
            graph_delta_empty_page: false,
            graph_notifications: true,
            graph_notification_delay_seconds: 0,
            graph_notification_copies: 1,
            requests_per_minute: 100_000,
        }
    }
}

impl Switches {
    /// Whether a person may hold Teams meetings.
    pub(crate) fn has_teams(&self, email: &str) -> bool {
        !self.graph_without_teams.iter().any(|without| without == "*" || without.eq_ignore_ascii_case(email))
    }

    /// Whether a Meetings site answers REST calls of its configuration.
    pub(crate) fn site_has_rest(&self, site: &str) -> bool {
        !listed(&self.webex_xml_only_sites, site)
    }

    /// Whether a Meetings site answers the XML API.
    pub(crate) fn site_has_xml(&self, site: &str) -> bool {
        !listed(&self.webex_rest_only_sites, site)
    }

    /// Whether a Meetings site's tracking codes can be changed.
    pub(crate) fn site_has_own_tracking(&self, site: &str) -> bool {
        !listed(&self.webex_mapped_tracking_sites, site)
    }

    /// These switches with some of them changed; unknown names and values are refused in words.
    pub fn with(&self, changes: Map<String, Value>) -> Result<Self, serde_json::Error> {
        let mut all = match serde_json::to_value(self)? {
            Value::Object(all) => all,
            _ => Map::new(),
        };
        all.extend(changes);
        serde_json::from_value(Value::Object(all))
    }
}

fn listed(names: &[String], name: &str) -> bool {
    names.iter().any(|listed| listed == "*" || listed.eq_ignore_ascii_case(name))
}
