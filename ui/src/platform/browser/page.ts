// What the page can do for a guest, each thing tried and not assumed: on a LAN's http there is no secure context.

/** Copies by the Clipboard API, or by a selected field where that is missing. */
export async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

function copyBySelection(text: string): boolean {
  const before = document.activeElement;
  const field = document.createElement("textarea");
  field.value = text;
  field.readOnly = true;
  field.style.position = "fixed";
  field.style.opacity = "0";
  // Inside an open dialog, since nothing outside of it can take the selection.
  (document.querySelector("dialog[open]") ?? document.body).append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  if (before instanceof HTMLElement) before.focus();
  return done;
}

/** Opens http, https and mailto in a tab of its own; anything else is left alone. */
export function openLink(url: string): void {
  if (/^(https?|mailto):/i.test(url)) window.open(url, "_blank", "noopener,noreferrer");
}

/** Hands a file to the browser, which puts it where it puts downloads. */
export function download(name: string, parts: readonly string[]): void {
  const url = URL.createObjectURL(new Blob([...parts], { type: "application/octet-stream" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // The click began the download; a moment later the browser holds the bytes itself.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** Notifications exist and were not refused. On http browsers answer "denied" without asking. */
export function mayNotify(): boolean {
  return "Notification" in window && Notification.permission !== "denied";
}

/** Asks for the permission; only on a person's gesture. */
export async function askToNotify(): Promise<void> {
  if (mayNotify() && Notification.permission === "default") await Notification.requestPermission();
}

/** Shows a notice; one with the same tag replaces it. */
export function notify(title: string, body: string, tag: string, onClick: () => void): void {
  if (!mayNotify() || Notification.permission !== "granted") return;
  try {
    const notice = new Notification(title, { body, tag });
    notice.onclick = () => {
      window.focus();
      notice.close();
      onClick();
    };
  } catch {
    // Some phones have the name but allow it to service workers only.
  }
}

/** The tab's icon gets a dot while something is unread. */
export function markIcon(unread: boolean): void {
  const link = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
  if (!link) return;
  const plain = (link.dataset.plain ??= link.href);
  link.dataset.unread = String(unread);
  if (!unread) {
    link.href = plain;
    return;
  }
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 32;
  const brush = canvas.getContext("2d");
  if (!brush) return;
  const picture = new Image();
  picture.onload = () => {
    brush.drawImage(picture, 0, 0, 32, 32);
    brush.fillStyle = "#a4530a";
    brush.arc(23, 9, 9, 0, 2 * Math.PI);
    brush.fill();
    if (link.dataset.unread === "true") link.href = canvas.toDataURL();
  };
  picture.src = plain;
}
