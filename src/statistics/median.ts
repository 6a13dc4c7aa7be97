/** The values in ascending order, as a copy. */
export function sorted(values: readonly number[]): number[] {
  return [...values].sort((a, b) => a - b);
}

/** Least and greatest value; `[Infinity, -Infinity]` of none. For any number of values, unlike `Math.min(...values)`. */
export function extent(values: readonly number[]): readonly [number, number] {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (value < least) least = value;
    if (value > most) most = value;
  }
  return [least, most];
}

/**
 * Middle value, or the mean of the two middle values.
 *
 * @throws {RangeError} if there is no value: no trial must not read as a zero
 */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/**
 * Quantile with linear interpolation between order statistics (Hyndman and Fan 1996, type 7: the
 * default of R and NumPy).
 *
 * @param q in [0, 1]
 * @throws {RangeError} if there is no value, or `q` is outside [0, 1]
 */
export function quantile(values: readonly number[], q: number): number {
  return quantileOfSorted(sorted(values), q);
}

/** {@link quantile} of values that are in ascending order already. */
export function quantileOfSorted(ascending: readonly number[], q: number): number {
  if (ascending.length === 0) throw new RangeError("a quantile needs at least one value");
  if (!(q >= 0 && q <= 1)) throw new RangeError(`quantile ${q} is not in [0, 1]`);
  const position = (ascending.length - 1) * q;
  const below = ascending[Math.floor(position)] ?? Number.NaN;
  const above = ascending[Math.ceil(position)] ?? Number.NaN;
  return below === above ? below : below + (above - below) * (position - Math.floor(position));
}
