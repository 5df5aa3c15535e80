import { describe, expect, it } from 'vitest';
import { classFindings } from './class-findings.ts';

const classes = (names: readonly string[], count = 1) => names.map((name) => ({ name, count }));
const many = (count: number, name: (index: number) => string) => Array.from({ length: count }, (_, at) => name(at));
const codes = (...given: Parameters<typeof classFindings>) =>
  classFindings(...given).map(({ code, blocks }) => `${code} ${blocks}`);

describe('labels', () => {
  it('that are few for their rows are classes', () => {
    expect(codes(classes(['good', 'bad'], 30), 60, 'label')).toEqual([]);
    // A table of two rows has a class for each, and is only small.
    expect(codes(classes(['good', 'bad']), 2, 'label')).toEqual([]);
    expect(
      codes(
        classes(
          many(30, (at) => `c${at}`),
          2,
        ),
        60,
        'label',
      ),
    ).toEqual([]);
  });

  it('that are about as many as rows hold a run back', () => {
    expect(codes(classes(many(31, (at) => `c${at}`)), 60, 'label')).toEqual(['labels-as-many true']);
  });

  it('that no row has do not count', () => {
    expect(
      codes(
        [
          ...classes(
            many(1000, (at) => `c${at}`),
            0,
          ),
          ...classes(['a', 'b'], 10),
        ],
        20,
        'label',
      ),
    ).toEqual([]);
  });

  it('that read like texts hold a run back, in English and Japanese', () => {
    const english = many(5, (at) => `The parcel came ${at} days late and nobody told us why.`);
    const japanese = many(5, (at) => `荷物が${at}日遅れて届いたうえに、連絡もありませんでした。`);
    expect(codes(classes(english), 5, 'text')).toEqual(['labels-like-text true']);
    expect(codes(classes(japanese), 5, '本文')).toEqual(['labels-like-text true']);
    expect(codes(classes(english, 12), 60, 'text')).toEqual([]);
  });
});
