import { offersOf, requireTarget } from '../../exports/targets.ts';
import { splitResultId } from '../runs/result-id.ts';
import { readConfig, runFolder } from '../runs/run-store.ts';
import type { Workshop } from '../workshop.ts';
import { asBlobs, factsOf, keptRun } from './exported-run.ts';

/**
 * The files of the adapter that a run came to, by name, as they would be downloaded.
 * @throws AppError 'export-unfit' where it trained weights and no adapter; 'checkpoint-invalid' where it was not saved
 */
export async function trainedFiles(workshop: Workshop, id: string): Promise<Map<string, Blob>> {
  const folder = runFolder(await workshop.runs(), splitResultId(id).runId);
  const config = await readConfig(folder);
  const facts = await factsOf(folder, config);
  const forms = ['peft', 'adapterhub'] as const;
  const usual = offersOf(facts).find(({ target, refusal }) => forms.some((form) => form === target) && !refusal);
  const target = requireTarget(usual?.target ?? 'peft', facts);
  const { active } = workshop;
  const trained = active?.isOf(id) ? active.trained : undefined;
  return asBlobs(await target.write(keptRun(workshop, id, { folder, config, trained })));
}
