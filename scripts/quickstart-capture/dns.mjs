// Just enough DNS (RFC 1035, RFC 3596) for queries and answers that a dissector reads without complaint.
import { serverAddress } from "./plan.mjs";

const HEADER = 12;
const TYPES = { A: 1, AAAA: 28 };
const FLAGS = { query: 0x0100, answer: 0x8180, noSuchName: 0x8183 };

export function makeQuery(id, name, type) {
  const labels = name.split(".").flatMap((label) => [Buffer.from([label.length]), Buffer.from(label)]);
  return Buffer.concat([header(id, FLAGS.query, 0), ...labels, Buffer.from([0, 0, TYPES[type], 0, 1])]);
}

/** One address for every name, or NXDOMAIN for names that start with `missing`. */
export function answerQuery(query) {
  const id = query.readUInt16BE(0);
  const question = query.subarray(HEADER);
  const missing = question.subarray(1, 8).toString() === "missing";
  if (missing) return Buffer.concat([header(id, FLAGS.noSuchName, 0), question]);
  const type = question.readUInt16BE(question.length - 4);
  const address = type === TYPES.AAAA ? ipv6Bytes(serverAddress(6, id)) : ipv4Bytes(serverAddress(4, id));
  // A pointer to the question's name, type, class IN, 300 s to live, length, address.
  const record = Buffer.from([0xc0, HEADER, 0, type, 0, 1, 0, 0, 1, 44, 0, address.length, ...address]);
  return Buffer.concat([header(id, FLAGS.answer, 1), question, record]);
}

function header(id, flags, answers) {
  const bytes = Buffer.alloc(HEADER);
  [id, flags, 1, answers].forEach((word, i) => bytes.writeUInt16BE(word, 2 * i));
  return bytes;
}

const ipv4Bytes = (text) => text.split(".").map(Number);

/** Of addresses with one `::`, as plan.mjs makes them. */
function ipv6Bytes(text) {
  const [head = "", tail = ""] = text.split("::");
  const words = (part) => (part === "" ? [] : part.split(":").map((word) => parseInt(word, 16)));
  const left = words(head);
  const right = words(tail);
  const all = [...left, ...Array(8 - left.length - right.length).fill(0), ...right];
  return all.flatMap((word) => [word >> 8, word & 0xff]);
}
