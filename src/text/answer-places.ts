import { commonPrefixLength as sharedPrefix } from './common-prefix.ts';
import type { ChatMessage } from './tokenizer.ts';

/** Characters of a rendered conversation that are an answer, its end mark included, its header not. */
export interface Place {
  /** Index of the message. */
  readonly index: number;
  readonly start: number;
  readonly end: number;
}

type Render = (messages: readonly ChatMessage[], addGenerationPrompt: boolean) => string;

/**
 * Renders a conversation and finds the assistant's answers in it: what the model would write where it is asked for one.
 * Mostly the conversation up to an answer, with the generation prompt, is how the whole begins. But templates write
 * earlier turns otherwise once more follow (the system text stands in the last user turn, thoughts are left out, …), so
 * that this common beginning ends within an earlier turn. Then the place of the message before, and the text that the
 * template sets between it and the answer, say where the answer begins; and likewise where it ends.
 *
 * An answer of which the template writes nothing has no place.
 *
 * @param specialTokens their texts: where a template sets the header of an answer behind every conversation, whether it
 * is asked to or not, an answer ends with the first of them
 */
export function answerPlaces(
  messages: readonly ChatMessage[],
  renderer: Render,
  specialTokens: readonly string[],
): { readonly whole: string; readonly places: readonly Place[] } {
  const chat = createChat(messages, renderer, specialTokens);
  const places = messages.flatMap((message, index) => {
    if (message.role !== 'assistant') return [];
    const start = startOf(chat, index, messages.length);
    const end = start === null ? null : endOf(chat, index, start);
    return start === null || end === null || end <= start ? [] : [{ index, start, end }];
  });
  return { whole: chat.whole, places };
}

/** The renderings of a conversation that places are found by; null for one that the template refuses. */
interface Chat {
  readonly messages: readonly ChatMessage[];
  readonly whole: string;
  /** What the model is given when it is asked for message `index`. */
  before(index: number): string | null;
  /** Where the end mark of an answer ends in what follows it, under a template that always ends with a header. */
  readonly endMark: ((rest: string) => number) | null;
  /** Where the first header of an answer ends, as the template sets it where it is asked for one; null for none. */
  firstHeaderEnd(): number | null;
  /** The conversation up to message `index`. */
  upTo(index: number): string | null;
  /** Where in a rendering of the first `count` messages the text of one of them ends, or begins. */
  borders(index: number, count: number, addGenerationPrompt: boolean): { start: number | null; end: number | null };
}

function createChat(messages: readonly ChatMessage[], renderer: Render, specialTokens: readonly string[]): Chat {
  const whole = renderer(messages, false);
  const known = new Map<string, string | null>();
  const attempt = (some: readonly ChatMessage[], addGenerationPrompt: boolean): string | null => {
    try {
      return renderer(some, addGenerationPrompt);
    } catch {
      return null;
    }
  };
  const first = (count: number, addGenerationPrompt: boolean): string | null => {
    if (count === messages.length && !addGenerationPrompt) return whole;
    const key = `${count} ${addGenerationPrompt}`;
    if (!known.has(key)) known.set(key, attempt(messages.slice(0, count), addGenerationPrompt));
    return known.get(key)!;
  };
  const mark = unusedWord(JSON.stringify(messages));
  const asked = first(messages.length - 1, true);
  const isHeaderConstant =
    asked !== null && first(messages.length, true) === whole && sharedSuffix(asked, whole) > 0 && asked !== whole;
  const endMark = (rest: string) => {
    const ends = specialTokens
      .filter((token) => rest.includes(token))
      .map((token) => rest.indexOf(token) + token.length);
    return Math.min(rest.length, ...ends);
  };
  return {
    messages,
    whole,
    endMark: isHeaderConstant ? endMark : null,
    before: (index) => first(index, true),
    firstHeaderEnd() {
      const asked = first(messages.length, true);
      const header = asked?.startsWith(whole) ? asked.slice(whole.length) : '';
      const at = whole.indexOf(header);
      return header === '' || at < 0 ? null : at + header.length;
    },
    upTo: (index) => first(index + 1, false),
    borders(index, count, addGenerationPrompt) {
      const plain = first(count, addGenerationPrompt);
      const marked = (content: string) =>
        attempt(messages.slice(0, count).with(index, { ...messages[index]!, content }), addGenerationPrompt);
      const content = messages[index]!.content ?? '';
      return {
        start: markedStart(plain, marked(mark + content), mark),
        end: markedEnd(plain, marked(content + mark), mark),
      };
    },
  };
}

function unusedWord(text: string): string {
  let word = 'QxMarkxQ';
  while (text.includes(word)) word += 'Qx';
  return word;
}

/** Where a message's text begins, by the same rendering with a mark before it. */
function markedStart(plain: string | null, marked: string | null, mark: string): number | null {
  const at = marked?.indexOf(mark) ?? -1;
  return plain === null || marked === null || at < 0 ? null : Math.min(at, sharedPrefix(plain, marked));
}

/** Where a message's text ends, by the same rendering with a mark behind it: what follows the mark is untouched. */
function markedEnd(plain: string | null, marked: string | null, mark: string): number | null {
  const at = marked?.lastIndexOf(mark) ?? -1;
  return plain === null || marked === null || at < 0
    ? null
    : plain.length - sharedSuffix(plain, marked.slice(at + mark.length));
}

/** Where an answer begins in the rendering of the first `count` messages. */
function startOf(chat: Chat, index: number, count: number): number | null {
  const whole = chat.upTo(count - 1);
  if (whole === null) return null;
  const prompt = chat.before(index);
  if (prompt !== null && whole.startsWith(prompt)) return prompt.length;
  const own = chat.borders(index, count, false).start;
  if (prompt === null || index === 0) return own ?? (index === 0 ? chat.firstHeaderEnd() : null);
  const [before, within] = [chat.borders(index - 1, index, true).end, chat.borders(index - 1, count, false).end];
  if (before === null || within === null) return own;
  const between = prompt.slice(before);
  const start = within + sharedPrefix(between, whole.slice(within));
  const isWhole = start - within === between.length;
  return isWhole || own === null ? start : Math.min(start, own);
}

function endOf(chat: Chat, index: number, start: number): number | null {
  const { whole } = chat;
  const alone = chat.upTo(index);
  if (alone === null) return null;
  if (chat.endMark) {
    const own = chat.borders(index, chat.messages.length, false).end;
    return own === null ? null : own + chat.endMark(whole.slice(own));
  }
  if (whole.startsWith(alone)) return alone.length;
  const startAlone = startOf(chat, index, index + 1);
  const own = startAlone === null ? '' : alone.slice(startAlone);
  if (own !== '' && whole.startsWith(own, start)) return start + own.length;
  const [last, within] = [
    chat.borders(index, index + 1, false).end,
    chat.borders(index, chat.messages.length, false).end,
  ];
  return last === null || within === null ? null : within + sharedPrefix(alone.slice(last), whole.slice(within));
}

function sharedSuffix(left: string, right: string): number {
  const limit = Math.min(left.length, right.length);
  let count = 0;
  while (count < limit && left.at(-1 - count) === right.at(-1 - count)) count++;
  return count;
}
