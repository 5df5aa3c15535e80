import { toAppError } from '../../errors.ts';
import type { RunConfig, SectionName } from '../../training/config/run-config.ts';
import type { Client } from '../../worker/client.ts';
import type { RunDetail, SweepGiven, SweepPrice, SweepView } from '../../worker/protocol.ts';
import { blocking, preflight } from '../checks.ts';
import { notifySweepEnd } from '../notify-end.ts';
import { nothingViewed, type StudioStore } from '../store.ts';

interface Around {
  /** A run that the worker began becomes the live one. */
  readonly adopt: (detail: RunDetail) => void;
  readonly whenLoaded: () => Promise<void>;
  readonly loadConfig: (blob: Blob, file: string) => Promise<unknown>;
  readonly takeConfig: (config: RunConfig) => void;
}

/** Several runs as one thing: priced, started, paused, resumed and looked at. */
export function sweepCommands(
  store: StudioStore,
  client: Client,
  { adopt, whenLoaded, loadConfig, takeConfig }: Around,
) {
  client.on('sweep', show);
  client.on('sweepRun', adopt);

  function show(view: SweepView): void {
    const before = store.getState().sweeps.find(({ id }) => id === view.id);
    if (before?.state === 'running' && view.state !== 'running') notifySweepEnd(store.getState(), view);
    store.setState(({ sweeps }) => {
      const isKnown = sweeps.some(({ id }) => id === view.id);
      return { sweeps: isKnown ? sweeps.map((each) => (each.id === view.id ? view : each)) : [view, ...sweeps] };
    });
  }

  /** @returns whether it was done; else the page says why not */
  async function attempt(work: () => Promise<unknown>): Promise<boolean> {
    store.setState({ sweepError: null });
    try {
      await work();
      return true;
    } catch (thrown) {
      store.setState({ sweepError: toAppError(thrown) });
      return false;
    }
  }

  const listSweeps = () =>
    client.request('listSweeps', {}).then(
      (sweeps) => store.setState({ sweeps }),
      (thrown) => store.setState({ sweepError: toAppError(thrown) }),
    );

  /** What a sweep over the form would cost. @throws AppError as the worker does */
  const priceSweep = (given: SweepGiven): Promise<SweepPrice> =>
    client.request('priceSweep', { given, config: store.getState().config });

  const startSweep = (given: SweepGiven) =>
    attempt(async () => {
      await whenLoaded();
      if (blocking(preflight(store.getState())).length > 0) return;
      show(await client.request('startSweep', { given, config: store.getState().config }));
      store.setState({ ...nothingViewed, startError: null });
    });

  const resumeSweep = (sweepId: string) => attempt(async () => show(await client.request('resumeSweep', { sweepId })));

  const pauseSweep = () => attempt(() => client.request('pauseSweep', {}));

  const deleteSweep = (sweepId: string) =>
    attempt(async () => {
      await client.request('deleteSweep', { sweepId });
      store.setState(({ sweeps }) => ({ sweeps: sweeps.filter(({ id }) => id !== sweepId) }));
    });

  /** The sweep of a file; where it holds a run config, the form becomes that. @throws AppError as reading it does */
  async function readSweepFile(blob: Blob, file: string): Promise<SweepGiven> {
    const { given, config } = await client.request('readSweepFile', { text: await blob.text(), file });
    if (config) await loadConfig(new Blob([JSON.stringify(config)]), 'run.json');
    return given;
  }

  const writeSweepFile = async (given: SweepGiven): Promise<string> =>
    (await client.request('writeSweepFile', { given, config: store.getState().config })).text;

  /** The settings of one run of a sweep, by key, in the form. */
  function takeSettings(values: Readonly<Record<string, unknown>>): void {
    const config = { ...store.getState().config } as Record<string, object>;
    for (const [key, value] of Object.entries(values)) {
      const [section, name] = key.split('.') as [SectionName, string];
      config[section] = { ...config[section], [name]: value };
    }
    takeConfig(config as unknown as RunConfig);
  }

  return {
    ...{ listSweeps, priceSweep, startSweep, resumeSweep, pauseSweep, deleteSweep },
    ...{ readSweepFile, writeSweepFile, takeSettings },
  };
}
