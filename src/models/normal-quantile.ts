/** Φ(x) of the standard normal distribution, by its series around 0; exact to f64 for |x| below about 6. */
function normalDistribution(x: number): number {
  let [sum, term] = [0, x];
  for (let k = 1; Math.abs(term) > Math.abs(sum) * Number.EPSILON; k++) {
    sum += term;
    term *= (x * x) / (2 * k + 1);
  }
  return 0.5 + sum * density(x);
}

const density = (x: number): number => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);

/** The x with Φ(x) = p, for p inside of 0 and 1. Newton's steps from 0 never pass it, since Φ bends one way there. */
export function normalQuantile(p: number): number {
  let x = 0;
  for (let step = Number.POSITIVE_INFINITY, n = 0; Math.abs(step) > 1e-15 * Math.abs(x) && n < 100; n++) {
    step = (p - normalDistribution(x)) / density(x);
    x += step;
  }
  return x;
}
