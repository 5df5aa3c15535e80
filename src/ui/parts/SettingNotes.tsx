import { isRecipeKey, type RecipeKey, recipeValues, valueAt } from '../../training/config/recipes.ts';
import { useCommands, useStudio, useWords } from '../context.tsx';
import { numberInWords } from '../recipe-words.ts';
import { useFormat } from '../use-format.ts';
import { useWarnings } from '../use-warnings.ts';
import styles from './notes.module.css';

/** Below a setting: whether it follows from the rows or was set by hand, and whether it is far from what works. */
export function SettingNotes({ path }: { path: string }) {
  return (
    <>
      {isRecipeKey(path) && <Origin path={path} />}
      {warned.includes(path) && <Warning path={path} />}
    </>
  );
}

const warned = ['training.learning_rate', 'tuning.lora_r', 'tokenizer.max_length'];

function Origin({ path }: { path: RecipeKey }) {
  const words = useWords().recipes;
  const { backToRecipe } = useCommands();
  const show = useValueWords();
  const { config, own, facts } = useStudio(({ config, own, facts }) => ({ config, own, facts }));
  const { recipe } = config.training;
  if (recipe === 'none' || !facts) return null;
  const others = new Set(own.filter((key) => key !== path));
  const value = recipeValues(recipe, facts, config, others)[path];
  if (value === undefined) return null;
  if (!own.includes(path)) {
    const why = words.why[path.slice(path.indexOf('.') + 1) as keyof typeof words.why];
    return (
      <div className={styles.origin} data-origin="recipe">
        {words.ofRecipe}: {why}
      </div>
    );
  }
  return (
    <div className={styles.origin} data-origin="own">
      {words.byHand}
      {value !== valueAt(config, path) && (
        <button type="button" className={styles.back} onClick={() => backToRecipe(path)} data-testid={`back-${path}`}>
          {words.back(show(value))}
        </button>
      )}
    </div>
  );
}

function Warning({ path }: { path: string }) {
  const words = useWords().recipes;
  const format = useFormat();
  const { set } = useCommands();
  const found = useWarnings().find(({ key }) => key === path);
  if (!found) return null;
  const { kind, weight, value, works } = found;
  const show = (n: number) => numberInWords(n, format);
  const [section, key] = path.split('.') as ['training', 'learning_rate'];
  return (
    <div className={styles.warning} data-weight={weight} data-warning={kind}>
      {words.warnings[kind](show(value), show(works))}{' '}
      <button type="button" className={styles.back} onClick={() => set(section, key, works)}>
        {words.use(show(works))}
      </button>
    </div>
  );
}

/** A value as its field shows it. */
function useValueWords(): (value: unknown) => string {
  const { choices } = useWords();
  const format = useFormat();
  return (value) => {
    if (typeof value === 'number') return numberInWords(value, format);
    if (typeof value === 'boolean') return value ? '✓' : '–';
    return choices[String(value)] ?? String(value);
  };
}
