// Buttons that copy a text: <button data-copies="id of the text" hidden>Copy</button>.
// They stay hidden where the browser has no clipboard (no script, or plain http on a network).

const FEEDBACK_MS = 1600;

function show(root) {
  if (!navigator.clipboard) return;
  root.querySelectorAll("button[data-copies][hidden]").forEach((button) => { button.hidden = false; });
}

async function copy(button) {
  const label = button.textContent;
  await navigator.clipboard.writeText(document.getElementById(button.dataset.copies).textContent);
  button.textContent = "Copied";
  setTimeout(() => { button.textContent = label; }, FEEDBACK_MS);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-copies]");
  if (button && button.textContent !== "Copied") copy(button);
});
document.addEventListener("htmx:load", (event) => show(event.target));
show(document);
