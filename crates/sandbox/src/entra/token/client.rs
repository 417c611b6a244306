//! Which app is calling, and whether its credential is good.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use http::{HeaderMap, header};
use url::form_urlencoded;

use crate::apps::{App, SecretVerdict};
use crate::entra::authorize::Params;
use crate::entra::find_app;
use crate::entra::refusal::Refusal;
use crate::requests::RequestId;
use crate::world::World;

/// The app and how it proved itself: "1" by secret, "0" when it is public and has none.
pub(super) fn authenticate(
    world: &World,
    headers: &HeaderMap,
    params: &Params,
    id: RequestId,
) -> Result<(App, &'static str), Refusal> {
    let basic = basic(headers);
    let (client_id, secret) = match (&basic, params.get("client_id")) {
        (Some((basic_id, secret)), named) => (named.unwrap_or(basic_id), Some(secret.as_str())),
        (None, _) => (params.need("client_id")?, params.get("client_secret")),
    };
    world.requests.amend(id, |entry| entry.client_id = Some(client_id.chars().take(100).collect()));
    let app = find_app(world, client_id)?;
    let proof = prove(world, &app, secret, params)?;
    Ok((app, proof))
}

fn prove(world: &World, app: &App, secret: Option<&str>, params: &Params) -> Result<&'static str, Refusal> {
    let client_id = app.client_id.clone();
    match secret {
        None if params.get("client_assertion").is_some() => Err(Refusal::AssertionRefused),
        None if app.secrets.is_empty() => Ok("0"),
        None => Err(Refusal::NoCredential),
        Some(_) if app.secrets.is_empty() && params.get("code_verifier").is_some() => {
            Err(Refusal::CredentialForPublicApp)
        }
        Some(secret) => match app.check_secret(secret, world.clock.now()) {
            SecretVerdict::Accepted => Ok("1"),
            SecretVerdict::Expired(_) => Err(Refusal::ExpiredSecret { client_id }),
            SecretVerdict::IsId | SecretVerdict::Wrong => Err(Refusal::WrongSecret { client_id }),
        },
    }
}

/// HTTP Basic with both halves form-encoded (RFC 6749 §2.3.1).
fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, credentials) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(BASE64.decode(credentials.trim()).ok()?).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    Some((form_decoded(id), form_decoded(secret)))
}

fn form_decoded(text: &str) -> String {
    let pair = format!("x={}", text.replace('&', "%26"));
    form_urlencoded::parse(pair.as_bytes()).next().map(|(_, value)| value.into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn basic_credentials_may_be_form_encoded() {
        let mut headers = HeaderMap::new();
        let value = format!("Basic {}", BASE64.encode("id:ab8Q%7Ec%2Bd%26"));
        headers.insert(header::AUTHORIZATION, value.parse().unwrap());
        assert_eq!(basic(&headers), Some(("id".to_owned(), "ab8Q~c+d&".to_owned())));
        headers.insert(header::AUTHORIZATION, "Basic !!!".parse().unwrap());
        assert_eq!(basic(&headers), None);
    }
}
