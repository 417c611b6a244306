// A visitor's journey: choose a time, book, watch what arrives, read the mail, move and cancel; on a phone, on a wide
// screen, by keyboard, without script, and in a frame on another site.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";

import { PHONE, WIDE, inspect, newPage, startBrowser } from "./lib/browser.js";
import { startDemo } from "./lib/demo.js";
import { ask, calendarsRead, connect, sandbox } from "./lib/providers.js";

// What a visitor's browser may be sent from the type's page to the appointment with its link, headers included.
const MOST_BYTES = 50_000;
// Cumulative layout shift; up to 0.1 passes as good elsewhere.
const MOST_SHIFT = 0.02;

let demo, browser, site;

before(async () => {
  [demo, browser] = await Promise.all([startDemo(), startBrowser()]);
  site = new URL(demo.booking_urls[0]).pathname.split("/").slice(0, 3).join("/");
  for (const provider of ["webex", "microsoft"]) await connect(browser, demo, demo.hosts[0], provider);
  await calendarsRead(demo);
});

after(async () => {
  await browser?.close();
  await demo?.stop();
});

// A visitor's page that adds up what is transferred, and notes what moves without having been asked to.
async function visit({ viewport = WIDE, ...options } = {}) {
  const page = await newPage(browser, { viewport, timezoneId: "Europe/Berlin", ...options });
  const debug = await page.context().newCDPSession(page);
  await debug.send("Network.enable");
  page.bytes = 0;
  debug.on("Network.loadingFinished", ({ encodedDataLength }) => (page.bytes += encodedDataLength));
  await page.addInitScript(() => {
    window.shift = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shift += entry.value;
    }).observe({ type: "layout-shift", buffered: true });
  });
  return page;
}

// Nothing has moved so far.
async function still(page) {
  const shift = await page.evaluate(() => window.shift);
  assert.ok(shift < MOST_SHIFT, `${new URL(page.url()).pathname} moved by ${shift}`);
}

// The page is what every page must be, and nothing has moved; goes on in the same window.
async function look(page) {
  await still(page);
  const viewport = page.viewportSize();
  await inspect(page);
  await page.setViewportSize(viewport);
}

// A page in the visitor's own zone, once the browser has named it.
async function openType(page, slug, query = "") {
  await page.goto(`${demo.base_url}${site}/${slug}${query}`);
  await page.locator("table.days a").first().waitFor();
}

// Chooses the last free day of the month that is shown; answers its date.
async function chooseDay(page) {
  const day = page.locator("table.days a").last();
  const date = new URL(await day.getAttribute("href"), page.url()).searchParams.get("day");
  await day.click();
  await page.waitForURL((url) => url.searchParams.get("day") === date);
  return date;
}

async function fillIn(page, { name = "Mara Visitor", email, place }) {
  await page.locator("#name").fill(name);
  await page.locator("#email").fill(email);
  if (place) await page.getByLabel(place).check();
  const question = page.locator("#answer_topic");
  if (await question.count()) await question.selectOption({ index: 1 });
}

async function mailsTo(email, subject) {
  for (let tries = 0; tries < 100; tries += 1) {
    const { mails } = await sandbox(demo, "GET", `/_sandbox/mails?to=${encodeURIComponent(email)}`);
    const found = mails.filter((mail) => subject.test(mail.subject));
    if (found.length) return found;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`no mail ${subject} came to ${email}`);
}

async function bookingsOf(email) {
  return (await ask(demo, "GET", `/api/v1/bookings?email=${encodeURIComponent(email)}`)).body.items;
}

for (const [screen, viewport] of [["a phone", PHONE], ["a wide screen", WIDE]]) {
  test(`on ${screen}: book, watch what arrives, read the mail, move and cancel`, async () => {
    const email = `mara.${viewport.width}@visitor.example`;
    const page = await visit({ viewport, timezoneId: "America/New_York" });
    await page.goto(`${demo.base_url}${site}`);
    await look(page);
    await page.getByRole("link", { name: /Ask a librarian/ }).click();
    await page.waitForURL((url) => url.searchParams.get("zone") === "America/New_York");
    await page.getByText("Times are in America/New_York").waitFor();
    await page.getByRole("link", { name: "30 minutes" }).click();
    await look(page);

    await page.getByRole("link", { name: "Next month" }).click();
    await page.getByRole("link", { name: "Previous month" }).waitFor();
    await page.getByRole("link", { name: "Change time zone" }).click();
    await page.getByLabel("Time zone").selectOption("Europe/Berlin");
    await page.getByRole("button", { name: "Show times" }).click();
    await page.getByText("Times are in Europe/Berlin").waitFor();
    const date = await chooseDay(page);
    await look(page);
    const button = page.locator("#times button").first();
    const start = await button.getAttribute("value");
    assert.equal(new Date(start).toISOString().slice(0, 10), date);
    const clock = (await button.textContent()).trim();
    await button.click();

    await page.getByText(/This time is held for you until \d\d:\d\d/).waitFor();
    await page.getByText(/\d+ minutes left/).first().waitFor();
    await page.getByText(clock).first().waitFor();
    assert.equal((await hold(start)).status, 409, "nobody else can hold it");
    await look(page);
    await fillIn(page, { email, place: "Online with Webex" });
    await page.getByRole("button", { name: "Book appointment" }).click();

    await page.getByRole("heading", { name: "You have an appointment" }).waitFor();
    const booking = page.url();
    await page.locator("#arriving [data-done]").waitFor({ state: "attached" });
    await page.getByRole("link", { name: "Join the meeting" }).waitFor();
    for (const arrived of ["The meeting link is ready", "It is in your host’s calendar", "is on its way"]) {
      await page.locator(".arrivals .done", { hasText: arrived }).waitFor();
    }
    await look(page);

    const [mail] = await mailsTo(email, /Ask a librarian/);
    const inbox = await visit({ viewport });
    await inbox.goto(`${demo.sandbox_url}/_sandbox/mails/${mail.id}`);
    await inbox.getByText(email).first().waitFor();
    const manage = mail.text.match(/https?:\/\/\S+\/booking\/[\w-]+/)[0];
    assert.equal(new URL(manage).pathname, new URL(booking).pathname);
    await inbox.goto(manage);
    await inbox.getByRole("link", { name: "Choose another time" }).click();
    await look(inbox);
    await inbox.locator("#times button").last().click();
    await inbox.getByRole("heading", { name: "Move this appointment?" }).waitFor();
    await look(inbox);
    await inbox.getByRole("button", { name: "Move appointment" }).click();
    await inbox.waitForURL((url) => !url.pathname.endsWith("/move"));
    await inbox.getByText("It was moved to").waitFor();
    const [moved] = await bookingsOf(email);
    assert.notEqual(moved.start, start);
    assert.equal(moved.place.kind, "webex");

    await inbox.getByRole("link", { name: "Cancel appointment" }).click();
    await look(inbox);
    await inbox.getByLabel("Reason").fill("I found it <b>myself</b>.");
    await inbox.getByRole("button", { name: "Cancel appointment" }).click();
    await inbox.getByRole("heading", { name: "This appointment is cancelled" }).waitFor();
    await inbox.getByText("I found it <b>myself</b>.").waitFor();
    await look(inbox);
    await mailsTo(email, /cancel/i);
    assert.equal((await bookingsOf(email))[0].state, "cancelled");
    await Promise.all([page.context().close(), inbox.context().close()]);
  });
}

async function hold(start) {
  return ask(demo, "POST", "/api/v1/holds", { type: "ask-a-librarian", start, duration: 30 });
}

test("booking needs less than 50 kB in all, and nothing moves on the way", async () => {
  for (const viewport of [PHONE, WIDE]) {
    const page = await visit({ viewport, timezoneId: "America/New_York" });
    await openType(page, "literature-search");
    await page.getByText("Times are in America/New_York").waitFor();
    await chooseDay(page);
    await still(page);
    await page.locator("#times button").first().click();
    await fillIn(page, { email: `small.${viewport.width}@visitor.example` });
    await still(page);
    await page.getByRole("button", { name: "Book appointment" }).click();
    await page.locator("#arriving [data-done]").waitFor({ state: "attached" });
    await page.getByRole("link", { name: "Join the meeting" }).waitFor();
    await still(page);
    assert.ok(page.bytes > 10_000 && page.bytes < MOST_BYTES, `${page.bytes} bytes were transferred`);
    await page.context().close();
  }
});

test("by keyboard alone", async () => {
  const email = "kim@visitor.example";
  const page = await visit();
  await openType(page, "printing-and-scanning");
  await page.keyboard.press("Tab");
  assert.equal(await focused(page), "Skip to content");
  await page.keyboard.press("Enter");
  await tabTo(page, (it) => it.closest("table.days"));
  const first = await focused(page);
  await page.keyboard.press("PageDown");
  await page.getByRole("link", { name: "Previous month" }).waitFor();
  await page.waitForFunction(() => document.activeElement.closest("table.days"));
  await page.keyboard.press("ArrowDown");
  const day = await page.evaluate(() => new URL(document.activeElement.href).searchParams.get("day"));
  assert.notEqual(await focused(page), first);
  await page.keyboard.press("Enter");
  await page.waitForURL((url) => url.searchParams.get("day") === day);
  await tabTo(page, (it) => it.name === "start");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/details/);
  await tabTo(page, (it) => it.id === "name");
  await page.keyboard.type("Kim Keys");
  await page.keyboard.press("Tab");
  await page.keyboard.type("kim at home");
  await page.keyboard.press("Enter");
  // The browser itself sees that this is no address, and stays in the field.
  assert.equal(await page.evaluate(() => document.activeElement.id), "email");
  await page.keyboard.press("Control+a");
  await page.keyboard.type(email);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "You have an appointment" }).waitFor();
  assert.equal((await bookingsOf(email)).length, 1);
  await page.context().close();
});

async function focused(page) {
  return page.evaluate(() => document.activeElement.textContent.trim());
}

async function tabTo(page, isThere) {
  for (let presses = 0; presses < 80; presses += 1) {
    await page.keyboard.press("Tab");
    if (await page.evaluate(`Boolean((${isThere})(document.activeElement))`)) return;
  }
  throw new Error("the keyboard does not get there");
}

test("without script, in German by what the browser accepts", async () => {
  const email = "grete@visitor.example";
  const page = await newPage(browser, { javaScriptEnabled: false, viewport: PHONE, locale: "de-AT" });
  await page.goto(`${demo.base_url}${site}`);
  assert.equal(await page.locator("html").getAttribute("lang"), "de");
  await page.getByRole("heading", { name: "Termin buchen" }).waitFor();
  await page.getByRole("link", { name: /Printing and scanning/ }).click();
  await page.getByRole("link", { name: "Nächster Monat" }).click();
  await chooseDay(page);
  await page.locator("#times button").first().click();
  await page.getByText(/Diese Zeit ist bis \d\d:\d\d Uhr für Sie reserviert/).waitFor();
  await fillIn(page, { name: "Grete Müller", email });
  await page.getByRole("button", { name: "Termin buchen" }).click();
  await page.getByRole("heading", { name: "Sie haben einen Termin" }).waitFor();
  // The page looks again by itself until everything has arrived.
  await page.locator(".arrivals .done", { hasText: "ist unterwegs" }).waitFor({ timeout: 30_000 });
  assert.match((await mailsTo(email, /./))[0].text, /Termin/);
  await page.getByRole("link", { name: "Termin absagen" }).click();
  await page.getByRole("button", { name: "Termin absagen" }).click();
  await page.getByRole("heading", { name: "Dieser Termin ist abgesagt" }).waitFor();
  await page.getByRole("link", { name: "English" }).click();
  await page.getByRole("heading", { name: "This appointment is cancelled" }).waitFor();
  await page.context().close();
});

test("in a frame on another site, which sends no cookies", async () => {
  const email = "fay@visitor.example";
  const framed = `${demo.base_url}${site}/printing-and-scanning?embed=1`;
  const html = `<!doctype html><title>A library</title><iframe title="Booking" width="700" height="900" src="${framed}"></iframe>`;
  const server = createServer((_, answer) => answer.setHeader("content-type", "text/html").end(html));
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  try {
    const page = await newPage(browser);
    // Another name for the same machine is another site.
    await page.goto(`http://localhost:${server.address().port}/`);
    const frame = page.frameLocator("iframe");
    await frame.locator("#times button").last().click();
    await frame.locator("#name").fill("Fay Frame");
    await frame.locator("#email").fill(email);
    await frame.getByRole("button", { name: "Book appointment" }).click();
    await frame.getByRole("heading", { name: "You have an appointment" }).waitFor();
    assert.equal((await bookingsOf(email)).length, 1);
    assert.deepEqual(page.troubles, []);
    await page.context().close();
  } finally {
    server.close();
  }
});
