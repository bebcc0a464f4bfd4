// The demo's search: plain words, wherever they stand. The real one is the host's.

import type { Hit, Message } from "../../wire";

/** The messages that hold every word of the query, the newest first. */
export function hitsOf(messages: readonly Message[], query: string, me: string): Hit[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const found = messages.filter(({ content }) => words.every((word) => content.toLowerCase().includes(word)));
  return found
    .toSorted((a, b) => b.timestamp.localeCompare(a.timestamp))
    .map((message) => {
      const { content, topic, to, from } = message;
      const place = topic === undefined ? { with: from === me ? (to ?? "") : from } : { topic };
      const { display_name, via, kind, message_id, epoch, seq, timestamp } = message;
      const ranges = words.map((word): [number, number] => {
        const at = [...content.slice(0, content.toLowerCase().indexOf(word))].length;
        return [at, at + [...word].length];
      });
      const said = { from, display_name, via, kind, message_id, epoch, seq, timestamp };
      return { ...place, ...said, snippet: content, ranges: ranges.toSorted((a, b) => a[0] - b[0]) };
    });
}
