//! The text of an online meeting: ours in front, Graph's join information behind it. An update that loses the latter
//! ends the meeting (Graph, "Update event", notes on the body property).

use super::EventBody;

/// Teams draws a line of underscores above its block, in every version of it that was seen.
const LINE: &str = "________________________________________";

/// `new` in front of the join block of `old`, an HTML body. None when the block cannot be told apart.
pub(super) fn merged(new: EventBody<'_>, old: &str, join_url: &str) -> Option<String> {
    let link = find_link(old, join_url)?;
    let mut line = old[..link].rfind(LINE)?;
    while old[..line].ends_with('_') {
        line -= 1;
    }
    // A line that belongs to no element of its own would be cut off from what opened it.
    let block = old[..line].rfind("<div")?;
    let between = &old[block..line];
    if between.contains("</div") {
        return None;
    }
    let new = match new {
        EventBody::Html(html) => html.to_owned(),
        EventBody::Text(text) => format!("<div>{}</div>", escaped(text)),
    };
    Some(format!("<html><body>{new}{}", &old[block..]))
}

fn find_link(old: &str, join_url: &str) -> Option<usize> {
    let in_html = join_url.replace('&', "&amp;");
    old.find(&in_html).or_else(|| old.find(join_url))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('\n', "<br>")
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINK: &str = "https://teams.microsoft.com/l/meetup-join/19%3ameeting_x%40thread.v2/0?context=a&b=c";

    fn body(before: &str) -> String {
        let line = "_".repeat(80);
        format!(
            "<html><head></head><body>{before}<div style=\"width:100%\"><span>{line}</span></div>\
             <div class=\"me-email-text\"><a href=\"{}\">Join</a></div><div>{line}</div></body></html>",
            LINK.replace('&', "&amp;")
        )
    }

    #[test]
    fn the_join_block_stays_and_our_text_changes() {
        let merged = merged(EventBody::Html("<p>New</p>"), &body("<div>Old</div>"), LINK).unwrap();
        assert!(merged.starts_with("<html><body><p>New</p><div style=\"width:100%\"><span>____"));
        assert!(merged.ends_with("</body></html>") && !merged.contains("Old"));
        assert!(merged.contains("&amp;b=c"));
    }

    #[test]
    fn lines_in_our_own_text_do_not_mislead() {
        let own = format!("<p>Old {}</p>", "_".repeat(60));
        let merged = merged(EventBody::Text("a < b\nc"), &body(&own), LINK).unwrap();
        assert!(
            merged.starts_with("<html><body><div>a &lt; b<br>c</div><div style") && !merged.contains("Old")
        );
    }

    #[test]
    fn without_a_recognisable_block_nothing_is_merged() {
        let new = EventBody::Text("x");
        assert_eq!(merged(new, "<html><body>Only ours</body></html>", LINK), None);
        assert_eq!(merged(new, &format!("<p>{LINK}</p>"), LINK), None);
        let loose = format!("<div>Ours</div>{}<a href=\"{LINK}\">Join</a>", "_".repeat(80));
        assert_eq!(merged(new, &loose, LINK), None);
    }
}
