import type { ColumnGuess, TableRows } from '../data/columns.ts';
import type { BuiltExample, ExampleRow, ExampleSettings } from '../data/examples.ts';
import type { MadeKind } from '../data/made-rows.ts';
import type { PromptTemplate } from '../data/prompt-templates.ts';
import type { ClassifierHead, Head, Model } from '../models/model.ts';
import type { PromptFormat } from '../text/prompt-format.ts';
import type { Tokenizer } from '../text/tokenizer.ts';
import type { TextAnswers } from './answers.ts';
import type { TakenPositions } from './lengths.ts';
import type { Material } from './material.ts';
import type { Objective } from './objective.ts';
import type { PreparedData, RowOutcome, RowView } from './prepared.ts';
import type { ProblemType } from './problem-types.ts';
import type { ScoreSet } from './scores.ts';
import type { TaskSettings } from './settings.ts';

/** What is read of the settings before the rows are made into examples. */
export type OpenSettings = {
  readonly dataset: TaskSettings['dataset'];
  readonly training: Pick<TaskSettings['training'], 'loss_function'>;
};

/** What a run learns, as one part: everything that depends on it is said here, and asked of it elsewhere. */
export interface Task {
  /** The values of `dataset.problem_type` that mean it. */
  readonly problemTypes: readonly ProblemType[];
  /** What its speed is counted in. */
  readonly unit: 'tokens' | 'pictures';
  /** What its rows lie in. */
  readonly reads: 'tables' | 'pictures';
  /** How its result is asked: a conversation, what it says of a text, or of a picture. */
  readonly asked: 'chat' | 'text' | 'picture';
  /** What the columns of a table look like, read for it; null where it reads none. */
  columns(table: Pick<TableRows, 'columns' | 'rows'>, problem: ProblemType): ColumnGuess | null;
  /** What the column to be learned holds, in a word. */
  learned(problem: ProblemType): 'answer' | 'text' | 'label';
  /** The template that writes prompt and answer; null where none is written. */
  template(config: Pick<TaskSettings, 'dataset'>): PromptTemplate | null;
  /** How what is asked becomes the text that its model goes on from. Absent where it does not write. */
  prompt?(config: Pick<TaskSettings, 'dataset'>, tokenizer: Tokenizer): PromptFormat;
  /** What a model may make of its rows, whose prompt is in their prompt columns. Absent: nothing. */
  makes?(config: Pick<TaskSettings, 'dataset'>): readonly MadeKind[];
  /** How it is asked with a text. */
  readonly answers?: TextAnswers;
  readonly objective: Objective;
  /** What an evaluation of it may be scored by. */
  readonly scores: readonly ScoreSet[];
  /** Whether a model is made for it. */
  isOf(model: Model): boolean;
  /**
   * The head that a run's model needs, as far as is known before its rows are read.
   * @throws AppError 'setting-unsupported' for a loss that does not fit; 'task-unsupported' for a model that cannot do it
   */
  plannedHead(config: OpenSettings, published: Model): Head;
  /** The head of every run of it, where that does not depend on the rows. */
  readonly head?: Head;
  /**
   * A run's rows, looked at as far as needed to know what its model must be.
   * @param published the model as its files are, or opened with any head
   * @throws AppError 'task-unsupported' where model or material are of another task, 'setting-unsupported',
   * 'column-missing', 'labels-none' and its like
   */
  open(material: Material, config: OpenSettings, published: Model): Lesson;
}

export interface Lesson {
  /** What the label column means; null where the run learns to write text. */
  readonly labels: ClassifierHead | null;
  /** What the run's model is opened with. */
  readonly head: Head;
  /** How many rows of the material each class has; null where there are no classes. */
  classes(): readonly { readonly name: string; readonly count: number }[] | null;
  /**
   * The rows as the model of the run will meet them. Training, preview, warm-up and token view all go through this.
   * @param model opened with `head`
   * @param tuning null where it cannot be resolved, which is no matter of the rows
   * @param config with the settings that the lesson was opened with
   * @param sample rows that stand for those of the material
   * @throws AppError 'run-config-invalid' where the tuning leaves no room for a row
   */
  fit(model: Model, tuning: TakenPositions | null, config: TaskSettings, sample?: Material): FittedLesson;
}

export interface FittedLesson {
  /** @throws AppError 'rows-too-few', 'labels-all-masked', 'validation-missing', … */
  prepare(): PreparedData;
  /** What becomes of every row. @throws AppError 'column-missing', 'conversation-circular', 'conversations-too-long', 'validation-missing' */
  outcome(): RowOutcome;
  /** The first rows as the model sees them; none of which no tokens can be made. @throws as `outcome` */
  firstRows(count: number): RowView[];
  /** The rows, for who encodes them ahead of `prepare`. Absent where they are no text. */
  encodable?(): EncodableRows;
}

export interface EncodableRows {
  readonly training: readonly ExampleRow[];
  readonly validation: readonly ExampleRow[];
  /** What becomes of one row. */
  encode(row: ExampleRow): BuiltExample;
  /** How other threads do the same (`builtExample`). Absent: not worth their start. */
  readonly settings?: ExampleSettings;
}
