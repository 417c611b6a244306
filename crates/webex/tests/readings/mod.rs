//! Reads any text as an answer of the XML API, by its envelope and by the reading of every operation, and checks what
//! callers rely on whatever it said: for the fuzz target, and for the test that spoils its corpus.

use crate::{
    element::Element,
    message::{self, Said},
    reading::{ApiVersion, Me, Opened, SiteFacts, XmlSessionType, XmlUser},
};

/// The site's name where an answer does not say it.
const OTHERWISE: &str = "lindenhof";

/// Tries all readings on a text; ends with a panic where one gives what it must never give.
pub(crate) fn try_all(text: &str) {
    match message::read(text) {
        Ok(Said::Done(content)) => try_each(&content),
        Ok(Said::Refused(exception)) => {
            check([&exception.code]);
            assert!(exception.code.len() <= 32 && exception.code.is_ascii());
            assert!(!exception.reason.is_empty());
        }
        Err(_) => {}
    }
    // Most texts are no answers; what stands in them is tried all the same, as if it were one.
    if let Ok(root) = Element::parse(text) {
        try_each(&root);
    }
}

fn try_each(content: &Element) {
    let version = ApiVersion::read(content);
    check([&version.version]);
    assert_ne!(version.release.as_deref(), Some(""));
    let me = Me::read(content);
    check([&me.email, &me.webex_id, &me.role]);
    if let Some(opened) = Opened::read(content) {
        assert!(!opened.ticket.is_empty());
        assert!(opened.created_ms.is_none() || content.child("createTime").is_some());
        assert!(opened.lives_seconds.is_none() || content.child("timeToLive").is_some());
    }
    try_site(content);
    let user = XmlUser::read(content);
    check([&user.webex_id, &user.email, &user.first_name, &user.last_name]);
    assert!(!user.active || content.child("active").is_some());
    check(&user.session_types);
    assert!(user.session_types.iter().all(|id| !id.is_empty()));
    check(user.tracking_codes.values());
    assert!(user.tracking_codes.iter().all(|(place, value)| is_place(*place) && !value.is_empty()));
}

fn try_site(content: &Element) {
    let site = SiteFacts::read(content, OTHERWISE);
    assert!(!site.name.is_empty());
    for code in &site.tracking_codes {
        check([&code.name, &code.input_mode]);
        check(&code.options);
        assert!(is_place(code.index) && !code.name.is_empty() && !code.input_mode.is_empty());
        assert!(code.options.iter().all(|option| !option.is_empty()));
    }
    let types = XmlSessionType::read_all(content);
    assert!(types.len() <= content.children.len());
    for kind in &types {
        check([&kind.id, &kind.short_name, &kind.name]);
        assert!(!kind.id.is_empty());
    }
}

/// The XML API knows ten tracking codes by their places.
fn is_place(place: u8) -> bool {
    (1..=10).contains(&place)
}

/// What was read has no blanks around it: it is compared, and sent back.
fn check<'a>(texts: impl IntoIterator<Item = &'a String>) {
    for text in texts {
        assert_eq!(text, text.trim());
    }
}
