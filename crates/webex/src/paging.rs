//! Lists that come in pages (RFC 8288 `Link` headers).

use oauth::{Answer, ApiError};
use reqwest::header::{HeaderMap, LINK};
use serde::Deserialize;
use url::Url;

const UNREADABLE: &str = "where the list goes on is told in a way that cannot be read";
const ELSEWHERE: &str = "the list goes on at another host, which is not asked";

/// A page of a list. Without `items` it is none: taken for an empty one, it would end the list too early.
#[derive(Deserialize)]
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
}

/// The next page's address, to be used as it is; nothing on the last page. An address on another host is not followed,
/// because the access token goes with it. Then, or where it cannot be read, the list has not come to its end: that is an
/// error.
pub(crate) fn next_link(answer: &Answer, base: &Url) -> Result<Option<Url>, ApiError> {
    next(&answer.headers, base).map_err(|why| ApiError::bug(answer.status, why))
}

fn next(headers: &HeaderMap, base: &Url) -> Result<Option<Url>, &'static str> {
    for value in headers.get_all(LINK) {
        let header = value.to_str().map_err(|_| UNREADABLE)?;
        if let Some(address) = next_address(header)? {
            return usable(address, base).map(Some);
        }
    }
    Ok(None)
}

/// Reads `<address>; parameters, <address>; parameters`; addresses may hold commas.
fn next_address(header: &str) -> Result<Option<&str>, &'static str> {
    let mut links = header.split('<');
    // What comes before the first address belongs to none.
    if links.next().is_some_and(is_next) {
        return Err(UNREADABLE);
    }
    for link in links {
        let (address, parameters) = link.split_once('>').ok_or(UNREADABLE)?;
        if is_next(parameters) {
            return Ok(Some(address));
        }
    }
    Ok(None)
}

fn usable(address: &str, base: &Url) -> Result<Url, &'static str> {
    let url = base.join(address).map_err(|_| UNREADABLE)?;
    if url.origin() == base.origin() {
        return Ok(url);
    }
    tracing::warn!(host = url.host_str(), "Webex names a next page on another host; it is not read");
    Err(ELSEWHERE)
}

fn is_next(parameters: &str) -> bool {
    parameters.split([';', ',']).filter_map(|parameter| parameter.split_once('=')).any(|(name, value)| {
        let mut relations = value.trim().trim_matches('"').split_whitespace();
        name.trim().eq_ignore_ascii_case("rel")
            && relations.any(|relation| relation.eq_ignore_ascii_case("next"))
    })
}

#[cfg(test)]
mod tests {
    use oauth::ApiKind;
    use reqwest::{StatusCode, header::HeaderValue};

    use super::*;

    fn read(link: &[u8]) -> Result<Option<String>, ApiError> {
        let mut headers = HeaderMap::new();
        headers.append(LINK, HeaderValue::from_static("<https://webexapis.com/v1/people>; rel=first"));
        headers.append(LINK, HeaderValue::from_bytes(link).unwrap());
        let answer = Answer { status: StatusCode::OK, headers, body: "".into() };
        let next = next_link(&answer, &Url::parse("https://webexapis.com").unwrap())?;
        Ok(next.map(String::from))
    }

    fn next(link: &str) -> Option<String> {
        read(link.as_bytes()).unwrap()
    }

    fn refused(link: &[u8]) -> String {
        let error = read(link).unwrap_err();
        assert_eq!((error.kind, error.status), (ApiKind::Bug, Some(200)), "{error}");
        error.message
    }

    #[test]
    fn the_next_page_is_found_among_other_links() {
        let link = "<https://webexapis.com/v1/people?id=a,b&after=x>; rel=\"next\"";
        let expected = Some("https://webexapis.com/v1/people?id=a,b&after=x".to_owned());
        assert_eq!(next(link), expected);
        let among =
            "<https://webexapis.com/a>; rel=\"first\", </v1/b>; title=\"x\"; rel=next, </c>; rel=prev";
        assert_eq!(next(among).as_deref(), Some("https://webexapis.com/v1/b"));
    }

    #[test]
    fn the_token_is_not_carried_to_another_host_and_the_list_has_no_end_there() {
        for link in [
            "<https://evil.example/v1/people>; rel=\"next\"",
            "<http://webexapis.com/v1/people>; rel=\"next\"",
            "<//evil.example/x>; rel=\"next\"",
        ] {
            assert_eq!(refused(link.as_bytes()), ELSEWHERE, "{link}");
        }
    }

    #[test]
    fn a_next_page_that_cannot_be_read_is_no_end() {
        for link in [
            "<http://[>; rel=next",
            "<https://webexapis.com/v1/people; rel=next",
            "https://webexapis.com/v1/people; rel=\"next\"",
            "<https://webexapis.com/v1/people>; title=\"x < y\"; rel=next",
        ] {
            assert_eq!(refused(link.as_bytes()), UNREADABLE, "{link}");
        }
        assert_eq!(refused(b"<https://webexapis.com/\xff>; rel=next"), UNREADABLE);
    }

    #[test]
    fn no_or_odd_links_end_the_list() {
        for link in ["", "<>", "<https://webexapis.com/a>", "next", "<https://webexapis.com/a>; rel=prev"] {
            assert_eq!(next(link), None, "{link}");
        }
    }

    #[test]
    fn a_missing_list_is_no_empty_one() {
        let items = |text: &str| serde_json::from_str::<Page<String>>(text).map(|page| page.items).ok();
        assert_eq!(items(r#"{"items": []}"#), Some(Vec::new()));
        for text in ["{}", r#"{"items": null}"#, r#"{"notFoundIds": []}"#] {
            assert_eq!(items(text), None, "{text}");
        }
    }
}
