"""Invitations as another implementation of iCalendar reads them.

INVITATION_COMMAND names a command that reads appointments as JSON lines and writes each invitation as a JSON string;
without it, the example of the invitations crate is built and used.
"""

import json
import os
import shlex
import subprocess
from datetime import datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo, reset_tzpath

import icalendar
import pytest

# The machine's own zones may be older than the laws of 2026: those of the package tzdata count.
reset_tzpath(to=[])

ROOT = Path(__file__).resolve().parents[2]
ZONES = [
    "Europe/Berlin",
    "Europe/London",
    "Europe/Dublin",
    "America/New_York",
    "America/St_Johns",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Australia/Sydney",
    "Pacific/Chatham",
    "America/Santiago",
    "Africa/Casablanca",
]


@pytest.fixture(scope="session")
def write():
    """Writes invitations to appointments, each given by what differs from the usual one."""
    built = ["cargo", "run", "--quiet", "-p", "invitations", "--example", "invitation"]
    command = shlex.split(os.environ.get("INVITATION_COMMAND", "")) or built

    def write(*appointments):
        lines = "".join(json.dumps(usual(**appointment)) + "\n" for appointment in appointments)
        answer = subprocess.run(command, input=lines, capture_output=True, text=True, cwd=ROOT, timeout=600)
        assert answer.returncode == 0, answer.stderr
        return [json.loads(line) for line in answer.stdout.splitlines()]

    return write


def usual(**changes):
    start = changes.pop("start", datetime(2026, 11, 24, 9, tzinfo=timezone.utc))
    return {
        "uid": "booking-1@hub.example",
        "sequence": 0,
        "is_cancelled": False,
        "start": start.isoformat(),
        "end": (start + timedelta(minutes=30)).isoformat(),
        "zone": "Europe/Berlin",
        "summary": "Consultation",
        "description": "",
        "location": "Room 2.14",
        "name": "Vera Sample",
        **changes,
    }


def event(text):
    calendar = icalendar.Calendar.from_ical(text)
    (found,) = calendar.walk("VEVENT")
    assert not calendar.errors and not found.errors
    return calendar, found


def test_a_request_and_its_cancellation_belong_together(write):
    request, cancel = (event(text) for text in write({"sequence": 3}, {"sequence": 4, "is_cancelled": True}))
    assert (request[0]["METHOD"], cancel[0]["METHOD"]) == ("REQUEST", "CANCEL")
    assert request[1]["UID"] == cancel[1]["UID"] == "booking-1@hub.example"
    assert (request[1]["SEQUENCE"], cancel[1]["SEQUENCE"]) == (3, 4)
    assert (request[1]["STATUS"], cancel[1]["STATUS"]) == ("CONFIRMED", "CANCELLED")
    assert request[1]["DTSTAMP"].dt.tzinfo is not None
    assert request[1]["ORGANIZER"] == cancel[1]["ORGANIZER"] == "mailto:ben@library.example"
    assert request[1]["ATTENDEE"] == "mailto:vera+o'neil@mail.example"
    assert request[1]["URL"] == "https://hub.example/my/booking/x?a=1&b=2"


@pytest.mark.parametrize("name", ZONES)
def test_local_times_and_the_zone_described_mean_the_same_instant(write, name):
    """Every nine days of two years at two hours: before, between and after all changes of the clocks."""
    first = datetime(2025, 12, 30, tzinfo=timezone.utc)
    starts = [first + timedelta(days=9 * count, hours=9 * (count % 2)) for count in range(82)]
    for start, text in zip(starts, write(*({"start": start, "zone": name} for start in starts))):
        calendar, found = event(text)
        said = found["DTSTART"]
        assert said.params["TZID"] == name
        assert said.dt.astimezone(timezone.utc) == start
        described = icalendar.Calendar.from_ical(text).walk("VTIMEZONE")[0].to_tz(lookup_tzid=False)
        naive = said.dt.replace(tzinfo=None)
        assert described.utcoffset(naive) == ZoneInfo(name).utcoffset(naive), (start, text)


@pytest.mark.parametrize(
    "moment",
    ["2026-03-29T00:59:00+00:00", "2026-03-29T01:00:00+00:00", "2026-10-25T00:30:00+00:00", "2026-10-25T01:30:00+00:00"],
)
def test_around_a_change_of_the_clocks_nothing_shifts(write, moment):
    start = datetime.fromisoformat(moment)
    (text,) = write({"start": start})
    _, found = event(text)
    assert found["DTSTART"].dt.astimezone(timezone.utc) == start
    assert found["DTEND"].dt.astimezone(timezone.utc) == start + timedelta(minutes=30)


@pytest.mark.parametrize(
    "summary",
    [
        "a, b; c\\d: \"e\"\nsecond line\n\nEND:VEVENT",
        "<b>bold</b> & <script>alert(1)</script>",
        "Grüße aus Köln, 予約の確認, حجز",
        *("x" * pad + "🎉👩‍🔬" * 30 for pad in range(8)),
        "ünï" * 2100,
        "\\n is no line break; \\, no comma",
    ],
)
def test_texts_come_back_as_they_were(write, summary):
    # icalendar reads a backslash in a parameter as an escape; RFC 5545 has none there.
    typed = summary[:200].replace("\\", "/")
    (text,) = write({"summary": summary, "description": summary, "name": typed})
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    assert "\n" not in text.replace("\r\n", "")
    _, found = event(text)
    assert found["SUMMARY"] == summary
    assert found["DESCRIPTION"] == summary
    assert len([line for line in text.split("\r\n") if line == "END:VEVENT"]) == 1
    name = " ".join(typed.replace("\n", " ").replace('"', "'").split())
    assert " ".join(found["ATTENDEE"].params["CN"].split()) == name
