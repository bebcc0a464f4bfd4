// @vitest-environment node
import { describe, expect, it } from "vitest";
import { silence, stopped, touched } from "./typing";

describe("saying that I type", () => {
  it("at most once in three seconds, however fast I type", () => {
    let told = touched(null, true, 0).told;
    const said = [0];
    for (let now = 100; now <= 9_000; now += 100) {
      const step = touched(told, true, now);
      told = step.told;
      if (step.say) said.push(now);
    }
    expect(said).toEqual([0, 3_000, 6_000, 9_000]);
  });

  it("stops after five seconds of silence, once", () => {
    const { told } = touched(null, true, 0);
    expect(silence(told, 4_999).say).toBeNull();
    const step = silence(told, 5_000);
    expect(step.say).toBe(false);
    expect(silence(step.told, 10_000).say).toBeNull();
  });

  it("stops when the text is gone, and says nothing where it had said nothing", () => {
    expect(touched(touched(null, true, 0).told, false, 100).say).toBe(false);
    expect(touched(null, false, 0).say).toBeNull();
    expect(stopped(null).say).toBeNull();
  });
});
