// Elements and radio groups, first part of a view's ES module (see view.py: parts are joined, nothing is imported).
// Data reaches the page only as text nodes and attributes, never as HTML.

function h(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== false && child !== ""));
  return node;
}

const radio = (id, label, className, ...children) =>
  h("button", { type: "button", role: "radio", class: className, "data-id": id, "aria-label": label }, ...children);
const percent = (fraction) => `${Math.round(100 * fraction)} %`;
const number = (value) => value.toFixed(2);
const chance = (p) => (p > 0.995 ? ">0.99" : p < 0.005 ? "<0.01" : number(p)); // never 0, never 1
const sentence = (text) => (/[.!?]$/.test(text) ? text : `${text}.`);

// Radio buttons as ARIA describes them: one Tab stop, arrow keys move and choose, Home and End jump.
function radioGroup(root, choose) {
  const radios = [...root.querySelectorAll('[role="radio"]')];
  root.setAttribute("role", "radiogroup");
  root.addEventListener("click", (event) => {
    const chosen = event.target.closest('[role="radio"]');
    if (chosen) choose(chosen.dataset.id);
  });
  root.addEventListener("keydown", (event) => {
    const at = radios.indexOf(event.target);
    const steps = { ArrowDown: at + 1, ArrowRight: at + 1, ArrowUp: at - 1, ArrowLeft: at - 1, Home: 0, End: -1 };
    const to = steps[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    const next = radios[(to + radios.length) % radios.length];
    next.focus();
    choose(next.dataset.id);
  });
  return (checked, stop) => {
    const tabStop = radios.find((button) => button.dataset.id === stop) ?? radios[0];
    for (const button of radios) {
      button.setAttribute("aria-checked", button.dataset.id === checked);
      button.tabIndex = button === tabStop ? 0 : -1;
    }
  };
}
