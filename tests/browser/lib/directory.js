// What journeys through the directory share: Webex's own book of people, and lists that become plans.

import assert from "node:assert/strict";

import { sandbox } from "./providers.js";

// Everybody, as Webex knows them.
export async function atWebex(demo) {
  const wanted = { provider: "webex", email: demo.administrator.email, scopes: ["spark-admin:people_read"] };
  const { access_token } = await sandbox(demo, "POST", "/_sandbox/tokens", wanted);
  const answer = await fetch(`${demo.sandbox_url}/v1/people?max=1000`, { headers: { authorization: `Bearer ${access_token}` } });
  assert.equal(answer.status, 200);
  return (await answer.json()).items;
}

// A list that gives these people a department and leaves their titles alone.
export function list(people, department) {
  const rows = people.map((person) => [person.emails[0], department, ""].join(","));
  return ["email,department,title", ...rows].join("\n");
}

// Asks for the plan of a list.
export async function upload(page, demo, name, text) {
  await page.goto(`${demo.base_url}/admin/directory/plans/new`);
  await page.getByLabel("Name of the plan").fill(name);
  await page.getByLabel("File", { exact: true }).setInputFiles({ name: "people.csv", mimeType: "text/csv", buffer: Buffer.from(text) });
  await page.getByRole("button", { name: "Read the file and make a plan" }).click();
}
