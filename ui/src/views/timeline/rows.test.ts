import { fireEvent, render, screen, within } from "@testing-library/svelte";
import { describe, expect, it, vi } from "vitest";
import type { OutboxEntry, Row } from "../../state/model";
import type { Message } from "../../wire";
import Rows from "./Rows.svelte";

const at = "2026-11-20T09:12:00.000Z";
const message = (content: string, part: Partial<Message> = {}): Message => ({
  from: "6a1c",
  display_name: "Ana Ruiz",
  via: "app",
  topic: "lobby",
  kind: "text",
  content,
  message_id: "m1",
  epoch: "e1",
  seq: 7,
  timestamp: at,
  ...part,
});
const said = (content: string, part: Partial<Message> = {}, first = true): Row => {
  const one = message(content, part);
  const until = one.expires_at === undefined ? null : Date.parse(one.expires_at);
  const row = { type: "message", key: "k", message: one, mine: false, first, last: true, mention: false } as const;
  return { ...row, tick: null, until };
};
const unsent = (part: Partial<OutboxEntry>): Row => {
  const entry: OutboxEntry = {
    message_id: "m2",
    topic: "lobby",
    content: "hi",
    written_at: at,
    state: "queued",
    ...part,
  };
  return { type: "outbox", key: "k", message: entry, first: true, last: true };
};

function show(row: Row) {
  const actions = { link: vi.fn(), copy: vi.fn(() => Promise.resolve()), retry: vi.fn(), discard: vi.fn() };
  const view = render(Rows, {
    row,
    title: "# lobby",
    direct: false,
    ttl: null,
    empty: false,
    me: "me",
    myName: "Lena",
    total: 9,
    active: true,
    actions,
  });
  return { ...view, actions };
}
const text = () => screen.getByTestId("message-text");

describe("a message in the timeline", () => {
  it("is an article named by who, when and what, with its place", () => {
    show(said("lunch?"));
    const article = screen.getByRole("article");
    expect(article.getAttribute("aria-label")).toMatch(/^Ana Ruiz, .+: lunch\?$/);
    expect([
      article.ariaPosInSet ?? article.getAttribute("aria-posinset"),
      article.getAttribute("aria-setsize"),
    ]).toEqual(["7", "9"]);
    expect(article.dataset).toMatchObject({ seq: "7", from: "6a1c" });
    expect(article.querySelector("time")?.getAttribute("datetime")).toBe(at);
  });

  it("shows text as text, whatever it looks like", () => {
    const nasty = `<script>x</script><img src=x onerror=y> &amp; {@html z}`;
    show(said(nasty));
    expect(text().textContent).toBe(nasty);
    expect(text().querySelector("script, img")).toBeNull();
  });

  it("keeps spaces and line breaks", () => {
    show(said("a\n\n  b   c"));
    expect(text().textContent).toBe("a\n\n  b   c");
  });

  it("marks a guest by how they came, and a member not", () => {
    const { unmount } = show(said("hi", { via: "browser" }));
    expect(screen.getByText("browser")).toBeTruthy();
    unmount();
    show(said("hi"));
    expect(screen.queryByText("app")).toBeNull();
  });

  it("says the name only at the start of a block", () => {
    show(said("and more", {}, false));
    expect(screen.queryByText("Ana Ruiz")).toBeNull();
  });

  it("opens a link through the platform, and says nothing of where it came from", async () => {
    const { actions } = show(said("see https://a.example/x."));
    const link = screen.getByRole("link");
    expect(link.getAttribute("rel")).toBe("noopener noreferrer");
    await fireEvent.click(link);
    expect(actions.link).toHaveBeenCalledExactlyOnceWith("https://a.example/x");
  });

  it("clips a flood of lines until somebody wants it all", async () => {
    show(said(`top${"\n".repeat(500)}bottom`));
    expect(text().classList).toContain("clipped");
    await fireEvent.click(screen.getByRole("button", { name: "Show more" }));
    expect(text().classList).not.toContain("clipped");
    expect(text().textContent).toMatch(/bottom$/);
  });

  it("gives code a button that copies exactly it", async () => {
    const { actions } = show(said("```\n a = 1\n```"));
    await fireEvent.click(screen.getByRole("button", { name: "Copy this code" }));
    expect(actions.copy).toHaveBeenCalledExactlyOnceWith(" a = 1");
  });
});

describe("a message of mine on its way", () => {
  it("waits, and can be deleted", async () => {
    const { actions } = show(unsent({ state: "queued" }));
    expect(screen.getByText("waiting")).toBeTruthy();
    expect(screen.queryByTestId("retry")).toBeNull();
    await fireEvent.click(screen.getByTestId("discard"));
    expect(actions.discard).toHaveBeenCalledExactlyOnceWith("m2");
  });
  it("is sending: nothing to press", () => {
    show(unsent({ state: "sent" }));
    expect(screen.getByText("sending")).toBeTruthy();
    expect(within(screen.getByRole("article")).queryByRole("button")).toBeNull();
  });
  it("failed: says why, keeps the text, and can be tried again", async () => {
    const { actions } = show(unsent({ state: "failed", error: "the text is too long" }));
    expect(screen.getByText("not sent: the text is too long")).toBeTruthy();
    expect(text().textContent).toBe("hi");
    await fireEvent.click(screen.getByTestId("retry"));
    expect(actions.retry).toHaveBeenCalledExactlyOnceWith("m2");
  });
});

describe("a guest who has left", () => {
  it("is named as the reason, and the message can be tried again", async () => {
    const { actions } = show(unsent({ state: "failed", error: "NOT_HERE" }));
    expect(screen.getByText(/^not sent: This guest has left/)).toBeTruthy();
    await fireEvent.click(screen.getByTestId("retry"));
    expect(actions.retry).toHaveBeenCalledExactlyOnceWith("m2");
  });
});

describe("what stands between messages", () => {
  it("the beginning, a day, and what is new", () => {
    const { unmount } = show({ type: "start", key: "start" });
    expect(screen.getByText("This is the beginning of # lobby")).toBeTruthy();
    unmount();
    const day = show({ type: "day", key: "d", at: new Date().toISOString() });
    expect(screen.getByText("Today")).toBeTruthy();
    day.unmount();
    show({ type: "new", key: "new" });
    expect(screen.getByTestId("new-divider").textContent).toBe("New");
  });
});
