// All clips equally loud: the gain that was measured at import, applied while playing.
//
// Web Audio and not audio.volume, because that only turns down, and on iOS not even that. The price:
// sound that goes through a context that does not run is silent, and would open the gate unheard.
// So a clip is wired up only once the context runs, and stops when the context is interrupted.

let context = null;
let stop = () => {}; // Pauses what plays.
const wired = new WeakSet();

function watched(fresh) {
  fresh.addEventListener("statechange", () => fresh.state === "running" || stop());
  return fresh;
}

function factor(gainDb) {
  return 10 ** (gainDb / 20);
}

/** Call it from a key press or click, which is when browsers let sound begin. */
export async function wakeSound() {
  if (!("AudioContext" in window)) return;
  // iOS mutes Web Audio by the ringer switch unless it is told that this is music.
  if (navigator.audioSession) navigator.audioSession.type = "playback";
  context ??= watched(new AudioContext());
  if (context.state === "running") return;
  await Promise.race([context.resume(), new Promise((done) => setTimeout(done, 300))]);
}

/** Make `audio` as loud as the others; false when it would play unheard.

    `pause` is called when the system takes the sound away. */
export function level(audio, gainDb, pause) {
  stop = pause;
  const isRunning = context?.state === "running";
  if (wired.has(audio)) return isRunning;
  if (!gainDb) return true;
  if (!isRunning) {
    audio.volume = Math.min(1, factor(gainDb)); // Better than nothing, until the context runs.
    return true;
  }
  wired.add(audio);
  audio.volume = 1;
  const gain = new GainNode(context, { gain: factor(gainDb) });
  new MediaElementAudioSourceNode(context, { mediaElement: audio }).connect(gain).connect(context.destination);
  return true;
}
