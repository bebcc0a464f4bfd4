// Small words that are slow to make, and that a list of messages asks for again and again while it is scrolled.

/** Beyond so many all are forgotten: what is on the screen is made anew in no time. */
const MOST = 2_000;

/** `make`, which depends on its text alone, asked once for each text. */
export function remembered(make: (text: string) => string): (text: string) => string {
  const known = new Map<string, string>();
  return (text) => {
    const before = known.get(text);
    if (before !== undefined) return before;
    if (known.size >= MOST) known.clear();
    const made = make(text);
    known.set(text, made);
    return made;
  };
}
