/**
 * What the run config allows and this version carries out, for every setting where that is not the same. A value
 * outside its row is refused with 'setting-unsupported'; whoever adds the feature deletes the row.
 */
export const supportedValues: Readonly<Record<string, readonly unknown[]>> = {
  'dataset.problem_type': ['instruction', 'text'],
  'dataset.system_column': [''],
  'dataset.parent_id_column': [''],
  'dataset.only_last_answer': [false],
  'dataset.limit_chained_samples': [false],
  'dataset.data_sample': [1],
  'augmentation.token_mask_probability': [0],
  'augmentation.neftune_noise_alpha': [0],
  'augmentation.skip_parent_probability': [0],
  'augmentation.random_parent_probability': [0],
  'architecture.intermediate_dropout': [0],
  'architecture.force_embedding_gradients': [false],
  'tuning.method': ['lora', 'ia3', 'prompt', 'prefix', 'p-tuning', 'vera', 'full'],
  'training.loss_function': ['TokenAveragedCrossEntropy'],
  'training.optimizer': ['AdamW'],
  'training.train_validation_data': [false],
};
