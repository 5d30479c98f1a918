// Which parts of a clip have been heard: distinct ranges of seconds, kept across reloads.

/** Sorted ranges without overlaps, from any ranges [from, to]. */
export function merged(ranges) {
  const result = [];
  for (const [from, to] of [...ranges].sort((one, other) => one[0] - other[0])) {
    const last = result.at(-1);
    if (last && from <= last[1]) last[1] = Math.max(last[1], to);
    else result.push([from, to]);
  }
  return result;
}

export function seconds(ranges) {
  return ranges.reduce((sum, [from, to]) => sum + to - from, 0);
}

function stored(lease) {
  const { lease: owner, ranges } = JSON.parse(sessionStorage.getItem("heard") ?? "{}");
  return owner === lease ? ranges : [];
}

/** What this tab has heard of the lease's clip, and a way to add what the audio has played. */
export function heardOf(lease) {
  let ranges = stored(lease);
  return {
    add(played) {
      const more = Array.from({ length: played.length }, (_, index) => [played.start(index), played.end(index)]);
      ranges = merged([...ranges, ...more]);
    },
    save() {
      sessionStorage.setItem("heard", JSON.stringify({ lease, ranges }));
    },
    get seconds() {
      return seconds(ranges);
    },
  };
}
