//! OData query options and `Prefer` headers, as Graph reads them.

use std::collections::HashMap;

use axum::response::Response;
use http::{HeaderMap, HeaderValue};
use url::form_urlencoded;

use super::failure::Failure;
use super::filter::Filter;
use super::zone::Zone;

/// The system query options of a request; names in any letter case, with or without `$` ("Query parameters").
#[derive(Debug, Default)]
pub(super) struct Options {
    pub(super) select: Option<Vec<String>>,
    pub(super) filter: Option<Filter>,
    /// Paths with their direction; `true` means descending.
    pub(super) order_by: Vec<(String, bool)>,
    pub(super) top: Option<usize>,
    pub(super) skip: usize,
    pub(super) count: bool,
    pub(super) expand: Option<String>,
    others: HashMap<String, String>,
    pairs: Vec<(String, String)>,
}

impl Options {
    pub(super) fn parse(query: &str) -> Result<Self, Failure> {
        let mut options = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            options.read(&name.trim_start_matches('$').to_ascii_lowercase(), &value)?;
            options.pairs.push((name.into_owned(), value.into_owned()));
        }
        Ok(options)
    }

    fn read(&mut self, name: &str, value: &str) -> Result<(), Failure> {
        match name {
            "select" => self.select = Some(list(value)),
            "filter" => {
                let filter = Filter::parse(value);
                self.filter = Some(filter.ok_or_else(|| {
                    Failure::bad_request("Invalid filter clause: the expression could not be read.")
                })?);
            }
            "orderby" => self.order_by = list(value).iter().map(|item| direction(item)).collect(),
            "top" => self.top = Some(number(name, value)?),
            "skip" => self.skip = number(name, value)?,
            // A number in collections; in rounds of a delta query an opaque text.
            "skiptoken" => match value.trim().parse() {
                Ok(skip) => self.skip = skip,
                Err(_) => drop(self.others.insert(name.to_owned(), value.to_owned())),
            },
            "count" => self.count = value.eq_ignore_ascii_case("true"),
            "expand" => self.expand = Some(value.to_owned()),
            "search" => return Err(Failure::bad_request("This sandbox does not support $search.")),
            other => {
                self.others.insert(other.to_owned(), value.to_owned());
            }
        }
        Ok(())
    }

    /// The names of the system query options that were given, lower case.
    pub(super) fn names(&self) -> impl Iterator<Item = String> {
        self.pairs.iter().map(|(name, _)| name.trim_start_matches('$').to_ascii_lowercase())
    }

    /// A parameter that is not a system query option, by its lower-case name.
    pub(super) fn other(&self, name: &str) -> Option<&str> {
        self.others.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The query of the next page: everything as it was, with a new position.
    pub(super) fn next_query(&self, position: &str, skip: usize) -> String {
        let is_position = |name: &str| {
            matches!(name.trim_start_matches('$').to_ascii_lowercase().as_str(), "skip" | "skiptoken")
        };
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(self.pairs.iter().filter(|(name, _)| !is_position(name)));
        query.append_pair(position, &skip.to_string());
        query.finish()
    }

    /// The filter inside `$expand=singleValueExtendedProperties($filter=…)`; `None` when it is not expanded.
    pub(super) fn expanded_properties(&self) -> Option<Filter> {
        let expand = self.expand.as_deref()?;
        let at = expand.to_ascii_lowercase().find("singlevalueextendedproperties(")?;
        let inside = &expand[at + "singlevalueextendedproperties(".len()..];
        let inside = &inside[..inside.rfind(')')?];
        let filter = inside.trim().trim_start_matches('$');
        let (name, filter) = filter.split_once('=')?;
        name.eq_ignore_ascii_case("filter").then(|| Filter::parse(filter))?
    }
}

fn list(value: &str) -> Vec<String> {
    value.split(',').map(|item| item.trim().to_owned()).filter(|item| !item.is_empty()).collect()
}

fn direction(item: &str) -> (String, bool) {
    match item.split_once(char::is_whitespace) {
        Some((path, direction)) => (path.to_owned(), direction.trim().eq_ignore_ascii_case("desc")),
        None => (item.to_owned(), false),
    }
}

fn number(name: &str, value: &str) -> Result<usize, Failure> {
    value.trim().parse().map_err(|_| {
        let message = format!("Invalid value for the query option '${name}': a whole number is expected.");
        Failure::bad_request(message)
    })
}

/// What a client prefers; several preferences may share a header.
#[derive(Debug, Default)]
pub(super) struct Preferences {
    pub(super) zone: Option<Zone>,
    pub(super) immutable_ids: bool,
    pub(super) text_bodies: bool,
    pub(super) page_size: Option<usize>,
    applied: Vec<String>,
}

impl Preferences {
    pub(super) fn parse(headers: &HeaderMap) -> Result<Self, Failure> {
        let mut preferences = Self::default();
        let lines = headers.get_all("prefer").into_iter().filter_map(|value| value.to_str().ok());
        for item in lines.flat_map(|line| line.split([',', ';'])) {
            preferences.read(item.trim())?;
        }
        Ok(preferences)
    }

    fn read(&mut self, item: &str) -> Result<(), Failure> {
        let Some((name, value)) = item.split_once('=') else { return Ok(()) };
        let value = value.trim().trim_matches('"');
        match name.trim().to_ascii_lowercase().as_str() {
            "outlook.timezone" => self.zone = Some(Zone::find(value).ok_or_else(|| unknown_zone(value))?),
            "outlook.body-content-type" => self.text_bodies = value.eq_ignore_ascii_case("text"),
            "idtype" => self.immutable_ids = value.eq_ignore_ascii_case("ImmutableId"),
            "odata.maxpagesize" => self.page_size = value.parse().ok().filter(|size| *size > 0),
            _ => return Ok(()),
        }
        self.applied.push(item.to_owned());
        Ok(())
    }

    /// Repeats what was honoured in `Preference-Applied`.
    pub(super) fn applied_to(&self, mut response: Response) -> Response {
        if !self.applied.is_empty()
            && let Ok(value) = HeaderValue::from_str(&self.applied.join(", "))
        {
            response.headers_mut().insert("preference-applied", value);
        }
        response
    }
}

/// The refusal of a zone that neither Windows nor IANA knows.
pub(super) fn unknown_zone(name: &str) -> Failure {
    let name: String = name.chars().take(100).collect();
    Failure::invalid(
        "TimeZoneNotSupportedException",
        format!(
            "A valid TimeZone value must be specified. The following TimeZone value is not supported: '{name}'."
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn option_names_do_not_mind_case_or_dollar() {
        let options =
            Options::parse("%24TOP=3&orderby=start/dateTime%20desc,subject&StartDateTime=x").unwrap();
        assert_eq!(options.top, Some(3));
        assert_eq!(options.order_by, [("start/dateTime".to_owned(), true), ("subject".to_owned(), false)]);
        assert_eq!(options.other("startdatetime"), Some("x"));
        assert!(Options::parse("$top=many").is_err() && Options::parse("$filter=a+eq").is_err());
    }

    #[test]
    fn the_next_page_keeps_the_query() {
        let options = Options::parse("$select=id&$skip=10&$top=5").unwrap();
        assert_eq!(options.next_query("$skip", 15), "%24select=id&%24top=5&%24skip=15");
    }

    #[test]
    fn expanded_properties_are_filtered() {
        let options =
            Options::parse("$expand=singleValueExtendedProperties($filter=id eq 'String {a} Name B')")
                .unwrap();
        let filter = options.expanded_properties().unwrap();
        assert!(filter.holds(&serde_json::json!({"id": "String {a} Name B"})));
        assert!(Options::parse("$expand=attachments").unwrap().expanded_properties().is_none());
    }

    #[test]
    fn preferences_may_share_a_header_and_are_repeated() {
        let mut headers = HeaderMap::new();
        headers
            .insert("prefer", r#"outlook.timezone="Europe/Berlin", IdType="ImmutableId""#.parse().unwrap());
        headers.append("prefer", "odata.maxpagesize=7".parse().unwrap());
        let preferences = Preferences::parse(&headers).unwrap();
        assert!(preferences.immutable_ids && preferences.page_size == Some(7));
        let response = preferences.applied_to(Response::default());
        let applied = response.headers()["preference-applied"].to_str().unwrap();
        assert_eq!(applied, r#"outlook.timezone="Europe/Berlin", IdType="ImmutableId", odata.maxpagesize=7"#);
        headers.insert("prefer", r#"outlook.timezone="Nowhere""#.parse().unwrap());
        assert_eq!(Preferences::parse(&headers).unwrap_err().code, "TimeZoneNotSupportedException");
    }
}
