"""webexpythonsdk and wxc-sdk against the sandbox's Webex; only base URLs are changed."""

import datetime as dt

import pytest
import webexpythonsdk
import wxc_sdk

from conftest import ADA, BEN

SCOPES = ["spark:people_read", "spark-admin:people_read", "meeting:schedules_read", "meeting:schedules_write"]


@pytest.fixture
def webex(sandbox):
    return webexpythonsdk.WebexAPI(
        access_token=sandbox.token("webex", ADA, *SCOPES), base_url=f"{sandbox.base_url}/v1/"
    )


def test_webexpythonsdk_knows_who_it_is(webex):
    me = webex.people.me()
    assert me.emails == [ADA]
    assert me.type == "person"


def test_webexpythonsdk_follows_the_pages_of_people(webex):
    people = list(webex.people.list(max=5))
    assert len(people) > 20
    assert len({person.id for person in people}) == len(people)
    assert [person.displayName for person in webex.people.list(email=BEN)] == ["Ben Okafor"]


def test_webexpythonsdk_creates_lists_and_deletes_a_meeting(webex):
    meeting = webex.meetings.create(
        title="Thesis clinic", start="2027-03-01T09:00:00Z", end="2027-03-01T10:00:00Z", sendEmail=False
    )
    listed = webex.meetings.list(**{"from": "2027-03-01T00:00:00Z", "to": "2027-03-02T00:00:00Z"})
    assert meeting.id in [found.id for found in listed]
    assert webex.meetings.get(meeting.id).title == "Thesis clinic"
    webex.meetings.delete(meeting.id)
    with pytest.raises(webexpythonsdk.ApiError) as gone:
        webex.meetings.get(meeting.id)
    assert gone.value.status_code == 404


def test_webexpythonsdk_is_refused_without_a_token(sandbox):
    stranger = webexpythonsdk.WebexAPI(access_token="not-a-token", base_url=f"{sandbox.base_url}/v1/")
    with pytest.raises(webexpythonsdk.ApiError) as refused:
        stranger.people.me()
    assert refused.value.status_code == 401


def test_webexpythonsdk_exchanges_a_code(sandbox, webex_app):
    client_id, client_secret = webex_app
    redirect_uri = "http://localhost:8080/oauth/callback"
    url = (
        f"{sandbox.base_url}/v1/authorize?client_id={client_id}&response_type=code"
        f"&redirect_uri={redirect_uri}&scope=spark%3Apeople_read&state=xyz"
    )
    answer = sandbox.person(BEN).authorize(url)
    assert answer["state"] == "xyz"
    stranger = webexpythonsdk.WebexAPI(access_token="none-yet", base_url=f"{sandbox.base_url}/v1/")
    tokens = stranger.access_tokens.get(client_id, client_secret, answer["code"], redirect_uri)
    refreshed = stranger.access_tokens.refresh(client_id, client_secret, tokens.refresh_token)
    signed_in = webexpythonsdk.WebexAPI(
        access_token=refreshed.access_token, base_url=f"{sandbox.base_url}/v1/"
    )
    assert signed_in.people.me().emails == [BEN]


def test_wxc_sdk_lists_people_and_schedules_a_meeting(sandbox):
    token = sandbox.token("webex", ADA, *SCOPES)
    with wxc_sdk.WebexSimpleApi(tokens=token) as api:
        api.session.BASE = f"{sandbox.base_url}/v1"
        assert api.people.me().emails == [ADA]
        start = dt.datetime(2027, 3, 2, 9, tzinfo=dt.timezone.utc)
        created = api.meetings.create(
            title="Data clinic", start=start, end=start + dt.timedelta(minutes=30), send_email=False
        )
        assert created.id in [meeting.id for meeting in api.meetings.list(from_=start, to_=start + dt.timedelta(days=1))]
        api.meetings.delete(meeting_id=created.id)
