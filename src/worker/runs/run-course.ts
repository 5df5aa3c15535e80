/**
 * The course of a run in this tab, from the moment it is asked for until it is over: its states, and the named
 * transitions between them. While it loses its device it remembers whether it is to go on, to pause or to stop.
 */
const course = {
  starting: { begin: 'training', giveUp: 'over' },
  training: { pause: 'pausing', stop: 'stopping', lose: 'recovering', end: 'over' },
  pausing: { halt: 'paused', continue: 'training', stop: 'stopping', lose: 'recoveringToPause', end: 'over' },
  paused: { continue: 'training', stop: 'stopping', lose: 'recoveringToPause', end: 'over' },
  stopping: { lose: 'recoveringToStop', end: 'over' },
  recovering: { renew: 'training', pause: 'recoveringToPause', stop: 'recoveringToStop', end: 'over' },
  recoveringToPause: { renew: 'pausing', continue: 'recovering', stop: 'recoveringToStop', end: 'over' },
  recoveringToStop: { renew: 'stopping', end: 'over' },
  over: {},
} as const;

/** Every transition with the state that it goes from. */
export const ways: readonly string[] = Object.entries(course).flatMap(([state, transitions]) =>
  Object.keys(transitions).map((transition) => `${state} ${transition}`),
);

export type RunState = keyof typeof course;
type Transitions = { [S in RunState]: keyof (typeof course)[S] };
export type RunTransition = Transitions[RunState];

export class RunCourse {
  private at: RunState = 'starting';

  get state(): RunState {
    return this.at;
  }

  get isOver(): boolean {
    return this.at === 'over';
  }

  /** Whether its device was lost, and the next one is not there yet. */
  get isRecovering(): boolean {
    return this.at.startsWith('recovering');
  }

  /** Goes on to the next state, where there is such a way from this one. @returns whether there is */
  go(transition: RunTransition): boolean {
    const next = (course[this.at] as Partial<Record<RunTransition, RunState>>)[transition];
    if (next === undefined) return false;
    this.at = next;
    return true;
  }
}
