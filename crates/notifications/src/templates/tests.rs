use super::*;
use crate::letter::{Block, Span};

static KIND: TemplateKind = TemplateKind {
    key: "booking-confirmed",
    title: "Booking confirmations",
    placeholders: &[
        Placeholder { name: "visitor_name", meaning: "", sample: "Vera", is_link: false },
        Placeholder { name: "password", meaning: "", sample: "x", is_link: false },
        Placeholder { name: "manage_link", meaning: "", sample: "https://hub.example/my", is_link: true },
    ],
    defaults: &[DefaultText {
        language: Language::En,
        subject: "Booked: {{visitor_name}}",
        body: "Dear {{visitor_name}},\n\nsee https://map.example/x.\nPassword: {{password}}\n\n[Change]({{manage_link}})",
    }],
};

fn values(name: &str, password: &str, link: &str) -> Vec<(&'static str, String)> {
    vec![("visitor_name", name.into()), ("password", password.into()), ("manage_link", link.into())]
}

fn text(text: &str) -> Span {
    Span::Text(text.into())
}

#[test]
fn a_template_becomes_paragraphs_links_and_one_button() {
    let body = format!("{}\n\n[Again]({{{{manage_link}}}})", KIND.defaults[0].body);
    let blocks = fill_body(&KIND, &body, &values("Vera", "s3", "https://hub.example/m?a=1&b=2"));
    let url = "https://hub.example/m?a=1&b=2".to_owned();
    assert_eq!(blocks[2], Block::Button { label: "Change".into(), url: url.clone() });
    assert_eq!(blocks[3], Block::Paragraph(vec![vec![Span::Link { label: "Again".into(), url }]]));
    let Block::Paragraph(lines) = &blocks[1] else { panic!("{blocks:?}") };
    assert!(lines[0].contains(&Span::Link {
        label: "https://map.example/x".into(),
        url: "https://map.example/x".into()
    }));
    assert_eq!(lines.len(), 2);
}

#[test]
fn a_line_without_any_value_is_left_out() {
    let blocks = fill_body(&KIND, KIND.defaults[0].body, &values("Vera", " ", ""));
    assert_eq!(blocks.len(), 2, "{blocks:?}");
    let Block::Paragraph(lines) = &blocks[1] else { panic!("{blocks:?}") };
    assert_eq!(lines.len(), 1);
}

#[test]
fn what_a_visitor_typed_stays_text() {
    let name = "[Pay](https://evil.example)\r\n\r\n{{password}} https://evil.example <b>";
    let blocks = fill_body(&KIND, "Dear {{visitor_name}}", &values(name, "s3", ""));
    let lines = vec![
        vec![text("Dear "), text("[Pay](https://evil.example)")],
        vec![text("{{password}} https://evil.example <b>")],
    ];
    assert_eq!(blocks, [Block::Paragraph(lines)]);
    let subject = fill_subject("Hi {{visitor_name}}", &values("Eve\r\nBcc: all@x.example", "", ""));
    assert_eq!(subject, "Hi Eve Bcc: all@x.example");
    let odd = fill_body(&KIND, "[Change]({{manage_link}})", &values("", "", "javascript:alert(1)"));
    assert_eq!(odd, [Block::Paragraph(vec![vec![text("Change")]])]);
}

#[test]
fn what_cannot_be_filled_in_is_refused_with_what_to_write() {
    let refused = |subject: &str, body: &str| {
        let template = Template { subject: subject.into(), body: body.into() };
        let error = check(&KIND, &template).unwrap_err();
        let errors = platform::web::FieldErrors::of(&error);
        (errors.at("subject").to_owned(), errors.at("body").to_owned())
    };
    assert!(check(&KIND, &KIND.default_text(Language::De)).is_ok());
    assert!(refused("Hi", "{{visitor}}").1.contains("Use one of {{visitor_name}}, {{password}}"));
    assert!(refused("Hi", "{{visitor_name").1.contains("two pairs of braces"));
    assert!(refused("Hi", "[x](javascript:alert)").1.contains("https://"));
    assert!(refused("Hi", "[x]({{visitor_name}})").1.contains("https://"));
    assert!(refused("{{manage_link}}", "x").0.contains("subject"));
    assert!(refused("a\r\nb", "x").0.contains("one line"));
    assert!(!refused(&"a".repeat(201), " ").1.is_empty());
}
