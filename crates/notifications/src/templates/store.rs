//! The organizations' own words.

use platform::{
    Actor, Hub, Result,
    audit::{self, Act},
    id::OrganizationId,
    not_found, record,
};
use serde_json::json;

use super::{Template, TemplateKind, check};
use crate::Language;

record! {
    struct Row {
        subject: String,
        body: String,
    }
}

pub(super) async fn find(
    hub: &Hub,
    organization: OrganizationId,
    kind: &str,
    language: Language,
) -> Result<Option<Template>> {
    let row: Option<Row> = hub
        .db()
        .sql("SELECT subject, body FROM mail_template WHERE organization_id = $1 AND kind = $2 AND language = $3")
        .bind(organization)
        .bind(kind.to_owned())
        .bind(language)
        .maybe(hub.db())
        .await?;
    Ok(row.map(|row| Template { subject: row.subject, body: row.body }))
}

/// Which kinds the organization words for itself.
pub(crate) async fn changed(hub: &Hub, organization: OrganizationId) -> Result<Vec<(String, String)>> {
    let rows = hub
        .db()
        .sql("SELECT kind, language FROM mail_template WHERE organization_id = $1 LIMIT 1000")
        .bind(organization)
        .all(hub.db())
        .await?;
    Ok(rows)
}

/// Words a kind of mail for the actor's organization.
pub(crate) async fn save(
    hub: &Hub,
    actor: &Actor,
    (kind, language): (&TemplateKind, Language),
    template: &Template,
) -> Result<()> {
    check(kind, template)?;
    let organization = actor.organization().ok_or_else(|| not_found("mail text"))?;
    let mut tx = hub.db().begin().await?;
    tx.sql(
        "INSERT INTO mail_template (organization_id, kind, language, subject, body, changed_at) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (organization_id, kind, language) \
         DO UPDATE SET subject = excluded.subject, body = excluded.body, changed_at = excluded.changed_at",
    )
    .bind(organization)
    .bind(kind.key.to_owned())
    .bind(language)
    .bind(template.subject.trim().to_owned())
    .bind(template.body.trim().replace("\r\n", "\n"))
    .bind(hub.now())
    .execute(&mut tx)
    .await?;
    audit::record(hub, &mut tx, actor, act("mail_template.changed", kind, language)).await?;
    tx.commit().await?;
    Ok(())
}

/// Goes back to the default text.
pub(crate) async fn reset(
    hub: &Hub,
    actor: &Actor,
    (kind, language): (&TemplateKind, Language),
) -> Result<()> {
    let organization = actor.organization().ok_or_else(|| not_found("mail text"))?;
    let mut tx = hub.db().begin().await?;
    tx.sql("DELETE FROM mail_template WHERE organization_id = $1 AND kind = $2 AND language = $3")
        .bind(organization)
        .bind(kind.key.to_owned())
        .bind(language)
        .execute(&mut tx)
        .await?;
    audit::record(hub, &mut tx, actor, act("mail_template.reset", kind, language)).await?;
    tx.commit().await?;
    Ok(())
}

fn act<'a>(action: &'a str, kind: &TemplateKind, language: Language) -> Act<'a> {
    Act {
        action,
        subject: "mail_template",
        subject_id: kind.key.to_owned(),
        details: json!({ "language": language }),
    }
}
