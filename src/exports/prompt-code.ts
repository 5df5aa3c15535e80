/** The prompt format of a training in Python, for the libraries that a result is used with. */
import type { PromptFormat } from '../text/prompt-format.ts';
import { python } from './python.ts';

const question = 'What do you want to know?';

/** A program: what loads a model and what asks it, after the imports of both. */
export function script(imports: readonly string[], load: readonly string[], ask: readonly string[]): string[] {
  const needsTorch = [...load, ...ask].some((line) => line.includes('torch.'));
  return [...(needsTorch ? ['import torch'] : []), ...imports, '', ...load, '', ...ask];
}

/** Lines that let transformers' `model` write. */
export const writingCode = (prompt: PromptFormat | undefined): string[] => [
  ...promptCode(prompt),
  'output = model.generate(**inputs, max_new_tokens=256)',
  'print(tokenizer.decode(output[0][inputs["input_ids"].shape[1]:], skip_special_tokens=True))',
];

/** Lines that make `inputs` for transformers. */
function promptCode(prompt: PromptFormat | undefined): string[] {
  if (!prompt) return [`inputs = tokenizer(${python(question)}, return_tensors="pt")`];
  if (prompt.template === 'chat')
    return [
      ...messages(prompt),
      'inputs = tokenizer.apply_chat_template(messages, add_generation_prompt=True, return_dict=True, return_tensors="pt")',
    ];
  return [
    ...idsCode(prompt),
    'inputs = {"input_ids": torch.tensor([ids]), "attention_mask": torch.tensor([[1] * len(ids)])}',
  ];
}

/** Lines that make `prompt`, text or ids, for `generate` of mlx-lm. */
export function mlxPromptCode(prompt: PromptFormat | undefined): string[] {
  if (!prompt) return [`prompt = ${python(question)}`];
  if (prompt.template !== 'chat') return [...idsCode(prompt), 'prompt = ids'];
  return [...messages(prompt), 'prompt = tokenizer.apply_chat_template(messages, add_generation_prompt=True)'];
}

function messages({ message, system, blanks }: PromptFormat): string[] {
  const before = system === null ? [] : [{ role: 'system', content: `{${system}}` }];
  return [blanksNote(blanks), `messages = ${python([...before, { role: 'user', content: message }])}`];
}

/** What the tokenizer makes of the pieces, each by itself. */
function idsCode({ pieces, blanks }: PromptFormat): string[] {
  const list = pieces.map((piece) => (piece === null ? 'tokenizer.eos_token' : python(piece)));
  return [
    blanksNote(blanks),
    `pieces = [${list.join(', ')}]`,
    'ids = [i for piece in pieces for i in tokenizer.encode(piece, add_special_tokens=False)]',
  ];
}

const blanksNote = (blanks: readonly string[]): string =>
  `# Put your text in the place of ${blanks.map((name) => `{${name}}`).join(' and ')}.`;
