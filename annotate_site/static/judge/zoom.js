// Both pictures enlarged in step: the same part of each, by key, mouse, wheel or two fingers.

import { announce, word } from "./words.js";

const FIRST = 2.5;
const STEP = 1.25;
const MOST = 8;
const PAN_SHARE = 0.15; // Of a picture's side, for one key press.
const CLICK_PX = 6; // A pointer that moved less has clicked.

// The middle of what is seen, as shares of the picture's side; 0.5 is its middle.
const view = { factor: 1, x: 0.5, y: 0.5 };
const pointers = new Map();
let moved = 0;
let spread = 0;

const pictures = () => document.querySelector(".pictures");
const isZoomed = () => view.factor > 1;

function clamp(value) {
  const margin = 0.5 / view.factor;
  return Math.min(1 - margin, Math.max(margin, value));
}

function show(factor, x = view.x, y = view.y) {
  view.factor = Math.min(MOST, Math.max(1, factor));
  view.x = clamp(x);
  view.y = clamp(y);
  const element = pictures();
  if (!element) return;
  element.classList.toggle("zoomed", isZoomed());
  element.style.setProperty("--zoom", view.factor);
  element.style.setProperty("--x", `${100 * (0.5 - view.x)}%`);
  element.style.setProperty("--y", `${100 * (0.5 - view.y)}%`);
  document.getElementById("zoom").setAttribute("aria-pressed", String(isZoomed()));
}

function say() {
  announce(isZoomed() ? word("zoomed", { factor: view.factor.toFixed(1) }) : word("zoomed_out"));
}

export function toggleZoom(wanted = !isZoomed()) {
  if (!pictures() || wanted === isZoomed()) return;
  show(wanted === false ? 1 : FIRST, 0.5, 0.5);
  say();
}

export function stepZoom(direction) {
  show(view.factor * STEP ** direction);
  say();
}

/** Move the pictures by steps, to the right and down. */
export function pan(right, down) {
  if (!isZoomed()) return;
  const step = PAN_SHARE / view.factor;
  show(view.factor, view.x - right * step, view.y - down * step);
}

/** Where a pointer is in its picture, as shares of its side of the screen. */
function shareAt(event) {
  const box = event.target.closest(".picture").getBoundingClientRect();
  return { x: (event.clientX - box.left) / box.width, y: (event.clientY - box.top) / box.height, box };
}

/** Zoom so that what lies under the pointer stays there. */
function zoomAt(event, factor) {
  const { x, y } = shareAt(event);
  const from = { x: view.x + (x - 0.5) / view.factor, y: view.y + (y - 0.5) / view.factor };
  const next = Math.min(MOST, Math.max(1, factor));
  show(next, from.x - (x - 0.5) / next, from.y - (y - 0.5) / next);
}

function onPicture(event) {
  return event.target.closest?.(".picture") && !event.target.closest(".cover, .uncover");
}

function onDown(event) {
  if (!onPicture(event) || event.button > 0) return;
  pointers.set(event.pointerId, event);
  moved = 0;
  spread = distance();
  event.target.setPointerCapture?.(event.pointerId);
}

function distance() {
  const [one, other] = [...pointers.values()];
  return other ? Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY) : 0;
}

function onMove(event) {
  const before = pointers.get(event.pointerId);
  if (!before) return;
  pointers.set(event.pointerId, event);
  const [dx, dy] = [event.clientX - before.clientX, event.clientY - before.clientY];
  moved += Math.abs(dx) + Math.abs(dy);
  if (pointers.size === 2 && spread > 0) {
    const now = distance();
    zoomAt(event, view.factor * (now / spread));
    spread = now;
  } else if (isZoomed()) {
    const { box } = shareAt(before);
    show(view.factor, view.x - dx / box.width / view.factor, view.y - dy / box.height / view.factor);
  }
}

function onUp(event) {
  const isClick = pointers.delete(event.pointerId) && event.type === "pointerup" && pointers.size === 0 && moved < CLICK_PX;
  spread = distance();
  if (!isClick) return;
  if (isZoomed()) toggleZoom(false);
  else {
    zoomAt(event, FIRST);
    say();
  }
}

function onWheel(event) {
  if (!onPicture(event) || (!isZoomed() && !event.ctrlKey)) return; // Else the page scrolls.
  event.preventDefault();
  zoomAt(event, view.factor * STEP ** (-Math.sign(event.deltaY)));
}

export function startZoom() {
  document.addEventListener("click", (event) => event.target.closest("#zoom") && toggleZoom());
  document.addEventListener("judge:placed", () => show(1, 0.5, 0.5));
  document.addEventListener("pointerdown", onDown);
  document.addEventListener("pointermove", onMove);
  document.addEventListener("pointerup", onUp);
  document.addEventListener("pointercancel", onUp);
  document.addEventListener("wheel", onWheel, { passive: false });
}
