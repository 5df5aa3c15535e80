import type { ExecutorName } from '../../plan/executor.ts';
import type { DeviceProfile } from '../../plan/profile.ts';
import { type AssumedSpeed, assumedCalibration, type Calibration, type Work } from '../../plan/rates.ts';
import { calibrate } from './calibrate.ts';
import type { RunTimes } from './run-times.ts';

/** Grows when kernels or what is kept change so much that old times mislead. */
const version = 1;
/** Runs that are kept of a device, and programs of a run: those that took longest. */
const mostRuns = 16;
const mostPrograms = 12;

/** Where the times of earlier runs are kept: plain data, whatever keeps it. */
export interface CalibrationStore {
  /** What was saved, or anything else where that is damaged or missing. */
  load(): Promise<unknown>;
  save(kept: unknown): Promise<void>;
}

interface Kept {
  readonly version: number;
  /** By name, that of the newest run last. */
  readonly devices: Readonly<Record<string, KeptDevice>>;
}

interface KeptDevice {
  /** What was assumed of it before the first run. */
  readonly assumed: AssumedSpeed;
  readonly runs: readonly RunTimes[];
}

/** Names a device in the store: what runs the programs, and what they may use of it. */
export const deviceKey = (executor: ExecutorName, description: string, features?: DeviceProfile['features']): string =>
  [executor, description, features?.f16 && 'f16', features?.subgroups && 'subgroups'].filter(Boolean).join(' · ');

/** What runs took on the devices of this computer. A store that cannot be read or written costs the memory, never a run. */
export class Calibrations {
  private devices: Kept['devices'] = {};
  private readonly made = new Map<string, { readonly from: KeptDevice; readonly calibration: Calibration }>();
  private loaded: Promise<void> | undefined;
  private saving: Promise<void> = Promise.resolve();

  constructor(private readonly store: CalibrationStore) {}

  /** undefined where no run has taught anything of the device. The same object until another run does. */
  async of(device: string): Promise<Calibration | undefined> {
    await this.load();
    const kept = this.devices[device];
    const known = this.made.get(device);
    if (kept === undefined || known?.from === kept) return known?.calibration;
    const calibration = calibrate(kept.runs, kept.assumed);
    this.made.set(device, { from: kept, calibration });
    return calibration;
  }

  /** The device of the newest run, of those that an executor names. */
  async newest(executor: ExecutorName): Promise<string | undefined> {
    await this.load();
    return Object.keys(this.devices).findLast((device) => device.startsWith(`${executor} · `));
  }

  /** Keeps the times of a run, in place of what it was told to have taken before, or an earlier one with its programs. */
  async learn(device: string, times: RunTimes, speed: AssumedSpeed): Promise<void> {
    if (times.programs.length === 0) return;
    await this.load();
    const kept = shortened(times);
    const { [device]: before, ...others } = this.devices;
    const different = (before?.runs ?? []).filter(
      (each) => each.run !== kept.run && signature(each) !== signature(kept),
    );
    const { software, flopsPerSecond, bytesPerSecond } = speed;
    const assumed = { software, flopsPerSecond, bytesPerSecond };
    this.devices = { ...others, [device]: { assumed, runs: [...different, kept].slice(-mostRuns) } };
    this.saving = this.saving.then(() => this.store.save({ version, devices: this.devices })).catch(() => {});
    await this.saving;
  }

  private load(): Promise<void> {
    this.loaded ??= this.store
      .load()
      .catch(() => undefined)
      .then((found) => {
        this.devices = readKept(found);
      });
    return this.loaded;
  }
}

const signature = ({ programs }: RunTimes): string => JSON.stringify(programs.map(({ work }) => work));

function shortened(times: RunTimes): RunTimes {
  const longest = <T extends { seconds: number }>(all: readonly T[]): T[] =>
    [...all].sort((a, b) => b.seconds - a.seconds).slice(0, mostPrograms);
  return { ...times, programs: longest(times.programs), firsts: longest(times.firsts) };
}

/** Runs whose numbers are none are left out: what a store gives back is not trusted. */
function readKept(found: unknown): Kept['devices'] {
  const { version: written, devices } = (found ?? {}) as Partial<Kept>;
  if (written !== version || typeof devices !== 'object' || devices === null) return {};
  const valid = Object.entries(devices).flatMap(([device, kept]) => {
    const { assumed, runs } = (kept ?? {}) as KeptDevice;
    if (!isSpeed(assumed) || !Array.isArray(runs)) return [];
    const usable = runs.filter(isRun);
    return usable.length === 0 ? [] : [[device, { assumed, runs: usable }] as const];
  });
  return Object.fromEntries(valid);
}

const isSpeed = (speed: AssumedSpeed | undefined): boolean =>
  typeof speed?.software === 'boolean' && speed.flopsPerSecond > 0 && speed.bytesPerSecond > 0;

const isAmount = (value: unknown): boolean => typeof value === 'number' && Number.isFinite(value) && value >= 0;

const workKinds = Object.keys(
  assumedCalibration({ software: true, flopsPerSecond: 1, bytesPerSecond: 1 }).work,
) as (keyof Work)[];

function isRun(run: unknown): run is RunTimes {
  const { programs, firsts, saving, ...amounts } = (run ?? {}) as RunTimes;
  const areTimed = (timed: unknown): boolean =>
    Array.isArray(timed) &&
    timed.every((each) => isAmount(each?.seconds) && workKinds.every((kind) => isAmount(each.work?.[kind])));
  const { run: began, kernels, preparing, planned, compiling, compilingAhead, loadedBytes, savedBytes } = amounts;
  return (
    [began, kernels, preparing, planned, compiling, compilingAhead, loadedBytes, savedBytes].every(isAmount) &&
    areTimed(programs) &&
    areTimed(firsts) &&
    (saving === null || [saving?.seconds, saving?.bytes].every(isAmount))
  );
}
