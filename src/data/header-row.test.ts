import { describe, expect, it } from 'vitest';
import { readTable } from './read-table.ts';

const kinds = async (text: string) =>
  (await readTable(text, { fileName: 'a.csv' })).problems.filter(({ kind }) => kind === 'header-like-row').length;
const lines = (header: string, row: (at: number) => string) =>
  [header, ...Array.from({ length: 12 }, (_, at) => row(at))].join('\n');

describe('a first line that reads like a row', () => {
  it.each([
    lines('Say tea in Japanese.,It is cha 🐾', (at) => `What is ${at} and ${at}?,It is ${at} 🐾`),
    lines('What is a crow?,"A crow is a bird, of course."', (at) => `What is bird ${at}?,It is the bird ${at}.`),
    lines('ノルウェーの首都はどこですか？,オスロです。', (at) => `${at} の次の数は何ですか？,${at + 1} です。`),
    lines('The parcel came late.,bad', (at) => `The parcel ${at} came.,${at % 2 ? 'good' : 'bad'}`),
    lines('The parcel came late.,3', (at) => `The parcel ${at} came.,${at}`),
  ])('is said', async (text) => {
    expect(await kinds(text)).toBe(1);
  });

  it.each([
    lines('question,answer', (at) => `What is ${at}?,It is ${at}.`),
    lines('q,a', (at) => `What is ${at}?,It is ${at}.`),
    lines('お客様からのご質問,担当者の返信内容', (at) => `${at} の次の数は何ですか？,${at + 1} です。`),
    // A form's questions stand above their answers.
    lines('How was it?,What else?', (at) => `It was good ${at}.,Nothing ${at} else.`),
    lines('What did the customer ask?,What was the answer?', (at) => `What is ${at}?,It is ${at}.`),
    lines('Describe the problem,team', (at) => `The parcel ${at} came.,${at % 2 ? 'a' : 'b'}`),
  ])('is not said of names', async (text) => {
    expect(await kinds(text)).toBe(0);
  });
});
