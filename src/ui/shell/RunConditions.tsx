import { useEffect, useRef, useState } from 'react';
import { useCommands, useStudio, useWords } from '../context.tsx';
import parts from '../parts/parts.module.css';
import { isComputing } from '../store.ts';
import { useFormat } from '../use-format.ts';

/** What the Battery Status API gives; not every browser has it. */
interface Battery extends EventTarget {
  readonly charging: boolean;
  /** 0 to 1. */
  readonly level: number;
}

/** At this share of its charge a run is paused, so that its state is kept before the computer goes off. */
const lowCharge = 0.1;
/** Seconds in the background that are worth a word. */
const longAway = 10;

/** While a run computes: what slows it down or may end it, and what was done about that. */
export default function RunConditions() {
  return (
    <>
      <OnBattery />
      <WasAway />
    </>
  );
}

function OnBattery() {
  const words = useWords().place.conditions;
  const format = useFormat();
  const { pauseOrContinue } = useCommands();
  const battery = useBattery();
  const run = useStudio((state) => state.run);
  const [paused, setPaused] = useState<string | null>(null);
  const computing = isComputing(run);
  const isLow = battery !== null && !battery.charging && battery.level <= lowCharge;
  const id = run?.id ?? null;
  useEffect(() => {
    // Once for each run: a visitor who goes on all the same has been told.
    if (!isLow || !computing || paused === id) return;
    setPaused(id);
    void pauseOrContinue();
  }, [isLow, computing, paused, id, pauseOrContinue]);
  if (battery === null || battery.charging) return null;
  const charge = format.percent(battery.level);
  if (isLow && paused === id) return <Note testId="battery-paused" text={words.batteryPaused(charge)} />;
  return computing ? <Note testId="on-battery" text={words.battery(charge)} /> : null;
}

function useBattery(): { readonly charging: boolean; readonly level: number } | null {
  const [state, setState] = useState<{ charging: boolean; level: number } | null>(null);
  useEffect(() => {
    const { getBattery } = navigator as { getBattery?: () => Promise<Battery> };
    let end = () => {};
    let over = false;
    const follow = (battery: Battery) => {
      if (over) return;
      const take = () => setState({ charging: battery.charging, level: battery.level });
      const events = ['chargingchange', 'levelchange'];
      for (const event of events) battery.addEventListener(event, take);
      end = () => {
        for (const event of events) battery.removeEventListener(event, take);
      };
      take();
    };
    // A policy may forbid it: then nothing is known, and nothing said.
    getBattery?.call(navigator).then(follow, () => {});
    return () => {
      over = true;
      end();
    };
  }, []);
  return state;
}

/** How long a run went on in a tab that nobody saw, which browsers slow down, and how far it came. */
function WasAway() {
  const words = useWords().place.conditions;
  const format = useFormat();
  const run = useStudio((state) => state.run);
  const now = useRef(run);
  now.current = run;
  const [away, setAway] = useState<{ readonly id: string; readonly seconds: number; readonly steps: number } | null>(
    null,
  );
  useEffect(() => {
    let left: { readonly id: string; readonly time: number; readonly step: number } | null = null;
    const look = () => {
      const run = now.current;
      if (document.visibilityState === 'hidden') {
        left = run && isComputing(run) ? { id: run.id, time: Date.now(), step: run.step } : null;
        return;
      }
      const seconds = left ? (Date.now() - left.time) / 1000 : 0;
      if (left && run?.id === left.id && seconds >= longAway) {
        setAway({ id: left.id, seconds, steps: run.step - left.step });
      }
      left = null;
    };
    document.addEventListener('visibilitychange', look);
    return () => document.removeEventListener('visibilitychange', look);
  }, []);
  if (away === null || away.id !== run?.id || !isComputing(run)) return null;
  return <Note testId="was-away" text={words.away(format.duration(away.seconds), format.count(away.steps))} />;
}

function Note({ text, testId }: { text: string; testId: string }) {
  return (
    <div className={parts.notice} role="status" data-testid={testId}>
      {text}
    </div>
  );
}
