// The score chip, the same everywhere: name, value, a track with the value as a dot, the floor as a tick and the interval as
// a whisker; its sentence shows on hover and focus. A part of a view's ES module.

const VERDICTS = {
  good: ["✓", "better than the floor"], unsure: ["~", "better than the floor, but not surely"],
  floor: ["–", "no better than the floor"], wrong: ["✗", "wrong"],
};

function chip({ name, value, floor, low, high, verdict, shown, better, text }) {
  const [mark, says] = VERDICTS[verdict];
  const at = (place, className) => place !== null && h("i", { class: className, style: `left: ${100 * place}%` });
  const track = h("span", { class: "xl-chip-track" },
    low !== null && high !== null && h("i", { class: "xl-chip-range", style: `left: ${100 * low}%; width: ${100 * (high - low)}%` }),
    at(floor, "xl-chip-floor"), at(value, "xl-chip-dot"));
  return h("div", { class: `xl-chip xl-is-${verdict}`, role: "img", tabindex: -1, "aria-label": `${name} ${shown}, ${says}. ${text}` },
    h("span", { class: "xl-chip-mark" }, mark), h("span", {}, name), h("b", {}, shown),
    h("span", { class: "xl-chip-better", title: `${better} is better` }, better === "lower" ? "↓" : "↑"), track,
    h("span", { class: "xl-tip" }, text));
}

// A row of chips and the sentence that says what they are; nothing without chips.
const chipSection = (checks, label, key) => (checks.length ? [chipRow(checks, label), h("p", { class: "xl-quiet xl-chips-key" }, key)] : []);

// One Tab stop for all, arrow keys inside.
function chipRow(checks, label) {
  const chips = checks.map(chip);
  if (!chips.length) return null;
  chips[0].tabIndex = 0;
  const root = h("div", { class: "xl-chips", role: "group", "aria-label": label }, ...chips);
  root.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    const at = chips.indexOf(event.target);
    if (at < 0 || step === undefined) return;
    event.preventDefault();
    const next = chips[(at + step + chips.length) % chips.length];
    for (const chip of chips) chip.tabIndex = chip === next ? 0 : -1;
    next.focus();
  });
  return root;
}
