// The page's storage, for what outlives a reload.

/** Null where even looking at it is refused. */
export function pageStorage(): Storage | null {
  try {
    return globalThis.localStorage ?? null;
  } catch {
    return null;
  }
}
