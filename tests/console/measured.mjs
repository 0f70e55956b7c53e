// What pages cost, beside what they are held against: figures, no verdict, for machines are noisy. tests/console/run.sh measure
import http from "node:http";
import { test } from "node:test";
import { ADDRESS, api, launch, open } from "./browser.mjs";

const median = numbers => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

test("25 columns of the accounts page take little more than 5", async t => {
  const fields = "owner,success_role,segment,stage,products,products_entitled,products_adopted,breadth,health,adoption_score,band,license_utilization," +
    "active_users,features_used_14d,features_used_by_day,modules_used_14d,usage_change_30,days_since_use,days_since_touchpoint,days_to_renewal,arr," +
    "open_alerts,open_plays,next_due";
  const few = fields.split(",").slice(0, 4).join(",");
  const times = { few: [], all: [] };
  const took = async of => {
    const began = performance.now();
    await (await fetch(`${ADDRESS}/accounts?fields=${of}`, { headers: { accept: "text/html" } })).text();
    return performance.now() - began;
  };
  for (let round = 0; round < 60; round += 1) {
    times.few.push(await took(few));
    times.all.push(await took(fields));
  }
  const ratio = median(times.all) / median(times.few);
  t.diagnostic(`5 columns ${median(times.few).toFixed(2)} ms, 25 columns ${median(times.all).toFixed(2)} ms, ratio ${ratio.toFixed(2)}`);
});

test("the first paint of the account page takes little more than that of a static page of its size", async t => {
  const { data } = await api("/v1/accounts?order_by=products_adopted%20desc&page_size=1");
  const where = `/accounts/${encodeURIComponent(data[0].account)}`;
  const files = new Map();
  for (const path of [where, "/console.css", "/console.js", "/icon.svg"]) {
    const response = await fetch(ADDRESS + path, { headers: { accept: "text/html" } });
    files.set(path, { type: response.headers.get("content-type"), body: Buffer.from(await response.arrayBuffer()) });
  }
  const plain = http.createServer((request, response) => {
    const file = files.get(request.url);
    response.writeHead(file ? 200 : 404, { "content-type": file?.type ?? "text/plain" });
    response.end(file?.body);
  });
  await new Promise(done => plain.listen(0, "127.0.0.1", done));
  const browser = await launch();
  try {
    const { page } = await open(browser);
    const paint = async url => {
      await page.goto(url, { waitUntil: "load" });
      return page.waitForFunction(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime).then(handle => handle.jsonValue());
    };
    const times = { console: [], plain: [] };
    for (let round = 0; round < 15; round += 1) {
      times.console.push(await paint(ADDRESS + where));
      times.plain.push(await paint(`http://127.0.0.1:${plain.address().port}${where}`));
    }
    const ratio = median(times.console) / median(times.plain);
    t.diagnostic(`first paint ${median(times.console).toFixed(0)} ms, of the static page ${median(times.plain).toFixed(0)} ms, ratio ${ratio.toFixed(2)}`);
  } finally {
    await browser.close();
    plain.close();
  }
});
