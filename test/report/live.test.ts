/** The page of a run that goes on. */
import { request } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { serveLive, type LiveReport } from "../../src/report/live.js";
import { BROWSERS, executablePath, launchBrowser } from "./browser.js";
import { reportHtml } from "../../src/report/html/page.js";
import { syntheticInput } from "./synthetic.js";

let stop = new AbortController();
let trials = 1;

async function serve(): Promise<LiveReport> {
  stop = new AbortController();
  trials = 1;
  const page = (): Promise<string> => reportHtml(syntheticInput({ repetitions: trials }), { live: true });
  return serveLive({ version: () => Promise.resolve(String(trials)), page }, { port: 0, signal: stop.signal });
}

afterEach(() => stop.abort());

function status(url: string, method: string, host?: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, ...(host !== undefined && { headers: { host } }) }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    sent.on("error", reject).end();
  });
}

describe("serveLive", { timeout: 120_000 }, () => {
  it("answers on the loopback address, and only to those who name it so", async () => {
    const { url } = await serve();
    expect(new URL(url).hostname).toBe("127.0.0.1");
    expect(await status(url, "GET")).toBe(200);
    expect(await status(url, "GET", "evil.example")).toBe(403);
    expect(await status(url, "POST")).toBe(405);
    expect(await status(`${url}etc/passwd`, "GET")).toBe(404);
  });

  it("says when there is more, once", async () => {
    const { url } = await serve();
    const response = await fetch(`${url}events`);
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader?.read())?.value).toBe("retry: 2000\n\n");
    trials = 2;
    expect((await reader?.read())?.value).toBe("event: changed\ndata:\n\n");
    await reader?.cancel();
  });

  it("ends with all its readers when it is told to", async () => {
    const { url, ended } = await serve();
    const response = await fetch(`${url}events`);
    stop.abort();
    await ended;
    await expect(response.text()).rejects.toThrow();
    await expect(fetch(url)).rejects.toThrow();
  });

  it("names a port that is taken", async () => {
    const { url } = await serve();
    const port = Number(new URL(url).port);
    const again = serveLive(
      { version: () => Promise.resolve(""), page: () => Promise.resolve("") },
      { port, signal: stop.signal },
    );
    await expect(again).rejects.toMatchObject({
      code: "PORT_UNUSABLE",
      message: expect.stringContaining(String(port)) as string,
    });
  });

  it.skipIf(executablePath === undefined)(`renews the page (needs one of ${BROWSERS.join(", ")})`, async () => {
    const { url } = await serve();
    const browser = await launchBrowser();
    try {
      const page = await (await browser.newContext()).newPage();
      await page.goto(url);
      const verdict = () => page.locator(".verdict span").textContent();
      expect(await verdict()).toContain("12 trials ok");
      await delay(200);
      trials = 2;
      await expect.poll(verdict, { timeout: 90_000 }).toContain("24 trials ok");
    } finally {
      await browser.close();
    }
  });
});
