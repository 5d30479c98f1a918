// Ranges with their number beside them: <input type="range"> and <output for="its id" hidden>.
// data-weighs names a choice without which a range has nothing to weigh, and is switched off.
// Without a script the number stays hidden: it would not follow.

function tell(range, output) {
  output.textContent = Number(range.value).toFixed(2);
  output.hidden = false;
}

function follow(range, choice) {
  range.disabled = !choice.value;
}

document.querySelectorAll('input[type="range"]').forEach((range) => {
  const output = document.querySelector(`output[for="${range.id}"]`);
  if (output) {
    range.addEventListener("input", () => tell(range, output));
    tell(range, output);
  }
  const choice = document.getElementById(range.dataset.weighs);
  if (choice) {
    choice.addEventListener("change", () => follow(range, choice));
    follow(range, choice);
  }
});
