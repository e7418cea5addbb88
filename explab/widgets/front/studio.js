// The studio: sliders for action units beside the face that they move. Live it asks the kernel for every face; in a page
// without one it turns the leaves of a flip-book, one unit or recipe at a time. Last part of its ES module, after dom.js
// and maps.js.

const GROUPS = [["upper", "Upper face"], ["gaze", "Gaze"], ["lower", "Lower face"]]; // gaze beside the lids
const SIDES = [["", "Both sides"], ["L", "Left"], ["R", "Right"]];
const LETTERS = ["", "A", "B", "C", "D", "E"];
const letterOf = (value) => LETTERS[Math.floor(5 * value + 0.5 + 1e-9)];
const PATIENCE = 15_000; // ms that the kernel may take for a face

function stage(data) {
  const photo = h("img", { alt: data.alt, width: 360, height: 360 });
  const canvas = h("canvas", { width: PHOTO, height: PHOTO, "aria-hidden": "true" });
  const main = h("div", { class: "xl-photo" }, photo, canvas);
  const modes = h("div", { class: "xl-modes", "aria-label": "Overlay" },
    radio("none", null, null, "Face"), radio("evidence", null, null, "What changed"), radio("rest", null, null, "At rest"));
  const words = h("div", { class: "xl-caption" });
  const status = h("p", { class: "xl-hear", role: "status" });
  return { photo, canvas, modes, words, status,
    root: h("div", { class: "xl-stage" }, main, h("div", { class: "xl-screen" }, modes), words, status) };
}

function slider(label, min, max, step, text) {
  const input = h("input", { type: "range", min, max, step, value: 0, "aria-label": label });
  return { input, set(value) { input.value = value; input.setAttribute("aria-valuetext", text(value)); } };
}

function unitSlider(unit, live, levels, move) {
  const words = (value) => `${number(value)} of 1${letterOf(value) ? `, letter ${letterOf(value)}` : ""}`;
  const { input, set } = slider(`${unit.code} ${unit.name}`, 0, 1, live ? 0.05 : 1 / levels, words);
  const [value, letter] = [h("span", { class: "xl-value" }), h("span", { class: "xl-letter" })];
  const root = h("label", { class: "xl-slide" }, h("span", { class: "xl-code" }, unit.code), h("span", { class: "xl-name" }, unit.name),
    input, value, letter);
  input.addEventListener("input", () => move(unit, Number(input.value)));
  input.addEventListener("focus", () => move(unit, null));
  return { root, unit, show(sides, chosen) {
    const strength = Math.max(...Object.values(sides));
    set(chosen && unit.paired ? sides[chosen] : strength);
    const [l, r] = [sides.L ?? 0, sides.R ?? 0];
    value.textContent = unit.paired && l !== r ? `L ${number(l)}\nR ${number(r)}` : number(strength);
    value.classList.toggle("xl-two", unit.paired && l !== r);
    letter.textContent = letterOf(strength);
    root.classList.toggle("xl-lit", strength > 0);
  } };
}

function studio(model, frame) {
  const data = model.get("data");
  const live = model.get("question") !== undefined;
  const { units, presets, tracks, levels } = data;
  const rest = tracks.Neutral.frames[0];
  // `aus`: unit -> {L, R} or {M}; `moved`: the unit or recipe that the words are about; `strength` of a recipe.
  const state = { aus: {}, side: "", moved: null, preset: null, strength: 1, mode: "none", seed: data.seed, yaw: 0, pitch: 0,
    view: { src: rest.src, says: rest.says, evidence: null } };
  const still = (unit) => (unit.paired ? { L: 0, R: 0 } : { M: 0 });
  const clear = () => { for (const unit of units) state.aus[unit.code] = still(unit); };
  clear();

  // --- The face -----------------------------------------------------------------------------------------------------

  const face = stage(data);
  const verdict = h("p", { class: "xl-verdict" });
  const context = face.canvas.getContext("2d", { willReadFrequently: true });
  const markMode = radioGroup(face.modes, (mode) => { state.mode = mode; paint(); });
  let turn = 0; // of painting: an older picture never replaces a newer one

  async function paint() {
    const mine = ++turn;
    const { view } = state;
    markMode(state.mode, state.mode);
    const atRest = state.mode === "rest";
    const src = atRest ? (live ? state.restSrc ?? rest.src : rest.src) : view.src;
    const evidence = state.mode === "evidence" && view.evidence ? await decoded(view.evidence.sprite, "the evidence map") : null;
    if (src !== face.photo.getAttribute("src")) {
      await decoded(src, "the face");
      if (mine !== turn) return;
      face.photo.src = src;
    }
    if (mine !== turn) return;
    context.clearRect(0, 0, PHOTO, PHOTO);
    if (evidence) {
      const [grey] = tiles(evidence, { ...data.evidence, items: [0] });
      context.imageSmoothingQuality = "high";
      context.globalAlpha = 0.85;
      context.drawImage(coloured(grey, data.evidence.width, data.evidence.height), 0, 0, PHOTO, PHOTO);
    }
    face.photo.alt = `${data.alt}, ${spoken()}`;
    verdict.textContent = atRest ? rest.says : view.says;
    caption();
    root.dataset.drawn = "true";
  }

  function spoken() {
    const acting = units.filter(({ code }) => Math.max(...Object.values(state.aus[code])) > 0)
      .map(({ code }) => `${code} ${Object.entries(state.aus[code]).map(([side, v]) => `${side === "M" ? "" : side}${number(v)}`).join(" ")}`);
    return acting.join(", ") || "at rest";
  }

  function caption() {
    const paragraphs = [];
    const { moved, preset } = state;
    if (preset) {
      paragraphs.push(h("p", {}, h("b", {}, preset.label)), h("p", {}, sentence(preset.text)),
        h("p", { class: "xl-quiet" }, `Recipe: ${Object.entries(preset.aus).map(([code, v]) => `${code} ${number(v)}`).join(", ")}.`));
    } else if (moved) {
      paragraphs.push(h("p", {}, h("b", {}, `${moved.code} ${moved.name}`)), h("p", {}, moved.what), h("p", {}, moved.text),
        h("p", { class: "xl-quiet" }, `Muscle: ${moved.muscle}.`),
        moved.opposes.length ? h("p", { class: "xl-quiet" }, `Works against: ${moved.opposes.join(", ")}.`) : "");
    } else {
      paragraphs.push(h("p", {}, "Move a slider: here stands what the unit does, which muscle does it, and how to try it yourself."));
    }
    if (state.mode === "evidence") {
      const source = preset && !live ? "recipe" : "unit";
      paragraphs.push(h("p", { class: "xl-quiet" }, state.view.evidence
        ? `Colour: the pixels that change when this ${source} goes back to rest; clear is none, yellow most.` : "Nothing changed."));
    }
    face.words.replaceChildren(...paragraphs);
  }

  // --- Where faces come from ----------------------------------------------------------------------------------------

  let asked = 0; // number of the question that is under way
  let stale = false; // something moved since
  let watch = null;

  function ask() {
    if (watch !== null) { stale = true; return; }
    stale = false;
    const aus = {};
    for (const { code, paired } of units) {
      for (const [side, value] of Object.entries(state.aus[code])) aus[paired ? code + side : code] = value;
    }
    const unit = state.moved?.code ?? "";
    watch = setTimeout(() => { watch = null; say("The kernel does not answer: is another cell running? The face follows when it is done."); }, PATIENCE);
    model.set("question", { n: ++asked, aus, seed: state.seed, yaw: state.yaw, pitch: state.pitch, unit });
    model.save_changes();
  }

  function answered() {
    const answer = model.get("answer");
    if (answer.n !== asked) return;
    clearTimeout(watch);
    watch = null;
    if (answer.error) say(answer.error);
    else {
      state.view = answer;
      if (spoken() === "at rest") state.restSrc = answer.src;
      paint();
    }
    if (stale) ask();
  }

  const say = (text) => { verdict.textContent = text; };

  function turnLeaf(track, level) {
    const { frames, evidence } = tracks[track] ?? tracks.Neutral;
    state.view = level ? { ...frames[level - 1], evidence } : { ...rest, evidence: null };
    paint();
  }

  // --- What the reader moves ----------------------------------------------------------------------------------------

  const snap = (value) => (live ? value : Math.round(value * levels) / levels);

  function move(unit, value) {
    state.moved = unit;
    if (value === null) { if (!state.preset) caption(); return; }
    const leaves = state.preset !== null || !live;
    state.preset = null;
    if (leaves && !live) clear();
    const side = unit.paired && tracksSide(unit) ? state.side : "";
    for (const key of Object.keys(state.aus[unit.code])) if (!side || key === side) state.aus[unit.code][key] = snap(value);
    face.status.textContent = "";
    update();
    if (live) ask();
    else turnLeaf(unit.code + side, Math.round(value * levels));
  }

  const tracksSide = (unit) => live || tracks[`${unit.code}L`] !== undefined;

  function usePreset(preset, strength) {
    Object.assign(state, { preset, strength, moved: null });
    clear();
    for (const [code, value] of Object.entries(preset.aus)) {
      const [, base, side] = code.match(/^(A[UD]\d+)([LR]?)$/);
      const bySide = state.aus[base];
      if (bySide) for (const key of Object.keys(bySide)) if (!side || side === key) bySide[key] = strength * value;
    }
    update();
    if (live) ask();
    else turnLeaf(preset.label, Math.round(strength * levels));
  }

  const sliders = units.map((unit) => unitSlider(unit, live, levels, move));
  const presetButtons = presets.map((preset) => {
    const button = h("button", { type: "button", title: preset.text }, preset.label);
    button.addEventListener("click", () => usePreset(preset, 1));
    return button;
  });
  const reset = h("button", { type: "button" }, "At rest");
  reset.addEventListener("click", () => {
    Object.assign(state, { preset: null, moved: null });
    clear();
    update();
    if (live) ask();
    else turnLeaf("Neutral", 0);
  });
  const amount = slider("Strength of the recipe", 0, 1, live ? 0.05 : 1 / levels, (v) => percent(v));
  const amountText = h("output", { "aria-hidden": "true" });
  amount.input.addEventListener("input", () => usePreset(state.preset, snap(Number(amount.input.value))));
  const amountLabel = h("label", { class: "xl-amount" }, "Strength", amount.input, amountText);
  const sides = h("div", { class: "xl-modes xl-sides", "aria-label": "Side that the sliders move" },
    ...SIDES.map(([id, label]) => radio(id, null, null, label)));
  const markSides = radioGroup(sides, (side) => { state.side = side; update(); });
  const sided = live || units.some((unit) => unit.paired && tracksSide(unit));

  function update() {
    for (const row of sliders) row.show(state.aus[row.unit.code], state.side);
    markSides(state.side, state.side);
    amountLabel.hidden = !state.preset;
    amount.set(state.strength);
    amountText.textContent = percent(state.strength);
    presets.forEach((preset, i) => presetButtons[i].setAttribute("aria-pressed", preset === state.preset));
  }

  function posePart() {
    const person = h("input", { type: "number", min: 0, max: 9999, step: 1, value: state.seed, "aria-label": "Person" });
    person.addEventListener("change", () => { state.seed = Number(person.value) || 0; state.restSrc = null; ask(); });
    const angles = [["yaw", "Turn", 40], ["pitch", "Nod", 25]].map(([key, name, limit]) => {
      const text = (v) => `${v} degrees`;
      const { input, set } = slider(`${name} the head`, -limit, limit, 5, text);
      const output = h("output", { "aria-hidden": "true" }, "0°");
      set(0);
      input.addEventListener("input", () => {
        state[key] = Number(input.value);
        output.textContent = `${input.value.replace("-", "−")}°`;
        set(input.value);
        state.restSrc = null;
        ask();
      });
      return h("label", {}, name, input, output);
    });
    return h("div", { class: "xl-person xl-screen" }, h("label", {}, "Person", person), ...angles);
  }

  const groups = GROUPS.map(([part, title]) => {
    const partSliders = sliders.filter(({ unit }) => unit.part === part);
    return partSliders.length ? h("div", { role: "group", "aria-label": title }, h("div", { class: "xl-slides-head" }, h("b", {}, title)),
      ...partSliders.map((row) => row.root)) : null;
  });
  const board = h("div", { class: "xl-board" },
    h("div", { class: "xl-presets xl-screen", role: "group", "aria-label": "Recipes" }, reset, ...presetButtons), amountLabel,
    live ? posePart() : null,
    sided ? h("div", { class: "xl-screen" }, sides) : null,
    h("div", { class: "xl-slides" }, ...groups.filter(Boolean)));
  const note = live ? "Drawn by the kernel while you move." : `This page has no kernel: it holds ${levels} strengths of each unit and recipe, `
    + "drawn beforehand, and moves one at a time. In Jupyter every mixture is drawn, of any person, from any side.";
  const root = h("article", { class: "xl xl-card xl-studio", "aria-label": data.title, "data-drawn": "false" }, verdict,
    h("h2", { class: "xl-title" }, h("b", {}, data.title), " · synthetic face"),
    h("div", { class: "xl-columns" }, face.root, board),
    h("p", { class: "xl-quiet xl-studio-note" }, `${note} Left and right are the face’s own. Letters A–E: even steps from 0.1, 0.3, 0.5, 0.7 and 0.9.`));
  frame.replaceChildren(root);
  update();
  paint().catch((error) => fail(frame, error));
  if (live) model.on("change:answer", answered);
  return () => {
    clearTimeout(watch);
    model.off("change:answer", answered);
  };
}

function fail(frame, error) {
  frame.replaceChildren(h("article", { class: "xl xl-card", role: "alert", "data-drawn": "error" },
    h("p", {}, `The face could not be drawn: ${error.message}. Run the cell again.`)));
}

export default {
  render({ model, el }) {
    const frame = h("div", { class: "xl-frame" });
    el.replaceChildren(frame);
    return studio(model, frame);
  },
};
