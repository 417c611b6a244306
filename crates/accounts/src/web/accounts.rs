//! Admin → Accounts.

use askama::Template;
use axum::{
    Extension,
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use platform::{
    Actor, Hub, Instant, Result, Role,
    id::AccountId,
    not_found,
    web::{Form, FormAgain, Page, Shell, done},
};
use secrecy::ExposeSecret;
use serde::Deserialize;

use super::{Choice, Wrong, person, read_roles, role_choices, role_labels};
use crate::{
    account::{self, Account},
    invitation::{self, Invited, NewInvitation},
    zone,
};

const PATH: &str = "/admin/accounts";

#[derive(Template)]
#[template(path = "accounts.html")]
struct AccountsPage {
    shell: Shell,
    accounts: Vec<AccountLine>,
}

struct AccountLine {
    account: Account,
    roles: String,
}

#[derive(Template)]
#[template(path = "account.html")]
struct AccountPage {
    shell: Shell,
    account: Account,
    roles: Vec<Choice>,
    is_oneself: bool,
    wrong: Wrong,
}

impl AccountPage {
    fn disable_path(&self) -> String {
        format!("{PATH}/{}/disable", self.account.id)
    }
}

#[derive(Template)]
#[template(path = "account_invite.html")]
struct InvitePage {
    shell: Shell,
    form: InviteForm,
    roles: Vec<Choice>,
    zones: Vec<(String, String)>,
    wrong: Wrong,
}

#[derive(Template)]
#[template(path = "account_invited.html")]
struct InvitedPage {
    shell: Shell,
    account: Account,
    link: String,
    expires_at: Instant,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct InviteForm {
    name: String,
    email: String,
    time_zone: String,
    roles: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct RolesForm {
    roles: Vec<String>,
}

fn id_in(path: &str) -> Result<AccountId> {
    path.parse().map_err(|_| not_found("account"))
}

pub(super) async fn list_accounts(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    shell: Shell,
) -> Result<impl IntoResponse> {
    let accounts = account::list(&hub, person(&actor)?.organization).await?;
    let line = |account: Account| AccountLine { roles: role_labels(&account.roles), account };
    Ok(Page(AccountsPage { shell, accounts: accounts.into_iter().map(line).collect() }))
}

fn invite_form(shell: Shell, form: InviteForm, roles: &[Role], wrong: Wrong) -> InvitePage {
    let zones = zone::choices(&form.time_zone, Some("The organization’s own"));
    InvitePage { shell, form, roles: role_choices(roles), zones, wrong }
}

pub(super) async fn show_invite(shell: Shell) -> impl IntoResponse {
    Page(invite_form(shell, InviteForm::default(), &[Role::Host], Wrong::default()))
}

pub(super) async fn invite(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    shell: Shell,
    Form(form): Form<InviteForm>,
) -> Result<Response> {
    let roles = read_roles(&form.roles);
    let new = NewInvitation {
        name: form.name.clone(),
        email: form.email.clone(),
        roles: roles.clone(),
        time_zone: Some(form.time_zone.clone()),
    };
    match invitation::invite(&hub, &actor, new).await {
        Ok(invited) => Ok(invited_page(shell, invited)),
        Err(error) => Ok(FormAgain(invite_form(shell, form, &roles, Wrong::of(error)?)).into_response()),
    }
}

/// The link stands on this page only; opening it again makes a new one.
fn invited_page(shell: Shell, invited: Invited) -> Response {
    let link = invited.link.expose_secret().to_owned();
    Page(InvitedPage { shell, account: invited.account, link, expires_at: invited.expires_at })
        .into_response()
}

async fn page(hub: &Hub, actor: &Actor, shell: Shell, id: AccountId, wrong: Wrong) -> Result<AccountPage> {
    let person = person(actor)?;
    let account = account::account(hub, person.organization, id).await?;
    let roles = role_choices(&account.roles);
    Ok(AccountPage { shell, is_oneself: account.id == person.account, account, roles, wrong })
}

pub(super) async fn show_account(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    shell: Shell,
    Path(id): Path<String>,
) -> Result<impl IntoResponse> {
    Ok(Page(page(&hub, &actor, shell, id_in(&id)?, Wrong::default()).await?))
}

/// After a change: the account's page again, with what was done or why not.
async fn after(
    hub: &Hub,
    actor: &Actor,
    shell: Shell,
    (id, changed): (AccountId, Result<Account>),
    message: &str,
) -> Result<Response> {
    match changed {
        Ok(_) => Ok(done(&format!("{PATH}/{id}"), message)),
        Err(error) => {
            let wrong = Wrong::of(error)?;
            Ok(FormAgain(page(hub, actor, shell, id, wrong).await?).into_response())
        }
    }
}

pub(super) async fn set_roles(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    shell: Shell,
    Path(id): Path<String>,
    Form(form): Form<RolesForm>,
) -> Result<Response> {
    let (id, organization) = (id_in(&id)?, person(&actor)?.organization);
    let changed = account::set_roles(&hub, &actor, organization, id, read_roles(&form.roles)).await;
    after(&hub, &actor, shell, (id, changed), "The roles are saved; they count from now on.").await
}

pub(super) async fn disable(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    shell: Shell,
    Path(id): Path<String>,
) -> Result<Response> {
    let (id, organization) = (id_in(&id)?, person(&actor)?.organization);
    let changed = account::disable(&hub, &actor, organization, id).await;
    after(&hub, &actor, shell, (id, changed), "The account is disabled and signed out everywhere.").await
}

pub(super) async fn enable(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    shell: Shell,
    Path(id): Path<String>,
) -> Result<Response> {
    let (id, organization) = (id_in(&id)?, person(&actor)?.organization);
    let changed = account::enable(&hub, &actor, organization, id).await;
    after(&hub, &actor, shell, (id, changed), "The account is enabled; its person can sign in again.").await
}

pub(super) async fn renew_invitation(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    shell: Shell,
    Path(id): Path<String>,
) -> Result<Response> {
    let organization = person(&actor)?.organization;
    let invited = invitation::renew_invitation(&hub, &actor, organization, id_in(&id)?).await?;
    Ok(invited_page(shell, invited))
}
