// The gallery's overview: figures over all faces, and a thumbnail of each that leads to its card. Last part of its ES
// module, after dom.js and chips.js.

const STATES = { right: "✓", wrong: "✗", lost: "!", unread: "·" };

function thumbnail({ src, alt, label, state, says, classifier, number: count, link }) {
  const mark = h("span", { class: "xl-thumb-mark", "aria-hidden": "true" }, STATES[state]);
  const inside = [h("span", { class: "xl-thumb-photo" }, h("img", { src, alt: "", width: 96, height: 96 }), mark),
    h("b", {}, label), h("span", { class: "xl-quiet" }, says), classifier && h("span", { class: "xl-quiet" }, classifier)];
  const name = [`Face ${count}: ${alt}`, says, classifier].filter(Boolean).join("; ");
  return h("li", { class: `xl-thumb xl-is-${state}` },
    link ? h("a", { href: `#${link}`, "aria-label": name }, ...inside) : h("div", { role: "img", "aria-label": name }, ...inside));
}

function overview(data) {
  const { checks, items, without, training } = data;
  const rows = checks.map((check) => h("li", {}, chip(check), h("span", {}, check.text)));
  const states = new Set(items.map((item) => item.state));
  const key = [
    states.has("right") && "✓ green edge: the AUs suggest the expression that the face was made to show",
    states.has("wrong") && "✗ dashed edge: they suggest another",
    states.has("lost") && "! dotted edge: no face was found",
    states.has("unread") && "· grey edge: the AUs were not measured",
    "each face leads to its card",
  ].filter(Boolean).join("; ");
  const root = h("article", { class: "xl xl-card xl-gallery", "aria-label": data.title, "data-drawn": "true" },
    h("p", { class: "xl-verdict" }, data.verdict),
    h("p", { class: "xl-synthetic" }, h("b", {}, "Synthetic faces. "),
      "explab made them, so their AUs, landmarks and expressions are known; real faces are harder, and figures on these say "
      + "how far the instrument can be trusted at best."),
    training && h("p", { class: "xl-synthetic" }, h("b", {}, "Classifier. "), training),
    h("ul", { class: "xl-figures" }, ...rows),
    rows.length ? h("p", { class: "xl-quiet" },
      "Dot: mean over the faces; tick: the floor, what a trivial predictor reaches on them; whisker: 95 % interval over faces, by bootstrap, of a share by Wilson’s formula.") : null,
    h("ul", { class: "xl-thumbs" }, ...items.map(thumbnail)),
    h("p", { class: "xl-quiet" }, sentence(key[0].toUpperCase() + key.slice(1)),
      without ? ` ${without} more are shown without a card; wrong ones have one.` : ""));
  // In a notebook a link to a place would leave the notebook: go there by hand, and take the focus along.
  root.addEventListener("click", (event) => {
    const target = document.getElementById(event.target.closest("a")?.hash.slice(1));
    if (!target) return;
    event.preventDefault();
    target.scrollIntoView();
    target.focus({ preventScroll: true });
  });
  return root;
}

export default {
  render({ model, el }) {
    const draw = () => el.replaceChildren(h("div", { class: "xl-frame" }, overview(model.get("data"))));
    draw();
    model.on("change:data", draw);
    return () => model.off("change:data", draw);
  },
};
