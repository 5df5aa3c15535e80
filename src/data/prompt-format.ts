import { renderChat } from '../text/chat-template.ts';
import type { PromptFormat } from '../text/prompt-format.ts';
import type { ChatMessage, Tokenizer } from '../text/tokenizer.ts';
import {
  effectiveTemplate,
  joinedPrompt,
  type PromptSettings,
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
  const blanks = conversations ? ['prompt'] : settings.prompt_column;
  const system = (!conversations && systems) || null;
  const cells = blanks.map(inBraces);
  const template = effectiveTemplate(settings.prompt_template, tokenizer);
  const message = joinedPrompt(cells, settings);
  const shared = { template, blanks: system === null ? blanks : [system, ...blanks], message, system };
  if (template === 'chat') {
    return { ...shared, pieces: [], text: chatText(tokenizer, system, message), end };
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

const inBraces = (name: string): string => `{${name}}`;

/** Null where the template cannot say it. */
function chatText(tokenizer: Tokenizer, system: string | null, content: string): string | null {
  const messages: ChatMessage[] = system === null ? [] : [{ role: 'system', content: inBraces(system) }];
  try {
    return renderChat(tokenizer, [...messages, { role: 'user', content }], { addGenerationPrompt: true });
  } catch {
    return null;
  }
}
