// The console of a real process on a real broker: hostile names in every field that a customer can fill, and what pages say while partitions are
// restored.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { findings, go, launch, open, PICTURES } from "./browser.mjs";
import { start, until } from "./service.mjs";

/** Of deploy/examples/history.jsonl. */
const HISTORY = 8;
/** What is fetched of a partition at once is so small that the restoring of these few accounts takes several steps, between which it is frozen. */
const SETTINGS = `[engine]
workers = 1
[kafka.properties]
"fetch.message.max.bytes" = "1000"
`;

/** What customers call themselves, their people and what they do, each of 1 to 256 bytes, which is all that is taken. */
const HOSTILE = {
  script: "<script>window.hacked = 1</script>",
  image: "\"><img src=x onerror='window.hacked = 1'>",
  attribute: "' onmouseover='window.hacked = 1' x=\"",
  comment: "--></style></title><svg onload=window.hacked=1>`${window.hacked=1}`",
  address: "javascript:window.hacked=1//%0A{{ 7 * 7 }}&amp;&#x3C;",
  reversed: "\u202eevil\u202d \u2067override \u05e2\u05d5\u05d9\u05df",
  long: "w".repeat(256),
  formula: "=HYPERLINK(\"http://127.0.0.1/\";\"+1\")",
  minus: "-1+1",
  at: "@SUM(A1:A9)",
  tab: "\t=1+1",
};

/** Everything that is told of one such account. */
function records(id, text) {
  const time = new Date(Date.now() - 3_600_000).toISOString();
  const day = time.slice(0, 10);
  const of = (type, fields) => JSON.stringify({ type, time, account: id, ...fields });
  return [
    of("account", {
      name: text, owner: text, account_executive: text, success_role: text, industry: text, region: text, use_cases: [text, text], employees: 120,
      onboarding_completed: day, ids: { [text.slice(0, 100)]: text }, contract: { starts: day, renewal: day, arr: 1000 },
    }),
    of("entitlement", { product: "crm", status: "active", seats: 2, term: text, plan: text, addons: [text], features: [text, "contact.created"] }),
    ...[text, "somebody"].map(user => of("user", { user, name: text, email: text, role: text, level: "executive", department: text, key: true })),
    of("usage", { product: "crm", user: text, feature: text, quantity: 30 }),
    of("usage", { product: "crm", user: text, feature: "contact.created", quantity: 30 }),
    of("gauge", { product: "crm", name: text, value: 3 }),
    of("workflow", { name: text, products: ["crm", "marketing"], user: text }),
    of("nps", { id: text, user: text, score: 1, comment: text }),
    of("outcome", { kind: "renewal", amount: 1, reason: text }),
  ];
}

let browser, service;
const api = async where => {
  const response = await fetch(service.address + where);
  assert.ok(response.ok, `${where}: ${response.status}`);
  return response.json();
};
const at = (page, where) => go(page, where, service.address);
const of = (account, part = "") => `/accounts/${encodeURIComponent(account)}${part && "/"}${part}`;

before(async () => {
  browser = await launch();
  service = await start({ partitions: 3, history: "deploy/examples/history.jsonl", settings: SETTINGS });
  service.run();
  await service.caughtUp(HISTORY);
  service.write(Object.entries(HOSTILE).flatMap(([id, text]) => records(id, text)));
  await service.caughtUp(HISTORY + Object.keys(HOSTILE).length);
  // Rows of lists follow within seconds.
  await until("rows of all accounts with their users", 20, async () => {
    const { data } = await api("/v1/users?page_size=500");
    const named = data.filter(user => user.account in HOSTILE && user.department !== undefined && user.nps_score !== undefined);
    return named.length === Object.keys(HOSTILE).length;
  });
});
after(async () => {
  await browser?.close();
  await service?.end();
});

const PARTS = ["", "products", "timeline", "timeline?by=feature", "timeline?by=gauge", "users", "integrations", "journey", "plays", "history", "why"];

/** Elements with a character that turns texts round, which is neither kept in by an element that isolates nor alone in its block. */
const leaking = page => page.evaluate(() => {
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    if (!/[\u202a-\u202e\u2066-\u2069]/.test(walker.currentNode.data)) continue;
    let of = walker.currentNode.parentElement;
    while (of && getComputedStyle(of).display === "inline" && !getComputedStyle(of).unicodeBidi.startsWith("isolate")) of = of.parentElement;
    const isIsolated = getComputedStyle(of).unicodeBidi.startsWith("isolate") && of.localName === "bdi";
    if (!isIsolated && of.textContent.trim() !== walker.currentNode.data.trim()) found.push(of.outerHTML.slice(0, 300));
  }
  return found;
});

test("hostile names of accounts, users, features, levels, plans, departments and workflows are texts on every page, at 320 px too", async () => {
  const { page, seen } = await open(browser);
  const plain = text => text.replace(/\s+/g, " ").trim();
  // A history takes two seconds to read, so that it is looked at of some.
  const isShown = (id, part) => part !== "history" || ["script", "reversed", "long"].includes(id);
  const pages = Object.keys(HOSTILE).flatMap(id => PARTS.filter(part => isShown(id, part)).map(part => [id, part, of(id, part)]));
  const broken = [];
  const all = ["/", "/accounts", "/accounts?page_size=100&fields=owner,success_role,stage", "/users", "/users?page_size=100", "/incidents"];
  for (const [id, part, where] of [...pages, ...all.map(where => [undefined, "", where])]) {
    const response = await at(page, where);
    assert.equal(response.status(), 200, where);
    await page.evaluate(() => document.querySelectorAll("details").forEach(of => { of.open = true; }));
    assert.equal(await page.evaluate(() => window.hacked), undefined, where);
    assert.equal(await page.locator("main script, main img, main style, main svg[onload], main [onmouseover], main [onerror]").count(), 0, where);
    assert.equal(await page.locator("a[href^='javascript:']").count(), 0, where);
    broken.push(...(await leaking(page)).map(html => `${where}: turned round with what stands beside it: ${html}`));
    if (id) assert.equal(plain(await page.locator("h1 bdi").innerText()), plain(HOSTILE[id]), where);
    for (const width of [320, 1280]) {
      await page.setViewportSize({ width, height: 900 });
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      if (wide > width) broken.push(`${where}: ${wide} px wide at ${width}`);
    }
  }
  assert.deepEqual(broken, []);
  for (const [id, text] of Object.entries(HOSTILE)) {
    const shown = async where => {
      await at(page, where);
      return plain(await page.locator("main").evaluate(main => main.textContent));
    };
    const times = async where => (await shown(where)).split(plain(text)).length - 1;
    assert.ok(await times(of(id, "users")) >= 4, `${id}: name, id, role and department of a user`);
    assert.ok(await times(of(id, "products")) >= 4, `${id}: a feature, a term, a plan and an add-on`);
    assert.ok(await times(of(id, "timeline?by=feature")) >= 1, `${id}: a feature's chart`);
    assert.ok(await times(of(id, "timeline?by=gauge")) >= 1, `${id}: a level's chart`);
    assert.ok(await times(of(id)) >= 4, `${id}: owner, industry, region and use cases`);
  }
  for (const where of ["/users", of("script"), of("long", "products"), of("reversed", "timeline?by=feature"), of("image", "users")]) {
    await at(page, where);
    assert.deepEqual(await findings(page), [], where);
  }
  assert.deepEqual(seen.wrong, []);
  assert.deepEqual(seen.requests.filter(url => !url.startsWith(`${service.address}/`)), []);
});

/** Rows of a CSV file, as a spreadsheet reads them. */
function rowsOf(text) {
  const rows = [[]];
  for (const [, quoted, bare, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/g)) {
    rows.at(-1).push(quoted === undefined ? bare : quoted.replaceAll("\"\"", "\""));
    if (end !== ",") rows.push([]);
  }
  return rows.filter(row => row.length > 1);
}

test("the file for a spreadsheet holds hostile names as texts: what begins like a formula has an apostrophe before it", async () => {
  const { page } = await open(browser);
  await at(page, "/accounts");
  const link = await page.getByRole("link", { name: "All as CSV" }).getAttribute("href");
  const [head, ...rows] = rowsOf(await (await fetch(service.address + link)).text());
  const cell = (row, name) => row[head.indexOf(name)];
  for (const [id, text] of Object.entries(HOSTILE)) {
    const row = rows.find(row => cell(row, "account") === id);
    const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
    for (const name of ["name", "owner", "success_role"]) assert.equal(cell(row, name), safe, `${name} of ${id}`);
  }
  const isFormula = text => /^[=+@\t\r]/.test(text) || (text.startsWith("-") && Number.isNaN(Number(text)));
  assert.deepEqual(rows.flat().filter(isFormula), []);
});

/** A restore that stands still: the process is killed and started anew, and the broker is frozen as soon as something of a changelog was read. */
async function freezeWhileRestoring() {
  for (let tries = 0; tries < 8; tries += 1) {
    await service.kill();
    service.run();
    const deadline = Date.now() + 60_000;
    for (;;) {
      const rows = await service.partitions();
      if (rows.some(row => row.restore_remaining > 0)) {
        service.freeze();
        // What was on its way is read still.
        await new Promise(done => setTimeout(done, 1_000));
        const held = await service.partitions();
        if (held.some(row => row.restore_remaining > 0) && held.every(row => row.state !== "running")) return held;
        service.thaw();
        break;
      }
      if (rows.length > 0 && rows.some(row => row.state === "running")) break;
      if (Date.now() > deadline) throw new Error("no partition began to be restored within 60 s: see service.log");
    }
    await service.caughtUp(HISTORY);
  }
  throw new Error("each restore was over before the broker was frozen");
}

test("while partitions are restored pages say so and how far it is, and the account's page comes by itself", async () => {
  const held = await freezeWhileRestoring();
  try {
    const { page, seen } = await open(browser);
    const left = held.map(row => row.restore_remaining).find(left => left > 0);
    for (const [name, where] of [["today", "/"], ["accounts", "/accounts"], ["users", "/users"], ["incidents", "/incidents"]]) {
      const response = await at(page, where);
      assert.equal(response.status(), 200, where);
      const notices = await page.locator(".notice.warn").allInnerTexts();
      assert.equal(notices.length, 3, `${where}: ${notices.join(" ")}`);
      assert.ok(notices.every(notice => /^Partition \d is being restored/.test(notice)), `${where}: ${notices.join(" ")}`);
      assert.ok(notices.some(notice => /\d+ records? to go/.test(notice)), `${where}: ${notices.join(" ")}`);
      assert.ok(!/no accounts yet|Nobody: no alert/.test(await page.locator("main").innerText()), `${where} tells nothing of accounts that it cannot see`);
      assert.deepEqual(await findings(page), [], where);
      await page.screenshot({ path: `${PICTURES}/restoring-${name}.png` });
    }
    const operations = await at(page, "/operations");
    assert.equal(operations.status(), 200);
    const rows = await page.locator("[aria-labelledby=partitions] tbody tr").allInnerTexts();
    assert.equal(rows.length, 3);
    assert.ok(rows.every(row => /Restoring/.test(row)), rows.join("\n"));
    const told = rows.map(row => row.split("\t")[5]);
    assert.ok(told.includes(String(left)), `${left} records to go: ${rows.join("\n")}`);
    const unknown = held.flatMap((row, place) => row.restore_remaining === undefined ? [told[place]] : []);
    assert.ok(unknown.every(cell => cell.startsWith("–")), `what is not known is never 0: ${rows.join("\n")}`);
    assert.deepEqual(await findings(page), []);
    await page.screenshot({ path: `${PICTURES}/restoring-operations.png` });

    const account = await at(page, of("cobalt"));
    assert.equal(account.status(), 503);
    assert.match(await page.locator("h1").innerText(), /Just a moment/);
    assert.match(await page.locator("main").innerText(), new RegExp(`Partition \\d: restoring, ${left} records? to go`));
    assert.doesNotMatch(await page.locator("main").innerText(), /\b0 records/);
    assert.deepEqual(await findings(page), []);
    await page.screenshot({ path: `${PICTURES}/restoring-account.png` });

    service.thaw();
    // Nobody presses anything.
    await page.waitForFunction(() => document.querySelector("h1 bdi")?.innerText === "Cobalt Foods", null, { timeout: 30_000 });
    assert.deepEqual(seen.wrong, []);
    await service.caughtUp(HISTORY);
    await at(page, "/operations");
    assert.equal(await page.locator(".pill.good").count(), 3, "all run again");
    await at(page, "/accounts");
    assert.equal(await page.locator(".notice.warn").count(), 0);
  } finally {
    service.thaw();
  }
});
