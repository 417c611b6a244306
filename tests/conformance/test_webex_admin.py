"""What administrators do at Webex, by webexpythonsdk and wxc-sdk: people, SCIM users, licences, webhooks.

The XML API is spoken to by plain requests.
"""

import uuid
import xml.etree.ElementTree as ElementTree

import pytest
import requests
import webexpythonsdk
import wxc_sdk
from wxc_sdk.base import webex_id_to_uuid
from wxc_sdk.licenses import LicenseRequest, LicenseRequestOperation, SiteAccountType, SiteUrlsRequest
from wxc_sdk.people import Person
from wxc_sdk.rest import RestError
from wxc_sdk.scim.child import ScimApiChild
from wxc_sdk.scim.users import (
    EnterpriseUser,
    NameObject,
    PatchUserOperation,
    PatchUserOperationOp,
    ScimUser,
    UserTypeObject,
)
from wxc_sdk.webhook import WebhookEventType, WebhookResource

from conftest import ADA, BEN

SITE = "lindenhof.webex.com"
SERV = "http://www.webex.com/schemas/2002/06/service"


@pytest.fixture
def webex(sandbox):
    return webexpythonsdk.WebexAPI(access_token=sandbox.token("webex", ADA), base_url=f"{sandbox.base_url}/v1/")


@pytest.fixture
def wxc(sandbox):
    with wxc_sdk.WebexSimpleApi(tokens=sandbox.token("webex", ADA)) as api:
        api.session.BASE = f"{sandbox.base_url}/v1"
        yield api


def fresh():
    return f"{uuid.uuid4().hex[:12]}@lindenhof.example"


def test_webexpythonsdk_adds_changes_and_removes_a_person(webex):
    meeting = next(license for license in webex.licenses.list() if license.name.startswith("Meeting - Webex Meetings"))
    email = fresh()
    made = webex.people.create(
        emails=[email], displayName="Conny Former", firstName="Conny", lastName="Former", licenses=[meeting.id]
    )
    assert meeting.id in made.licenses
    changed = webex.people.update(
        made.id, emails=[email], displayName="Conny Later", firstName="Conny", lastName="Later", licenses=made.licenses
    )
    assert (changed.displayName, changed.id) == ("Conny Later", made.id)
    webex.people.delete(made.id)
    with pytest.raises(webexpythonsdk.ApiError) as gone:
        webex.people.get(made.id)
    assert gone.value.status_code == 404


def test_webexpythonsdk_reads_licences_roles_and_the_organization(webex):
    licenses = list(webex.licenses.list())
    assert webex.licenses.get(licenses[0].id).totalUnits == licenses[0].totalUnits
    assert "Full Administrator" in [role.name for role in webex.roles.list()]
    organization = next(iter(webex.organizations.list()))
    assert webex.organizations.get(organization.id).displayName == "Lindenhof University Library"


def test_webexpythonsdk_keeps_webhooks(webex):
    hook = webex.webhooks.create(
        name="n", targetUrl="https://x.example/hook", resource="meetings", event="created", secret="s"
    )
    assert hook.id in [found.id for found in webex.webhooks.list()]
    assert webex.webhooks.update(hook.id, name="m", targetUrl="https://x.example/other").name == "m"
    webex.webhooks.delete(hook.id)
    assert hook.id not in [found.id for found in webex.webhooks.list()]


def test_wxc_sdk_adds_changes_and_removes_a_person(wxc):
    email = fresh()
    made = wxc.people.create(Person(emails=[email], display_name="Dana Early", first_name="Dana", last_name="Early"))
    made.department = "Reference"
    changed = wxc.people.update(made)
    assert (changed.department, changed.person_id) == ("Reference", made.person_id)
    assert [found.emails for found in wxc.people.list(email=email)] == [[email]]
    assert len(list(wxc.people.list(max=7))) >= 26
    wxc.people.delete_person(made.person_id)
    assert list(wxc.people.list(email=email)) == []


@pytest.fixture
def account_types_in_capitals(sandbox):
    """Webex's description has small letters, this SDK reads capitals only."""
    sandbox.control("POST", "/switches", **{"webex.account_types": "upper"})
    yield
    sandbox.control("POST", "/switches", **{"webex.account_types": "lower"})


def test_wxc_sdk_assigns_licences_and_lists_who_holds_them(wxc, account_types_in_capitals):
    made = wxc.people.create(Person(emails=[fresh()], display_name="Eli"))
    license = next(license for license in wxc.licenses.list() if license.site_url == SITE)
    answer = wxc.licenses.assign_licenses_to_users(
        person_id=made.person_id, licenses=[LicenseRequest(id=license.license_id)]
    )
    assert license.license_id in answer.licenses
    assert answer.site_urls[0].account_type == SiteAccountType.host
    holders = list(wxc.licenses.assigned_users(license.license_id, limit=5))
    assert len(holders) == wxc.licenses.details(license.license_id).consumed_units
    assert made.emails[0] in [holder.email for holder in holders]
    answer = wxc.licenses.assign_licenses_to_users(
        person_id=made.person_id,
        licenses=[LicenseRequest(id=license.license_id, operation=LicenseRequestOperation.remove)],
        site_urls=[SiteUrlsRequest(site_url=SITE, account_type=SiteAccountType.attendee)],
    )
    assert license.license_id not in answer.licenses
    assert answer.site_urls[0].account_type == SiteAccountType.attendee
    wxc.people.delete_person(made.person_id)


@pytest.fixture
def scim(sandbox, wxc, monkeypatch):
    """This SDK has SCIM's address in its code, whatever its base URL, and reads accountStatus as a list only."""
    monkeypatch.setattr(ScimApiChild, "ep", lambda self, path=None: f"{sandbox.base_url}/{self.base}/{path}")
    sandbox.control("POST", "/switches", **{"webex.scim_account_status": "list"})
    yield wxc.scim.users
    sandbox.control("POST", "/switches", **{"webex.scim_account_status": "text"})


def test_wxc_sdk_creates_replaces_patches_and_deletes_a_scim_user(wxc, scim):
    organization = webex_id_to_uuid(wxc.organizations.list()[0].org_id)
    email = fresh()
    name = NameObject(given_name="Frida", family_name="Early")
    made = scim.create(organization, ScimUser(user_name=email, user_type=UserTypeObject.user, name=name))
    assert (made.user_name, made.display_name, made.active) == (email, "Frida Early", True)
    assert made.webex_user.account_status == ["pending"]
    assert [found.display_name for found in wxc.people.list(email=email)] == ["Frida Early"]
    with pytest.raises(RestError) as taken:
        scim.create(organization, made)
    assert taken.value.response.status_code == 409
    made.title, made.enterprise_user = "Archivist", EnterpriseUser(department="Maps")
    replaced = scim.update(organization, made)
    assert (replaced.id, replaced.title, replaced.enterprise_user.department) == (made.id, "Archivist", "Maps")
    operations = [
        PatchUserOperation(op=PatchUserOperationOp.replace, path="nickName", value="Fri"),
        PatchUserOperation(op=PatchUserOperationOp.remove, path="title"),
    ]
    patched = scim.patch(organization, made.id, operations)
    assert (patched.nick_name, patched.title) == ("Fri", None)
    assert scim.details(organization, made.id) == patched
    assert [found.id for found in scim.search(organization, filter=f'userName eq "{email}"').resources] == [made.id]
    scim.delete(organization, made.id)
    with pytest.raises(RestError) as gone:
        scim.details(organization, made.id)
    assert gone.value.response.status_code == 404


def test_wxc_sdk_keeps_webhooks(wxc):
    hook = wxc.webhook.create(
        name="n",
        target_url="https://x.example/hook",
        resource=WebhookResource.meetings,
        event=WebhookEventType.created,
        secret="s",
    )
    assert hook.webhook_id in [found.webhook_id for found in wxc.webhook.list()]
    # Its update sends a form instead of JSON in this version; Webex refuses that too.
    assert wxc.webhook.details(hook.webhook_id).target_url == "https://x.example/hook"
    wxc.webhook.webhook_delete(hook.webhook_id)
    assert hook.webhook_id not in [found.webhook_id for found in wxc.webhook.list()]


def test_wxc_sdk_reads_organizations_and_roles(wxc):
    assert [found.display_name for found in wxc.organizations.list()] == ["Lindenhof University Library"]
    assert "Full Administrator" in [role.name for role in wxc.roles.list()]


def xml(sandbox, operation, security="", body=""):
    """Sends an operation as the XML API's samples do; gives result, exception id and the bodyContent."""
    text = (
        f'<?xml version="1.0" encoding="UTF-8"?><serv:message xmlns:serv="{SERV}" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><header><securityContext>'
        f"<siteName>lindenhof</siteName><webExID>{ADA}</webExID>{security}</securityContext></header>"
        f'<body><bodyContent xsi:type="java:com.webex.service.binding.{operation}">{body}</bodyContent></body>'
        "</serv:message>"
    )
    answer = requests.post(
        f"{sandbox.base_url}/WBXService/XMLService", data=text, headers={"Content-Type": "application/xml"}, timeout=10
    )
    assert answer.status_code == 200
    root = ElementTree.fromstring(answer.content)
    response = root.find(f"{{{SERV}}}header/{{{SERV}}}response")
    content = root.find(f"{{{SERV}}}body/{{{SERV}}}bodyContent")
    return response.findtext(f"{{{SERV}}}result"), response.findtext(f"{{{SERV}}}exceptionID"), content


def test_the_xml_api_reads_and_sets_a_person_of_the_site(sandbox):
    token = sandbox.token("webex", ADA, "spark:all")
    result, _, content = xml(sandbox, "user.AuthenticateUser", body=f"<accessToken>{token}</accessToken>")
    assert result == "SUCCESS"
    ticket = f"<sessionTicket>{content.findtext('{*}sessionTicket')}</sessionTicket>"
    change = f"<webExId>{BEN}</webExId><tracking><trackingCode1>Main</trackingCode1></tracking>"
    assert xml(sandbox, "user.SetUser", ticket, change)[0] == "SUCCESS"
    result, _, content = xml(sandbox, "user.GetUser", ticket, f"<webExId>{BEN}</webExId>")
    assert (result, content.findtext("{*}tracking/{*}trackingCode1")) == ("SUCCESS", "Main")
    _, _, content = xml(sandbox, "site.GetSite", ticket)
    assert content.findtext("{*}siteInstance/{*}metaData/{*}siteName") == "lindenhof"
    assert xml(sandbox, "user.RevokeSessionTicket", ticket)[0] == "SUCCESS"
    assert xml(sandbox, "user.GetMe", ticket)[:2] == ("FAILURE", "030047")
