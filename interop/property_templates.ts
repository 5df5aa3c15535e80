/** The studio's side of property_templates.py: what it writes, encodes and learns of each conversation. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeChat, isRefusal, renderChat } from '../src/text/chat-template.ts';
import { type ChatMessage, createTokenizer } from '../src/text/tokenizer.ts';

interface Case {
  readonly template: string;
  readonly messages: readonly ChatMessage[];
  readonly tools: readonly unknown[] | null;
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

function answer({ template, messages, tools, prompt }: Case) {
  const tokenizer = tokenizers[template]!;
  try {
    const given = tools ?? undefined;
    const text = renderChat(tokenizer, messages, { addGenerationPrompt: prompt, tools: given });
    const ids = tokenizer.encode(text);
    if (prompt) return { text, ids, learned: [] };
    const chat = encodeChat(tokenizer, messages, given);
    const spans = [...chat.earlierAnswers, { start: chat.promptLength, end: chat.ids.length }];
    const learned = spans.flatMap(({ start, end }) => Array.from({ length: end - start }, (_, place) => start + place));
    return { text, ids, learned };
  } catch (thrown) {
    if (isRefusal(thrown)) return { refused: thrown.message };
    throw thrown;
  }
}

writeFileSync(answered, JSON.stringify(cases.map(answer)));
