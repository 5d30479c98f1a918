// One key for each thing that can be done.

import { press, undo } from "./desk.js";
import { openHelp, openSkip } from "./dialogs.js";
import { togglePlay } from "./player.js";
import { pan, stepZoom, toggleZoom } from "./zoom.js";

const ACTIONS = {
  " ": togglePlay,
  ArrowLeft: ({ shiftKey }) => press("left", shiftKey),
  ArrowRight: ({ shiftKey }) => press("right", shiftKey),
  ArrowDown: () => press("tie", false),
  x: () => press("cannot_tell", false),
  u: undo,
  s: openSkip,
  e: toggleExample,
  z: () => toggleZoom(),
  Escape: () => toggleZoom(false),
  "+": () => stepZoom(1),
  "-": () => stepZoom(-1),
  i: () => pan(0, 1),
  j: () => pan(1, 0),
  k: () => pan(0, -1),
  l: () => pan(-1, 0),
  "?": openHelp,
};
const MAY_REPEAT = new Set(["+", "-", "i", "j", "k", "l"]); // A held-down key answers once.
const OFF = "judge-keys-off";

// A button keeps the focus after a click, and the space key then means the music all the same;
// for somebody who walks the page by Tab it presses the button.
let walksByTab = false;

/** Whether the focused element has a use of its own for the key. */
function wantsKey(target, key) {
  if (target.closest("select, textarea, audio, dialog[open]")) return true;
  if (target.closest("input:not([type=checkbox])")) return true;
  if (key !== " ") return false;
  return target.closest("input") !== null || (walksByTab && target.closest("button, a, summary") !== null);
}

function toggleExample() {
  const example = document.querySelector(".ask:not([hidden]) .example");
  if (example) example.open = !example.open;
}

function onKey(event) {
  if (event.key === "Tab") walksByTab = true;
  if (event.ctrlKey || event.metaKey || event.altKey || wantsKey(event.target, event.key)) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const action = ACTIONS[key];
  if (!action || (localStorage.getItem(OFF) && key !== "?") || !document.querySelector(".comparison")) return;
  event.preventDefault();
  if (!event.repeat || MAY_REPEAT.has(key)) action(event);
}

export function startKeys() {
  const isOn = document.getElementById("keys-on");
  isOn.checked = !localStorage.getItem(OFF);
  isOn.addEventListener("change", () => {
    if (isOn.checked) localStorage.removeItem(OFF);
    else localStorage.setItem(OFF, "yes");
  });
  document.addEventListener("keydown", onKey);
  document.addEventListener("pointerdown", () => { walksByTab = false; });
}
