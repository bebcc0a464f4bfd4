import { beforeEach, describe, expect, it, vi } from "vitest";
import type { PlatformEvent } from "../wire";
import { BrowserPlatform } from "./browser";
import { HandClock, HostEnd, ROOM, noLimits } from "./browser/scripted.fixture";
import { PlatformError } from "./platform";

/** A guest's page whose host is the test. */
async function visit() {
  const clock = new HandClock();
  const ends: HostEnd[] = [];
  const events: PlatformEvent[] = [];
  const platform = new BrowserPlatform(clock, (told) => {
    const end = new HostEnd(told);
    ends.push(end);
    return end;
  });
  const boot = await platform.start((event) => events.push(event));
  const welcome = (user_id = "11111111-1111-4111-8111-111111111111") => {
    ends.at(-1)!.open();
    ends.at(-1)!.say({
      type: "HELLO_ACK",
      data: {
        user_id,
        status: "connected",
        time: "2026-01-01T00:00:00.000Z",
        via: "browser",
        room: ROOM,
        epoch: "1.a",
        limits: noLimits,
      },
    });
  };
  const hello = () => ends.at(-1)!.all("HELLO").at(-1)!;
  return { platform, boot, clock, ends, events, welcome, hello };
}

beforeEach(() => {
  localStorage.clear();
  vi.stubGlobal("fetch", () => Promise.resolve(Response.json({ ...ROOM, protocol: 1, version: "0.1.0" })));
});

describe("a guest's page", () => {
  it("tells the room's name before it asks for the guest's, and connects to nothing yet", async () => {
    const { boot, events, ends } = await visit();
    expect(boot.display_name).toBeUndefined();
    expect(events).toContainEqual({ type: "frame", room: ROOM.room_id, frame: { type: "ROOM", data: ROOM } });
    expect(ends).toHaveLength(0);
  });

  it("enters with the first name, and with the same person and secret at the next visit", async () => {
    const first = await visit();
    const naming = first.platform.setName("  Ana Ruiz ");
    first.welcome();
    await naming;
    const said = first.hello();
    expect(said).toMatchObject({ display_name: "Ana Ruiz", client: "browser" });
    expect(said.user_id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(said.token).toMatch(/^[0-9a-f]{32}$/);
    const second = await visit();
    expect(second.boot).toMatchObject({ user_id: said.user_id, display_name: "Ana Ruiz" });
    second.welcome();
    expect(second.hello()).toEqual(said);
  });

  it("is somebody else in another room", async () => {
    const { boot } = await visit();
    const other = { room_id: "another", name: "Attic", access: "open" };
    vi.stubGlobal("fetch", () => Promise.resolve(Response.json({ ...other, protocol: 1, version: "0.1.0" })));
    expect((await visit()).boot.user_id).not.toBe(boot.user_id);
  });

  it("works where the browser stores nothing", async () => {
    const refuse = () => {
      throw new DOMException("no", "SecurityError");
    };
    vi.spyOn(Storage.prototype, "setItem").mockImplementation(refuse);
    vi.spyOn(Storage.prototype, "getItem").mockImplementation(refuse);
    const { platform, welcome, hello, boot } = await visit();
    const naming = platform.setName("Ana");
    welcome();
    await naming;
    expect(hello().user_id).toBe(boot.user_id);
  });

  it.each(["", "ab", "   ", "x".repeat(51)])(
    "refuses the name %j beside its field, without asking the host",
    async (name) => {
      const { platform, ends } = await visit();
      await expect(platform.setName(name)).rejects.toBeInstanceOf(PlatformError);
      expect(ends).toHaveLength(0);
    },
  );

  it("hands on the host's refusal of a name, and takes another one", async () => {
    const { platform, ends, welcome, hello } = await visit();
    const bad = platform.setName("A\u200bna");
    ends[0]!.open();
    const details = { field: "display_name" };
    ends[0]!.say({ type: "ERROR", data: { code: "VALIDATION", message: "no invisible characters", details } });
    await expect(bad).rejects.toThrow("no invisible characters");
    const good = platform.setName("Ana");
    welcome();
    await good;
    expect(hello().display_name).toBe("Ana");
  });

  it("does not keep a name that was refused", async () => {
    const first = await visit();
    const naming = first.platform.setName("Ana");
    first.ends[0]!.open();
    first.ends[0]!.say({
      type: "ERROR",
      data: { code: "VALIDATION", message: "no", details: { field: "display_name" } },
    });
    await naming.catch(() => {});
    expect((await visit()).boot.display_name).toBeUndefined();
  });

  it("tells a new name to the room it is in", async () => {
    const { platform, welcome, hello, ends } = await visit();
    const naming = platform.setName("Ana");
    welcome();
    await naming;
    const renaming = platform.setName("Anna");
    expect(hello().display_name).toBe("Anna");
    ends[0]!.say({
      type: "HELLO_ACK",
      data: {
        user_id: "x",
        status: "connected",
        time: "2026-01-01T00:00:00.000Z",
        via: "browser",
        room: ROOM,
        epoch: "1.a",
        limits: noLimits,
      },
    });
    await renaming;
    expect(ends).toHaveLength(1);
    expect((await visit()).boot.display_name).toBe("Anna");
  });

  it("takes a name while the host is away, and comes with it later", async () => {
    const { platform, ends, clock, welcome, hello } = await visit();
    const naming = platform.setName("Ana");
    ends[0]!.close(1006);
    await naming;
    clock.turn(5_000);
    welcome();
    expect(hello().display_name).toBe("Ana");
  });

  it("after a refused identity comes as somebody new, under the same name", async () => {
    const { platform, ends, welcome, hello } = await visit();
    const naming = platform.setName("Ana");
    welcome();
    await naming;
    const before = hello();
    ends[0]!.close(4001);
    platform.reconnect();
    welcome();
    expect(hello().display_name).toBe("Ana");
    expect(hello().user_id).not.toBe(before.user_id);
    expect(hello().token).not.toBe(before.token);
  });

  it("joins again the topics of the last visit", async () => {
    const first = await visit();
    const naming = first.platform.setName("Ana");
    first.welcome();
    await naming;
    first.ends[0]!.say({
      type: "TOPIC_JOINED",
      data: { topic: "sports", epoch: "1.a", seq: 0, members: [], member_count: 1, read: 0 },
    });
    const second = await visit();
    second.welcome();
    expect(second.ends[0]!.all("JOIN_TOPIC")).toEqual([{ topic: "lobby" }, { topic: "sports" }]);
  });

  it("waits for a host that is not there yet", async () => {
    let asked = 0;
    vi.stubGlobal("fetch", () => {
      asked += 1;
      return asked < 3
        ? Promise.reject(new TypeError("failed"))
        : Promise.resolve(Response.json({ ...ROOM, version: "1" }));
    });
    const clock = new HandClock();
    const started = new BrowserPlatform(clock, () => new HostEnd({} as never)).start(() => {});
    let boot: unknown = null;
    void started.then((value) => (boot = value));
    while (boot === null) {
      await Promise.resolve();
      clock.turn(2_000);
    }
    expect(asked).toBe(3);
  });

  it("keeps a room with waiting messages until the person says otherwise", async () => {
    const { platform } = await visit();
    platform.send(ROOM.room_id, { type: "MSG", data: { topic: "lobby", content: "wait" } });
    await expect(platform.forget(ROOM.room_id, false)).rejects.toMatchObject({ code: "outbox_waits" });
    await platform.forget(ROOM.room_id, true);
    expect(localStorage.getItem(`landline.room.${ROOM.room_id}`)).toBeNull();
  });

  it("asks before a page with waiting messages is closed, and not otherwise", async () => {
    const { platform } = await visit();
    const closing = () => {
      const event = new Event("beforeunload", { cancelable: true });
      window.dispatchEvent(event);
      return event.defaultPrevented;
    };
    expect(closing()).toBe(false);
    platform.send(ROOM.room_id, { type: "MSG", data: { topic: "lobby", content: "wait" } });
    expect(closing()).toBe(true);
    await platform.forget(ROOM.room_id, true);
    expect(closing()).toBe(false);
  });

  it("comes back at once when the network does", async () => {
    const { platform, ends, welcome } = await visit();
    const naming = platform.setName("Ana");
    welcome();
    await naming;
    ends[0]!.close(1006);
    window.dispatchEvent(new Event("online"));
    expect(ends).toHaveLength(2);
  });

  it("lets go of its socket when the page is put aside, and takes a new one when it is taken out", async () => {
    const { platform, ends, welcome } = await visit();
    const naming = platform.setName("Ana");
    welcome();
    await naming;
    window.dispatchEvent(new Event("pagehide"));
    expect(ends[0]!.ended).toBe(true);
    window.dispatchEvent(Object.assign(new Event("pageshow"), { persisted: true }));
    expect(ends).toHaveLength(2);
  });

  it("can neither host nor join another room", async () => {
    const { platform } = await visit();
    expect(platform.capabilities).toMatchObject({ discover: false, host: false, keepsOutbox: false });
    await expect(platform.join()).rejects.toBeInstanceOf(PlatformError);
    await expect(platform.host()).rejects.toBeInstanceOf(PlatformError);
  });
});

describe("copying", () => {
  it("uses a selected field where there is no Clipboard API, and leaves nothing behind", async () => {
    vi.stubGlobal("navigator", { ...navigator, clipboard: undefined });
    const copied: string[] = [];
    document.execCommand = () => {
      copied.push(document.querySelector("textarea")?.value ?? "");
      return true;
    };
    await new BrowserPlatform().copy("http://192.168.1.20:8000");
    expect(copied).toEqual(["http://192.168.1.20:8000"]);
    expect(document.querySelector("textarea")).toBeNull();
  });

  it("says so where neither works", async () => {
    vi.stubGlobal("navigator", { ...navigator, clipboard: undefined });
    document.execCommand = () => false;
    await expect(new BrowserPlatform().copy("x")).rejects.toBeInstanceOf(PlatformError);
  });
});

describe("links", () => {
  it("opens what a browser is for, and nothing that could run", () => {
    const opened: string[] = [];
    vi.stubGlobal("open", (url: string) => opened.push(url));
    const platform = new BrowserPlatform();
    for (const url of [
      "https://example.org",
      "HTTP://x",
      "mailto:a@b",
      "javascript:alert(1)",
      "file:///etc",
      "data:,x",
      " javascript:x",
    ]) {
      platform.openLink(url);
    }
    expect(opened).toEqual(["https://example.org", "HTTP://x", "mailto:a@b"]);
  });
});
