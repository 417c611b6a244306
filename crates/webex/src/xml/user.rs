//! A person's session types and tracking codes on a site.

use std::collections::BTreeMap;

use oauth::ApiError;

use super::{
    SessionTicket, XmlApi, XmlUser,
    envelope::{Operation, leaf},
};

/// What to change; what is `None` stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserChange {
    /// The whole list: Webex replaces what is there.
    pub session_types: Option<Vec<String>>,
    /// Values by place; an empty value clears.
    pub tracking_codes: BTreeMap<u8, String>,
    pub active: Option<bool>,
}

/// Who is to be created on a site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewUser<'a> {
    pub email: &'a str,
    pub first_name: &'a str,
    pub last_name: &'a str,
}

impl XmlApi {
    /// Reads a person (XML API reference, GetUser).
    pub async fn user(&self, ticket: &SessionTicket, webex_id: &str) -> Result<XmlUser, ApiError> {
        let operation = Operation { name: "user.GetUser", content: leaf("webExId", webex_id) };
        Ok(XmlUser::read(&self.with_ticket(ticket, &operation).await?))
    }

    /// Changes a person (XML API reference, SetUser). The site may change meeting licences with it, so that the
    /// person has to be read again afterwards.
    pub async fn set_user(
        &self,
        ticket: &SessionTicket,
        webex_id: &str,
        change: &UserChange,
    ) -> Result<(), ApiError> {
        let operation = Operation { name: "user.SetUser", content: written(None, webex_id, change) };
        self.with_ticket(ticket, &operation).await.map(drop)
    }

    /// Creates a person on a site (XML API reference, CreateUser); on Control Hub sites this also makes the identity
    /// and assigns a licence, which takes its time. Webex sends no mail.
    pub async fn create_user(
        &self,
        ticket: &SessionTicket,
        user: &NewUser<'_>,
        change: &UserChange,
    ) -> Result<(), ApiError> {
        let operation =
            Operation { name: "user.CreateUser", content: written(Some(user), user.email, change) };
        self.with_ticket(ticket, &operation).await.map(drop)
    }
}

fn group(name: &str, children: impl Iterator<Item = String>) -> String {
    format!("<{name}>{}</{name}>", children.collect::<String>())
}

/// The elements of CreateUser and SetUser, in the order of Webex's schema.
fn written(new: Option<&NewUser<'_>>, webex_id: &str, change: &UserChange) -> String {
    let mut content = String::new();
    if let Some(new) = new {
        content += &(leaf("firstName", new.first_name) + &leaf("lastName", new.last_name));
    }
    content += &leaf("webExId", webex_id);
    if let Some(new) = new {
        content += &leaf("email", new.email);
    }
    if let Some(types) = &change.session_types {
        let each = types.iter().map(|id| leaf("meetingType", id));
        content += &group("meetingTypes", each);
    }
    if !change.tracking_codes.is_empty() {
        let each =
            change.tracking_codes.iter().map(|(index, value)| leaf(&format!("trackingCode{index}"), value));
        content += &group("tracking", each);
    }
    if let Some(active) = change.active {
        content += &leaf("active", if active { "ACTIVATED" } else { "DEACTIVATED" });
    }
    content
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_changes_is_sent() {
        let change = UserChange {
            session_types: Some(vec!["3".into(), "9".into()]),
            tracking_codes: BTreeMap::from([(1, "A<B".into()), (2, String::new())]),
            active: None,
        };
        assert_eq!(
            written(None, "ada", &change),
            "<webExId>ada</webExId><meetingTypes><meetingType>3</meetingType><meetingType>9</meetingType>\
             </meetingTypes><tracking><trackingCode1>A&lt;B</trackingCode1><trackingCode2></trackingCode2></tracking>"
        );
        assert_eq!(written(None, "ada", &UserChange::default()), "<webExId>ada</webExId>");
    }

    #[test]
    fn a_new_user_is_named_in_the_schemas_order() {
        let user = NewUser { email: "ada@l.example", first_name: "Ada", last_name: "L" };
        let change = UserChange { active: Some(true), ..UserChange::default() };
        assert_eq!(
            written(Some(&user), user.email, &change),
            "<firstName>Ada</firstName><lastName>L</lastName><webExId>ada@l.example</webExId>\
             <email>ada@l.example</email><active>ACTIVATED</active>"
        );
    }
}
