// An administrator's journey through the directory: read it, look at people, upload a list, look at the plan, apply it,
// pause and resume the run, read the report, and take everything back.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { inspect, newPage, PHONE, reloadUntil, signIn, startBrowser } from "./lib/browser.js";
import { startDemo } from "./lib/demo.js";
import * as directory from "./lib/directory.js";
import * as providers from "./lib/providers.js";

const PEOPLE = 120;

let demo, browser, page;
let people, run;

before(async () => {
  [demo, browser] = await Promise.all([startDemo("--by-hand"), startBrowser()]);
  page = await newPage(browser);
  await signIn(page, demo, demo.administrator);
});

after(async () => {
  await browser?.close();
  await demo?.stop();
});

const sandbox = (...call) => providers.sandbox(demo, ...call);
const open = (path) => page.goto(demo.base_url + path);
const atWebex = () => directory.atWebex(demo);
const list = (department) => directory.list(people, department);
const upload = (...named) => directory.upload(page, demo, ...named);
const shown = (locator, timeout = 30_000) => locator.first().waitFor({ timeout });
const badge = (text) => page.locator(".page-head .badge", { hasText: text });

test("step 1: without a connection the pages say what to connect", async () => {
  await open("/admin/directory");
  await page.getByText("Connect a Webex administrator first").waitFor();
  await inspect(page);
  for (const path of ["people", "plans", "plans/new", "rules", "runs", "files"]) {
    assert.equal((await open(`/admin/directory/${path}`)).status(), 200, path);
    await inspect(page);
  }
});

test("step 2: an administrator connects and reads the organization", async () => {
  await sandbox("POST", "/_sandbox/seed", { people: PEOPLE });
  await providers.connect(browser, demo, demo.administrator, "webex", { directory: [] });
  await open("/admin/directory");
  await page.getByText("Press Read now").waitFor();
  await inspect(page);
  await page.getByRole("button", { name: "Read now" }).click();
  await shown(page.getByRole("heading", { name: "Licences" }));
  await shown(page.getByRole("heading", { name: "Meeting sites" }));
  await reloadUntil(page, page.getByText("(found)"));
  await inspect(page);
  people = await atWebex();
  await page.getByRole("link", { name: String(people.length), exact: true }).waitFor();
});

test("step 3: what plans may do is decided in a form that says what is wrong", async () => {
  const percent = page.getByLabel(/more than … percent/);
  await percent.fill("many");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("Write a number from 0 to 100.").waitFor();
  assert.equal(await percent.inputValue(), "many");
  await inspect(page);
  await percent.fill("20");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("Plans that are made from now on follow this.").waitFor();
  assert.equal(await percent.inputValue(), "20");
});

test("step 4: people are searched, filtered and shown", async () => {
  await open("/admin/directory/people");
  await inspect(page);
  await page.getByRole("link", { name: "Next page" }).click();
  await page.getByRole("link", { name: "First page" }).waitFor();
  await page.getByLabel("Name or e-mail").fill("ben.okafor");
  await page.getByRole("button", { name: "Search" }).click();
  assert.equal(await page.locator("tbody tr").count(), 1);
  await page.getByRole("link", { name: "Ben Okafor" }).click();
  await page.getByText("ben.okafor@lindenhof.example").first().waitFor();
  await page.getByText("Everything that Webex says").click();
  await inspect(page);
  await open("/admin/directory/people?q=nobody-of-this-name");
  await page.getByText("Nobody found").waitFor();
  await inspect(page);
});

test("step 5: a list with problems is refused with all of them, and nothing typed is lost", async () => {
  await upload("Everybody reads", "email,departmnt\nada@@example\n,Reference\n");
  await page.getByText("Nothing of the file was used").waitFor();
  assert.ok((await page.locator("tbody tr").count()) >= 1);
  assert.equal(await page.getByLabel("Name of the plan").inputValue(), "Everybody reads");
  await inspect(page);
});

test("step 6: a list becomes a plan that shows every change and changes nothing", async () => {
  const text = list("Reading & <Writing>") + "\nnobody@lindenhof.example,Reference,\n";
  await upload("Everybody reads", text);
  await page.waitForURL(/\/admin\/directory\/plans\/[0-9a-f-]{36}$/);
  await shown(badge("ready"));
  await page.getByText(`Applying this plan changes ${people.length} people.`).waitFor();
  await inspect(page);
  await page.getByLabel("Show").selectOption({ label: "refused altogether" });
  await page.getByRole("button", { name: "Search" }).click();
  await page.getByText("Nobody in the organization has this address").waitFor();
  await inspect(page);
  const [first] = await atWebex();
  assert.notEqual(first.department, "Reading & <Writing>");
});

test("step 7: the run is watched, paused and resumed", async () => {
  // Thirty requests a second leave time to pause.
  await sandbox("POST", "/_sandbox/switches", { "webex.limits": [{ family: "people", requests: 30, seconds: 1 }] });
  await page.getByRole("button", { name: "Apply this plan" }).click();
  await page.waitForURL(/\/admin\/directory\/runs\/[0-9a-f-]{36}$/);
  run = new URL(page.url()).pathname;
  await shown(page.locator("[data-stream] .badge", { hasText: "done" }));
  await page.getByRole("button", { name: "Pause" }).click();
  await shown(badge("paused"));
  await page.getByRole("button", { name: "Resume" }).waitFor();
  await inspect(page);
  const before = (await atWebex()).filter((it) => it.department === "Reading & <Writing>").length;
  assert.ok(before < people.length, "it was paused in the middle");
  await page.getByRole("button", { name: "Resume" }).click();
  await shown(badge("running"));
  await inspect(page);
  await sandbox("POST", "/_sandbox/switches", { "webex.limits": [] });
  await shown(page.getByRole("heading", { name: "Report" }), 60_000);
  assert.ok((await atWebex()).every((it) => it.department === "Reading & <Writing>"));
});

test("step 8: the report says row by row what was done", async () => {
  await page.getByRole("link", { name: `${people.length} done` }).click();
  assert.equal(await page.locator("tbody tr").count(), 50);
  await page.getByText("Reading & <Writing>").first().waitFor();
  await inspect(page);
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "Download the result as CSV" }).click(),
  ]);
  assert.match(download.suggestedFilename(), /\.csv$/);
  await open("/admin/directory/runs");
  await inspect(page);
  await open("/admin/directory/plans");
  await inspect(page);
});

test("step 9: the same list again changes nothing", async () => {
  await upload("Again", list("Reading & <Writing>"));
  await shown(badge("ready"));
  await page.getByText("There is nothing to apply").waitFor();
  await inspect(page);
  await page.locator("summary", { hasText: "Delete" }).click();
  await page.getByRole("button", { name: "Delete the plan" }).click();
  await page.getByText("Nobody was changed by it.").waitFor();
});

test("step 10: an undo plan brings everything back", async () => {
  await open(run);
  await page.getByRole("button", { name: "Make an undo plan" }).click();
  await page.waitForURL(/\/admin\/directory\/plans\/[0-9a-f-]{36}$/);
  await shown(badge("ready"));
  await inspect(page);
  if (await page.locator("summary", { hasText: "Confirm the losses" }).isVisible()) {
    await page.locator("summary", { hasText: "Confirm the losses" }).click();
    await inspect(page);
    await page.getByRole("button", { name: "The losses are meant" }).click();
  }
  await page.getByRole("button", { name: "Apply this plan" }).click();
  await shown(page.getByRole("heading", { name: "Report" }), 60_000);
  const facts = (all) => all.map(({ id, department, title, licenses }) => ({ id, department, title, licenses: licenses.toSorted() }));
  assert.deepEqual(facts(await atWebex()), facts(people));
  await inspect(page);
});

test("step 11: people who were picked are edited by a plan, on a phone", async () => {
  page = await newPage(browser, { viewport: PHONE, hasTouch: true, isMobile: true });
  await signIn(page, demo, demo.administrator);
  await open("/admin/directory/people?q=okafor");
  await page.getByRole("checkbox", { name: "Pick Ben Okafor" }).check();
  await page.getByRole("button", { name: "Edit those who are ticked" }).tap();
  await page.getByRole("button", { name: "Make a plan" }).tap();
  await page.getByText("Nothing was filled in.").waitFor();
  await page.getByLabel("Department").first().fill("Loans");
  await page.getByRole("checkbox", { name: "Empty: Department" }).check();
  await page.getByRole("button", { name: "Make a plan" }).tap();
  await page.getByText("Either write something, or empty the field.").waitFor();
  assert.equal(await page.getByLabel("Department").first().inputValue(), "Loans");
  assert.deepEqual(page.troubles, []);
  await page.context().close();
  page = await newPage(browser);
  await signIn(page, demo, demo.administrator);
  await open("/admin/directory/people?q=okafor");
  await page.getByRole("checkbox", { name: "Pick Ben Okafor" }).check();
  await page.getByRole("button", { name: "Edit those who are ticked" }).click();
  await inspect(page);
  await page.getByLabel("Department").first().fill("Loans");
  await page.getByRole("button", { name: "Make a plan" }).click();
  await shown(badge("ready"));
  await page.locator(".changes", { hasText: "Loans" }).waitFor();
});

test("step 12: rules are stated, and what they name is checked", async () => {
  await open("/admin/directory/rules");
  await inspect(page);
  await page.getByLabel("Department").fill("Reference");
  await page.getByLabel("Licences given").fill("No such licence");
  await page.getByRole("button", { name: "Save the rules" }).click();
  await page.getByText("has no such licence").waitFor();
  assert.equal(await page.getByLabel("Licences given").first().inputValue(), "No such licence");
  await inspect(page);
  await page.getByLabel("Licences given").first().fill("");
  await page.getByLabel("Meeting site", { exact: true }).first().selectOption({ index: 1 });
  await page.getByLabel("Session types, all of them").first().fill("ONS, TRS");
  await page.getByRole("button", { name: "Save the rules" }).click();
  await page.getByText("Saved. Rules change nothing by themselves").waitFor();
  await inspect(page);
  await page.getByRole("button", { name: "Make a plan of the saved rules" }).click();
  await page.waitForURL(/\/admin\/directory\/plans\/[0-9a-f-]{36}$/);
  await shown(badge("ready"), 60_000);
  await inspect(page);
  assert.deepEqual(page.troubles, []);
});
