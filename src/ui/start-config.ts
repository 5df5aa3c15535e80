import { defaultRunConfig, type RunConfig } from '../training/config/run-config.ts';

/** The form of a first visit. */
export const startConfig: RunConfig = {
  ...defaultRunConfig,
  training: { ...defaultRunConfig.training, recipe: 'balanced' },
};
