import { describe, expect, test } from 'vitest';
import { classCounts, type LabelSettings, readLabels, targetOf } from './labels.ts';

const rows = (...answers: string[]) => answers.map((answer, index) => ({ answer, number: index + 2 }));
const classes: LabelSettings = { problem: 'single_label_classification', classes: 0, known: [], column: 'label' };
const several: LabelSettings = { ...classes, problem: 'multi_label_classification' };
const numbers: LabelSettings = { ...classes, problem: 'regression' };

describe('classes', () => {
  test('are the names in order, without spaces around them and empty cells', () => {
    const labels = readLabels(rows('dog', ' cat ', '', 'dog'), classes);
    expect(labels).toEqual({ problem: 'single_label_classification', names: ['cat', 'dog'], outputs: 2 });
    expect(['dog', ' cat', '', 'bird'].map((cell) => targetOf(cell, labels))).toEqual([
      { label: 1 },
      { label: 0 },
      null,
      null,
    ]);
    expect(classCounts(['dog', ' cat ', '', 'dog'], labels)).toEqual([1, 2]);
  });

  test('of which a row may have several are refused where rows times labels would fill the memory', () => {
    const many = Array.from({ length: 20_000 }, (_, at) => `a${at}`);
    expect(() => readLabels(rows(...many), several)).toThrow(expect.objectContaining({ code: 'labels-many' }));
    expect(readLabels(rows(...many), classes).outputs).toBe(20_000);
    expect(readLabels(rows(...many.slice(0, 10_000)), several).outputs).toBe(10_000);
  });

  test('that are whole numbers stand by size, and num_classes adds those that no row has', () => {
    expect(readLabels(rows('10', '9', '2'), classes).names).toEqual(['2', '9', '10']);
    expect(readLabels(rows('0', '3'), { ...classes, classes: 5 }).names).toEqual(['0', '1', '2', '3', '4']);
  });

  test('that the published model knows all keep its order, with those that no row has', () => {
    const known = ['NEGATIVE', 'POSITIVE', 'NEUTRAL'];
    expect(readLabels(rows('POSITIVE', 'NEGATIVE'), { ...classes, known }).names).toEqual(known);
    expect(readLabels(rows('POSITIVE', 'new'), { ...classes, known }).names).toEqual(['POSITIVE', 'new']);
  });

  test('several in a cell stand between commas, semicolons or bars, Japanese ones too; none is a target of zeros', () => {
    const labels = readLabels(rows('a; b', 'c|a', '', '青、a'), several);
    expect(labels.names).toEqual(['a', 'b', 'c', '青']);
    expect(targetOf('青,b', labels)).toEqual({ label: 0, values: [0, 1, 0, 1] });
    expect(targetOf('', labels)).toEqual({ label: 0, values: [0, 0, 0, 0] });
  });
});

test('a number is the target of a regression, and an empty cell is none', () => {
  const labels = readLabels(rows('1.5', '', '-2e3'), numbers);
  expect(labels).toEqual({ problem: 'regression', names: [], outputs: 1 });
  expect(targetOf(' -2e3 ', labels)).toEqual({ label: 0, values: [-2000] });
  expect(targetOf('', labels)).toBeNull();
});

test('what cannot be learned is refused with its reason, and a row by its number in the file', () => {
  expect(() => readLabels(rows('x', 'x'), classes)).toThrow('Every row has the same label, "x"');
  expect(() => readLabels(rows('', ' '), classes)).toThrow('No row has a label in the column "label"');
  expect(() => readLabels(rows('1', 'two'), numbers)).toThrow('"two" in row 3 of the column "label" is not a number');
  expect(() => readLabels(rows('a', 'b', 'c'), { ...classes, classes: 2 })).toThrow('num_classes is 2');
});

test('whole numbers that pandas writes as 1.0 are whole numbers, beside others they are names', () => {
  const settings = { problem: 'single_label_classification', classes: 0, known: [], column: 'y' } as const;
  const labels = readLabels([{ answer: '10.0' }, { answer: '2' }, { answer: '2.0' }], settings);
  expect(labels.names).toEqual(['2', '10']);
  expect(['10.0', '2.0', '2', '3.0'].map((cell) => targetOf(cell, labels)?.label)).toEqual([1, 0, 0, undefined]);
  expect(classCounts(['10.0', '2', '2.0'], labels)).toEqual([2, 1]);
  expect(readLabels([{ answer: '1.0' }, { answer: '1.5' }], settings).names).toEqual(['1.0', '1.5']);
});
