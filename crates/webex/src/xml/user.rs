//! A person's session types and tracking codes on a site.

use std::collections::BTreeMap;

use oauth::ApiError;

use super::{
    SessionTicket, XmlApi,
    element::Element,
    envelope::{Operation, leaf},
};

/// A person as a site knows them, as far as it is used here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct XmlUser {
    pub webex_id: String,
    pub email: String,
    pub first_name: String,
    pub last_name: String,
    /// Whether the account on the site is in use.
    pub active: bool,
    /// The ids of the session types that the person may start.
    pub session_types: Vec<String>,
    /// Values by place, 1 to 10; empty ones are left out.
    pub tracking_codes: BTreeMap<u8, String>,
}

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
        Ok(read(&self.with_ticket(ticket, &operation).await?))
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

fn read(answer: &Element) -> XmlUser {
    let text = |name: &str| answer.text_at(&[name]).unwrap_or_default().to_owned();
    let types = answer.child("meetingTypes").into_iter().flat_map(|types| types.all("meetingType"));
    let tracking = answer.child("tracking");
    let code = |index: u8| {
        let value = tracking?.text_at(&[format!("trackingCode{index}").as_str()])?;
        Some((index, value.to_owned()))
    };
    XmlUser {
        webex_id: text("webExId"),
        email: text("email"),
        first_name: text("firstName"),
        last_name: text("lastName"),
        active: answer.text_at(&["active"]) == Some("ACTIVATED"),
        session_types: types.map(|entry| entry.text.trim().to_owned()).filter(|id| !id.is_empty()).collect(),
        tracking_codes: (1..=10).filter_map(code).collect(),
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
    fn a_user_is_read_whatever_the_prefixes() {
        let text = "<serv:bodyContent xmlns:serv=\"urn:s\" xmlns:use=\"urn:u\"><use:firstName>Ada</use:firstName>\
            <use:webExId>ada@l.example</use:webExId><use:meetingTypes><use:meetingType>3</use:meetingType>\
            <use:meetingType>9</use:meetingType></use:meetingTypes><use:tracking><use:trackingCode1/>\
            <use:trackingCode2>Main &amp; East</use:trackingCode2></use:tracking><use:active>ACTIVATED</use:active>\
            </serv:bodyContent>";
        let user = read(&Element::parse(text).unwrap());
        assert_eq!((user.webex_id.as_str(), user.active), ("ada@l.example", true));
        assert_eq!(user.session_types, ["3", "9"]);
        assert_eq!(user.tracking_codes, BTreeMap::from([(2, "Main & East".to_owned())]));
        assert_eq!(read(&Element::default()), XmlUser::default());
    }

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
