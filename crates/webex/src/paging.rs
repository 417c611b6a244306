//! Lists that come in pages (RFC 8288 `Link` headers).

use reqwest::header::{HeaderMap, LINK};
use url::Url;

/// The next page's address, to be used as it is. An address on another host is not followed: the access token
/// goes with it.
pub(crate) fn next_link(headers: &HeaderMap, base: &Url) -> Option<Url> {
    let values = headers.get_all(LINK).iter().filter_map(|value| value.to_str().ok());
    let next = values.flat_map(links).find(|(_, parameters)| is_next(parameters))?;
    let url = base.join(next.0).ok()?;
    let same_host = url.origin() == base.origin();
    if !same_host {
        tracing::warn!(host = url.host_str(), "Webex names a next page on another host; it is not read");
    }
    same_host.then_some(url)
}

/// Splits `<address>; parameters, <address>; parameters`; addresses may hold commas.
fn links(header: &str) -> impl Iterator<Item = (&str, &str)> {
    header.split('<').skip(1).filter_map(|link| link.split_once('>'))
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
    use reqwest::header::HeaderValue;

    use super::*;

    fn next(link: &'static str) -> Option<String> {
        let mut headers = HeaderMap::new();
        headers.append(LINK, HeaderValue::from_static(link));
        next_link(&headers, &Url::parse("https://webexapis.com").unwrap()).map(String::from)
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
    fn the_token_is_not_carried_to_another_host() {
        assert_eq!(next("<https://evil.example/v1/people>; rel=\"next\""), None);
        assert_eq!(next("<http://webexapis.com/v1/people>; rel=\"next\""), None);
        assert_eq!(next("<//evil.example/x>; rel=\"next\""), None);
    }

    #[test]
    fn no_or_odd_links_end_the_list() {
        for link in ["", "<>", "<https://webexapis.com/a>", "next", "<https://webexapis.com/a>; rel=prev"] {
            assert_eq!(next(link), None, "{link}");
        }
    }
}
