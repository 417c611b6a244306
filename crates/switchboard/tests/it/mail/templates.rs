//! How an organization words its mails.

use notifications::{DefaultText, Language, Placeholder, TemplateKind, from_template, offer_templates};

use crate::harness::TestHub;

static KINDS: [TemplateKind; 1] = [TemplateKind {
    key: "test-confirmed",
    title: "Test confirmations",
    placeholders: &[
        Placeholder { name: "visitor_name", meaning: "Who booked", sample: "Vera Sample", is_link: false },
        Placeholder {
            name: "manage_link",
            meaning: "Where it is changed",
            sample: "https://hub.example/my/sample",
            is_link: true,
        },
    ],
    defaults: &[
        DefaultText {
            language: Language::En,
            subject: "Booked for {{visitor_name}}",
            body: "Dear {{visitor_name}},\n\nyou are expected.\n\n[Change it]({{manage_link}})",
        },
        DefaultText {
            language: Language::De,
            subject: "Gebucht für {{visitor_name}}",
            body: "Guten Tag {{visitor_name}},\n\nSie werden erwartet.\n\n[Ändern]({{manage_link}})",
        },
    ],
}];

const PAGE: &str = "/admin/mail-templates/test-confirmed/de";

#[tokio::test]
async fn an_organization_words_a_mail_looks_at_it_and_goes_back() {
    let hub = TestHub::start().await;
    let admin = hub.admin().await;
    offer_templates(&hub.hub, &KINDS);
    let list = admin.get("/admin/mail-templates").await.expect(200).body;
    assert!(
        list.contains("Test confirmations") && list.contains(PAGE) && !list.contains("Changed"),
        "{list}"
    );
    let page = admin.get(PAGE).await.expect(200).body;
    assert!(page.contains("Guten Tag Vera Sample,") && page.contains("{{manage_link}}"), "{page}");

    let text = [("subject", "Termin: {{visitor_name}}"), ("body", "Hallo <b>{{visitor_name}}</b>!")];
    let preview = admin.post(PAGE, &[text[0], text[1], ("then", "preview")]).await.expect(200).body;
    assert!(preview.contains("Hallo &#60;b&#62;Vera Sample&#60;/b&#62;!"), "{preview}");
    assert!(admin.get(PAGE).await.body.contains("This is the default text"));

    admin.post(PAGE, &[text[0], text[1], ("then", "save")]).await.expect(303);
    assert!(admin.get("/admin/mail-templates").await.body.contains("Changed"));
    send(&hub, Language::De).await;
    send(&hub, Language::En).await;
    let other = accounts::create_organization(&hub.hub, "Elsewhere", "Europe/Paris").await.unwrap();
    let elsewhere = notifications::template_text(&hub.hub, other, &KINDS[0], Language::De).await.unwrap();
    assert_eq!(elsewhere, KINDS[0].default_text(Language::De));

    admin.post(&format!("{PAGE}/reset"), &[]).await.expect(303);
    send(&hub, Language::De).await;
    assert_eq!(hub.arrived(), ["Termin: Vera", "Booked for Vera", "Gebucht für Vera"]);
    let texts: Vec<String> = hub.sandbox.world.mails.all().into_iter().map(|mail| mail.text).collect();
    assert!(texts[0].starts_with("Hallo <b>Vera</b>!\n\n--"), "{texts:?}");
    assert!(texts[2].contains("Ändern:\nhttps://hub.example/my/1"), "{texts:?}");
    hub.stop().await;
}

async fn send(hub: &TestHub, language: Language) {
    let values =
        [("visitor_name", "Vera".to_owned()), ("manage_link", "https://hub.example/my/1".to_owned())];
    let to = (hub.organization().await, "vera@mail.example");
    let mail = from_template(&hub.hub, to, (&KINDS[0], language), &values).await.unwrap();
    assert_eq!(mail.kind.as_deref(), Some("test confirmations"));
    hub.queue(mail).await;
    hub.run_jobs().await;
}

#[tokio::test]
async fn a_text_that_cannot_be_filled_in_comes_back_with_what_to_write() {
    let hub = TestHub::start().await;
    let admin = hub.admin().await;
    offer_templates(&hub.hub, &KINDS);
    let fields = [("subject", "Hi {{visitor}}"), ("body", "[x](javascript:alert(1))"), ("then", "save")];
    let page = admin.post(PAGE, &fields).await.expect(422).body;
    assert!(page.contains("There is no {{visitor}} in this mail. Use one of {{visitor_name}}"), "{page}");
    assert!(page.contains("begins with https://") && !page.contains("href=\"javascript"), "{page}");
    let long = "a".repeat(10_001);
    admin.post(PAGE, &[("subject", "Hi"), ("body", &long), ("then", "save")]).await.expect(422);
    admin.get("/admin/mail-templates/test-confirmed/fr").await.expect(404);
    admin.get("/admin/mail-templates/unknown/de").await.expect(404);
    assert!(admin.get(PAGE).await.body.contains("This is the default text"));
    hub.stop().await;
}
