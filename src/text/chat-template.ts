import { AppError, because } from '../errors.ts';
import { answerPlaces, type Place } from './answer-places.ts';
import { commonPrefixLength } from './common-prefix.ts';
import { RaisedError } from './jinja/template-error.ts';
import type { ChatMessage, RenderOptions, Tokenizer } from './tokenizer.ts';

/** Tokens from `start` up to `end`. */
export interface TokenSpan {
  readonly start: number;
  readonly end: number;
}

export interface RenderedChat {
  /** Token ids of the whole conversation, up to the end of its last answer. */
  readonly ids: readonly number[];
  /** How many of them stand before the last answer. */
  readonly promptLength: number;
  /** Where the earlier answers that are to be learned stand, in order. */
  readonly earlierAnswers: readonly TokenSpan[];
  /** Where those with the weight 0 stand. */
  readonly maskedAnswers: readonly TokenSpan[];
  /** False where the last answer has the weight 0. */
  readonly isLastLearned: boolean;
}

/**
 * Text of a conversation under the model's own chat template.
 *
 * @throws AppError 'template-missing' where the model has none; 'template-refuses-system' and 'template-refused' with
 * the template's own words where it refuses the conversation; 'template-failed' where it cannot be run
 */
export function renderChat(tokenizer: Tokenizer, messages: readonly ChatMessage[], options: RenderOptions): string {
  if (tokenizer.chatTemplate === null) throw new AppError('template-missing');
  try {
    return tokenizer.renderTemplate(messages, options);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const code = cause instanceof RaisedError ? refusalOf(tokenizer, messages, options) : 'template-failed';
    throw new AppError(code, { reason }, { cause });
  }
}

/** Whether the system text alone is what a template refuses. */
function refusalOf(tokenizer: Tokenizer, messages: readonly ChatMessage[], options: RenderOptions) {
  const others = messages.filter(({ role }) => role !== 'system');
  try {
    if (others.length < messages.length && tokenizer.renderTemplate(others, options)) return 'template-refuses-system';
  } catch {
    // It is not the system text, or not it alone.
  }
  return 'template-refused';
}

const refusals: readonly string[] = ['template-refused', 'template-refuses-system', 'template-failed'];

/** Whether a chat template refused a conversation, as many do where the roles do not alternate. */
export function isRefusal(thrown: unknown): thrown is AppError {
  return thrown instanceof AppError && refusals.includes(thrown.code);
}

/** Messages among which answers are always looked for. */
const fewMessages = 20;
/** Of longer conversations: characters that are written and read for all answers together, since each takes all before it. */
const mostCharacters = 5e7;

/** @throws AppError 'template-failed' */
function requireFindable(messages: readonly ChatMessage[]): void {
  if (messages.length <= fewMessages) return;
  const answers = messages.filter(({ role }) => role === 'assistant').length;
  if (answers * JSON.stringify(messages).length <= mostCharacters) return;
  const reason = because`a conversation of ${messages.length} messages is too long to find its answers in; cut it into shorter ones`;
  throw new AppError('template-failed', { reason });
}

/**
 * Tokens of a conversation that ends with an assistant's answer. An answer begins where the tokens of what stands before
 * it and those of the whole part, because a merge across the border can make the prompt's last tokens differ.
 *
 * @param tools schemas for the template
 * @throws AppError as `renderChat`; 'template-failed' too where the last answer is not found in what it writes, and
 * where the conversation is too long to look for its answers
 */
export function encodeChat(
  tokenizer: Tokenizer,
  messages: readonly ChatMessage[],
  tools?: readonly unknown[],
): RenderedChat {
  requireFindable(messages);
  const render = (some: readonly ChatMessage[], addGenerationPrompt: boolean) =>
    renderChat(tokenizer, some, { addGenerationPrompt, tools });
  const specials = tokenizer.specialTokens.map(({ content }) => content);
  const { whole, places } = answerPlaces(messages, render, specials);
  // What may follow the last answer is the header of one that does not come.
  const ids = tokenizer.encode(whole.slice(0, places.at(-1)?.end));
  const tokensBefore = (end: number) => commonPrefixLength(tokenizer.encode(whole.slice(0, end)), ids);
  const span = ({ start, end }: Place): TokenSpan => ({ start: tokensBefore(start), end: tokensBefore(end) });
  const last = places.at(-1);
  if (last?.index !== messages.length - 1)
    throw new AppError('template-failed', { reason: because`the last answer is not found in what it writes` });
  const earlier = (learned: boolean) =>
    places.slice(0, -1).filter(({ index }) => (messages[index]!.weight !== 0) === learned);
  return {
    ids,
    promptLength: tokensBefore(last.start),
    earlierAnswers: earlier(true).map(span),
    maskedAnswers: earlier(false).map(span),
    isLastLearned: messages[last.index]!.weight !== 0,
  };
}
