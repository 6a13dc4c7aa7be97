// The server side of the quickstart capture: web, chat, DNS, and one that resets its connections.
import dgram from "node:dgram";
import http from "node:http";
import net from "node:net";
import { answerQuery } from "./dns.mjs";
import { filler, PORTS, serverAddresses, sleep } from "./plan.mjs";

/** `GET /<bytes>?think=<ms>` answers with so many bytes after so long. */
async function answerWeb(request, response) {
  const url = new URL(request.url, "http://server.test");
  request.resume();
  await sleep(Number(url.searchParams.get("think") ?? 0));
  const bytes = Number(url.pathname.slice(1));
  response.writeHead(200, { "content-type": "text/plain", "content-length": bytes });
  response.end(filler(bytes));
}

function serveWeb(address) {
  const server = http.createServer({ keepAliveTimeout: 30_000 }, (request, response) => {
    void answerWeb(request, response);
  });
  return listen(server, PORTS.web, address);
}

/** Sends every message back; keep-alive probes run while both sides are silent. */
function serveChat(address) {
  const server = net.createServer({ keepAlive: true, keepAliveInitialDelay: 1000 }, (socket) => {
    socket.setNoDelay(true);
    socket.on("error", () => socket.destroy());
    socket.pipe(socket);
  });
  return listen(server, PORTS.chat, address);
}

function serveRude(address) {
  const server = net.createServer((socket) => {
    socket.on("error", () => socket.destroy());
    socket.once("data", () => socket.resetAndDestroy());
  });
  return listen(server, PORTS.rude, address);
}

function serveDns(family, address) {
  const socket = dgram.createSocket(family === 6 ? "udp6" : "udp4");
  socket.on("message", (query, from) => socket.send(answerQuery(query), from.port, from.address));
  return bind(socket, PORTS.dns, address);
}

/** Takes a media stream and sends a receiver's report for every 25th packet. */
function serveMedia(family, address, port) {
  const socket = dgram.createSocket(family === 6 ? "udp6" : "udp4");
  let packets = 0;
  socket.on("message", (_, from) => {
    packets += 1;
    if (packets % 25 === 0) socket.send(filler(32), from.port, from.address);
  });
  return bind(socket, port, address);
}

const listen = (server, port, address) =>
  new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ port, host: address, backlog: 511 }, resolve);
  });

const bind = (socket, port, address) =>
  new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.bind(port, address, resolve);
  });

await Promise.all(
  serverAddresses.flatMap(({ family, address }) => [
    serveWeb(address),
    serveChat(address),
    serveRude(address),
    serveDns(family, address),
    serveMedia(family, address, PORTS.audio),
    serveMedia(family, address, PORTS.video),
  ]),
);
console.log("servers ready");
