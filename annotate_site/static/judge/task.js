// What a comparison shows of its own state: the question, the steps, the last answer, the numbers.

import { word } from "./words.js";

const nameOf = ({ verdict, strength }) => word(verdict) + (strength === 2 ? ` (${word("much")})` : "");

/** Ask the question at that position. */
export function turnTo(comparison, position) {
  const asks = [...comparison.querySelectorAll(".ask")];
  const { axis } = asks[position].dataset;
  comparison.dataset.axis = axis;
  comparison.querySelector(".task").className = `task ${axis}`;
  for (const ask of asks) ask.hidden = ask.dataset.axis !== axis;
  comparison.querySelectorAll(".step").forEach((step, index) => paintStep(step, index, position));
  const form = comparison.querySelector("#answer");
  form.elements.axis.value = axis;
  form.setAttribute("aria-labelledby", `question-${axis}`);
}

function paintStep(step, index, position) {
  const state = index === position ? "current" : index < position ? "done" : "coming";
  step.className = `step ${step.dataset.axis} ${state}`;
  step.toggleAttribute("aria-current", false);
  if (state === "current") step.setAttribute("aria-current", "step");
  const number = step.querySelector(".step-number");
  number.textContent = state === "done" ? "✓" : number.dataset.number;
  if (state !== "done") step.querySelector(".step-answer").textContent = "";
}

/** Write an answer beside the name of its step. */
export function markStep(comparison, given) {
  const step = comparison.querySelector(`.step[data-axis="${given.axis}"]`);
  step.querySelector(".step-answer").textContent = `: ${nameOf(given)}`;
}

/** The last answer below the buttons: to be undone, or made a strong one. */
export function paintAfter(comparison, last) {
  const form = comparison.querySelector("#undo-form");
  const much = comparison.querySelector("#much");
  much.hidden = last?.verdict !== "left" && last?.verdict !== "right";
  if (!last) {
    form.hidden = !form.elements.judgement.value; // Of before this page was fetched.
    return;
  }
  form.hidden = false;
  form.elements.judgement.value = ""; // From here on the own history counts.
  form.querySelector(".undo-what").textContent = nameOf(last);
  much.setAttribute("aria-pressed", String(last.strength === 2));
}

export function questionText(comparison) {
  return comparison.querySelector(".ask:not([hidden]) .question").textContent;
}

const NUMBERS = ["today", "judged", "waiting"];
const MOST_WAITING = 200; // The server counts no further.

export function paintProgress(desk, progress) {
  for (const id of NUMBERS) {
    const number = desk.querySelector(`#${id}`);
    if (number && id in progress) number.textContent = progress[id];
  }
}

/** The numbers of the comparison that leaves, for the one that was kept ready: one less waits. */
export function carryProgress(from, to) {
  for (const id of NUMBERS) to.querySelector(`#${id}`).textContent = from.querySelector(`#${id}`).textContent;
  const waiting = to.querySelector("#waiting");
  const n = Number(waiting.textContent);
  if (n > 0 && n < MOST_WAITING) waiting.textContent = n - 1;
}
