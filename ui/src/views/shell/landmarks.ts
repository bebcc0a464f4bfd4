// F6 goes round the parts of the window. A part is marked with `data-landmark`; within it the focus goes to what is
// chosen there, or to the first control.

const INSIDE = "[data-landmark-focus], [aria-current], article[tabindex='0'], textarea, button, a[href], input";

export function moveLandmark(step: 1 | -1): void {
  const all = [...document.querySelectorAll<HTMLElement>("[data-landmark]")].filter(
    (part) => part.offsetParent !== null,
  );
  const here = all.findIndex((part) => part.contains(document.activeElement));
  for (let away = 1; away <= all.length; away++) {
    const start = here < 0 && step < 0 ? 0 : here;
    const part = all[(start + step * away + all.length * 2) % all.length];
    const inside =
      part && (part.querySelector<HTMLElement>("[aria-current]") ?? part.querySelector<HTMLElement>(INSIDE));
    if (inside) {
      inside.focus();
      return;
    }
  }
}
