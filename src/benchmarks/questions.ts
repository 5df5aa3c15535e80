/** What a model is asked: rows of data through the templates of a task. */

import { JsonNumber, type JsonValue } from '../data/json-text.ts';
import { parsePythonLiteral } from '../data/python-literal.ts';
import { AppError, because, type Reason } from '../errors.ts';
import { compileRowTemplate } from '../text/jinja/template.ts';
import { TemplateError } from '../text/jinja/template-error.ts';
import type { Row } from './rows.ts';
import type { BenchmarkTask, Field } from './task.ts';

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
 * The question of each row, as lm-evaluation-harness makes it without examples before it.
 * @throws AppError 'benchmark-invalid' with the row
 */
export function questionsOf(task: BenchmarkTask, rows: readonly Row[]): Question[] {
  const refuse = (reason: Reason, cause?: unknown) =>
    new AppError('benchmark-invalid', { file: task.file, reason }, { cause });
  const columns = Object.keys(rows[0]!);
  const compiled = (field: Field): ((row: Row) => unknown) => {
    if (typeof field !== 'string') return () => field;
    if (columns.includes(field)) return (row) => row[field];
    try {
      return compileRowTemplate(field);
    } catch (cause) {
      throw refuse(because`the template "${field}" cannot be read: ${wordsOf(cause)}`, cause);
    }
  };
  const text = compiled(task.text);
  const target = compiled(task.target);
  const description = task.description === '' ? () => '' : compiled(task.description);
  const choices = task.choices === null ? null : compiled(task.choices);
  // What a template writes is read as Python's literals where a value is wanted.
  const isWritten = (field: Field | null) => typeof field === 'string' && !columns.includes(field);
  return rows.map((row, index) => {
    const at = (reason: Reason, cause?: unknown) => refuse(because`row ${index + 1}: ${reason}`, cause);
    try {
      const context = `${textIn(description(row), 'description')}${textIn(text(row), 'doc_to_text')}`;
      const wanted = isWritten(task.target) ? valueIn(target(row) as string, choices !== null) : target(row);
      if (choices === null) return { context, targets: targetsIn(wanted) };
      const written = choices(row);
      const all = choicesIn(isWritten(task.choices) ? literalIn(written as string) : written);
      const right = rightOf(wanted, all);
      return task.kind === 'multiple_choice'
        ? { context, choices: all, right }
        : { context, targets: right.map((each) => all[each]!) };
    } catch (thrown) {
      if (thrown instanceof TemplateError) throw at(because`${wordsOf(thrown)}`, thrown);
      if (thrown instanceof Misfit) throw at(thrown.reason);
      throw thrown;
    }
  });
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
