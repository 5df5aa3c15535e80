/** The words of image classification, in English. */

const plural = (n: string, one: string, many: string) => (n === '1' ? `${n} ${one}` : `${n} ${many}`);

export const picturesEn = {
  pictures: {
    lead: 'Pictures sorted into classes. The model learns to tell which class a picture shows.',
    drop: 'Drop a folder of pictures here',
    dropText:
      'One folder for each class, named after it, or a .zip of such folders. PNG, JPEG and what else the browser shows. The pictures stay on this computer.',
    chooseFolder: 'Choose a folder',
    chooseArchive: 'Choose a .zip',
    openTitle: 'Pictures',
    another: 'Open other pictures',
    count: 'Pictures',
    classes: 'Classes',
    split: 'Training and validation',
    splitCounts: (training: string, validation: string) => `${training} to train, ${validation} to validate`,
    classTitle: 'Pictures of each class',
    perClass: (n: string) => plural(n, 'picture', 'pictures'),
    samples: 'Some of them',
    size: 'Picture',
    sizeText: (side: string) => `${side} × ${side} pixels`,
    use: 'What does it show?',
    useText: 'The published model and the tuned one say what they see, side by side. It stays on this computer.',
    dropOne: 'Drop a picture here',
    chooseOne: 'Choose a picture',
    looking: 'Looking…',
    speed: 'Pictures a second',
    chance: 'Class and how sure the model is',
  },
};
