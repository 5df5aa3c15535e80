import { judgedLosses } from '../../tasks/judged/losses.ts';
import { preferenceLosses } from '../../tasks/preference/losses.ts';
import { recipeNames } from './recipe-constants.ts';
import { choice, number, toggle, whole } from './setting.ts';

export const training = {
  recipe: choice(['none', ...recipeNames], 'none', {
    meaning:
      'Settings that are left out follow from the rows and the model (docs/recipes.md) instead of having their defaults: epochs, learning rate, batch, length, rows held back, warm-up, clipping, evaluations, rank. What a file says is never replaced.',
  }),
  loss_function: choice(
    [
      ...([
        'TokenAveragedCrossEntropy',
        'SampleAveragedCrossEntropy',
        'CrossEntropy',
        'BinaryCrossEntropy',
        'MSE',
        'MultipleNegativesRankingLoss',
        'CosineSimilarityLoss',
      ] as const),
      ...preferenceLosses,
      ...judgedLosses,
    ],
    'TokenAveragedCrossEntropy',
    {
      meaning: `Mean over the learned tokens of an accumulation window, or over its examples of their own means. Of labels: CrossEntropy one class a row, BinaryCrossEntropy several, MSE a number; the default stands for the usual one. Of preferences, the mean over pairs: ${preferenceLosses.join(', ')}. Of judged answers ${judgedLosses.join(', ')}. Of texts that belong together MultipleNegativesRankingLoss, of pairs with a score CosineSimilarityLoss: the usual ones there.`,
    },
  ),
  beta: number(0.1, {
    form: [0.01, 1, 0.01],
    valid: [1e-6, 1000],
    meaning:
      'Of preferences. DPO, KTO and APOZero: how strongly the model is held to the one before training. ORPO: weight of the preference beside the likelihood. SimPO: scale of the margin, usually 2.',
  }),
  label_smoothing: number(0, {
    form: [0, 0.45, 0.05],
    valid: [0, 0.499],
    meaning:
      'Of preferences: share of pairs whose two answers are taken to be the wrong way round (DPO, DPORobust, SimPO).',
  }),
  simpo_gamma: number(0.5, {
    form: [0, 2, 0.1],
    valid: [0, 1000],
    meaning:
      'Of SimPO: by how much the reward of the chosen answer is to be ahead, where a reward is beta times the mean log-probability of a token.',
  }),
  cpo_alpha: number(0, {
    form: [0, 1, 0.1],
    valid: [0, 1000],
    meaning:
      'Of SimPO: how much the likelihood of the chosen answer counts beside the comparison (CPO-SimPO). 0 is SimPO alone.',
  }),
  desirable_weight: number(1, {
    form: [0.05, 4, 0.05],
    valid: [1e-6, 1000],
    meaning:
      'Of KTO and APOZero: what the loss of a good answer counts for. With the numbers of both kinds, good answers should weigh 1 to 4/3 times as much as bad ones.',
  }),
  undesirable_weight: number(1, {
    form: [0.05, 4, 0.05],
    valid: [1e-6, 1000],
    meaning: 'Of KTO and APOZero: what the loss of a bad answer counts for.',
  }),
  optimizer: choice(['AdamW', 'Adam', 'AdamW8bit', 'SGD', 'RMSprop', 'Adadelta'], 'AdamW', {
    meaning: 'The update rule, as PyTorch defines it; AdamW8bit as bitsandbytes does.',
    elsewhere: 'optim (HF)',
  }),
  adam_beta1: number(0.9, {
    form: [0, 0.999, 0.01],
    valid: [0, 0.999999],
    meaning: 'β₁ of AdamW, Adam and AdamW8bit: how long the mean of the gradients remembers.',
  }),
  adam_beta2: number(0.999, {
    form: [0, 0.9999, 0.001],
    valid: [0, 0.999999],
    meaning: 'β₂ of the same: how long the mean of their squares remembers.',
  }),
  adam_epsilon: number(1e-8, {
    form: [1e-12, 0.1, 1e-8],
    valid: [1e-20, 1],
    meaning: 'ε of the same: added to the root of the squares, so that none is divided by zero.',
  }),
  learning_rate: number(1e-4, {
    form: [1e-7, 0.1, 1e-6],
    meaning: 'Peak learning rate. LoRA: 2e-4 to 5e-3; full: 1e-5 to 1e-3, the more the smaller the model.',
  }),
  batch_size: whole(2, {
    form: [1, 256, 1],
    valid: [1, 4096],
    meaning: 'Rows a micro-step; with packing, packed rows.',
    elsewhere: 'per_device_train_batch_size (HF)',
  }),
  grad_accumulation: whole(1, {
    form: [1, 256, 1],
    valid: [1, 4096],
    meaning: 'Micro-steps an update.',
    elsewhere: 'gradient_accumulation_steps (HF)',
  }),
  epochs: number(1, {
    form: [0, 100, 1],
    valid: [0, 1e6],
    meaning: 'Passes over the data; 0 evaluates only.',
    elsewhere: 'num_train_epochs (HF)',
  }),
  max_steps: whole(0, {
    form: [0, 100000, 1],
    valid: [0, 1e9],
    meaning: 'Updates to do; above 0 it replaces epochs.',
  }),
  shuffle: toggle(true, { meaning: 'A new order of rows each epoch.' }),
  drop_last_batch: toggle(true, {
    meaning: 'Leave out the last batch of an epoch when it is short.',
    elsewhere: 'dataloader_drop_last (HF)',
  }),
  schedule: choice(['Cosine', 'Linear', 'Constant'], 'Cosine', {
    meaning: 'How the learning rate falls after the warm-up.',
    elsewhere: 'lr_scheduler_type (HF)',
  }),
  min_learning_rate_ratio: number(0, {
    form: [0, 1, 0.01],
    valid: [0, 1],
    meaning: 'The schedule ends at this share of learning_rate.',
  }),
  warmup_steps: whole(0, { form: [0, 10000, 1], meaning: 'Updates of linear warm-up; comes before the two below.' }),
  warmup_ratio: number(0, { form: [0, 1, 0.01], valid: [0, 1], meaning: 'Warm-up as a share of all updates.' }),
  warmup_epochs: number(0, { form: [0, 10, 0.05], meaning: 'Warm-up in epochs.' }),
  weight_decay: number(0, {
    form: [0, 1, 0.01],
    meaning: 'Weight decay: decoupled with AdamW, added to the gradient with the others; never on biases and norms.',
  }),
  gradient_clip: number(0, {
    form: [0, 100, 0.1],
    meaning: 'Largest global gradient norm; 0 = no clipping.',
    elsewhere: 'max_grad_norm (HF)',
  }),
  save_checkpoint: choice(['last', 'best', 'each_evaluation_epoch', 'disable'], 'last', {
    meaning: 'Which weights are kept: of the last step, or of the best validation loss.',
    elsewhere: 'save_best_checkpoint (H2O)',
  }),
  evaluation_epochs: number(1, { form: [0.01, 100, 0.01], valid: [0, 1e6], meaning: 'Epochs between evaluations.' }),
  evaluate_before_training: toggle(false, { meaning: 'Evaluate once before the first step.' }),
  train_validation_data: toggle(false, { meaning: 'Train on the validation rows as well.' }),
  early_stopping_patience: whole(0, {
    form: [0, 100, 1],
    meaning: 'Stop after so many evaluations without a better loss; 0 = never.',
  }),
  forgetting_limit: number(0, {
    form: [0, 10, 0.1],
    meaning:
      'Stop after an evaluation at which the general texts of forgetting_check are further than this from the published model (quantised as model.weights says), in nats a token; 0 = never.',
  }),
};
