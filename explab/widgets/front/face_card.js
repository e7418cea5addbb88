// The face card: a photo with one overlay at a time, the AU ladder and what it means. Last part of its ES module, after
// dom.js, maps.js, chips.js and classifier.js; runs live under anywidget and in a static page alike.

const MODES = [["none", "None"], ["mesh", "Mesh"], ["truth", "Truth"], ["unit", "Action unit"], ["expression", "Expression"]];
const PARTS = [["upper", "Upper face"], ["lower", "Lower face"], ["gaze", "Gaze"]];

// --- Parts of the card ------------------------------------------------------------------------------------------------

function facePart(data, state, change) {
  const canvas = h("canvas", { width: PHOTO, height: PHOTO, "aria-hidden": "true" });
  const photo = h("img", { src: data.photo.src, alt: data.photo.alt });
  const tag = h("span", { class: "xl-tag xl-screen", hidden: true });
  const main = h("div", { class: "xl-photo" }, photo, canvas, tag);
  const plain = h("div", { class: "xl-photo xl-plain" },
    h("img", { src: data.photo.src, alt: "The same photo without overlay" }));
  const modes = h("div", { "aria-label": "Overlay" },
    h("div", { class: data.truth ? "xl-modes xl-five" : "xl-modes" },
      ...MODES.filter(([id]) => id !== "truth" || data.truth).map(([id, label]) => radio(id, null, null, label))),
    data.classifier && looksRow(data.classifier));
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

function lane({ value, low, high, truth }) {
  const slot = h("span", { class: "xl-slot" }, value === null ? null : h("i", { style: `width: ${100 * value}%` }));
  const root = h("span", { class: "xl-lane" }, slot);
  if (low !== null && high !== null) {
    root.append(h("span", { class: "xl-whisker", style: `left: ${100 * low}%; width: ${100 * (high - low)}%` }));
  }
  if (truth !== null && truth !== undefined) root.append(h("span", { class: "xl-truth", style: `left: ${100 * truth}%` }));
  return root;
}

function track(row) {
  const lanes = row.sides ? [row.sides.L, row.sides.R] : [row];
  return h("span", { class: `xl-track${row.sides ? " xl-halves" : ""}${row.unreliable ? " xl-pale" : ""}`, "aria-hidden": "true" },
    ...lanes.map(lane));
}

function rowText(row) {
  const says = [`${row.code} ${row.name}`];
  if (row.value === null) says.push(`not measured${row.why ? `: ${row.why}` : ""}`);
  else says.push(`${number(row.value)} of 1${row.letter ? `, letter ${row.letter}` : ""}`);
  if (row.sides) says.push(`left ${number(row.sides.L.value)}, right ${number(row.sides.R.value)}`);
  if (row.low !== null && row.high !== null) says.push(`90 % interval ${number(row.low)} to ${number(row.high)}`);
  if (row.truth !== null) says.push(`ground truth ${number(row.truth)}`);
  if (row.unreliable) says.push(`not reliable here: ${row.unreliable}`);
  return says.join("; ");
}

const unitRow = (code, name, label, ...cells) =>
  radio(code, label, "xl-row", h("span", { class: "xl-code" }, code), h("span", { class: "xl-name" }, name), ...cells);

function ladderRow(row) {
  if (row.value === null && row.truth === null) {
    const none = h("span", { class: "xl-none xl-quiet", title: row.why }, "not measured");
    return unitRow(row.code, row.name, rowText(row), none);
  }
  const value = row.sides ? `L ${number(row.sides.L.value)}\nR ${number(row.sides.R.value)}` : row.value === null ? "–" : number(row.value);
  const button = unitRow(row.code, row.name, rowText(row), track(row),
    h("span", { class: row.sides ? "xl-value xl-two" : "xl-value" }, value),
    h("span", { class: "xl-letter" }, row.letter, row.unreliable ? h("span", { class: "xl-doubt" }, "?") : null));
  if (row.unreliable) button.title = `Not reliable here: ${row.unreliable}`;
  return button;
}

const anyMeasured = (data) => data.aus.rows.some((row) => row.value !== null || row.truth !== null);

function ladderPart(data, change) {
  const { rows, source, made, note, unreliable } = data.aus;
  const measured = anyMeasured(data);
  const by = made ? "As the face was made; 0–1" : source ? `Estimated by ${source}; 0–1` : "Intensity, 0–1";
  const root = h("section", { class: measured ? "xl-ladder" : "xl-ladder xl-bare", "aria-label": "Action units" },
    h("h3", {}, "Action units"),
    measured ? h("p", { class: "xl-quiet" }, by)
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
    rows.some((row) => row.low !== null) && data.aus.whiskers,
    rows.some((row) => row.truth !== null) && "◇ ground truth",
    rows.some((row) => row.sides) && "L, R: the person’s own left and right, shown apart when they differ by more than 0.1",
  ].filter(Boolean).join("; ");
  root.append(list);
  if (unreliable?.length) {
    root.append(h("div", { class: "xl-note" }, h("p", {}, h("span", { class: "xl-doubt", "aria-hidden": "true" }, "?"),
      " Not reliable on this picture:"), h("ul", {}, ...unreliable.map(({ reason, units: codes }) =>
      h("li", {}, h("span", { class: "xl-code" }, codes.join(", ")), `: ${reason}`)))));
  }
  for (const text of measured ? [key && `${key}.`, note] : []) {
    if (text) root.append(h("p", { class: "xl-quiet xl-key" }, text));
  }
  return { root, list, mark: radioGroup(list, (unit) => change({ mode: "unit", unit })) };
}

// A row of the expressions: with its probability as a bar where the AUs suggest one, and the units that belong to it.
function expressionRow({ label, units, probability }, truth) {
  const codes = h("span", { class: "xl-code xl-quiet" },
    units.map((code) => code.replace("AU", "")).join("\u00a0· ") || "–"); // may break after a dot
  const says = `${label}: ${units.join(", ") || "no AU"}`;
  if (probability === undefined) return radio(label, says, "xl-row", h("span", { class: "xl-name" }, label), codes);
  const isTruth = label === truth;
  return radio(label, `${says}; probability ${chance(probability)}${isTruth ? "; ground truth" : ""}`, "xl-row xl-chance",
    h("span", { class: "xl-name" }, label, isTruth ? h("span", { class: "xl-known", title: "Ground truth" }, "◇") : null),
    h("span", { class: "xl-slot", "aria-hidden": "true" }, h("i", { style: `width: ${100 * probability}%` })),
    h("span", { class: "xl-value" }, chance(probability)), codes);
}

const points = (table) => table.map(([code, score]) => `${code}\u00a0${score > 0 ? "+" : "−"}${Math.abs(score).toFixed(1)}`).join(", ");

function readingPart(data, change) {
  const { suggestion } = data;
  const list = h("div", { class: "xl-expressions", "aria-label": "Expressions" },
    ...data.expressions.map((expression) => expressionRow(expression, suggestion?.truth)));
  const why = suggestion && [
    suggestion.support.length && `For ${suggestion.best}: ${points(suggestion.support)}`,
    suggestion.against.length && `Against it: ${points(suggestion.against)}`,
  ].filter(Boolean);
  const { pose, source } = data;
  const angle = (name, value) => h("div", {}, h("dt", {}, name), h("dd", {}, `${value.toFixed(1).replace("-", "−")}°`));
  const [x0, y0, x1, y1] = (source?.box ?? []).map((v) => 100 * v);
  const root = h("div", { class: "xl-reading" },
    data.classifier && classifierPart(data.classifier),
    h("section", { class: "xl-sums", "aria-label": "Expressions" },
      h("h3", {}, suggestion ? "Expression suggested by the AUs" : "Expressions"),
      h("p", { class: "xl-quiet" }, suggestion ? `Probability, 0–1, and the units of each${suggestion.truth ? "; ◇ ground truth" : ""}`
        : "Units that may show in each, not all at once"), list,
      ...(suggestion ? [why.length && `${why.join(". ")}. Scores in nats: 1 makes the odds 2.7 times as good.`, suggestion.note] : [])
        .filter(Boolean).map((text) => h("p", { class: "xl-quiet xl-key" }, sentence(text)))),
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
  const trueMaps = data.truth && { ...data.maps, ...data.truth.maps };
  const looks = data.classifier?.maps;
  const lookOf = (kind) => looks?.items.findIndex(({ id }) => id === kind) ?? -1;
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
  const root = h("article", { class: "xl xl-card", id: data.id || null, tabindex: data.id ? -1 : null,
    "aria-label": data.name ?? data.title, "data-drawn": "false" },
    h("p", { class: "xl-verdict" }, data.verdict),
    h("h2", { class: "xl-title" }, h("b", {}, data.title), data.subtitle ? ` · ${data.subtitle}` : ""),
    h("div", { class: "xl-columns" }, face.root, ladder.root, reading.root),
    ...chipSection(data.checks ?? [], "Checks against the truth",
      "Checks against the truth. Dot: this face; tick: the floor, what a trivial predictor reaches."),
    ...(data.classifier ? classifierChecks(data.classifier) : []),
    h("dl", { class: "xl-foot" }, ...data.provenance.map(([name, value]) =>
      h("div", {}, h("dt", {}, name), h("dd", {}, value)))));
  frame.replaceChildren(root);
  const rows = [...ladder.list.querySelectorAll('[role="radio"]')];
  const context = face.canvas.getContext("2d", { willReadFrequently: true });
  let grey = null; // tiles, once the sprite is decoded
  let trueTiles = null; // the same from the true landmarks
  let lookTiles = null; // the same of the classifier's maps
  let lit = []; // codes of the rows that belong to what is shown
  let timer = null; // of blinking
  let announced = choice(); // what screen readers know to be chosen

  // What is on the face now: {kind, id, item, map}, or {kind, look, map} for a map of the classifier. Hover and focus
  // preview a region without changing the choice.
  function shown() {
    const { kind, id } = state.preview ?? { kind: state.mode, id: state[state.mode] };
    const look = lookOf(kind);
    if (look >= 0) return { kind, look: looks.items[look], map: looks.items[look].valid && lookTiles ? lookTiles[look] : null };
    const at = find(kind, kind === "expression" ? expressionOf(id)?.map : id);
    return { kind, id, item: items[at], at, map: items[at]?.valid && grey ? grey[at] : null };
  }

  // The label of the chosen unit, expression or map of the classifier; "" for another overlay.
  function choice() {
    const [kind, id] = [state.mode, state[state.mode]];
    if (lookOf(kind) >= 0) return looks.items[lookOf(kind)].title;
    return id === undefined ? "" : nameOf(kind, id, items[find(kind, id)]);
  }

  // Name of what is shown, what there is to say about it, and how it was measured and drawn.
  function caption({ kind, id, at, item, map, look }) {
    if (look) return [look.title, look.says, look.quiet];
    if (kind === "none") return ["No overlay", ["The square crop of the face, as it was cut and levelled."], []];
    if (kind === "mesh") {
      return ["Face mesh", [`${data.mesh.points.length} landmarks: white lines join neighbours, `
        + "blue lines follow the outlines of brows, eyes, lips and face."], []];
    }
    if (kind === "truth") {
      return ["Landmarks against the truth", [`Blue dots were read, white rings are true: ${data.truth.error} of the distance between `
        + `the eyes apart on average, ${data.truth.worst} at most.`], []];
    }
    if (id === undefined) return ["Nothing to show", ["This card has no region of this kind."], []];
    const row = kind === "unit" ? rowOf(id) : null;
    const missing = row?.value === null && anyMeasured(data) && row.why;
    const expression = kind === "expression" ? expressionOf(id) : null;
    const says = expression ? [expression.text, expression.note] : [item?.what, item?.text];
    const drawn = map ? "Colour shows how much a point belongs to the region: clear is 0, yellow is 1; the white line is 0.5."
      : "No region is drawn: this face has no map for it.";
    const doubt = row?.unreliable && `? Not reliable here: ${row.unreliable}`;
    const cosine = map && data.truth?.cosines[at];
    const agrees = typeof cosine === "number" && `Dashed: the same region from the true landmarks; cosine ${number(cosine)}`;
    return [nameOf(kind, id, item), [doubt, ...says], [agrees, missing && `Not measured: ${missing}`, item?.muscle && `Muscle: ${item.muscle}`, drawn]];
  }

  function paint(now) {
    context.clearRect(0, 0, PHOTO, PHOTO);
    context.globalAlpha = state.opacity;
    if (now.kind === "mesh") drawMesh(context, data.mesh);
    if (now.kind === "truth") drawTruth(context, data.mesh.points, data.truth.points);
    if (now.look) {
      if (now.map) drawSeen(context, now.map, now.look, looks);
      const outline = find("expression", now.look.outline);
      if (grey && items[outline]?.valid) drawOutline(context, grey[outline], data.maps);
      return;
    }
    if (now.map) drawMap(context, now.map, data.maps);
    if (now.map && trueTiles) drawOutline(context, trueTiles[now.at], trueMaps);
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
    face.bar.show(now.look?.signed ?? false);
    if (choice() !== announced) face.status.textContent = announced = choice();
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
  const pictures = [decoded(data.photo.src, "the photo"), decoded(data.maps.sprite, "the map sprite")];
  pictures.push(trueMaps && decoded(trueMaps.sprite, "the sprite of true maps"));
  pictures.push(looks && decoded(looks.sprite, "the sprite of the classifier’s maps"));
  Promise.all(pictures).then(([, sprite, truth, look]) => {
    grey = tiles(sprite, data.maps);
    trueTiles = truth && tiles(truth, trueMaps);
    lookTiles = look && tiles(look, looks);
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
