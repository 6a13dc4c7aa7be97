// The client side of the quickstart capture: a few seconds of a small office's traffic.
import dgram from "node:dgram";
import http from "node:http";
import net from "node:net";
import { makeQuery } from "./dns.mjs";
import { clientAddress, filler, PORTS, randomSource, serverAddress, sleep } from "./plan.mjs";

const SPREAD_MS = 6000;
// Everything random is drawn before a client first waits, so that every run draws the same.
const random = randomSource(2544);
const pickFamily = () => (random.chance(0.3) ? 6 : 4);

function endpoints(family, i, port) {
  return { host: serverAddress(family, random.integer(0, 3)), port, localAddress: clientAddress(family, i) };
}

/** A visit: one connection kept alive over some requests, with pauses of reading and of server work. */
async function visitWeb(i) {
  const plan = {
    start: random.integer(0, 2500),
    requests: random.chance(0.5) ? 1 : random.integer(2, 3),
    target: endpoints(pickFamily(), i, PORTS.web),
  };
  const steps = Array.from({ length: plan.requests }, () => ({
    bytes: Math.round(random.pareto(150, 1.2, 12_000)),
    think: random.integer(20, 400),
    read: random.integer(400, 2500),
  }));
  await sleep(plan.start);
  const agent = new http.Agent({ keepAlive: true, keepAliveMsecs: 4000, maxSockets: 1 });
  for (const { bytes, think, read } of steps) {
    await get({ ...plan.target, agent, path: `/${bytes}?think=${think}` });
    await sleep(read);
  }
  agent.destroy();
}

function get(options) {
  return new Promise((resolve, reject) => {
    const request = http.get({ ...options, headers: { "user-agent": "nicbench-capture" } }, (response) => {
      response.resume();
      response.once("end", resolve);
    });
    request.once("error", reject);
  });
}

async function download(i, bytes) {
  const target = endpoints(i % 2 === 0 ? 4 : 6, i, PORTS.web);
  await sleep(random.integer(500, SPREAD_MS - 1500));
  await get({ ...target, agent: false, path: `/${bytes}` });
}

/** Leaves in the middle of a transfer: unread data makes the kernel send a reset (RFC 2525 §2.17). */
async function abort(i) {
  const target = endpoints(4, i, PORTS.web);
  await sleep(random.integer(500, SPREAD_MS - 1500));
  const socket = await connect(target);
  socket.write("GET /9000?think=30 HTTP/1.1\r\nhost: server.test\r\n\r\n");
  await new Promise((resolve) => socket.once("data", resolve));
  socket.resetAndDestroy();
}

/** Ends in a reset by the server: at once where nobody listens, else after the first request. */
async function beReset(i, port) {
  const target = endpoints(pickFamily(), i, port);
  await sleep(random.integer(0, SPREAD_MS - 1000));
  await new Promise((resolve) => {
    const socket = net.connect(target);
    socket.once("connect", () => socket.write("hello\n"));
    socket.on("error", () => undefined);
    socket.once("close", resolve);
  });
}

/** Lives as long as the capture: few, small messages, and keep-alive probes in the silence. */
async function chat(i) {
  const target = endpoints(pickFamily(), i, PORTS.chat);
  const messages = Array.from({ length: random.integer(1, 2) }, () => ({
    pause: random.integer(200, 1500),
    bytes: random.integer(8, 160),
  }));
  const socket = await connect({ ...target, noDelay: true });
  socket.setKeepAlive(true, 1500);
  socket.resume();
  for (const { pause, bytes } of messages) {
    await sleep(pause);
    socket.write(filler(bytes));
  }
  await sleep(2500);
  socket.end();
  await new Promise((resolve) => socket.once("close", resolve));
}

function connect(options) {
  return new Promise((resolve, reject) => {
    const socket = net.connect(options, () => resolve(socket));
    socket.once("error", reject);
  });
}

async function resolveName(i) {
  const family = pickFamily();
  const type = random.chance(0.4) ? "AAAA" : "A";
  const name = `${random.chance(0.1) ? "missing" : "host"}${random.integer(1, 60)}.example.test`;
  const server = serverAddress(family, random.integer(0, 1));
  await sleep(random.integer(0, SPREAD_MS));
  await withUdp(family, i, async (socket) => {
    socket.send(makeQuery(i + 1, name, type), PORTS.dns, server);
    await new Promise((resolve) => socket.once("message", resolve));
  });
}

/** RTP (RFC 3550) at a constant packet rate. */
async function stream(i, { family, port, packets, bytes, everyMs, payloadType }) {
  await withUdp(family, i, async (socket) => {
    const server = serverAddress(family, i);
    const start = performance.now();
    for (let n = 0; n < packets; ++n) {
      const header = Buffer.from([0x80, payloadType, n >> 8, n & 0xff, 0, 0, n >> 8, n & 0xff, 0, 0, 0, i]);
      socket.send(Buffer.concat([header, filler(bytes)]), port, server);
      await sleep(start + (n + 1) * everyMs - performance.now());
    }
  });
}

/** To a port without a listener: answered by ICMP port unreachable. */
async function knock(i) {
  await sleep(random.integer(0, SPREAD_MS));
  await withUdp(4, i, async (socket) => {
    socket.send(filler(20), PORTS.closed, serverAddress(4, i));
    await sleep(50);
  });
}

async function withUdp(family, i, use) {
  const socket = dgram.createSocket(family === 6 ? "udp6" : "udp4");
  socket.on("error", () => undefined);
  await new Promise((resolve) => socket.bind(0, clientAddress(family, i), resolve));
  await use(socket);
  socket.close();
}

const times = (count, start) => Array.from({ length: count }, (_, i) => start(i));
const audio = { family: 4, port: PORTS.audio, packets: 250, bytes: 160, everyMs: 20, payloadType: 0 };
const video = { family: 6, port: PORTS.video, packets: 120, bytes: 1100, everyMs: 40, payloadType: 96 };

await Promise.all([
  ...times(340, visitWeb),
  ...times(40, chat),
  ...times(3, (i) => download(i, 96 * 1024)),
  ...times(12, abort),
  ...times(12, (i) => beReset(i, PORTS.closed)),
  ...times(12, (i) => beReset(i, PORTS.rude)),
  ...times(240, resolveName),
  ...times(6, knock),
  ...times(2, (i) => stream(i, audio)),
  stream(7, video),
]);
