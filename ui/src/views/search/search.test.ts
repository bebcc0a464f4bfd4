import { fireEvent, render, screen } from "@testing-library/svelte";
import { tick } from "svelte";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { ChatKey } from "../../chat";
import type { App } from "../../state/app.svelte";
import { PAUSE_MS } from "../../state/searching.svelte";
import { hit } from "../../state/world.fixture";
import type { ClientFrame, Hit, ServerFrame } from "../../wire";
import Search from "./Search.svelte";

type Asked = Extract<ClientFrame, { type: "SEARCH" }>["data"];

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function show(here: ChatKey | null = "#lobby", state = "online") {
  const asked: Asked[] = [];
  let hear: ((room: string, frame: ServerFrame) => void) | null = null;
  const room = { id: "r", me: "me", connection: { state }, people: {}, chats: {}, topics: [] };
  const app = {
    state: { rooms: { r: room } },
    search: (_: string, data: Asked) => asked.push(data),
    hearSearch: (next: typeof hear) => (hear = next),
    jumpTo: vi.fn(),
  };
  const onclose = vi.fn();
  render(Search, { app: app as unknown as App, room: "r", here, onclose });
  const answer = async (hits: Hit[], more = {}) => {
    const search_id = asked.at(-1)?.search_id ?? -1;
    hear?.("r", { type: "FOUND", data: { search_id, hits, more: false, ...more } });
    await tick();
  };
  const type = async (text: string) => {
    await fireEvent.input(screen.getByTestId("search-input"), { target: { value: text } });
    vi.advanceTimersByTime(PAUSE_MS);
    await tick();
  };
  return { app, asked, answer, type, onclose };
}

it("shows what was found as text, marked, and goes to what is chosen", async () => {
  const { app, type, answer, onclose } = show();
  await type("<b>");
  const ranges: Hit["ranges"] = [[0, 3]];
  await answer([hit(9, { snippet: "<b>bold</b>", ranges }), hit(4, { snippet: "<b> again", topic: "sports", ranges })]);
  const options = screen.getAllByTestId("search-hit");
  expect(options.map((one) => one.querySelector("mark")?.textContent)).toEqual(["<b>", "<b>"]);
  expect(options[0]?.querySelector("b")).toBeNull();
  const field = screen.getByTestId("search-input");
  await fireEvent.keyDown(field, { key: "ArrowDown" });
  expect(options[1]?.getAttribute("aria-selected")).toBe("true");
  await fireEvent.keyDown(field, { key: "Enter" });
  expect(app.jumpTo).toHaveBeenCalledExactlyOnceWith("r", "#sports", { seq: 4 });
  expect(onclose).toHaveBeenCalledOnce();
});

it("looks everywhere, or in this chat only", async () => {
  const { asked, type } = show("@bo");
  await type("lunch");
  expect(asked.at(-1)).not.toHaveProperty("with");
  await fireEvent.click(screen.getByTestId("search-here"));
  vi.advanceTimersByTime(PAUSE_MS);
  expect(asked.at(-1)).toMatchObject({ query: "lunch", with: "bo" });
});

it("says when nothing matches, and what is not indexed yet", async () => {
  const { type, answer } = show(null);
  expect(screen.queryByTestId("search-here")).toBeNull();
  await type("lunch");
  await answer([], { pending: 2 });
  expect(screen.getByTestId("search-none").textContent).toContain("No message matches");
  expect(screen.getByText(/2 older messages are not/)).toBeTruthy();
});

it("says that the host is away", async () => {
  const { type } = show(null, "waiting");
  await type("lunch");
  expect(screen.getByTestId("search-none").textContent).toContain("The host is away");
});
