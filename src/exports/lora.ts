/** What any method changed of the weights, as LoRA of a chosen rank that PEFT loads. */

import { AppError } from '../errors.ts';
import { percentText } from '../percent.ts';
import { methods } from '../tuning/methods.ts';
import { asLora, asLoraRefusal } from './as-lora.ts';
import { peftWords, savedAdapter } from './peft.ts';
import { readmeText } from './readme.ts';
import type { Target } from './target.ts';

/** Where none is chosen: what LoRA is usually trained with. */
export const usualRank = 16;

export const lora: Target = {
  file: 'lora.zip',
  holds: 'trained',
  refuses({ method, pictures, plainLora, tuned }) {
    if (plainLora) return new AppError('lora-already');
    if (pictures) return new AppError('export-unfit', { target: 'lora', method });
    if (method !== 'full' && !methods[method]?.merges) return new AppError('cannot-merge', { method });
    return tuned && asLoraRefusal(tuned);
  },
  async write(run, { rank = usualRank, onKept } = {}) {
    const tuned = await run.tuned();
    const story = await run.story();
    const { tuning, read, kept } = await asLora(tuned, await run.values(), rank);
    const { adapter } = tuning;
    const { title: method, summary: on } = tuned.tuning.adapter ?? { title: 'full fine-tuning', summary: '' };
    const files = await savedAdapter({ ...tuned, tuning }, adapter, read);
    const words = peftWords(tuned, adapter, story);
    async function* readme() {
      // Known once every matrix before it has been written.
      const share = kept();
      onKept?.(share);
      const from = `${method}${on === '' ? '' : ` (${on})`}, brought to LoRA of ${adapter.summary} by singular value decomposition`;
      const text = await readmeText(tuned, story, { ...words, summary: from, notes: [keptInWords(share)] });
      yield new TextEncoder().encode(text);
    }
    return [...files, { path: 'README.md', parts: readme() }];
  },
};

/** The share that is kept, and what is lost, which is larger than it looks: the two are legs of a right triangle. */
function keptInWords(share: number): string {
  const lost = Math.sqrt(Math.max(0, 1 - share * share));
  return `This keeps ${percentText(share, 2)} of the weight change (‖ΔW‖_F over all matrices together); the part it leaves out is ${percentText(lost, 2)} of it.`;
}
