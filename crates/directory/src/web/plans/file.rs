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
    web::{FieldErrors, FormAgain, Page, Shell, done},
};

use super::upload::Upload;
use crate::{
    planning::{self, NewPlan, PlanId},
    settings, sites,
    web::{is_invalid, organization, words},
};

const MEND: &str = "Nothing of the file was used. Mend these places in it, and upload it again; what you typed below is \
                    kept.";

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
    wrong: Wrong,
}

/// What is wrong with what was sent, each at its place in the page.
#[derive(Default)]
struct Wrong {
    /// Above the form: what none of its fields is about.
    form: Option<String>,
    /// At the name of the plan and at the site.
    fields: FieldErrors,
    /// At the choice of the file.
    file: String,
    /// How much is wrong inside the file, and what to do about it.
    summary: String,
    advice: String,
    places: Vec<FieldError>,
    /// That there are more of them.
    more: String,
}

impl Wrong {
    fn of(error: Error, file_name: &str, has_sites: bool) -> Self {
        let fields = FieldErrors::of(&error);
        let Error { fault, say, .. } = error;
        let mut places = if let Fault::Invalid(places) = fault { places } else { Vec::new() };
        if places.is_empty() {
            return Self { form: Some(say), ..Self::default() };
        }
        // So many problems of a file are said; an entry behind them says how many there are besides.
        let more = if places.len() > rosters::MOST_KEPT { places.pop() } else { None };
        places.retain(|place| place.field != "name" && place.field != "site");
        // Beside other problems of the file, one that is about all of it is one of them.
        let is_whole = places.iter().all(|place| place.field == "file");
        let file: String =
            if is_whole { places.drain(..).map(|place| place.message).collect() } else { String::new() };
        let (summary, advice) = if more.is_some() {
            let summary = format!("{file_name} has more problems than are listed here.");
            (summary, format!("{say} What you typed below is kept."))
        } else {
            let found = words::some(i64::try_from(places.len()).unwrap_or(i64::MAX), "problem", "problems");
            (format!("{found} in {file_name}."), MEND.to_owned())
        };
        let unseen = if has_sites { "" } else { fields.at("site") };
        let form = (!unseen.is_empty()).then(|| unseen.to_owned());
        let more = more.map(|place| place.message).unwrap_or_default();
        Self { form, fields, file, summary, advice, places, more }
    }
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
    let wrong = error.map(|error| Wrong::of(error, &upload.file_name, !sites.is_empty())).unwrap_or_default();
    Ok(UploadPage {
        shell,
        is_known,
        name: upload.name,
        create: upload.create,
        site: upload.site,
        sites,
        wrong,
    })
}

#[cfg(test)]
mod tests {
    use platform::error::invalid;

    use super::*;

    fn problems(fields: impl IntoIterator<Item = &'static str>) -> Error {
        let problem = |field: &str| FieldError { field: field.into(), message: format!("about {field}") };
        Error { say: "All of it.".into(), ..invalid(fields.into_iter().map(problem).collect()) }
    }

    #[test]
    fn what_is_wrong_with_the_form_is_no_problem_of_the_file() {
        let wrong = Wrong::of(problems(["name", "site"]), "a.csv", true);
        assert_eq!((wrong.fields.at("name"), wrong.fields.at("site")), ("about name", "about site"));
        assert!(wrong.places.is_empty() && wrong.file.is_empty() && wrong.form.is_none());
        // A page without a choice of sites says it above the form.
        assert_eq!(Wrong::of(problems(["site"]), "a.csv", false).form.as_deref(), Some("about site"));
        assert_eq!(Wrong::of(problems([]), "a.csv", true).form.as_deref(), Some("All of it."));
    }

    #[test]
    fn problems_of_the_file_are_counted_and_the_whole_file_is_its_field() {
        let wrong = Wrong::of(problems(["file"]), "a.csv", true);
        assert_eq!((wrong.file.as_str(), wrong.places.len()), ("about file", 0));
        let wrong = Wrong::of(problems(["file", "row 2, email"]), "a.csv", true);
        assert_eq!((wrong.file.as_str(), wrong.places.len()), ("", 2));
        assert_eq!((wrong.summary.as_str(), wrong.more.as_str()), ("2 problems in a.csv.", ""));
        assert!(wrong.form.is_none() && wrong.advice.starts_with("Nothing of the file was used."));
    }

    #[test]
    fn more_problems_than_are_listed_are_said_at_the_end() {
        let many = std::iter::repeat_n("row 2", rosters::MOST_KEPT).chain(["file"]);
        let wrong = Wrong::of(problems(many), "a.csv", true);
        assert_eq!((wrong.places.len(), wrong.more.as_str()), (rosters::MOST_KEPT, "about file"));
        assert!(wrong.file.is_empty() && wrong.advice.starts_with("All of it."), "{}", wrong.advice);
    }
}
