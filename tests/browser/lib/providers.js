// Gives a host of the demo a provider's account to meet and keep a calendar with.

import assert from "node:assert/strict";

import { newPage, signIn } from "./browser.js";

const titles = { webex: "Webex", microsoft: "Microsoft" };
const purposes = { webex: { sign_in: [], meetings: [] }, microsoft: { sign_in: [], calendars: [] } };

// Calls the demo's API with the demo's key.
export async function ask(demo, method, path, body) {
  const headers = { authorization: `Bearer ${demo.api_key}`, "content-type": "application/json" };
  const answer = await fetch(demo.base_url + path, { method, headers, body: body && JSON.stringify(body) });
  const text = await answer.text();
  return { status: answer.status, body: text && JSON.parse(text) };
}

// Steers the demo's sandbox.
export async function sandbox(demo, method, path, body) {
  const headers = { accept: "application/json", "content-type": "application/json" };
  const answer = await fetch(demo.sandbox_url + path, { method, headers, body: body && JSON.stringify(body) });
  assert.ok(answer.ok, `${method} ${path}: ${answer.status}`);
  const text = await answer.text();
  return text && JSON.parse(text);
}

// Waits until the hosts' calendars have been found, which happens once a minute, and read.
export async function calendarsRead(demo) {
  for (const end = Date.now() + 120_000; Date.now() < end; ) {
    const { items } = (await ask(demo, "GET", "/api/v1/calendars")).body;
    if (items.length && items.every((calendar) => calendar.read_at || !calendar.makes_busy)) return;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  throw new Error("the calendars were not read");
}

// Registers the provider's app where it is missing, and has the host authorize it unless that is done.
export async function connect(browser, demo, host, provider, uses = purposes[provider]) {
  const known = (await ask(demo, "GET", "/api/v1/connections")).body.items;
  if (known.some((item) => item.provider === provider && item.provider_account === host.email)) return;
  const { apps } = await sandbox(demo, "GET", "/_sandbox");
  const app = apps.find((known) => known.provider === provider);
  const integrations = (await ask(demo, "GET", "/api/v1/integrations")).body.items;
  if (!integrations.some((known) => known.provider === provider)) {
    const integration = {
      provider,
      name: titles[provider],
      client_id: app.client_id,
      client_secret: { value: app.secrets[0].value },
      purposes: uses,
      ...(provider === "microsoft" && { tenant: "lindenhof.example" }),
    };
    const made = await ask(demo, "POST", "/api/v1/integrations", integration);
    assert.equal(made.status, 201, JSON.stringify(made.body));
  }
  const page = await newPage(browser);
  await signIn(page, demo, host);
  await page.goto(`${demo.base_url}/my/connections`);
  await page.getByRole("button", { name: `Authorize with ${titles[provider]} account` }).click();
  await page.locator(`button[value="${host.email}"]`).click();
  await page.locator('button[name="decision"][value="accept"]').click();
  await page.waitForURL(/\/my\/connections\/[0-9a-f-]{36}/);
  await page.context().close();
}
