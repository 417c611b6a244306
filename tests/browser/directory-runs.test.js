// Two administrators' journey through the directory: one makes a plan, the other approves it; a run is stopped in the
// middle; rows that Webex refuses are reported with its reason and tried again.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { inspect, newPage, signIn, startBrowser } from "./lib/browser.js";
import { startDemo } from "./lib/demo.js";
import * as directory from "./lib/directory.js";
import * as providers from "./lib/providers.js";

const PEOPLE = 120;
const NEEDS_APPROVAL = "A second administrator has to approve a plan before it is applied";
const REASON = "The department is not on the list of this organization.";

let demo, browser, page, second;
let people, few, refused, waiting;

before(async () => {
  [demo, browser] = await Promise.all([startDemo("--people", String(PEOPLE)), startBrowser()]);
  page = await newPage(browser);
  await signIn(page, demo, demo.administrator);
  people = await atWebex();
  few = people.slice(0, 8);
  refused = few.slice(2, 5);
});

after(async () => {
  await browser?.close();
  await demo?.stop();
});

const sandbox = (...call) => providers.sandbox(demo, ...call);
const open = (path) => page.goto(demo.base_url + path);
const atWebex = () => directory.atWebex(demo);
const shown = (locator, timeout = 30_000) => locator.first().waitFor({ timeout });
const badge = (text) => page.locator(".page-head .badge", { hasText: text });
const emails = (some) => some.map((person) => person.emails[0]).toSorted();

// Those of some people who have this department at Webex.
async function moved(some, department) {
  const ids = some.map((person) => person.id);
  return (await atWebex()).filter((person) => ids.includes(person.id) && person.department === department);
}

// A plan that gives some people a department; its page is shown when it is worked out.
async function plan(department, some, state = "ready") {
  await directory.upload(page, demo, department, directory.list(some, department));
  await page.waitForURL(/\/admin\/directory\/plans\/[0-9a-f-]{36}$/);
  await shown(badge(state));
  await page.getByText(`Applying this plan changes ${some.length} people.`).waitFor();
}

async function apply() {
  await page.getByRole("button", { name: "Apply this plan" }).click();
  await page.waitForURL(/\/admin\/directory\/runs\/[0-9a-f-]{36}$/);
}

const report = () => shown(page.getByRole("heading", { name: "Report" }), 60_000);
const tile = (name) => page.getByRole("list", { name: "Results" }).getByRole("link", { name, exact: true });

// How many a tile of the report counts.
async function counted(what) {
  return Number.parseInt(await tile(new RegExp(`^\\d+ ${what}$`)).innerText(), 10);
}

// Everybody whom the report names under this tile, page after page.
async function named(what) {
  await tile(new RegExp(`^\\d+ ${what}$`)).click();
  await page.waitForURL(/[?]show=/);
  const all = [];
  for (;;) {
    const cells = await page.locator("tbody th .muted").allInnerTexts();
    all.push(...cells.map((text) => text.split("\n")[0]));
    const next = page.getByRole("link", { name: "Next page" });
    if ((await next.count()) === 0) return all.toSorted();
    const here = page.url();
    await next.click();
    await page.waitForURL((url) => url.href !== here);
  }
}

async function decide(needsApproval) {
  await open("/admin/directory");
  // The demo begins the first reading by itself.
  await shown(page.getByRole("heading", { name: "Licences" }), 60_000);
  await page.getByRole("checkbox", { name: NEEDS_APPROVAL }).setChecked(needsApproval);
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("Plans that are made from now on follow this.").waitFor();
  assert.equal(await page.getByRole("checkbox", { name: NEEDS_APPROVAL }).isChecked(), needsApproval);
}

test("step 1: an administrator decides that plans need a second one", async () => {
  await decide(true);
  await inspect(page);
});

test("step 2: a second administrator is invited and is in", async () => {
  await open("/admin/accounts/invite");
  await page.getByLabel("Name").fill("Leila Haddad");
  await page.getByLabel("E-mail").fill("leila.haddad@lindenhof.example");
  await page.getByRole("checkbox", { name: "Administrator", exact: true }).check();
  await page.getByRole("button", { name: "Invite", exact: true }).click();
  const link = await page.getByLabel("Link", { exact: true }).inputValue();
  second = await newPage(browser);
  await second.goto(link);
  await second.getByLabel("Password", { exact: true }).fill("a long enough password 7");
  await second.getByRole("button", { name: "Set the password and sign in" }).click();
  await second.waitForURL((url) => !url.pathname.startsWith("/invite"));
});

test("step 3: whoever made a plan sees for whom it waits, and cannot approve it", async () => {
  await plan("Four eyes", few, "waits for approval");
  waiting = new URL(page.url()).pathname;
  await page.getByText("The plan waits for a second administrator. Ask somebody other than the one who made it").waitFor();
  for (const name of ["Approve", "Apply this plan"]) {
    assert.equal(await page.getByRole("button", { name, exact: true }).count(), 0, name);
  }
  await inspect(page);
  // The button that is not offered is refused as well.
  await page.evaluate((action) => {
    const form = document.createElement("form");
    Object.assign(form, { method: "post", action });
    document.body.append(form);
    form.submit();
  }, `${waiting}/approve`);
  await page.getByText("You made this plan, or the API key that did. Ask another administrator to approve it.").waitFor();
  await inspect(page);
  await open(waiting);
  await page.getByText("The plan waits for a second administrator").waitFor();
  assert.deepEqual(await moved(few, "Four eyes"), []);
});

test("step 4: the second administrator approves the plan, and the first applies it", async () => {
  await second.goto(`${demo.base_url}/admin/directory/plans`);
  await shown(second.getByText("waits for approval"));
  await inspect(second);
  await second.getByRole("link", { name: "Four eyes" }).click();
  await second.getByText("The plan waits for a second administrator").waitFor();
  assert.equal(await second.getByRole("button", { name: "Apply this plan" }).count(), 0);
  await inspect(second);
  await second.getByRole("button", { name: "Approve", exact: true }).click();
  await second.getByText("Approved. The plan can be applied now.").waitFor();
  await second.getByText("Approved by Leila Haddad.").waitFor();
  assert.equal(await second.getByRole("button", { name: "Approve", exact: true }).count(), 0);
  await inspect(second);
  await second.context().close();
  await open(waiting);
  await page.getByText("Approved by Leila Haddad.").waitFor();
  await inspect(page);
  await apply();
  await report();
  assert.equal(await counted("done"), few.length);
  assert.equal((await moved(few, "Four eyes")).length, few.length);
});

test("step 5: a run is stopped in the middle, and says how many were done and who was not", async () => {
  await decide(false);
  await plan("Half way", people);
  // Three requests a person: eighteen seconds and more for everybody.
  await sandbox("POST", "/_sandbox/switches", { "webex.limits": [{ family: "people", requests: 20, seconds: 1 }] });
  await apply();
  await shown(page.locator("[data-stream] .badge", { hasText: "done" }), 60_000);
  await page.locator("summary", { hasText: "Stop" }).click();
  await page.getByRole("button", { name: "Stop the run" }).click();
  await shown(badge(/^(stopping|stopped)$/));
  await sandbox("POST", "/_sandbox/switches", { "webex.limits": [] });
  // Rows that were under way are brought to their end, and the page shows the report by itself.
  await report();
  await shown(page.locator(".page-head", { hasText: "Ended" }));
  await shown(badge("stopped"));
  const run = new URL(page.url()).pathname;
  await page.getByText("Stopped by Ada Lindqvist.").waitFor();
  const [done, left] = [await counted("done"), await counted("left as they are")];
  assert.ok(done > 0 && left > 0, `${done} done, ${left} left: it was stopped in the middle`);
  assert.equal(done + left, people.length, "every row is one or the other");
  await page.getByText(`${done} of ${people.length} rows`, { exact: true }).waitFor();
  await inspect(page);
  const changed = emails(await moved(people, "Half way"));
  assert.equal(changed.length, done);
  const untouched = emails(people).filter((email) => !changed.includes(email));
  assert.deepEqual(await named("left as they are"), untouched);
  await inspect(page);
  await open(run);
  assert.deepEqual(await named("done"), changed);
  await open("/admin/directory/runs");
  await page.getByText(`${people.length} people: ${done} done, ${left} left as they are`).waitFor();
  await page.getByText("Stopped by Ada Lindqvist.").waitFor();
  await inspect(page);
});

test("step 6: rows that Webex refuses are reported with its reason", async () => {
  const body = { message: "Bad Request", errors: [{ description: REASON }], trackingId: "SANDBOX_FAULT" };
  for (const { id } of refused) {
    const fault = { match: { method: "PUT", path: `/v1/people/${id}` }, fault: { status: 400, body } };
    await sandbox("POST", "/_sandbox/faults", fault);
  }
  await plan("Second try", few);
  await apply();
  await report();
  assert.equal(await counted("done"), few.length - refused.length);
  await inspect(page);
  assert.deepEqual(await named("failed"), emails(refused));
  const said = await page.locator("tbody .refusal").allInnerTexts();
  const expected = `Person: Webex does not accept it. Webex said: ${REASON} (HTTP 400)`;
  assert.deepEqual(said, refused.map(() => expected));
  await inspect(page);
  assert.deepEqual(await moved(refused, "Second try"), []);
});

test("step 7: failed rows are tried again once the reason is gone, and are done", async () => {
  await sandbox("DELETE", "/_sandbox/faults");
  await page.getByRole("button", { name: "Retry failed rows" }).click();
  await shown(tile(`${few.length} done`), 60_000);
  await shown(badge("ended"));
  assert.equal(await page.getByRole("button", { name: "Retry failed rows" }).count(), 0);
  await inspect(page);
  assert.deepEqual(await named("done"), emails(few));
  assert.equal(await page.locator("tbody .refusal").count(), 0, "nothing is left of what was refused");
  assert.equal((await moved(refused, "Second try")).length, refused.length);
  assert.deepEqual(page.troubles, []);
});
