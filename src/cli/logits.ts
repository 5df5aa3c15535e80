import { writeFile } from 'node:fs/promises';
import { writeSafetensors } from '../files/safetensors-write.ts';
import { modelLogits } from '../generation/logits.ts';
import { taskOfModel } from '../tasks/registry.ts';
import { parseArguments, required, wholeNumber } from './arguments.ts';
import { openSession, requireHead } from './open-session.ts';

export const logitsUsage = `studio logits --model PATH [--adapter DIR] --ids 1,2,3 --out FILE.safetensors
  Writes "logits" of one sequence of token ids: f32 [length, vocabulary], or of a classifier [outputs].
  --type-start  of a pair of texts: the place of the first token of type 1; their number where there is none
  --executor    auto, webgpu, tfjs-webgpu, tfjs-wasm or tfjs-cpu
  --weights     as-published, int8, int4 or nf4: what frozen weights are kept as`;

export async function logits(argv: readonly string[]): Promise<void> {
  const { options } = parseArguments(
    argv,
    {
      model: 'text',
      adapter: 'text',
      ids: 'text',
      'type-start': 'text',
      out: 'text',
      executor: 'text',
      weights: 'text',
    },
    0,
  );
  const ids = required(options.ids, '--ids')
    .split(',')
    .map((id) => wholeNumber(id, '--ids'));
  const typed = options['type-start'];
  const typeStart = typed === undefined ? undefined : wholeNumber(typed, '--type-start');
  const out = required(options.out, '--out FILE.safetensors');
  const model = required(options.model, '--model PATH');
  const { adapter, executor, weights } = options;
  const opened = await openSession({ model, adapter, executor, weights });
  try {
    const { session } = opened;
    requireHead(session);
    const { model } = session.open;
    const values = await modelLogits(session, ids, typeStart);
    const shape = taskOfModel(model).answers ? [values.length] : [ids.length, values.length / ids.length];
    const data = new Float32Array(values);
    await writeFile(out, writeSafetensors([{ name: 'logits', dtype: 'F32', shape, data }], { format: 'pt' }));
  } finally {
    opened.dispose();
  }
}
