// Keys on the page where a manager settles a disagreement. Without it, it is an ordinary form.
// The question that the keys answer is the one that has the focus, else the first disputed one
// without an answer; it is highlighted.

const KEYS = { ArrowLeft: "←", ArrowRight: "→", ArrowDown: "↓", x: "x", o: "o" };
const form = document.getElementById("settle");
const audio = document.getElementById("audio");
const rulings = [...form.querySelectorAll(".ruling")];

const answered = (ruling) => ruling.querySelector("input:checked") !== null;
const focused = () => rulings.find((ruling) => ruling.contains(document.activeElement));

function waiting() {
  const disputed = rulings.filter((ruling) => "disputed" in ruling.dataset);
  return disputed.find((ruling) => !answered(ruling)) ?? rulings.find((ruling) => !answered(ruling));
}

function lookAt(ruling) {
  const input = ruling.querySelector("input:checked") ?? ruling.querySelector("input");
  input.focus({ preventScroll: true });
}

function answer(key) {
  const ruling = focused() ?? waiting() ?? rulings[0];
  ruling.querySelector(`[data-key="${KEYS[key]}"]`).checked = true;
  lookAt(waiting() ?? ruling);
}

function play() {
  if (audio.paused) audio.play();
  else audio.pause();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("textarea, audio")) return;
  if (event.key in KEYS) answer(event.key);
  else if (event.key === " " && !event.target.closest("button, a, summary")) play();
  else return;
  event.preventDefault();
});

const first = waiting();
if (first && window.matchMedia("(hover: hover)").matches) lookAt(first);
