//! What a `User-Agent` says, in words a person recognizes.

const BROWSERS: &[(&str, &str)] = &[
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
];
const SYSTEMS: &[(&str, &str)] = &[
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Macintosh", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
];

/// `Firefox on Linux`; the order of the lists matters, for most browsers also claim to be others.
pub(crate) fn device(user_agent: Option<&str>) -> String {
    let Some(text) = user_agent else { return "Unknown device".into() };
    let named = |list: &[(&str, &'static str)]| {
        list.iter().find(|(mark, _)| text.contains(mark)).map(|&(_, name)| name)
    };
    match (named(BROWSERS), named(SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(name), None) | (None, Some(name)) => name.to_owned(),
        (None, None) => text.chars().take(60).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::device;

    #[test]
    fn browsers_that_claim_to_be_others_are_told_apart() {
        let edge = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
                    Chrome/148.0.0.0 Safari/537.36 Edg/148.0.0.0";
        let safari = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like \
                      Gecko) Version/18.0 Mobile/15E148 Safari/604.1";
        assert_eq!(device(Some(edge)), "Edge on Windows");
        assert_eq!(device(Some(safari)), "Safari on iPhone");
        assert_eq!(device(Some("curl/8.5.0")), "curl");
        assert_eq!(device(Some(&"<b>".repeat(100))).chars().count(), 60);
        assert_eq!(device(None), "Unknown device");
    }
}
