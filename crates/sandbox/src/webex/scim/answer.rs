//! What answers say of a user.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::switches::{ScimAccountStatus, Switches};
use crate::webex::people::{Account, timestamp};
use crate::webex::scim::{CISCO, CORE, ENTERPRISE, Failure, roles};
use crate::world::World;

/// What answers need beside the account.
pub(super) struct Frame {
    pub(super) switches: Switches,
    organization: Uuid,
    base: String,
}

impl Frame {
    pub(super) fn own(world: &World) -> Self {
        let core = world.core();
        Self {
            switches: core.switches.clone(),
            organization: core.organization.id(),
            base: world.base_url.as_str().trim_end_matches('/').to_owned(),
        }
    }

    /// The same, where the path names an organization; there is only one.
    pub(super) fn of(world: &World, organization: &str) -> Result<Self, Failure> {
        let frame = Self::own(world);
        if Uuid::parse_str(organization) == Ok(frame.organization) {
            Ok(frame)
        } else {
            Err(Failure::missing("The organization is not found."))
        }
    }

    /// Where the user can be read.
    pub(super) fn location(&self, account: &Account) -> String {
        format!("{}/identity/scim/{}/v2/Users/{}", self.base, self.organization, account.id)
    }

    pub(super) fn body(&self, account: &Account) -> Value {
        let profile = &account.profile;
        let mut body = json!({
            "schemas": [CORE, ENTERPRISE, CISCO],
            "id": account.id,
            "userName": account.email,
            "userType": "user",
            "active": account.login_enabled,
            "displayName": profile.display_name,
            "timezone": account.timezone,
            "emails": [{"value": account.email, "type": "work", "primary": true}],
            "meta": {
                "resourceType": "User",
                "organizationID": self.organization,
                "created": timestamp(account.created),
                "lastModified": timestamp(account.modified),
                "version": format!("W/\"{}\"", account.modified.as_millisecond()),
                "location": self.location(account),
            },
            ENTERPRISE: {},
            CISCO: {"accountStatus": self.status(account)},
        });
        let texts = [("title", &profile.title), ("nickName", &profile.nick_name)];
        for (name, value) in texts.into_iter().filter_map(|(name, value)| Some((name, value.as_ref()?))) {
            body[name] = json!(value);
        }
        let names = [("givenName", &profile.first_name), ("familyName", &profile.last_name)];
        for (name, value) in names.into_iter().filter_map(|(name, value)| Some((name, value.as_ref()?))) {
            body["name"][name] = json!(value);
        }
        if let Some(department) = &profile.department {
            body[ENTERPRISE]["department"] = json!(department);
        }
        let lists = [
            ("phoneNumbers", profile.phone_numbers.clone()),
            ("addresses", profile.addresses.clone()),
            ("roles", roles::written(&account.roles)),
        ];
        for (name, list) in lists.into_iter().filter(|(_, list)| !list.is_empty()) {
            body[name] = Value::Array(list);
        }
        body
    }

    fn status(&self, account: &Account) -> Value {
        let status = match (account.login_enabled, account.status.as_str()) {
            (false, _) => "disabled",
            (true, "pending") => "pending",
            (true, _) => "active",
        };
        match self.switches.webex_scim_account_status {
            ScimAccountStatus::Text => json!(status),
            ScimAccountStatus::List => json!([status]),
        }
    }
}
