// Sending answers: only when the gate is open, one at a time, with the time they took.

import { adoptPlayer, listenedShare, missingSeconds, openGate, playerProblem } from "./player.js";

// The second click of a double click, or a key that bounces, is not an answer to what came after.
const SETTLE_MS = 300;
const MOST_RESPONSE_MS = 86_400_000;

const gate = () => document.getElementById("gate");
const verdicts = () => document.querySelectorAll(".verdict");

let shownAt = performance.now();
let isSending = false;

/** Whether the question has been on screen long enough that a press is meant for it. */
export function hasSettled() {
  return !isSending && performance.now() - shownAt > SETTLE_MS;
}

function gateText(missing) {
  const whole = Math.ceil(missing);
  const more = listenedShare() > 0 ? " more" : "";
  return `Listen ${whole}${more} second${whole === 1 ? "" : "s"} to answer`;
}

function paintGate() {
  const line = gate();
  if (!line) return;
  const missing = missingSeconds();
  for (const button of verdicts()) button.setAttribute("aria-disabled", String(missing > 0));
  const text = playerProblem() || (missing > 0 ? gateText(missing) : "");
  // An attribute and not a class: while htmx settles, a new element wears the old one's classes.
  if (line.hasAttribute("data-problem") && !text) return; // What the server said stays.
  line.toggleAttribute("data-problem", playerProblem() !== "");
  if (line.textContent !== text) line.textContent = text;
}

function problem(sentence) {
  gate().toggleAttribute("data-problem", true);
  gate().textContent = sentence;
  announce(sentence);
}

function announce(sentence) {
  document.getElementById("announcer").textContent = sentence;
}

/** Make a comparison or a question usable that has just come onto the page. */
export function welcome() {
  for (const hidden of document.querySelectorAll(".needs-script")) hidden.hidden = false;
  adoptPlayer();
  shownAt = performance.now();
  paintGate();
}

function refuseTooEarly(event) {
  const button = event.target.closest?.(".verdict, #undo");
  if (!button) return;
  const isEarly = button.matches(".verdict") && missingSeconds() > 0;
  if (isEarly) announce(gateText(missingSeconds()));
  if (isEarly || !hasSettled() || event.detail > 1) {
    event.preventDefault();
    event.stopImmediatePropagation();
  }
}

function addMeasures({ detail }) {
  if (detail.elt.id !== "answer") return;
  const share = listenedShare();
  detail.parameters.response_ms = Math.min(MOST_RESPONSE_MS, Math.round(performance.now() - shownAt));
  detail.parameters.listened_share = share === null ? "" : share.toFixed(3);
}

function beforeSwap({ detail }) {
  const { xhr } = detail;
  // Signed out in the meantime: the answer is the sign-in page, which wants the whole window.
  if (!new URL(xhr.responseURL).pathname.startsWith(location.pathname)) {
    detail.shouldSwap = false;
    location.reload();
  } else if (xhr.status === 409) {
    detail.shouldSwap = true;
    detail.isError = false;
  }
}

function afterSwap() {
  const task = document.querySelector("[data-task]");
  if (document.querySelector(".step.done")) openGate();
  welcome();
  const refusal = gate()?.hasAttribute("data-problem") ? gate().textContent : "";
  announce([task.dataset.saved, refusal, task.dataset.question].filter(Boolean).join(" "));
}

export function startAnswers() {
  document.addEventListener("click", refuseTooEarly, true);
  document.addEventListener("judge:heard", paintGate);
  document.body.addEventListener("htmx:configRequest", addMeasures);
  document.body.addEventListener("htmx:beforeRequest", () => { isSending = true; });
  document.body.addEventListener("htmx:afterRequest", () => { isSending = false; });
  document.body.addEventListener("htmx:beforeSwap", beforeSwap);
  document.body.addEventListener("htmx:afterSwap", afterSwap); // Before it is painted.
  document.body.addEventListener("htmx:sendError", () => problem("The network did not carry your answer. Press the key again."));
  document.body.addEventListener("htmx:responseError", ({ detail }) => problem(`The server could not take your answer (${detail.xhr.status}). Reload the page.`));
  setInterval(paintGate, 250); // The server's clock runs on while the music is paused.
}
