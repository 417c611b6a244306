"""Microsoft's msgraph-sdk against delta queries, recurring events and subscriptions of the sandbox's Graph."""

import asyncio
import datetime as dt
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
from kiota_abstractions.base_request_configuration import RequestConfiguration
from msgraph.generated.models.day_of_week import DayOfWeek
from msgraph.generated.models.event import Event
from msgraph.generated.models.event_type import EventType
from msgraph.generated.models.o_data_errors.o_data_error import ODataError
from msgraph.generated.models.patterned_recurrence import PatternedRecurrence
from msgraph.generated.models.recurrence_pattern import RecurrencePattern
from msgraph.generated.models.recurrence_pattern_type import RecurrencePatternType
from msgraph.generated.models.recurrence_range import RecurrenceRange
from msgraph.generated.models.recurrence_range_type import RecurrenceRangeType
from msgraph.generated.models.subscription import Subscription
from msgraph.generated.users.item.calendar_view.delta.delta_request_builder import DeltaRequestBuilder
from msgraph.generated.users.item.events.item.instances.instances_request_builder import InstancesRequestBuilder

from conftest import BEN
from test_graph import draft, graph, moment


class Endpoint:
    """Echoes validation tokens and keeps notifications."""

    def __init__(self):
        endpoint = self
        self.arrived = threading.Event()
        self.bodies = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                token = parse_qs(urlsplit(self.path).query).get("validationToken")
                answer = token[0].encode() if token else b""
                self.send_response(200)
                self.send_header("content-type", "text/plain")
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)
                if not token:
                    endpoint.bodies.append(body)
                    endpoint.arrived.set()

            def log_message(self, *words):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hooks"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def endpoint():
    endpoint = Endpoint()
    yield endpoint
    endpoint.server.shutdown()


def weekly():
    return draft(
        recurrence=PatternedRecurrence(
            pattern=RecurrencePattern(
                type=RecurrencePatternType.Weekly,
                interval=1,
                days_of_week=[DayOfWeek.Monday],
                first_day_of_week=DayOfWeek.Monday,
            ),
            range=RecurrenceRange(
                type=RecurrenceRangeType.Numbered, start_date=dt.date(2027, 3, 1), number_of_occurrences=6
            ),
        )
    )


async def whole_round(builder, page):
    items = list(page.value)
    while page.odata_next_link:
        page = await builder.with_url(page.odata_next_link).get()
        items += page.value
    return items, page.odata_delta_link


def test_msgraph_follows_a_calendar_by_delta(sandbox):
    async def run():
        client = graph(sandbox, BEN, "Calendars.ReadWrite")
        query = DeltaRequestBuilder.DeltaRequestBuilderGetQueryParameters(
            start_date_time="2027-03-01T00:00:00Z", end_date_time="2027-05-01T00:00:00Z"
        )
        configuration = RequestConfiguration(query_parameters=query)
        configuration.headers.add("Prefer", "odata.maxpagesize=2")
        delta = client.me.calendar_view.delta
        _, link = await whole_round(delta, await delta.get(configuration))
        master = await client.me.events.post(weekly())
        items, link = await whole_round(delta, await delta.with_url(link).get())
        kinds = [item.type for item in items]
        assert kinds == [EventType.SeriesMaster] + [EventType.Occurrence] * 6
        assert items[1].subject is None and items[1].series_master_id == master.id
        await client.me.events.by_event_id(items[2].id).delete()
        await client.me.events.by_event_id(items[3].id).patch(Event(subject="Other room"))
        changes, link = await whole_round(delta, await delta.with_url(link).get())
        by_id = {item.id: item for item in changes}
        assert by_id[items[2].id].additional_data["@removed"]
        assert (by_id[items[3].id].type, by_id[items[3].id].subject) == (EventType.Exception, "Other room")
        await client.me.events.by_event_id(master.id).delete()
        gone, link = await whole_round(delta, await delta.with_url(link).get())
        assert len(gone) == 6 and all("@removed" in item.additional_data for item in gone)
        sandbox.control("POST", "/resync", email=BEN)
        with pytest.raises(ODataError) as stale:
            await delta.with_url(link).get()
        assert stale.value.response_status_code == 410

    asyncio.run(run())


def test_msgraph_reads_the_instances_of_a_series_across_summer_time(sandbox):
    async def run():
        client = graph(sandbox, BEN, "Calendars.ReadWrite")
        master = await client.me.events.post(weekly())
        assert master.recurrence.range.number_of_occurrences == 6
        query = InstancesRequestBuilder.InstancesRequestBuilderGetQueryParameters(
            start_date_time="2027-03-01T00:00:00Z", end_date_time="2027-05-01T00:00:00Z"
        )
        instances = client.me.events.by_event_id(master.id).instances
        found = (await instances.get(RequestConfiguration(query_parameters=query))).value
        assert [one.start.date_time[11:16] for one in found] == ["08:00"] * 4 + ["07:00"] * 2
        await client.me.events.by_event_id(master.id).delete()

    asyncio.run(run())


def test_msgraph_subscribes_and_is_told(sandbox, endpoint):
    async def run():
        client = graph(sandbox, BEN, "Calendars.ReadWrite")
        wish = Subscription(
            change_type="created,updated,deleted",
            resource="me/events",
            notification_url=endpoint.url,
            lifecycle_notification_url=endpoint.url,
            client_state="s3cret",
            expiration_date_time=dt.datetime.now(dt.timezone.utc) + dt.timedelta(days=2),
        )
        made = await client.subscriptions.post(wish)
        event = await client.me.events.post(draft(start=moment("2027-07-01T09:00:00"), end=moment("2027-07-01T10:00:00")))
        assert await asyncio.to_thread(endpoint.arrived.wait, 10)
        assert event.id.encode() in endpoint.bodies[0] and b"s3cret" in endpoint.bodies[0]
        later = dt.datetime.now(dt.timezone.utc) + dt.timedelta(days=5)
        renewed = await client.subscriptions.by_subscription_id(made.id).patch(Subscription(expiration_date_time=later))
        assert renewed.expiration_date_time > made.expiration_date_time
        assert made.id in [one.id for one in (await client.subscriptions.get()).value]
        await client.subscriptions.by_subscription_id(made.id).delete()
        await client.me.events.by_event_id(event.id).delete()

    asyncio.run(run())
