// What pages say before the partitions are there, and while there are no accounts yet.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ADDRESS, PICTURES, findings, go, launch, open } from "./browser.mjs";

test("before partitions are taken over, pages say what they lack and an account is asked for again", async () => {
  let is_up = false;
  for (let tries = 0; tries < 200 && !is_up; tries += 1) {
    is_up = await fetch(`${ADDRESS}/console.css`).then(response => response.ok, () => false);
    if (!is_up) await new Promise(done => setTimeout(done, 50));
  }
  assert.ok(is_up, "the console answers");
  const browser = await launch();
  try {
    const { page, seen } = await open(browser);
    const list = await go(page, "/accounts");
    assert.equal(list.status(), 200);
    const notices = await page.locator(".notice.warn").allInnerTexts();
    assert.ok(notices.length > 0, "it says that partitions are missing");
    assert.match(notices[0], /Partition \d+ (belongs to no process at the moment|is being restored)/);
    assert.deepEqual(await findings(page), []);
    await page.screenshot({ path: `${PICTURES}/beginning-accounts.png` });
    const account = await go(page, "/accounts/nobody");
    if (account.status() === 503) {
      assert.match(await page.locator("h1").innerText(), /Just a moment/);
      assert.equal(await page.locator("[data-retry]").count(), 1);
      assert.deepEqual(await findings(page), []);
      await page.screenshot({ path: `${PICTURES}/beginning-account.png` });
    }
    assert.deepEqual(seen.wrong, []);
  } finally {
    await browser.close();
  }
});
