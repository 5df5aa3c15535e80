import { AppError } from '../errors.ts';
import type { SettingWarning } from '../training/config/setting-warnings.ts';
import type { Remedy, RowFinding } from '../worker/protocol.ts';
import { isGoingOn, type StepName, type Studio } from './store.ts';
import { warningsOf } from './warnings.ts';

/** What must hold before a run can start: one line of the pre-flight list, and why Start refuses. */
export interface Check {
  readonly id:
    | 'model'
    | 'layers'
    | 'data'
    | 'dataFit'
    | 'settings'
    | 'values'
    | 'memory'
    | 'opening'
    | 'idle'
    | 'dataNotes';
  readonly ok: boolean;
  /** A check that warns does not hold Start back. */
  readonly warning?: boolean;
  readonly error?: AppError | null;
  /** What mends it in one click. */
  readonly remedy?: Remedy | undefined;
  /** Of `values`: which are far from what works. */
  readonly values?: readonly SettingWarning[];
  /** Where it can be put right. */
  readonly step: StepName;
}

const tuningCodes = ['nothing-trained', 'nothing-matched', 'all-excluded'];
const dataCodes = [
  'pictures-wanted',
  'table-wanted',
  'labels-all-masked',
  'answers-empty',
  'labels-none',
  'labels-no-number',
  'labels-one-class',
  'labels-count',
  'labels-many',
  'rows-none',
  'rows-too-few',
  'validation-missing',
  'conversation-circular',
  'conversations-too-long',
  'column-missing',
  'column-unchosen',
  'preference-data',
  'conversations-none',
  'conversations-role',
  'conversations-no-text',
  'conversations-unanswered',
  'conversations-tools',
];

/** The pre-flight list, in the order of the steps. What cannot be checked yet is left out. */
export function preflight(state: Studio): Check[] {
  const { model, data, validation, tuning, dataPreview, environment, run, invalidFields } = state;
  const checks: Check[] = [{ id: 'model', ok: model.value !== null, step: 'model' }];
  if (model.value) {
    const error = tuningProblem(state);
    const trained = (tuning.value?.trainedParameters ?? 0) > 0 && !isOf(error, tuningCodes);
    checks.push({ id: 'layers', ok: trained, error, step: 'layers' });
  }
  checks.push({ id: 'data', ok: data.value !== null, step: 'data' });
  if (model.value && data.value) {
    const error = dataProblem(state);
    checks.push({
      id: 'dataFit',
      ok: error === null && dataPreview.value !== null,
      error,
      remedy: remedyOf(state, error),
      step: 'data',
    });
    const notes = error ? [] : findingsOf(state).filter(({ blocks }) => !blocks);
    for (const { code, params, remedy } of notes)
      checks.push({
        id: 'dataNotes',
        ok: false,
        warning: true,
        error: new AppError(code, params),
        remedy,
        step: 'data',
      });
  }
  const settingError = [tuning.error, dataPreview.error].find(
    (error) => error && !isOf(error, [...tuningCodes, ...dataCodes]),
  );
  checks.push({
    id: 'settings',
    ok: invalidFields.length === 0 && !settingError,
    error: settingError ?? null,
    step: 'train',
  });
  const values = warningsOf(state).filter(({ weight }) => weight !== 'note');
  if (values.length > 0) checks.push({ id: 'values', ok: false, warning: true, values, step: 'train' });
  const sheet = tuning.value?.step;
  if (sheet && environment.value) {
    checks.push({ id: 'memory', ok: sheet.peakBytes <= environment.value.memoryBudget, warning: true, step: 'train' });
  }
  // What is there still is not what was asked for last.
  const isOpening = (model.value && model.pending) || (data.value && (data.pending || validation.pending));
  if (isOpening) checks.push({ id: 'opening', ok: false, step: model.pending ? 'model' : 'data' });
  if (isGoingOn(run)) checks.push({ id: 'idle', ok: false, step: 'train' });
  return checks;
}

/** The checks that hold Start back. */
export const blocking = (checks: readonly Check[]): Check[] => checks.filter(({ ok, warning }) => !ok && !warning);

const isOf = (error: AppError | null, codes: readonly string[]) => error !== null && codes.includes(error.code);

/** Why nothing can be trained as the ticks are, or null. */
export function tuningProblem({ tuning }: Studio): AppError | null {
  const [warning] = tuning.value?.warnings ?? [];
  return tuning.error ?? (warning ? new AppError(warning.code, warning.params) : null);
}

/** Why no run can start with the open table, or null. */
export function dataProblem(state: Studio): AppError | null {
  const { dataPreview } = state;
  const problem = dataPreview.value?.problem ?? findingsOf(state).find(({ blocks }) => blocks);
  return dataPreview.error ?? (problem ? new AppError(problem.code, problem.params) : null);
}

/** What is found of the rows of the open table as the run would meet them. */
export const findingsOf = ({ dataPreview }: Studio): readonly RowFinding[] => dataPreview.value?.findings ?? none;

const none: readonly RowFinding[] = [];

const remedyOf = (state: Studio, error: AppError | null) =>
  findingsOf(state).find(({ code }) => code === error?.code)?.remedy;
