import { AppError } from '../errors.ts';
import type { ChatMessage, Tokenizer } from './tokenizer.ts';

/** Tokens from `start` up to `end`. */
export interface TokenSpan {
  readonly start: number;
  readonly end: number;
}

export interface RenderedChat {
  /** Token ids of the whole conversation. */
  readonly ids: readonly number[];
  /** How many of them stand before the last answer. */
  readonly promptLength: number;
  /** Where the earlier answers stand, in order. */
  readonly earlierAnswers: readonly TokenSpan[];
}

/**
 * Text of a conversation under the model's own chat template.
 *
 * @param addGenerationPrompt ends the text where the assistant's next turn begins.
 * @throws AppError 'tokenizer-invalid' where the model has no template, or the template refuses the conversation.
 */
export function renderChat(
  tokenizer: Tokenizer,
  messages: readonly ChatMessage[],
  { addGenerationPrompt }: { addGenerationPrompt: boolean },
): string {
  if (tokenizer.chatTemplate === null) throw new AppError('tokenizer-invalid', { reason: 'it has no chat template' });
  try {
    return tokenizer.renderTemplate(messages, addGenerationPrompt);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new AppError('tokenizer-invalid', { reason: `${templateFailed}: ${message}` }, { cause });
  }
}

const templateFailed = 'its chat template failed';

/** Whether a chat template refused a conversation, as many do where the roles do not alternate. */
export function isRefusal(thrown: unknown): thrown is AppError {
  return thrown instanceof AppError && String(thrown.params.reason).startsWith(templateFailed);
}

/**
 * Tokens of a conversation that ends with an assistant's answer. What stands before an answer is rendered with the
 * generation prompt; the answer begins where its *tokens* and those of the whole part, because a merge across the border
 * can make the prompt's last tokens differ.
 */
export function encodeChat(tokenizer: Tokenizer, messages: readonly ChatMessage[]): RenderedChat {
  const whole = renderChat(tokenizer, messages, { addGenerationPrompt: false });
  const ids = tokenizer.encode(whole);
  const tokensBefore = (text: string) => commonPrefixLength(tokenizer.encode(text), ids);
  const before = (index: number) => renderChat(tokenizer, messages.slice(0, index), { addGenerationPrompt: true });
  const last = messages.length - 1;
  const earlierAnswers = messages.slice(0, last).flatMap((message, index) => {
    if (message.role !== 'assistant' || message.content.trim() === '') return [];
    const prompt = before(index);
    const start = commonPrefixLength(prompt, whole);
    const alone = renderChat(tokenizer, messages.slice(0, index + 1), { addGenerationPrompt: false });
    const end = endOfAnswer(whole, alone, message.content.trim(), start);
    return [{ start: tokensBefore(prompt), end: tokensBefore(whole.slice(0, end)) }];
  });
  return { ids, promptLength: tokensBefore(before(last)), earlierAnswers };
}

/**
 * Where in `whole` an earlier answer ends, its end mark included. Mostly the conversation up to it, `alone`, is how the
 * whole begins; some templates write an answer otherwise once another turn follows (without its thoughts, say), and then
 * the words that are left of it are looked for.
 */
function endOfAnswer(whole: string, alone: string, content: string, start: number): number {
  if (whole.startsWith(alone)) return alone.length;
  for (const words of [content, content.slice(content.lastIndexOf('</think>') + 8).trim()]) {
    const place = words === '' ? -1 : whole.indexOf(words, start);
    if (place < 0) continue;
    const mark = alone.slice(alone.lastIndexOf(words) + words.length);
    const end = place + words.length;
    return end + commonPrefixLength(mark, whole.slice(end, end + mark.length));
  }
  return commonPrefixLength(alone, whole);
}

/** Number of leading elements that two lists, or characters that two texts, share. */
export function commonPrefixLength<T>(left: ArrayLike<T>, right: ArrayLike<T>): number {
  const limit = Math.min(left.length, right.length);
  let count = 0;
  while (count < limit && left[count] === right[count]) count++;
  return count;
}
