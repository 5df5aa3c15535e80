import { AppError } from '../errors.ts';
import type { ChatMessage, Tokenizer } from './tokenizer.ts';

export interface RenderedChat {
  /** Token ids of the whole conversation. */
  readonly ids: readonly number[];
  /** How many of them belong to the prompt and are not learned. */
  readonly promptLength: number;
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
    throw new AppError('tokenizer-invalid', { reason: `its chat template failed: ${message}` }, { cause });
  }
}

/**
 * Tokens of a conversation that ends with an assistant's answer. The prompt is everything before that answer, rendered
 * with the generation prompt; the mask is the common *token* prefix of prompt and whole, because a merge across the
 * border can make the prompt's last tokens differ.
 */
export function encodeChat(tokenizer: Tokenizer, messages: readonly ChatMessage[]): RenderedChat {
  const prompt = tokenizer.encode(renderChat(tokenizer, messages.slice(0, -1), { addGenerationPrompt: true }));
  const ids = tokenizer.encode(renderChat(tokenizer, messages, { addGenerationPrompt: false }));
  return { ids, promptLength: commonPrefixLength(prompt, ids) };
}

/** Number of leading elements that two lists share. */
export function commonPrefixLength(left: readonly number[], right: readonly number[]): number {
  const limit = Math.min(left.length, right.length);
  let count = 0;
  while (count < limit && left[count] === right[count]) count++;
  return count;
}
