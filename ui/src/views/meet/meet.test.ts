import { fireEvent, render, screen } from "@testing-library/svelte";
import { describe, expect, it, vi } from "vitest";
import type { PairView } from "../../state/model";
import Meet from "./Meet.svelte";

const BO = { with: "b0", name: "Bo" };
function show(pair: PairView, online = true) {
  const verbs = { onmeet: vi.fn(), onleave: vi.fn(), onopen: vi.fn() };
  return { ...render(Meet, { pair, online, ...verbs }), ...verbs };
}
const buttons = () => screen.getAllByRole("button").map((one) => one.textContent!.trim());

describe("meeting somebody", () => {
  it("begins with one button, which needs the room", async () => {
    const { onmeet, unmount } = show({ state: "off" });
    expect(buttons()).toEqual(["Meet someone"]);
    await fireEvent.click(screen.getByTestId("meet-someone"));
    expect(onmeet).toHaveBeenCalledOnce();
    unmount();
    show({ state: "off" }, false);
    expect((screen.getByTestId("meet-someone") as HTMLButtonElement).disabled).toBe(true);
  });

  it("waits, and can be cancelled", async () => {
    const { onleave } = show({ state: "waiting" });
    expect(screen.getByRole("status").textContent).toContain("Waiting");
    expect(buttons()).toEqual(["Cancel"]);
    await fireEvent.click(screen.getByTestId("meet-leave"));
    expect(onleave).toHaveBeenCalledOnce();
  });

  it("leads to whom I met, on to somebody else, and out", async () => {
    const { onopen } = show({ state: "paired", ...BO });
    expect(buttons()).toEqual(["You and Bo are a pair.", "Meet someone else", "Leave the pair"]);
    await fireEvent.click(screen.getByText("You and Bo are a pair."));
    expect(onopen).toHaveBeenCalledExactlyOnceWith("b0");
  });

  it("says who left", () => {
    show({ state: "left", ...BO });
    expect(screen.getByRole("status").textContent).toContain("Bo left the pair");
    expect(buttons()).toEqual(["Meet someone else"]);
  });
});
