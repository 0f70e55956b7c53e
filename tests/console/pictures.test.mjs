// The pictures that documents show, of a demo whose story was just told: what a picture's alt text names between quotes has to be on it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { existsSync, mkdirSync, readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { PICTURES, go, launch, open } from "./browser.mjs";

const DOCS = path.join(process.env.REPOSITORY, "docs");
/** With `pictures`, run.sh writes those of the documents; otherwise beside the tests' own. */
const INTO = process.env.WRITE_PICTURES ? path.join(DOCS, "pictures") : path.join(PICTURES, "pictures");
const WIDE = 1200;
const BYTES_MAX = 150_000;

/** Where each is taken, and from the top of which element to the bottom of which. Stories of the demo are the same each time. */
const TAKEN = {
  "today.png": { where: "/?owner=tobias.reyes", from: "h1", to: ".needing > li:nth-child(2)" },
  "accounts.png": { where: `/accounts?filter=${encodeURIComponent("products_adopted >= 2")}&order_by=health`, from: "h1", to: ".rows tbody tr:nth-child(5)" },
  "account.png": { where: "/accounts/cobalt-foods", from: ".account-head", to: "#outlook ~ .outlook > li:nth-child(3)" },
  "play.png": { where: "/accounts/cobalt-foods/plays", from: "main h2", to: ".incident:nth-of-type(2)" },
  "why.png": { where: "/accounts/cobalt-foods/why?rule=low_license_utilization", from: "main h2", to: "details.rule" },
  "users.png": { where: `/users?accounts=${encodeURIComponent("owner == \"tobias.reyes\"")}`, from: "h1", to: ".rows tbody tr:nth-child(4)" },
  "rule.png": { where: "/playbook/rules/low_license_utilization", from: ".crumbs", to: ".definition" },
  "operations.png": { where: "/operations", from: "h1", to: "[aria-labelledby=me] dl" },
};

/** Every `![alt](pictures/name)` of the documents. */
function shown() {
  const files = readdirSync(DOCS).filter(name => name.endsWith(".md"));
  const found = files.flatMap(file => [...readFileSync(path.join(DOCS, file), "utf8").matchAll(/!\[([^\]]*)\]\(pictures\/([^)]+)\)/g)].map(([, alt, name]) => ({ file, alt, name })));
  return found;
}

let browser;
before(async () => {
  browser = await launch();
  mkdirSync(INTO, { recursive: true });
});
after(() => browser.close());

test("documents show the pictures that are taken, and no other", () => {
  assert.deepEqual([...new Set(shown().map(picture => picture.name))].sort(), Object.keys(TAKEN).sort());
  if (!process.env.WRITE_PICTURES) for (const name of Object.keys(TAKEN)) assert.ok(existsSync(path.join(DOCS, "pictures", name)), `${name}: tests/console/run.sh pictures`);
});

for (const [name, { where, from, to }] of Object.entries(TAKEN)) {
  test(`${name} has on it what its alt text names`, async () => {
    const { page, context } = await open(browser, { viewport: { width: WIDE, height: 900 }, colorScheme: "light", locale: "en-US" });
    const response = await go(page, where);
    assert.equal(response.status(), 200, where);
    const box = async selector => {
      const element = page.locator(selector).first();
      assert.equal(await element.count(), 1, `${where} has ${selector}`);
      return element.boundingBox();
    };
    const [above, below] = [await box(from), await box(to)];
    const top = Math.max(0, above.y - 16);
    const clip = { x: 0, y: top, width: WIDE, height: below.y + below.height + 8 - top };
    const alts = shown().filter(picture => picture.name === name);
    for (const { file, alt } of alts) {
      const named = [...alt.matchAll(/“([^”]+)”/g)].map(([, text]) => text);
      assert.ok(named.length >= 2, `${file}: the alt text of ${name} names what is on it, between quotes`);
      for (const text of named) {
        const boxes = await page.getByText(text).or(page.getByPlaceholder(text)).evaluateAll(all => all.map(of => of.getBoundingClientRect().toJSON()));
        const isInside = of => of.width > 1 && of.y >= clip.y && of.y + of.height <= clip.y + clip.height && of.x + Math.min(of.width, 40) <= WIDE;
        assert.ok(boxes.some(isInside), `${file} says that “${text}” is on ${name}`);
      }
    }
    const bytes = await page.screenshot({ path: path.join(INTO, name), clip, fullPage: true });
    assert.ok(bytes.length < BYTES_MAX, `${name}: ${bytes.length} bytes`);
    await context.close();
  });
}
