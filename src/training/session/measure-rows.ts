/** What recipes must know of the rows, before any setting of their length or their split is chosen. */
import { wholeLengthOf } from '../../data/examples.ts';
import { elementCount } from '../../graph/types.ts';
import type { Model } from '../../models/model.ts';
import { isOpenedFor, reopened } from '../../models/opened-for.ts';
import { type Material, sampleOf } from '../../tasks/material.ts';
import type { RowOutcome } from '../../tasks/prepared.ts';
import { taskOf } from '../../tasks/registry.ts';
import type { RecipeFacts, RowLengths } from '../config/recipes.ts';
import { defaultRunConfig, type RunConfig, settings } from '../config/run-config.ts';
import type { SettingName, Settings } from '../config/stage.ts';

/** What is read of the settings: nothing that a recipe sets, so that no recipe changes what it follows from. */
type DatasetKey = Exclude<
  keyof RunConfig['dataset'],
  'validation_size' | 'validation_strategy' | 'validation_dataframe'
>;
const splitKeys: readonly string[] = ['validation_size', 'validation_strategy', 'validation_dataframe'];
const datasetKeys = Object.keys(settings.dataset).filter((key) => !splitKeys.includes(key)) as DatasetKey[];

export const measuredSettings: readonly (`dataset.${DatasetKey}` | 'training.loss_function')[] = [
  ...datasetKeys.map((key) => `dataset.${key}` as const),
  'training.loss_function',
];
export type MeasuredSettings = Settings<(typeof measuredSettings)[number] & SettingName>;

/** Characters that are made tokens of, of a large table: lengths of some hundred rows tell those of all, and the longest are looked at beside them. */
const measuredCharacters = 1 << 18;

/** Longer than any row; what the model has no place for is cut, and counted all the same. */
const withoutLimit = 1 << 24;

/**
 * The facts of a model and the open rows. Of a large table a sample is measured.
 * @param published the model as its files are, or opened with any head
 * @throws AppError of the task's `open`, and of reading the rows
 */
export function measureRows(given: MeasuredSettings, material: Material, published: Model): RecipeFacts {
  const config = wholeRows(given);
  const task = taskOf(config);
  const lesson = task.open(material, config, published);
  const isOpened = isOpenedFor(published, lesson.head);
  const model = isOpened ? published : reopened(published, lesson.head);
  const { sample, scale, longest } = sampleOf(material, config.dataset.parent_id_column !== '', measuredCharacters);
  const outcome = lesson.fit(model, null, config, sample).outcome();
  const long = longest && lesson.fit(model, null, config, longest).outcome();
  return {
    rows: Math.round(scale * outcome.counts.training),
    lengths: task.unit === 'tokens' ? lengthsOf(outcome, long) : null,
    learnsLabels: lesson.labels !== null,
    ...modelFacts(model),
  };
}

/** What recipes and warnings know of a model. */
export const modelFacts = (model: Model): Pick<RecipeFacts, 'parameters' | 'hiddenSize' | 'reach'> => ({
  parameters: model.parameters.reduce((sum, { shape }) => sum + elementCount(shape), 0),
  hiddenSize: model.hiddenSize,
  reach: 'tablePositions' in model ? model.tablePositions : null,
});

/** The same settings with no row held back and none cut. */
function wholeRows({ dataset, training }: MeasuredSettings): RunConfig {
  const all = defaultRunConfig;
  const whole = { max_length: withoutLimit, max_length_prompt: 0, max_length_answer: 0, packing: false };
  return {
    ...all,
    dataset: { ...all.dataset, ...dataset, validation_strategy: 'none' },
    tokenizer: { ...all.tokenizer, ...whole },
    training: { ...all.training, ...training },
    environment: { ...all.environment, seed: 0 },
  };
}

const wholeLengths = ({ trainExamples }: RowOutcome): number[] =>
  Array.from(trainExamples.examples, wholeLengthOf).sort((a, b) => a - b);

function lengthsOf(outcome: RowOutcome, longest: RowOutcome | null): RowLengths | null {
  const lengths = wholeLengths(outcome);
  const last = longest ? wholeLengths(longest).at(-1) : undefined;
  if (lengths.length === 0) return null;
  const at = (share: number) => lengths[Math.ceil(share * lengths.length) - 1]!;
  const mean = lengths.reduce((sum, length) => sum + length, 0) / lengths.length;
  return { mean: Math.round(mean), median: at(0.5), high: at(0.98), longest: Math.max(lengths.at(-1)!, last ?? 0) };
}
