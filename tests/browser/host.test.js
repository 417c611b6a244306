// A host's journey: hours, calendars, appointment types, a booking in the week, its steps tried again, a change made in
// Outlook, its end.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { inspect, newPage, PHONE, reloadUntil, signIn, startBrowser } from "./lib/browser.js";
import { startDemo } from "./lib/demo.js";
import * as providers from "./lib/providers.js";

const DAY = 86_400_000;

let demo, browser, host, page;
let link, type, booking;

before(async () => {
  [demo, browser] = await Promise.all([startDemo(), startBrowser()]);
  host = demo.hosts[0];
  for (const provider of ["webex", "microsoft"]) await providers.connect(browser, demo, host, provider);
  page = await newPage(browser);
  await signIn(page, demo, host);
});

after(async () => {
  await browser?.close();
  await demo?.stop();
});

const ask = (...call) => providers.ask(demo, ...call);
const sandbox = (...call) => providers.sandbox(demo, ...call);

// Monday of the next week, and some days after it, as dates.
function nextWeek(days = 0) {
  const monday = new Date(Date.now() + 7 * DAY);
  monday.setUTCDate(monday.getUTCDate() - ((monday.getUTCDay() + 6) % 7) + days);
  return monday.toISOString().slice(0, 10);
}

// The entry of the booking, as the sandbox's Outlook has it.
async function entries() {
  const week = (await ask("GET", `/api/v1/bookings/${booking}`)).body.start.slice(0, 10);
  const { people } = await sandbox("GET", `/_sandbox/calendars?person=${host.email}&week=${week}`);
  const all = people.flatMap((person) => person.days.flatMap((day) => day.entries));
  return all.filter((entry) => entry.source === "Outlook" && entry.title.includes("Mara Visitor"));
}

// Opens the entry's page in the sandbox's Outlook.
async function openEntry() {
  const [entry] = await entries();
  await page.goto(`${demo.sandbox_url}/_sandbox/calendars?person=${host.email}&week=${entry.start.slice(0, 10)}`);
  await page.getByRole("link", { name: "Move or delete Browser help" }).click();
  return entry;
}

// Reads the calendar at once, and opens the booking.
async function readCalendar() {
  await page.goto(`${demo.base_url}/my/calendars`);
  await page.getByRole("button", { name: /Read now ?: Calendar$/ }).click();
  await page.goto(`${demo.base_url}/my/bookings/${booking}`);
}

test("step 1: the host sets hours, and is told row by row what is wrong", async () => {
  await page.goto(`${demo.base_url}/my/availability`);
  await inspect(page);
  const until = page.getByLabel("Monday, period 1, to");
  await page.getByLabel("Monday, period 1, from").fill("8:30");
  await until.fill("25:00");
  await page.getByRole("button", { name: "Save hours" }).click();
  await page.getByText("Write a time of the day").first().waitFor();
  assert.equal(await until.inputValue(), "25:00", "what was typed is kept");
  await inspect(page);
  await until.fill("12:30");
  await page.getByLabel("Hours empty: closed").last().fill("9-11, 10-12");
  await page.getByLabel("Date", { exact: true }).last().fill(nextWeek(9));
  await page.getByRole("button", { name: "Save hours" }).click();
  await page.getByText("This overlaps with another period").first().waitFor();
  await page.getByLabel("Hours empty: closed").first().fill("10:00–11:00");
  await page.getByRole("button", { name: "Save hours" }).click();
  await page.getByText("Saved. Free times follow these hours").waitFor();
  await page.locator(".preview").getByText("08:30–12:30").first().waitFor();
  await inspect(page);
  const stored = (await ask("GET", `/api/v1/availability/${await accountOf(host)}`)).body;
  assert.deepEqual(stored.overrides, [{ date: nextWeek(9), windows: [["10:00", "11:00"]] }]);
});

async function accountOf(person) {
  const { items } = (await ask("GET", "/api/v1/connections")).body;
  return items.find((item) => item.provider_account === person.email).account_id;
}

test("step 2: the host chooses calendars, and what counts when one cannot be read", async () => {
  await page.goto(`${demo.base_url}/my/calendars`);
  await reloadUntil(page, page.getByText("up to date"));
  await inspect(page);
  assert.ok(await page.getByRole("radio", { name: /written here ?: Calendar/ }).isChecked());
  await page.getByRole("checkbox", { name: "busy by Holidays" }).check();
  const minutes = page.getByLabel("for so long what is known of Holidays counts");
  await page.getByLabel("When Holidays cannot be read").selectOption("closed");
  assert.ok(await minutes.isHidden(), "minutes matter under one policy only");
  await page.getByLabel("When Holidays cannot be read").selectOption("last_known");
  await minutes.fill("a while");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("Write a number of minutes").waitFor();
  assert.equal(await minutes.inputValue(), "a while");
  await inspect(page);
  await minutes.fill("90");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.waitForURL("**/my/calendars");
  assert.ok(await page.getByRole("checkbox", { name: "busy by Holidays" }).isChecked());
  assert.equal(await minutes.inputValue(), "90");
  await inspect(page);
});

test("step 3: the host makes an appointment type with a question, by keyboard rows", async () => {
  await page.goto(`${demo.base_url}/my/appointment-types`);
  await inspect(page);
  await page.goto(`${demo.base_url}/my/appointment-types/new`);
  await inspect(page);
  await page.getByLabel("Name", { exact: true }).fill("Browser help");
  await page.getByLabel("Shortest notice").fill("0 minutes");
  await page.getByLabel("Lengths to choose from").fill("0");
  await page.getByLabel("When I move or delete the entry in Outlook").selectOption({ label: "I am asked first" });
  await page.getByRole("textbox", { name: "Question 1" }).fill("Which browser?");
  await page.getByRole("button", { name: "Add another question" }).click();
  assert.equal(await page.getByRole("textbox", { name: "Question 1" }).inputValue(), "Which browser?");
  assert.ok(await page.getByRole("textbox", { name: "Question 2" }).evaluate((it) => it === document.activeElement), "the cursor is in the new row");
  await page.getByRole("textbox", { name: "Question 1" }).press("Enter");
  await page.getByText("Give 1 to 10 durations").waitFor();
  assert.equal(await page.getByLabel("Name", { exact: true }).inputValue(), "Browser help");
  await inspect(page);
  await page.getByLabel("Lengths to choose from").fill("30 minutes");
  await page.getByRole("textbox", { name: "Question 1" }).press("Enter");
  await page.waitForURL(/\/my\/appointment-types\/[0-9a-f-]{36}$/);
  link = await page.getByLabel("Booking link").inputValue();
  assert.match(link, /\/book\/[^/]+\/browser-help$/);
  type = new URL(page.url()).pathname.split("/").pop();
  await inspect(page);
});

test("step 4: an administrator makes types that several people host, in turns or together", async () => {
  const admin = await newPage(browser);
  await signIn(admin, demo, demo.administrator);
  for (const [name, mode] of [["Whoever is free", "any"], ["Both of us", "all"]]) {
    await admin.goto(`${demo.base_url}/my/appointment-types/new`);
    await admin.getByLabel("Name", { exact: true }).fill(name);
    await admin.getByLabel("How many hosts").selectOption(mode);
    for (const person of [demo.hosts[0], demo.hosts[1]]) {
      await admin.locator("fieldset.checks .check", { hasText: person.email }).getByRole("checkbox").check();
    }
    await admin.getByRole("combobox", { name: "Way to meet 1" }).selectOption({ label: "In person" });
    await admin.getByRole("button", { name: "Create" }).click();
    await admin.getByText("Say where: the address or the room.").waitFor();
    await admin.getByLabel("Location or remark").first().fill("Room 4");
    await admin.getByRole("button", { name: "Create" }).click();
    await admin.getByText("The appointment type is there.").waitFor();
    await inspect(admin);
  }
  await admin.goto(`${demo.base_url}/my/appointment-types`);
  await admin.locator("section.card", { hasText: "Both of us" }).getByText("all of several together").waitFor();
  await inspect(admin);
  for (const path of ["/my/week", "/my/bookings", "/admin/calendars", "/admin/mails", "/admin/mail-templates"]) {
    assert.equal((await admin.goto(demo.base_url + path)).status(), 200, path);
    await inspect(admin);
  }
  await admin.getByRole("link", { name: "English text of Booking confirmations" }).click();
  await inspect(admin);
  await admin.context().close();
});

test("step 5: the link leads visitors to the type", async () => {
  const visitor = await newPage(browser);
  const answer = await visitor.goto(link);
  assert.equal(answer.status(), 200);
  await visitor.getByText("Browser help").first().waitFor();
  await visitor.context().close();
});

test("step 6: a booking stands in the week, and its meeting cannot be made", async () => {
  const fault = { match: { method: "POST", path: "/v1/meetings" }, fault: { status: 500 } };
  await sandbox("POST", "/_sandbox/faults", fault);
  const slots = await ask("GET", `/api/v1/slots?type=${type}&from=${nextWeek()}&to=${nextWeek(5)}&zone=UTC`);
  const start = slots.body.items[0].start;
  const visitor = { name: "Mara Visitor", email: "mara@visitor.example", zone: "Europe/Berlin" };
  const made = await ask("POST", "/api/v1/bookings", { type, start, visitor, answers: { which_browser: "Firefox" } });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  booking = made.body.id;
  await page.goto(`${demo.base_url}/my/week?start=${start.slice(0, 10)}`);
  await page.getByRole("link", { name: "Mara Visitor" }).waitFor();
  await inspect(page);
  await page.getByRole("link", { name: "Mara Visitor" }).click();
  await page.waitForURL(`**/my/bookings/${booking}`);
  await page.locator(".steps li.waiting, .steps li.retrying, .steps li.failed", { hasText: "Webex meeting" }).waitFor();
  await page.getByText("Firefox").waitFor();
  await inspect(page);
});

test("step 7: the host tries again, and watches the meeting arrive", async () => {
  await sandbox("DELETE", "/_sandbox/faults");
  await page.getByRole("button", { name: "Retry now" }).click();
  await page.locator(".steps li.ok", { hasText: "Webex meeting" }).waitFor();
  // The page follows by itself, with badge and link.
  await page.locator(".page-head").getByText("all done").waitFor();
  await page.getByText("Meeting link").waitFor();
  await inspect(page);
});

test("step 8: why the time is not offered any more is said, with a link to the booking", async () => {
  const { start } = (await ask("GET", `/api/v1/bookings/${booking}`)).body;
  await page.goto(`${demo.base_url}/my/appointment-types/${type}/why?date=${start.slice(0, 10)}`);
  await page.getByText("Booked already: Browser help with Mara Visitor").first().waitFor();
  await inspect(page);
});

test("step 9: the host moves the entry in Outlook, is asked, and lets the appointment follow", async () => {
  const entry = await openEntry();
  await page.getByLabel("New start").fill(`${nextWeek(3)}T10:00`);
  await page.getByLabel("New end").fill(`${nextWeek(3)}T10:45`);
  await page.getByRole("button", { name: "Move", exact: true }).click();
  await readCalendar();
  await reloadUntil(page, page.getByText("moved the entry in Outlook to"));
  await page.locator(".page-head").getByText("changed in Outlook").waitFor();
  assert.equal((await ask("GET", `/api/v1/bookings/${booking}`)).body.start.slice(0, 10), entry.start.slice(0, 10));
  await inspect(page);
  await page.getByRole("button", { name: "Follow, and tell the visitor" }).click();
  await page.getByText("The appointment follows; the visitor gets a mail.").waitFor();
  const now = (await ask("GET", `/api/v1/bookings/${booking}`)).body;
  assert.equal(now.start.slice(0, 10), nextWeek(3));
  assert.equal(Date.parse(now.end) - Date.parse(now.start), 45 * 60_000);
  await reloadUntil(page, page.locator(".page-head").getByText("all done"));
  await inspect(page);
});

test("step 10: the host deletes the entry, thinks again, and it is put back", async () => {
  await openEntry();
  await page.getByRole("button", { name: "Delete this entry" }).click();
  await readCalendar();
  await reloadUntil(page, page.getByText("deleted the entry in Outlook"));
  await inspect(page);
  await page.getByRole("button", { name: "Put the entry back" }).click();
  await page.getByText("the entry in Outlook is put back").waitFor();
  await reloadUntil(page, page.locator(".page-head").getByText("all done"));
  assert.equal((await entries()).length, 1, "one entry stands there again");
});

test("step 11: on a phone, the host moves the appointment and cancels it", async () => {
  page = await newPage(browser, { viewport: PHONE, hasTouch: true, isMobile: true });
  await signIn(page, demo, host);
  await page.goto(`${demo.base_url}/my/week?start=${nextWeek(3)}`);
  await page.getByRole("link", { name: "Mara Visitor" }).tap();
  await page.getByRole("link", { name: "Move to another time" }).tap();
  await page.waitForURL("**/move");
  await page.locator(".times-to-pick button").last().tap();
  await page.getByText("Moved to").waitFor();
  await page.getByText("Cancel the appointment").first().tap();
  await page.getByLabel("Reason").fill("The browser mended itself.");
  await page.getByRole("button", { name: "Cancel the appointment" }).tap();
  await page.getByText("the time is free again").first().waitFor();
  await page.getByText("The browser mended itself.").waitFor();
  assert.deepEqual(page.troubles, []);
  await page.context().close();
});

test("step 12: every page that was passed on the phone is sound", async () => {
  page = await newPage(browser);
  await signIn(page, demo, host);
  const paths = [`/my/bookings/${booking}`, "/my/bookings?part=cancelled&q=mara", "/my/bookings?part=past", "/my/bookings"];
  for (const path of paths) {
    assert.equal((await page.goto(demo.base_url + path)).status(), 200, path);
    await inspect(page);
  }
  await page.goto(`${demo.base_url}/my/bookings?part=cancelled&q=mara`);
  await page.getByText("Mara Visitor").waitFor();
  const others = (await ask("GET", "/api/v1/bookings")).body.items.filter((it) => it.state === "confirmed");
  assert.deepEqual(others, [], "nothing else was booked");
});
