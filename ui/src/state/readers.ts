// How many have read each message, for a list that asks this of every message of mine on the screen.

/** Counts the others who have read the message at a `seq`. */
export function readerCounter(seen: Readonly<Record<string, number>>, me: string): (seq: number) => number {
  const marks = Object.entries(seen)
    .filter(([user]) => user !== me)
    .map(([, read]) => read)
    .sort((a, b) => b - a);
  return (seq) => {
    let low = 0;
    let high = marks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (marks[middle]! >= seq) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}
