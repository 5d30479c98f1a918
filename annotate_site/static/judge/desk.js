// The desk: the comparison that is being judged, what is answered, and what comes after.
//
// It goes on at once with every answer; the outbox tells the server behind it. When the server
// refuses something, the page is fetched anew and shows where the person really stands.

import { watchActivity } from "./active.js";
import { comparisonIn, forgetAhead, keepAhead, prepareAhead, takeAhead } from "./ahead.js";
import { clearProblem, paintGate, showProblem, whatIsMissing } from "./gate.js";
import { sayResumed, sayResuming, watchNetwork } from "./network.js";
import { Outbox } from "./outbox.js";
import { adoptPlayer, listenedShare, openGate } from "./player.js";
import { carryProgress, markStep, paintAfter, paintProgress, questionText, turnTo } from "./task.js";
import { announce, word } from "./words.js";

// The second click of a double click, or a key that bounces, is not an answer to what came after.
const SETTLE_MS = 300;
// The same arrow again within this time makes the answer a strong one.
const TWICE_MS = 600;
const MOST_RESPONSE_MS = 86_400_000;
const RETRY_MS = 2000;
// Further back nobody undoes, and each keeps its pictures in memory.
const MOST_HISTORY = 30;

const desk = document.getElementById("judge");
const urls = desk.dataset;
const active = watchActivity();
const placeKey = `judge-place ${urls.person}`;

let comparison = null;
let outbox = null;
let history = []; // Own answers since the page was fetched, the newest last.
let shownAt = 0;
let activeBefore = 0; // Active time when the question appeared.
let isWaiting = false; // For the server to say what comes next.
let fetches = 0;
let knownPlace = null;

const lease = () => comparison.dataset.lease;
const axes = () => [...comparison.querySelectorAll(".ask")].map((ask) => ask.dataset.axis);
const hasSettled = () => comparison && performance.now() - shownAt > SETTLE_MS;
const isSided = (verdict) => verdict === "left" || verdict === "right";

/** An answer by click, or by a key that was pressed once. */
export function answer(verdict, isMuch = false) {
  if (isWaiting || !hasSettled()) return;
  const missing = whatIsMissing();
  if (missing) return announce(missing);
  const { axis } = comparison.dataset;
  const strength = isSided(verdict) ? (isMuch ? 2 : 1) : "";
  outbox.push("answer", { lease: lease(), axis, verdict, strength, ...measures() });
  const given = { lease: lease(), axis, verdict, strength, comparison, at: performance.now() };
  history = [...history, given].slice(-MOST_HISTORY);
  markStep(comparison, given);
  clearProblem();
  openGate();
  goOn(said(given));
}

/** An answer by key: the same arrow twice quickly means “much better”. */
export function press(verdict, isMuch) {
  const last = history.at(-1);
  const isTwice = last && isSided(verdict) && last.verdict === verdict && performance.now() - last.at < TWICE_MS;
  if (isTwice) strengthen(2);
  else answer(verdict, isMuch);
}

/** Say of the last answer how much better it is. */
export function strengthen(strength) {
  const last = history.at(-1);
  if (!last || !isSided(last.verdict) || last.strength === strength) return;
  last.strength = strength;
  if (!outbox.amend(last.lease, last.axis, { strength })) {
    outbox.push("strength", { lease: last.lease, axis: last.axis, strength });
  }
  markStep(last.comparison, last);
  paintAfter(comparison, last);
  announce(said(last));
}

export function undo() {
  if (!hasSettled()) return;
  const last = history.pop();
  if (!last) return undoBeforeThisPage();
  if (!outbox.withdraw(last.lease, last.axis)) outbox.push("undo", { lease: last.lease, axis: last.axis });
  if (last.comparison !== comparison) {
    keepAhead(last.lease, comparison);
    place(last.comparison);
  }
  isWaiting = false;
  fetches += 1; // What is being fetched is no longer wanted.
  clearProblem();
  ask(axes().indexOf(last.axis), word("undone"));
}

function undoBeforeThisPage() {
  const judgement = desk.querySelector("#undo-form [name=judgement]")?.value;
  if (!judgement) return announce(word("nothing_to_undo"));
  wait();
  outbox.push("undo", { judgement });
}

export function skip(reason, note) {
  if (!comparison) return;
  history = history.filter((given) => given.lease !== lease());
  outbox.push("skip", { lease: lease(), reason, note });
  leave(word("skipped"));
}

function said({ verdict, strength }) {
  return word(strength === 2 ? "saved_much" : "saved", { answer: word(verdict) });
}

function measures() {
  const share = listenedShare();
  return {
    response_ms: Math.min(MOST_RESPONSE_MS, Math.round(active.upTo(performance.now()) - activeBefore)),
    listened_share: share === null ? "" : share.toFixed(3),
  };
}

function beginTime() {
  shownAt = performance.now();
  activeBefore = active.upTo(shownAt);
}

function goOn(sentence) {
  const next = axes().indexOf(comparison.dataset.axis) + 1;
  if (next < axes().length) ask(next, sentence);
  else leave(sentence);
  rememberPlace();
}

function ask(position, sentence) {
  turnTo(comparison, position);
  beginTime();
  paintAfter(comparison, history.at(-1));
  paintGate();
  announce(`${sentence} ${questionText(comparison)}`);
}

function leave(sentence) {
  const next = takeAhead(lease());
  if (!next) return wait();
  carryProgress(comparison, next);
  place(next);
  announce(`${sentence} ${word("next")} ${questionText(comparison)}`);
}

function wait() {
  isWaiting = true;
  comparison?.classList.add("leaving");
  announce(word("one_moment"));
}

/** Put a comparison, or the card that says that there is none, on the desk. */
function place(next) {
  const focused = desk.contains(document.activeElement) ? document.activeElement.id : "";
  next.classList.remove("leaving");
  desk.replaceChildren(next);
  isWaiting = false;
  welcome();
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
}

function welcome() {
  comparison = desk.querySelector(".comparison");
  for (const hidden of desk.querySelectorAll(".needs-script")) hidden.hidden = false;
  adoptPlayer(comparison);
  document.dispatchEvent(new Event("judge:placed"));
  if (!comparison) return;
  const position = axes().indexOf(comparison.dataset.axis);
  if (position > 0) openGate();
  turnTo(comparison, position);
  beginTime();
  paintAfter(comparison, history.at(-1));
  paintGate();
  // Only who has begun a comparison may hold the next one as well.
  if (position > 0) prepareAhead(urls.ahead, lease());
}

/** Ask the server what is to be judged now, and say `problem` if there was one. */
async function fetchPage(problem = "") {
  const ours = ++fetches;
  let html;
  try {
    const response = await fetch(urls.page, { headers: { "HX-Request": "true" }, redirect: "manual" });
    if (response.type === "opaqueredirect") return location.reload(); // Signed out, or sent elsewhere.
    if (!response.ok) throw new Error(response.statusText);
    html = await response.text();
  } catch {
    return setTimeout(() => ours === fetches && fetchPage(problem), RETRY_MS);
  }
  if (ours !== fetches) return;
  const card = () => document.createRange().createContextualFragment(html).firstElementChild;
  place(comparisonIn(html) ?? card());
  rememberPlace();
  if (problem) showProblem(problem);
  else announce(comparison ? questionText(comparison) : desk.querySelector("h1").textContent);
}

function onSent({ detail: { entry, told, wasTroubled } }) {
  const { lease: of } = entry.fields;
  if (told.progress) paintProgress(desk, told.progress);
  if (told.next_axis && comparison && of === lease()) prepareAhead(urls.ahead, of);
  if (isWaiting && !outbox.entries.length) {
    if (entry.kind === "undo" || wasTroubled) history = [];
    sayResumed();
    fetchPage();
  }
}

function onRefused({ detail: { refusal } }) {
  startAnew(refusal);
}

function startAnew(problem) {
  history = [];
  forgetAhead();
  sayResumed();
  wait();
  fetchPage(problem);
}

// Where this person is, so that another window of theirs can catch up.
function rememberPlace() {
  knownPlace = comparison ? `${lease()} ${comparison.dataset.axis}` : "";
  localStorage.setItem(placeKey, knownPlace);
}

function catchUp() {
  if (document.hidden || isWaiting || outbox.entries.length) return;
  if (localStorage.getItem(placeKey) !== knownPlace) startAnew(word("elsewhere"));
}

function onClick(event) {
  const button = event.target.closest(".verdict, #undo, #much");
  if (!button || !desk.contains(button)) return;
  event.preventDefault();
  if (event.detail > 1) return; // The second half of a double click.
  if (button.id === "undo") undo();
  else if (button.id === "much") strengthen(history.at(-1)?.strength === 2 ? 1 : 2);
  else answer(button.value, event.shiftKey);
}

export function startDesk() {
  outbox = new Outbox(urls.person, { answer: urls.answer, strength: urls.strength, undo: urls.undo, skip: urls.skip });
  outbox.addEventListener("sent", onSent);
  outbox.addEventListener("refused", onRefused);
  outbox.addEventListener("signed-out", () => location.reload());
  watchNetwork(outbox);
  desk.addEventListener("click", onClick);
  document.addEventListener("visibilitychange", catchUp);
  addEventListener("focus", catchUp);
  welcome();
  rememberPlace();
  const left = outbox.entries.length;
  if (!left) return;
  wait(); // Answers from before a reload: what the page shows is older than they are.
  sayResuming(left);
  outbox.send();
}
