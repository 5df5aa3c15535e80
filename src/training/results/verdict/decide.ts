/** From what was seen of a run to the verdict on it. Nothing here knows which task it was. */
import { rowsThatTell } from '../../../data/split.ts';
import type { MetricsRecord } from '../../../files/run-records.ts';
import type { HeldOut } from '../../../tasks/held-out.ts';
import type { RunConfig } from '../../config/run-config.ts';
import { forgotTooMuch } from '../../run/forgetting-scores.ts';
import type { Outcome } from '../../run/outcome.ts';
import { againFaster, againGently, holdBack, isSmallRate, keepBest, longer, trainOn } from './advice.ts';
import { type Course, courseOf } from './course.ts';
import { signTest, wilson } from './statistics.ts';
import type { Action, Doubt, Finding, Note, Verdict } from './verdict.ts';

export interface RunEvidence {
  readonly config: RunConfig;
  readonly records: readonly MetricsRecord[];
  /** Null of runs of older versions, and of those that broke off without a word. */
  readonly outcome: Outcome | null;
  readonly totalSteps: number;
}

/** Null where only an error says why the run ended. */
export function verdictOf(evidence: RunEvidence): Verdict | null {
  const course = courseOf(evidence.records);
  const facts: Facts = { ...evidence, course };
  const finding = findingOf(facts);
  if (finding === null) return null;
  const actions = actionsOf(facts, finding);
  const isGentler = actions.some(({ kind }) => kind === 'again');
  const forgot = generalNote(facts)?.kind === 'forgot';
  return {
    finding,
    notes: notesOf(facts, finding),
    actions: forgot && !isGentler ? [...actions, againGently(facts)] : actions,
  };
}

interface Facts extends RunEvidence {
  readonly course: Course;
}

/** The chance of a result as good without learning, below which it counts as learned. */
const doubt = 0.05;

function findingOf(facts: Facts): Finding | null {
  const { outcome, course, totalSteps } = facts;
  const broken = brokenOf(facts);
  if (broken) return broken;
  if (outcome?.reason === 'failed') return null;
  if (outcome?.rows.classes === 1) return { kind: 'one-class' };
  if (course.updates === 0) return outcome ? { kind: 'untrained' } : null;
  const stopped = outcome ? outcome.reason === 'stopped' : course.updates < totalSteps;
  if (stopped) return { kind: 'stopped', step: course.updates, total: totalSteps, loss: course.loss };
  return (outcome?.heldOut && ofHeldOut(facts, outcome.heldOut, outcome)) ?? ofLoss(facts);
}

/** A loss that is no number, or that ends far above where it began, or most of the way back up. */
function brokenOf({ outcome, course, config }: Facts): Finding | null {
  const { loss, least, best, updates } = course;
  if (outcome?.code === 'loss-not-finite')
    return { kind: 'broke', step: outcome.step, loss: null, kept: keptStep(config, best) };
  if (!loss || !least || updates < 3) return null;
  const rose = loss.to > 1.5 * loss.from + 0.1;
  const returned = loss.to > 3 * least.loss + 0.1 && loss.to > 0.5 * loss.from && least.step < updates / 2;
  if (!rose && !returned) return null;
  const before = best && best.step <= least.step && best.step > 0 ? best : null;
  const from = Math.min(loss.from, least.loss);
  return { kind: 'broke', step: least.step, loss: { from, to: loss.to }, kept: keptStep(config, before) };
}

const keptStep = ({ training }: RunConfig, best: Course['best']): number | null =>
  training.save_checkpoint === 'best' ? (best?.step ?? null) : null;

/** What the answers to held-out rows say. */
function ofHeldOut(facts: Facts, heldOut: HeldOut, { rows }: Outcome): Finding {
  const doubtful = (why: Doubt): Finding => ({
    ...{ kind: 'cannot-tell', why, heldOut },
    rows: why === 'seen' ? rows.held : heldOut.rows,
  });
  if (rows.shared * 2 > rows.held) return doubtful('seen');
  if (heldOut.rows < rowsThatTell) return doubtful(rows.held < rowsThatTell ? 'few' : 'not-asked');
  if (heldOut.blind === 1) return doubtful('held-one-class');
  const { better, worse, base, tuned } = heldOut;
  const isBetter = isSure(better, worse) && (base === null || gainOf(heldOut, base, tuned) > 0);
  const interval = isShare(heldOut) ? wilson(tuned, heldOut.rows) : null;
  const rose = roseAfter(facts);
  if (isBetter && isGood(heldOut, tuned)) return { kind: 'learned', heldOut, interval };
  if (isSure(worse, better) && base !== null && gainOf(heldOut, base, tuned) < 0 && !isGood(heldOut, tuned))
    return rose === null ? { kind: 'worse', heldOut } : byHeart(facts, rose, heldOut);
  if (base !== null && heldOut.metric !== 'perplexity' && isGood(heldOut, base))
    return { kind: 'base-as-good', heldOut };
  if (isGood(heldOut, tuned) && heldOut.metric !== 'perplexity') return doubtful('few');
  if (rose !== null) return byHeart(facts, rose, heldOut);
  if (isBetter) return { kind: 'partly', heldOut, interval };
  return unlearned(facts, heldOut);
}

const isSure = (wins: number, losses: number): boolean => wins > 0 && signTest(wins, losses) < doubt;
const isShare = ({ metric }: HeldOut): boolean =>
  ['matches', 'accuracy', 'preferences', 'verdicts', 'found'].includes(metric);

/** How much better the second is than the first. */
const gainOf = ({ metric }: HeldOut, first: number, second: number): number =>
  metric === 'perplexity' ? Math.log(first) - Math.log(second) : second - first;

/** What is good enough to be called learned: of shares, this part of what lies above blind answers. */
const goodShare = 0.6;
/** Of the others. */
const good = { bleu: 30, judge: 7, r2: 0.5 };

function isGood({ metric, blind, base }: HeldOut, value: number): boolean {
  // Any text has a perplexity of its own: what counts is what became of it, in nats a token.
  if (metric === 'perplexity') return base !== null && Math.log(base) - Math.log(value) > 0.1;
  if (metric === 'bleu' || metric === 'judge' || metric === 'r2') return value >= good[metric];
  return (value - blind) / (1 - blind) >= goodShare;
}

/** A validation loss that rises by less is noise. */
const rise = 1.1;

/** The step after which the validation loss rose, while the training loss fell; null where it did not. */
function roseAfter({ course: { evaluated, best, loss } }: Facts): number | null {
  const last = evaluated.at(-1);
  if (!last || !best || !loss || best.step === last.step || loss.to > loss.from) return null;
  return last.loss > rise * best.loss + 0.02 ? best.step : null;
}

const byHeart = ({ config }: Facts, step: number | null, heldOut: HeldOut | null): Finding => ({
  kind: 'by-heart',
  step,
  kept: config.training.save_checkpoint === 'best',
  heldOut,
});

/** A loss that fell by less did not move. */
const moved = 0.9;
/** One that fell to less was learned, of whatever use that is. */
const learnedRows = 0.5;

/** The validation loss stayed far above that of the rows that were trained on. */
function isApart({ evaluated, loss }: Course): boolean {
  const last = evaluated.at(-1);
  return last !== undefined && loss !== null && last.loss > 1.5 * loss.to + 0.1;
}

/** Why held-out rows are answered no better than before. */
function unlearned(facts: Facts, heldOut: HeldOut | null): Finding {
  const { config, course, outcome } = facts;
  const { loss, updates } = course;
  const { cut = 0, training = 0 } = outcome?.rows ?? {};
  if (cut * 2 > training) return { kind: 'cut', cut, rows: training, length: config.tokenizer.max_length };
  const rate = isSmallRate(facts) ? config.training.learning_rate : null;
  if (loss && loss.to < learnedRows * loss.from && isApart(course)) return byHeart(facts, null, heldOut);
  if (loss && loss.to > moved * loss.from && rate === null && isLong(course)) return { kind: 'stuck', updates, loss };
  return { kind: 'not-yet', updates, rate, heldOut };
}

/** Long enough for a loss to fall that can. */
const isLong = ({ updates, stepsPerEpoch }: Course): boolean =>
  updates >= 100 && stepsPerEpoch !== null && updates / stepsPerEpoch >= 5;

/** Where no row was answered, the losses alone are left. */
function ofLoss(facts: Facts): Finding {
  const { course, outcome } = facts;
  const { evaluated, loss } = course;
  const [first, last] = [evaluated[0], evaluated.at(-1)];
  const rose = roseAfter(facts);
  if (rose !== null) return byHeart(facts, rose, null);
  if (loss && loss.to > moved * loss.from) return unlearned(facts, null);
  const held = outcome?.rows.held ?? (last ? null : 0);
  if (first && last && last.loss < moved * first.loss && (held === null || held >= rowsThatTell))
    return { kind: 'loss-fell', loss: { from: first.loss, to: last.loss } };
  const why = held === 0 ? 'none' : held !== null && held < rowsThatTell ? 'few' : 'not-asked';
  return { kind: 'cannot-tell', why, rows: held ?? 0, heldOut: null };
}

/** Cut rows are worth a word from this share on. */
const manyCut = 0.05;

function notesOf(facts: Facts, finding: Finding): Note[] {
  const { outcome, config, course } = facts;
  const notes: Note[] = [];
  if (outcome) {
    const { shared, held, cut, training } = outcome.rows;
    const saysSeen = finding.kind === 'cannot-tell' && finding.why === 'seen';
    if (shared > 0 && !saysSeen) notes.push({ kind: 'seen', rows: shared, of: held });
    if (cut > manyCut * training && finding.kind !== 'cut') notes.push({ kind: 'cut', cut, rows: training });
  }
  const early = earlyNote(facts);
  if (early) notes.push(early);
  const rose = finding.kind === 'learned' ? roseAfter(facts) : null;
  if (rose !== null) notes.push({ kind: 'rose', step: rose, kept: config.training.save_checkpoint === 'best' });
  const keeps = outcome && config.training.save_checkpoint === 'best' && outcome.resultStep < outcome.step;
  if (keeps && rose === null && finding.kind !== 'by-heart' && finding.kind !== 'broke')
    notes.push({ kind: 'kept', step: outcome.resultStep, last: outcome.step });
  if (finding.kind === 'by-heart' && looksShuffled(course, finding.heldOut)) notes.push({ kind: 'labels-shuffled' });
  const general = generalNote(facts);
  if (general) notes.push(general);
  return notes;
}

/** Which setting ended the run; null where none did. */
function earlyNote({ outcome, course: { general }, config }: Facts): Note | null {
  if (outcome?.reason !== 'stopped-early') return null;
  const { step } = outcome;
  const divergence = general.find((each) => each.step === step)?.divergence ?? null;
  return divergence !== null && forgotTooMuch(divergence, config)
    ? { kind: 'beyond-limit', step, divergence, limit: config.training.forgetting_limit }
    : { kind: 'out-of-patience', step, evaluations: config.training.early_stopping_patience };
}

/**
 * Beyond these a model has forgotten (docs/decisions.md): nats a token between it and the published model, and how much less
 * well it predicts general texts, as a factor on their perplexity.
 */
const [farApart, muchWorse] = [2, 1.25];

/** What became of general texts under the weights that are the result; null where they were not read. */
function generalNote({
  course: { general },
  outcome,
}: Facts): (Note & { readonly kind: 'forgot' | 'remembers' }) | null {
  const found = general.find(({ step }) => step === outcome?.resultStep) ?? general.at(-1);
  if (!found || found.step === 0) return null;
  const { divergence, perplexity } = found;
  const isLost = !(divergence <= farApart && perplexity.to <= muchWorse * perplexity.from);
  return { kind: isLost ? 'forgot' : 'remembers', divergence, perplexity };
}

/** Labels that nothing in the rows speaks for can only be learned by heart. */
function looksShuffled({ loss }: Course, heldOut: HeldOut | null): boolean {
  if (heldOut === null || loss === null || ['preferences', 'verdicts'].includes(heldOut.metric)) return false;
  if (heldOut.blind === 0 || !isShare(heldOut)) return false;
  return loss.to < 0.7 * loss.from && wilson(heldOut.tuned, heldOut.rows).low <= heldOut.blind;
}

const simple = (...kinds: readonly ('chat' | 'download' | 'resume' | 'check-data' | 'answer-rows')[]): Action[] =>
  kinds.map((kind) => ({ kind }));

function actionsOf(facts: Facts, finding: Finding): Action[] {
  const { config, outcome } = facts;
  switch (finding.kind) {
    case 'learned':
      return simple('chat', 'download');
    case 'partly':
      return [trainOn(facts), ...simple('chat', 'download')];
    case 'loss-fell':
      return simple('answer-rows', 'download');
    case 'not-yet':
      return [finding.rate === null ? trainOn(facts) : againFaster(facts)];
    case 'untrained':
      // A run that was stopped before its first update begins anew when it is resumed.
      return outcome?.reason === 'stopped' ? simple('resume') : [trainOn(facts)];
    case 'broke':
      return [againGently(facts), ...(finding.kept === null ? [] : simple('chat'))];
    case 'by-heart':
      return finding.kept || finding.step === null ? simple('check-data', 'chat') : [keepBest(), ...simple('chat')];
    case 'worse':
      return [againGently(facts), ...simple('chat')];
    case 'cut':
      return [longer(outcome?.rows.longest ?? 0), ...simple('check-data')];
    case 'base-as-good':
      return simple('chat', 'check-data');
    case 'stuck':
    case 'one-class':
      return simple('check-data');
    case 'cannot-tell':
      return finding.why === 'none' || finding.why === 'few'
        ? [
            ...(config.dataset.validation_strategy === 'custom'
              ? simple('check-data')
              : [holdBack(outcome?.rows ?? null)]),
            ...simple('chat'),
          ]
        : simple(finding.why === 'not-asked' ? 'answer-rows' : 'check-data', 'chat');
    case 'stopped':
      return [...(config.training.save_checkpoint === 'disable' ? [] : simple('resume')), ...simple('chat')];
  }
}
