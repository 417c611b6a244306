// Improves pages that work without it: copy buttons, progress, sorting, one click per form.
"use strict";
(() => {
  const all = (what, root = document) => [...root.querySelectorAll(what)];
  document.documentElement.classList.add("script");

  const voice = document.createElement("p");
  voice.className = "unseen";
  voice.setAttribute("role", "status");
  document.body.append(voice);
  const say = (text) => { if (text && voice.textContent !== text) voice.textContent = text; };

  // Copying. Insecure origins have no clipboard, but the old command still works there.
  const copy = async (field) => {
    field.select();
    try { await navigator.clipboard.writeText(field.value); } catch { return document.execCommand("copy"); }
    return true;
  };
  const offerCopies = (root) => all("[data-copy]", root).forEach((button) => { button.hidden = false; });
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    const field = button && document.getElementById(button.dataset.copy);
    if (!field || button.dataset.copied) return;
    const was = button.innerHTML;
    button.dataset.copied = "yes";
    button.textContent = (await copy(field)) ? "Copied" : "Press Ctrl+C";
    say(button.textContent);
    setTimeout(() => { button.innerHTML = was; delete button.dataset.copied; }, 2000);
  });

  // Progress: asks until the fragment says done; waits longer while the server fails.
  const shown = () => document.hidden
    ? new Promise((resolve) => document.addEventListener("visibilitychange", resolve, { once: true })).then(shown)
    : Promise.resolve();
  const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  const watch = async (element) => {
    const done = `[data-${element.dataset.until || "done"}]`;
    let wait = 700;
    while (element.isConnected) {
      await pause(wait).then(shown);
      const answer = await fetch(element.dataset.refresh, { headers: { Accept: "text/html" } }).catch(() => null);
      if (answer?.redirected) return location.reload(); // signed out meanwhile
      if (answer?.status === 404) return;
      if (!answer?.ok) { wait = Math.min(wait * 2, 15000); continue; }
      wait = 700;
      show(element, await answer.text());
      if (element.querySelector(done)) return;
    }
  };
  // What a piece of a page says now. Where it ends, or is in another state than the page around it, the page is loaded anew.
  const show = (element, html) => {
    if (html !== element.dataset.html) { element.innerHTML = html; offerCopies(element); }
    element.dataset.html = html;
    say(all("[data-announce]", element).map((it) => it.dataset.announce).join(". "));
    const state = element.querySelector("[data-state]")?.dataset.state;
    const isOther = element.dataset.shown && state && state !== element.dataset.shown;
    // What somebody types meanwhile would be lost.
    const isTyping = all("textarea").some((it) => it.value !== it.defaultValue);
    if ((isOther && !isTyping) || element.querySelector("[data-reload]")) location.reload();
  };
  // Progress that the server sends; asked for where it cannot be sent. A page that nobody sees takes up no connection.
  const listen = (element) => {
    const source = new EventSource(element.dataset.stream);
    source.onmessage = (event) => {
      show(element, event.data);
      if (element.querySelector("[data-done]")) source.close();
    };
    source.onerror = () => { if (source.readyState === EventSource.CLOSED) watch(element); };
    document.addEventListener("visibilitychange", () => {
      if (source.readyState === EventSource.CLOSED) return;
      source.close();
      shown().then(() => listen(element));
    }, { once: true });
  };

  // Sorting: the header's text becomes a button.
  const key = (row, column) => {
    const cell = row.cells[column];
    const time = cell.querySelector("time");
    return cell.dataset.value ?? (time ? time.dateTime : cell.textContent.trim());
  };
  const sort = (header) => {
    const up = header.getAttribute("aria-sort") !== "ascending";
    all("th[aria-sort]", header.parentElement).forEach((other) => other.removeAttribute("aria-sort"));
    header.setAttribute("aria-sort", up ? "ascending" : "descending");
    const body = header.closest("table").tBodies[0];
    const compare = (a, b) => key(a, header.cellIndex).localeCompare(key(b, header.cellIndex), "en", { numeric: true });
    body.append(...[...body.rows].sort((a, b) => (up ? compare(a, b) : compare(b, a))));
  };
  all("th[data-sort]").forEach((header) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...header.childNodes);
    button.addEventListener("click", () => sort(header));
    header.append(button);
  });

  // One click, one form; disabled only after the browser has read the form.
  document.addEventListener("submit", (event) => {
    if (event.defaultPrevented || event.target.method !== "post") return;
    setTimeout(() => all("button:not([type=button])", event.target).forEach((it) => { it.disabled = true; }));
  });
  addEventListener("pageshow", () => all("form button:disabled").forEach((it) => { it.disabled = false; }));

  offerCopies(document);
  all("[data-refresh]").forEach((element) => (element.dataset.stream ? listen(element) : watch(element)));

  // A file that is too large is refused before it is sent.
  document.addEventListener("change", (event) => {
    const { largest, tooLarge } = event.target.dataset ?? {};
    if (largest) event.target.setCustomValidity([...event.target.files].some((it) => it.size > largest) ? tooLarge : "");
  });
})();
