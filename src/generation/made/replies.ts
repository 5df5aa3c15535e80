/** What a model replied, as the text that it was asked for, and what is to be said of that. */
import type { MadeKind } from '../../data/made-rows.ts';

const thoughts = /<think(?:ing)?>[\s\S]*?(?:<\/think(?:ing)?>|$)/gi;
/** A first line that only announces what follows. */
const announcement =
  /^(?:sure|certainly|of course|here(?:'s| is| are)|okay|はい|もちろん|承知|かしこまり|以下|了解)[^\n]*[:：。!！]\s*\n+/i;
const label =
  /^\**(?:rewritten (?:text|request)|new text|paraphrase|request|answer|response|書き換え(?:た文章?|後)?|言い換え(?:た文章?|後)?|依頼|回答)\**\s*[:：]\**\s*/i;
/** Where a model that continues the examples begins another one. */
const nextExample = /\n\s*(?:Request|依頼)\s*[:：]/;
const fence = /^```\w*\n([\s\S]*?)\n?```$/;
const quotes: readonly (readonly [string, string])[] = [
  ['"', '"'],
  ['“', '”'],
  ["'", "'"],
  ['「', '」'],
  ['『', '』'],
  ['**', '**'],
];

export interface CleanReply {
  readonly text: string;
  /** What followed was another example: the text itself is whole. */
  readonly isEnded: boolean;
}

/** The text asked for, without what models set around it. An answer keeps its quotes and fences, which may be part of it. */
export function cleanReply(reply: string, kind: MadeKind): CleanReply {
  let text = reply.replace(thoughts, '').trim().replace(announcement, '').replace(label, '');
  const end = text.search(nextExample);
  if (end >= 0) text = text.slice(0, end);
  text = text.trim();
  if (kind === 'paraphrase') text = unquoted(text.replace(fence, '$1').trim());
  return { text, isEnded: end >= 0 };
}

function unquoted(text: string): string {
  for (const [open, close] of quotes) {
    if (text.length <= open.length + close.length || !text.startsWith(open) || !text.endsWith(close)) continue;
    const inner = text.slice(open.length, -close.length);
    if (!inner.includes(open) && !inner.includes(close)) return inner.trim();
  }
  return text;
}

/** What a critique comes to: '' where it finds nothing wrong; null where it says nothing. */
export function remarkOf(reply: string): string | null {
  const text = reply.replace(thoughts, '').trim().replace(/\s+/g, ' ');
  if (text === '') return null;
  if (/^\W*ok(?:ay)?\b(?!\W*(?:but|however|except|though)\b)/i.test(text.normalize('NFKC'))) return '';
  if (/^(?:特に)?問題(?:は|も)?(?:あり|ござい)?(?:ません|なし|ない)/.test(text)) return '';
  return text.length > longestRemark ? `${text.slice(0, longestRemark)}…` : text;
}

const longestRemark = 300;

/** What makes two texts the same to a reader. */
export const plainText = (text: string): string =>
  text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s\p{P}]+/gu, '');

const scripts: readonly (readonly [name: string, letters: RegExp])[] = [
  ['latin', /\p{Script=Latin}/gu],
  ['japanese-or-chinese', /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/gu],
  ['korean', /\p{Script=Hangul}/gu],
  ['cyrillic', /\p{Script=Cyrillic}/gu],
  ['arabic', /\p{Script=Arabic}/gu],
  ['thai', /\p{Script=Thai}/gu],
  ['devanagari', /\p{Script=Devanagari}/gu],
];

/** A character of these says more than a letter does. */
const weight = 3;

/** The script that most of a text is in; undefined where it has no letter of those known. */
function scriptOf(text: string): string | undefined {
  let [most, found]: [number, string | undefined] = [0, undefined];
  for (const [name, letters] of scripts) {
    const count = (text.match(letters)?.length ?? 0) * (name === 'latin' ? 1 : weight);
    if (count > most) [most, found] = [count, name];
  }
  return found;
}

/** Whether two texts are in different scripts. Languages of one script are not told apart. */
export function languageDiffers(text: string, from: string): boolean {
  const [one, other] = [scriptOf(text), scriptOf(from)];
  return one !== undefined && other !== undefined && one !== other;
}
