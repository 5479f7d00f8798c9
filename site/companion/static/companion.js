// The companion's part of a page: "Check my solution", and reloading after a build. The server adds
// this script to the pages that it serves; what it answers is told in package companion.
(() => {
  "use strict";

  // The page's own script, which runs before this one, has the words of the page's language. Where there
  // is none, as on the bare page before the first build, there is nothing to check either.
  const words = globalThis.slipwayWords ?? {};

  const meta = (name) => document.querySelector(`meta[name="slipway-${name}"]`)?.content ?? "";
  const headers = { "Slipway-Token": meta("token") };

  // element makes an element with attributes and children; text stays text.
  function element(name, attributes = {}, ...children) {
    const e = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) e.setAttribute(key, value);
    e.append(...children.flat());
    return e;
  }

  // withCommand puts a command into the place that a text has for it.
  function withCommand(text, command) {
    const [before, after] = text.split("{command}");
    return [before, element("code", {}, command), after];
  }

  // readEvents calls on(event, value) for each server-sent event of a response, until it ends.
  async function readEvents(response, on) {
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const events = (rest + value).split("\n\n");
      rest = events.pop();
      for (const event of events) {
        const fields = Object.fromEntries(event.split("\n").map((line) => line.split(/: (.*)/s, 2)));
        if (fields.event) on(fields.event, JSON.parse(fields.data));
      }
    }
  }

  // A check panel fills the section that a task's page keeps for it.
  class Panel {
    constructor(section) {
      this.id = section.dataset.task;
      this.button = element("button", { type: "button", class: "check-start" }, words.checkStart);
      this.stop = element("button", { type: "button", class: "check-stop", hidden: "" }, words.checkStop);
      this.status = element("p", { role: "status", class: "check-status" }, withCommand(words.checkIdle, `slipway check ${this.id}`));
      this.list = element("ol", { class: "check-list" });
      this.onward = element("p", { class: "check-onward", hidden: "" });
      this.button.addEventListener("click", () => this.start());
      this.stop.addEventListener("click", () => this.running?.abort());
      section.replaceChildren(
        element("h2", { id: "page-check" }, words.checkTitle),
        element("p", { class: "check-buttons" }, this.button, this.stop),
        this.status,
        this.list,
        this.onward,
      );
      section.setAttribute("aria-labelledby", "page-check");
      section.classList.add("check");
      section.hidden = false;
    }

    async start() {
      if (this.running) return;
      this.running = new AbortController();
      this.begin();
      try {
        await this.ask(this.running.signal);
      } catch (err) {
        this.say("fault", this.running.signal.aborted ? words.checkStopped : err.told ?? withCommand(words.checkGone, "slipway serve"));
      }
      this.running = null;
      this.end();
    }

    begin() {
      this.button.textContent = words.checkRunning;
      this.button.setAttribute("aria-disabled", "true");
      this.stop.hidden = false;
      this.list.replaceChildren();
      this.onward.hidden = true;
      this.say("running", words.checkRunning);
    }

    end() {
      const focused = document.activeElement === this.stop;
      this.stop.hidden = true;
      this.button.textContent = words.checkStart;
      this.button.removeAttribute("aria-disabled");
      if (focused) this.button.focus();
      reloadIfDue();
    }

    async ask(signal) {
      const response = await fetch(`/-/check/${encodeURIComponent(this.id)}`, { method: "POST", headers, signal });
      if (!response.ok) throw { told: (await response.text()).trim() };
      let ended = false;
      await readEvents(response, (event, value) => {
        ended ||= event !== "check";
        this.show[event]?.call(this, value);
      });
      if (!ended) throw { told: withCommand(words.checkCutOff, "slipway doctor") };
    }

    show = {
      check(said) {
        const after = [...this.list.children].find((item) => item.dataset.id > said.id);
        this.list.insertBefore(checkItem(said), after ?? null);
      },
      result(closing) {
        this.say(closing.status, closing.summary);
        if (closing.status !== "pass") return;
        tellPassed({ id: this.id, at: new Date().toISOString() });
        this.goOn();
      },
      fault(fault) {
        this.say("fault", fault.message);
      },
    };

    // goOn leads from a solved task to where the page leads on to.
    goOn() {
      const next = document.querySelector('a[rel="next"]');
      if (!next) return;
      this.onward.replaceChildren(words.checkNext, " ", element("a", { href: next.getAttribute("href") }, next.lastChild.textContent));
      this.onward.hidden = false;
    }

    say(state, text) {
      this.status.dataset.state = state;
      this.status.replaceChildren(...[text].flat());
    }
  }

  const marks = { pass: words.checkPass, fail: words.checkFail, blocked: words.checkBlocked, error: words.checkError };

  // labels are what stands before the lines of a check, which the server sends in English.
  const labels = {
    expected: words.labelExpected, found: words.labelFound, why: words.labelWhy, next: words.labelNext, "waits for": words.labelWaits,
  };

  // checkItem shows a check in the words of the terminal.
  function checkItem(said) {
    const head = element("p", { class: "check-head" },
      element("span", { class: "check-mark", role: "img", "aria-label": marks[said.status] }, said.mark), " ",
      element("span", { class: "check-title" }, said.title), " ",
      element("span", { class: "check-score" }, said.score));
    const item = element("li", { "data-id": said.id, "data-status": said.status }, head);
    if (said.lines.length > 0) {
      item.append(element("dl", {}, said.lines.map((line) =>
        element("div", { "data-label": line.label }, element("dt", {}, labels[line.label] ?? line.label), element("dd", {}, line.text)))));
    }
    return item;
  }

  // tellPassed tells the page's own script, which keeps the reader's progress.
  function tellPassed(passed) {
    document.dispatchEvent(new CustomEvent("slipway:passed", { detail: passed }));
  }

  // readPassed asks what has passed in the terminal, also when the reader comes back from there.
  async function readPassed() {
    if (document.visibilityState === "hidden") return;
    try {
      const response = await fetch("/-/progress", { headers, cache: "no-store" });
      if (response.ok) (await response.json()).passed.forEach(tellPassed);
    } catch {
      // the companion is gone: the check button says so
    }
  }

  let panel = null;
  let reloadDue = false;

  // reloadIfDue loads the page anew, but not while a check is running. place.js remembers before where
  // the reader is.
  function reloadIfDue() {
    if (!reloadDue || panel?.running) return;
    document.dispatchEvent(new Event("companion:reload"));
    location.reload();
  }

  function showProblems(text) {
    document.getElementById("companion-problems")?.remove();
    if (!text) return;
    const hide = element("button", { type: "button" }, words.hide ?? "×");
    const box = element("div", { id: "companion-problems", role: "alert" },
      element("p", {}, words.buildFailed ?? "", " ", hide),
      element("pre", { tabindex: "0" }, text));
    hide.addEventListener("click", () => box.remove());
    document.body.append(box);
  }

  // A watch follows the builds while the page is to be seen; a hidden page holds no connection,
  // because browsers allow six a host. The page's generation tells the server what it has missed.
  class Watch {
    wait = 1000; // milliseconds before the next try

    constructor() {
      document.addEventListener("visibilitychange", () => this.update());
      addEventListener("pagehide", () => this.close());
      addEventListener("pageshow", () => this.update());
      this.update();
    }

    update() {
      if (document.visibilityState === "hidden") this.close();
      else if (!this.open) this.follow();
    }

    close() {
      this.open?.abort();
      this.open = null;
    }

    async follow() {
      const open = (this.open = new AbortController());
      while (!open.signal.aborted) {
        try {
          await this.listen(open.signal);
        } catch {
          // the companion is gone, or the page is hidden now
        }
        if (open.signal.aborted || reloadDue) return;
        await new Promise((next) => setTimeout(next, this.wait));
        this.wait = Math.min(this.wait * 2, 10000);
      }
    }

    async listen(signal) {
      const response = await fetch(`/-/events?generation=${meta("generation")}`, { headers, signal, cache: "no-store" });
      // a companion that was started anew gives new tokens; a page that never had a good one is left alone
      if (response.status === 403 && this.connected) this.reload();
      if (!response.ok) return;
      this.connected = true;
      this.wait = 1000;
      await readEvents(response, (event, value) => {
        if (event === "reload") this.reload();
        if (event === "problems") showProblems(value.text);
      });
    }

    reload() {
      reloadDue = true;
      reloadIfDue();
    }
  }

  const section = document.querySelector("section#check[data-task]");
  if (section && globalThis.slipwayWords) panel = new Panel(section);
  document.addEventListener("visibilitychange", readPassed);
  readPassed();
  new Watch();
})();
