//! Titles and texts of meetings and entries, with placeholders between two pairs of braces.

/// What can stand in them, and what it becomes.
pub(crate) const PLACEHOLDERS: [(&str, &str); 8] = [
    ("{{appointment}}", "the name above"),
    ("{{visitor_name}}", "who booked"),
    ("{{visitor_email}}", "the visitor's address"),
    ("{{visitor_phone}}", "the visitor's number"),
    ("{{host_name}}", "who hosts"),
    ("{{organization}}", "your organization"),
    ("{{place}}", "where you meet"),
    ("{{answers}}", "questions and answers"),
];

/// So much of a name that nobody knows is said back.
const SHOWN: usize = 40;

/// Everything that could not be filled in, with what to write instead; nothing where all is well.
pub(super) fn complaint(template: &str) -> Option<String> {
    let mut unknown: Vec<String> = Vec::new();
    let mut text = String::new();
    let mut rest = template;
    while let Some((before, tail)) = rest.split_once("{{") {
        let Some((name, after)) = tail.split_once("}}") else { break };
        text.push_str(before);
        let shown = format!("{{{{{}}}}}", name.trim().chars().take(SHOWN).collect::<String>());
        if !PLACEHOLDERS.iter().any(|(known, _)| *known == shown) && !unknown.contains(&shown) {
            unknown.push(shown);
        }
        rest = after;
    }
    text.push_str(rest);
    let mut said = Vec::new();
    if !unknown.is_empty() {
        let known = PLACEHOLDERS.map(|(name, _)| name).join(", ");
        said.push(format!("There is no {}. Use one of {known}.", unknown.join(", ")));
    }
    if text.contains("{{") || text.contains("}}") {
        said.push("A placeholder stands between two pairs of braces, such as {{visitor_name}}.".to_owned());
    }
    (!said.is_empty()).then(|| said.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_not_be_filled_in_is_said_at_once() {
        assert_eq!(complaint("{{appointment}}: {{ visitor_name }}, {x}"), None);
        let said = complaint("{{nope}} and {{more}} and {{x").unwrap();
        assert!(said.starts_with("There is no {{nope}}, {{more}}. Use one of {{appointment}}, "), "{said}");
        assert!(said.ends_with("such as {{visitor_name}}."), "{said}");
        assert!(complaint("a }} b").is_some());
    }
}
