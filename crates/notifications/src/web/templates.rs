//! The pages on which an organization words its mails.

use axum::{
    Extension,
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use platform::{
    Actor, Fault, Hub, Result, not_found,
    web::{FieldErrors, Form, FormAgain, Page, Shell, done},
};
use serde::Deserialize;

use crate::{
    Language, Template, TemplateKind,
    letter::{Block, Span},
    template_text,
    templates::{self, Offered},
};

/// One kind as listed: its languages, each with whether the organization words it for itself.
struct Listed {
    kind: &'static TemplateKind,
    languages: Vec<(Language, bool)>,
}

#[derive(askama::Template)]
#[template(path = "mail_templates.html")]
struct ListPage {
    shell: Shell,
    kinds: Vec<Listed>,
}

#[derive(askama::Template)]
#[template(path = "mail_template.html")]
struct TemplatePage {
    shell: Shell,
    kind: &'static TemplateKind,
    language: Language,
    template: Template,
    /// The subject and the body as filled with samples.
    preview: (String, Vec<Block>),
    is_changed: bool,
    /// Where the button leads that sets the text back.
    reset: String,
    errors: FieldErrors,
}

#[derive(Deserialize)]
pub(super) struct TemplateForm {
    #[serde(default)]
    subject: String,
    #[serde(default)]
    body: String,
    /// `preview` shows the text and leaves what is stored alone.
    #[serde(default)]
    then: String,
}

pub(super) async fn list_templates(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    shell: Shell,
) -> Result<impl IntoResponse> {
    let changed = changed(&hub, &actor).await?;
    let is_changed = |kind: &TemplateKind, language: Language| {
        changed.iter().any(|(key, tag)| key == kind.key && tag == language.tag())
    };
    let kinds = hub.memory::<Offered>().all().into_iter().map(|kind| Listed {
        kind,
        languages: Language::ALL.into_iter().map(|language| (language, is_changed(kind, language))).collect(),
    });
    Ok(Page(ListPage { shell, kinds: kinds.collect() }))
}

async fn changed(hub: &Hub, actor: &Actor) -> Result<Vec<(String, String)>> {
    match actor.organization() {
        Some(organization) => templates::changed(hub, organization).await,
        None => Ok(Vec::new()),
    }
}

fn named(hub: &Hub, (kind, language): (&str, &str)) -> Result<(&'static TemplateKind, Language)> {
    let kind = hub.memory::<Offered>().find(kind);
    kind.zip(language.parse().ok()).ok_or_else(|| not_found("mail text"))
}

pub(super) async fn show_template(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    shell: Shell,
    Path((kind, language)): Path<(String, String)>,
) -> Result<impl IntoResponse> {
    let (kind, language) = named(&hub, (&kind, &language))?;
    let organization = actor.organization().ok_or_else(|| not_found("mail text"))?;
    let template = template_text(&hub, organization, kind, language).await?;
    page(&hub, &actor, shell, ((kind, language), template, FieldErrors::default())).await.map(Page)
}

async fn page(
    hub: &Hub,
    actor: &Actor,
    shell: Shell,
    ((kind, language), template, errors): ((&'static TemplateKind, Language), Template, FieldErrors),
) -> Result<TemplatePage> {
    let changed = changed(hub, actor).await?;
    let is_changed = changed.iter().any(|(key, tag)| key == kind.key && tag == language.tag());
    let samples = kind.samples();
    let subject = templates::fill_subject(&template.subject, &samples);
    let preview = (subject, templates::fill_body(kind, &template.body, &samples));
    let reset = format!("{}/reset", address((kind, language)));
    Ok(TemplatePage { shell, kind, language, template, preview, is_changed, reset, errors })
}

pub(super) async fn save_template(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    shell: Shell,
    Path((kind, language)): Path<(String, String)>,
    Form(form): Form<TemplateForm>,
) -> Result<Response> {
    let named = named(&hub, (&kind, &language))?;
    let template = Template { subject: form.subject, body: form.body };
    let tried = if form.then == "preview" {
        templates::check(named.0, &template)
    } else {
        templates::save(&hub, &actor, named, &template).await
    };
    match tried {
        Ok(()) if form.then == "preview" => {
            let page = page(&hub, &actor, shell, (named, template, FieldErrors::default())).await?;
            Ok(Page(page).into_response())
        }
        Ok(()) => Ok(done(&address(named), "The text is saved. Mails written from now on use it.")),
        Err(error) if matches!(error.fault, Fault::Invalid(_)) => {
            let errors = FieldErrors::of(&error);
            Ok(FormAgain(page(&hub, &actor, shell, (named, template, errors)).await?).into_response())
        }
        Err(error) => Err(error),
    }
}

pub(super) async fn reset_template(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path((kind, language)): Path<(String, String)>,
) -> Result<Response> {
    let named = named(&hub, (&kind, &language))?;
    templates::reset(&hub, &actor, named).await?;
    Ok(done(&address(named), "The default text is back."))
}

fn address((kind, language): (&TemplateKind, Language)) -> String {
    format!("/admin/mail-templates/{}/{language}", kind.key)
}
