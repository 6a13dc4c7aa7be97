/** Densities of samples, for pictures of distributions. */
import { mean } from "./mean.js";
import { quantileOfSorted } from "./median.js";

/**
 * Bandwidth of a Gaussian kernel by Silverman's rule of thumb: 0.9 min(s, IQR / 1.34) n^(-1/5), with the standard deviation alone
 * where the quartiles are one (Silverman, "Density Estimation for Statistics and Data Analysis", 1986, equation 3.31).
 *
 * @param ascending at least two values, in ascending order
 * @returns in the unit of the values; 0 if they are all the same
 */
export function silvermanBandwidth(ascending: readonly number[]): number {
  const n = ascending.length;
  const centre = mean(ascending);
  const deviation = Math.sqrt(ascending.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (n - 1));
  const range = (quantileOfSorted(ascending, 0.75) - quantileOfSorted(ascending, 0.25)) / 1.34;
  return 0.9 * (range > 0 ? Math.min(deviation, range) : deviation) * n ** -0.2;
}

/** Kernel density estimate with a Gaussian kernel, at each place; its integral over all numbers is 1. @param bandwidth above 0 */
export function gaussianDensity(
  values: readonly number[],
  bandwidth: number,
  places: readonly number[],
): readonly number[] {
  const norm = 1 / (values.length * bandwidth * Math.sqrt(2 * Math.PI));
  return places.map(
    (place) => norm * values.reduce((sum, value) => sum + Math.exp(-0.5 * ((place - value) / bandwidth) ** 2), 0),
  );
}
