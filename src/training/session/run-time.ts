import { workSeconds } from '../../plan/cost.ts';
import type { CompiledKernels } from '../../plan/executor.ts';
import type { DeviceProfile } from '../../plan/profile.ts';
import { assumedCalibration, compileWork, type FixedWork, secondsOf, workOf } from '../../plan/rates.ts';
import type { RunConfig } from '../config/run-config.ts';
import { heldOutTime } from './held-out-time.ts';
import type { RunPlan } from './plan-run.ts';
import { checkpointBytes } from './run-clock.ts';
import { answerWork, atLength, type RunWork, runWork, type TimedRows } from './run-work.ts';

/** How long a run is estimated to take, in seconds. */
export interface RunTime {
  /** An optimizer step on batches of mean length. */
  readonly step: number;
  /** From the start to the result; null where the rows are not known. */
  readonly total: number | null;
  /** Whether earlier runs on the device were measured. */
  readonly measured: boolean;
}

/** Programs that answering adds: the prompt and the next token, of the base and of the tuned model. */
const answerPrograms = 4;
/** What answering compiles, beside what is compiled for training: products of few rows. */
const answerKernels = 6;
/** Seconds between two checkpoints at the least, and the part of the time that they may take (`Checkpoints`). */
const checkpointInterval = 5;
const checkpointShare = 20;

/**
 * The time of a run from its plan, by the calibration of the profile it was planned for. Pure.
 * @param compiled kernels that need not be compiled any more
 */
export function runTime(
  plan: RunPlan,
  config: RunConfig,
  profile: DeviceProfile,
  rows?: TimedRows,
  compiled?: CompiledKernels,
): RunTime {
  const measured = profile.calibration !== undefined;
  if (!rows) return { step: plan.step.seconds, total: null, measured };
  const work = runWork(plan, config, rows);
  const step = stepSeconds(plan, work, profile);
  const stepping = work.steps * step;
  const { fixed } = profile.calibration ?? assumedCalibration(profile);
  const trained =
    stepping +
    evaluationSeconds(plan, config, work, profile) +
    generalSeconds(plan, work, profile) +
    savingSeconds(plan, config, stepping, profile);
  const total =
    secondsOf(preparation(plan, work, compiled), fixed) +
    referenceSeconds(plan, work, profile) +
    trained +
    heldOutSeconds(plan, config, work, trained, profile);
  return { step, total, measured };
}

function stepSeconds(plan: RunPlan, { microStepsPerStep, meanLength }: RunWork, profile: DeviceProfile): number {
  const microStep = workSeconds(atLength(plan.microStep, meanLength), profile);
  return microStepsPerStep * microStep + workSeconds(workOf(plan.update), profile);
}

function evaluationSeconds(plan: RunPlan, config: RunConfig, work: RunWork, profile: DeviceProfile): number {
  const { evaluation: sheet } = plan;
  if (!sheet || !work.evaluation) return 0;
  const { times, batches, meanLength, answers } = work.evaluation;
  const looking = workSeconds(workOf(plan.inside), profile);
  const evaluating = times * (batches * workSeconds(atLength(sheet, meanLength), profile) + looking);
  if (!answers) return evaluating;
  // The base is asked once.
  const answering = workSeconds(answerWork(answers, sheet, evaluatedTokens(plan, config)), profile);
  return evaluating + (times + 1) * answering;
}

/** Of one evaluation batch. */
const evaluatedTokens = ({ length }: RunPlan, { logging, training }: RunConfig): number =>
  (logging.eval_batch_size || training.batch_size) * length;

/** Held-out rows, answered by both sides when the run has ended, until the time for it is up. */
function heldOutSeconds(
  plan: RunPlan,
  config: RunConfig,
  { heldOut }: RunWork,
  trained: number,
  profile: DeviceProfile,
): number {
  if (!plan.evaluation || !heldOut) return 0;
  const side = workSeconds(answerWork(heldOut, plan.evaluation, evaluatedTokens(plan, config)), profile);
  return heldOutTime(heldOut.prompts, (2 * side) / heldOut.prompts, trained);
}

/** Reading what the model says before training. */
function referenceSeconds({ reference: sheet }: RunPlan, { reference }: RunWork, profile: DeviceProfile): number {
  return sheet && reference ? reference.batches * workSeconds(atLength(sheet, reference.meanLength), profile) : 0;
}

/** General texts: once with the published model, then before training and at each evaluation with the tuned one. */
function generalSeconds({ general: plan }: RunPlan, { general }: RunWork, profile: DeviceProfile): number {
  if (!plan || !general) return 0;
  const [tuned, base] = [plan.tuned, plan.base].map((sheet) => workSeconds(workOf(sheet), profile));
  return general.batches * (base! + general.times * tuned!);
}

/** What goes before the first step. */
function preparation(
  plan: RunPlan,
  { lengths, evaluation, reference, heldOut }: RunWork,
  compiled?: CompiledKernels,
): FixedWork {
  const missing = plan.kernels.filter((key) => !compiled?.has(key));
  const answers = evaluation?.answers || heldOut ? 1 : 0;
  const evaluations = (evaluation?.lengths ?? 0) + answers * answerPrograms;
  return {
    planned:
      lengths * plan.microStep.dispatches +
      plan.update.dispatches +
      plan.inside.dispatches +
      (reference?.lengths ?? 0) * (plan.reference?.dispatches ?? 0) +
      evaluations * (plan.evaluation?.dispatches ?? 0) +
      (plan.general ? plan.general.tuned.dispatches + plan.general.base.dispatches : 0),
    kernels: compileWork(missing) + (answers * answerKernels * missing.length) / plan.kernels.length,
    loadedBytes: plan.step.peakByKind.weight,
    saves: 0,
    savedBytes: 0,
  };
}

function savingSeconds(plan: RunPlan, config: RunConfig, stepping: number, profile: DeviceProfile): number {
  if (config.training.save_checkpoint === 'disable') return 0;
  const { fixed } = profile.calibration ?? assumedCalibration(profile);
  const one = fixed.saves + checkpointBytes(plan.step.peakByKind) * fixed.savedBytes;
  return (1 + Math.floor(stepping / Math.max(checkpointInterval, checkpointShare * one))) * one;
}
