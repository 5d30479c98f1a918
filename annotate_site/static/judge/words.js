// Texts in the page's language, put there by the server (annotation/page_words.py).

let words = null;

function all() {
  words ??= JSON.parse(document.getElementById("words").textContent);
  return words;
}

/** The text of that name with its `%(name)s` filled in; a pair chooses by `values.n`. */
export function word(name, values = {}) {
  const found = all()[name];
  const text = Array.isArray(found) ? found[values.n === 1 ? 0 : 1] : found;
  return text.replace(/%\((\w+)\)s/g, (_, key) => values[key]);
}

/** Say something to those who listen to the page. */
export function announce(sentence) {
  document.getElementById("announcer").textContent = sentence;
}
