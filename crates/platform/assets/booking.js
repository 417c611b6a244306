// Improves the visitors' pages, which work without it: the browser's zone, arrow keys, the countdown, what arrives.
"use strict";
(() => {
  const all = (what, root = document) => [...root.querySelectorAll(what)];
  const one = (what, root = document) => root.querySelector(what);
  document.documentElement.classList.add("script");

  // The browser knows its zone better than the organization does; asked once, then the address carries it.
  const guess = one("[data-guess-zone]");
  if (guess) {
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if (zone && zone !== guess.dataset.guessZone) {
      const address = new URL(location.href), asked = address.searchParams.get("zone");
      // One that is not known is said to be so on the page that follows.
      if (asked) address.searchParams.set("why", "zone");
      address.searchParams.set("zone", zone);
      if (asked !== zone) location.replace(address);
    }
  }

  // Arrow keys walk over the days that have free times; page keys turn the month.
  const walk = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };
  one("table.days")?.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const turn = { PageUp: "[rel=prev]", PageDown: "[rel=next]" }[event.key];
    if (turn) {
      const link = one(turn);
      if (link) { event.preventDefault(); location.assign(`${link.href}#days`); }
      return;
    }
    const step = walk[event.key];
    const cells = all("td", event.currentTarget);
    const from = cells.indexOf(event.target.closest("td"));
    if (!step || from < 0) return;
    event.preventDefault();
    // Up and down look for the same weekday first; where there is none, any day further on does.
    const far = (by) => { for (let at = from + by; cells[at]; at += by) { const link = one("a", cells[at]); if (link) return link; } };
    (far(step) ?? far(Math.sign(step)))?.focus();
  });
  // After a month was turned by key, the keyboard goes on in the new one. The address carries that: in a frame on another
  // site, asking the browser's storage throws.
  if (location.hash === "#days") one("table.days a[aria-current]")?.focus({ preventScroll: true });

  // How long the time is still held: shown every half minute, spoken only when it gets tight.
  const held = one("[data-held-seconds]");
  if (held) {
    const end = performance.now() + held.dataset.heldSeconds * 1000;
    const left = one("[data-left]", held), spoken = one("[role=status]", held);
    const tick = () => {
      const seconds = Math.max(0, (end - performance.now()) / 1000), minutes = Math.ceil(seconds / 60);
      left.textContent = seconds > 0 ? (minutes === 1 ? left.dataset.one : left.dataset.many.replace("0", minutes)) : "";
      if (seconds <= 0) { spoken.textContent = held.dataset.over; return; }
      if (minutes === 2 || minutes === 1) spoken.textContent = left.textContent;
      setTimeout(tick, Math.min(30000, seconds * 1000 + 50));
    };
    tick();
  }

  // What arrives after booking: asks again, less often while nothing changes, until the page says that all is there.
  const shown = () => document.hidden
    ? new Promise((resolve) => document.addEventListener("visibilitychange", resolve, { once: true })).then(shown)
    : Promise.resolve();
  const watch = async (element) => {
    let wait = 1000, last = "";
    while (!one("[data-done]", element)) {
      await new Promise((resolve) => setTimeout(resolve, wait)).then(shown);
      const answer = await fetch(element.dataset.refresh).catch(() => null);
      if (answer?.status === 404) return;
      const html = answer?.ok ? await answer.text() : last;
      if (html !== last) { element.innerHTML = last = html; wait = 1000; }
      else wait = Math.min(wait * 1.5, 15000);
    }
  };
  all("[data-refresh]").forEach(watch);

  // One press, one form; disabled only after the browser has read the form.
  document.addEventListener("submit", (event) => {
    if (event.target.method !== "post") return;
    setTimeout(() => all("button", event.target).forEach((it) => { it.disabled = true; }));
  });
  addEventListener("pageshow", () => all("button:disabled:not([hidden])").forEach((it) => { it.disabled = false; }));
})();
