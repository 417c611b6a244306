//! Scopes: what an app may ask of Microsoft Graph, and how a `scope` parameter is read.

use super::refusal::Refusal;

/// Microsoft Graph's application id, the same in every tenant.
pub(crate) const GRAPH_APP_ID: &str = "00000003-0000-0000-c000-000000000000";

/// The resource Graph's scopes are spelled with at the real provider.
pub(crate) const GRAPH_RESOURCE: &str = "https://graph.microsoft.com";

/// The OpenID Connect scopes Entra ID knows (Microsoft "Scopes and permissions").
pub(crate) const OIDC: [&str; 4] = ["openid", "profile", "email", "offline_access"];

/// A Graph permission as the consent page shows it.
#[derive(Debug)]
pub(crate) struct Permission {
    pub(crate) name: &'static str,
    /// Whether a person may grant it for themselves.
    pub(crate) person_may_grant: bool,
    pub(crate) title: &'static str,
    pub(crate) reason: &'static str,
}

const fn permission(
    name: &'static str,
    person_may_grant: bool,
    title: &'static str,
    reason: &'static str,
) -> Permission {
    Permission { name, person_may_grant, title, reason }
}

/// The permissions this sandbox knows (Microsoft Graph permissions reference).
const PERMISSIONS: [Permission; 22] = [
    permission("User.Read", true, "Sign you in and read your profile", "Reads your name and address."),
    permission("User.ReadBasic.All", true, "Read all users' basic profiles", "Finds colleagues by name."),
    permission("User.Read.All", false, "Read all users' full profiles", "Reads everyone's profile."),
    permission("Directory.Read.All", false, "Read directory data", "Reads people, groups and apps."),
    permission(
        "Organization.Read.All",
        false,
        "Read organization information",
        "Reads the tenant's details.",
    ),
    permission(
        "Calendars.ReadBasic",
        true,
        "Read basic details of your calendars",
        "Sees when you are busy.",
    ),
    permission("Calendars.Read", true, "Read your calendars", "Reads the events in your calendars."),
    permission(
        "Calendars.Read.Shared",
        true,
        "Read calendars you can access",
        "Reads calendars shared with you.",
    ),
    permission(
        "Calendars.ReadWrite",
        true,
        "Have full access to your calendars",
        "Adds and changes your events.",
    ),
    permission(
        "Calendars.ReadWrite.Shared",
        true,
        "Read and write to your and shared calendars",
        "Changes calendars shared with you.",
    ),
    permission("Calendars.ReadBasic.All", false, "Read basic details of all calendars", "App only."),
    permission("MailboxSettings.Read", true, "Read your mailbox settings", "Reads your time zone and hours."),
    permission("MailboxSettings.ReadWrite", true, "Read and write your mailbox settings", "Changes them."),
    permission("OnlineMeetings.Read", true, "Read your online meetings", "Reads your Teams meetings."),
    permission(
        "OnlineMeetings.ReadWrite",
        true,
        "Read and create your online meetings",
        "Makes Teams meetings.",
    ),
    permission("OnlineMeetings.ReadWrite.All", false, "Read and create online meetings", "App only."),
    permission("Presence.Read", true, "Read your presence information", "Sees whether you are available."),
    permission(
        "Presence.Read.All",
        true,
        "Read presence information of all users in your organization",
        "Sees whether colleagues are available.",
    ),
    permission(
        "Application.Read.All",
        false,
        "Read applications",
        "Reads app registrations and secret dates.",
    ),
    permission(
        "Application.ReadWrite.All",
        false,
        "Read and write all applications",
        "Changes registrations.",
    ),
    permission(
        "Application.ReadWrite.OwnedBy",
        false,
        "Manage apps this app owns",
        "Replaces its own secret.",
    ),
    permission("Mail.Send", true, "Send mail as you", "Sends mail from your address."),
];

/// The known permission of that name, whatever its letter case.
pub(crate) fn find(name: &str) -> Option<&'static Permission> {
    PERMISSIONS.iter().find(|known| known.name.eq_ignore_ascii_case(name))
}

/// A `scope` parameter, read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Asked {
    /// OpenID Connect scopes, in the order asked.
    pub(crate) oidc: Vec<String>,
    /// Graph permissions by short canonical name, in the order asked.
    pub(crate) permissions: Vec<String>,
    /// Whether `{resource}/.default` was asked: everything registered or granted.
    pub(crate) default: bool,
}

impl Asked {
    /// Reads a space-separated scope parameter. `base_url` is the sandbox's own resource name.
    pub(crate) fn parse(scope: &str, base_url: &str) -> Result<Self, Refusal> {
        let mut asked = Self::default();
        for word in scope.split_whitespace() {
            asked.add(word, base_url)?;
        }
        if asked.default && !asked.permissions.is_empty() {
            return Err(Refusal::BadScope { scope: scope.to_owned() });
        }
        Ok(asked)
    }

    fn add(&mut self, word: &str, base_url: &str) -> Result<(), Refusal> {
        if let Some(oidc) = OIDC.iter().find(|known| known.eq_ignore_ascii_case(word)) {
            push_once(&mut self.oidc, oidc);
            return Ok(());
        }
        let name = short_name(word, base_url)?;
        if name == ".default" {
            self.default = true;
            return Ok(());
        }
        let known = find(name).ok_or_else(|| Refusal::UnknownScope { scope: word.to_owned() })?;
        push_once(&mut self.permissions, known.name);
        Ok(())
    }

    /// Whether the OpenID Connect scope was asked.
    pub(crate) fn has(&self, oidc: &str) -> bool {
        self.oidc.iter().any(|asked| asked == oidc)
    }
}

fn push_once(list: &mut Vec<String>, name: &str) {
    if !list.iter().any(|have| have == name) {
        list.push(name.to_owned());
    }
}

/// The scope without its resource; a scope without one means Graph.
fn short_name<'a>(word: &'a str, base_url: &str) -> Result<&'a str, Refusal> {
    let Some((resource, name)) = word.rsplit_once('/') else {
        return Ok(word);
    };
    // Resources registered with a final slash are asked as `https://graph.microsoft.com//.default`.
    let resource = resource.trim_end_matches('/');
    let known = [GRAPH_RESOURCE, GRAPH_APP_ID, base_url.trim_end_matches('/')];
    if known.contains(&resource) {
        Ok(name)
    } else {
        Err(Refusal::UnknownResource { resource: resource.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: &str = "https://127.0.0.1:9400";

    #[test]
    fn full_and_short_forms_mean_the_same() {
        let asked =
            Asked::parse("openid https://graph.microsoft.com/calendars.readwrite Calendars.ReadWrite", BASE)
                .unwrap();
        assert_eq!(asked.permissions, ["Calendars.ReadWrite"]);
        assert!(asked.has("openid") && !asked.has("profile"));
        assert!(Asked::parse("https://127.0.0.1:9400/.default offline_access", BASE).unwrap().default);
    }

    #[test]
    fn default_does_not_mix_with_named_scopes() {
        let refusal = Asked::parse("https://graph.microsoft.com/.default User.Read", BASE).unwrap_err();
        assert_eq!((refusal.number(), refusal.error()), (70_011, "invalid_scope"));
    }

    #[test]
    fn unknown_scopes_and_resources_are_named() {
        assert_eq!(Asked::parse("Calendar.Write", BASE).unwrap_err().number(), 650_053);
        assert_eq!(Asked::parse("https://vault.azure.net/.default", BASE).unwrap_err().number(), 500_011);
    }
}
