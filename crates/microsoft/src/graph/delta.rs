//! A calendar's entries between two instants: in rounds of changes (calendarView/delta), or plainly listed.

use jiff::Timestamp;
use oauth::{ApiError, ApiKind, read_json, with_query};
use reqwest::{Method, StatusCode};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::items::{CalendarItem, FIELDS};
use super::moment::zulu;
use super::{Graph, client};

/// Entries of one page. Delta lets nobody choose fields, so texts and attendees come along.
const PAGE: usize = 50;
/// What is asked for instead when a page is longer than we read.
const SMALL_PAGE: usize = 5;
/// Codes of a round that cannot be continued, in lower case (Graph, "delta query overview").
const RESYNC_CODES: [&str; 5] = [
    "syncstatenotfound",
    "syncstateinvalid",
    "resyncrequired",
    "fullsyncrequired",
    "errorinvalidsyncstatedata",
];

/// Where a round of changes begins or goes on.
#[derive(Debug, Clone, Copy)]
pub enum DeltaFrom<'a> {
    /// A first round. The window is frozen into every link that follows: to roll it, begin again.
    Window { from: Timestamp, to: Timestamp },
    /// A link of [`Next`], unchanged.
    Link(&'a str),
}

/// One page of a round.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeltaPage {
    /// The same entry may come several times, even over rounds; the last one holds.
    pub items: Vec<DeltaItem>,
    pub next: Next,
}

/// How to go on after a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// The round has more; an empty page may have a next one.
    Page(String),
    /// The round is over; keep this link for the next one.
    Later(String),
}

/// A change of the calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeltaItem {
    Changed(Box<CalendarItem>),
    /// Deleted, or made or moved outside the window: forget it if it is known, and conclude nothing else.
    Removed {
        id: String,
    },
}

#[derive(Deserialize)]
struct Page {
    #[serde(default)]
    value: Vec<Value>,
    #[serde(rename = "@odata.nextLink")]
    next: Option<String>,
    #[serde(rename = "@odata.deltaLink")]
    delta: Option<String>,
}

/// Our own code for a link that leads to another host than Graph's configured one, as after the configuration changed.
const LINK_ELSEWHERE: &str = "linkElsewhere";

/// Whether a round must begin again at a window: its link is no longer known (410, or a sync state code under any
/// status), or leads to another host, where it is not followed. Then read the window anew and forget what was not
/// returned.
pub fn must_resync(error: &ApiError) -> bool {
    let code = error.code.as_deref().unwrap_or_default().to_lowercase();
    error.status == Some(StatusCode::GONE.as_u16())
        || code.eq_ignore_ascii_case(LINK_ELSEWHERE)
        || RESYNC_CODES.contains(&code.as_str())
}

impl Graph {
    /// Reads one page of a calendar's changes, the default calendar's without an id; needs `Calendars.Read`.
    ///
    /// The reference names the primary calendar only; others work in practice. [`must_resync`] tells which failures
    /// end the round; when other calendars are refused, [`Graph::calendar_view`] is the fall-back.
    pub async fn calendar_delta(
        &self,
        token: &SecretString,
        calendar_id: Option<&str>,
        from: DeltaFrom<'_>,
    ) -> Result<DeltaPage, ApiError> {
        let url = match from {
            DeltaFrom::Window { from, to } => self.view(calendar_id, &["delta"], (from, to)),
            DeltaFrom::Link(link) => self
                .same_host(link)
                .map_err(|error| ApiError { code: Some(LINK_ELSEWHERE.to_owned()), ..error })?,
        };
        match self.delta_page(url.clone(), token, PAGE).await {
            Err(error) if is_unfinished(&error) => self.delta_page(url, token, SMALL_PAGE).await?.read(),
            page => page?.read(),
        }
    }

    /// Lists a calendar's entries between two instants, recurring ones expanded; needs `Calendars.Read`.
    pub async fn calendar_view(
        &self,
        token: &SecretString,
        calendar_id: Option<&str>,
        window: (Timestamp, Timestamp),
    ) -> Result<Vec<CalendarItem>, ApiError> {
        let url = self.view(calendar_id, &[], window);
        self.list(with_query(url, &[("$select", FIELDS), ("$top", "200")]), token).await
    }

    /// Reads one entry, such as the master of a bare occurrence; not found means that the series is gone.
    pub async fn calendar_item(&self, token: &SecretString, id: &str) -> Result<CalendarItem, ApiError> {
        self.get(with_query(self.url(&["me", "events", id]), &[("$select", FIELDS)]), token).await
    }

    fn view(&self, calendar_id: Option<&str>, rest: &[&str], (from, to): (Timestamp, Timestamp)) -> Url {
        let mut path = match calendar_id {
            Some(id) => vec!["me", "calendars", id, "calendarView"],
            None => vec!["me", "calendarView"],
        };
        path.extend(rest);
        let window = [("startDateTime", &*zulu(from)), ("endDateTime", &*zulu(to))];
        with_query(self.url(&path), &window)
    }

    async fn delta_page(&self, url: Url, token: &SecretString, size: usize) -> Result<Page, ApiError> {
        let prefer =
            format!("{}, outlook.body-content-type=\"text\", odata.maxpagesize={size}", client::PREFER);
        let request = self.request_preferring(Method::GET, url, token, &prefer);
        read_json(&self.send(request, token).await?)
    }
}

/// Whether an answer began well and was not read to its end: too long, cut, or half.
fn is_unfinished(error: &ApiError) -> bool {
    matches!(error.kind, ApiKind::Passing { .. }) && error.status == Some(StatusCode::OK.as_u16())
}

impl Page {
    fn read(self) -> Result<DeltaPage, ApiError> {
        let next = match (self.next, self.delta) {
            (Some(next), _) => Next::Page(next),
            (None, Some(delta)) => Next::Later(delta),
            (None, None) => {
                return Err(odd("Graph's page of changes names neither a next page nor a next round"));
            }
        };
        let items: Option<Vec<DeltaItem>> = self.value.into_iter().map(item).collect();
        let items = items.ok_or_else(|| odd("an entry in Graph's page of changes could not be read"))?;
        Ok(DeltaPage { items, next })
    }
}

fn item(value: Value) -> Option<DeltaItem> {
    if value["@removed"].is_null() {
        return Some(DeltaItem::Changed(Box::new(serde_json::from_value(value).ok()?)));
    }
    Some(DeltaItem::Removed { id: value["id"].as_str()?.to_owned() })
}

fn odd(message: &str) -> ApiError {
    ApiError::bug(StatusCode::OK, message)
}

#[cfg(test)]
mod tests {
    use oauth::Answer;
    use reqwest::header::HeaderMap;
    use serde_json::json;

    use super::*;
    use crate::graph::error::api_error;
    use crate::graph::testing::graph;

    fn page(json: Value) -> Result<DeltaPage, ApiError> {
        serde_json::from_value::<Page>(json).unwrap().read()
    }

    fn failure(status: u16, code: &str) -> ApiError {
        let body = json!({ "error": { "code": code, "message": "m" } }).to_string();
        let status = StatusCode::from_u16(status).unwrap();
        api_error(&Answer { status, headers: HeaderMap::new(), body: body.into() }, None)
    }

    #[test]
    fn the_window_is_asked_for_in_utc() {
        let window = ("2026-11-21T00:00:00.7Z".parse().unwrap(), "2027-02-28T00:00:00Z".parse().unwrap());
        let url = graph().view(Some("AAM/k="), &["delta"], window);
        assert_eq!(
            url.as_str(),
            "https://graph.microsoft.com/v1.0/me/calendars/AAM%2Fk=/calendarView/delta\
             ?startDateTime=2026-11-21T00%3A00%3A00Z&endDateTime=2027-02-28T00%3A00%3A00Z"
        );
        assert_eq!(graph().view(None, &[], window).path(), "/v1.0/me/calendarView");
    }

    #[test]
    fn changes_and_removals_are_told_apart() {
        let page = page(json!({
            "value": [{ "id": "a", "type": "singleInstance", "showAs": "oof" },
                { "@removed": { "reason": "deleted" }, "id": "b" }],
            "@odata.deltaLink": "https://graph.microsoft.com/v1.0/me/calendarView/delta?$deltatoken=t",
        }))
        .unwrap();
        assert!(matches!(&page.items[0], DeltaItem::Changed(item) if item.id == "a"));
        assert_eq!(page.items[1], DeltaItem::Removed { id: "b".to_owned() });
        assert!(matches!(page.next, Next::Later(link) if link.ends_with("$deltatoken=t")));
    }

    #[test]
    fn an_empty_page_goes_on_and_one_without_link_or_id_is_a_bug() {
        let empty = page(json!({ "value": [], "@odata.nextLink": "n" })).unwrap();
        assert_eq!(empty.next, Next::Page("n".to_owned()));
        assert_eq!(page(json!({ "value": [] })).unwrap_err().kind, ApiKind::Bug);
        let nameless = json!({ "value": [{ "showAs": "busy" }], "@odata.deltaLink": "d" });
        assert_eq!(page(nameless).unwrap_err().kind, ApiKind::Bug);
    }

    #[test]
    fn a_lost_round_begins_again_and_nothing_else_does() {
        assert!(must_resync(&failure(410, "SyncStateNotFound")));
        assert!(must_resync(&failure(410, "")));
        assert!(must_resync(&failure(400, "syncStateNotFound")));
        assert!(must_resync(&failure(200, LINK_ELSEWHERE)));
        assert!(!must_resync(&failure(404, "ErrorItemNotFound")));
        assert!(!must_resync(&failure(429, "TooManyRequests")));
    }
}
