// Starts the demo on free ports, with options of its command line, and reads where it is and who can sign in.

import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";

const root = resolve(import.meta.dirname, "../../..");
const binary = process.env.SWITCHBOARD_BIN ?? join(root, "target/debug/switchboard");

export async function startDemo(...options) {
  const folder = await mkdtemp(join(tmpdir(), "switchboard-demo-"));
  const data = join(folder, "data");
  const listen = ["--listen", "127.0.0.1:0", "--sandbox-listen", "127.0.0.1:0"];
  const child = spawn(binary, ["demo", "--data", data, ...listen, ...options], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise((done) => child.once("exit", done));
  await ready(child);
  const record = JSON.parse(await readFile(join(data, "demo.json"), "utf8"));
  return {
    ...record,
    async stop() {
      child.kill("SIGTERM");
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

// The guide's last line is printed once everything listens.
async function ready(child) {
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.includes("Press Ctrl+C to stop")) {
      child.stdout.resume();
      return;
    }
  }
  throw new Error("the demo ended before it was ready");
}
