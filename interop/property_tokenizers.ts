/** The studio's side of property_tokenizers.py: the ids of each string, and what it writes of each conversation. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { jsonValues, templateValue } from '../src/data/json-text.ts';
import { isRefusal, renderChat } from '../src/text/chat-template.ts';
import { type ChatMessage, createTokenizer } from '../src/text/tokenizer.ts';

interface Conversation {
  /** As JSON, whose numbers are written as they stand there. */
  readonly messages: string;
  readonly tools: string | null;
  readonly prompt: boolean;
}

const parsed = <T>(json: string): T => templateValue([...jsonValues(json)][0]!) as T;

const [asked, answered] = process.argv.slice(2) as [string, string];
const { folder, modelType, texts, conversations } = JSON.parse(readFileSync(asked, 'utf8')) as {
  folder: string;
  /** Of a bare .model file. */
  modelType?: string;
  texts: string[];
  conversations: Conversation[];
};
const text = (name: string) => (existsSync(join(folder, name)) ? readFileSync(join(folder, name), 'utf8') : undefined);
const tokenizer = createTokenizer(
  modelType
    ? { sentencePiece: new Uint8Array(readFileSync(join(folder, 'spm.model'))), modelType }
    : {
        ...{ tokenizerJson: text('tokenizer.json'), tokenizerConfig: text('tokenizer_config.json') },
        chatTemplate: text('chat_template.jinja') ?? null,
      },
);

function rendered({ messages, prompt, tools }: Conversation): string | null {
  const said = parsed<Map<string, unknown>[]>(messages).map(
    (each) => Object.fromEntries(each) as unknown as ChatMessage,
  );
  try {
    return renderChat(tokenizer, said, {
      addGenerationPrompt: prompt,
      tools: tools === null ? undefined : parsed<unknown[]>(tools),
    });
  } catch (thrown) {
    if (isRefusal(thrown)) return null;
    throw thrown;
  }
}

writeFileSync(
  answered,
  JSON.stringify({
    plain: texts.map((each) => tokenizer.encode(each)),
    whole: texts.map((each) => tokenizer.encodeWithSpecial(each)),
    rendered: conversations.map(rendered),
  }),
);
