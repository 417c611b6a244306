//! Webex's public ids: unpadded base64 of `ciscospark://us/<TYPE>/<id>` (Webex REST basics).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use uuid::Uuid;

pub(crate) fn person(id: Uuid) -> String {
    encode("PEOPLE", &id.to_string())
}

pub(crate) fn encode(kind: &str, id: &str) -> String {
    STANDARD_NO_PAD.encode(format!("ciscospark://us/{kind}/{id}"))
}

/// The inner id, if the text is an id of that kind; bare UUIDs pass, as they do at Webex.
pub(crate) fn decode(kind: &str, text: &str) -> Option<String> {
    if Uuid::parse_str(text).is_ok() {
        return Some(text.to_lowercase());
    }
    let bytes = STANDARD_NO_PAD.decode(text.trim_end_matches('=')).ok()?;
    let url = String::from_utf8(bytes).ok()?;
    url.strip_prefix("ciscospark://")?
        .split_once('/')?
        .1
        .strip_prefix(kind)?
        .strip_prefix('/')
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::{decode, encode};

    #[test]
    fn an_id_opens_only_as_its_own_kind() {
        let id = encode("PEOPLE", "f5b36187-c8dd-4727-8b2f-f9c447f29046");
        assert_eq!(decode("PEOPLE", &id).as_deref(), Some("f5b36187-c8dd-4727-8b2f-f9c447f29046"));
        assert_eq!(decode("ROLE", &id), None);
        assert_eq!(decode("PEOPLE", "not base64 ✗"), None);
    }
}
