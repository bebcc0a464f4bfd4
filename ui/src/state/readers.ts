// How many have read each message, for a list that asks this of every message of mine on the screen.

type Seen = Readonly<Record<string, number>>;
type Counter = (seq: number) => number;

const counters = new WeakMap<Seen, { readonly me: string; readonly counter: Counter }>();

/**
 * Counts the others who have read the message at a `seq`. The same counter as before for the same marks: a chat changes
 * with each word of its host, and a new counter has every message on the screen counted again.
 */
export function readerCounter(seen: Seen, me: string): Counter {
  const known = counters.get(seen);
  if (known?.me === me) return known.counter;
  const counter = counterOf(seen, me);
  counters.set(seen, { me, counter });
  return counter;
}

function counterOf(seen: Seen, me: string): Counter {
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
