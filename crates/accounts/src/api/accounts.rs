//! Accounts in the API.

use axum::{
    Extension,
    extract::{Path, Query, State},
    response::{IntoResponse, Response},
};
use http::StatusCode;
use platform::{
    Actor, Hub, Instant, Result, Role,
    api::{Cursor, Json, List, Problem},
    id::AccountId,
    not_found,
};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};

use super::organization;
use crate::{
    account::{self, Account},
    invitation::{self, Invited, NewInvitation},
};

/// An account.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct AccountBody {
    id: String,
    email: String,
    name: String,
    /// The IANA name of the zone the person reads times in.
    time_zone: String,
    roles: Vec<Role>,
    /// Whether the person has a password or an identity at the sign-in provider; false while only invited.
    can_sign_in: bool,
    #[schema(value_type = String, format = DateTime)]
    created_at: Instant,
    /// Present while the account is disabled.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    disabled_at: Option<Instant>,
}

impl From<Account> for AccountBody {
    fn from(account: Account) -> Self {
        Self {
            id: account.id.to_string(),
            email: account.email,
            name: account.name,
            time_zone: account.time_zone,
            roles: account.roles,
            can_sign_in: account.can_sign_in,
            created_at: account.created_at,
            disabled_at: account.disabled_at,
        }
    }
}

/// Whom to invite.
#[derive(Deserialize, utoipa::ToSchema)]
pub(crate) struct InviteBody {
    name: String,
    email: String,
    roles: Vec<Role>,
    /// An IANA name such as `Europe/Berlin`; the organization's own when absent.
    time_zone: Option<String>,
}

/// An invited account and its link.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct InvitedBody {
    account: AccountBody,
    /// Lets the person choose a password, once; it is not shown again.
    invitation_link: String,
    #[schema(value_type = String, format = DateTime)]
    invitation_expires_at: Instant,
}

impl From<Invited> for InvitedBody {
    fn from(invited: Invited) -> Self {
        Self {
            account: invited.account.into(),
            invitation_link: invited.link.expose_secret().to_owned(),
            invitation_expires_at: invited.expires_at,
        }
    }
}

/// The roles an account shall have.
#[derive(Deserialize, utoipa::ToSchema)]
pub(crate) struct RolesBody {
    roles: Vec<Role>,
}

fn id_in(path: &str) -> Result<AccountId> {
    path.parse().map_err(|_| not_found("account"))
}

#[utoipa::path(
    get, path = "/api/v1/accounts", tag = "Accounts", summary = "List accounts",
    description = "The organization's accounts, oldest first. Needs the scope accounts:read.",
    params(Cursor),
    responses(
        (status = 200, body = List<AccountBody>),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
    ),
    security(("api_key" = ["accounts:read"]))
)]
pub(crate) async fn list_accounts(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Query(cursor): Query<Cursor>,
) -> Result<Json<List<AccountBody>>> {
    let rows = account::page(&hub, organization(&actor)?, cursor.after.clone(), cursor.limit() + 1).await?;
    let bodies = rows.into_iter().map(AccountBody::from).collect();
    Ok(Json(List::from_rows(bodies, &cursor, |body| body.id.clone())))
}

#[utoipa::path(
    post, path = "/api/v1/accounts", tag = "Accounts", summary = "Invite a person",
    description = "Creates an account without a password and answers a link that lets its person choose one; the link \
                   is mailed as well when a mail server is configured. Needs the scope accounts:write; the role \
                   administrator can only be given by a signed-in administrator.",
    request_body = InviteBody,
    responses(
        (status = 201, body = InvitedBody),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
    ),
    security(("api_key" = ["accounts:write"]))
)]
pub(crate) async fn invite_account(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Json(body): Json<InviteBody>,
) -> Result<Response> {
    let new =
        NewInvitation { name: body.name, email: body.email, roles: body.roles, time_zone: body.time_zone };
    let invited = invitation::invite(&hub, &actor, new).await?;
    Ok((StatusCode::CREATED, Json(InvitedBody::from(invited))).into_response())
}

#[utoipa::path(
    get, path = "/api/v1/accounts/{id}", tag = "Accounts", summary = "Get an account",
    description = "Needs the scope accounts:read.",
    params(("id" = String, Path, description = "The account's id")),
    responses(
        (status = 200, body = AccountBody),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    ),
    security(("api_key" = ["accounts:read"]))
)]
pub(crate) async fn get_account(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
) -> Result<Json<AccountBody>> {
    Ok(Json(account::account(&hub, organization(&actor)?, id_in(&id)?).await?.into()))
}

#[utoipa::path(
    put, path = "/api/v1/accounts/{id}/roles", tag = "Accounts", summary = "Set an account's roles",
    description = "The account has exactly these roles afterwards. The last administrator keeps that role. Needs the \
                   scope accounts:write; administrators can only be made and changed by a signed-in administrator.",
    params(("id" = String, Path, description = "The account's id")),
    request_body = RolesBody,
    responses(
        (status = 200, body = AccountBody),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
    ),
    security(("api_key" = ["accounts:write"]))
)]
pub(crate) async fn set_account_roles(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
    Json(body): Json<RolesBody>,
) -> Result<Json<AccountBody>> {
    let organization = organization(&actor)?;
    Ok(Json(account::set_roles(&hub, &actor, organization, id_in(&id)?, body.roles).await?.into()))
}

#[utoipa::path(
    post, path = "/api/v1/accounts/{id}/disable", tag = "Accounts", summary = "Disable an account",
    description = "Ends the account's sessions and lets it sign in no more. Needs the scope accounts:write.",
    params(("id" = String, Path, description = "The account's id")),
    responses(
        (status = 200, body = AccountBody),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
    ),
    security(("api_key" = ["accounts:write"]))
)]
pub(crate) async fn disable_account(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
) -> Result<Json<AccountBody>> {
    Ok(Json(account::disable(&hub, &actor, organization(&actor)?, id_in(&id)?).await?.into()))
}

#[utoipa::path(
    post, path = "/api/v1/accounts/{id}/enable", tag = "Accounts", summary = "Enable an account",
    description = "Lets a disabled account sign in again. Needs the scope accounts:write.",
    params(("id" = String, Path, description = "The account's id")),
    responses(
        (status = 200, body = AccountBody),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    ),
    security(("api_key" = ["accounts:write"]))
)]
pub(crate) async fn enable_account(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
) -> Result<Json<AccountBody>> {
    Ok(Json(account::enable(&hub, &actor, organization(&actor)?, id_in(&id)?).await?.into()))
}

#[utoipa::path(
    post, path = "/api/v1/accounts/{id}/invitation", tag = "Accounts", summary = "Send a new invitation",
    description = "Makes a new link with which the person chooses a password; an older link ends. Needs the scope \
                   accounts:write.",
    params(("id" = String, Path, description = "The account's id")),
    responses(
        (status = 201, body = InvitedBody),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
    ),
    security(("api_key" = ["accounts:write"]))
)]
pub(crate) async fn renew_account_invitation(
    State(hub): State<Hub>,
    Extension(actor): Extension<Actor>,
    Path(id): Path<String>,
) -> Result<Response> {
    let organization = organization(&actor)?;
    let invited = invitation::renew_invitation(&hub, &actor, organization, id_in(&id)?).await?;
    Ok((StatusCode::CREATED, Json(InvitedBody::from(invited))).into_response())
}
