import { describe, expect, it } from "vitest";
import { cssVariables, seriesColor, seriesDash, seriesShape } from "../../src/report/theme.js";

type Color = readonly [number, number, number];

const COUNT = 9;

function shades(theme: "light" | "dark"): readonly string[] {
  const found = [...cssVariables(theme).matchAll(/--series-\d:(#[0-9a-f]{6})/g)].map(([, hex]) => hex ?? "");
  return found;
}

function ground(theme: "light" | "dark"): string {
  return /--surface:(#[0-9a-f]{6})/.exec(cssVariables(theme))?.[1] ?? "";
}

/** Linear RGB (IEC 61966-2-1). */
function linear(hex: string): Color {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return [r, g, b];
}

function times(matrix: readonly Color[], [x, y, z]: Color): Color {
  const [a = 0, b = 0, c = 0] = matrix.map(([p, q, r]) => p * x + q * y + r * z);
  return [a, b, c];
}

/** Ottosson, "A perceptual color space for image processing", 2020. */
function oklab(color: Color): Color {
  const cones = times(
    [
      [0.4122214708, 0.5363325363, 0.0514459929],
      [0.2119034982, 0.6806995451, 0.1073969566],
      [0.0883024619, 0.2817188376, 0.6299787005],
    ],
    color,
  );
  const [l, m, s] = cones.map((cone) => Math.cbrt(Math.max(0, cone)));
  return times(
    [
      [0.2104542553, 0.793617785, -0.0040720468],
      [1.9779984951, -2.428592205, 0.4505937099],
      [0.0259040371, 0.7827717662, -0.808675766],
    ],
    [l ?? 0, m ?? 0, s ?? 0],
  );
}

const TYPICAL: readonly Color[] = [
  [1, 0, 0],
  [0, 1, 0],
  [0, 0, 1],
];

/** Machado, Oliveira, Fernandes, "A physiologically-based model for simulation of color vision deficiency", 2009. */
const MISSING_CONES: readonly (readonly Color[])[] = [
  [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
];

function leastDistance(colors: readonly string[], eye: readonly Color[]): number {
  const seen = colors.map((hex) => {
    const [r, g, b] = times(eye, linear(hex)).map((value) => Math.min(1, Math.max(0, value)));
    return oklab([r ?? 0, g ?? 0, b ?? 0]);
  });
  const distances = seen.flatMap((a, i) =>
    seen.slice(i + 1).map((b) => Math.hypot(...a.map((v, k) => v - (b[k] ?? 0)))),
  );
  return Math.min(...distances);
}

/** WCAG 2.2, section 1.4.11 asks for 3; the lightest blue on white has 2.8. */
function contrast(a: string, b: string): number {
  const [dark = 0, light = 0] = [a, b]
    .map((hex) => times([[0.2126, 0.7152, 0.0722]], linear(hex))[0])
    .toSorted((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
}

describe.each(["light", "dark"] as const)("the series of the %s theme", (theme) => {
  it("are nine that any two eyes tell apart, with the help of markers where a cone type is missing", () => {
    expect(shades(theme)).toHaveLength(COUNT);
    expect(leastDistance(shades(theme), TYPICAL)).toBeGreaterThan(0.12);
    for (const eye of MISSING_CONES) expect(leastDistance(shades(theme), eye)).toBeGreaterThan(0.04);
  });

  it("stand out from the page", () => {
    for (const shade of shades(theme)) expect(contrast(shade, ground(theme)), shade).toBeGreaterThan(2.7);
  });
});

describe("series", () => {
  it("have each a colour and a marker of their own, up to nine", () => {
    const indices = Array.from({ length: COUNT }, (_, i) => i);
    expect(new Set(indices.map(seriesColor)).size).toBe(COUNT);
    expect(new Set(indices.map(seriesShape)).size).toBe(COUNT);
    expect(indices.flatMap((i) => seriesDash(i) ?? [])).toEqual([]);
  });

  it("beyond that repeat colours with other markers and dashes", () => {
    const looks = Array.from({ length: 3 * COUNT }, (_, i) => `${seriesColor(i)} ${seriesShape(i)}`);
    expect(new Set(looks).size).toBe(3 * COUNT);
    expect(seriesDash(COUNT)).toBeDefined();
    expect(seriesDash(2 * COUNT)).not.toEqual(seriesDash(COUNT));
  });
});
