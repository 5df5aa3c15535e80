/**
 * What the run config allows and this version carries out, for every setting where that is not the same. A value
 * outside its row is refused with 'setting-unsupported'; whoever adds the feature deletes the row.
 */
export const supportedValues: Readonly<Record<string, readonly unknown[]>> = {
  'dataset.problem_type': ['instruction', 'text', 'classification', 'regression', 'image-classification'],
  'architecture.intermediate_dropout': [0],
};
