// Every page that a person can reach without a provider, looked at as that person.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { inspect, newPage, signIn, startBrowser } from "./lib/browser.js";
import { startDemo } from "./lib/demo.js";

let demo, browser;

before(async () => {
  [demo, browser] = await Promise.all([startDemo("--by-hand"), startBrowser()]);
});

after(async () => {
  await browser?.close();
  await demo?.stop();
});

async function asPerson(account) {
  const page = await newPage(browser);
  await signIn(page, demo, account);
  return page;
}

test("signing in says what is wrong, keeps the address, and then lets in", async () => {
  const page = await newPage(browser);
  await page.goto(`${demo.base_url}/my/account`);
  assert.equal(new URL(page.url()).pathname, "/sign-in");
  await inspect(page);
  await page.getByLabel("E-mail").fill(demo.administrator.email);
  await page.getByLabel("Password", { exact: true }).fill("not the password");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText(/not the right|do not belong|not right|wrong|does not match/i).first().waitFor();
  assert.equal(await page.getByLabel("E-mail").inputValue(), demo.administrator.email);
  await inspect(page);
  await page.getByLabel("Password", { exact: true }).fill(demo.administrator.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL("**/my/account");
  await inspect(page);
  await page.context().close();
});

test("the administrator's pages are sound, wide and narrow, light and dark", async () => {
  const page = await asPerson(demo.administrator);
  const paths = [
    "/admin",
    "/admin/integrations",
    "/admin/connections",
    "/admin/accounts",
    "/admin/accounts/invite",
    "/admin/api-keys",
    "/admin/api-keys/new",
    "/admin/audit",
    "/admin/mails",
    "/my/connections",
    "/my/account",
    "/api",
  ];
  for (const path of paths) {
    const response = await page.goto(demo.base_url + path);
    assert.equal(response.status(), 200, path);
    await inspect(page);
  }
  await page.context().close();
});

test("an administrator invites somebody, who chooses a password and is in", async () => {
  const page = await asPerson(demo.administrator);
  await page.goto(`${demo.base_url}/admin/accounts/invite`);
  await page.getByLabel("Name").fill("Eva Brandt");
  await page.getByLabel("E-mail").fill("eva.brandt@lindenhof.example");
  await page.getByLabel("Host").check();
  await page.getByRole("button", { name: /invite/i }).click();
  const link = page.locator("input[readonly]").first();
  const address = await link.inputValue();
  assert.match(address, /\/invite\//);
  await inspect(page);

  const guest = await newPage(browser);
  await guest.goto(address);
  await inspect(guest);
  await guest.getByLabel(/password/i).first().fill("a long enough password 7");
  await guest.getByRole("button").last().click();
  await guest.waitForURL((url) => !url.pathname.startsWith("/invite"));
  assert.equal((await guest.goto(`${demo.base_url}/my/account`)).status(), 200);
  await Promise.all([page.context().close(), guest.context().close()]);
});

test("an API key is made, shown once, and works", async () => {
  const page = await asPerson(demo.administrator);
  await page.goto(`${demo.base_url}/admin/api-keys/new`);
  await page.getByLabel("Name").fill("Reports");
  await page.getByLabel("audit:read").check();
  await page.getByRole("button", { name: /create/i }).click();
  const secret = await page.locator("input[readonly]").first().inputValue();
  assert.match(secret, /^sb_/);
  await inspect(page);
  const answer = await fetch(`${demo.base_url}/api/v1/audit`, { headers: { authorization: `Bearer ${secret}` } });
  assert.equal(answer.status, 200);
  await page.goto(`${demo.base_url}/admin/api-keys`);
  assert.ok(!(await page.content()).includes(secret));
  await page.context().close();
});

test("without script everything can still be reached and signed out of", async () => {
  const page = await newPage(browser, { javaScriptEnabled: false });
  await signIn(page, demo, demo.hosts[0]);
  await page.goto(`${demo.base_url}/my/account`);
  await page.getByRole("button", { name: /sign out/i }).first().click();
  await page.waitForURL("**/sign-in");
  await page.context().close();
});

test("a host is told that administration is not theirs, and where a page is not", async () => {
  const page = await asPerson(demo.hosts[0]);
  assert.equal((await page.goto(`${demo.base_url}/admin/accounts`)).status(), 403);
  await inspect(page);
  assert.equal((await page.goto(`${demo.base_url}/no/such/page`)).status(), 404);
  await inspect(page);
  await page.context().close();
});
