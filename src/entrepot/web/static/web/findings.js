/* The panel beside the list, the walk through a neighbourhood, pictures that come later, printing. Without this file every link is a plain one. */
"use strict";

/* A row's actor opens in the panel (htmx); the row is marked, and the panel closes without leaving. */
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.target.id !== "panel") return;
  const chosen = event.detail.requestConfig.elt.closest("tr");
  for (const row of document.querySelectorAll("tr.on")) row.classList.remove("on");
  if (chosen) chosen.classList.add("on");
  event.target.querySelector("h2").focus({ preventScroll: true });
});

const close = () => {
  const panel = document.getElementById("panel");
  if (!panel || !panel.firstChild) return false;
  panel.replaceChildren();
  const row = document.querySelector("tr.on");
  if (row) { row.classList.remove("on"); row.querySelector("a").focus(); }
  return true;
};
document.addEventListener("keydown", (event) => { if (event.key === "Escape" && close()) event.preventDefault(); });

document.addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  if (event.target.closest("[data-close-panel]")) { if (close()) event.preventDefault(); return; }
  if (event.target.closest("[data-print]")) { window.print(); return; }
  const step = event.target.closest("#around a.node, #around a[data-around]");
  if (!step) return;
  event.preventDefault();
  htmx.ajax("GET", step.getAttribute("href"), "#around").then(() => {
    const centre = document.querySelector("#around a.node:last-of-type");
    if (centre) centre.focus({ preventScroll: true });
  });
});

/* A picture that comes is told; one that does not says so, and its link stays. It may come to a panel that was closed. */
const tell = (said) => { const place = document.getElementById("drawing-said"); if (place) place.textContent = said(place); };
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.target.closest(".drawing")) tell((place) => place.dataset.drawn);
});
for (const failed of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) document.addEventListener(failed, (event) => {
  const place = event.target.closest(".drawing.waiting");
  if (!place) return;
  place.removeAttribute("aria-busy");
  place.querySelector(".told").textContent = place.dataset.failed;
  tell(() => place.dataset.failed);
});

/* Printing waits for nobody, so that a picture that is still drawn is fetched before anything else goes on. */
window.addEventListener("beforeprint", () => {
  for (const asks of document.querySelectorAll(".drawing.wide .asks")) {
    const asked = new XMLHttpRequest();
    asked.open("GET", asks.getAttribute("hx-get"), false);
    asked.setRequestHeader("HX-Request", "true");
    try { asked.send(); } catch { continue; } // it is printed without, and says so
    if (asked.status !== 200) continue;
    const come = document.createElement("template");
    come.innerHTML = asked.responseText;
    asks.closest(".drawing").replaceWith(come.content.querySelector(".drawing"));
  }
});

for (const button of document.querySelectorAll("[data-print]")) button.hidden = false;
const filters = document.querySelector("details.filters");
if (filters && window.matchMedia("(max-width: 61.99rem)").matches) filters.open = false;
