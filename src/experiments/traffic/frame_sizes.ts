/**
 * `traffic.frame_size`: one size, sizes in turn, sizes drawn by weight, or an IMIX.
 *
 * An IMIX is written as RFC 6985 has it, as a genome: a letter a frame, sent in this order again and again.
 */
import { z } from "zod";
import { bytesSchema } from "../../units.js";
import { quote } from "../../yaml/problems.js";
import type { GeneratedTraffic } from "../../agent/protocol.js";

/** RFC 2544, section 9.1, and the largest frame that fits a buffer of the data path; both with FCS. */
export const MIN_FRAME = 64;
export const MAX_FRAME = 2052;

/**
 * Bytes, or a text that says which come: `imix`, `imix:aaab`, `64,512,1518` in turn, `64:7,594:4` drawn by weight; or
 * the capture whose sizes come.
 */
export type FrameSize = number | string | { readonly pcap: string };

/** The part of the data path's configuration that says how long frames are. */
export type Sizes = Pick<GeneratedTraffic, "frameSize" | "sizesInTurn" | "sizesDrawn" | "sizesFrom">;

/** Bytes with FCS by letter: RFC 6985, section 4, as far as a buffer holds them. */
const GENOME: Readonly<Record<string, number>> = { a: 64, b: 128, c: 256, d: 512, e: 1024, f: 1280, g: 1518 };

/**
 * What most testers call IMIX: IP packets of 40, 576 and 1500 bytes, 7 : 4 : 1, in Ethernet frames, of which none is
 * shorter than 64 bytes. 594 has no letter in RFC 6985.
 */
const SIMPLE_IMIX = [...repeated(64, 7), ...repeated(594, 4), 1518];

const MAX_SIZES = 1024;

const ADVICE =
  "write a size such as 64B, a list such as [64B, 512B, 1518B], weights such as { 64B: 7, 594B: 4 }, imix, a genome such as imix:aaaaaaaddddg, or { pcap: file }";

const size = bytesSchema({ min: MIN_FRAME, max: MAX_FRAME });

export const frameSizeSchema = z
  .union(
    [
      z.number(),
      z.string().meta({ examples: ["64B", "imix", "imix:aaaaaaaddddg"] }),
      z.array(z.union([z.number(), z.string()])),
      z.strictObject({ pcap: z.string().min(1) }),
      z.record(z.string(), z.number()),
    ],
    {
      error: () => `is no frame size; ${ADVICE}`,
    },
  )
  .transform((written, context): FrameSize => {
    if (isCapture(written)) return written;
    try {
      const text = asText(written);
      const sizes = sizesOf(text);
      return sizes.frameSize ?? (text.startsWith("imix") ? text : textOf(sizes));
    } catch (error) {
      if (!(error instanceof WrongSize)) throw error;
      context.addIssue({ code: "custom", message: error.message, input: written });
      return z.NEVER;
    }
  });

/** The sizes of frames, in bytes with FCS. Takes what {@link frameSizeSchema} gives. */
export function sizesOf(frameSize: FrameSize): Sizes {
  if (isCapture(frameSize)) return { sizesFrom: frameSize.pcap };
  const text = String(frameSize);
  if (text === "imix") return { sizesInTurn: SIMPLE_IMIX };
  if (text.startsWith("imix:")) return { sizesInTurn: genome(text.slice("imix:".length)) };
  const parts = text.split(",");
  if (parts.length > MAX_SIZES) throw new WrongSize(`has more than ${MAX_SIZES} sizes`);
  if (text.includes(":")) return { sizesDrawn: parts.map(weighted).toSorted(([a], [b]) => a - b) };
  return parts.length > 1 ? { sizesInTurn: parts.map(sizeOf) } : { frameSize: sizeOf(text) };
}

/** Bytes with FCS; of sizes from a capture, -Infinity: the data path knows. */
export function largestFrame(frameSize: FrameSize): number {
  return Math.max(...bytesOf(sizesOf(frameSize)));
}

/** Bytes with FCS; of sizes from a capture, Infinity: the data path makes frames as long as their headers. */
export function smallestFrame(frameSize: FrameSize): number {
  return Math.min(...bytesOf(sizesOf(frameSize)));
}

function bytesOf({ frameSize, sizesInTurn = [], sizesDrawn = [] }: Sizes): readonly number[] {
  return [...(frameSize === undefined ? [] : [frameSize]), ...sizesInTurn, ...sizesDrawn.map(([bytes]) => bytes)];
}

class WrongSize extends Error {}

function isCapture(size: unknown): size is { readonly pcap: string } {
  return typeof size === "object" && size !== null && "pcap" in size && typeof size.pcap === "string";
}

function asText(written: number | string | readonly (number | string)[] | Readonly<Record<string, number>>): string {
  if (typeof written !== "object") return String(written);
  const parts = Array.isArray(written) ? written : Object.entries(written).map((pair) => pair.join(":"));
  if (parts.length === 0) throw new WrongSize(`is empty; ${ADVICE}`);
  return parts.join(",");
}

function textOf({ sizesInTurn = [], sizesDrawn = [] }: Sizes): string {
  return [...sizesInTurn, ...sizesDrawn.map((pair) => pair.join(":"))].join(",");
}

function sizeOf(text: string): number {
  const bytes = size.safeParse(/^\s*\d+\s*$/.test(text) ? Number(text) : text);
  if (bytes.success) return bytes.data;
  throw new WrongSize(bytes.error.issues[0]?.message ?? ADVICE);
}

function weighted(text: string): readonly [number, number] {
  const [bytes = "", weight = ""] = text.split(":");
  if (!(Number(weight) > 0 && Number(weight) <= 1e9)) {
    throw new WrongSize(`${quote(text)} has no weight above 0; write bytes and weight such as 64B:7`);
  }
  return [sizeOf(bytes), Number(weight)];
}

function genome(letters: string): readonly number[] {
  if (letters === "" || letters.length > MAX_SIZES) throw new WrongSize(`is no genome of 1 to ${MAX_SIZES} letters`);
  return Array.from(letters, sizeOfLetter);
}

function sizeOfLetter(letter: string): number {
  const bytes = GENOME[letter];
  if (bytes !== undefined) return bytes;
  const known = Object.entries(GENOME).map((pair) => pair.join(" is "));
  throw new WrongSize(`${quote(letter)} is no letter of a genome here: ${known.join(", ")}; other sizes go in a list`);
}

function repeated(bytes: number, times: number): readonly number[] {
  return Array.from({ length: times }, () => bytes);
}
