/**
 * What answers and is downloaded: a run, under its id, or the weights that one evaluation of it kept, under `id@step`.
 * Ids of runs hold no `@`.
 */
export const resultId = (runId: string, step: number): string => `${runId}@${step}`;

export function splitResultId(id: string): { runId: string; evaluation: number | null } {
  const [runId = '', step] = id.split('@');
  return { runId, evaluation: step === undefined ? null : Number(step) };
}
