// The line that says whether answers are waiting for a connection.

import { word } from "./words.js";

const CLEARED_AFTER_MS = 4000;
const line = () => document.getElementById("network");

function show(text, kind) {
  const element = line();
  element.hidden = text === "";
  element.className = `network ${kind}`;
  if (element.textContent !== text) element.textContent = text;
}

export function watchNetwork(outbox) {
  let wasTroubled = false;
  line().dataset.waiting = outbox.entries.length;
  outbox.addEventListener("changed", () => {
    const n = outbox.entries.length;
    line().dataset.waiting = n;
    if (outbox.isTroubled && n > 0) {
      wasTroubled = true;
      show(word("offline", { n }), "waiting");
    } else if (n === 0 && wasTroubled) {
      wasTroubled = false;
      show(word("all_sent"), "good");
      setTimeout(() => wasTroubled || show("", ""), CLEARED_AFTER_MS);
    }
  });
}

export function sayResuming(n) {
  show(word("sending", { n }), "resuming");
}

/** The answers of before a reload are sent. */
export function sayResumed() {
  if (line().classList.contains("resuming")) show("", "");
}
