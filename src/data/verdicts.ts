/** Labels that say of an answer whether it is good. */

const good = ['true', '1', '1.0', 'yes', 'good', 'desirable', 'up', '👍', 'はい', '良い', 'よい', '良', '○', '◯', '〇'];
const bad = ['false', '0', '0.0', '-1', '-1.0', 'no', 'bad', 'undesirable', 'down', '👎', 'いいえ', '悪い', '悪', '×'];

/** Undefined where it says neither. */
export function verdictOf(label: string): boolean | undefined {
  const plain = label.normalize('NFKC').trim().toLowerCase();
  if (good.includes(plain)) return true;
  return bad.includes(plain) ? false : undefined;
}
