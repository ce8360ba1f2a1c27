/* Says before the bytes travel that they are too many; the server says it as well. */
"use strict";

for (const form of document.querySelectorAll("form[data-most-bytes]")) {
  form.addEventListener("submit", (event) => {
    const files = [...form.querySelectorAll("input[type=file]")].flatMap((input) => [...input.files]);
    const bytes = files.reduce((sum, file) => sum + file.size, 0);
    const says = document.getElementById("too-large");
    says.hidden = bytes <= Number(form.dataset.mostBytes);
    if (says.hidden) return;
    says.textContent = form.dataset.tooLarge;
    event.preventDefault();
    event.stopPropagation();
  });
}
