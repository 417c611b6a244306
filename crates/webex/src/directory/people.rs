//! Reading and writing the people of an organization.

use oauth::{ApiError, fetch_within, read_json, with_query};
use reqwest::Method;
use secrecy::SecretString;
use serde::Deserialize;
use url::Url;

use super::PersonRecord;
use crate::{
    Webex,
    error::api_error,
    lenient,
    paging::{Page, next_link},
};

/// How many people are asked for at once. Webex prints no maximum; community clients use up to 1,000.
const PAGE: &str = "500";
/// A page of people with many licences each is longer than other answers.
const LONGEST_PAGE: usize = 16 * 1024 * 1024;

/// One page of people, and where the next one is.
#[derive(Debug, Clone)]
pub struct PeoplePage {
    pub people: Vec<PersonRecord>,
    pub next: Option<Url>,
}

/// Somebody in a list. It leaves out what only calling needs, and that would be lost if it were sent back: so this is no
/// record to change.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ListedPerson {
    id: String,
    #[serde(default, deserialize_with = "lenient::list")]
    emails: Vec<String>,
}

impl ListedPerson {
    /// The person's id, by which they are read.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Whether one of the addresses is this one, in any case of letters. Which of them comes first is not certain.
    fn has(&self, email: &str) -> bool {
        let email = email.to_lowercase();
        self.emails.iter().any(|address| address.to_lowercase() == email)
    }
}

impl Webex {
    /// Where the list of everybody begins; without presence, which costs Webex more, and without calling data, with which
    /// pages hold no more than 100 people (Webex People API, `max`).
    pub fn first_people(&self) -> Url {
        with_query(self.endpoints.api(&["people"]), &[("max", PAGE), ("excludeStatus", "true")])
    }

    /// Reads one page; needs `spark-admin:people_read`. An empty page with a next one can occur.
    pub async fn people_page(&self, token: &SecretString, at: Url) -> Result<PeoplePage, ApiError> {
        let answer = fetch_within(self.request(Method::GET, at.clone(), token), LONGEST_PAGE).await?;
        if !answer.status.is_success() {
            return Err(api_error(&answer, token));
        }
        let people = read_json::<Page<PersonRecord>>(&answer)?.items;
        let next = next_link(&answer, &self.endpoints.api)?;
        if next == Some(at) {
            return Err(ApiError::bug(answer.status, "the same page of people is named as the next one"));
        }
        Ok(PeoplePage { people, next })
    }

    /// Reads a person with all administrative fields, those of calling included: what is not read would be lost when the
    /// person is replaced.
    pub async fn person(&self, token: &SecretString, id: &str) -> Result<PersonRecord, ApiError> {
        let url = with_query(self.endpoints.api(&["people", id]), &[("callingData", "true")]);
        let answer = self.send(self.request(Method::GET, url, token), token).await?;
        let record: PersonRecord = read_json(&answer)?;
        if record.id().is_empty() {
            return Err(ApiError::bug(answer.status, "the provider's answer shows nobody"));
        }
        Ok(record.with_calling_data())
    }

    /// The person behind the token, with the roles where Webex shows them.
    pub async fn own_record(&self, token: &SecretString) -> Result<PersonRecord, ApiError> {
        self.get(self.endpoints.api(&["people", "me"]), token).await
    }

    /// Finds a person by address, in any case of letters; [`Webex::person`] reads them.
    pub async fn person_by_email(
        &self,
        token: &SecretString,
        email: &str,
    ) -> Result<Option<ListedPerson>, ApiError> {
        let url = with_query(self.endpoints.api(&["people"]), &[("email", email), ("excludeStatus", "true")]);
        let found: Vec<ListedPerson> = self.list(url, token).await?;
        Ok(found.into_iter().find(|person| person.has(email)))
    }

    /// Creates a person; needs `spark-admin:people_write`. An answer that says no, or none, does not mean that the
    /// person was not created (Webex People API): look them up by address before trying again.
    pub async fn create_person(
        &self,
        token: &SecretString,
        person: &PersonRecord,
    ) -> Result<PersonRecord, ApiError> {
        let url = with_query(self.endpoints.api(&["people"]), &[("callingData", "true")]);
        read_json(&self.send(self.request(Method::POST, url, token).json(person), token).await?)
    }

    /// Replaces a person; needs `spark-admin:people_write`. Fields that are not sent are lost, and an answer that says
    /// no can have changed some: read the person again afterwards.
    pub async fn replace_person(
        &self,
        token: &SecretString,
        id: &str,
        person: &PersonRecord,
    ) -> Result<PersonRecord, ApiError> {
        let query = [("callingData", "true"), ("showAllTypes", "true")];
        let url = with_query(self.endpoints.api(&["people", id]), &query);
        read_json(&self.send(self.request(Method::PUT, url, token).json(person), token).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_found_by_any_address_in_any_case() {
        let listed = r#"{"id": "p", "emails": ["ada@l.example", "\u00c4DA@L.example"], "extension": "812"}"#;
        let ada: ListedPerson = serde_json::from_str(listed).unwrap();
        assert!(ada.has("ADA@l.example") && ada.has("\u{e4}da@l.example"), "{ada:?}");
        assert!(!ada.has("da@l.example"));
        let unnamed = serde_json::from_str::<ListedPerson>(r#"{"emails": ["ada@l.example"]}"#);
        assert!(unnamed.is_err(), "nobody is taken for somebody without an id");
        let nameless: ListedPerson = serde_json::from_str(r#"{"id": "p", "emails": null}"#).unwrap();
        assert!(!nameless.has(""));
    }
}
