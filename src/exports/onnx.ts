/** The merged model with a script that writes it as ONNX by PyTorch's own exporter, and holds that against PyTorch. */
import { AppError, because, type Reason } from '../errors.ts';
import { mixtureReason, mixtureTypes } from '../models/experts.ts';
import { autoClass } from '../models/heads.ts';
import { onnxRequirements, onnxScript } from './onnx-script.ts';
import { type ReadmeWords, readmeFile } from './readme.ts';
import type { StreamedFile, Target } from './target.ts';
import { merged } from './whole-model.ts';
import { wholeWords } from './whole-readme.ts';

export const onnx: Target = {
  file: 'onnx.zip',
  holds: 'model',
  refuses(run) {
    if (run.pictures) return unfit(because`it looks at pictures`);
    if (run.embeds) return unfit(because`it gives vectors, and the script writes logits`);
    if (run.course?.textPairs)
      return unfit(because`it reads pairs of texts, whose token types the ONNX model does not take`);
    if (mixtureTypes.has(run.modelType)) return unfit(mixtureReason);
    return merged.refuses(run);
  },
  async write(run) {
    const tuned = await run.tuned();
    const story = await run.story();
    const weights = await merged.write(run);
    const script = onnxScript(autoClass(tuned.base.model));
    return [
      ...weights.filter(({ path }) => path !== 'README.md'),
      textFile('export_onnx.py', script),
      textFile('requirements.txt', onnxRequirements),
      await readmeFile(tuned, story, { ...wholeWords(tuned, story), ...words }),
    ];
  },
};

const unfit = (reason: Reason) => new AppError('target-unfit', { target: 'ONNX', reason });

const textFile = (path: string, text: string): StreamedFile => ({ path, parts: [new TextEncoder().encode(text)] });

const words = {
  title: 'Fine-tuned model, to be written as ONNX',
  language: 'sh',
  code: ['pip install -r requirements.txt', 'python export_onnx.py'],
  packages: ['torch', 'transformers', 'onnx', 'onnxscript', 'onnxruntime'],
  notes: [
    'The model lies here as transformers loads it. `export_onnx.py` writes `onnx/model.onnx`, which takes `input_ids` and `attention_mask` and gives `logits` for any number of rows and tokens, and compares these with PyTorch’s. It has no cache of keys and values: a text that grows is read anew for each token.',
  ],
} satisfies Partial<ReadmeWords>;
