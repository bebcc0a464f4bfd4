// Rows looked for: the one that was gone to, and the day that stands over another.

import type { Landing, Row } from "../../state/model";

/** The row that was gone to, and which going it was; null: none, or it is not here. */
export function targetOf(rows: readonly Row[], landed: Landing | null): { key: string; id: number } | null {
  if (!landed?.seq) return null;
  const row = rows.find((row) => row.type === "message" && row.until === null && row.message.seq === landed.seq);
  return row ? { key: row.key, id: landed.id } : null;
}

/** A time of the day that the row at `top` belongs to, while that day's own line is above it. */
export function dayOver(rows: readonly Row[], top: number | undefined): string | undefined {
  for (let index = top ?? -1; index >= 0; index--) {
    const row = rows[index];
    if (row?.type === "day") return index === top ? undefined : row.at;
    if (row?.type === "message") return row.message.timestamp;
  }
  return undefined;
}
