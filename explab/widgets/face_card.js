// The face card: a photo with one overlay at a time, the AU ladder and what it means. Last part of its ES module, after
// dom.js and maps.js; runs live under anywidget and in a static page alike.

const MODES = [["none", "None"], ["mesh", "Mesh"], ["unit", "Action unit"], ["expression", "Expression"]];
const PARTS = [["upper", "Upper face"], ["lower", "Lower face"], ["gaze", "Gaze"]];

// --- Parts of the card ------------------------------------------------------------------------------------------------

function facePart(data, state, change) {
  const canvas = h("canvas", { width: PHOTO, height: PHOTO, "aria-hidden": "true" });
  const photo = h("img", { src: data.photo.src, alt: data.photo.alt });
  const tag = h("span", { class: "xl-tag xl-screen", hidden: true });
  const main = h("div", { class: "xl-photo" }, photo, canvas, tag);
  const plain = h("div", { class: "xl-photo xl-plain" },
    h("img", { src: data.photo.src, alt: "The same photo without overlay" }));
  const modes = h("div", { class: "xl-modes", "aria-label": "Overlay" },
    ...MODES.map(([id, label]) => radio(id, null, null, label)));
  const slider = h("input", { type: "range", min: 0, max: 100, step: 5, value: 100 * state.opacity });
  const output = h("output", { "aria-hidden": "true" }); // the slider tells its value itself
  const blink = h("button", { type: "button", title: "Show the overlay on and off in turn" }, "Blink");
  const side = h("button", { type: "button", title: "Show the photo without overlay beside it" }, "Side by side");
  const bar = colourBar();
  const words = h("div");
  const status = h("p", { class: "xl-hear", role: "status" });
  const root = h("div", { class: "xl-face" },
    h("div", { class: "xl-photos" }, plain, main),
    h("div", { class: "xl-controls xl-screen" }, modes,
      h("div", { class: "xl-tools" }, h("label", { class: "xl-opacity" }, "Opacity", slider, output), blink, side)),
    h("div", { class: "xl-caption" }, bar.root, words), status);

  const mark = radioGroup(modes, (mode) => change({ mode }));
  slider.addEventListener("input", () => change({ opacity: slider.value / 100 }));
  blink.addEventListener("click", () => change({ blink: !state.blink }));
  side.addEventListener("click", () => change({ side: !state.side }));
  return { root, main, canvas, tag, bar, words, status, update() {
    mark(state.mode, state.mode);
    bar.fade(state.opacity);
    blink.disabled = slider.disabled = state.mode === "none";
    output.textContent = percent(state.opacity);
    blink.setAttribute("aria-pressed", state.blink);
    side.setAttribute("aria-pressed", state.side);
  } };
}

function track(row) {
  const split = row.left !== null && row.right !== null && Math.abs(row.left - row.right) > 0.1;
  const bars = split ? [row.left, row.right] : [row.value];
  const root = h("span", { class: split ? "xl-track xl-halves" : "xl-track", "aria-hidden": "true" },
    ...bars.map((value) => h("span", { class: "xl-slot" }, value === null ? null : h("i", { style: `width: ${100 * value}%` }))));
  if (row.low !== null && row.high !== null) {
    const place = `left: ${100 * row.low}%; width: ${100 * (row.high - row.low)}%`;
    root.append(h("span", { class: "xl-whisker", style: place }));
  }
  if (row.truth !== null) root.append(h("span", { class: "xl-truth", style: `left: ${100 * row.truth}%` }));
  return { root, split };
}

function rowText(row) {
  const says = [`${row.code} ${row.name}`];
  if (row.value === null) says.push(`not measured${row.why ? `: ${row.why}` : ""}`);
  else says.push(`${number(row.value)} of 1${row.letter ? `, letter ${row.letter}` : ""}`);
  if (row.left !== null && row.right !== null) says.push(`left ${number(row.left)}, right ${number(row.right)}`);
  if (row.low !== null && row.high !== null) says.push(`interval ${number(row.low)} to ${number(row.high)}`);
  if (row.truth !== null) says.push(`ground truth ${number(row.truth)}`);
  return says.join("; ");
}

const unitRow = (code, name, label, ...cells) =>
  radio(code, label, "xl-row", h("span", { class: "xl-code" }, code), h("span", { class: "xl-name" }, name), ...cells);

function ladderRow(row) {
  if (row.value === null && row.truth === null) {
    const none = h("span", { class: "xl-none xl-quiet", title: row.why }, "not measured");
    return unitRow(row.code, row.name, rowText(row), none);
  }
  const { root, split } = track(row);
  const value = split ? `L ${number(row.left)}\nR ${number(row.right)}` : row.value === null ? "–" : number(row.value);
  return unitRow(row.code, row.name, rowText(row), root,
    h("span", { class: split ? "xl-value xl-two" : "xl-value" }, value),
    h("span", { class: "xl-letter" }, row.letter));
}

const anyMeasured = (data) => data.aus.rows.some((row) => row.value !== null || row.truth !== null);

function ladderPart(data, change) {
  const { rows, source, note } = data.aus;
  const measured = anyMeasured(data);
  const root = h("section", { class: measured ? "xl-ladder" : "xl-ladder xl-bare", "aria-label": "Action units" },
    h("h3", {}, "Action units"),
    measured ? h("p", { class: "xl-quiet" }, source ? `Estimated by ${source}; 0–1` : "Intensity, 0–1")
      : h("p", { class: "xl-quiet xl-screen" }, "Choose one to see its region on the face"),
    measured || !note ? null : h("p", { class: "xl-note" }, note));
  const units = measured ? rows : data.maps.items.filter((item) => item.kind === "unit").map((item) => (
    { part: item.part, code: item.id, name: item.label.replace(`${item.id} `, "") }));
  const list = h("div", { "aria-label": "Action units" });
  for (const [part, title] of PARTS) {
    const own = units.filter((row) => row.part === part);
    if (!own.length) continue;
    const axis = measured ? h("span", { class: "xl-axis", "aria-hidden": "true" }, h("span", {}, "0"), h("span", {}, "1")) : null;
    list.append(h("div", { class: "xl-head" }, h("b", {}, title), axis));
    list.append(h("div", { class: measured ? "" : "xl-chooser" },
      ...own.map((row) => measured ? ladderRow(row) : unitRow(row.code, row.name, `${row.code} ${row.name}`))));
  }
  const key = [
    rows.some((row) => row.letter) && "A–E: even steps of the estimate, named like FACS letters",
    rows.some((row) => row.low !== null && row.high !== null) && "whisker: interval",
    rows.some((row) => row.truth !== null) && "◇ ground truth",
    rows.some((row) => track(row).split) && "L, R: the person’s own left and right, shown apart when they differ by more than 0.1",
  ].filter(Boolean).join("; ");
  root.append(list);
  for (const text of measured ? [key && `${key}.`, note] : []) {
    if (text) root.append(h("p", { class: "xl-quiet xl-key" }, text));
  }
  return { root, list, mark: radioGroup(list, (unit) => change({ mode: "unit", unit })) };
}

function readingPart(data, change) {
  const list = h("div", { class: "xl-expressions", "aria-label": "Expressions" }, ...data.expressions.map((expression) =>
    radio(expression.label, `${expression.label}: ${expression.units.join(", ") || "no AU"}`, "xl-row",
      h("span", { class: "xl-name" }, expression.label),
      h("span", { class: "xl-code xl-quiet" },
        expression.units.map((code) => code.replace("AU", "")).join("\u00a0· ") || "–")))); // may break after a dot
  const { pose, source } = data;
  const angle = (name, value) => h("div", {}, h("dt", {}, name), h("dd", {}, `${value.toFixed(1).replace("-", "−")}°`));
  const [x0, y0, x1, y1] = (source?.box ?? []).map((v) => 100 * v);
  const root = h("div", { class: "xl-reading" },
    h("section", { class: "xl-sums", "aria-label": "Expressions" },
      h("h3", {}, "Expressions"),
      h("p", { class: "xl-quiet" }, "Units that may show in each, not all at once"), list),
    h("div", { class: "xl-facts" },
      h("section", { "aria-label": "Pose" }, h("h3", {}, `Pose: ${pose.text}`),
        h("dl", { class: "xl-pose xl-quiet" },
          angle("yaw", pose.yaw), angle("pitch", pose.pitch), angle("roll", pose.roll))),
      h("section", { "aria-label": "Quality" }, h("h3", {}, "Quality"),
        h("ul", { class: "xl-quality" }, ...data.quality.map(({ level, text }) => h("li", { class: `xl-${level}` },
          h("span", { class: "xl-mark", "aria-hidden": "true" }, level === "good" ? "✓" : "!"),
          h("span", {}, h("span", { class: "xl-hear" }, level === "good" ? "Good: " : "Take care: "), text))))),
      source && h("section", { "aria-label": "Source" }, h("h3", {}, "Source"),
        h("div", { class: "xl-origin" },
          h("img", { src: source.src, alt: source.alt, width: source.width, height: source.height }),
          h("i", { style: `left: ${x0}%; top: ${y0}%; width: ${x1 - x0}%; height: ${y1 - y0}%` })))));
  return { root, list, mark: radioGroup(list, (expression) => change({ mode: "expression", expression })) };
}

// --- The card ---------------------------------------------------------------------------------------------------------

function card(data, frame) {
  const { items } = data.maps;
  const find = (kind, id) => items.findIndex((item) => item.kind === kind && item.id === id);
  const expressionOf = (label) => data.expressions.find((expression) => expression.label === label);
  const rowOf = (code) => data.aus.rows.find((row) => row.code === code);
  const nameOf = (kind, id, item) => (kind === "unit" ? item?.label ?? `${id} ${rowOf(id).name}` : id);
  const drawable = (row) => row.part !== "gaze" && row.value !== null && items[find("unit", row.code)]?.valid;
  const strongest = data.aus.rows.filter(drawable).sort((a, b) => b.value - a.value)[0];
  const state = { mode: strongest ? "unit" : "mesh", opacity: 0.7, blink: false, side: false, preview: null,
    unit: strongest?.code ?? items.find((item) => item.kind === "unit")?.id,
    expression: data.expressions.find(({ map }) => items[find("expression", map)]?.valid)?.label };
  const change = (part) => {
    Object.assign(state, part);
    if (state.mode === "none") state.blink = false;
    update();
  };

  const face = facePart(data, state, change);
  const ladder = ladderPart(data, change);
  const reading = readingPart(data, change);
  const root = h("article", { class: "xl xl-card", "aria-label": data.name ?? data.title, "data-drawn": "false" },
    h("p", { class: "xl-verdict" }, data.verdict),
    h("h2", { class: "xl-title" }, h("b", {}, data.title), data.subtitle ? ` · ${data.subtitle}` : ""),
    h("div", { class: "xl-columns" }, face.root, ladder.root, reading.root),
    h("dl", { class: "xl-foot" }, ...data.provenance.map(([name, value]) =>
      h("div", {}, h("dt", {}, name), h("dd", {}, value)))));
  frame.replaceChildren(root);
  const rows = [...ladder.list.querySelectorAll('[role="radio"]')];
  const context = face.canvas.getContext("2d", { willReadFrequently: true });
  let grey = null; // tiles, once the sprite is decoded
  let lit = []; // codes of the rows that belong to what is shown
  let timer = null; // of blinking
  let told = choice(); // what screen readers know to be chosen

  // What is on the face now: {kind, id, item, map}. Hover and focus preview a region without changing the choice.
  function shown() {
    const { kind, id } = state.preview ?? { kind: state.mode, id: state[state.mode] };
    const at = find(kind, kind === "expression" ? expressionOf(id)?.map : id);
    return { kind, id, item: items[at], map: items[at]?.valid && grey ? grey[at] : null };
  }

  // The label of the chosen unit or expression; "" for another overlay.
  function choice() {
    const [kind, id] = [state.mode, state[state.mode]];
    return id === undefined ? "" : nameOf(kind, id, items[find(kind, id)]);
  }

  // Name of what is shown, what there is to say about it, and how it was measured and drawn.
  function caption({ kind, id, item, map }) {
    if (kind === "none") return ["No overlay", ["The square crop of the face, as it was cut and levelled."], []];
    if (kind === "mesh") {
      return ["Face mesh", [`${data.mesh.points.length} landmarks: white lines join neighbours, `
        + "blue lines follow the outlines of brows, eyes, lips and face."], []];
    }
    if (id === undefined) return ["Nothing to show", ["This card has no region of this kind."], []];
    const row = kind === "unit" ? rowOf(id) : null;
    const missing = row?.value === null && anyMeasured(data) && row.why;
    const expression = kind === "expression" ? expressionOf(id) : null;
    const says = expression ? [expression.text, expression.note] : [item?.what, item?.text];
    const drawn = map ? "Colour shows how much a point belongs to the region: clear is 0, yellow is 1; the white line is 0.5."
      : "No region is drawn: this face has no map for it.";
    return [nameOf(kind, id, item), says, [missing && `Not measured: ${missing}`, item?.muscle && `Muscle: ${item.muscle}`, drawn]];
  }

  function paint(now) {
    context.clearRect(0, 0, PHOTO, PHOTO);
    context.globalAlpha = state.opacity;
    if (now.kind === "mesh") drawMesh(context, data.mesh);
    if (now.map) drawMap(context, now.map, data.maps);
  }

  function label({ x, under, over }, text) {
    face.tag.hidden = false;
    face.tag.textContent = text;
    const half = face.tag.offsetWidth / 2 / face.main.clientWidth + 0.01; // keeps the label inside the photo
    const tall = face.tag.offsetHeight / face.main.clientHeight;
    face.tag.style.left = `${100 * Math.max(half, Math.min(1 - half, x))}%`;
    face.tag.style.top = `${100 * (under + tall < 0.99 ? under : Math.max(over - tall, 0.01))}%`;
  }

  function light(codes) {
    for (const row of rows) row.classList.toggle("xl-lit", codes.includes(row.dataset.id));
  }

  function update() {
    const now = shown();
    face.update();
    ladder.mark(state.mode === "unit" ? state.unit : null, state.unit);
    reading.mark(state.mode === "expression" ? state.expression : null, state.expression);
    for (const button of reading.list.children) {
      button.classList.toggle("xl-lit", now.kind === "expression" && button.dataset.id === now.id);
    }
    // A codebook may ask for one side ("AU14R"); the ladder has one row for both.
    const sums = now.kind === "expression" ? expressionOf(now.id)?.units ?? [] : [];
    lit = now.kind === "unit" ? [now.id] : sums.map((code) => code.replace(/[LR]$/, ""));
    light(lit);
    frame.classList.toggle("xl-side", state.side);
    const [name, says, quiet] = caption(now);
    const paragraphs = (texts, className) => texts.filter(Boolean).map((text) => h("p", { class: className }, sentence(text)));
    face.words.replaceChildren(h("p", {}, h("b", {}, name)), ...paragraphs(says), ...paragraphs(quiet, "xl-quiet"));
    if (now.kind !== "none") {
      face.words.append(h("p", { class: "xl-quiet xl-print" }, `Overlay printed at ${percent(state.opacity)} opacity.`));
    }
    face.bar.root.hidden = !now.map;
    if (choice() !== told) face.status.textContent = told = choice();
    setBlink();
    paint(now);
    face.tag.hidden = true;
    if (state.preview && now.map) label(labelPlace(now.map, data.maps.width, data.maps.height), now.item.label);
  }

  // Blinking is asked for, so it may move; with reduced motion the button only switches the overlay off and on.
  function setBlink() {
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (state.blink && timer === null) {
      face.canvas.classList.add("xl-off");
      timer = still ? 0 : setInterval(() => face.canvas.classList.toggle("xl-off"), 600);
    } else if (!state.blink && timer !== null) {
      clearInterval(timer);
      timer = null;
      face.canvas.classList.remove("xl-off");
    }
  }

  function previews(list, kind) {
    const over = (event) => {
      const button = event.target.closest('[role="radio"]');
      if (button) change({ preview: { kind, id: button.dataset.id } });
    };
    list.addEventListener("pointerover", over);
    list.addEventListener("focusin", over);
    for (const leave of ["pointerleave", "focusout"]) list.addEventListener(leave, () => change({ preview: null }));
  }
  previews(ladder.list, "unit");
  previews(reading.list, "expression");

  // Pointing at the photo, or tapping it, names the AUs whose regions lie there and lights their rows.
  function point(event) {
    if (!grey) return;
    const { left, top, width, height } = face.main.getBoundingClientRect();
    const [x, y] = [(event.clientX - left) / width, (event.clientY - top) / height];
    const here = unitsAt(grey, data.maps, x, y).slice(0, 3);
    light(here.length ? here.map((item) => item.id) : lit);
    face.tag.hidden = !here.length;
    if (here.length) label({ x, under: y + 0.06, over: y - 0.03 }, here.map((item) => item.label).join(", "));
  }
  face.main.addEventListener("pointermove", point);
  face.main.addEventListener("pointerdown", point);
  // A finger leaves as soon as it is lifted: what it named stays until the next tap.
  face.main.addEventListener("pointerleave", (event) => event.pointerType === "touch" || update());
  root.addEventListener("pointerdown", (event) => face.main.contains(event.target) || update());

  update();
  Promise.all([decoded(data.photo.src, "the photo"), decoded(data.maps.sprite, "the map sprite")]).then(([, sprite]) => {
    grey = tiles(sprite, data.maps);
    update();
    const { data: pixels } = context.getImageData(0, 0, PHOTO, PHOTO);
    if (!pixels.some((level, i) => i % 4 === 3 && level)) throw new Error("the overlay stayed empty");
    root.dataset.drawn = "true";
  }).catch((error) => frame.contains(root) && fail(frame, error));
  return () => clearInterval(timer);
}

function fail(frame, error) {
  frame.replaceChildren(h("article", { class: "xl xl-card", role: "alert", "data-drawn": "error" },
    h("p", {}, `This card could not be drawn: ${error.message}. Make it again from the photo; if that does not help, `
      + "save the photo as JPEG or PNG first.")));
}

export default {
  render({ model, el }) {
    const frame = h("div", { class: "xl-frame" });
    let stop = () => {};
    const draw = () => {
      stop();
      try {
        stop = card(model.get("data"), frame);
      } catch (error) {
        fail(frame, error);
      }
    };
    el.replaceChildren(frame);
    draw();
    model.on("change:data", draw);
    return () => { stop(); model.off("change:data", draw); };
  },
};
