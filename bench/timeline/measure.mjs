// What is measured inside the page. It is sent there as text, so it uses nothing of this file but itself.

/** Opens the topic again and again, scrolls far up and down, goes to both ends. Times in milliseconds, lengths in CSS pixels. */
export async function measure({ topic, messages, openings, frames }) {
  const $ = (selector) => document.querySelector(selector);
  const list = () => $("[data-testid=timeline]");
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  const part = (sorted, share) =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  const nodes = () => list().querySelectorAll("*").length;
  const rowOf = (seq) => list()?.querySelector(`[data-seq="${seq}"]`);
  const item = (name) =>
    [...document.querySelectorAll("[data-testid=topic-item]")].find((one) =>
      one.textContent.includes(name),
    );
  const isSeen = (seq) => {
    const row = rowOf(seq);
    const box = list()?.getBoundingClientRect();
    const { top, bottom } = row?.getBoundingClientRect() ?? {};
    return (
      row !== null &&
      row !== undefined &&
      bottom > box.top &&
      top < box.bottom &&
      getComputedStyle(row).visibility !== "hidden"
    );
  };
  /** Resolves when it is true in a frame and that frame is painted. */
  const painted = async (condition) => {
    const end = performance.now() + 30_000;
    while (!condition()) {
      if (performance.now() > end) throw new Error(`never seen: ${condition}`);
      await frame();
    }
    await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  };
  const timed = async (act, condition) => {
    const started = performance.now();
    act();
    await painted(condition);
    return performance.now() - started;
  };
  const still = async () => {
    for (let same = 0, before = ""; same < 10;) {
      await frame();
      const now = `${list().scrollTop} ${list().scrollHeight}`;
      same = now === before ? same + 1 : 0;
      before = now;
    }
  };
  const key = (name) =>
    $("[data-testid=composer]").dispatchEvent(
      new KeyboardEvent("keydown", {
        key: name,
        ctrlKey: true,
        bubbles: true,
        cancelable: true,
      }),
    );

  // The page opened at the topic; it is left and opened again. The first time nothing of the other one is there.
  await painted(() => isSeen(messages));
  const first = await timed(
    () => item("elsewhere").click(),
    () => isSeen(200),
  );
  const again = [];
  for (let turn = 0; turn < openings; turn++) {
    again.push(
      await timed(
        () => item(topic).click(),
        () => isSeen(messages),
      ),
    );
    await timed(
      () => item("elsewhere").click(),
      () => isSeen(200),
    );
  }
  await timed(
    () => item(topic).click(),
    () => isSeen(messages),
  );
  again.sort((a, b) => a - b);
  await still();

  const start = nodes();
  let nodesMost = start;
  const rests = [];
  for (let turn = 0, before = await frame(); turn < 60; turn++) {
    const now = await frame();
    rests.push(now - before);
    before = now;
  }
  rests.sort((a, b) => a - b);
  const rest = part(rests, 0.5);

  /** Scrolls as a wheel does, a little with each frame, and watches a row that is in sight. */
  const scroll = async (by) => {
    const deltas = [];
    let against = 0;
    let pages = 0;
    let before = await frame();
    let height = list().scrollHeight;
    for (let turn = 0; turn < frames; turn++) {
      const middle =
        list().getBoundingClientRect().top + list().clientHeight / 2;
      const row = [...list().querySelectorAll("[data-seq]")].find(
        (one) => one.getBoundingClientRect().bottom > middle,
      );
      const was = row?.getBoundingClientRect().top;
      list().scrollTop += by;
      const now = await frame();
      deltas.push(now - before);
      before = now;
      if (row?.isConnected)
        against = Math.max(
          against,
          (row.getBoundingClientRect().top - was) * Math.sign(by),
        );
      if (list().scrollHeight - height > 2_000) pages += 1;
      height = list().scrollHeight;
      nodesMost = Math.max(nodesMost, nodes());
    }
    deltas.sort((a, b) => a - b);
    const late = deltas.filter((delta) => delta > rest * 1.5).length;
    return {
      frames: {
        p50: part(deltas, 0.5),
        p95: part(deltas, 0.95),
        p99: part(deltas, 0.99),
        most: deltas.at(-1),
        late,
        count: deltas.length,
      },
      against,
      pages,
    };
  };
  const seqNow = () =>
    Number([...list().querySelectorAll("[data-seq]")][0]?.dataset.seq);
  const from = seqNow();
  const up = await scroll(-120);
  const passed = from - seqNow();
  const down = await scroll(120);

  // At rest: up by some screens at once, so that a page has to come, and nobody touches anything meanwhile.
  let shift = 0;
  for (let turn = 0, loads = 0; turn < 40 && loads < 4; turn++) {
    const height = list().scrollHeight;
    list().scrollTop -= 1_200;
    for (let index = 0; index < 3; index++) await frame();
    const middle = list().getBoundingClientRect().top + list().clientHeight / 3;
    const row = [...list().querySelectorAll("[data-seq]")].find(
      (one) => one.getBoundingClientRect().top > middle,
    );
    if (!row) continue;
    const was = row.getBoundingClientRect().top;
    for (let index = 0; index < 30; index++) {
      await frame();
      const now = rowOf(row.dataset.seq)?.getBoundingClientRect().top;
      if (now !== undefined) shift = Math.max(shift, Math.abs(now - was));
    }
    if (list().scrollHeight - height > 2_000) loads += 1;
  }

  const home = await timed(
    () => key("Home"),
    () => isSeen(1),
  );
  await still();
  nodesMost = Math.max(nodesMost, nodes());
  const end = await timed(
    () => key("End"),
    () => isSeen(messages),
  );
  return {
    first,
    again: { p50: part(again, 0.5), most: again.at(-1) },
    home,
    end,
    nodes: start,
    nodesMost,
    rest,
    up: up.frames,
    down: down.frames,
    passed,
    pages: up.pages,
    shift,
    against: Math.max(up.against, down.against),
  };
}
