/** The values of `dataset.problem_type`: what a run can learn. Which task each belongs to `registry.ts` says. */
export const problemTypes = ['instruction', 'text', 'classification', 'regression', 'image-classification'] as const;

export type ProblemType = (typeof problemTypes)[number];
