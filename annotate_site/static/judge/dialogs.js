// The help, and the question why a comparison is skipped.

import { skip } from "./desk.js";

const help = document.getElementById("keys");
const skipping = document.getElementById("skip-dialog");

export function openHelp() {
  help.showModal();
}

export function openSkip() {
  const form = skipping.querySelector("form");
  form.reset();
  form.elements.lease.value = document.querySelector(".comparison").dataset.lease;
  skipping.showModal();
}

function onClick(event) {
  const { target } = event;
  if (target.closest("#show-keys")) openHelp();
  else if (target.closest("#skip")) {
    event.preventDefault();
    openSkip();
  } else if (target.closest("[data-closes]") || target.matches("dialog")) {
    target.closest("dialog").close(); // By its button, or by a click beside it.
  }
}

function onSkip(event) {
  event.preventDefault();
  const { lease, reason, note } = event.target.elements;
  skipping.close();
  // In the meantime another window may have brought another comparison.
  if (lease.value === document.querySelector(".comparison")?.dataset.lease) skip(reason.value, note.value);
}

export function startDialogs() {
  document.addEventListener("click", onClick);
  skipping.querySelector("form").addEventListener("submit", onSkip);
}
