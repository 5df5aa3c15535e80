/**
 * How a conversation is written, as texts before and after each message: what template languages without conditions of
 * their own can say. Told by what a run's prompt format or a model's chat template writes of conversations that are tried.
 */
import { because, type Reason } from '../errors.ts';
import { renderChat } from '../text/chat-template.ts';
import type { PromptFormat } from '../text/prompt-format.ts';
import type { ChatMessage, Tokenizer } from '../text/tokenizer.ts';

type Around = readonly [before: string, after: string];

export interface Conversation {
  /** What begins a conversation that has a system text, and one that has none. */
  readonly withSystem: string;
  readonly withoutSystem: string;
  /** Null where there is no place for a system text. */
  readonly system: Around | null;
  readonly user: Around;
  readonly assistant: Around;
  /** Where the next answer begins. */
  readonly answer: string;
}

/** The same, and whether the token that begins a text is put before it unasked. */
export interface SaidConversation {
  readonly format: Conversation;
  readonly addsBos: boolean;
}

/** The text of a conversation that waits for an answer. */
export function written(format: Conversation, messages: readonly ChatMessage[]): string {
  const start = messages[0]?.role === 'system' ? format.withSystem : format.withoutSystem;
  const turns = messages.map(({ role, content }) => {
    const [before, after] = format[role as 'system' | 'user' | 'assistant'] ?? ['', ''];
    return `${before}${content}${after}`;
  });
  return start + turns.join('') + format.answer;
}

/** Why a format cannot be said so. */
export type Unsaid = { readonly unsaid: Reason };

/** @param tokenizer of the model, whose chat template it may be */
export function conversationOf(prompt: PromptFormat | undefined, tokenizer: Tokenizer): Conversation | Unsaid {
  if (prompt === undefined || prompt.template === 'chat') return ofChatTemplate(tokenizer);
  if (prompt.template === 'text')
    return { unsaid: because`the run learned texts as they are, without questions and answers` };
  const { pieces, message, system, end, blanks } = prompt;
  const questions = blanks.filter((name) => name !== system);
  if (prompt.template === 'alpaca' && questions.length > 1)
    return { unsaid: because`a question has ${questions.length} parts` };
  const ends = tokenizer.eosTokenId === null ? '' : tokenizer.decode([tokenizer.eosTokenId]);
  const texts = pieces.map((piece) => piece ?? ends);
  const first = system === null ? -1 : texts.findIndex((text) => text.includes(`{${system}}`));
  // The end-of-text token may stand behind the system text.
  const behind = first >= 0 && pieces[first + 1] === null ? first + 2 : first + 1;
  const around = (text: string, blank: string): Around | null => {
    const [before, after, more] = text.split(blank);
    return after === undefined || more !== undefined ? null : [before!, after];
  };
  const user = around(texts.slice(behind).join(''), message);
  const systemText = first < 0 ? null : around(texts.slice(0, behind).join(''), `{${system}}`);
  if (!user || (first >= 0 && !systemText)) return { unsaid: because`its questions do not stand in one place` };
  return { withSystem: '', withoutSystem: '', system: systemText, user, assistant: ['', end ?? ''], answer: '' };
}

/** Texts that no template knows, and none changes. */
const [systemText, first, reply, second] = ['Sx0y', 'Ux1y', 'Ax2y', 'Ux3y'] as const;
const system: ChatMessage = { role: 'system', content: systemText };
const user = (content: string): ChatMessage => ({ role: 'user', content });
const assistant = (content: string): ChatMessage => ({ role: 'assistant', content });

function ofChatTemplate(tokenizer: Tokenizer): Conversation | Unsaid {
  if (tokenizer.chatTemplate === null) return { unsaid: because`the model has no chat template` };
  try {
    return fitted((messages, addGenerationPrompt = true) => renderChat(tokenizer, messages, { addGenerationPrompt }));
  } catch (thrown) {
    return {
      unsaid: because`the chat template refuses plain conversations: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
    };
  }
}

type Render = (messages: readonly ChatMessage[], addGenerationPrompt?: boolean) => string;

const irregular: Unsaid = { unsaid: because`the chat template does more than to write texts around messages` };

/** The texts around messages, put together from a few conversations and held against others. */
function fitted(render: Render): Conversation | Unsaid {
  const takesSystem = systemIsTaken(render);
  const [start = '', afterFirst = '', afterLast = ''] =
    between(render([user(first), assistant(reply), user(second)]), [first, reply, second]) ?? [];
  const [, questionEnds = ''] = between(render([user(first)], false), [first]) ?? [];
  const [, asked = ''] = between(render([user(first)]), [first]) ?? [];
  if (!asked.startsWith(questionEnds) || !afterFirst.startsWith(questionEnds)) return irregular;
  const answer = asked.slice(questionEnds.length);
  const opened = takesSystem ? between(render([system, user(first)]), [systemText, first]) : undefined;
  // What stands before a question is what its every place has in common.
  const question = commonEnd([start, afterLast, ...(opened ? [opened[1]!] : [])]);
  const without = (text: string) => text.slice(0, text.length - question.length);
  const format: Conversation = {
    withSystem: '',
    withoutSystem: without(start),
    system: opened ? [opened[0]!, without(opened[1]!)] : null,
    user: [question, questionEnds],
    assistant: [afterFirst.slice(questionEnds.length), without(afterLast)],
    answer,
  };
  return tried(takesSystem).every((messages) => render(messages) === written(format, messages)) ? format : irregular;
}

function systemIsTaken(render: Render): boolean {
  try {
    return between(render([system, user(first)]), [systemText, first]) !== undefined;
  } catch {
    return false;
  }
}

/** Conversations that a format is held against, with texts of several lines and none. */
function tried(takesSystem: boolean): ChatMessage[][] {
  const turns = [user('a\n\nb {x}'), assistant('c: "d" <e>'), user('f'), assistant('g\nh'), user("i'j")];
  const plain = [turns.slice(0, 1), turns.slice(0, 3), turns];
  return takesSystem ? [...plain, ...plain.map((messages) => [system, ...messages])] : plain;
}

/** What stands before, between and behind texts; undefined where one is not there once. */
function between(text: string, marks: readonly string[]): string[] | undefined {
  const parts: string[] = [];
  let rest = text;
  for (const mark of marks) {
    const [before, after, more] = rest.split(mark);
    if (after === undefined || more !== undefined) return undefined;
    parts.push(before!);
    rest = after;
  }
  return [...parts, rest];
}

function commonEnd([text = '', ...others]: readonly string[]): string {
  let length = text.length;
  for (const other of others) {
    let same = 0;
    while (same < Math.min(length, other.length) && text.at(-1 - same) === other.at(-1 - same)) same++;
    length = same;
  }
  return text.slice(text.length - length);
}
