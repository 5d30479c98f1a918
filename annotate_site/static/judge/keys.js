// One key for each thing that can be done.

import { togglePlay } from "./player.js";

const BUTTONS = {
  ArrowLeft: "answer-left",
  ArrowRight: "answer-right",
  ArrowDown: "answer-tie",
  x: "answer-cannot-tell",
  u: "undo",
  "?": "show-keys",
};

// A button keeps the focus after a click, and the space key then means the music all the same;
// for somebody who walks the page by Tab it presses the button.
let walksByTab = false;

/** Whether the focused element has a use of its own for the key. */
function wantsKey(target, key) {
  if (target.closest("input, select, textarea, audio, dialog[open]")) return true;
  return key === " " && walksByTab && target.closest("button, a") !== null;
}

function onKey(event) {
  if (event.key === "Tab") walksByTab = true;
  if (event.ctrlKey || event.metaKey || event.altKey || wantsKey(event.target, event.key)) return;
  const id = BUTTONS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  const button = id && document.getElementById(id);
  if (event.key !== " " && !button) return;
  event.preventDefault();
  if (event.repeat) return; // A key that is held down answers once.
  if (event.key === " ") togglePlay();
  else button.click();
}

export function startKeys() {
  const help = document.getElementById("keys");
  document.addEventListener("keydown", onKey);
  document.addEventListener("pointerdown", () => { walksByTab = false; });
  document.addEventListener("click", (event) => {
    if (event.target.closest("#show-keys")) help.showModal();
    else if (event.target === help) help.close(); // A click beside it.
  });
}
