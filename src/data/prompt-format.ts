import { renderChat } from '../text/chat-template.ts';
import type { PromptFormat } from '../text/prompt-format.ts';
import type { ChatMessage, Tokenizer } from '../text/tokenizer.ts';
import {
  effectiveTemplate,
  joinedPrompt,
  type PromptSettings,
  type PromptTemplate,
  promptPieces,
  systemPieces,
} from './prompt-templates.ts';

/** The keys of a run config's `dataset` section that say how a model is asked. */
interface AskedSettings extends PromptSettings {
  readonly prompt_column: readonly string[];
  readonly system_column?: string | undefined;
  readonly messages_column?: string | undefined;
}

/** How the model of a run that writes text was asked, and is to be asked again: its columns are the blanks. */
export function promptFormat(settings: AskedSettings, tokenizer: Tokenizer): PromptFormat {
  const end = endToken(tokenizer);
  const { messages_column: conversations, system_column: systems } = settings;
  const template = effectiveTemplate(settings.prompt_template, tokenizer);
  const around = textsAround(template, settings, tokenizer);
  const blanks = (conversations ? ['prompt'] : settings.prompt_column).map((name) => blankName(name, around));
  const system = (!conversations && systems && blankName(systems, around + blanks.map(inBraces).join(''))) || null;
  const cells = blanks.map(inBraces);
  const message = joinedPrompt(cells, settings);
  const shared = { template, blanks: system === null ? blanks : [system, ...blanks], message, system };
  if (template === 'chat') {
    return { ...shared, pieces: [], text: chatText(tokenizer, system && inBraces(system), message), end };
  }
  const before = system === null ? [] : systemPieces(template, inBraces(system), settings);
  const pieces = [...before, ...promptPieces(template, cells, settings)];
  const ends = settings.add_eos_token_to_answer ? end : null;
  return { ...shared, pieces, text: pieces.map((piece) => piece ?? end ?? '').join(''), end: ends };
}

/** Of a model that goes on with texts as they are. */
export const textFormat = (tokenizer: Tokenizer): PromptFormat => ({
  template: 'text',
  blanks: ['text'],
  message: '{text}',
  pieces: ['{text}'],
  text: '{text}',
  system: null,
  end: endToken(tokenizer),
});

const endToken = (tokenizer: Tokenizer): string | null =>
  tokenizer.eosTokenId === null ? null : tokenizer.decode([tokenizer.eosTokenId]);

/** What is written whatever is asked. */
function textsAround(template: PromptTemplate, settings: AskedSettings, tokenizer: Tokenizer): string {
  if (template === 'chat') return chatText(tokenizer, settings.system_column ? '' : null, '') ?? '';
  const { prompt_column_separator: between, text_system_start, text_prompt_start, text_answer_separator } = settings;
  return [between, text_system_start, text_prompt_start, text_answer_separator].join('\n');
}

/** The name of a column, or, where its blank could be taken for what is written around it or for two, one like it. */
function blankName(name: string, around: string): string {
  let free = name.replace(/[{}]/g, '_');
  while (around.includes(inBraces(free))) free += '_';
  return free;
}

const inBraces = (name: string): string => `{${name}}`;

/** Null where the template cannot say it. */
function chatText(tokenizer: Tokenizer, system: string | null, content: string): string | null {
  const messages: ChatMessage[] = system === null ? [] : [{ role: 'system', content: system }];
  try {
    return renderChat(tokenizer, [...messages, { role: 'user', content }], { addGenerationPrompt: true });
  } catch {
    return null;
  }
}
