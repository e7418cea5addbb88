// What a classifier says of a face and where it looked: a ranked list, its maps on the photo, their checks. A part of the
// face card's ES module.

function classifierPart({ name, classes, truth, training, outside }) {
  const row = ([label, probability]) => {
    const isTruth = label === truth;
    return h("li", {}, h("span", { class: "xl-name" }, label, isTruth && h("span", { class: "xl-known", title: "Ground truth" }, "◇"),
      isTruth && h("span", { class: "xl-hear" }, " (ground truth)")),
      h("span", { class: "xl-slot", "aria-hidden": "true" }, h("i", { style: `width: ${100 * probability}%` })),
      h("span", { class: "xl-value" }, chance(probability)));
  };
  const unknown = truth && !classes.some(([label]) => label === truth);
  return h("section", { class: "xl-said", "aria-label": "Expression seen by the classifier" },
    h("h3", {}, "Expression seen by the classifier"),
    h("p", { class: "xl-quiet" }, `${name}; probability, 0–1`, truth && !unknown ? "; ◇ ground truth" : ""),
    h("ol", { class: "xl-classes" }, ...classes.map(row)),
    unknown && h("p", { class: "xl-quiet xl-key" }, `The true expression, ${truth}, is none that it knows.`),
    h("p", { class: "xl-quiet xl-key" }, training),
    outside && h("p", { class: "xl-outside" }, h("span", { class: "xl-mark", "aria-hidden": "true" }, "!"), h("span", {}, outside)));
}

const looksRow = ({ maps }) =>
  h("div", { class: "xl-modes xl-looks" }, ...maps.items.map(({ id, label }) => radio(id, null, null, label)));

const classifierChecks = ({ checks, key, undefined: missing }) => [
  missing && h("p", { class: "xl-quiet xl-undefined" }, missing),
  ...chipSection(checks, "The classifier’s maps against AU maps", key),
].filter(Boolean);

// A map of the part of the photo that the network is shown, with a frame around that part.
function drawSeen(context, grey, { signed }, { width, height, box: [x0, y0, x1, y1] }) {
  context.save();
  context.translate(x0 * PHOTO, y0 * PHOTO);
  context.scale(x1 - x0, y1 - y0);
  drawMap(context, grey, { width, height, signed });
  context.restore();
  if (x0 > 0 || y0 > 0 || x1 < 1 || y1 < 1) {
    for (const [colour, thick] of [["rgb(16 18 20 / .5)", 5], ["rgb(255 255 255 / .9)", 2]]) { // shows on any photo
      context.lineWidth = thick;
      context.strokeStyle = colour;
      context.strokeRect(x0 * PHOTO, y0 * PHOTO, (x1 - x0) * PHOTO, (y1 - y0) * PHOTO);
    }
  }
}
