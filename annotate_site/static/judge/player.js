// The own control of the native <audio>, and the gate that opens when enough has been heard.

import { heardOf } from "./heard.js";
import { level, wakeSound } from "./level.js";
import { word } from "./words.js";

// Browsers report played ranges in steps; what is missing below this counts as heard.
const ROUNDING_S = 0.25;

const element = (id) => document.getElementById(id);
const clock = (seconds) => {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
};

let player = null; // The comparison on the page, its audio and what has been heard of it.
let autoplays = false; // From the first time that the person presses play.

/** Take over the player of the comparison that is on the page now; null when there is none. */
export function adoptPlayer(comparison) {
  if (comparison === player?.comparison) return;
  player?.audio.pause();
  player = comparison && {
    comparison,
    section: comparison.querySelector(".player"),
    audio: element("audio"),
    heard: heardOf(comparison.dataset.lease),
    gainDb: Number(comparison.dataset.gainDb),
    listenS: Number(comparison.dataset.listenS),
    waitS: Number(comparison.dataset.waitS),
    durationS: Number(comparison.dataset.durationS),
    shownAt: performance.now(),
  };
  if (!player) return;
  wire(player.audio);
  paint();
  // A browser that forbids it leaves the play button, which is what we want then.
  if (autoplays) play().catch(() => {});
}

function wire(audio) {
  if (!audio.controls) return; // It was here before: an undo has brought it back.
  audio.controls = false;
  for (const event of ["play", "pause", "seeked", "ended", "timeupdate", "error"]) {
    audio.addEventListener(event, paint);
  }
  audio.addEventListener("play", animate);
  const seek = element("seek");
  element("play").addEventListener("click", togglePlay);
  seek.addEventListener("input", () => { audio.currentTime = Number(seek.value); });
  // After a drag the arrow keys are for answers again.
  seek.addEventListener("pointerup", () => seek.blur());
}

async function play() {
  const { audio, gainDb } = player;
  if (level(audio, gainDb, () => audio.pause())) await audio.play();
}

export async function togglePlay() {
  if (!player) return;
  const { audio } = player;
  if (!audio.paused) return audio.pause();
  autoplays = true;
  await wakeSound();
  play().catch(paint);
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
  if (!player) return;
  player.listenS = 0;
  player.comparison.dataset.listenS = "0"; // Also when an undo brings it back.
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
  element("play").querySelector("span").textContent = word(audio.paused ? "play" : "pause");
  const share = listenS ? heard.seconds / listenS : audio.currentTime / durationS;
  section.querySelector(".ring-heard").style.strokeDashoffset = 100 - 100 * Math.min(1, share);
  const seek = element("seek");
  seek.value = audio.currentTime;
  section.style.setProperty("--share", `${(100 * audio.currentTime) / durationS}%`);
  const [at, length] = [clock(audio.currentTime), clock(durationS)];
  seek.setAttribute("aria-valuetext", word("position", { at, length }));
  element("time").textContent = `${at} / ${length}`;
  document.dispatchEvent(new Event("judge:heard"));
}

export function playerProblem() {
  return player?.audio.error ? word("no_music") : "";
}

addEventListener("pagehide", () => player?.heard.save());
