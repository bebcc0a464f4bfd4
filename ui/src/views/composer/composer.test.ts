import { fireEvent, render, screen } from "@testing-library/svelte";
import { describe, expect, it, vi } from "vitest";
import Composer from "./Composer.svelte";
import { bytes, sends } from "./keys";

const press = (part: Partial<KeyboardEvent> = {}) => ({
  key: "Enter",
  keyCode: 13,
  isComposing: false,
  shiftKey: false,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  ...part,
});

function setup(props: Partial<Parameters<typeof render<typeof Composer>>[1]> = {}) {
  const onsend = vi.fn();
  const oninput = vi.fn();
  const base = { chat: "# lobby", text: "hello", online: true, enterSends: true, maxBytes: 100, keepsOutbox: true };
  render(Composer, { ...base, onsend, oninput, ...props });
  return { onsend, oninput, area: screen.getByTestId("composer") };
}

describe("which key sends", () => {
  it("Enter sends, Shift+Enter breaks the line", () => {
    expect(sends(press(), true)).toBe(true);
    expect(sends(press({ shiftKey: true }), true)).toBe(false);
  });
  it("turned round, only Ctrl+Enter or ⌘+Enter sends", () => {
    expect(sends(press(), false)).toBe(false);
    expect(sends(press({ ctrlKey: true }), false)).toBe(true);
    expect(sends(press({ metaKey: true }), false)).toBe(true);
  });
  it("an input method's Enter never sends", () => {
    for (const enterSends of [true, false]) {
      expect(sends(press({ isComposing: true, ctrlKey: true }), enterSends)).toBe(false);
      expect(sends(press({ keyCode: 229 }), enterSends)).toBe(false);
    }
  });
});

describe("the composer", () => {
  it("sends the draft on Enter and keeps the focus", async () => {
    const { onsend, area } = setup();
    area.focus();
    await fireEvent.keyDown(area, { key: "Enter" });
    expect(onsend).toHaveBeenCalledExactlyOnceWith("hello");
    expect(document.activeElement).toBe(area);
  });

  it("does not send while a word is being composed", async () => {
    const { onsend, area } = setup();
    await fireEvent.keyDown(area, { key: "Enter", isComposing: true });
    await fireEvent.keyDown(area, { key: "Enter", keyCode: 229 });
    expect(onsend).not.toHaveBeenCalled();
  });

  it("does not send nothing", async () => {
    const { onsend, area } = setup({ text: " \n " });
    await fireEvent.keyDown(area, { key: "Enter" });
    await fireEvent.click(screen.getByTestId("send"));
    expect(onsend).not.toHaveBeenCalled();
  });

  it("refuses what is over the limit, says by how much, and cuts nothing", async () => {
    const { onsend, area } = setup({ text: "ä".repeat(51) });
    await fireEvent.keyDown(area, { key: "Enter" });
    expect(onsend).not.toHaveBeenCalled();
    expect(screen.getByText(/Too long by 2 bytes/)).toBeTruthy();
    expect((area as HTMLTextAreaElement).value).toHaveLength(51);
    expect(area.getAttribute("aria-invalid")).toBe("true");
  });

  it("counts bytes, not characters, and only near the limit", () => {
    expect(bytes("ä👩")).toBe(6);
    setup({ text: "x".repeat(95) });
    expect(screen.getByText("5 bytes left")).toBeTruthy();
  });

  it("says where messages wait while there is no connection", () => {
    setup({ online: false });
    expect(screen.getByText(/waits and goes out by itself/)).toBeTruthy();
  });

  it("tells every change of the text", async () => {
    const { oninput, area } = setup({ text: "" });
    await fireEvent.input(area, { target: { value: "a" } });
    expect(oninput).toHaveBeenCalledWith("a");
  });
});
