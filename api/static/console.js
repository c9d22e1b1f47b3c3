// Comfort. Every page works without it.
"use strict";

(() => {
  const root = document.documentElement;
  const body = document.body;
  const idle = Number(body.dataset.idle || 0) * 1000;

  // --- an invitation's code comes behind the # of its link, which no server sees
  const code = document.querySelector("[data-fragment]");
  if (code && location.hash.length > 1) {
    code.value = decodeURIComponent(location.hash.slice(1));
    history.replaceState(null, "", location.pathname);
  }

  // --- what is wrong has the focus, also where the address names a place (browsers skip it then)
  const fault = document.querySelector("[role=alert][autofocus]");
  if (fault) { fault.focus(); }

  // --- a button that was pressed is not pressed twice
  for (const form of document.querySelectorAll("form[data-once]")) {
    form.addEventListener("submit", () => {
      setTimeout(() => form.querySelectorAll("button").forEach((one) => { one.disabled = true; }));
    });
  }
  const ready = () => {
    document.querySelectorAll("form[data-once] button").forEach((one) => { one.disabled = false; });
  };
  addEventListener("pageshow", ready);

  // --- who leaves a page with a text that was not sent is asked first
  const texts = "form.form textarea, form.form input[type=text]";
  const isUnsent = (field) => field.value.trim() !== ""
    && (field.value !== field.defaultValue || "unsent" in body.dataset);
  let sending = null;
  document.addEventListener("submit", (event) => { sending = event.defaultPrevented ? null : event.target; });
  addEventListener("beforeunload", (event) => {
    const lost = !idle ? [] : [...document.querySelectorAll(texts)].filter((one) => one.form !== sending && isUnsent(one));
    if (!lost.length) { return; }
    event.preventDefault();
    setTimeout(() => { sending = null; ready(); });
  });

  // --- Ctrl+Enter sends the form that is written in
  document.addEventListener("keydown", (event) => {
    const form = event.target.closest && event.target.closest("form");
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && form && event.target.tagName === "TEXTAREA") {
      event.preventDefault();
      form.requestSubmit();
    }
  });

  // --- the menu closes by Escape, or when something else is pressed
  const menu = document.querySelector("details.menu");
  if (menu) {
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && menu.open) { menu.open = false; menu.querySelector("summary").focus(); }
    });
    document.addEventListener("click", (event) => { if (!menu.contains(event.target)) { menu.open = false; } });
  }

  // --- colours at once, so that nothing typed is lost
  const themes = document.querySelector("[data-theme-form]");
  if (themes) {
    themes.addEventListener("submit", (event) => {
      const chosen = event.submitter && event.submitter.value;
      if (!chosen) { return; }
      event.preventDefault();
      root.dataset.theme = chosen;
      themes.querySelectorAll("button").forEach((one) => one.setAttribute("aria-pressed", String(one === event.submitter)));
      document.cookie = `wren-theme=${chosen}; path=/console; max-age=31536000; secure; samesite=strict`;
    });
  }

  // --- words that are typed blindly can be looked at
  for (const field of document.querySelectorAll("input[data-show]")) {
    const label = document.createElement("label");
    const box = document.createElement("input");
    box.type = "checkbox";
    label.className = "show-words";
    label.append(box, field.dataset.show);
    box.addEventListener("change", () => { field.type = box.checked ? "text" : "password"; });
    field.after(label);
    if (field.form) { field.form.addEventListener("submit", () => { field.type = "password"; }); }
  }

  // --- copying what is shown once
  for (const button of document.querySelectorAll("button[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      const field = document.getElementById(button.dataset.copy);
      field.select();
      navigator.clipboard.writeText(field.value).then(() => { button.textContent = button.dataset.done; });
    });
  }

  // --- locks by itself, and when the server does: both count from what the server was told last.
  // An act tells it, never a timer, so that nobody's page is kept open by a script alone.
  const lock = document.getElementById("lock");
  if (!idle || !lock) { return; }
  const pause = Math.min(60000, idle / 5);
  let told = Date.now();
  let written = ([...document.querySelectorAll(texts)].find(isUnsent) || {}).form || null;
  const shut = () => {
    root.dataset.locked = "yes";
    for (const one of [...body.children]) { if (one !== lock) { one.remove(); } }
    lock.hidden = false;
    lock.querySelector("input[type=password]").focus();
  };
  const watch = () => { if (!root.dataset.locked && Date.now() - told >= idle) { shut(); } };
  const act = () => {
    watch();
    if (root.dataset.locked || Date.now() - told < pause) { return; }
    told = Date.now();
    new Image().src = body.dataset.here;
  };
  for (const kind of ["keydown", "pointerdown", "wheel", "touchstart"]) { addEventListener(kind, act, { passive: true }); }
  document.addEventListener("input", (event) => {
    act();
    const form = event.target.form;
    if (form && !lock.contains(form) && form.method === "post") { written = form; }
  });
  setInterval(watch, Math.min(5000, idle / 4));
  addEventListener("visibilitychange", watch);
  addEventListener("pageshow", watch);
  // --- the button locks at the server too, and keeps what is written here
  const button = document.querySelector("form.lock-now");
  button.addEventListener("submit", (event) => {
    event.preventDefault();
    const sent = { method: "POST", body: new URLSearchParams(new FormData(button)), redirect: "manual" };
    const tell = () => fetch(button.action, sent).catch(() => setTimeout(tell, 5000));
    tell();
    shut();
  });
  lock.querySelector("form").addEventListener("submit", (event) => {
    if (!written) { return; }
    const own = event.target;
    own.action = written.action;
    for (const [name, value] of new FormData(written)) {
      if (typeof value !== "string" || name.endsWith("csrf_token")) { continue; }
      const field = document.createElement("input");
      field.type = "hidden";
      field.name = name;
      field.value = value;
      own.append(field);
    }
  });
})();
