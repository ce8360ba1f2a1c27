/* The plane that one taps. Its cells set the radio buttons, which are what is sent; without a script they stand alone. */
"use strict";

const SVG = "http://www.w3.org/2000/svg";
const CELL = 60, EDGE = 34;

for (const section of document.querySelectorAll("[data-plane]")) {
  const svg = section.querySelector("svg"), cells = svg.querySelector(".cells"), mine = svg.querySelector(".mine");
  const chosen = section.querySelector(".chosen");
  const sides = { x: section.querySelector('[data-side="x"]'), y: section.querySelector('[data-side="y"]') };
  const picked = (side) => sides[side].querySelector("input:checked");

  const show = () => {
    const x = picked("x"), y = picked("y");
    const words = [x, y].filter(Boolean).map((input) => input.parentElement.querySelector("span").textContent);
    chosen.textContent = words.length ? words.join(" · ") : chosen.dataset.none;
    if (!x || !y) return;
    mine.setAttribute("cx", EDGE + (Number(x.value) + 3.5) * CELL);
    mine.setAttribute("cy", EDGE + (3.5 - Number(y.value)) * CELL);
  };

  const pick = (side, value) => { sides[side].querySelector(`input[value="${value}"]`).checked = true; };
  for (let x = -3; x <= 3; x += 1) for (let y = -3; y <= 3; y += 1) {
    const cell = document.createElementNS(SVG, "rect");
    const at = { x: EDGE + (x + 3) * CELL, y: EDGE + (3 - y) * CELL, width: CELL, height: CELL };
    for (const [name, value] of Object.entries(at)) cell.setAttribute(name, value);
    cell.addEventListener("click", () => { pick("x", x); pick("y", y); show(); });
    cells.append(cell);
  }
  section.addEventListener("change", show);
  for (const hidden of section.querySelectorAll(".taps")) hidden.removeAttribute("hidden");
  section.querySelector("details.words").open = false;
  show();
}

/* A code behind “#” never reaches a server by itself: it is put into the field here, and taken off the address. */
const code = document.querySelector("form.code input[name=code]");
if (code && location.hash.length > 1) {
  code.value = decodeURIComponent(location.hash.slice(1));
  history.replaceState(null, "", location.pathname + location.search);
}
