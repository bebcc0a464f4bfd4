// Ids made without `crypto.randomUUID`, which is missing on a LAN's http (no secure context).

function randomBytes(count: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(count));
}

function uuidText(bytes: Uint8Array, version: number): string {
  bytes[6] = (bytes[6]! & 0x0f) | (version << 4);
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = hexText(bytes);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

function hexText(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** A random UUID (RFC 9562, version 4): a person's id. */
export function uuidV4(): string {
  return uuidText(randomBytes(16), 4);
}

let lastMs = 0;
let counter = 0;

/**
 * A time-ordered UUID (RFC 9562, version 7): a message's id. Ids of one page rise strictly, also within a millisecond
 * and when the clock goes back (a counter in the 12 bits after the time, method 1 of section 6.2).
 */
export function uuidV7(now: number = Date.now()): string {
  if (now > lastMs) {
    lastMs = now;
    counter = randomBytes(1)[0]!;
  } else if ((counter += 1) > 0xfff) {
    lastMs += 1;
    counter = 0;
  }
  const bytes = randomBytes(16);
  for (let index = 5, rest = lastMs; index >= 0; index -= 1, rest = Math.floor(rest / 256)) bytes[index] = rest % 256;
  bytes[6] = counter >> 8;
  bytes[7] = counter & 0xff;
  return uuidText(bytes, 7);
}

/** A secret of 128 bits, as 32 hexadecimal digits. */
export function token(): string {
  return hexText(randomBytes(16));
}
