// Does the work that is asked for while very many reports come in (docs/api.md, "Work").
// It asks nothing of the network, and keeps nothing.
"use strict";
{
  const field = document.getElementById("work");
  const said = document.getElementById("working");
  const asked = JSON.parse(field.dataset.challenge);
  const { nonce, salt, cost, keyLength, keyPrefix, data } = asked.parameters;
  const AT_ONCE = 8;
  let pressed = null;

  const bytes = (text) => Uint8Array.from(text.match(/../g), (one) => parseInt(one, 16));
  const hex = (found) => Array.from(found, (one) => one.toString(16).padStart(2, "0")).join("");

  const tried = async (counter) => {
    const password = new Uint8Array(20);
    password.set(bytes(nonce));
    new DataView(password.buffer).setUint32(16, counter);
    const key = await crypto.subtle.importKey("raw", password, "PBKDF2", false, ["deriveBits"]);
    const how = { name: "PBKDF2", hash: "SHA-256", salt: bytes(salt), iterations: cost };
    return hex(new Uint8Array(await crypto.subtle.deriveBits(how, key, 8 * keyLength)));
  };

  const solve = async () => {
    for (let first = 0; first < data.tries; first += AT_ONCE) {
      const counters = Array.from({ length: AT_ONCE }, (_, more) => first + more);
      const keys = await Promise.all(counters.map(tried));
      const at = keys.findIndex((key) => key.startsWith(keyPrefix));
      if (at >= 0) {
        const solution = { counter: counters[at], derivedKey: keys[at] };
        return btoa(JSON.stringify({ challenge: asked, solution }));
      }
    }
    throw new Error("none");
  };

  // Before the window's own listener hears of it, which counts what is sent.
  const wait = (event) => {
    if (field.value) { return; }
    event.preventDefault();
    event.stopPropagation();
    pressed = event.submitter;
    said.textContent = said.dataset.waits;
  };

  // Over a line that is not secret browsers have no `crypto.subtle`: then as without script.
  if (globalThis.crypto?.subtle) {
    said.textContent = said.dataset.works;
    field.form.addEventListener("submit", wait);
    solve().then((work) => {
      field.value = work;
      said.textContent = said.dataset.done;
      if (pressed) { field.form.requestSubmit(pressed); }
    }, () => { field.form.removeEventListener("submit", wait); });
  }
}
