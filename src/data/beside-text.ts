/** What stands beside a column of text: its class, another text that answers it, or facts about it that nobody learns. */
import { because, type Reason } from '../errors.ts';
import { type ColumnFacts, looksLikeClasses } from './column-facts.ts';
import {
  idNames,
  labelNames,
  named,
  parentNames,
  plainName,
  promptNames,
  systemNames,
  textNames,
  titleNames,
} from './column-names.ts';

/** Whether a name says where a text comes from, or counts it. */
export const isAboutText = (name: string): boolean =>
  named([{ name }], [...idNames, ...parentNames, ...systemNames]) !== undefined || aboutText.test(plainName(name));

const aboutText =
  /(?:^|[_\s-])(?:id|ids|uuid|url|urls|uri|link|date|time|datetime|timestamp|year|created|updated|at|source|dump|path|file|filename|domain|site|lang|language|locale|license|licence|author|user|username|name|email|split|meta|metadata|hash|count|length|tokens|index|score)$|(?:番号|日付|日時|日|年月|時刻|出典|出所|著者|投稿者|氏名|名前|メールアドレス|言語|文字数|件数)$/;

const notLearned = [...textNames, ...promptNames, ...titleNames];

/** Columns that may hold what is learned of the text. */
const learnable = (facts: readonly ColumnFacts[]): ColumnFacts[] =>
  facts.filter(({ name, filled }) => filled > 0 && !isAboutText(name) && named([{ name }], notLearned) === undefined);

/** Few different, short values that repeat; of several such columns the one with fewest. Numbers may count something. */
export function classBeside(facts: readonly ColumnFacts[]): ColumnFacts | undefined {
  const isLikely = ({ isNumeric, distinct }: ColumnFacts) => !isNumeric || distinct === 2 || facts.length <= 2;
  const classes = learnable(facts).filter((column) => looksLikeClasses(column) && isLikely(column));
  return classes.sort((a, b) => a.distinct - b.distinct)[0];
}

/** Columns of a table that are lost where one is learned as plain text; those that only tell of it are no loss. */
export const lostBeside = (facts: readonly ColumnFacts[], text: string): string[] =>
  facts.flatMap(({ name, filled }) => (name === text || filled === 0 || isAboutText(name) ? [] : [name]));

/** What could be the answer to a text, and why: a column called a label, classes, or the only other text. */
export function answerBeside(
  facts: readonly ColumnFacts[],
  text: string,
): { readonly column: ColumnFacts; readonly reason: Reason } | undefined {
  const others = facts.filter(({ name }) => name !== text);
  const isKnown = facts.some(({ filled }) => filled > 0);
  const filled = others.filter((column) => column.filled > 0 || !isKnown);
  const label = named(filled, labelNames);
  if (label) return { column: label, reason: because`by its name` };
  const classes = others.length === 0 ? undefined : classBeside(facts);
  if (classes) return { column: classes, reason: because`few different values: ${classes.distinct}` };
  // Of two columns, a second one that is called a text is what follows the first.
  const open = others.length === 1 ? filled.filter(({ name }) => !isAboutText(name)) : learnable(filled);
  const isText = ({ name, prose, isConversation }: ColumnFacts) =>
    prose > mostlyProse && !isConversation && named([{ name }], titleNames) === undefined;
  const [column, another] = open.filter(isText);
  return column && !another ? { column, reason: because`what is left` } : undefined;
}

/** Share of cells with words from which a column holds texts. */
const mostlyProse = 0.5;
