"""Microsoft's msgraph-sdk and the O365 library against the sandbox's Graph; only base URLs are changed."""

import asyncio
import datetime as dt
import time
from zoneinfo import ZoneInfo

import msal
import pytest
from azure.core.credentials import AccessToken
from kiota_abstractions.base_request_configuration import RequestConfiguration
from kiota_authentication_azure.azure_identity_authentication_provider import AzureIdentityAuthenticationProvider
from msgraph import GraphRequestAdapter, GraphServiceClient
from msgraph.generated.models.attendee import Attendee
from msgraph.generated.models.body_type import BodyType
from msgraph.generated.models.date_time_time_zone import DateTimeTimeZone
from msgraph.generated.models.email_address import EmailAddress
from msgraph.generated.models.event import Event
from msgraph.generated.models.free_busy_status import FreeBusyStatus
from msgraph.generated.models.item_body import ItemBody
from msgraph.generated.models.o_data_errors.o_data_error import ODataError
from msgraph.generated.models.sensitivity import Sensitivity
from msgraph.generated.models.single_value_legacy_extended_property import SingleValueLegacyExtendedProperty
from msgraph.generated.applications.item.add_password.add_password_post_request_body import (
    AddPasswordPostRequestBody,
)
from msgraph.generated.applications.item.remove_password.remove_password_post_request_body import (
    RemovePasswordPostRequestBody,
)
from msgraph.generated.communications.get_presences_by_user_id.get_presences_by_user_id_post_request_body import (
    GetPresencesByUserIdPostRequestBody,
)
from msgraph.generated.models.password_credential import PasswordCredential
from msgraph.generated.users.item.calendar.get_schedule.get_schedule_post_request_body import (
    GetSchedulePostRequestBody,
)
from msgraph.generated.users.item.calendar_view.calendar_view_request_builder import CalendarViewRequestBuilder
from msgraph.generated.users.item.events.events_request_builder import EventsRequestBuilder
from msgraph.generated.users.users_request_builder import UsersRequestBuilder
from O365 import Account, MSGraphProtocol
from O365.utils.token import MemoryTokenBackend

from conftest import ADA, BEN, REDIRECT_URI

PROPERTY = "String {66f5a359-4659-4830-9070-00047ec6ac6e} Name SwitchboardBooking"


class Credential:
    """Hands out one access token, as azure-identity would."""

    def __init__(self, token):
        self.token = token

    def get_token(self, *scopes, **options):
        return AccessToken(self.token, int(time.time()) + 3600)


def graph(sandbox, who, *scopes):
    credential = Credential(sandbox.token("microsoft", who, *scopes))
    provider = AzureIdentityAuthenticationProvider(
        credential, scopes=["https://graph.microsoft.com/.default"], allowed_hosts=[sandbox.hostname]
    )
    adapter = GraphRequestAdapter(provider)
    adapter.base_url = f"{sandbox.base_url}/v1.0"
    return GraphServiceClient(request_adapter=adapter)


def moment(text, zone="Europe/Berlin"):
    return DateTimeTimeZone(date_time=text, time_zone=zone)


def draft(**changes):
    event = Event(
        subject="Research consultation",
        body=ItemBody(content_type=BodyType.Html, content="<p>Bring your outline</p>"),
        start=moment("2027-03-01T09:00:00"),
        end=moment("2027-03-01T09:30:00"),
        show_as=FreeBusyStatus.Free,
        sensitivity=Sensitivity.Private,
    )
    for name, value in changes.items():
        setattr(event, name, value)
    return event


def test_msgraph_reads_the_person_and_their_calendars(sandbox):
    async def run():
        client = graph(sandbox, BEN, "User.Read", "Calendars.ReadWrite")
        me = await client.me.get()
        assert (me.mail, me.display_name) == (BEN, "Ben Okafor")
        calendars = (await client.me.calendars.get()).value
        assert [calendar.is_default_calendar for calendar in calendars].count(True) == 1
        assert not all(calendar.can_edit for calendar in calendars)
        organization = await client.organization.get()
        assert organization.value[0].verified_domains[0].name == "lindenhof.example"

    asyncio.run(run())


def test_msgraph_creates_changes_and_deletes_an_event(sandbox):
    async def run():
        client = graph(sandbox, BEN, "Calendars.ReadWrite")
        attendee = Attendee(email_address=EmailAddress(address=ADA, name="Ada"))
        created = await client.me.events.post(draft(attendees=[attendee], transaction_id="msgraph-1"))
        again = await client.me.events.post(draft(transaction_id="msgraph-1"))
        assert again.id == created.id
        assert created.start.time_zone == "UTC" and created.start.date_time.startswith("2027-03-01T08:00:00")
        changed = await client.me.events.by_event_id(created.id).patch(Event(subject="Moved"))
        assert changed.subject == "Moved" and changed.change_key != created.change_key
        await client.me.events.by_event_id(created.id).delete()
        with pytest.raises(ODataError) as gone:
            await client.me.events.by_event_id(created.id).get()
        assert gone.value.response_status_code == 404
        assert gone.value.error.code == "ErrorItemNotFound"
        assert gone.value.error.inner_error.request_id

    asyncio.run(run())


def test_msgraph_finds_an_event_by_extended_property(sandbox):
    async def run():
        client = graph(sandbox, ADA, "Calendars.ReadWrite")
        mark = SingleValueLegacyExtendedProperty(id=PROPERTY, value="booking-41")
        created = await client.me.events.post(draft(single_value_extended_properties=[mark]))
        query = EventsRequestBuilder.EventsRequestBuilderGetQueryParameters(
            filter=f"singleValueExtendedProperties/Any(ep: ep/id eq '{PROPERTY}' and ep/value eq 'booking-41')",
            expand=[f"singleValueExtendedProperties($filter=id eq '{PROPERTY}')"],
        )
        found = (await client.me.events.get(RequestConfiguration(query_parameters=query))).value
        assert [event.id for event in found] == [created.id]
        assert found[0].single_value_extended_properties[0].value == "booking-41"
        await client.me.events.by_event_id(created.id).delete()

    asyncio.run(run())


def test_msgraph_pages_through_a_calendar_view_in_the_preferred_zone(sandbox):
    async def run():
        client = graph(sandbox, BEN, "Calendars.ReadWrite")
        made = [
            await client.me.events.post(
                draft(start=moment(f"2027-04-{day:02}T09:00:00"), end=moment(f"2027-04-{day:02}T10:00:00"))
            )
            for day in range(1, 13)
        ]
        query = CalendarViewRequestBuilder.CalendarViewRequestBuilderGetQueryParameters(
            start_date_time="2027-04-01T00:00:00Z", end_date_time="2027-05-01T00:00:00Z"
        )
        configuration = RequestConfiguration(query_parameters=query)
        configuration.headers.add("Prefer", 'outlook.timezone="W. Europe Standard Time"')
        first = await client.me.calendar_view.get(configuration)
        assert len(first.value) == 10 and first.odata_next_link
        assert first.value[0].start.date_time.startswith("2027-04-01T09:00:00")
        assert first.value[0].start.time_zone == "W. Europe Standard Time"
        second = await client.me.calendar_view.with_url(first.odata_next_link).get()
        assert {event.id for event in first.value + second.value} == {event.id for event in made}
        for event in made:
            await client.me.events.by_event_id(event.id).delete()

    asyncio.run(run())


def test_msgraph_asks_for_free_and_busy_times(sandbox):
    async def run():
        client = graph(sandbox, BEN, "Calendars.ReadWrite")
        busy = await client.me.events.post(draft(show_as=FreeBusyStatus.Busy))
        body = GetSchedulePostRequestBody(
            schedules=[BEN, "nobody@lindenhof.example"],
            start_time=moment("2027-03-01T08:00:00"),
            end_time=moment("2027-03-01T11:00:00"),
            availability_view_interval=30,
        )
        own, unknown = (await client.me.calendar.get_schedule.post(body)).value
        assert own.availability_view == "002000"
        assert own.schedule_items[0].status == FreeBusyStatus.Busy
        assert unknown.error.response_code == "ErrorMailRecipientNotFound"
        await client.me.events.by_event_id(busy.id).delete()

    asyncio.run(run())


def test_msgraph_reads_presence_and_users_page_by_page(sandbox):
    async def run():
        client = graph(sandbox, BEN, "User.Read", "User.ReadBasic.All", "Presence.Read.All")
        query = UsersRequestBuilder.UsersRequestBuilderGetQueryParameters(top=20)
        first = await client.users.get(RequestConfiguration(query_parameters=query))
        second = await client.users.with_url(first.odata_next_link).get()
        assert len(first.value) == 20 and second.value and not second.odata_next_link
        ids = [user.id for user in first.value[:3]]
        body = GetPresencesByUserIdPostRequestBody(ids=ids)
        presences = (await client.communications.get_presences_by_user_id.post(body)).value
        assert [presence.id for presence in presences] == ids
        assert presences[0].availability == "Available"
        assert (await client.me.presence.get()).activity

    asyncio.run(run())


def test_msgraph_is_refused_without_the_scope(sandbox):
    async def run():
        client = graph(sandbox, BEN, "User.Read")
        with pytest.raises(ODataError) as denied:
            await client.me.events.post(draft())
        assert denied.value.response_status_code == 403
        assert denied.value.error.code == "ErrorAccessDenied"

    asyncio.run(run())


def test_msgraph_replaces_an_app_secret(sandbox, microsoft_app):
    async def run():
        client_id, _ = microsoft_app
        client = graph(sandbox, client_id, "Application.ReadWrite.OwnedBy")
        application = client.applications_with_app_id(client_id)
        before = await application.get()
        wish = AddPasswordPostRequestBody(password_credential=PasswordCredential(display_name="Switchboard 2027"))
        added = await client.applications.by_application_id(before.id).add_password.post(wish)
        assert added.secret_text.startswith(added.hint)
        tenant = f"{sandbox.base_url}/lindenhof.example"
        msal_client = msal.ConfidentialClientApplication(
            client_id, client_credential=added.secret_text, authority=tenant, instance_discovery=False
        )
        scope = ["https://graph.microsoft.com/.default"]
        assert "access_token" in msal_client.acquire_token_for_client(scope)
        gone = RemovePasswordPostRequestBody(key_id=added.key_id)
        await client.applications.by_application_id(before.id).remove_password.post(gone)
        assert len((await application.get()).password_credentials) == len(before.password_credentials)

    asyncio.run(run())


def test_o365_signs_in_lists_calendars_and_keeps_an_event(sandbox, microsoft_app):
    class SandboxProtocol(MSGraphProtocol):
        _protocol_url = f"{sandbox.base_url}/"

    account = Account(
        microsoft_app,
        protocol=SandboxProtocol(timezone=ZoneInfo("Europe/Berlin")),
        token_backend=MemoryTokenBackend(),
        tenant_id="common",
    )
    account.con._msal_client = msal.ConfidentialClientApplication(
        microsoft_app[0],
        client_credential=microsoft_app[1],
        authority=f"{sandbox.base_url}/common",
        token_cache=account.con.token_backend,
        instance_discovery=False,
    )
    url, flow = account.con.get_authorization_url(["User.Read", "Calendars.ReadWrite"], redirect_uri=REDIRECT_URI)
    answer = sandbox.person(ADA).authorize(url)
    query = "&".join(f"{name}={value}" for name, value in answer.items())
    assert account.con.request_token(f"{REDIRECT_URI}?{query}", flow=flow)
    assert account.get_current_user_data().mail == ADA

    schedule = account.schedule()
    assert "Calendar" in [calendar.name for calendar in schedule.list_calendars()]
    calendar = schedule.new_calendar("Consultations")
    event = calendar.new_event(subject="Desk hour")
    event.start = dt.datetime(2027, 6, 1, 10, tzinfo=ZoneInfo("Europe/Berlin"))
    event.end = dt.datetime(2027, 6, 1, 11, tzinfo=ZoneInfo("Europe/Berlin"))
    event.location = "Room 2"
    assert event.save()
    found = list(
        calendar.get_events(
            include_recurring=True, start_recurring=dt.datetime(2027, 6, 1), end_recurring=dt.datetime(2027, 6, 2)
        )
    )
    assert [(one.subject, one.start.hour, one.location["displayName"]) for one in found] == [
        ("Desk hour", 10, "Room 2")
    ]
    event.subject = "Desk hour (moved)"
    assert event.save()
    assert event.delete()
