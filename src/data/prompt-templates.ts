import { AppError } from '../errors.ts';
import { encodeChat, renderChat } from '../text/chat-template.ts';
import type { ChatMessage, Tokenizer } from '../text/tokenizer.ts';

export type PromptTemplate = 'chat' | 'alpaca' | 'h2o' | 'custom';

/** The keys of the run config's `dataset` section that decide how a row becomes text; names as there. */
export interface PromptSettings {
  readonly prompt_template: PromptTemplate;
  /** Read by `custom` only, as are the separator's words. */
  readonly text_prompt_start: string;
  readonly text_answer_separator: string;
  /** Joins several prompt columns; empty cells are left out, so that a row without input has no dangling separator. */
  readonly prompt_column_separator: string;
  /** Neither is read by `chat`: there the model's template decides where a turn ends. */
  readonly add_eos_token_to_prompt: boolean;
  readonly add_eos_token_to_answer: boolean;
}

export interface EncodedPair {
  readonly prompt: readonly number[];
  readonly answer: readonly number[];
}

/** Defaults of H2O LLM Studio (`text_prompt_start`, `text_answer_separator`). */
export const h2oPromptStart = '<|prompt|>';
export const h2oAnswerSeparator = '<|answer|>';

// The wording of the Stanford Alpaca data set: models tuned on it know this text, so it is a format.
const alpacaWithInput =
  'Below is an instruction that describes a task, paired with an input that provides further context. ' +
  'Write a response that appropriately completes the request.\n\n';
const alpacaWithoutInput =
  'Below is an instruction that describes a task. Write a response that appropriately completes the request.\n\n';

/** The template in effect: a model without a chat template falls back to alpaca, which the page then says. */
export function effectiveTemplate(wanted: PromptTemplate, tokenizer: Tokenizer): PromptTemplate {
  return wanted === 'chat' && tokenizer.chatTemplate === null ? 'alpaca' : wanted;
}

/**
 * Ids of a prompt as the model meets it when it is asked to answer: what training shows before the answer, and what
 * generation starts from.
 *
 * @param prompt the cells of the prompt columns, in order; alpaca takes the first as instruction, the rest as input.
 * @throws AppError 'setting-unsupported' where an end-of-text id is asked for and the tokenizer has none.
 */
export function encodePrompt(prompt: readonly string[], tokenizer: Tokenizer, settings: PromptSettings): number[] {
  const template = effectiveTemplate(settings.prompt_template, tokenizer);
  if (template === 'chat') {
    const messages: ChatMessage[] = [{ role: 'user', content: joinedPrompt(prompt, settings) }];
    return tokenizer.encode(renderChat(tokenizer, messages, { addGenerationPrompt: true }));
  }
  const { start, separator } = promptTexts(template, prompt, settings);
  if (!settings.add_eos_token_to_prompt) return tokenizer.encode(start + separator);
  // H2O LLM Studio puts it between the prompt and the separator.
  const eos = requiredEos(tokenizer, 'add_eos_token_to_prompt');
  return [...tokenizer.encode(start), eos, ...tokenizer.encode(separator)];
}

/** Ids of prompt and answer. They are tokenised separately, except under `chat`, where the common prefix parts them. */
export function encodePair(
  prompt: readonly string[],
  answer: string,
  tokenizer: Tokenizer,
  settings: PromptSettings,
): EncodedPair {
  if (effectiveTemplate(settings.prompt_template, tokenizer) === 'chat') {
    const { ids, promptLength } = encodeChat(tokenizer, [
      { role: 'user', content: joinedPrompt(prompt, settings) },
      { role: 'assistant', content: answer },
    ]);
    return { prompt: ids.slice(0, promptLength), answer: ids.slice(promptLength) };
  }
  return {
    prompt: encodePrompt(prompt, tokenizer, settings),
    answer: encodeAnswer(answer, tokenizer, settings),
  };
}

/**
 * Ids of a conversation that waits for its next answer, as generation starts from it. Without a chat template the
 * earlier turns stand one after the other, each as training showed it.
 */
export function encodeConversation(
  messages: readonly ChatMessage[],
  tokenizer: Tokenizer,
  settings: PromptSettings,
): number[] {
  if (effectiveTemplate(settings.prompt_template, tokenizer) === 'chat') {
    return tokenizer.encode(renderChat(tokenizer, messages, { addGenerationPrompt: true }));
  }
  return messages.flatMap(({ role, content }) =>
    role === 'assistant' ? encodeAnswer(content, tokenizer, settings) : encodePrompt([content], tokenizer, settings),
  );
}

/** Ids of an answer alone, with the end-of-text id where asked. */
export function encodeAnswer(
  answer: string,
  tokenizer: Tokenizer,
  settings: Pick<PromptSettings, 'add_eos_token_to_answer'>,
): number[] {
  const ids = tokenizer.encode(answer);
  if (settings.add_eos_token_to_answer) ids.push(requiredEos(tokenizer, 'add_eos_token_to_answer'));
  return ids;
}

function joinedPrompt(prompt: readonly string[], settings: PromptSettings): string {
  return prompt.filter((cell) => cell !== '').join(settings.prompt_column_separator);
}

function promptTexts(template: 'alpaca' | 'h2o' | 'custom', prompt: readonly string[], settings: PromptSettings) {
  if (template === 'alpaca') return { start: alpacaPrompt(prompt, settings), separator: '' };
  const joined = joinedPrompt(prompt, settings);
  if (template === 'h2o') return { start: h2oPromptStart + joined, separator: h2oAnswerSeparator };
  return { start: settings.text_prompt_start + joined, separator: settings.text_answer_separator };
}

function alpacaPrompt(prompt: readonly string[], settings: PromptSettings): string {
  const instruction = prompt[0] ?? '';
  const input = joinedPrompt(prompt.slice(1), settings);
  const body =
    input === ''
      ? `${alpacaWithoutInput}### Instruction:\n${instruction}\n\n`
      : `${alpacaWithInput}### Instruction:\n${instruction}\n\n### Input:\n${input}\n\n`;
  return `${body}### Response:\n`;
}

function requiredEos(tokenizer: Tokenizer, key: string): number {
  if (tokenizer.eosTokenId === null)
    throw new AppError('setting-unsupported', { key, value: 'true', supported: 'false' });
  return tokenizer.eosTokenId;
}
