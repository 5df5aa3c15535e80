import { isRecipeKey } from '../../training/config/recipes.ts';
import type { RunConfig } from '../../training/config/run-config.ts';
import { followingRecipe } from '../own-settings.ts';
import type { Studio, StudioStore } from '../store.ts';

/** Choosing a recipe, and giving settings back to it. */
export function recipeCommands(store: StudioStore, refresh: () => void) {
  const follow = (patch: Partial<Studio>) => {
    store.setState((state) => {
      const next = { ...state, ...patch };
      return { ...patch, config: followingRecipe(next), startError: null };
    });
    refresh();
  };

  /** What the visitor set stays as it is. */
  function setRecipe(recipe: RunConfig['training']['recipe']) {
    const { config } = store.getState();
    follow({ config: { ...config, training: { ...config.training, recipe } } });
  }

  /** A setting follows from the rows again; without a key all of them do. */
  function backToRecipe(key?: string) {
    const { own, invalidFields } = store.getState();
    const isBack = (path: string) => (key === undefined ? isRecipeKey(path) : path === key);
    follow({ own: own.filter((path) => !isBack(path)), invalidFields: invalidFields.filter((path) => !isBack(path)) });
  }

  return { setRecipe, backToRecipe };
}
