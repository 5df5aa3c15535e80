import { describe, expect, it } from 'vitest';
import { exampleRows, recogniseColumns } from './columns.ts';

describe('columns are recognised', () => {
  it.each([
    [['instruction', 'input', 'output'], ['instruction', 'input'], 'output'],
    [['Prompt', 'Completion'], ['Prompt'], 'Completion'],
    [['id', 'question', 'answer'], ['question'], 'answer'],
    [['output', 'category', 'instruction'], ['instruction'], 'output'],
    [['指示', '入力', '出力'], ['指示', '入力'], '出力'],
    [['質問', '回答'], ['質問'], '回答'],
    [['番号', '質問', '応答'], ['質問'], '応答'],
    [['input', 'output'], ['input'], 'output'],
    [['left', 'right'], ['left'], 'right'],
    [['reply', 'mail'], ['mail'], 'reply'],
    [['label', 'question'], ['question'], 'label'],
    [['ｉｎｓｔｒｕｃｔｉｏｎ ', 'OUTPUT'], ['ｉｎｓｔｒｕｃｔｉｏｎ '], 'OUTPUT'],
  ])('in %j', (columns, prompt_column, answer_column) => {
    expect(recogniseColumns(columns)).toMatchObject({ prompt_column, answer_column, problem_type: 'instruction' });
  });

  it('as plain text where there is only that', () => {
    const recognised = { prompt_column: [], answer_column: 'text', problem_type: 'text' };
    expect(recogniseColumns(['id', 'text'])).toMatchObject(recognised);
    const sentences = { ...recognised, answer_column: 'sentences' };
    expect(recogniseColumns(['sentences'])).toMatchObject(sentences);
  });

  it('as conversations where the cells hold them', () => {
    const cell = '[{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]';
    expect(recogniseColumns(['id', 'Messages'], [['1', cell]]).messages_column).toBe('Messages');
    expect(recogniseColumns(['id', 'messages'], [['1', '12 new messages']]).messages_column).toBe('');
  });

  it('as turns of conversations where rows name their parent', () => {
    expect(recogniseColumns(['id', 'parent_id', 'system', 'prompt', 'answer'])).toMatchObject({
      prompt_column: ['prompt'],
      answer_column: 'answer',
      system_column: 'system',
      parent_id_column: 'parent_id',
      id_column: 'id',
    });
    expect(recogniseColumns(['id', 'prompt', 'answer'])).toMatchObject({ parent_id_column: '', id_column: '' });
  });

  it('not at all where nothing fits', () => {
    expect(recogniseColumns(['x', 'y', 'z']).answer_column).toBeNull();
  });
});

describe('mapped rows', () => {
  const table = {
    columns: ['instruction', 'input', 'output'],
    rows: [
      ['a', '', 'x'],
      ['b', 'c', 'y'],
    ],
    rowNumbers: [2, 4],
  };

  it('take the columns in the order of the mapping', () => {
    expect(exampleRows(table, { prompt_column: ['input', 'instruction'], answer_column: 'output' })).toEqual([
      { prompt: ['', 'a'], answer: 'x', number: 2 },
      { prompt: ['c', 'b'], answer: 'y', number: 4 },
    ]);
  });

  it.each(['text', 'masked-language-modeling'])('need no prompt column for %s', (problem_type) => {
    const mapping = { prompt_column: ['gone'], answer_column: 'output', problem_type };
    expect(exampleRows(table, mapping)[0]).toEqual({ prompt: [], answer: 'x', number: 2 });
  });

  it('have a second text where pairs are told apart, and only there', () => {
    const pairs = { prompt_column: ['instruction'], text_pair_column: 'input', answer_column: 'output' };
    const rows = (problem_type: string) => exampleRows(table, { ...pairs, problem_type });
    const [first, second] = [
      { prompt: ['a'], textPair: '', answer: 'x', number: 2 },
      { prompt: ['b'], textPair: 'c', answer: 'y', number: 4 },
    ];
    expect(rows('classification')).toEqual([first, second]);
    expect(rows('regression')).toEqual([first, second]);
    for (const problem of ['token-classification', 'instruction', 'text'])
      expect(rows(problem).some((row) => 'textPair' in row)).toBe(false);
    expect(() => exampleRows(table, { ...pairs, text_pair_column: 'gone', problem_type: 'regression' })).toThrow(
      'no column gone',
    );
  });

  it('name a missing column and those there are', () => {
    const mapping = { prompt_column: ['question'], answer_column: 'output' };
    expect(() => exampleRows(table, mapping)).toThrow('no column question; it has: instruction, input, output');
  });

  it('say that none is chosen where none is', () => {
    const mapping = { prompt_column: ['instruction'], answer_column: '' };
    expect(() => exampleRows(table, mapping)).toThrow('No column to train on is chosen');
  });
});
