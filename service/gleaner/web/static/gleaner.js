// The one script. Every page works without it; it makes them livelier. What it shows is set as text, never as markup.
"use strict";
{
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const one = (selector, root = document) => root.querySelector(selector);

  // -- light or dark: what the system says, until somebody says else. Runs before anything is painted. ------------

  const THEME = "gleaner-theme";
  const systemDark = matchMedia("(prefers-color-scheme: dark)");

  function storedTheme() {
    try { return localStorage.getItem(THEME); } catch { return null; } // storage may be forbidden
  }

  function storeTheme(theme) {
    try { theme ? localStorage.setItem(THEME, theme) : localStorage.removeItem(THEME); } catch { /* as above */ }
  }

  const isDark = () => (document.documentElement.dataset.theme ?? (systemDark.matches ? "dark" : "light")) === "dark";

  function applyTheme(theme) {
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
    else delete document.documentElement.dataset.theme;
  }

  function labelTheme(button) {
    button.textContent = isDark() ? "Light" : "Dark";
    button.setAttribute("aria-label", `${button.textContent} look`);
  }

  function offerTheme(button) {
    button.hidden = false;
    labelTheme(button);
    systemDark.addEventListener("change", () => labelTheme(button));
    button.addEventListener("click", () => {
      const theme = isDark() ? "light" : "dark";
      const kept = theme === (systemDark.matches ? "dark" : "light") ? null : theme;
      storeTheme(kept);
      applyTheme(kept);
      labelTheme(button);
    });
  }

  // -- times: in the reader's zone, and by the clock, in the form in which the server says them -------------------

  const STEPS = [[86400000, "d"], [3600000, "h"], [60000, "min"], [1000, "s"]];
  const two = number => String(number).padStart(2, "0");
  const clock = at => `${two(at.getHours())}:${two(at.getMinutes())}`;
  const day = at => `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;

  function relative(at) {
    const apart = Math.abs(at - Date.now());
    const step = STEPS.find(([length]) => apart >= length);
    if (!step) return "now";
    const text = `${Math.floor(apart / step[0])} ${step[1]}`;
    return at > Date.now() ? `in ${text}` : `${text} ago`;
  }

  const second = at => `${clock(at)}:${two(at.getSeconds())}`;
  const SHOWN = { moment: at => `${day(at)} ${clock(at)}`, second: at => `${day(at)} ${second(at)}`, clock: second, relative };

  function sayTimes(root, selector = "time[data-show]") {
    for (const time of all(selector, root)) {
      const text = SHOWN[time.dataset.show]?.(new Date(time.dateTime));
      if (text && time.textContent !== text) time.textContent = text;
    }
  }

  function nameZone() {
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    for (const place of all("[data-zone]")) place.textContent = `Times are in ${zone}.`;
  }

  // -- asking again and again: slower while nobody looks or nobody answers ----------------------------------------

  const LONGEST = 30000;
  const BACKGROUND = 10; // times slower

  function pause(milliseconds) {
    return new Promise(resolve => {
      const end = () => {
        clearTimeout(timer);
        document.removeEventListener("visibilitychange", seen);
        resolve();
      };
      const seen = () => document.hidden || end();
      const timer = setTimeout(end, milliseconds);
      document.addEventListener("visibilitychange", seen);
    });
  }

  // `work` says false to stop, true to go on at once; `onTrouble` is told whether the server fails to answer.
  async function repeat(seconds, work, onTrouble = () => {}) {
    for (let failures = 0; ;) {
      try {
        const next = await work();
        onTrouble(false);
        failures = 0;
        if (next === false) return;
        if (next === true) continue;
      } catch {
        failures += 1;
        if (failures > 1) onTrouble(true);
      }
      const wait = seconds * 1000 * (document.hidden ? BACKGROUND : 1) * 2 ** failures;
      await pause(Math.min(wait, Math.max(LONGEST, seconds * 1000)));
    }
  }

  async function getJson(address) {
    const answer = await fetch(address, { headers: { Accept: "application/json", "X-Background": "1" }, signal: AbortSignal.timeout(10000) });
    if (!answer.ok || answer.redirected) throw new Error(`answer ${answer.status}`); // redirected: to the log-in
    return answer.json();
  }

  function getPage(address) {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest(); // gives a document that runs nothing
      request.open("GET", address);
      request.setRequestHeader("X-Background", "1"); // keeps no session from going idle
      request.responseType = "document";
      request.timeout = 10000;
      request.onload = () => request.status === 200 && request.response ? resolve(request.response) : reject();
      request.onerror = request.ontimeout = reject;
      request.send();
    });
  }

  // -- parts of a page that are fetched anew ----------------------------------------------------------------------

  const isInUse = part => part.contains(document.activeElement) || (!getSelection().isCollapsed && part.contains(getSelection().anchorNode));

  // Where somebody has the focus or a selection, nothing is replaced unless it has to be.
  async function renew(part, { always = false } = {}) {
    const page = await getPage(location.href);
    const fresh = page.getElementById(part.id);
    if (!fresh || (!always && isInUse(part))) return part;
    const hadFocus = part.contains(document.activeElement);
    document.title = page.title;
    part.replaceWith(document.adoptNode(fresh));
    prepare(fresh);
    if (hadFocus) focusOn(one("h1, h2", fresh) ?? fresh);
    return fresh;
  }

  function focusOn(part) {
    part.tabIndex = -1;
    part.focus();
  }

  function keepFresh(part) {
    let isNew = true;
    repeat(Number(part.dataset.refresh), async () => {
      if (!part.isConnected) return false; // its successor has turns of its own
      if (!isNew) await renew(part);
      isNew = false;
      return undefined;
    });
  }

  // -- bars of several runs: [data-run=ID] holds a <progress> and an .amount --------------------------------------

  let watchingBars = false;

  async function watchBars() {
    if (watchingBars || !one("[data-run]")) return;
    watchingBars = true;
    await repeat(1, async () => {
      const places = all("[data-run]");
      if (!places.length) return false;
      const ids = [...new Set(places.map(place => place.dataset.run))];
      const bars = new Map((await getJson(`/runs/live?ids=${ids.map(encodeURIComponent).join(",")}`)).map(bar => [bar.id, bar]));
      for (const place of places) showBar(place, bars.get(place.dataset.run));
      return undefined;
    });
    watchingBars = false;
  }

  function showBar(place, bar) {
    if (!bar || bar.ended) {
      delete place.dataset.run; // it moves no more
      const part = place.closest("[data-refresh]");
      if (part) renew(part).catch(() => {});
      return;
    }
    moveBar(one("progress", place), bar.progress);
    const amount = one(".amount", place);
    if (amount) amount.textContent = bar.progress.counted;
  }

  function moveBar(bar, progress) {
    if (!bar || progress.total === null) return;
    bar.max = progress.total;
    bar.value = progress.done;
  }

  // -- a run's page -----------------------------------------------------------------------------------------------

  function bind(root, name, text) {
    const place = one(`[data-bind="${name}"]`, root);
    if (place && place.textContent !== text) place.textContent = text;
  }

  function showStanding(root, told) {
    moveBar(one("progress", root), told.progress);
    for (const name of ["counted", "rate", "remaining", "message"]) bind(root, name, told.progress[name]);
    bind(root, "took", told.took);
    bind(root, "waiting", told.waiting);
    const asked = one('input[name="asked"]', root);
    if (!told.cancel || !asked) return;
    asked.value = told.asked;
    bind(root, "cancel", told.cancel.label);
    bind(root, "hint", told.cancel.hint);
  }

  function watchRun(root, log) {
    const address = root.dataset.live;
    const trouble = one("[data-trouble]");
    let state = one('[data-bind="state"]', root).textContent;
    repeat(1, async () => {
      const told = await getJson(`${address}?after=${log.last}`);
      log.add(told);
      if (told.state !== state) {
        root = await renew(root, { always: true });
        state = told.state;
        one("[data-say]").textContent = `The run is ${state}.`;
      } else {
        showStanding(root, told);
      }
      if (told.newer && log.isWhole) return true;
      if (!told.ended) return undefined;
      log.end();
      return false;
    }, failing => { trouble.hidden = !failing; });
  }

  // -- its log: the end is there, older lines come when somebody scrolls up ---------------------------------------

  const LEVELS = ["debug", "info", "warning", "error"];
  const NEAR = 24; // pixels

  function make(name, text, className = "") {
    const made = document.createElement(name);
    made.textContent = text;
    if (className) made.className = className;
    return made;
  }

  function makeLine(line) {
    const item = make("li", "", LEVELS.includes(line.level) ? line.level : "info");
    const time = make("time", "");
    time.dateTime = line.time;
    time.textContent = SHOWN.clock(new Date(line.time));
    const text = make("span", "");
    if (line.level === "warning" || line.level === "error") text.append(make("b", line.level), " ");
    text.append(line.text);
    item.dataset.number = line.number;
    item.append(time, text);
    return item;
  }

  const makeLines = lines => lines.flatMap(line =>
    line.dropped ? [make("li", `${line.dropped.toLocaleString("en")} lines were dropped here`, "gap"), makeLine(line)] : [makeLine(line)]);

  function openLog(box) {
    const list = one("ol", box);
    const older = one("[data-older]");
    const button = one("[data-follow]");
    const numbers = () => all("li[data-number]", list).map(item => Number(item.dataset.number));
    const isAtEnd = () => box.scrollHeight - box.scrollTop - box.clientHeight < NEAR;
    let following = "end" in box.dataset;
    let loading = false;

    const log = {
      isWhole: following, // else its end is on another page
      last: Math.max(0, ...numbers()),
      add({ lines, dropped }) {
        showDropped(dropped);
        if (!this.isWhole || !lines.length) return;
        one("[data-no-lines]")?.remove();
        list.append(...makeLines(lines));
        this.last = lines.at(-1).number;
        if (following) toEnd();
      },
      end() { button.hidden = true; },
    };

    function showDropped(count) {
      const note = one("[data-dropped]");
      note.hidden = !count;
      one("span", note).textContent = count.toLocaleString("en");
    }

    function toEnd() { box.scrollTop = box.scrollHeight; }

    function follow(wanted) {
      following = wanted;
      button.textContent = wanted ? "Stop following" : "Follow";
    }

    async function loadOlder() {
      if (loading || older.hidden) return;
      loading = true;
      try {
        const told = await getJson(`${box.dataset.url}?before=${numbers()[0]}`);
        const height = box.scrollHeight;
        list.prepend(...makeLines(told.lines));
        box.scrollTop += box.scrollHeight - height; // what was in view stays there
        older.hidden = !told.older;
      } catch { /* the link is still there */ }
      loading = false;
    }

    button.hidden = !(one("[data-live]") && following);
    button.addEventListener("click", () => {
      follow(!following);
      if (following) toEnd();
    });
    older.addEventListener("click", event => {
      event.preventDefault();
      follow(false);
      loadOlder();
    });
    box.addEventListener("scroll", () => {
      if (following !== isAtEnd() && log.isWhole) follow(isAtEnd());
      if (box.scrollTop < NEAR) loadOlder();
    });
    if (following) toEnd();
    return log;
  }

  // -- forms: once is enough --------------------------------------------------------------------------------------

  function sendOnce(form) {
    form.addEventListener("submit", event => {
      if (form.dataset.sent) event.preventDefault();
      form.dataset.sent = "yes";
      for (const button of all("button", form)) button.setAttribute("aria-disabled", "true");
    });
  }

  function allowAgain() { // after Back, the browser may show the page as it was left
    for (const form of all("form[data-sent]")) {
      delete form.dataset.sent;
      for (const button of all("button", form)) button.removeAttribute("aria-disabled");
    }
  }

  // -- all together -----------------------------------------------------------------------------------------------

  const inside = (selector, root) => [...(root.matches?.(selector) ? [root] : []), ...all(selector, root)];

  // What a page has when it comes, and what a renewed part brings.
  function prepare(root) {
    sayTimes(root);
    inside("form[data-once]", root).forEach(sendOnce);
    inside("[data-refresh]", root).forEach(keepFresh);
    watchBars();
  }

  function begin() {
    all("[data-theme-toggle]").forEach(offerTheme);
    nameZone();
    prepare(document);
    setInterval(() => document.hidden || sayTimes(document, 'time[data-show="relative"]'), 1000);
    const box = one("[data-log]");
    const log = box && openLog(box);
    const run = one("[data-live]");
    if (run && log) watchRun(run, log);
    const important = one("[data-focus]");
    if (important) focusOn(important);
  }

  applyTheme(storedTheme());
  document.addEventListener("DOMContentLoaded", begin);
  addEventListener("pageshow", allowAgain);
}
