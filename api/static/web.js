// For comfort alone: every page works without it. It keeps nothing and asks nothing.
"use strict";
{
  const exit = document.getElementById("leave");
  const hide = () => { document.body.hidden = true; };
  const leave = () => {
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
  for (const one of document.querySelectorAll(".keys")) { one.hidden = false; }
  let times = [];
  addEventListener("keydown", (event) => {
    if (event.isComposing || event.repeat) { return; }
    times = event.key === "Escape" ? [...times.slice(-2), event.timeStamp] : [];
    if (times.length > 2 && event.timeStamp - times[0] < 2000) { leave(); }
  });

  // A form is sent once; again only after a while, should no answer come.
  addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "1";
    setTimeout(() => { delete form.dataset.sent; }, 5000);
  });

  // What the browser keeps for *back* shows nothing: the page is asked for again.
  addEventListener("pagehide", hide);
  addEventListener("pageshow", (event) => {
    if (event.persisted) { location.replace(location.pathname + location.search); }
  });

  document.getElementById("summary")?.focus();
}
