// What both ends of the quickstart capture agree on: addresses, ports, and seeded random choices.

const CLIENTS = 8;
const SERVERS = 4;

export const PORTS = {
  web: 80,
  chat: 5222,
  dns: 53,
  audio: 5004,
  video: 5006,
  /** Accepts, reads one request, and resets the connection. */
  rude: 9999,
  /** Nobody listens: TCP is refused by a reset, UDP by an ICMP error. */
  closed: 81,
};

export const clientAddress = (family, i) =>
  family === 6 ? `2001:db8::c:${(i % CLIENTS) + 1}` : `198.18.0.${(i % CLIENTS) + 1}`;
export const serverAddress = (family, i) =>
  family === 6 ? `2001:db8::5:${(i % SERVERS) + 1}` : `198.19.0.${(i % SERVERS) + 1}`;

export const serverAddresses = [4, 6].flatMap((family) =>
  Array.from({ length: SERVERS }, (_, i) => ({ family, address: serverAddress(family, i) })),
);

/** mulberry32: the same choices on every run; what the kernel makes of them is its own. */
export function randomSource(seed) {
  let state = seed >>> 0;
  const uniform = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    uniform,
    integer: (low, high) => low + Math.floor(uniform() * (high - low + 1)),
    chance: (p) => uniform() < p,
    /** Sizes and pauses of the web are heavy-tailed: many small, few large. */
    pareto: (least, shape, most) => Math.min(most, least / (1 - uniform()) ** (1 / shape)),
  };
}

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Readable filler, so that a person who opens the capture sees what is payload. */
export function filler(bytes) {
  const text = "nicbench quickstart capture. ";
  return Buffer.from(text.repeat(Math.ceil(bytes / text.length)).slice(0, bytes));
}
