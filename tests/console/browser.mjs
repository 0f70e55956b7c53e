// A browser that notes what it should not have seen.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import path from "node:path";

const tools = createRequire(path.join(process.env.TOOLS, "package.json"));
const { chromium } = tools("playwright-core");
const AXE = readFileSync(tools.resolve("axe-core/axe.min.js"), "utf8");
export const ADDRESS = process.env.ADDRESS;
export const PICTURES = process.env.PICTURES;

export const launch = () => chromium.launch({ executablePath: process.env.CHROMIUM, args: ["--no-sandbox", "--disable-gpu"] });

/** A page; `seen` has what went wrong on it and what it asked for. */
export async function open(browser, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const seen = { wrong: [], requests: [] };
  page.on("pageerror", error => seen.wrong.push(`error: ${error.message}`));
  page.on("console", message => {
    // That a page has the status of its problem is no error of the page.
    if (message.type() === "error" && !/the server responded with a status of/.test(message.text())) seen.wrong.push(message.text());
  });
  page.on("request", request => seen.requests.push(request.url()));
  return { page, context, seen };
}

/** Opens a page of the demo, or of another address. */
export async function go(page, where, address = ADDRESS) {
  const response = await page.goto(address + where, { waitUntil: "load" });
  return response;
}

/** What axe-core finds against WCAG 2.2 AA. */
export async function findings(page) {
  await page.evaluate(AXE);
  const found = await page.evaluate(() => window.axe.run(document, {
    runOnly: { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] },
  }));
  return found.violations.flatMap(of => of.nodes.map(node => `${of.id}: ${node.target.join(" ")} ${node.failureSummary}`));
}

export async function api(where) {
  const response = await fetch(ADDRESS + where);
  if (!response.ok) throw new Error(`${where}: ${response.status} ${await response.text()}`);
  return response.json();
}
