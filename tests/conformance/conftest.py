"""Starts a sandbox over TLS and hands out what the SDKs need to reach it.

SWITCHBOARD_BIN names the switchboard binary (`switchboard sandbox …` is run); SANDBOX_COMMAND names any other
command that takes the same options. Without both, the example `serve` of the sandbox crate is used.
"""

import os
import re
import shlex
import subprocess
import threading
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

ROOT = Path(__file__).resolve().parents[2]
REDIRECT_URI = "http://localhost:8080/oauth/callback"
ADA = "ada.lindqvist@lindenhof.example"
BEN = "ben.okafor@lindenhof.example"


def command(folder):
    options = ["--listen", "127.0.0.1:0"]
    if binary := os.environ.get("SWITCHBOARD_BIN"):
        return [binary, "sandbox", *options, "--tls", "--tls-dir", str(folder)]
    example = os.environ.get("SANDBOX_COMMAND", str(ROOT / "target/debug/examples/serve"))
    return [*shlex.split(example), *options, "--tls", str(folder)]


class Sandbox:
    """A running sandbox: its base URL, its control interface, and a person who clicks."""

    def __init__(self, base_url, ca):
        self.base_url = base_url
        self.host = urlsplit(base_url).netloc
        self.hostname = urlsplit(base_url).hostname
        self.ca = ca
        self.overview = self.control("GET", "")
        self.domain = ADA.split("@")[1]

    def control(self, method, path, **body):
        answer = requests.request(
            method,
            f"{self.base_url}/_sandbox{path}",
            json=body or None,
            headers={"accept": "application/json"},
            timeout=10,
        )
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def app(self, provider):
        return next(app for app in self.overview["apps"] if app["provider"] == provider)

    def token(self, provider, email, *scopes):
        return self.control("POST", "/tokens", provider=provider, email=email, scopes=list(scopes))["access_token"]

    def person(self, email):
        """A fresh browser of somebody."""
        return Person(email)


class Person:
    """Presses the buttons of the provider's pages and says where it ended."""

    def __init__(self, email):
        self.email = email
        self.browser = requests.Session()

    def authorize(self, url, decision="accept"):
        """Signs in and decides; returns the redirect's parameters, or the last page when there is no redirect."""
        page = self.browser.get(url, allow_redirects=False, timeout=10)
        for _ in range(5):
            if page.is_redirect:
                target = page.headers["location"]
                if target.startswith("http://localhost"):
                    return {name: values[0] for name, values in parse_qs(urlsplit(target).query).items()}
                page = self.browser.get(absolute(page.url, target), allow_redirects=False, timeout=10)
                continue
            form = best_form(page.text)
            if form is None:
                break
            fields = dict(form["fields"])
            if form["action"].startswith("http://localhost"):
                return fields
            if "decision" in form["names"]:
                fields["decision"] = decision
            else:
                fields["email"] = self.email
            page = self.browser.post(
                absolute(page.url, form["action"]), data=fields, allow_redirects=False, timeout=10
            )
        return page


def absolute(base, target):
    return requests.compat.urljoin(base, target)


def best_form(html):
    """The first form of a page: where it goes, its hidden fields, and the names of all its controls."""
    found = re.search(r"<form\b([^>]*)>(.*?)</form>", html, re.S)
    if not found:
        return None
    action = re.search(r'action="([^"]*)"', found[1])
    fields = {}
    names = set()
    for control in re.findall(r"<(?:input|button|select)\b([^>]*)>", found[2]):
        attributes = {name: unescape(value) for name, value in re.findall(r'([\w-]+)="([^"]*)"', control)}
        names.add(attributes.get("name"))
        if attributes.get("type") == "hidden":
            fields[attributes["name"]] = attributes.get("value", "")
    return {"action": unescape(action[1]) if action else "", "fields": fields, "names": names}


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    process = subprocess.Popen(command(folder), stdout=subprocess.PIPE, text=True)
    try:
        base_url = ready(process)
        ca = folder / "ca.pem"
        # msal, requests and httpx all read their trusted certificates from these.
        os.environ["REQUESTS_CA_BUNDLE"] = os.environ["SSL_CERT_FILE"] = str(ca)
        yield Sandbox(base_url, str(ca))
    finally:
        process.terminate()
        process.wait(timeout=20)


def ready(process):
    watchdog = threading.Timer(60, process.kill)
    watchdog.start()
    try:
        for line in process.stdout:
            if found := re.search(r"Sandbox ready at (\S+)", line):
                return found[1].rstrip("/")
    finally:
        watchdog.cancel()
    raise RuntimeError("the sandbox ended before it was ready")


@pytest.fixture
def microsoft_app(sandbox):
    app = sandbox.app("microsoft")
    return app["client_id"], app["secrets"][0]["value"]


@pytest.fixture
def webex_app(sandbox):
    app = sandbox.app("webex")
    return app["client_id"], app["secrets"][0]["value"]
