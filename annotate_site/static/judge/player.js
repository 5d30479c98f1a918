// The own control of the native <audio>, and the gate that opens when enough has been heard.

import { heardOf } from "./heard.js";

// Browsers report played ranges in steps; what is missing below this counts as heard.
const ROUNDING_S = 0.25;

const element = (id) => document.getElementById(id);
const clock = (seconds) => {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
};

let player = null; // The section on the page, its audio and what has been heard of it.
let autoplays = false; // From the first time that the person presses play.

/** Take over the player that is on the page now. Call it whenever one may have come. */
export function adoptPlayer() {
  const section = document.querySelector(".player");
  if (section === player?.section) return;
  player = section && {
    section,
    audio: element("audio"),
    heard: heardOf(section.dataset.lease),
    listenS: Number(section.dataset.listenS),
    waitS: Number(section.dataset.waitS),
    durationS: Number(section.dataset.durationS),
    shownAt: performance.now(),
  };
  if (!player) return;
  player.audio.controls = false;
  for (const event of ["play", "pause", "seeked", "ended", "timeupdate"]) {
    player.audio.addEventListener(event, paint);
  }
  player.audio.addEventListener("play", animate);
  player.audio.addEventListener("error", paint);
  wireTransport(player.audio);
  paint();
  // A browser that forbids it leaves the play button, which is what we want then.
  if (autoplays) player.audio.play().catch(() => {});
}

function wireTransport(audio) {
  const seek = element("seek");
  element("play").addEventListener("click", togglePlay);
  seek.addEventListener("input", () => { audio.currentTime = Number(seek.value); });
  // After a drag the arrow keys are for answers again.
  seek.addEventListener("pointerup", () => seek.blur());
}

export function togglePlay() {
  if (!player) return;
  const { audio } = player;
  if (!audio.paused) return audio.pause();
  autoplays = true;
  audio.play().catch(paint);
}

/** Seconds until an answer is accepted; 0 when it is. */
export function missingSeconds() {
  if (!player || !player.listenS) return 0;
  const listen = player.listenS - player.heard.seconds;
  const wait = player.waitS - (performance.now() - player.shownAt) / 1000;
  return Math.max(listen > ROUNDING_S ? listen : 0, wait, 0);
}

export function listenedShare() {
  return player ? Math.min(1, player.heard.seconds / player.durationS) : null;
}

/** After the first answer the gate stays open for this comparison. */
export function openGate() {
  if (player) player.listenS = 0;
}

function animate() {
  if (!player || player.audio.paused) return;
  paint();
  requestAnimationFrame(animate);
}

function paint() {
  if (!player?.section.isConnected) return;
  const { audio, heard, section, listenS, durationS } = player;
  heard.add(audio.played);
  if (audio.paused) heard.save();
  section.classList.toggle("playing", !audio.paused);
  section.classList.toggle("waiting", missingSeconds() > 0 && audio.paused);
  element("play").querySelector("span").textContent = audio.paused ? "Play the music" : "Pause the music";
  const share = listenS ? heard.seconds / listenS : audio.currentTime / durationS;
  section.querySelector(".ring-heard").style.strokeDashoffset = 100 - 100 * Math.min(1, share);
  const seek = element("seek");
  seek.value = audio.currentTime;
  // Not on an element with an id: htmx would copy its style attribute, which the CSP forbids.
  section.style.setProperty("--share", `${(100 * audio.currentTime) / durationS}%`);
  seek.setAttribute("aria-valuetext", `${clock(audio.currentTime)} of ${clock(durationS)}`);
  element("time").textContent = `${clock(audio.currentTime)} / ${clock(durationS)}`;
  document.dispatchEvent(new Event("judge:heard"));
}

export function playerProblem() {
  return player?.audio.error ? "The music cannot be played. Reload the page, or tell the people who run this site." : "";
}

addEventListener("pagehide", () => player?.heard.save());
