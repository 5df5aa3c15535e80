/** The studio's side of property_templates.py: what it writes, encodes and learns of each conversation in a table's cell. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { builtExample, type ExampleSettings, maskedLabel } from '../src/data/examples.ts';
import { jsonValues, templateValue } from '../src/data/json-text.ts';
import { conversationRow } from '../src/data/messages.ts';
import { encodeChat, isRefusal, renderChat } from '../src/text/chat-template.ts';
import { type ChatMessage, createTokenizer, type Tokenizer } from '../src/text/tokenizer.ts';

interface Case {
  readonly template: string;
  /** The messages as JSON. */
  readonly cell: string;
  /** The list of tools as JSON; empty without. */
  readonly tools: string;
  /** Ends with a question, so that only its text and ids count. */
  readonly prompt: boolean;
}

const [asked, answered] = process.argv.slice(2) as [string, string];
const { folders, cases } = JSON.parse(readFileSync(asked, 'utf8')) as {
  folders: Record<string, string>;
  cases: Case[];
};
const read = (folder: string, name: string) => readFileSync(join(folder, name), 'utf8');
const tokenizers = Object.fromEntries(
  Object.entries(folders).map(([name, folder]) => [
    name,
    createTokenizer({
      tokenizerJson: read(folder, 'tokenizer.json'),
      tokenizerConfig: read(folder, 'tokenizer_config.json'),
    }),
  ]),
);

const settings: ExampleSettings = {
  ...{ mask_prompt_labels: true, only_last_answer: false, max_length: 1e6, prompt_template: 'chat' },
  ...{ text_system_start: '', text_prompt_start: '', text_answer_separator: '', prompt_column_separator: '' },
  ...{ add_eos_token_to_system: false, add_eos_token_to_prompt: false, add_eos_token_to_answer: false },
};

const parsed = <T>(text: string): T => templateValue([...jsonValues(text)][0]!) as T;

function answer({ template, cell, tools, prompt }: Case) {
  const tokenizer = tokenizers[template]!;
  try {
    const messages = parsed<Map<string, unknown>[]>(cell).map(
      (each) => Object.fromEntries(each) as unknown as ChatMessage,
    );
    const given = tools === '' ? undefined : parsed<unknown[]>(tools);
    const text = renderChat(tokenizer, messages, { addGenerationPrompt: prompt, tools: given });
    if (prompt) return { text, ids: tokenizer.encode(text), learned: [] };
    const { ids, learned, unread } = asRow(tokenizer, cell, tools) ?? asChat(tokenizer, messages, given);
    return { text, ids, learned, unread };
  } catch (thrown) {
    if (isRefusal(thrown)) return { refused: thrown.message };
    throw thrown;
  }
}

/** As training reads it; null where it leaves the row out, or says that the template does not write all of it. */
function asRow(tokenizer: Tokenizer, cell: string, tools: string) {
  const { example, notes = [], error } = builtExample(conversationRow(cell, { tools }), tokenizer, settings);
  if (isRefusal(error?.cause)) throw error.cause;
  if (!example || notes.length > 0) return null;
  const learned = [...example.labels].flatMap((label, place) => (label === maskedLabel ? [] : place));
  return { ids: [...example.ids], learned, unread: false };
}

function asChat(tokenizer: Tokenizer, messages: readonly ChatMessage[], tools: readonly unknown[] | undefined) {
  const chat = encodeChat(tokenizer, messages, tools);
  const spans = [...chat.earlierAnswers, { start: chat.promptLength, end: chat.ids.length }];
  const learned = spans.flatMap(({ start, end }) => Array.from({ length: end - start }, (_, place) => start + place));
  return { ids: chat.ids, learned, unread: true };
}

writeFileSync(answered, JSON.stringify(cases.map(answer)));
