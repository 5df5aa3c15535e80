import { describe, expect, it } from 'vitest';
import { fitRates, type Observation } from './fit-rates.ts';
import { assumedCalibration, secondsOf, type Work } from './rates.ts';

const assumed = assumedCalibration({ software: true, flopsPerSecond: 5e9, bytesPerSecond: 5e9 }).work;
const work = (dispatches: number, flops: number, bytes: number): Work => ({ runs: 1, dispatches, flops, bytes });
/** A step of LoRA, one of full fine-tuning, an update, an evaluation: as plans of the example have them. */
const kinds = [
  work(89, 1.38e9, 7.6e7),
  work(89, 0.69e9, 4.0e7),
  work(120, 1.9e9, 1.6e8),
  work(3, 1.2e5, 1.4e5),
  work(47, 4.4e8, 2.2e7),
];
const took = (each: Work, rates: typeof assumed, noise = 1): Observation<keyof Work> => ({
  work: each,
  seconds: noise * secondsOf(each, rates),
});
const ratios = (rates: typeof assumed, truth: typeof assumed) =>
  kinds.map((each) => secondsOf(each, rates) / secondsOf(each, truth));

describe('rates fitted to what was measured', () => {
  it('are the assumed ones where nothing was', () => {
    expect(fitRates([], assumed)).toEqual(assumed);
    expect(fitRates([{ work: kinds[0]!, seconds: 0 }], assumed)).toEqual(assumed);
  });

  it('are the assumed ones times one factor after one observation', () => {
    const fitted = fitRates([took(kinds[0]!, assumed, 7)], assumed);
    for (const kind of Object.keys(assumed) as (keyof Work)[]) expect(fitted[kind] / assumed[kind]).toBeCloseTo(7, 1);
  });

  it('find a device whose rates stand in other ratios, from graphs of different kinds', () => {
    const truth = { runs: 2e-3, dispatches: 4e-5, flops: 1e-9, bytes: 3e-10 };
    const fitted = fitRates(
      kinds.map((each) => took(each, truth)),
      assumed,
    );
    for (const ratio of ratios(fitted, truth)) expect(Math.abs(Math.log(ratio))).toBeLessThan(Math.log(1.25));
  });

  it('are not moved by one time in five that is ten times as long', () => {
    const noise = [0.9, 1.1, 1, 1.05, 10];
    const fitted = fitRates(
      [...kinds, kinds[0]!].map((each, index) => took(each, assumed, noise[index % 5])),
      assumed,
    );
    for (const ratio of ratios(fitted, assumed)) expect(Math.abs(Math.log(ratio))).toBeLessThan(Math.log(1.3));
  });

  it('are never negative, so more work never takes less time', () => {
    // More bytes and less time: plain least squares would take time off for bytes.
    const odd = [
      { work: work(10, 1e9, 1e7), seconds: 1 },
      { work: work(10, 1e9, 5e8), seconds: 0.5 },
      { work: work(500, 1e8, 1e7), seconds: 0.4 },
    ];
    for (const rate of Object.values(fitRates(odd, assumed))) expect(rate).toBeGreaterThanOrEqual(0);
  });
});
