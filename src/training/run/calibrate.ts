import { fitRates, type Observation } from '../../plan/fit-rates.ts';
import { type AssumedSpeed, assumedCalibration, type Calibration, secondsOf } from '../../plan/rates.ts';
import type { RunTimes } from './run-times.ts';

/** Fewer say more about what was compiled before than about a kernel. */
const fewestKernels = 2;

/** How fast a device is by the runs it has carried out, in place of what is assumed of it. */
export function calibrate(runs: readonly RunTimes[], speed: AssumedSpeed): Calibration {
  const assumed = assumedCalibration(speed);
  const programs = runs.flatMap((run) => run.programs);
  // TensorFlow.js counts no dispatches: what they cost is in its FLOPs and bytes.
  const interprets = programs.length > 0 && programs.every(({ work }) => work.dispatches === 0);
  const work = fitRates(programs, interprets ? { ...assumed.work, dispatches: 0 } : assumed.work);
  const { planned, loadedBytes, kernels, saves, savedBytes } = assumed.fixed;
  const preparing = runs.map((run): Observation<'planned' | 'loadedBytes'> => ({ work: run, seconds: run.preparing }));
  const compiling = runs.flatMap((run): Observation<'kernels'>[] =>
    run.kernels < fewestKernels ? [] : [{ work: run, seconds: compilingOf(run, work) }],
  );
  const saving = runs.flatMap(({ saving: last }): Observation<'saves' | 'savedBytes'>[] =>
    last ? [{ work: { saves: 1, savedBytes: last.bytes }, seconds: last.seconds }] : [],
  );
  return {
    work,
    fixed: {
      ...fitRates(preparing, { planned, loadedBytes }),
      ...fitRates(compiling, { kernels: kernels * (speed.software ? work.flops / assumed.work.flops || 1 : 1) }),
      ...fitRates(saving, { saves, savedBytes }),
    },
  };
}

/** Some drivers compile when they are told to, some when a program first runs. */
const compilingOf = ({ compiling, firsts }: RunTimes, rates: Calibration['work']): number =>
  firsts.reduce((sum, { work, seconds }) => sum + Math.max(0, seconds - secondsOf(work, rates)), compiling);
