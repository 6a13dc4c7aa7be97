/** The standard normal distribution. */

/**
 * P(Z <= z), within 1.2e-7 of its value, and so in relative terms in both tails: erfc by the rational Chebyshev fit
 * of Press et al., "Numerical Recipes", section 6.2.
 */
export function normalCdf(z: number): number {
  return z <= 0 ? 0.5 * erfcOfPositive(-z / Math.SQRT2) : 1 - 0.5 * erfcOfPositive(z / Math.SQRT2);
}

/** The z with P(Z <= z) = `probability`, in (0, 1), by bisection. */
export function normalQuantile(probability: number): number {
  let [low, high] = [-40, 40];
  while (high - low > 1e-10) {
    const middle = (low + high) / 2;
    if (normalCdf(middle) < probability) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

const CHEBYSHEV = [
  -1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587, -0.82215223,
  0.17087277,
];

function erfcOfPositive(x: number): number {
  const t = 1 / (1 + x / 2);
  return t * Math.exp(-x * x + CHEBYSHEV.reduceRight((sum, factor) => sum * t + factor, 0));
}
