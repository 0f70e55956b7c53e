// What pages are nicer with and can do without: news, keys, a retry. Nothing here moves what is on the page.
(() => {
  "use strict";
  const live = document.querySelector(".live");
  const main = document.getElementById("main");

  // Scrolled parts can be focused where they scroll, and only there.
  const scrolls = [...document.querySelectorAll(".scroll, .definition")];
  const look = () => scrolls.forEach(part => part.scrollWidth > part.clientWidth ? part.setAttribute("tabindex", "0") : part.removeAttribute("tabindex"));
  addEventListener("resize", look);
  look();

  // News: a line appears, and loads the page when it is pressed. The stream is open while the page is looked at.
  const url = document.body.dataset.changes;
  let stream, changes = 0, last = "", has_reset = false;
  const reload = () => location.reload();
  const tell = () => {
    const told = has_reset ? "There are changes" : changes === 1 ? "1 change" : `${changes} changes`;
    let button = live.querySelector("button");
    if (!button) {
      button = document.createElement("button");
      button.type = "button";
      button.addEventListener("click", reload);
      live.append(button);
    }
    button.textContent = `${told}: load`;
  };
  const open = () => {
    if (!url || stream || document.hidden) return;
    stream = new EventSource(url);
    stream.onmessage = event => {
      // What the account's own record tells was told by another output.
      if (!event.data || (JSON.parse(event.data).type === "adoption.account.updated")) return;
      last = event.lastEventId;
      changes += 1;
      tell();
    };
    stream.addEventListener("reset", () => { if (last || changes) { has_reset = true; tell(); } });
  };
  const close = () => { stream?.close(); stream = undefined; };
  document.addEventListener("visibilitychange", () => document.hidden ? close() : open());
  addEventListener("pagehide", close);
  addEventListener("pageshow", open);
  if (document.readyState === "complete") open();

  // What cannot be answered yet is asked for again.
  const retry = document.querySelector("[data-retry]");
  if (retry) setTimeout(reload, 1000 * Math.max(2, Number(retry.dataset.retry)));

  // Keys, which can be switched off.
  const OFF = "adoption-keys-off";
  const stored = () => { try { return localStorage.getItem(OFF) === "1"; } catch { return false; } };
  let off = stored();
  const line = document.querySelector(".keys");
  const button = document.getElementById("keys-switch");
  const show = () => { button.textContent = off ? "Switch keys on" : "Switch keys off"; };
  line.hidden = false;
  show();
  button.addEventListener("click", () => {
    off = !off;
    try { off ? localStorage.setItem(OFF, "1") : localStorage.removeItem(OFF); } catch { /* It holds for this page. */ }
    show();
  });
  const rows = () => [...main.querySelectorAll("a.row")];
  const step = by => {
    const all = rows();
    if (!all.length) return;
    const at = all.indexOf(document.activeElement);
    const next = at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + by, 0), all.length - 1);
    all[next].focus();
    all[next].scrollIntoView({ block: "nearest" });
  };
  const keys = {
    "/": () => document.getElementById("search").focus(),
    j: () => step(1),
    k: () => step(-1),
    r: reload,
    "?": () => { line.scrollIntoView({ block: "center" }); button.focus(); },
  };
  document.addEventListener("keydown", event => {
    if (event.key === "Escape") document.activeElement?.blur();
    if (off || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, select, textarea")) return;
    const act = keys[event.key];
    if (act) { event.preventDefault(); act(); }
  });
})();
