import { fireEvent, render, screen } from "@testing-library/svelte";
import { beforeAll, describe, expect, it, vi } from "vitest";
import AddTopic from "./AddTopic.svelte";
import ChatItem from "./ChatItem.svelte";

beforeAll(() => {
  // happy-dom has dialogs but cannot open them.
  HTMLDialogElement.prototype.showModal ??= function (this: HTMLDialogElement) {
    this.open = true;
  };
});

function show() {
  const ontopic = vi.fn();
  const known = (name: string) => (name === "whispers" ? { ttl: 45 } : name === "lunch" ? { ttl: null } : undefined);
  render(AddTopic, { known, ontopic, onclose: vi.fn() });
  const name = screen.getByTestId<HTMLInputElement>("add-topic-name");
  const life = screen.getByTestId<HTMLSelectElement>("add-topic-life");
  const choose = (value: string) => fireEvent.change(life, { target: { value } });
  const type = (value: string) => fireEvent.input(name, { target: { value } });
  return { ontopic, life, choose, type, go: () => fireEvent.click(screen.getByTestId("add-topic-go")) };
}

describe("a new topic", () => {
  it("stays, unless one chose otherwise", async () => {
    const { ontopic, type, go } = show();
    await type("Books");
    await go();
    expect(ontopic).toHaveBeenCalledExactlyOnceWith("books");
  });

  it("is made to disappear after what was chosen", async () => {
    const { ontopic, life, choose, type, go } = show();
    expect([...life.options].map((one) => one.textContent!.trim())).toEqual([
      "Never",
      "After 30 seconds",
      "After 5 minutes",
      "After 1 hour",
      "After 1 day",
    ]);
    await type("secrets");
    await choose("300");
    await go();
    expect(ontopic).toHaveBeenCalledExactlyOnceWith("secrets", 300);
  });

  it("that exists already stays as it is, and says so", async () => {
    const { ontopic, life, choose, type, go } = show();
    await choose("300");
    await type("#Whispers");
    expect([life.disabled, life.value]).toEqual([true, "45"]);
    expect(screen.getByText("This topic exists already and stays as it is.")).toBeTruthy();
    await go();
    expect(ontopic).toHaveBeenCalledExactlyOnceWith("whispers");
    await type("lunch");
    expect(life.value).toBe("0");
    await type("lunchtime");
    expect([life.disabled, life.value]).toEqual([false, "300"]);
  });
});

describe("a disappearing topic in the list", () => {
  const item = (joined: boolean) =>
    render(ChatItem, {
      title: "whispers",
      here: false,
      joined,
      ttl: 300,
      unread: 0,
      concerns: false,
      draft: false,
      onclick: vi.fn(),
    });

  it("is marked by a sign and words, also where it is not joined", () => {
    const { unmount } = item(true);
    expect(screen.getByTestId("topic-life").textContent).toContain("5 min");
    expect(screen.getByRole("button").textContent).toContain("messages disappear after 5 minutes");
    unmount();
    item(false);
    expect(screen.getByRole("button").getAttribute("aria-label")).toContain("messages disappear after 5 minutes");
  });
});
