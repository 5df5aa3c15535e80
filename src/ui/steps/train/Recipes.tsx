import { Button } from '@mantine/core';
import { AppError } from '../../../errors.ts';
import { isRecipeKey, type RecipeName, recipeNames } from '../../../training/config/recipes.ts';
import { useCommands, useStudio, useWords } from '../../context.tsx';
import { followingRecipe } from '../../own-settings.ts';
import { Section } from '../../parts/Section.tsx';
import { basisInWords, costInWords, figuresInWords } from '../../recipe-words.ts';
import { type Candidate, type Estimates, useEstimates } from '../../use-estimates.ts';
import { useFormat } from '../../use-format.ts';
import styles from './recipes.module.css';

/** Three sets of settings that follow from the rows, each with what it comes to and what it costs; one click takes it. */
export function Recipes() {
  const words = useWords();
  const { config, own, facts, opened } = useStudio(({ config, own, facts, model, data }) => ({
    ...{ config, own, facts },
    opened: model.value !== null && data.value !== null,
  }));
  const candidates = recipeNames.map((id) => ({
    id,
    config: followingRecipe({ own, facts, config: { ...config, training: { ...config.training, recipe: id } } }),
  }));
  const estimates = useEstimates(candidates, facts !== null);
  return (
    <Section title={words.recipes.title}>
      {facts ? <RecipeLine /> : <p className="soft">{opened ? words.recipes.unread : words.recipes.waiting}</p>}
      <div className={styles.recipes}>
        {candidates.map((candidate) => (
          <RecipeCard key={candidate.id} candidate={candidate} estimates={estimates} />
        ))}
      </div>
      <OwnSettings />
    </Section>
  );
}

/** "Balanced, for 60 rows of about 90 tokens: 10 epochs, …" */
function RecipeLine() {
  const words = useWords();
  const format = useFormat();
  const { config, facts } = useStudio(({ config, facts }) => ({ config, facts }));
  const { recipe } = config.training;
  if (!facts) return null;
  const basis = basisInWords(facts, words, format);
  const figures = figuresInWords(config, facts, words, format);
  return (
    <p data-testid="recipe-line">
      {recipe === 'none' ? words.recipes.none : words.recipes.line(words.recipes.names[recipe], basis, figures)}
    </p>
  );
}

function RecipeCard({
  candidate: { id, config },
  estimates,
}: {
  readonly candidate: Candidate & { readonly id: RecipeName };
  readonly estimates: Estimates;
}) {
  const words = useWords();
  const format = useFormat();
  const { setRecipe } = useCommands();
  const { facts, chosen, perEpoch } = useStudio(({ facts, config, dataPreview }) => ({
    facts,
    chosen: config.training.recipe === id,
    perEpoch: dataPreview.value?.stepsPerEpoch || null,
  }));
  const estimate = estimates.get(id);
  const seconds = estimate === undefined || estimate instanceof AppError ? null : estimate.time.total;
  const { epochs, max_steps } = config.training;
  const steps = max_steps || (perEpoch && Math.ceil(epochs * perEpoch));
  return (
    <button
      type="button"
      className={styles.recipe}
      aria-pressed={chosen}
      onClick={() => setRecipe(id)}
      data-testid={`recipe-${id}`}
    >
      <b>{words.recipes.names[id]}</b>
      <span className="soft">{words.recipes.about[id]}</span>
      {facts && <span className={styles.figures}>{figuresInWords(config, facts, words, format)}</span>}
      {facts && (
        <span className={styles.cost}>
          {estimate === undefined ? words.recipes.costPending : costInWords(steps, seconds, words, format)}
        </span>
      )}
    </button>
  );
}

/** Settings that no recipe replaces, and the way to let it. */
function OwnSettings() {
  const words = useWords().recipes;
  const format = useFormat();
  const { backToRecipe } = useCommands();
  const count = useStudio(({ own, config }) =>
    config.training.recipe === 'none' ? 0 : own.filter(isRecipeKey).length,
  );
  if (count === 0) return null;
  return (
    <p className="soft" data-testid="own-settings">
      {words.own(format.count(count))}{' '}
      <Button variant="subtle" size="compact-sm" onClick={() => backToRecipe()}>
        {words.ownAll}
      </Button>
    </p>
  );
}
