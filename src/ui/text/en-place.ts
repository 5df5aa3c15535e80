import { plural } from './plural.ts';

/** Coming back: interrupted runs, the set-up of the last visit, other tabs, and where things are kept. */
export const placeEn = {
  place: {
    interrupted: (name: string) => `Training of ${name} was interrupted`,
    savedAt: (step: string, total: string) => `Saved at step ${step} of ${total}; it resumes exactly there.`,
    unsaved: 'It had not reached its first checkpoint and will start from step 0.',
    resume: 'Resume',
    view: 'View',
    later: 'Not now',
    restoring: (names: string) => `Restoring your last setup: ${names}…`,
    restored: (names: string) => `Your last setup is restored: ${names}.`,
    settings: 'settings',
    startOver: 'Start afresh',
    close: 'OK',
    missing: {
      model: (name: string) => `The model ${name} is not open.`,
      table: (name: string) => `The data ${name} is not open.`,
      validation: (name: string) => `The validation data ${name} is not open.`,
      adapter: (name: string) => `The adapter ${name} is not open.`,
    },
    openFolder: 'Open the folder again',
    download: 'Download',
    chooseFolder: (name: string) => `Choose the folder ${name}`,
    chooseFile: (name: string) => `Choose ${name}`,
    gone: 'This run is not here',
    goneWhy: (id: string) =>
      `No run ${id} is kept here. It was deleted, or it is in another browser or another folder.`,
    newRun: 'New run',
    allRuns: 'Show all runs',
    nextRun: 'Set up the next run',
    backToRun: 'Back to the run under way',
    elsewhere: 'Trains in another tab',
    elsewhereWhy:
      'Pause, stop or rename it in that tab. Once it has ended or the tab is closed, you can resume it here.',
    persistAhead:
      'Runs are saved in this browser. With the first one, Atelier asks the browser not to clear them when the disk fills up.',
    persisted: 'The browser will not clear them by itself.',
    notPersisted: 'The browser may clear them when the disk fills up: export the runs you want to keep.',
  },
  runList: {
    name: 'Run',
    state: 'Status',
    method: 'Method',
    rate: 'Learning rate',
    rows: 'Rows',
    steps: 'Steps',
    evalLoss: 'Validation loss',
    created: 'Date',
    filter: 'Filter runs',
    none: 'No run matches.',
    sortBy: (column: string) => `Sort by ${column}`,
    count: (n: string) => plural(n, 'run', 'runs'),
    use: 'Chat with it',
    trainOn: 'Train on from here',
    reuse: 'New run with these settings',
  },
};
