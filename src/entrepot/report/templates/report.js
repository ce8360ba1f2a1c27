/* Adds "Save as SVG" and "Save as PNG" to each figure. Without it the report is whole. */
for (const figure of document.querySelectorAll("figure")) {
  const shown = () => [...figure.querySelectorAll(".chart")].find((chart) => chart.offsetParent !== null).firstElementChild;
  const source = () => {
    const copy = shown().cloneNode(true);
    copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
    copy.setAttribute("font-family", "sans-serif");
    return new Blob([new XMLSerializer().serializeToString(copy)], { type: "image/svg+xml" });
  };
  const save = (blob, ending) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = figure.querySelector("h3, h4").textContent.replace(/[^\p{L}\p{N}]+/gu, "-").slice(0, 60) + ending;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  };
  const savePng = () => {
    const image = new Image();
    image.onload = () => {
      const canvas = document.createElement("canvas");
      canvas.width = image.width * 2;
      canvas.height = image.height * 2;
      const pen = canvas.getContext("2d");
      pen.fillStyle = "white";
      pen.fillRect(0, 0, canvas.width, canvas.height);
      pen.drawImage(image, 0, 0, canvas.width, canvas.height);
      canvas.toBlob((blob) => save(blob, ".png"));
    };
    image.src = URL.createObjectURL(source());
  };
  const add = (words, act) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "save";
    button.textContent = words;
    button.addEventListener("click", act);
    figure.querySelector("details").append(button);
  };
  add("Save as SVG", () => save(source(), ".svg"));
  add("Save as PNG", savePng);
}
