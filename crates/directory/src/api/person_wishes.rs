//! What a program wants of one person, as JSON; it becomes the same row that a list has.

use std::{collections::BTreeMap, sync::Arc};

use platform::error::FieldError;
use rosters::{Code, Email, Licence, Part, Phone, Row, Wish};
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

/// What is wanted of one person. A field that is left out stays as it is; null or an empty text clears it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PersonWishes)]
pub(super) struct PersonWishes {
    /// Says who it is about; compared without regard to capitals. Send this or `person_id`.
    email: Option<String>,
    /// Webex's id of somebody who is there, in place of `email`.
    person_id: Option<String>,
    #[serde(default, deserialize_with = "wish")]
    #[schema(value_type = Option<String>)]
    first_name: Wish<String>,
    #[serde(default, deserialize_with = "wish")]
    #[schema(value_type = Option<String>)]
    last_name: Wish<String>,
    #[serde(default, deserialize_with = "wish")]
    #[schema(value_type = Option<String>)]
    display_name: Wish<String>,
    #[serde(default, deserialize_with = "wish")]
    #[schema(value_type = Option<String>)]
    department: Wish<String>,
    #[serde(default, deserialize_with = "wish")]
    #[schema(value_type = Option<String>)]
    title: Wish<String>,
    /// An address.
    #[serde(default, deserialize_with = "wish")]
    #[schema(value_type = Option<String>)]
    manager: Wish<String>,
    #[serde(default, deserialize_with = "wish")]
    #[schema(value_type = Option<String>)]
    extension: Wish<String>,
    #[serde(default, deserialize_with = "wish")]
    #[schema(value_type = Option<String>)]
    work_number: Wish<String>,
    /// Whether the person may sign in.
    #[serde(default)]
    active: Option<bool>,
    /// True gives, false takes; licences by name or id.
    #[serde(default)]
    licences: BTreeMap<String, bool>,
    /// By the site's host name, each site once: capitals make no difference.
    #[serde(default)]
    sites: BTreeMap<String, SiteWishes>,
}

/// What is wanted of a person on one meeting site.
#[derive(Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(as = PersonSiteWishes)]
struct SiteWishes {
    /// All session types the person shall have, by short name, name or id; left out: as they are.
    session_types: Option<Vec<String>>,
    /// Values by the tracking code's name; null clears.
    tracking_codes: BTreeMap<String, Option<String>>,
}

fn wish<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Wish<String>, D::Error> {
    Ok(set(Option::<String>::deserialize(deserializer)?))
}

fn set(text: Option<String>) -> Wish<String> {
    text.filter(|text| !text.trim().is_empty()).map_or(Wish::Clear, Wish::Set)
}

impl PersonWishes {
    /// The row with this number, and whose it is if that is said by an id.
    pub(super) fn row(self, number: u32) -> Result<(Option<String>, Row), FieldError> {
        let email = match (&self.email, &self.person_id) {
            (Some(email), None) if email.contains('@') && !email.chars().any(char::is_control) => {
                email.as_str()
            }
            (Some(_), None) => {
                return Err(wrong(
                    number,
                    "email",
                    "This is not an e-mail address. Write it like ada@library.example.",
                ));
            }
            (None, Some(id)) if !id.trim().is_empty() => "",
            (None, _) => {
                return Err(wrong(number, "email", "Say who it is about: send `email` or `person_id`."));
            }
            (Some(_), Some(_)) => {
                let message = "Send either `email` or `person_id`: they could be two people.";
                return Err(wrong(number, "person_id", message));
            }
        };
        let mut row = Row::new(number, Email::new(email));
        row.first_name = self.first_name;
        row.last_name = self.last_name;
        row.display_name = self.display_name;
        row.department = self.department;
        row.title = self.title;
        row.manager = self.manager;
        row.extension = self.extension;
        row.phones = match self.work_number {
            Wish::Absent => Wish::Absent,
            Wish::Clear => Wish::Clear,
            Wish::Set(number) => Wish::Set(vec![Phone { number, part: Part::Has }]),
        };
        row.active = self.active;
        let licence = |(title, wanted): (String, bool)| Licence { title: Arc::from(title), wanted };
        row.licences = self.licences.into_iter().map(licence).collect();
        for (name, wishes) in self.sites {
            let name = name.trim().to_lowercase();
            if row.site(Some(&name)).is_some() {
                let message =
                    format!("The site “{name}” stands here more than once. Put all of it under one name.");
                return Err(wrong(number, "sites", &message));
            }
            let site = row.site_mut(Some(&Arc::from(name)));
            site.session_types = match wishes.session_types {
                None => Wish::Absent,
                Some(types) if types.is_empty() => Wish::Clear,
                Some(types) => Wish::Set(types),
            };
            let code = |(name, value): (String, Option<String>)| (Code::Name(Arc::from(name)), set(value));
            site.tracking_codes = wishes.tracking_codes.into_iter().map(code).collect();
        }
        Ok((self.person_id, row))
    }
}

fn wrong(number: u32, field: &str, message: &str) -> FieldError {
    FieldError { field: format!("people[{}].{field}", number - 1), message: message.into() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_left_out_stays_and_null_clears() {
        let wishes: PersonWishes = serde_json::from_value(json!({
            "email": "Ada@l.example", "department": "Reference", "title": null, "manager": "",
            "licences": { "Suite": true, "Calling": false },
            "sites": { "L.webex.com": { "session_types": ["PRO"], "tracking_codes": { "Branch": null } } },
        }))
        .unwrap();
        let (id, row) = wishes.row(1).unwrap();
        assert_eq!(id, None);
        assert_eq!((row.department.clone(), row.title.clone()), (Wish::Set("Reference".into()), Wish::Clear));
        assert_eq!((row.manager.clone(), row.extension.clone()), (Wish::Clear, Wish::Absent));
        let given: Vec<(&str, bool)> = row.licences.iter().map(|it| (&*it.title, it.wanted)).collect();
        assert_eq!(given, [("Calling", false), ("Suite", true)]);
        let site = row.site(Some("l.webex.com")).unwrap();
        assert_eq!(site.session_types, Wish::Set(vec!["PRO".into()]));
        assert_eq!(site.tracking_codes, [(Code::Name("Branch".into()), Wish::Clear)]);
    }

    #[test]
    fn a_misspelled_field_is_refused_and_so_is_no_address() {
        assert!(
            serde_json::from_value::<PersonWishes>(json!({ "email": "a@b", "departement": "x" })).is_err()
        );
        let field = |wishes: serde_json::Value| {
            serde_json::from_value::<PersonWishes>(wishes).unwrap().row(3).unwrap_err().field
        };
        assert_eq!(field(json!({ "email": "ada" })), "people[2].email");
        assert_eq!(field(json!({})), "people[2].email");
        assert_eq!(field(json!({ "person_id": " " })), "people[2].email");
        assert_eq!(field(json!({ "email": "a@b.example", "person_id": "x" })), "people[2].person_id");
    }

    #[test]
    fn a_site_is_named_once_whatever_its_capitals() {
        let sites =
            json!({ "L.webex.com": { "session_types": ["PRO"] }, "l.webex.com ": {}, "m.webex.com": {} });
        let wishes: PersonWishes =
            serde_json::from_value(json!({ "email": "a@b.example", "sites": sites })).unwrap();
        let refused = wishes.row(2).unwrap_err();
        assert_eq!(refused.field, "people[1].sites");
        assert!(refused.message.contains("“l.webex.com” stands here more than once"), "{}", refused.message);
    }

    #[test]
    fn somebody_is_named_by_id() {
        let wishes: PersonWishes =
            serde_json::from_value(json!({ "person_id": "p1", "title": "x" })).unwrap();
        let (id, row) = wishes.row(1).unwrap();
        assert_eq!((id.as_deref(), row.email.written()), (Some("p1"), ""));
    }
}
