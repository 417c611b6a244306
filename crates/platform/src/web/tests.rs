//! The building blocks of pages: what every room's templates rely on.

use askama::Template;
use jiff::tz::TimeZone;

use super::{Banner, Checked, FieldErrors, Shell};
use crate::{
    Instant, Role,
    actor::Person,
    id::{AccountId, OrganizationId},
};

const NOW: Instant = Instant::from_micros(1_795_000_000_000_000);

/// A page for a reader with these roles; for a visitor when there are none.
pub(crate) fn shell(roles: &[Role]) -> Shell {
    let person = Person {
        organization: OrganizationId(uuid::Uuid::nil()),
        organization_name: "Lindenhof & Sons".into(),
        account: AccountId(uuid::Uuid::nil()),
        session: String::new(),
        name: "Ada <b>".into(),
        email: "ada@lindenhof.example".into(),
        roles: roles.to_vec(),
        zone: TimeZone::UTC,
    };
    Shell {
        product: "Switchboard".into(),
        path: "/admin/integrations/7".into(),
        person: (!roles.is_empty()).then_some(person),
        banners: vec![Banner { text: "Act <now>".into(), link: Some(("Open".into(), "/there".into())) }],
        flash: None,
        zone: TimeZone::UTC,
        now: NOW,
    }
}

#[derive(Template)]
#[template(
    ext = "html",
    source = r#"{% extends "layout.html" %}{% import "macros.html" as ui %}{% block title %}T{% endblock %}
{% block content %}
{{ ui::field("Name", "name", typed, hint = "Yours.", error = errors.at("name")) }}
{{ ui::field("City", "city", "", error = errors.at("city"), required = false) }}
{{ ui::select("Zone", "zone", "b", zones) }}
{{ ui::textarea("Note", "note", typed) }}
{{ ui::checkboxes("Roles", "role", roles) }}
{{ ui::step("failed", "Sites", "No <site>.") }}
{{ ui::badge("attention") }}
{{ ui::ago(shell, at) }}
{% call ui::watch("/steps", false) %}inside{% endcall %}
{% call ui::confirm("Remove", "Sure?", "/remove", "Remove now") %}<input type="hidden" name="v" value="1">{% endcall %}
{% endblock %}"#
)]
struct Blocks {
    shell: Shell,
    typed: &'static str,
    errors: FieldErrors,
    zones: Vec<(&'static str, &'static str)>,
    roles: Vec<(&'static str, &'static str, &'static str, bool)>,
    at: Instant,
}

fn blocks(roles: &[Role]) -> String {
    let mut checked = Checked::default();
    checked.require(false, "name", "Not \"that\".");
    let error = checked.finish().unwrap_err();
    let page = Blocks {
        shell: shell(roles),
        typed: "<script>",
        errors: FieldErrors::of(&error),
        zones: vec![("a", "A"), ("b", "B")],
        roles: vec![("host", "Host", "has appointments", true), ("operator", "Operator", "", false)],
        at: NOW.before(std::time::Duration::from_secs(7200)),
    };
    page.render().unwrap()
}

#[test]
fn what_was_typed_is_kept_and_can_do_no_harm() {
    let html = blocks(&[Role::Host]);
    assert!(!html.contains("<script>"), "{html}");
    assert_eq!(html.matches("&#60;script&#62;").count(), 2);
    assert!(
        html.contains("Ada &#60;b&#62;")
            && html.contains("Act &#60;now&#62;")
            && html.contains("No &#60;site&#62;.")
    );
}

#[test]
fn what_is_wrong_is_said_next_to_its_field() {
    let html = blocks(&[Role::Host]);
    assert!(html.contains(r#" required aria-invalid="true" aria-describedby="name-error name-hint">"#));
    assert!(html.contains(r#"<p class="error" id="name-error">Not &#34;that&#34;.</p>"#));
    assert!(html.contains(r#"<input id="city" name="city" type="text" value="">"#));
}

#[test]
fn choices_show_what_is_chosen() {
    let html = blocks(&[Role::Host]);
    assert!(html.contains(r#"<option value="a">A"#) && html.contains(r#"<option value="b" selected>B"#));
    assert!(html.contains(r#"name="role" value="host" checked aria-describedby="host-role-hint">"#));
    assert!(html.contains(r#"name="role" value="operator">"#));
}

#[test]
fn states_and_times_are_told_in_words() {
    let html = blocks(&[Role::Host]);
    assert!(
        html.contains(r#"<span class="state">Failed</span>"#) && html.contains(">Needs attention</span>")
    );
    assert!(html.contains(r#"<time datetime="2026-11-18T09:06:40.000Z">18 Nov 2026, 09:06 UTC"#));
    assert!(html.contains("(2 hours ago)"));
}

#[test]
fn the_navigation_shows_the_place_and_only_what_the_reader_may_open() {
    let administrator = blocks(&[Role::Administrator]);
    assert!(administrator.contains(r#"<a href="/admin/integrations" aria-current="page">"#));
    assert!(!administrator.contains(r#"<a href="/admin" aria-current"#));
    assert!(!blocks(&[Role::Host]).contains("/admin"));
    let visitor = blocks(&[]);
    assert!(
        visitor.contains(r#"href="/sign-in""#) && !visitor.contains("/my/") && !visitor.contains("/sign-out")
    );
}

#[test]
fn a_page_names_its_assets_by_their_content() {
    let html = blocks(&[]);
    let path = shell(&[]).asset("switchboard.css");
    assert!(html.contains(&format!(r#"<link rel="stylesheet" href="{path}">"#)));
    assert!(!html.contains("style=") && !html.contains("onclick="), "the security policy forbids both");
}

#[test]
fn distances_are_told_in_their_largest_unit() {
    let shell = shell(&[]);
    let second = std::time::Duration::from_secs;
    assert_eq!(shell.ago(&NOW), "just now");
    assert_eq!(shell.ago(&NOW.before(second(61))), "1 minute ago");
    assert_eq!(shell.ago(&NOW.after(second(5 * 86400))), "in 5 days");
}
