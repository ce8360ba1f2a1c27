/* A selection fills the form beside the text; a concept can be dragged to a theme. Pages work without it.
   Places are code points: counted within a run, whose beginning the server gave, since a browser counts otherwise. */
"use strict";

const picker = document.querySelector("form[data-picker]");
const run = (node) => (node.nodeType === Node.TEXT_NODE ? node.parentElement : node)?.closest?.("[data-at]");
const points = (text) => Array.from(text).length;
const placeIn = (element, units) => Number(element.dataset.at) + points(element.textContent.slice(0, units));

/* The first and last sign of what is selected inside the words; nothing where that is empty. */
function selected() {
  const selection = document.getSelection();
  const words = document.querySelector(".words");
  if (!words || !selection.rangeCount || selection.isCollapsed) return null;
  const range = selection.getRangeAt(0);
  const inside = [...words.querySelectorAll("[data-at]")].filter((each) => range.intersectsNode(each));
  if (!inside.length) return null;
  const [head, tail] = [inside[0], inside[inside.length - 1]];
  const first = run(range.startContainer) === head && range.startContainer.nodeType === Node.TEXT_NODE ? placeIn(head, range.startOffset) : Number(head.dataset.at);
  const end = run(range.endContainer) === tail && range.endContainer.nodeType === Node.TEXT_NODE ? placeIn(tail, range.endOffset) : placeIn(tail, tail.textContent.length);
  if (end <= first) return null;
  return { first, last: end - 1, words: selection.toString() };
}

if (picker) {
  const go = document.createElement("a");
  go.href = "#picker"; go.className = "button main floating"; go.hidden = true; go.textContent = picker.querySelector("h2").textContent;
  document.body.append(go);
  go.addEventListener("click", () => { go.hidden = true; });
  const take = () => {
    const found = selected();
    if (!found) return;
    picker.elements.first.value = found.first;
    picker.elements.last.value = found.last;
    const shown = picker.querySelector("[data-picked]");
    shown.textContent = found.words; shown.classList.remove("quiet");
    const box = picker.getBoundingClientRect();
    go.hidden = box.top < window.innerHeight && box.bottom > 0;
  };
  document.addEventListener("pointerup", () => setTimeout(take));
  document.addEventListener("keyup", (event) => { if (event.shiftKey || event.key === "Shift") take(); });
}

for (const concept of document.querySelectorAll("[data-concept]")) {
  concept.draggable = true;
  concept.addEventListener("dragstart", (event) => {
    if (event.target.closest("input, select, blockquote")) return event.preventDefault();
    event.dataTransfer.setData("text/plain", concept.id);
    event.dataTransfer.effectAllowed = "move";
  });
}
for (const theme of document.querySelectorAll("[data-theme]")) {
  theme.addEventListener("dragover", (event) => { event.preventDefault(); theme.classList.add("over"); });
  theme.addEventListener("dragleave", () => theme.classList.remove("over"));
  theme.addEventListener("drop", (event) => {
    event.preventDefault(); theme.classList.remove("over");
    const form = document.getElementById(event.dataTransfer.getData("text/plain"))?.querySelector("form[data-move]");
    if (!form || form.elements.now.value === theme.dataset.theme) return;
    form.elements.now.value = theme.dataset.theme;
    form.requestSubmit();
  });
}
