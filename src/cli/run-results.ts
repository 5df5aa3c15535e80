/** What a run came to, written beside it as PEFT and transformers load it. */
import type { RunStory } from '../exports/run-story.ts';
import { trainedPart, weightsAlone } from '../exports/targets.ts';
import { merged } from '../exports/whole-model.ts';
import type { Directory } from '../files/directory.ts';
import { evaluationName, keptEvaluations, loadNamed } from '../files/runs.ts';
import { runStory } from '../training/results/run-story.ts';
import { readFloats, restoreTraining, weightBuffers } from '../training/run/checkpoint.ts';
import type { Training } from '../training/run/trainer.ts';
import { openTokenizer } from '../training/session/open-model.ts';
import { verdictEn } from '../ui/text/en-verdict.ts';

/** The run's result, and beside it what each evaluation kept: `adapter-240/` for step 240. */
export async function writeResults(training: Training, base: string | null, run: Directory) {
  const { config, totalSteps, tuning } = training;
  const folder = tuning.adapter ? 'adapter' : 'model';
  const tokenizer = await openTokenizer(training.model.open.files).catch(() => null);
  const told = { folder: run, config, tokenizer, totalSteps, words: verdictEn };
  await writeResult(training, base, run, folder, await runStory({ ...told, isResult: true }));
  const { session, open } = training.model;
  for (const step of await keptEvaluations(run)) {
    const kept = await loadNamed(run, evaluationName(step));
    if (!kept) continue;
    await restoreTraining(session, weightBuffers(open.model, training.tuning), kept);
    await writeResult(training, base, run, `${folder}-${step}`, await runStory({ ...told, isResult: false }));
  }
}

async function writeResult(training: Training, baseName: string | null, run: Directory, into: string, story: RunStory) {
  const { tuning } = training;
  const { open: base, session } = training.model;
  const read = (name: string) => readFloats(session, name);
  const tuned = { base, baseName, tuning };
  const files = tuning.adapter
    ? await trainedPart(tuned, read, story)
    : await merged.write(weightsAlone(tuned, read, story));
  for (const { path, parts } of files) await run.write(`${into}/${path}`, parts);
}
