import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expect, test } from 'vitest';

const source = join(import.meta.dirname, '..');

/** The setting that chooses a task, the names of tasks, and what tells the models of one from those of another, but for a key of GGUF. */
const ofTasks =
  /problem_?type\b|problemType|'(?:instruction|classification|regression|(?:image|token)-classification|masked-language-modeling|sentence-(?:embeddings|similarity)|ranking|triplets|cosines|causal|masked|(?:SEQ|TOKEN)_CLS|FEATURE_EXTRACTION|CAUSAL_LM|(?:(?:single|multi)_label|token)_classification)'(?! \| 'window')|\bclassifier\b(?!\.output_labels)|\bmodel\.(?:masked|sentence)\b|'image'|\.pictures\b/;

/** What a task or its model reads, and how it is asked. An index of a type is no branch. */
const ofReading =
  /(?<!\[)'(?:pictures|tables)'|'tokenizer' in|\b(?:reads|asked) [!=]== '|\brequire(?:Text|Image)Model\b/;

const names = (text: string): boolean => ofTasks.test(text) || ofReading.test(text);

const comments = /\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*/g;

/** Tests, what only they import, and the parts themselves: their code, their views on the page and their words. */
const isExempt = (file: string): boolean =>
  /\.test\.tsx?$|^testing\/|(^|\/)(golden-case|test-[\w-]+)\.ts$|^tasks\/|^ui\/(tasks|text)\//.test(file);

/** The file of an encoder, or of a model for images, makes its own heads. */
const makesHeads = (file: string, text: string): boolean =>
  /^models\//.test(file) && /\bcausal: false,|\bkind: 'image',/.test(text);

/** What stands above the tasks; the rest only knows what heads models have and what labels are. */
const isAbove = (file: string): boolean => /^(training|generation|exports|worker|cli|ui)\//.test(file);

const naming = readdirSync(source, { withFileTypes: true, recursive: true })
  .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
  .map((entry) => relative(source, join(entry.parentPath, entry.name)))
  .filter((file) => {
    if (isExempt(file)) return false;
    const text = readFileSync(join(source, file), 'utf8').replace(comments, '');
    return !makesHeads(file, text) && names(text);
  });

// By names alone 23 and 43, and before tasks were parts 62 and 79. A new task adds none.
test('no more than 30 files above the tasks, and 47 in all, name one or branch on what it reads', () => {
  expect(naming.filter(isAbove).length, naming.filter(isAbove).join('\n')).toBeLessThanOrEqual(30);
  expect(naming.length, naming.join('\n')).toBeLessThanOrEqual(47);
});
