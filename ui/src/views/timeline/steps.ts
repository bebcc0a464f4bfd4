// A virtual list can grow at its start or change at its end, but not both at once: it must know from which side to keep
// what is being read in place. So a change of the rows becomes one or two steps.

export interface Keyed {
  readonly key: string;
  readonly type: string;
}

export interface Step<R> {
  readonly rows: readonly R[];
  /** Rows came or went at the start: keep the distance to the end. */
  readonly shift: boolean;
}

/** The steps from `before` to `after`. A change to quite other rows is one step that keeps nothing. */
export function steps<R extends Keyed>(before: readonly R[], after: readonly R[]): Step<R>[] {
  const last: Step<R> = { rows: after, shift: false };
  const meeting = firstCommon(before, after);
  if (!meeting || meeting.before === meeting.after) return [last];
  const grown = [...after.slice(0, meeting.after), ...before.slice(meeting.before)];
  return grown.length === after.length ? [{ rows: after, shift: true }] : [{ rows: grown, shift: true }, last];
}

/** Whether nothing of the old rows is left. */
export function isOther<R extends Keyed>(before: readonly R[], after: readonly R[]): boolean {
  return firstCommon(before, after) === null;
}

/**
 * Where the old row at `top`, or the next that is left, stands now, if a row has gone between the first that is left and
 * it: those at the start went in a step that keeps the distance to the end. Null: none has, or nothing is left.
 */
export function survivor<R extends Keyed>(
  before: readonly R[],
  now: readonly R[],
  top: number,
): { before: number; now: number } | null {
  const first = firstCommon(before, now)?.before ?? before.length;
  const places = new Map(now.map((row, index) => [row.key, index]));
  if (before.slice(first, top + 1).every((row) => places.has(row.key))) return null;
  const stays = before.findIndex((row, index) => index >= top && places.has(row.key));
  const place = stays < 0 ? undefined : places.get(before[stays]!.key);
  return place === undefined ? null : { before: stays, now: place };
}

/** The first old message that is among the new ones. Dividers move, messages do not. */
function firstCommon<R extends Keyed>(
  before: readonly R[],
  after: readonly R[],
): { before: number; after: number } | null {
  const places = new Map<string, number>();
  for (const [index, row] of after.entries()) if (speaks(row)) places.set(row.key, index);
  for (const [index, row] of before.entries()) {
    const place = speaks(row) ? places.get(row.key) : undefined;
    if (place !== undefined) return { before: index, after: place };
  }
  return null;
}

export const speaks = (row: Keyed): boolean => row.type === "message" || row.type === "outbox";
