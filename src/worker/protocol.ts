/**
 * What the page and the worker say to each other: types only. The page asks (`Requests`) and is told (`Events`). The
 * worker owns models, data, plans, runs and the GPU; the page receives plain data. Each domain says its part.
 */

import type { ErrorCode, ErrorParams } from '../errors.ts';
import type { ChatEvents, ChatRequests } from './chat/messages.ts';
import type { DataEvents, DataRequests } from './data/messages.ts';
import type { DeviceEvents, DeviceRequests } from './device/messages.ts';
import type { ExampleEvents, ExampleRequests } from './examples/messages.ts';
import type { MadeEvents, MadeRequests } from './made/messages.ts';
import type { ModelEvents, ModelRequests } from './models/messages.ts';
import type { PublishEvents, PublishRequests } from './publish/messages.ts';
import type { ResultRequests } from './results/messages.ts';
import type { RunEvents, RunRequests } from './runs/messages.ts';
import type { SweepEvents, SweepRequests } from './sweeps/messages.ts';
import type { TuningRequests } from './tuning/messages.ts';

export type { Benchmarked } from '../benchmarks/results.ts';
export type { Offer, TargetName } from '../exports/targets.ts';
export type { FoundModel, ModelFacts, SearchFilter } from '../files/hub.ts';
export type { SweepPrice } from '../sweeps/price.ts';
export type { Sweep } from '../sweeps/sweep.ts';
export type { SweepRow, SweepTable } from '../sweeps/table.ts';
export type { ClassChance, Classification } from '../tasks/answers.ts';
export type { HeldOut } from '../tasks/held-out.ts';
export type { Effect } from '../training/config/config-files/effects.ts';
export type { Note as ConfigNote, Reason as LeftOut } from '../training/config/config-files/foreign.ts';
export type { ConfigFile, ConfigFormat, ReadFormat } from '../training/config/config-files/read.ts';
export type { WeightNorms } from '../training/programs/inside.ts';
export type { ChosenPair, Tally } from '../training/results/choices.ts';
export type { RowDoubt, RowInfluence, RowLoss, Split, TokenLoss } from '../training/results/examples/table.ts';
export type { Action, Doubt, Finding, Note, SettingsPatch, Verdict } from '../training/results/verdict/verdict.ts';
export type { AnswerScore, Inside, SampleAnswer, StepMetrics } from '../training/run/events.ts';
export type { StepMemory } from '../training/session/step-memory.ts';
export type * from './chat/messages.ts';
export type * from './data/messages.ts';
export type * from './device/messages.ts';
export type * from './examples/messages.ts';
export type * from './made/messages.ts';
export type * from './models/messages.ts';
export type * from './publish/messages.ts';
export type * from './results/messages.ts';
export type * from './runs/messages.ts';
export type * from './sweeps/messages.ts';
export type * from './tuning/messages.ts';

/** What the page may ask: parameters and answer of each request. Every request may fail with an AppError. */
export interface Requests
  extends ChatRequests,
    DataRequests,
    DeviceRequests,
    ExampleRequests,
    MadeRequests,
    ModelRequests,
    PublishRequests,
    ResultRequests,
    RunRequests,
    SweepRequests,
    TuningRequests {}

export type RequestName = keyof Requests;

/** What the worker tells unasked. */
export interface Events
  extends ChatEvents,
    DataEvents,
    DeviceEvents,
    ExampleEvents,
    MadeEvents,
    ModelEvents,
    PublishEvents,
    RunEvents,
    SweepEvents {}

export type EventName = keyof Events;

export type ToWorker = {
  [R in RequestName]: { readonly id: number; readonly request: R; readonly params: Requests[R]['params'] };
}[RequestName];

export type FromWorker =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: { readonly code: ErrorCode; readonly params: ErrorParams } }
  | { [E in EventName]: { readonly event: E; readonly data: Events[E] } }[EventName];
