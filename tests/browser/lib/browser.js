// A real Chromium from the system, and what every page has to satisfy in it.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";

import { chromium } from "playwright-core";

const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const candidates = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

// Nothing that the browser would do on its own account.
const quiet = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export const WIDE = { width: 1280, height: 900 };
export const PHONE = { width: 390, height: 844 };

export async function startBrowser() {
  const executablePath = candidates.find((path) => path && existsSync(path));
  assert.ok(executablePath, "no Chromium found; install the package chromium or set CHROMIUM");
  return chromium.launch({ executablePath, args: quiet });
}

// A page that fails the test when a script throws, a policy is broken or the server has a fault.
export async function newPage(browser, options = {}) {
  const context = await browser.newContext({ viewport: WIDE, locale: "en-GB", ...options });
  const page = await context.newPage();
  page.troubles = [];
  page.on("pageerror", (error) => page.troubles.push(`script: ${error.message}`));
  page.on("console", (message) => {
    const text = message.text();
    // A refused form (422) and a missing page (404) are also reported here; the tests look at them themselves.
    if (message.type() === "error" && !text.startsWith("Failed to load resource")) page.troubles.push(text);
  });
  page.on("response", (response) => {
    if (response.status() >= 500) page.troubles.push(`${response.status()} ${response.url()}`);
  });
  return page;
}

export async function signIn(page, demo, account) {
  await page.goto(`${demo.base_url}/sign-in`);
  await page.getByLabel("E-mail").fill(account.email);
  await page.getByLabel("Password", { exact: true }).fill(account.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL((url) => !url.pathname.startsWith("/sign-in"));
}

// Loads the page until it shows this; jobs of the server bring it about.
export async function reloadUntil(page, locator) {
  for (let tries = 0; tries < 60; tries++) {
    if (await locator.first().isVisible()) return;
    await locator.first().waitFor({ timeout: 1000 }).catch(() => page.reload());
  }
  assert.fail(`${page.url()} does not show ${locator}`);
}

// What every page must be: accessible, without trouble, and no wider than the screen, light and dark, wide and narrow.
export async function inspect(page) {
  const place = new URL(page.url()).pathname;
  assert.equal(await page.locator("h1").count(), 1, `${place}: one heading says where you are`);
  for (const viewport of [WIDE, PHONE]) {
    await page.setViewportSize(viewport);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    assert.ok(overflow <= 0, `${place} is ${overflow} px too wide at ${viewport.width} px`);
    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme });
      const found = await violations(page);
      assert.deepEqual(found, [], `${place}, ${colorScheme}, ${viewport.width} px`);
    }
  }
  await page.setViewportSize(WIDE);
  await page.emulateMedia({ colorScheme: "light" });
  assert.deepEqual(page.troubles, [], place);
}

// The policy forbids scripts from elsewhere, so axe is run through the debugger, which the policy does not bind.
async function violations(page) {
  if (!(await page.evaluate("typeof window.axe === 'object'"))) {
    await page.evaluate(await source());
  }
  const results = await page.evaluate("axe.run(document, { resultTypes: ['violations'] })");
  return results.violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map((node) => node.html).join(" | ")}`);
}

let text;
async function source() {
  const { readFile } = await import("node:fs/promises");
  text ??= `${await readFile(axe, "utf8")}; undefined`;
  return text;
}
