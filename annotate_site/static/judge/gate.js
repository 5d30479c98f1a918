// The line above the answers: what is missing before one is accepted, or what went wrong.

import { listenedShare, missingSeconds, playerProblem } from "./player.js";
import { announce, word } from "./words.js";

const PROBLEM_MS = 8000; // So long it stands before what is missing takes its place.

let problemAt = -Infinity;
const line = () => document.getElementById("gate");

function isCovered() {
  return document.querySelector(".comparison .uncover:not(:checked)") !== null;
}

/** Why an answer is not accepted yet; empty when it is. */
export function whatIsMissing() {
  const missing = Math.ceil(missingSeconds());
  if (missing > 0) return word(listenedShare() > 0 ? "listen_more" : "listen", { n: missing });
  return isCovered() ? word("covered") : "";
}

export function paintGate() {
  if (!line()) return;
  const missing = whatIsMissing();
  for (const button of document.querySelectorAll(".verdict")) {
    button.setAttribute("aria-disabled", String(missing !== ""));
  }
  const text = playerProblem() || missing;
  // What the server said stays; for a while even before what is missing.
  if (line().hasAttribute("data-problem") && (!text || performance.now() - problemAt < PROBLEM_MS)) return;
  line().toggleAttribute("data-problem", playerProblem() !== "");
  if (line().textContent !== text) line().textContent = text;
}

export function showProblem(sentence) {
  announce(sentence);
  if (!line()) return;
  problemAt = performance.now();
  line().toggleAttribute("data-problem", true);
  line().textContent = sentence;
}

export function clearProblem() {
  line()?.removeAttribute("data-problem");
}

document.addEventListener("judge:heard", paintGate);
document.addEventListener("change", (event) => event.target.matches(".uncover") && paintGate());
setInterval(paintGate, 250); // The server's clock runs on while the music is paused.
