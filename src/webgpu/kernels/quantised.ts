import { blockValues, blockWords, levelsOf, type QuantisedDType } from '../../graph/quantisation.ts';

export const codeBits: Readonly<Record<QuantisedDType, 4 | 8>> = { int8: 8, int4: 4, nf4: 4, fp4: 4 };

/** The tables that values of the given types are looked up in. */
export const levelTable = (types: readonly string[]): string =>
  [...new Set(types)]
    .filter((type) => levelsOf[type] !== undefined)
    .map((type) => `const ${type}_levels = array<f32, 16>(${levelsOf[type]!.map(f32Literal)});\n`)
    .join('');

/** A decimal that reads as exactly this f32. */
export const f32Literal = (value: number): string => `f32(${value})`;

/** The value(s) of a block with the first word `head`, from one code or a vector of codes as `codeTerm` gives them. */
export function keptValue(type: QuantisedDType, head: string, codes: string): string {
  if (type === 'int4') return `bitcast<f32>(${head} & 0xffff0000u) + bitcast<f32>(${head} << 16u) * ${codes}`;
  return `bitcast<f32>(${head}) * ${codes}`;
}

/** What `keptValue` multiplies: code number `place` of a word, its codes counted from the low end. */
export function codeTerm(type: QuantisedDType, word: string, place: number): string {
  const bits = codeBits[type];
  if (type === 'int8') return `f32(extractBits(bitcast<i32>(${word}), ${place * bits}u, ${bits}u))`;
  const code = `extractBits(${word}, ${place * bits}u, ${bits}u)`;
  return type === 'int4' ? `f32(${code})` : `${type}_levels[${code}]`;
}

/**
 * A function that reads the `count` neighbours number count·i … of a quantised tensor, whose rows are filled up to
 * whole blocks: one word of codes, and the word before the block's codes that says its range.
 */
export function loadQuantised(name: string, buffer: string, type: QuantisedDType, count: 1 | 2 | 4): string {
  const groupsInBlock = blockValues / count;
  const groupsInWord = 32 / codeBits[type] / count;
  const terms = Array.from({ length: count }, (_, place) => codeTerm(type, 'word', place));
  const result = count === 1 ? 'f32' : `vec${count}<f32>`;
  return `fn ${name}(i: u32) -> ${result} {
let block = (i / ${groupsInBlock}u) * ${blockWords[type]}u;
let place = i % ${groupsInBlock}u;
let word = ${buffer}[block + 1u + place / ${groupsInWord}u] >> (place % ${groupsInWord}u * ${count * codeBits[type]}u);
let head = ${buffer}[block];
return ${keptValue(type, 'head', count === 1 ? terms[0]! : `${result}(${terms})`)};
}`;
}
