// The main journey: register an app, authorize, prove the connection, keep it alive.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { inspect, newPage, signIn, startBrowser } from "./lib/browser.js";
import { startDemo } from "./lib/demo.js";

let demo, browser, administrator;

before(async () => {
  [demo, browser] = await Promise.all([startDemo("--by-hand"), startBrowser()]);
  administrator = await newPage(browser, { permissions: ["clipboard-read", "clipboard-write"] });
  await signIn(administrator, demo, demo.administrator);
});

after(async () => {
  await browser?.close();
  await demo?.stop();
});

async function registered(provider) {
  const { apps } = await (await fetch(`${demo.sandbox_url}/_sandbox`, { headers: { accept: "application/json" } })).json();
  return apps.find((app) => app.provider === provider);
}

async function ask(method, path) {
  return fetch(demo.base_url + path, { method, headers: { authorization: `Bearer ${demo.api_key}` } });
}

async function register(provider) {
  const page = administrator;
  const app = await registered(provider);
  await page.goto(`${demo.base_url}/admin/integrations/new?provider=${provider}`);
  assert.ok((await page.content()).includes(`${demo.base_url}/oauth/callback`), "the exact redirect URL is shown");
  await inspect(page);
  await page.getByLabel("Name", { exact: true }).fill(`${provider} for the library`);
  await page.getByLabel("Client ID").fill(app.client_id);
  await page.getByLabel("Client Secret", { exact: true }).fill("a wrong secret");
  if (provider === "microsoft") await page.getByLabel(/tenant/i).first().fill("lindenhof.example");
  await page.getByRole("checkbox", { name: "Appointments and events" }).check();
  await page.getByRole("button", { name: "Save and check" }).click();
  await page.waitForURL(/\/admin\/integrations\/[0-9a-f-]{36}/);
  await page.getByText(/wrong secret/i).first().waitFor();
  await inspect(page);
  return { page, app };
}

async function authorize(page, title, email) {
  await page.goto(`${demo.base_url}/my/connections`);
  await page.getByRole("button", { name: `Authorize with ${title} account` }).click();
  await page.locator(`button[value="${email}"]`).click();
  await page.locator('button[name="decision"][value="accept"]').click();
  await page.waitForURL(/\/my\/connections\/[0-9a-f-]{36}/);
  await page.locator("[data-done]").waitFor();
}

for (const [provider, title] of [["webex", "Webex"], ["microsoft", "Microsoft"]]) {
  test(`step 1: the administrator registers ${title}, is told about a wrong secret, and mends it`, async () => {
    const { page, app } = await register(provider);
    await page.getByLabel(/secret/i).and(page.locator("input[type=password]")).last().fill(app.secrets[0].value);
    await page.getByRole("button", { name: /add/i }).last().click();
    await page.getByText("accepted").first().waitFor();
    await inspect(page);
  });

  test(`step 2: a host authorizes with a ${title} account and watches the test`, async () => {
    const host = demo.hosts[0];
    const page = await newPage(browser);
    await signIn(page, demo, host);
    await page.goto(`${demo.base_url}/my/connections`);
    await inspect(page);
    await authorize(page, title, host.email);
    await page.locator("[data-done]", { hasText: "The connection works." }).waitFor();
    await page.getByText(`Authorized by ${title} account (${host.email})`).waitFor();
    await inspect(page);
    await page.getByRole("button", { name: "Run the test again" }).click();
    await page.locator("[data-done]").waitFor();
    await page.locator("[data-done]", { hasText: "The connection works." }).waitFor();
    await page.context().close();
  });
}

test("step 3: the status page shows every connection and what to do", async () => {
  const page = administrator;
  await page.goto(`${demo.base_url}/admin/connections`);
  assert.equal(await page.locator("tbody tr").count(), 2);
  assert.equal(await page.getByText("Nothing to do.").count(), 2);
  await inspect(page);
});

test("step 4: a program always gets a token that is valid now", async () => {
  const { items } = await (await ask("GET", "/api/v1/connections")).json();
  const webex = items.find((item) => item.provider === "webex");
  const answer = await ask("GET", `/api/v1/connections/${webex.id}/token`);
  assert.equal(answer.status, 200);
  const { access_token } = await answer.json();
  const me = await fetch(`${demo.sandbox_url}/v1/people/me`, { headers: { authorization: `Bearer ${access_token}` } });
  assert.equal(me.status, 200);
});

test("a blocked person finds help, ready to be sent, although they were never sent back", async () => {
  const page = await newPage(browser);
  await signIn(page, demo, demo.hosts[1]);
  await page.goto(`${demo.base_url}/my/connections`);
  await page.getByRole("button", { name: "Authorize with Webex account" }).click();
  await page.locator(`button[value="${demo.hosts[1].email}"]`).click();
  await page.locator('button[name="decision"][value="decline"]').click();
  await page.getByRole("heading", { name: "The authorization did not work" }).waitFor();
  await page.getByText("Text for your Webex administrator").waitFor();
  await inspect(page);
  await page.context().close();
});

test("removing stops the token at once and keeps the history", async () => {
  const page = await newPage(browser);
  await signIn(page, demo, demo.hosts[0]);
  const { items } = await (await ask("GET", "/api/v1/connections")).json();
  const webex = items.find((item) => item.provider === "webex");
  await page.goto(`${demo.base_url}/my/connections/${webex.id}`);
  await page.getByText("Remove authorization").first().click();
  await inspect(page);
  await page.getByRole("button", { name: "Remove authorization" }).click();
  await page.waitForURL("**/my/connections");
  assert.equal((await ask("GET", `/api/v1/connections/${webex.id}/token`)).status, 404);
  await page.getByText(/Removed connections/).click();
  await inspect(page);
  await page.context().close();
});
