/** Whether words around a phrase turn it into its opposite. */

/** Words of the languages with spaces that deny what stands in their clause. */
const denying =
  /(?<!\p{L})(?:not|no|non|never|none|nor|neither|cannot|without|\p{L}+n['’]t|nicht|kein\p{L}*|pas|jamais|não|нет|не)(?!\p{L})/u;

/** In Chinese, where they need not touch it. */
const denyingBefore = /不是|不會|不会|並非|并非|沒有|没有|從未|从未/u;

/** What makes an opposite of the word right behind it: 不可能, un-like, 非課税. */
const prefixes = /(?:[不非未無无反否]|(?<!\p{L})(?:un|non|in|im|dis|anti)[-‐])$/u;

/** Japanese and Korean deny at the end of the clause. */
const denyingAfter = /않|아니|없|な(?:い|かっ|く|し(?!\p{L}))|無(?:い|し|く)|ません|ませぬ|(?:せ|ら)ず|ではなく/u;
/** What looks so and affirms: 間違いない. */
const affirming = /(?:間)?違い(?:は)?(?:な[いく]|あり?ません)|間違いなし/gu;

const clauseEnds = /[.,;:!?…。、，．；：！？\n]/u;

/** The clause of `text` up to a place, and from one on. */
const clauseBefore = (text: string): string => text.split(clauseEnds).at(-1)!;
const clauseAfter = (text: string): string => text.split(clauseEnds)[0]!;

/** Whether `before` and `after`, what stands around a phrase in small letters, deny it. */
export function isDenied(before: string, after: string): boolean {
  const [ahead, behind] = [clauseBefore(before), clauseAfter(after).replace(affirming, '')];
  const beside = denying.test(ahead) || denying.test(behind);
  return beside || denyingBefore.test(ahead) || prefixes.test(ahead) || denyingAfter.test(behind);
}
