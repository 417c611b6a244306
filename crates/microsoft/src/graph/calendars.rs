//! The person behind a token and their calendars.

use oauth::{ApiError, with_query};
use secrecy::SecretString;
use serde::Deserialize;

use super::Graph;

/// A person as Graph describes them to themselves.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Me {
    /// The object id, equal to the `oid` claim.
    pub id: String,
    pub display_name: Option<String>,
    /// May be absent, and may differ from the sign-in name.
    pub mail: Option<String>,
    pub user_principal_name: Option<String>,
}

impl Me {
    /// The address that names the account: the mailbox's, else the sign-in name.
    pub fn email(&self) -> Option<&str> {
        let addresses = [self.mail.as_deref(), self.user_principal_name.as_deref()];
        addresses.into_iter().flatten().find(|address| !address.is_empty())
    }
}

/// One of the person's calendars.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Calendar {
    pub id: String,
    #[serde(default)]
    pub name: String,
    /// Whether events can be written to it; unknown counts as no.
    pub can_edit: Option<bool>,
    pub is_default_calendar: Option<bool>,
    /// For a shared calendar the person who shares it.
    pub owner: Option<CalendarOwner>,
    /// As Graph words them, such as `teamsForBusiness`.
    pub allowed_online_meeting_providers: Option<Vec<String>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct CalendarOwner {
    pub name: Option<String>,
    pub address: Option<String>,
}

impl Calendar {
    pub fn is_writable(&self) -> bool {
        self.can_edit == Some(true)
    }

    pub fn is_default(&self) -> bool {
        self.is_default_calendar == Some(true)
    }

    /// Whether Teams meetings may be made in it; where Graph does not say, only trying can tell, so yes.
    pub fn allows_teams(&self) -> bool {
        let allowed = self.allowed_online_meeting_providers.as_deref();
        allowed.is_none_or(|names| names.iter().any(|name| name.eq_ignore_ascii_case("teamsForBusiness")))
    }
}

impl Graph {
    /// Tells whose token this is; needs `User.Read`.
    pub async fn me(&self, token: &SecretString) -> Result<Me, ApiError> {
        let url = with_query(self.url(&["me"]), &[("$select", "id,displayName,mail,userPrincipalName")]);
        self.get(url, token).await
    }

    /// Lists the person's calendars, shared ones included; needs `Calendars.Read` or more.
    pub async fn calendars(&self, token: &SecretString) -> Result<Vec<Calendar>, ApiError> {
        let url = with_query(self.url(&["me", "calendars"]), &[("$top", "100")]);
        self.list(url, token).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_without_mailbox_goes_by_the_sign_in_name() {
        let me: Me =
            serde_json::from_str(r#"{"id":"o-1","mail":null,"userPrincipalName":"a@b.example"}"#).unwrap();
        assert_eq!(me.email(), Some("a@b.example"));
    }

    #[test]
    fn an_unknown_right_to_write_is_none() {
        let calendar: Calendar =
            serde_json::from_str(r#"{"id":"c","name":"X","canEdit":null,"hexColor":""}"#).unwrap();
        assert!(!calendar.is_writable() && !calendar.is_default() && calendar.allows_teams());
    }

    #[test]
    fn a_calendar_says_which_online_meetings_it_allows() {
        let allows = |providers: &str| {
            let json = format!(r#"{{"id":"c","allowedOnlineMeetingProviders":{providers}}}"#);
            serde_json::from_str::<Calendar>(&json).unwrap().allows_teams()
        };
        assert!(allows(r#"["skypeForBusiness","teamsForBusiness"]"#));
        assert!(!allows(r#"["skypeForConsumer"]"#) && !allows("[]"));
    }
}
