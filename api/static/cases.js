// Comfort on pages of cases. Every page works without it.
"use strict";

(() => {
  // --- a common reply goes into the box as soon as it is chosen, below what is there
  for (const choice of document.querySelectorAll("select[data-fills]")) {
    const box = document.getElementById(choice.dataset.fills);
    const button = choice.parentElement.querySelector("[data-plain]");
    if (button) { button.hidden = true; }
    choice.addEventListener("change", () => {
      const text = choice.selectedOptions[0].dataset.text;
      if (!text) { return; }
      box.value = [box.value.trimEnd(), text].filter(Boolean).join("\n\n");
      choice.value = "";
      box.focus();
      box.dispatchEvent(new Event("input", { bubbles: true }));
    });
  }

  // --- j and k go from case to case, Enter opens it
  const rows = [...document.querySelectorAll("[data-row] a.reference")];
  if (rows.length) {
    document.addEventListener("keydown", (event) => {
      const writing = event.target.closest("input, textarea, select");
      if (writing || event.ctrlKey || event.altKey || event.metaKey || !["j", "k"].includes(event.key)) { return; }
      const at = rows.indexOf(document.activeElement);
      const next = rows[event.key === "j" ? Math.min(at + 1, rows.length - 1) : Math.max(at - 1, 0)];
      next.focus();
    });
  }

  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => print());
  }
})();
