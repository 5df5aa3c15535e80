import { type RecipeFacts, recipeFigures } from '../training/config/recipes.ts';
import type { RunConfig } from '../training/config/run-config.ts';
import type { Format } from './format.ts';
import type { Messages } from './text/en.ts';

/** "10 epochs, rate 2e-4, batch 4, length 160, 6 rows held back" */
export function figuresInWords(
  config: RunConfig,
  facts: RecipeFacts,
  { recipes: { figures: words } }: Messages,
  format: Format,
): string {
  const { epochs, steps, rate, batch, accumulation, length, held } = recipeFigures(config, facts);
  const { count } = format;
  const parts = [
    steps === null ? words.epochs(String(epochs)) : words.steps(count(steps)),
    words.rate(numberInWords(rate, format)),
    accumulation === 1 ? words.batch(count(batch)) : words.accumulated(count(batch), count(accumulation)),
    ...(length === null ? [] : [words.length(count(length))]),
    ...(held === null ? [] : [words.held(count(held))]),
  ];
  return parts.join(words.separator);
}

/** A number as its field shows it. */
export const numberInWords = (value: number, format: Format): string =>
  value !== 0 && Math.abs(value) < 1e-3 ? format.rate(value) : String(value);

/** "for 60 rows of about 90 tokens" */
export const basisInWords = ({ rows, lengths }: RecipeFacts, { recipes }: Messages, { count }: Format): string =>
  lengths ? recipes.forRows(count(rows), count(lengths.mean)) : recipes.forImages(count(rows));

/** What a run of so many steps comes to, and how long it takes. */
export const costInWords = (
  steps: number | null,
  seconds: number | null,
  { card, recipes }: Messages,
  format: Format,
): string => recipes.cost(card.steps(format.count(steps)), format.duration(seconds));
