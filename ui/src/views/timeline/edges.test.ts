import { render } from "@testing-library/svelte";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Row } from "../../state/model";
import { message } from "../../state/world.fixture";
import Timeline from "./Timeline.svelte";

const rows: Row[] = [1, 2, 3].map((seq) => ({
  type: "message",
  key: `m-${seq}`,
  message: message(seq),
  mine: false,
  first: true,
  last: true,
  mention: false,
  tick: null,
  until: null,
}));

/** A page without a layout has no height; here everything is at an edge. */
beforeEach(() => void vi.spyOn(HTMLElement.prototype, "clientHeight", "get").mockReturnValue(500));
afterEach(() => void vi.restoreAllMocks());

it("at an edge, more is asked for as soon as there is a host to ask, and not with every word of it", async () => {
  const onolder = vi.fn();
  const nothing = () => {};
  const props = {
    id: "r #lobby",
    title: "# lobby",
    direct: false,
    ttl: null,
    begins: true,
    rows,
    me: "me",
    myName: "Ana",
    total: 3,
    unread: 0,
    hasNewer: false,
    online: false,
    loadingOlder: false,
    seeking: false,
    landed: null,
    seen: () => 0,
    actions: { link: nothing, copy: () => Promise.resolve(), retry: nothing, discard: nothing },
    onolder,
    onnewer: nothing,
    onlatest: nothing,
    onatend: nothing,
    onday: nothing,
  };
  const { rerender } = render(Timeline, props);
  // Its place is taken, and known a frame later.
  for (let frame = 0; frame < 5; frame += 1) await new Promise(requestAnimationFrame);
  onolder.mockClear();
  await rerender({ total: 4, unread: 1 });
  expect(onolder).not.toHaveBeenCalled();
  await rerender({ online: true });
  expect(onolder).toHaveBeenCalledOnce();
});
