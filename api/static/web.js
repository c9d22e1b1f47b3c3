// For comfort alone: every page works without it. It keeps nothing and asks nothing.
"use strict";
{
  const exit = document.getElementById("leave");
  const hide = () => { document.body.hidden = true; };
  let left = false, sent = false;
  const leave = () => {
    left = true;
    hide();
    document.title = "";
    // In the place of this page, so that *back* does not lead to it.
    location.replace(exit.href);
  };
  exit.addEventListener("click", (event) => {
    event.preventDefault();
    leave();
  });

  // Esc three times within two seconds, as long as nothing else is pressed.
  for (const one of document.querySelectorAll(".keys")) { one.textContent = one.dataset.keys; }
  let times = [];
  addEventListener("keydown", (event) => {
    if (event.isComposing || event.repeat) { return; }
    times = event.key === "Escape" ? [...times.slice(-2), event.timeStamp] : [];
    if (times.length > 2 && event.timeStamp - times[0] < 2000) { leave(); }
  });

  // A form is sent once; again only after a while, should no answer come. Without a line it is
  // not sent at all: the browser's own page would take the place of what was typed.
  const offline = document.getElementById("offline");
  addEventListener("submit", (event) => {
    offline.hidden = navigator.onLine;
    if (sent || !navigator.onLine) {
      event.preventDefault();
      if (!navigator.onLine) {
        offline.textContent = offline.dataset.text;
        offline.focus();
      }
      return;
    }
    sent = true;
    setTimeout(() => { sent = false; }, 5000);
  });

  // What the browser keeps for *back* shows nothing: the page is asked for again. But where a
  // form was sent, and perhaps did not arrive, what was typed stays.
  addEventListener("pagehide", () => { if (!sent) { hide(); } });
  addEventListener("pageshow", (event) => {
    if (!event.persisted) { return; }
    if (left || document.body.hidden) { location.replace(location.pathname + location.search); }
    sent = false;
  });

  document.getElementById("summary")?.focus();
}
