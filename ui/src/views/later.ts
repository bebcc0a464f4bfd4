// The parts of the page that do not come with its first load. A guest's host may be away just when one is looked at, so
// they are fetched in quiet as soon as the first chat is on screen; what could not be fetched comes when the host is back.

/** How long after a part did not come it is asked for again. */
export const RETRY_MS = 2_000;

/** Fetches it once, however often it is asked for, and until it comes. What breaks while it starts is a fault of ours. */
export function part<T>(fetch: () => Promise<T>): () => Promise<T> {
  let coming: Promise<T> | undefined;
  return () => (coming ??= fetched(fetch));
}

async function fetched<T>(fetch: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await fetch();
    } catch (fault) {
      // What `import()` says of a file that it could not get, in every engine.
      if (!(fault instanceof TypeError)) throw fault;
      await new Promise((again) => setTimeout(again, RETRY_MS));
    }
  }
}

/** What everybody may look at. */
const everybodys = {
  dialogs: part(() => import("./Dialogs.svelte")),
  search: part(() => import("./search/Search.svelte")),
  details: part(() => import("./timeline/Details.svelte")),
  goToDate: part(() => import("./timeline/GoToDate.svelte")),
  exportChat: part(() => import("./export/ExportChat.svelte")),
  find: part(() => import("./people/Find.svelte")),
};

export const later = {
  ...everybodys,
  /** Only where there are rooms around. */
  home: part(() => import("./home/Home.svelte")),
  /** Only where a room can be hosted. */
  hosting: part(() => import("./host/hosting")),
};

/** Fetches what everybody may look at. */
export function fetchAhead(): void {
  for (const come of Object.values(everybodys)) void come();
}
