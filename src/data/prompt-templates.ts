import { AppError } from '../errors.ts';
import { encodeChat, renderChat, type TokenSpan } from '../text/chat-template.ts';
import { commonPrefixLength } from '../text/common-prefix.ts';
import type { ChatMessage, Tokenizer } from '../text/tokenizer.ts';

export type PromptTemplate = 'chat' | 'alpaca' | 'h2o' | 'custom';

/** The keys of the run config's `dataset` section that decide how a row becomes text; names as there. */
export interface PromptSettings {
  readonly prompt_template: PromptTemplate;
  /** Read by `custom` only, as are the prompt's and the separator's words. */
  readonly text_system_start: string;
  readonly text_prompt_start: string;
  readonly text_answer_separator: string;
  /** Joins several prompt columns; empty cells are left out, so that a row without input has no dangling separator. */
  readonly prompt_column_separator: string;
  /** None is read by `chat`: there the model's template decides where a turn ends. */
  readonly add_eos_token_to_system: boolean;
  readonly add_eos_token_to_prompt: boolean;
  readonly add_eos_token_to_answer: boolean;
}

/** A question and its answer. */
export interface Turn {
  /** The cells of the prompt columns, in order. */
  readonly prompt: readonly string[];
  readonly answer: string;
  /** What the model is to keep to; that of a conversation's first turn counts. Empty: it is told nothing, in so many words. */
  readonly system?: string;
  /** The answer is read and not learned. */
  readonly masked?: boolean;
  /**
   * What a chat template gets in place of prompt and answer, where the messages say more than a text each: thoughts, calls
   * of tools and what came of them.
   */
  readonly messages?: readonly ChatMessage[];
  /** What the assistant may call; the last turn's are told to a chat template. */
  readonly tools?: readonly unknown[];
}

export interface EncodedConversation {
  /** Everything before the last answer. */
  readonly prompt: readonly number[];
  /** The last answer. */
  readonly answer: readonly number[];
  /** Where in `prompt` earlier answers stand that are to be learned, and those that are not. */
  readonly earlierAnswers: readonly TokenSpan[];
  readonly maskedAnswers: readonly TokenSpan[];
  /** False where the last answer is read and not learned. */
  readonly isLastLearned: boolean;
  /** Leading ids of `prompt` that are the system text; 0 under `chat`, where the template may mix it with the prompt. */
  readonly systemLength: number;
}

/** Defaults of H2O LLM Studio (`text_system_start`, `text_prompt_start`, `text_answer_separator`). */
export const h2oSystemStart = '<|system|>';
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

/** What is to be said where another template stands in for the one that was wanted; null where none does. */
export function templateNote(wanted: PromptTemplate, tokenizer: Tokenizer): string | null {
  if (effectiveTemplate(wanted, tokenizer) === wanted) return null;
  return 'The model has no chat template: the Alpaca template stands in (prompt_template: alpaca).';
}

/**
 * Ids of a prompt as the model meets it when it is asked to answer: what training shows before the answer, and what
 * generation starts from.
 *
 * @param prompt the cells of the prompt columns, in order; alpaca takes the first as instruction, the rest as input.
 * @throws AppError 'tokenizer-no-eos' where an end-of-text id is asked for and the tokenizer has none.
 */
export function encodePrompt(prompt: readonly string[], tokenizer: Tokenizer, settings: PromptSettings): number[] {
  const template = effectiveTemplate(settings.prompt_template, tokenizer);
  if (template === 'chat') {
    const messages: ChatMessage[] = [{ role: 'user', content: joinedPrompt(prompt, settings) }];
    return tokenizer.encode(renderChat(tokenizer, messages, { addGenerationPrompt: true }));
  }
  return encodePieces(promptPieces(template, prompt, settings), tokenizer, 'add_eos_token_to_prompt');
}

/** Texts that are tokenised apart; null is the end-of-text token. */
type Pieces = readonly (string | null)[];

/** A prompt as every template but `chat` writes it. */
export function promptPieces(
  template: Exclude<PromptTemplate, 'chat'>,
  prompt: readonly string[],
  settings: PromptSettings,
): Pieces {
  const { start, separator } = promptTexts(template, prompt, settings);
  // H2O LLM Studio puts it between the prompt and the separator.
  return settings.add_eos_token_to_prompt ? [start, null, separator] : [start + separator];
}

function encodePieces(pieces: Pieces, tokenizer: Tokenizer, eosKey: string): number[] {
  const [first] = pieces;
  if (pieces.length === 1 && first) return tokenizer.encode(first);
  return pieces.flatMap((piece) => (piece === null ? [requiredEos(tokenizer, eosKey)] : tokenizer.encode(piece)));
}

/**
 * Ids of a conversation, oldest turn first. Its parts are tokenised separately, except under `chat`, where the common
 * prefix parts them.
 */
export function encodeTurns(
  turns: readonly Turn[],
  tokenizer: Tokenizer,
  settings: PromptSettings,
): EncodedConversation {
  const system = turns[0]?.system;
  if (effectiveTemplate(settings.prompt_template, tokenizer) === 'chat') {
    const messages = chatMessages(system, turns, settings);
    const { ids, promptLength, ...spans } = encodeChat(tokenizer, messages, turns.at(-1)?.tools);
    return { prompt: ids.slice(0, promptLength), answer: ids.slice(promptLength), ...spans, systemLength: 0 };
  }
  const prompt = encodeSystem(system ?? '', tokenizer, settings);
  const systemLength = prompt.length;
  const earlierAnswers: TokenSpan[] = [];
  const maskedAnswers: TokenSpan[] = [];
  let answer: number[] = [];
  turns.forEach((turn, index) => {
    append(prompt, encodePrompt(turn.prompt, tokenizer, settings));
    answer = encodeAnswer(turn.answer, tokenizer, settings);
    if (index === turns.length - 1) return;
    const spans = turn.masked ? maskedAnswers : earlierAnswers;
    spans.push({ start: prompt.length, end: prompt.length + answer.length });
    append(prompt, answer);
  });
  return { prompt, answer, earlierAnswers, maskedAnswers, isLastLearned: !turns.at(-1)?.masked, systemLength };
}

/**
 * Ids of a conversation as TRL makes them of a prompt and its answer: prompt and answer are one text, and the answer begins
 * where its tokens and those of the prompt alone part.
 */
export function encodeTogether(
  turns: readonly Turn[],
  tokenizer: Tokenizer,
  settings: PromptSettings,
): Pick<EncodedConversation, 'prompt' | 'answer'> {
  const template = effectiveTemplate(settings.prompt_template, tokenizer);
  if (template === 'chat') return encodeTurns(turns, tokenizer, settings);
  const end = (key: string) => tokenizer.decode([requiredEos(tokenizer, key)]);
  const joined = (pieces: Pieces, key: string) => pieces.map((piece) => piece ?? end(key)).join('');
  const asked = ({ prompt }: Turn) => joined(promptPieces(template, prompt, settings), 'add_eos_token_to_prompt');
  const answered = ({ answer }: Turn) => {
    const last = settings.add_eos_token_to_answer ? end('add_eos_token_to_answer') : '';
    return answer.endsWith(last) ? answer : answer + last;
  };
  const system = joined(systemPieces(template, turns[0]?.system ?? '', settings), 'add_eos_token_to_system');
  const before = turns.slice(0, -1).map((turn) => asked(turn) + answered(turn));
  const prompt = system + before.join('') + asked(turns.at(-1)!);
  const whole = tokenizer.encode(prompt + answered(turns.at(-1)!));
  const length = commonPrefixLength(tokenizer.encode(prompt), whole);
  return { prompt: whole.slice(0, length), answer: whole.slice(length) };
}

/** A long row has more ids than a call may have arguments. */
function append(ids: number[], more: readonly number[]): void {
  for (const id of more) ids.push(id);
}

function chatMessages(system: string | undefined, turns: readonly Turn[], settings: PromptSettings): ChatMessage[] {
  const isWritten = turns[0]?.messages?.[0]?.role === 'system';
  const messages: ChatMessage[] = system === undefined || isWritten ? [] : [{ role: 'system', content: system }];
  for (const { prompt, answer, masked, messages: own } of turns) {
    const question = { role: 'user', content: joinedPrompt(prompt, settings) } as const;
    const reply = { role: 'assistant', content: answer, ...(masked ? { weight: 0 } : {}) } as const;
    for (const message of own ?? [question, reply]) messages.push(message);
  }
  return messages;
}

function encodeSystem(system: string, tokenizer: Tokenizer, settings: PromptSettings): number[] {
  const template = effectiveTemplate(settings.prompt_template, tokenizer);
  return encodePieces(systemPieces(template, system, settings), tokenizer, 'add_eos_token_to_system');
}

/** A system text as H2O LLM Studio writes it; alpaca, which has none, puts it in a paragraph of its own. */
export function systemPieces(template: PromptTemplate, system: string, settings: PromptSettings): Pieces {
  if (system === '') return [];
  if (template === 'alpaca') return [`${system}\n\n`];
  const text = (template === 'h2o' ? h2oSystemStart : settings.text_system_start) + system;
  return settings.add_eos_token_to_system ? [text, null] : [text];
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
  return messages.flatMap(({ role, content: text }) => {
    const content = text ?? '';
    if (role === 'system') return encodeSystem(content, tokenizer, settings);
    return role === 'assistant'
      ? encodeAnswer(content, tokenizer, settings)
      : encodePrompt([content], tokenizer, settings);
  });
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

/** The cells of a prompt as one text. */
export function joinedPrompt(prompt: readonly string[], settings: PromptSettings): string {
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
  if (tokenizer.eosTokenId === null) throw new AppError('tokenizer-no-eos', { key });
  return tokenizer.eosTokenId;
}
