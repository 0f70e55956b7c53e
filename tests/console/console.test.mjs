// The console with the demo's story told.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import zlib from "node:zlib";
import http from "node:http";
import { ADDRESS, PICTURES, api, findings, go, launch, open } from "./browser.mjs";

let browser, rich, single, hostile;

/** Ids that a page has to survive. Records of touchpoints make accounts of them. */
const HOSTILE = [
  "<script>window.hacked = 1</script>",
  "\"><img src=x onerror='window.hacked = 1'>",
  "' onmouseover='window.hacked = 1",
  "{{ 7 * 7 }} & &amp; %3Cb%3E ?q=#x",
  "\u202eמשתמש עוין\u202e end",
  "very-long-" + "w".repeat(230),
];

async function report(record) {
  const response = await fetch(`${ADDRESS}/v1/inputs`, {
    method: "POST",
    headers: { "content-type": "application/json", "sec-fetch-site": "same-origin" },
    body: JSON.stringify(record),
  });
  assert.equal(response.status, 202, await response.clone().text());
  return (await response.json()).data.record;
}

before(async () => {
  browser = await launch();
  const { data } = await api("/v1/accounts?order_by=products_adopted%20desc,open_plays%20desc&page_size=500");
  rich = data[0].account;
  single = data.find(row => row.products_adopted === 1)?.account ?? data[1].account;
  // The demo's own clock, for the story is told and nothing comes after it.
  const { as_of } = await api(`/v1/accounts/${encodeURIComponent(rich)}`);
  const time = as_of[0].clock;
  for (const account of HOSTILE) {
    const record = await report({ type: "nps", id: `hostile/${account}`.slice(0, 200), time, account, user: account, score: 3 });
    await api(`/v1/accounts/${encodeURIComponent(account)}?wait_for=${encodeURIComponent(record)}`);
  }
  hostile = HOSTILE;
  // Rows of lists may be five seconds old.
  for (let tries = 0; tries < 50; tries += 1) {
    const { total } = await api(`/v1/accounts?q=${encodeURIComponent("hacked")}`);
    if (total >= 3) break;
    await new Promise(done => setTimeout(done, 200));
  }
});
after(() => browser.close());

const of = (account, part = "") => `/accounts/${encodeURIComponent(account)}${part && "/"}${part}`;
const PARTS = ["", "products", "timeline", "users", "integrations", "journey", "plays", "history", "why"];

/** Every page, by a name for its picture. */
function pages() {
  return [
    ["today", "/"],
    ["accounts", "/accounts"],
    ["accounts-columns", "/accounts?fields=stage,health,arr,features_used_14d,features_used_by_day&order_by=health%20desc"],
    ["accounts-wrong", "/accounts?filter=helth%20%3C%2050"],
    ["accounts-empty", "/accounts?q=nobody-of-this-name"],
    ["worklist", "/accounts?worklist=not_contacted"],
    ["users", "/users"],
    ["incidents", "/incidents"],
    ["playbook", "/playbook"],
    ["rule", "/playbook/rules/usage_drop"],
    ["operations", "/operations"],
    ...PARTS.map(part => [`account-${part || "overview"}`, of(rich, part)]),
    ["account-timeline-users", `${of(rich, "timeline")}?by=active_users`],
    ["account-single", of(single)],
    ["problem", "/accounts/there-is-none"],
    ["nowhere", "/nowhere"],
  ];
}

for (const colorScheme of ["light", "dark"]) {
  test(`every page ${colorScheme}: no finding of axe-core, nothing refused, nothing foreign`, async () => {
    const { page, seen } = await open(browser, { colorScheme });
    for (const [name, where] of pages()) {
      seen.requests.length = 0;
      const response = await go(page, where);
      const status = ["problem", "nowhere"].includes(name) ? 404 : 200;
      assert.equal(response.status(), status, where);
      const policy = response.headers()["content-security-policy"];
      assert.match(policy, /default-src 'none'.*script-src 'self'.*style-src 'self'/, where);
      assert.equal(await page.locator("h1").count(), 1, `${where}: one heading of the page`);
      assert.deepEqual(await findings(page), [], where);
      assert.deepEqual(seen.wrong, [], where);
      assert.deepEqual(seen.requests.filter(url => !url.startsWith(`${ADDRESS}/`)), [], where);
      const beside = seen.requests.filter(url => !url.includes("/v1/changes"));
      assert.ok(beside.length <= 4, `${where}: ${beside.join(" ")}`);
      await page.screenshot({ path: `${PICTURES}/${name}-${colorScheme}.png`, fullPage: true });
    }
  });
}

test("at 320 px nothing scrolls sideways, but for tables within their frame", async () => {
  const { page } = await open(browser, { viewport: { width: 320, height: 640 } });
  for (const [name, where] of pages()) {
    await go(page, where);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(wide <= 320, `${where}: ${wide} px wide`);
    await page.screenshot({ path: `${PICTURES}/${name}-narrow.png`, fullPage: true });
  }
});

test("without the script every page has its content, and a list can be filtered, sorted and paged", async () => {
  const { page } = await open(browser, { javaScriptEnabled: false });
  for (const [, where] of pages()) {
    await go(page, where);
    assert.ok((await page.locator("main").innerText()).length > 40, where);
  }
  await go(page, "/accounts");
  const { data, total } = await api("/v1/accounts?page_size=10");
  assert.equal(await page.locator("table.rows tbody tr").count(), Math.min(10, total));
  await page.getByRole("link", { name: "Next page" }).click();
  const { data: second } = await api("/v1/accounts?page_size=20");
  const first = await page.locator("table.rows tbody tr th").first().innerText();
  assert.ok(first.includes(second[10].name ?? second[10].account), "the second page begins behind the first");
  assert.ok(!first.includes(data[0].name ?? data[0].account));
  await page.getByRole("columnheader", { name: "Health" }).getByRole("link").click();
  assert.equal(await page.locator("th[aria-sort=ascending]").innerText(), "Health ↑".replace(" ↑", ""));
  await page.locator("main").getByLabel("Condition").fill("products_adopted >= 2");
  await page.locator("main").getByRole("button", { name: "Show" }).click();
  const { total: left } = await api(`/v1/accounts?filter=${encodeURIComponent("products_adopted >= 2")}`);
  assert.match(await page.locator("main .meta").first().innerText(), new RegExp(`^${left} of `));
  assert.equal(new URL(page.url()).searchParams.get("order_by"), "health", "the order stays");
});

test("hostile names are shown as they are and do nothing", async () => {
  const { page, seen } = await open(browser);
  for (const account of hostile) {
    for (const part of PARTS) {
      const response = await go(page, of(account, part));
      assert.equal(response.status(), 200, `${account} ${part}`);
      assert.equal(await page.evaluate(() => window.hacked), undefined, `${account} ${part}`);
      assert.equal(await page.locator("h1 bdi").innerText(), account.trim());
      assert.equal(await page.locator("main script, main img").count(), 0);
    }
    await go(page, `/accounts?q=${encodeURIComponent(account)}`);
    assert.equal(await page.locator("table.rows a.row").first().innerText(), account);
    await page.locator("table.rows a.row").first().click();
    await page.waitForLoadState();
    assert.equal(decodeURIComponent(new URL(page.url()).pathname), `/accounts/${account}`);
    await page.setViewportSize({ width: 320, height: 640 });
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth) <= 320, account);
    await page.setViewportSize({ width: 1280, height: 900 });
  }
  for (const text of hostile) {
    const response = await go(page, `/accounts?filter=${encodeURIComponent(text)}`);
    assert.equal(response.status(), 200);
    assert.equal(await page.evaluate(() => window.hacked), undefined);
    assert.equal(await page.locator("main [role=alert]").count(), 1, `${text} is no condition`);
  }
  assert.deepEqual(seen.wrong, []);
});

test("a condition that cannot be read is pointed at where it is wrong", async () => {
  const { page } = await open(browser);
  await go(page, `/accounts?filter=${encodeURIComponent("arr > 1 && helth < 50")}`);
  assert.equal(await page.locator(".caret mark").innerText(), "h");
  assert.equal(await page.locator(".caret").innerText(), "arr > 1 && helth < 50");
  assert.match(await page.locator("[role=alert]").innerText(), /health/);
  assert.equal(await page.locator("#filter").inputValue(), "arr > 1 && helth < 50");
});

const whole = value => Math.round(value).toString();
const percent = share => `${(100 * share).toFixed(0)}%`;

test("figures are those of the API", async () => {
  const { page } = await open(browser);
  for (const account of [rich, single]) {
    const { data: view } = await api(`/v1/accounts/${encodeURIComponent(account)}`);
    await go(page, of(account));
    const tile = async name => (await page.locator(".tiles > div", { hasText: name }).innerText()).replace(/\s+/g, " ");
    if (view.health.value !== undefined) assert.ok((await tile("Health")).includes(whole(view.health.value)), `${await tile("Health")}, ${view.health.value}`);
    assert.ok((await tile("Adoption score")).includes(whole(view.score.value)));
    assert.ok((await tile("Products adopted")).includes(`${view.products_adopted} of ${view.products_entitled}`));
    assert.ok((await tile("Active users")).includes(`${view.active_users} of ${view.users.present}`));
    const products = page.locator("section[aria-labelledby=products] tbody tr");
    assert.equal(await products.count(), view.products.length);
    for (const [place, product] of view.products.entries()) {
      const row = (await products.nth(place).innerText()).replace(/\s+/g, " ");
      assert.ok(row.startsWith(product.name), row);
      if (product.criteria.progress !== undefined) assert.ok(row.includes(percent(product.criteria.progress)), row);
      if (product.seats !== undefined) assert.ok(row.includes(`${product.active_users} of ${product.seats}`), row);
    }
    await go(page, of(account, "plays"));
    const open = await page.locator("article.incident").count() + await page.locator(".of-users tbody tr").count();
    assert.equal(open, view.incidents.length);
    await go(page, of(account, "integrations"));
    assert.ok((await tile("Connections")).includes(`${view.integrations.active} of ${view.integrations.possible}`));
  }
  const { data: worklists } = await api("/v1/worklists");
  await go(page, "/");
  for (const list of worklists) {
    const name = list.worklist.replaceAll("_", " ");
    const told = (await page.locator(".lists a", { hasText: new RegExp(name, "i") }).first().innerText()).replace(/\s+/g, " ");
    assert.ok(told.startsWith(`${list.count} `), `${told}, ${list.count}`);
  }
  const { data: all } = await api("/v1/portfolio");
  const missed = Object.values(all.targets).filter(target => target.met === false).length;
  assert.equal(await page.locator(".targets li.bad").count(), missed);
  assert.ok((await page.locator(".targets").innerText()).includes(percent(all.figures.multi_product_rate)));
  for (const [id, of] of Object.entries({ pairs: all.figures.pairs, sequences: all.figures.sequences })) {
    const rows = await page.locator(`[aria-labelledby=${id}] tbody tr`).allInnerTexts();
    const counts = Object.values(of).map(known => known.accounts).sort((a, b) => b - a).slice(0, 8);
    assert.deepEqual(rows.map(row => Number(row.split("\t")[1])), counts, id);
  }
  const { total } = await api("/v1/incidents?page_size=1");
  await go(page, "/incidents");
  assert.match(await page.locator("main .meta").first().innerText(), new RegExp(`^${total} open`));
});

test("what is filtered by owner begins with that owner's own", async () => {
  const { data } = await api("/v1/accounts?page_size=500");
  const owner = data.map(row => row.owner).find(Boolean);
  const { page } = await open(browser);
  await go(page, `/?owner=${encodeURIComponent(owner)}`);
  const own = new Set(data.filter(row => row.owner === owner).map(row => `/accounts/${encodeURIComponent(row.account)}`));
  const shown = await page.locator(".needing a.row").evaluateAll(links => links.map(link => link.getAttribute("href")));
  assert.ok(shown.every(link => own.has(link)), shown.join(" "));
  assert.equal((await page.locator(".lists a").first().innerText()).split(" ")[0], String(own.size));
});

test("health of one owner's accounts is counted, and each count leads to them", async () => {
  const { data } = await api("/v1/accounts?page_size=500");
  const owner = data.map(row => row.owner).find(Boolean);
  const known = data.filter(row => row.owner === owner && row.health !== undefined);
  const { page } = await open(browser);
  await go(page, `/?owner=${encodeURIComponent(owner)}`);
  const bands = await page.locator("#health a").allInnerTexts();
  assert.deepEqual(bands.map(band => band.split(" ")[0]), ["Poor", "Fair", "Good"]);
  assert.equal(bands.reduce((sum, band) => sum + Number(band.split(" ")[1]), 0), known.length);
  const good = known.filter(row => row.health >= 75).length;
  assert.equal(bands[2], `Good ${good}`);
  await page.locator("#health a").last().click();
  assert.match(await page.locator("main .meta").first().innerText(), new RegExp(`^${good} of `));
});

test("users of one owner's accounts are counted by how they are, and each count leads to them", async () => {
  const { data: accounts } = await api("/v1/accounts?page_size=500");
  const owner = accounts.map(row => row.owner).find(Boolean);
  const accountsOf = `owner == ${JSON.stringify(owner)}`;
  const { data: users } = await api(`/v1/users?page_size=500&accounts=${encodeURIComponent(accountsOf)}`);
  assert.ok(users.length > 5 && users.length < 500, `${users.length} users`);
  const ago = user => user.days_since_use ?? Infinity;
  const expected = [
    ["Came this week", user => ago(user) <= 6],
    ["Came this month", user => ago(user) >= 7 && ago(user) <= 29],
    ["Longer ago or never", user => ago(user) >= 30],
    ["Key users, not this week", user => user.key === true && ago(user) >= 7],
    ["Not content (NPS)", user => user.nps_score <= 6],
  ].map(([name, is]) => [name, users.filter(is).length]);
  assert.equal(expected.slice(0, 3).reduce((sum, [, count]) => sum + count, 0), users.length, "each user is in one of the first three");
  assert.ok(expected.filter(([, count]) => count > 0).length >= 2, JSON.stringify(expected));
  const { page } = await open(browser);
  const counted = async strip => (await page.locator(strip).allInnerTexts()).map(text => [text.replace(/ [\d,]+$/, ""), Number(text.match(/[\d,]+$/)[0].replaceAll(",", ""))]);
  await go(page, `/?owner=${encodeURIComponent(owner)}`);
  assert.deepEqual(await counted("#users a"), expected);
  await go(page, `/users?accounts=${encodeURIComponent(accountsOf)}`);
  assert.deepEqual(await counted("#how a"), expected);
  for (const [place, [name, count]] of expected.entries()) {
    await go(page, `/?owner=${encodeURIComponent(owner)}`);
    await page.locator("#users a").nth(place).click();
    await page.waitForURL(/\/users\?/);
    assert.match(await page.locator("main .meta").first().innerText(), new RegExp(`^${count} users?$`), name);
    assert.deepEqual(await counted("#how a"), expected, "the counts are of the accounts, whatever the list is narrowed down to");
  }
});

test("columns are chosen by links, and stay in the address", async () => {
  const { page } = await open(browser, { javaScriptEnabled: false });
  await go(page, "/accounts?order_by=health");
  await page.locator(".columns summary").click();
  await page.locator(".columns a", { hasText: "Revenue a year" }).click();
  assert.equal(await page.getByRole("columnheader", { name: "Revenue a year" }).count(), 1);
  await page.locator(".columns summary").click();
  await page.locator(".columns a", { hasText: /Stage$/ }).click();
  assert.equal(await page.getByRole("columnheader", { name: "Stage" }).count(), 0);
  const asked = new URL(page.url()).searchParams;
  assert.equal(asked.get("order_by"), "health");
  assert.ok(asked.get("fields").endsWith(",arr") && !asked.get("fields").includes("stage"));
});

test("charts have every day of the API in the table below them", async () => {
  const { page } = await open(browser);
  for (const by of ["module", "active_users", "product", "feature", "gauge"]) {
    const { data } = await api(`/v1/accounts/${encodeURIComponent(rich)}/timeline?by=${by}`);
    await go(page, `${of(rich, "timeline")}?by=${by}`);
    assert.equal(await page.locator("svg.line[role=img]").count(), data.series.length, by);
    const rows = await page.locator(".numbers tbody tr").evaluateAll(rows => rows.map(row => [...row.querySelectorAll("td")].map(cell => cell.textContent)));
    const told = value => value === null ? "–" : Number(value.toFixed(2)).toLocaleString("en-US");
    const wanted = data.series[0].daily.map((_, day) => data.series.map(series => told(series.daily[day]))).reverse();
    assert.deepEqual(rows, wanted, by);
    assert.equal(rows.length, 90);
  }
});

test("the history tells what was published, the newest first", async () => {
  const { data } = await api(`/v1/accounts/${encodeURIComponent(rich)}/history?page_size=50`);
  const { page } = await open(browser);
  await go(page, of(rich, "history"));
  const news = data.filter(event => event.type !== "adoption.account.updated");
  const ids = await page.locator(".history > li > .id").allInnerTexts();
  assert.deepEqual(ids, news.map(event => event.id));
});

test("a story by keyboard: find an account, open it, close a task", async () => {
  const { data } = await api("/v1/incidents?kind=play&page_size=500");
  const play = data.find(of => of.tasks?.some(task => task.state === "open"));
  const task = play.tasks.find(task => task.state === "open");
  const { page } = await open(browser);
  await go(page, "/");
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.className), "skip");
  await page.keyboard.press("/");
  assert.equal(await page.evaluate(() => document.activeElement.id), "search");
  await page.keyboard.type(play.account);
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/accounts\?q=/);
  await page.keyboard.press("j");
  assert.equal(await page.evaluate(() => document.activeElement.className), "row");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/accounts\/[^?]+$/);
  await page.getByRole("link", { name: /^Alerts and plays/ }).last().focus();
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/plays$/);
  // Tab reaches the field of the first open task, and Enter in it sends the form.
  for (let tabs = 0; tabs < 200 && !(await page.evaluate(() => document.activeElement.name === "reason")); tabs += 1) await page.keyboard.press("Tab");
  const titles = page.locator("form.close");
  const before = await titles.count();
  await page.keyboard.type("Talked to them");
  await page.keyboard.press("Enter");
  await page.waitForURL(/wait_for=/);
  assert.match(await page.locator("[role=status]").first().innerText(), /Thank you/);
  assert.equal(await titles.count() < before, true, `${task.title} is closed`);
  await page.keyboard.press("?");
  assert.ok(await page.locator(".keys").isVisible());
  assert.equal(await page.evaluate(() => document.activeElement.id), "keys-switch");
  await page.keyboard.press("Enter");
  await page.keyboard.press("/");
  assert.equal(await page.evaluate(() => document.activeElement.id), "keys-switch", "keys are off");
});

test("a change is told on the page and moves nothing until it is loaded", async () => {
  const { page } = await open(browser);
  const { data, as_of } = await api(`/v1/accounts/${encodeURIComponent(hostile[0])}`);
  await go(page, of(data.account));
  await page.waitForRequest(request => request.url().includes("/v1/changes"), { timeout: 5_000 }).catch(() => {});
  await page.waitForTimeout(1_000);
  const text = await page.locator("main").innerText();
  await report({ type: "nps", id: `change/${Date.now()}`, time: as_of[0].clock, account: data.account, user: "zoe", score: 2 });
  await page.waitForSelector(".live button", { timeout: 15_000 });
  assert.match(await page.locator(".live button").innerText(), /\d+ changes?: load|There are changes: load/);
  assert.equal(await page.locator("main").innerText(), text);
  await page.keyboard.press("r");
  await page.waitForFunction(() => !document.querySelector(".live button"));
});

test("on paper all that is folded is open, and what is to be clicked is gone", async () => {
  const { page } = await open(browser);
  await go(page, of(rich, "products"));
  await page.emulateMedia({ media: "print" });
  const folded = page.locator("details:not([open]) table").first();
  assert.ok((await folded.boundingBox())?.height > 10, "a folded table has a height on paper");
  assert.equal(await page.locator(".tabs").isVisible(), false);
  const pdf = await page.pdf({ path: `${PICTURES}/account-products.pdf` });
  assert.ok(pdf.length > 10_000);
});

/** Bytes of an answer as they come over the wire. */
function bytes(where) {
  return new Promise((done, fail) => http.get(ADDRESS + where, { headers: { "accept-encoding": "gzip", accept: "text/html" } }, response => {
    const parts = [];
    response.on("data", part => parts.push(part));
    response.on("end", () => done({ sent: Buffer.concat(parts), encoding: response.headers["content-encoding"] }));
  }).on("error", fail));
}

test("the account page is small, and there are three requests", async t => {
  const { sent, encoding } = await bytes(of(rich));
  assert.equal(encoding, "gzip");
  const plain = zlib.gunzipSync(sent).length;
  t.diagnostic(`account page: ${sent.length} bytes compressed, ${plain} as they are`);
  assert.ok(sent.length <= 25_000, `${sent.length} bytes`);
  const { page, seen } = await open(browser);
  await go(page, of(rich));
  const beside = seen.requests.filter(url => !url.includes("/v1/changes") && !url.endsWith("/icon.svg"));
  assert.ok(beside.length <= 3, beside.join(" "));
});
