//! Reading and writing the people of an organization.

use oauth::{ApiError, fetch_within, read_json, with_query};
use reqwest::Method;
use secrecy::SecretString;
use serde::Deserialize;
use url::Url;

use super::PersonRecord;
use crate::{Webex, error::api_error, lenient, paging::next_link};

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

#[derive(Deserialize)]
struct Items {
    #[serde(default, deserialize_with = "lenient::list")]
    items: Vec<PersonRecord>,
}

impl Webex {
    /// Where the list of everybody begins; without presence, which costs Webex more.
    pub fn first_people(&self) -> Url {
        with_query(self.endpoints.api(&["people"]), &[("max", PAGE), ("excludeStatus", "true")])
    }

    /// Reads one page; needs `spark-admin:people_read`. An empty page with a next one can occur.
    pub async fn people_page(&self, token: &SecretString, at: Url) -> Result<PeoplePage, ApiError> {
        let answer = fetch_within(self.request(Method::GET, at, token), LONGEST_PAGE).await?;
        if !answer.status.is_success() {
            return Err(api_error(&answer).without(token));
        }
        let page: Items = read_json(&answer)?;
        Ok(PeoplePage { people: page.items, next: next_link(&answer.headers, &self.endpoints.api) })
    }

    /// Reads a person with all administrative fields, those of calling included: what is not read would be lost when the
    /// person is replaced.
    pub async fn person(&self, token: &SecretString, id: &str) -> Result<PersonRecord, ApiError> {
        let url = with_query(self.endpoints.api(&["people", id]), &[("callingData", "true")]);
        self.get(url, token).await
    }

    /// The person behind the token, with the roles where Webex shows them.
    pub async fn own_record(&self, token: &SecretString) -> Result<PersonRecord, ApiError> {
        self.get(self.endpoints.api(&["people", "me"]), token).await
    }

    /// Finds a person by address, in any case of letters.
    pub async fn person_by_email(
        &self,
        token: &SecretString,
        email: &str,
    ) -> Result<Option<PersonRecord>, ApiError> {
        let url = with_query(self.endpoints.api(&["people"]), &[("email", email), ("excludeStatus", "true")]);
        let found: Items = self.get(url, token).await?;
        Ok(found.items.into_iter().find(|person| person.email().eq_ignore_ascii_case(email)))
    }

    /// Creates a person; needs `spark-admin:people_write`. An answer that says no, or none, does not mean that the
    /// person was not created (Webex People API): look them up by address before trying again.
    pub async fn create_person(
        &self,
        token: &SecretString,
        person: &PersonRecord,
    ) -> Result<PersonRecord, ApiError> {
        let request = self.request(Method::POST, self.endpoints.api(&["people"]), token).json(person);
        read_json(&self.send(request, token).await?)
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
