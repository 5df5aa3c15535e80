/** The verdict on a run, in English; the command line says the same. */
import type { Action, Doubt, Finding, HeldOut, Note } from '../../worker/protocol.ts';
import { changesOf, figure, percent, rate, rowsOf } from './verdict-figures.ts';

const rows = (count: number): string => `${count} held-out ${count === 1 ? 'row' : 'rows'}`;
const count = (many: number, one: string): string => `${many} ${many === 1 ? one : `${one}s`}`;

/** What held-out rows say of both sides; `range` is said right behind the share that it belongs to. */
function score(heldOut: HeldOut, range = ''): string {
  const { metric, tuned, base, blind, more } = heldOut;
  const beside = (say: (value: number) => string) => (base === null ? '' : `, the base ${say(base)}`);
  switch (metric) {
    case 'matches':
      return `${rowsOf(tuned, heldOut)} of ${heldOut.rows} held-out answers match${range}${beside((value) => rowsOf(value, heldOut))}`;
    case 'accuracy': {
      const f1 = more.macroF1 == null ? '' : `, macro F1 ${figure(more.macroF1)}`;
      const usual = `; the most common class alone would get ${rowsOf(blind, heldOut)}`;
      return `${rowsOf(tuned, heldOut)} of ${rows(heldOut.rows)} are right${range}${f1}${beside((value) => rowsOf(value, heldOut))}${usual}`;
    }
    case 'words':
      return `${percent(tuned)} of the tags of ${rows(heldOut.rows)} are right${beside(percent)}`;
    case 'f1':
      return `F1 ${figure(tuned)} on ${rows(heldOut.rows)}${beside(figure)}`;
    case 'r2':
      return `R² ${figure(tuned)} on ${rows(heldOut.rows)}${beside(figure)}; always predicting their mean gives 0`;
    case 'bleu':
      return `BLEU ${figure(tuned)} on ${heldOut.rows} held-out answers${beside(figure)}`;
    case 'judge':
      return `the judge gives ${heldOut.rows} held-out answers ${figure(tuned)} of 10${beside(figure)}`;
    case 'preferences':
      return `${rowsOf(tuned, heldOut)} of ${heldOut.rows} held-out pairs favour the chosen answer${range}${beside((value) => rowsOf(value, heldOut))} (by chance: half)`;
    case 'verdicts':
      return `${rowsOf(tuned, heldOut)} of ${heldOut.rows} held-out answers are told to be good or bad as they are labelled${range} (the more frequent label alone: ${rowsOf(blind, heldOut)})`;
    case 'found':
      return `${rowsOf(tuned, heldOut)} of ${heldOut.rows} held-out texts find their own match first${range}${beside((value) => rowsOf(value, heldOut))}`;
    case 'spearman':
      return `Spearman ${figure(tuned)} on ${heldOut.rows} held-out pairs${beside(figure)}`;
    case 'perplexity':
      return `perplexity ${figure(tuned)} on ${rows(heldOut.rows)}${beside(figure)}`;
  }
}

const scored = (heldOut: HeldOut | null, lead = ' '): string => (heldOut ? `${lead}${capital(score(heldOut))}.` : '');
const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

const doubts: Readonly<Record<Doubt, (rows: number) => string>> = {
  none: () => 'There is no validation set, so it cannot be told whether the model learned.',
  few: (held) => `${capital(rows(held))} ${held === 1 ? 'is' : 'are'} too few to tell whether the model learned.`,
  seen: () => 'Most held-out rows were also trained on: they cannot tell whether the model learned.',
  'held-one-class': () => 'All held-out rows have the same answer: they cannot tell whether the model learned.',
  'not-asked': () => 'Too few held-out rows were answered to tell whether the model learned.',
};

function sentence(finding: Finding): string {
  switch (finding.kind) {
    case 'learned':
    case 'partly': {
      const { interval } = finding;
      const range = interval ? ` (95% confidence interval ${percent(interval.low)} to ${percent(interval.high)})` : '';
      return `${finding.kind === 'learned' ? 'Learned' : 'Partly learned'}: ${score(finding.heldOut, range)}.`;
    }
    case 'not-yet': {
      const why =
        finding.rate === null
          ? `${count(finding.updates, 'update')} at this rate ${finding.updates === 1 ? 'is' : 'are'} too few`
          : `a learning rate of ${rate(finding.rate)} is too small`;
      return `Not learned yet: ${why}.${scored(finding.heldOut)}`;
    }
    case 'stuck':
      return `Nothing learned: after ${count(finding.updates, 'update')} the loss is ${figure(finding.loss.to)}, from ${figure(finding.loss.from)}. Check that the prompt columns contain what the answers depend on.`;
    case 'cut':
      return `Could not learn: ${finding.cut} of ${finding.rows} training rows were truncated at ${finding.length} tokens.`;
    case 'by-heart': {
      const kept = finding.kept ? 'the best was kept' : 'the last was kept';
      const why =
        finding.step === null ? 'held-out rows do not improve' : `validation rose after step ${finding.step}; ${kept}`;
      return `Overfitting: ${why}.${scored(finding.heldOut)}`;
    }
    case 'broke': {
      const what = finding.loss
        ? `the loss rose from ${figure(finding.loss.from)} to ${figure(finding.loss.to)}`
        : `the loss was NaN or infinite after step ${finding.step}`;
      return `Training diverged: ${what}.${finding.kept === null ? '' : ` The weights of step ${finding.kept} were kept.`}`;
    }
    case 'worse':
      return `Worse than the base: ${score(finding.heldOut)}.`;
    case 'base-as-good':
      return `No better than the base: ${score(finding.heldOut)}.`;
    case 'one-class':
      return 'All training rows have the same class: there is nothing to learn.';
    case 'cannot-tell':
      return `${doubts[finding.why](finding.rows)}${scored(finding.heldOut)}`;
    case 'loss-fell':
      return `The validation loss fell from ${figure(finding.loss.from)} to ${figure(finding.loss.to)}. Its answers were not tested.`;
    case 'stopped': {
      const loss = finding.loss
        ? `; the loss went from ${figure(finding.loss.from)} to ${figure(finding.loss.to)}`
        : '';
      return `Stopped at step ${finding.step} of ${finding.total}${loss}.`;
    }
    case 'untrained':
      return 'No training step was made: the model is unchanged.';
  }
}

const general = ({ divergence, perplexity: { from, to } }: Extract<Note, { readonly kind: 'forgot' | 'remembers' }>) =>
  `general texts are ${figure(divergence)} nats a token from the base, perplexity ${figure(from)} → ${figure(to)}`;

function note(found: Note): string {
  switch (found.kind) {
    case 'seen':
      return `${found.rows} of ${rows(found.of)} were also trained on: the score is too high.`;
    case 'cut':
      return `${found.cut} of ${found.rows} training rows were truncated at max length.`;
    case 'rose':
      return `Validation rose after step ${found.step}; the ${found.kept ? 'best' : 'last'} was kept.`;
    case 'out-of-patience':
      return `Stopped early at step ${found.step}: no lower validation loss in ${count(found.evaluations, 'evaluation')} (early_stopping_patience).`;
    case 'beyond-limit':
      return `Stopped early at step ${found.step}: general texts were ${figure(found.divergence)} nats a token from the base, beyond ${figure(found.limit)} (forgetting_limit).`;
    case 'kept':
      return `The weights of step ${found.step} of ${found.last} are kept: the best of those evaluated.`;
    case 'labels-shuffled':
      return 'Held-out rows do no better than the most common class: do the labels belong to their rows?';
    case 'remembers':
      return `Kept what it knew: ${general(found)}.`;
    case 'forgot':
      return `Forgot much of what it knew: ${general(found)}.`;
  }
}

const settingNames: Readonly<Record<string, (value: string) => string>> = {
  learning_rate: (value) => `at ${value}`,
  epochs: (value) => `for ${value} epochs`,
  max_length: (value) => `with max length ${value}`,
  save_checkpoint: () => 'and keep the best',
  validation_size: (value) => `with a validation split of ${percent(Number(value))}`,
};

function action(next: Action): string {
  switch (next.kind) {
    case 'chat':
      return 'Chat';
    case 'download':
      return 'Download';
    case 'resume':
      return 'Resume';
    case 'check-data':
      return 'Check the data';
    case 'add-rows':
      return 'Add rows';
    case 'answer-rows':
      return 'Run on validation set';
    case 'train-on':
      return `Continue training: ${count(next.epochs, 'epoch')}`;
    case 'again':
      return ['Again', ...changesOf(next.settings).flatMap(([key, value]) => settingNames[key]?.(value) ?? [])].join(
        ' ',
      );
  }
}

export const verdictEn = {
  title: 'Verdict',
  score,
  sentence,
  note,
  action,
  /** Under an action that is not plain from its name. */
  hint: (next: Action): string =>
    next.kind === 'train-on'
      ? 'Continues this run with more epochs; the learning rate rises again and falls to the new end.'
      : '',
  /** Of a result that says something of a text or a picture, in place of a chat. */
  tryIt: 'Try it',
};
