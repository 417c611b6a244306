"""msal, Microsoft's own sign-in library, against the sandbox's Entra ID."""

import jwt
import msal
import pytest
import requests

from conftest import ADA, BEN, REDIRECT_URI

SCOPES = ["User.Read", "Calendars.ReadWrite"]


def client(sandbox, app, tenant="common", secret=None):
    client_id, client_secret = app
    return msal.ConfidentialClientApplication(
        client_id,
        client_credential=secret or client_secret,
        authority=f"{sandbox.base_url}/{tenant}",
        instance_discovery=False,
    )


def sign_in(sandbox, msal_client, email, **options):
    flow = msal_client.initiate_auth_code_flow(SCOPES, redirect_uri=REDIRECT_URI, **options)
    answer = sandbox.person(email).authorize(flow["auth_uri"])
    assert isinstance(answer, dict), answer.text
    return msal_client.acquire_token_by_auth_code_flow(flow, answer)


@pytest.mark.parametrize("tenant", ["common", "organizations", "lindenhof.example"])
def test_code_flow_with_pkce_and_nonce_signs_a_person_in(sandbox, microsoft_app, tenant):
    result = sign_in(sandbox, client(sandbox, microsoft_app, tenant), BEN)
    assert "error" not in result, result
    claims = result["id_token_claims"]
    assert claims["preferred_username"] == BEN
    assert claims["aud"] == microsoft_app[0]
    assert claims["iss"] == f"{sandbox.base_url}/{claims['tid']}/v2.0"
    assert 3600 - 5 <= result["expires_in"] <= 5400
    assert {"User.Read", "Calendars.ReadWrite"} <= {scope.split("/")[-1] for scope in result["scope"].split()}


def test_the_id_token_is_signed_by_the_published_key(sandbox, microsoft_app):
    result = sign_in(sandbox, client(sandbox, microsoft_app), BEN)
    discovery = requests.get(
        f"{sandbox.base_url}/common/v2.0/.well-known/openid-configuration", timeout=10
    ).json()
    keys = jwt.PyJWKSet.from_dict(requests.get(discovery["jwks_uri"], timeout=10).json())
    key = keys[jwt.get_unverified_header(result["id_token"])["kid"]]
    claims = jwt.decode(
        result["id_token"], key, algorithms=["RS256"], audience=microsoft_app[0], options={"require": ["exp", "nbf"]}
    )
    assert claims["iss"] == discovery["issuer"].replace("{tenantid}", claims["tid"])


def test_discovery_by_issuer_needs_the_base_url_only(sandbox, microsoft_app):
    client_id, secret = microsoft_app
    tenant = requests.get(f"{sandbox.base_url}/lindenhof.example/v2.0/.well-known/openid-configuration", timeout=10)
    found = msal.ConfidentialClientApplication(
        client_id, client_credential=secret, oidc_authority=tenant.json()["issuer"]
    )
    result = sign_in(sandbox, found, ADA)
    assert result["id_token_claims"]["preferred_username"] == ADA


def test_a_known_host_is_confirmed_by_instance_discovery(sandbox):
    answer = requests.get(
        f"{sandbox.base_url}/common/discovery/instance",
        params={"api-version": "1.1", "authorization_endpoint": f"{sandbox.base_url}/common/oauth2/v2.0/authorize"},
        timeout=10,
    ).json()
    assert answer["tenant_discovery_endpoint"].startswith(f"{sandbox.base_url}/common/")
    assert sandbox.host in answer["metadata"][0]["aliases"]


def test_form_post_brings_the_same_answer(sandbox, microsoft_app):
    msal_client = client(sandbox, microsoft_app)
    flow = msal_client.initiate_auth_code_flow(SCOPES, redirect_uri=REDIRECT_URI, response_mode="form_post")
    answer = sandbox.person(BEN).authorize(flow["auth_uri"])
    assert "access_token" in msal_client.acquire_token_by_auth_code_flow(flow, answer)


def test_a_silent_request_refreshes_the_token(sandbox, microsoft_app):
    msal_client = client(sandbox, microsoft_app)
    first = sign_in(sandbox, msal_client, ADA)
    account = msal_client.get_accounts(username=ADA)[0]
    second = msal_client.acquire_token_silent(SCOPES, account, force_refresh=True)
    assert second and "error" not in second, second
    assert second["access_token"] != first["access_token"]


def test_a_declined_consent_comes_back_as_an_error(sandbox, microsoft_app):
    msal_client = client(sandbox, microsoft_app)
    flow = msal_client.initiate_auth_code_flow(
        ["Presence.Read"], redirect_uri=REDIRECT_URI, prompt="consent", login_hint=BEN
    )
    answer = sandbox.person(BEN).authorize(flow["auth_uri"], decision="cancel")
    result = msal_client.acquire_token_by_auth_code_flow(flow, answer)
    assert result["error"] == "access_denied"
    assert "AADSTS65004" in result["error_description"]


def test_client_credentials_work_on_the_tenant_path(sandbox, microsoft_app):
    result = client(sandbox, microsoft_app, "lindenhof.example").acquire_token_for_client(
        ["https://graph.microsoft.com/.default"]
    )
    assert "access_token" in result, result


def test_a_wrong_secret_is_the_apps_fault(sandbox, microsoft_app):
    wrong = client(sandbox, microsoft_app, "lindenhof.example", secret="abc8Q~not-the-secret")
    result = wrong.acquire_token_for_client(["https://graph.microsoft.com/.default"])
    assert result["error"] == "invalid_client"
    assert result["error_codes"] == [7000215]


def test_a_code_works_once(sandbox, microsoft_app):
    msal_client = client(sandbox, microsoft_app)
    flow = msal_client.initiate_auth_code_flow(SCOPES, redirect_uri=REDIRECT_URI)
    answer = sandbox.person(ADA).authorize(flow["auth_uri"])
    assert "access_token" in msal_client.acquire_token_by_auth_code_flow(flow, answer)
    again = msal_client.acquire_token_by_auth_code_flow(flow, answer)
    assert (again["error"], again["error_codes"]) == ("invalid_grant", [54005])


def test_a_revoked_consent_asks_the_person_again(sandbox, microsoft_app):
    msal_client = client(sandbox, microsoft_app)
    sign_in(sandbox, msal_client, ADA)
    account = msal_client.get_accounts(username=ADA)[0]
    sandbox.control("POST", "/revoke", provider="microsoft", email=ADA)
    result = msal_client.acquire_token_silent_with_error(SCOPES, account, force_refresh=True)
    assert result["error"] == "invalid_grant"
    assert result["suberror"] == "consent_required"
