/* What no markup can do: keys for those who work a queue, and a sheet that closes. Pages work without it. */
"use strict";

const typing = (target) => target.closest("input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable]");

/* An element with data-key="3" is pressed by that key; with data-focus-key="/" it is focused. */
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  const key = CSS.escape(event.key);
  const pressed = document.querySelector(`[data-key="${key}"]`);
  const focused = document.querySelector(`[data-focus-key="${key}"]`);
  if (!pressed && !focused) return;
  event.preventDefault();
  if (pressed) {
    pressed.click();
    if (pressed.type === "radio") pressed.focus(); // the next Tab then leads on from here
  } else focused.focus();
});

document.addEventListener("click", (event) => {
  for (const sheet of document.querySelectorAll("details.me[open]")) {
    if (!sheet.contains(event.target)) sheet.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const sheet = document.querySelector("details.me[open]");
  if (!sheet) return;
  sheet.open = false;
  sheet.querySelector("summary").focus();
});

/* A form is sent once: what is pressed again meanwhile does nothing. */
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) { event.preventDefault(); return; }
  if ("again" in form.dataset) return; // a download leaves the page where it is
  if (form.method.toLowerCase() === "post" && !form.hasAttribute("hx-post")) form.dataset.sent = "yes";
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});
