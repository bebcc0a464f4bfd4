// F6 goes round the parts of the window. A part is marked with `data-landmark`; within it the focus goes to what is
// chosen there, or to the first control.

/** Where the focus goes within a part, the first kind that is there. */
const INSIDE = ["[aria-current]", "article[tabindex='0']", "textarea", "button, a[href], input"];

export function moveLandmark(step: 1 | -1): void {
  const all = [...document.querySelectorAll<HTMLElement>("[data-landmark]")].filter(
    (part) => part.offsetParent !== null,
  );
  const here = all.findIndex((part) => part.contains(document.activeElement));
  for (let away = 1; away <= all.length; away++) {
    const start = here < 0 && step < 0 ? 0 : here;
    const part = all[(start + step * away + all.length * 2) % all.length];
    const inside = INSIDE.map((kind) => part?.querySelector<HTMLElement>(kind)).find(Boolean);
    if (inside) {
      inside.focus();
      return;
    }
  }
}
