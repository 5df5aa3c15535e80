/** What is asked of the result of a run. */
import type { Benchmarked } from '../../benchmarks/results.ts';
import type { ServerKey } from '../../generation/chat-server.ts';
import type { ClassChance, Classification } from '../../tasks/answers.ts';
import type { Choice, ChosenPair, Tally } from '../../training/results/choices.ts';
import type { AnswerScore } from '../../training/run/events.ts';

/** A validation row answered before and after training. */
export interface AnsweredRow {
  readonly prompt: string;
  readonly expected: string;
  /** Of a pair of answers: the worse one, where `expected` is the better. */
  readonly rejected?: string;
  readonly base: string;
  readonly tuned: string;
  /** Of a classifier that says one class: its name. */
  readonly baseSaid?: string;
  readonly tunedSaid?: string;
  /** Null where the run's metric scores no answers. */
  readonly baseScore: number | null;
  readonly tunedScore: number | null;
  /** Whether it says what was expected; null where that cannot be said, as of a number. */
  readonly baseRight: boolean | null;
  readonly tunedRight: boolean | null;
}

export interface AnsweredTable {
  readonly rows: readonly AnsweredRow[];
  readonly base: AnswerScore | null;
  readonly tuned: AnswerScore | null;
}

export interface GenerationSettings {
  readonly maxNewTokens: number;
  readonly doSample: boolean;
  readonly temperature: number;
  readonly topK: number;
  readonly topP: number;
  readonly seed: number;
  readonly numBeams: number;
  readonly repetitionPenalty: number;
  readonly minNewTokens: number;
}

export type ChatSide = 'base' | 'tuned';

/** Two answers without a name: whose stands first is drawn. */
export interface BlindQuestion {
  readonly prompt: string;
  readonly answers: readonly [first: string, second: string];
}

/** What was chosen between answers without a name. */
export interface KeptChoices {
  readonly choices: readonly Choice[];
  readonly tallies: readonly Tally[];
  /** To learn from; without ties. */
  readonly pairs: readonly ChosenPair[];
}

export interface ChatRequests {
  /**
   * Generates for one side; the text streams as `chatToken` events with the same `requestId`. `runId` says whose
   * weights are the tuned ones and which prompt template is used; the run is loaded if it is not the one on the GPU.
   */
  chat: {
    params: {
      requestId: string;
      runId: string;
      side: ChatSide;
      messages: readonly { readonly role: 'user' | 'assistant'; readonly text: string }[];
      settings: GenerationSettings;
    };
    result: { text: string; tokens: number; seconds: number };
  };
  /** Asks both sides of a run that learned labels. */
  classify: {
    /** `textPair`: the second text, where the run learned pairs. */
    params: { runId: string; text: string; textPair?: string };
    result: { readonly base: Classification; readonly tuned: Classification };
  };
  /** What the published model and the run's say of a picture, the likeliest class first. */
  classifyPicture: {
    params: { runId: string; picture: Blob };
    result: Readonly<Record<ChatSide, readonly ClassChance[]>>;
  };
  /** Prompts of held-out rows to begin a conversation with; none where no row was held out. */
  suggestPrompts: { params: { runId: string }; result: { readonly prompts: readonly string[] } };
  /** Answers the validation rows of a run with both sides; told by `answered` events, ended by `stopChat`. */
  answerValidation: {
    params: { requestId: string; runId: string; settings: GenerationSettings };
    result: AnsweredTable;
  };
  /**
   * Asks both sides of a run that writes the questions of tasks in lm-evaluation-harness's format, chosen together with
   * their data; told by `benchmarked` events, ended by `stopChat`: what was done by then is the answer.
   */
  benchmark: {
    params: { requestId: string; runId: string; files: readonly File[] };
    result: readonly Benchmarked[];
  };
  /**
   * Asks a run's result, and the published model or another result of the same base, the same prompts, with one seed; told
   * by `blindAnswered` events, ended by `stopChat`.
   */
  askBlind: {
    params: {
      requestId: string;
      runId: string;
      /** Another result; null: the published model. */
      other: string | null;
      /** Null: of held-out rows that the two were not compared by yet, at most `count`. */
      prompts: readonly string[] | null;
      count: number;
      settings: GenerationSettings;
    };
    /** `prompts`: how many were asked, of which both answered `alike` the same. */
    result: { round: string; questions: readonly BlindQuestion[]; alike: number; prompts: number };
  };
  /** Keeps what was chosen of a question, counted from 0, of the round that was asked last. */
  chooseBlind: {
    params: { round: string; place: number; choice: 'first' | 'second' | 'tie' };
    result: Record<never, never>;
  };
  /** All choices that are kept with a run, or with the run of one evaluation. */
  readChoices: { params: { runId: string }; result: KeptChoices };
  stopChat: { params: { requestId: string }; result: Record<never, never> };
  /** Kept in memory only, until the page is closed. */
  setJudgeKey: { params: ServerKey; result: Record<never, never> };
}

export interface ChatEvents {
  chatToken: { requestId: string; text: string };
  benchmarked: { requestId: string; task: string; side: ChatSide; done: number; total: number };
  /** Answers of both models together. */
  blindAnswered: { requestId: string; done: number; total: number };
  answered: { requestId: string; side: ChatSide; done: number; total: number };
}
