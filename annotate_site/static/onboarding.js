// Practice and test: a gate that counts what has been heard, one key for each answer, and the time
// that it took. Without this file the pages work as plain forms, and the server holds the gate.

const ROUNDING_S = 0.25; // Browsers report played ranges in steps.
const SETTLE_MS = 300; // The second click of a double click is not meant for the next question.
const MOST_RESPONSE_MS = 86_400_000;

const audio = document.getElementById("audio");
const gate = document.getElementById("gate");
const form = document.getElementById("answer");
const buttons = [...form.querySelectorAll("button")];
const shownAt = performance.now();
const store = `heard ${audio.dataset.lease}`;
const before = Number(sessionStorage.getItem(store) ?? 0); // Seconds, before a reload.

let isSent = false;

function heard() {
  let seconds = before;
  for (let i = 0; i < audio.played.length; i += 1) seconds += audio.played.end(i) - audio.played.start(i);
  return seconds;
}

function missing() {
  const listen = Number(audio.dataset.listenS) - heard();
  const wait = Number(audio.dataset.waitS) - (performance.now() - shownAt) / 1000;
  return Math.max(listen > ROUNDING_S ? listen : 0, wait, 0);
}

function paint() {
  const seconds = Math.ceil(missing());
  for (const button of buttons) button.setAttribute("aria-disabled", String(seconds > 0));
  const text = seconds > 0 ? gate.dataset.text.replace("%s", seconds) : "";
  if (gate.textContent !== text) gate.textContent = text;
}

form.addEventListener("submit", (event) => {
  if (isSent || missing() > 0 || performance.now() - shownAt < SETTLE_MS) {
    event.preventDefault();
    return;
  }
  isSent = true;
  const share = audio.duration > 0 ? Math.min(1, heard() / audio.duration) : 0;
  form.elements.response_ms.value = Math.min(MOST_RESPONSE_MS, Math.round(performance.now() - shownAt));
  form.elements.listened_share.value = share.toFixed(3);
});

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (event.target.closest("input, select, textarea, audio")) return;
  const button = buttons.find(({ dataset }) => dataset.key === event.key);
  if (!button) return;
  event.preventDefault();
  button.click();
});

addEventListener("pagehide", () => sessionStorage.setItem(store, heard()));
addEventListener("pageshow", () => { isSent = false; });
setInterval(paint, 250);
paint();
