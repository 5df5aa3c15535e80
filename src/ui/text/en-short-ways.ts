/** The words of short ways: what is asked before an own set-up is replaced, and what a loaded file offers. In English. */
export const shortWaysEn = {
  replace: {
    title: 'Replace your setup?',
    text: (names: string) =>
      `The example replaces ${names} and the settings. Your files and saved runs are not touched.`,
    keep: 'Keep mine',
    replace: 'Replace and train',
  },
  namedModel: {
    hub: (id: string) => `These settings are for ${id}, which is not loaded.`,
    open: (id: string) => `Load ${id}`,
    folder: (path: string) => `These settings are for the model in ${path}, which is not loaded. Choose its folder.`,
    choose: 'Choose a folder',
  },
};
