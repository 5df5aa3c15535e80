/** What a model is asked: rows of data through the templates of a task. */

import { JsonNumber, type JsonValue } from '../data/json-text.ts';
import { parsePythonLiteral } from '../data/python-literal.ts';
import { AppError, because, type Reason } from '../errors.ts';
import { compileRowTemplate } from '../text/jinja/template.ts';
import { TemplateError } from '../text/jinja/template-error.ts';
import { exampleDrawer } from './examples.ts';
import type { Row } from './rows.ts';
import type { BenchmarkTask, ExamplesAsked, Field } from './task.ts';

export interface ChoiceQuestion {
  readonly context: string;
  readonly choices: readonly string[];
  /** Which of them are right. */
  readonly right: readonly number[];
}

export interface AnswerQuestion {
  readonly context: string;
  /** Any of them is right. */
  readonly targets: readonly string[];
}

export type Question = ChoiceQuestion | AnswerQuestion;

export const isChoiceQuestion = (question: Question): question is ChoiceQuestion => 'choices' in question;

/**
 * The question of each row, as lm-evaluation-harness makes it.
 * @param pool rows that examples are taken from, where the task wants some
 * @throws AppError 'benchmark-invalid' with the row
 */
export function questionsOf(task: BenchmarkTask, rows: readonly Row[], pool: readonly Row[] = []): Question[] {
  const refuse = (reason: Reason, cause?: unknown) =>
    new AppError('benchmark-invalid', { file: task.file, reason }, { cause });
  const columns = Object.keys(rows[0]!);
  const fields = compiler(columns, refuse);
  const description = task.description === '' ? () => '' : fields.value(task.description);
  const parts = fields.parts(task);
  const { examples } = task;
  const examplesOf = examples ? exampleTexts(examples, fields.parts(examples), pool, refuse) : () => '';
  return rows.map((row, index) =>
    withRow(index, refuse, () => {
      const before = `${textIn(description(row), 'description')}${examplesOf(row)}`;
      const context = `${before}${parts.text(row)}`;
      const all = parts.choices(row);
      const wanted = parts.target(row);
      if (all === null) return { context, targets: targetsIn(wanted) };
      const right = rightOf(wanted, all);
      return task.kind === 'multiple_choice'
        ? { context, choices: all, right }
        : { context, targets: right.map((each) => all[each]!) };
    }),
  );
}

type Refuse = (reason: Reason, cause?: unknown) => AppError;

/** What a question, or an example, is made of. */
interface Parts {
  text(row: Row): string;
  /** As it stands in its column, or what is written means. */
  target(row: Row): unknown;
  choices(row: Row): readonly string[] | null;
}

/** @param columns those of the questions: a field that is the name of one is read from it */
function compiler(columns: readonly string[], refuse: Refuse) {
  const value = (field: Field): ((row: Row) => unknown) => {
    if (typeof field !== 'string') return () => field;
    if (columns.includes(field)) return (row) => row[field];
    try {
      return compileRowTemplate(field);
    } catch (cause) {
      throw refuse(because`the template "${field}" cannot be read: ${wordsOf(cause)}`, cause);
    }
  };
  // What a template writes is read as Python's literals where a value is wanted.
  const isWritten = (field: Field | null) => typeof field === 'string' && !columns.includes(field);
  const parts = (given: Pick<BenchmarkTask, 'text' | 'target' | 'choices'>): Parts => {
    const [text, target] = [value(given.text), value(given.target)];
    const choices = given.choices === null ? null : value(given.choices);
    return {
      text: (row) => textIn(text(row), 'doc_to_text'),
      target: (row) => (isWritten(given.target) ? valueIn(target(row) as string, choices !== null) : target(row)),
      choices(row) {
        if (!choices) return null;
        const written = choices(row);
        return choicesIn(isWritten(given.choices) ? literalIn(written as string) : written);
      },
    };
  };
  return { value, parts };
}

function withRow<T>(index: number, refuse: Refuse, make: () => T): T {
  const at = (reason: Reason, cause?: unknown) => refuse(because`row ${index + 1}: ${reason}`, cause);
  try {
    return make();
  } catch (thrown) {
    if (thrown instanceof TemplateError) throw at(because`${wordsOf(thrown)}`, thrown);
    if (thrown instanceof Misfit) throw at(thrown.reason);
    throw thrown;
  }
}

/** What stands before a question, asked in the order of the questions: each draws on from the one before. */
function exampleTexts(asked: ExamplesAsked, parts: Parts, pool: readonly Row[], refuse: Refuse): (row: Row) => string {
  const draw = exampleDrawer(asked, pool, refuse);
  const made = new Map<number, string>();
  const textOf = (index: number): string => {
    const row = pool[index]!;
    const answer = answerIn(parts.target(row), parts.choices(row));
    const text = parts.text(row);
    return answer === '' ? text : `${text}${asked.targetDelimiter}${answer}${asked.delimiter}`;
  };
  return (row) =>
    draw(row)
      .map((index) => {
        const text = made.get(index) ?? withRow(index, inExamples(refuse), () => textOf(index));
        made.set(index, text);
        return text;
      })
      .join('');
}

const inExamples =
  (refuse: Refuse): Refuse =>
  (reason, cause) =>
    refuse(because`of the examples ${reason}`, cause);

/** The answer of an example: of several the first. */
function answerIn(wanted: unknown, choices: readonly string[] | null): string {
  if (choices && typeof wanted === 'number' && wanted in choices) return choices[wanted]!;
  const answer: unknown = Array.isArray(wanted) ? wanted[0] : wanted;
  if (typeof answer === 'string') return answer;
  throw new Misfit(because`its answer is no text`);
}

const wordsOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown));

/** A value of a row that is not of the kind that is wanted. */
class Misfit extends Error {
  constructor(readonly reason: Reason) {
    super();
  }
}

function textIn(value: unknown, key: string): string {
  if (typeof value === 'string') return value;
  throw new Misfit(because`"${key}" gives no text`);
}

/** What a written target means: a whole number where there are choices, a list in brackets. */
function valueIn(written: string, hasChoices: boolean): unknown {
  if (hasChoices && /^\d+$/.test(written)) return Number(written);
  if (!/^\[[\s\S]*\]$/.test(written)) return written;
  try {
    return plain(parsePythonLiteral(written));
  } catch {
    return written;
  }
}

function literalIn(written: string): unknown {
  try {
    return plain(parsePythonLiteral(written.trim()));
  } catch {
    throw new Misfit(because`"${'doc_to_choice'}" gives no list: ${written.slice(0, 80)}`);
  }
}

const plain = (value: JsonValue): unknown => {
  if (value instanceof JsonNumber) return Number(value.text);
  return Array.isArray(value) ? value.map(plain) : value;
};

function choicesIn(value: unknown): readonly string[] {
  if (!Array.isArray(value) || value.length === 0 || !value.every((each) => typeof each === 'string'))
    throw new Misfit(because`its choices are no list of texts`);
  if (value.includes('')) throw new Misfit(because`one of its choices is empty`);
  return value;
}

/** The places of the right choices, which may be named or counted from 0. */
function rightOf(wanted: unknown, choices: readonly string[]): readonly number[] {
  const all = Array.isArray(wanted) ? wanted : [wanted];
  if (all.length === 0) throw new Misfit(because`it has no right choice`);
  return all.map((each: unknown) => {
    const place = typeof each === 'string' ? choices.indexOf(each) : Number(each);
    if (Number.isInteger(place) && place >= 0 && place < choices.length && each !== null) return place;
    throw new Misfit(because`"${each}" is none of its ${choices.length} choices`);
  });
}

function targetsIn(wanted: unknown): readonly string[] {
  const all = Array.isArray(wanted) ? wanted : [wanted];
  if (all.length === 0 || all.some((each) => each === null || typeof each === 'object'))
    throw new Misfit(because`it has no expected answer`);
  // As Python writes it.
  return all.map((each) => (typeof each === 'boolean' ? (each ? 'True' : 'False') : String(each)));
}
