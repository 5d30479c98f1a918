// The next comparison, fetched and decoded while this one is being judged.

let ready = null; // { behind, comparison } once it is here.
let asked = null; // The lease behind which it was asked for.

/** The comparison of a piece of the page, as an element of this document. */
export function comparisonIn(html) {
  return document.createRange().createContextualFragment(html).querySelector(".comparison");
}

/** Fetch what comes after the lease `behind`, unless it is here. Without it the page just waits. */
export async function prepareAhead(url, behind) {
  if (asked === behind) return;
  asked = behind;
  try {
    const response = await fetch(`${url}?behind=${behind}`, { redirect: "manual" });
    if (response.status !== 200) return;
    const comparison = comparisonIn(await response.text());
    await Promise.all([...comparison.querySelectorAll("img")].map((image) => image.decode()));
    if (asked === behind) ready = { behind, comparison };
  } catch {
    if (asked === behind) asked = null; // No connection, or a broken picture: it may be asked again.
  }
}

/** The comparison after `behind`; null when it is not here. */
export function takeAhead(behind) {
  const comparison = ready?.behind === behind ? ready.comparison : null;
  forgetAhead();
  return comparison;
}

/** After an undo the comparison that was on screen is the next one again. */
export function keepAhead(behind, comparison) {
  ready = { behind, comparison };
  asked = behind;
}

export function forgetAhead() {
  ready = null;
  asked = null;
}
