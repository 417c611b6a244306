//! A new plan from a file. A file with any problem is refused as a whole, with all of its problems at once.

use askama::Template;
use axum::{
    Extension,
    extract::State,
    response::{IntoResponse, Response},
};
use platform::{
    Actor, Error, Fault, Hub, Result,
    error::{FieldError, invalid_field},
    id::OrganizationId,
    web::{FormAgain, Page, Shell, done},
};

use super::upload::Upload;
use crate::{
    planning::{self, NewPlan, PlanId},
    settings, sites,
    web::{is_invalid, organization, words},
};

#[derive(Template)]
#[template(path = "directory/upload.html")]
struct UploadPage {
    shell: Shell,
    is_known: bool,
    name: String,
    create: bool,
    site: String,
    /// Sites to choose from; empty where there is one at most.
    sites: Vec<(String, String)>,
    /// The file that was refused.
    file_name: String,
    say: Option<String>,
    summary: String,
    problems: Vec<FieldError>,
    /// What is wrong with the choice of the file itself.
    file_error: String,
}

/// The form.
pub(super) async fn form(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    shell: Shell,
) -> Result<impl IntoResponse> {
    let organization = organization(&actor)?;
    let directory = settings::find(&hub, organization).await?;
    let create = directory.is_some_and(|directory| directory.rules.create);
    let empty = Upload { create, ..Upload::default() };
    Ok(Page(page(&hub, organization, shell, empty, None).await?))
}

/// Makes a plan of the file.
pub(super) async fn make(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    shell: Shell,
    mut upload: Upload,
) -> Result<Response> {
    let organization = organization(&actor)?;
    match plan(&hub, &actor, &mut upload).await {
        Ok(id) => Ok(done(
            &format!("/admin/directory/plans/{id}"),
            "The list was read, and the plan is being worked out. Nothing has changed yet.",
        )),
        Err(error) if is_invalid(&error) => {
            Ok(FormAgain(page(&hub, organization, shell, upload, Some(error)).await?).into_response())
        }
        Err(error) => Err(error),
    }
}

async fn plan(hub: &Hub, actor: &Actor, upload: &mut Upload) -> Result<PlanId> {
    if upload.is_too_large {
        let say = "The file is larger than 64 MiB. Split it, or delete columns that are not needed.";
        return Err(invalid_field("file", say));
    }
    if upload.file_name.is_empty() && upload.bytes.is_empty() {
        return Err(invalid_field("file", "Choose the file to be read."));
    }
    let site = (!upload.site.is_empty()).then(|| upload.site.clone());
    let new = NewPlan { name: upload.name.clone(), create: upload.create, site };
    let bytes = std::mem::take(&mut upload.bytes);
    planning::from_file(hub, actor, new, &upload.file_name, bytes).await
}

async fn page(
    hub: &Hub,
    organization: OrganizationId,
    shell: Shell,
    upload: Upload,
    error: Option<Error>,
) -> Result<UploadPage> {
    let is_known = settings::find(hub, organization).await?.is_some_and(|it| it.generation > 0);
    let known = if is_known { sites::list(hub, organization).await? } else { Vec::new() };
    let sites = match known.len() {
        0 | 1 => Vec::new(),
        _ => {
            let none = (String::new(), "the list names its sites, or is about none".to_owned());
            std::iter::once(none).chain(known.into_iter().map(|it| (it.site.clone(), it.site))).collect()
        }
    };
    let mut problems = Vec::new();
    let mut say = None;
    if let Some(error) = error {
        if let Fault::Invalid(fields) = error.fault {
            problems = fields;
        }
        say = Some(error.say);
    }
    let chosen = problems.iter().position(|problem| problem.field == "file");
    let file_error = chosen.map(|place| problems.remove(place).message).unwrap_or_default();
    let summary = words::some(i64::try_from(problems.len()).unwrap_or(i64::MAX), "problem", "problems");
    Ok(UploadPage {
        shell,
        is_known,
        name: upload.name,
        create: upload.create,
        site: upload.site,
        sites,
        file_name: upload.file_name,
        say,
        summary,
        problems,
        file_error,
    })
}
