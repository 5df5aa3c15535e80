import { plural } from './plural.ts';

/** The words of image classification, in English. */
export const picturesEn = {
  pictures: {
    lead: 'Images sorted into classes. The model learns to tell which class an image shows.',
    drop: 'Drop a folder of images here',
    dropText:
      'One folder per class, named after it, or a .zip of such folders. PNG, JPEG and other formats the browser supports. The images stay on this computer.',
    chooseFolder: 'Choose a folder',
    chooseArchive: 'Choose a .zip',
    openTitle: 'Images',
    another: 'Choose other images',
    count: 'Images',
    classes: 'Classes',
    split: 'Training and validation',
    splitCounts: (training: string, validation: string) => `${training} training · ${validation} validation`,
    classTitle: 'Images per class',
    perClass: (n: string) => plural(n, 'image', 'images'),
    samples: 'Samples',
    size: 'Image size',
    sizeText: (side: string) => `${side} × ${side} pixels`,
    use: 'Classify an image',
    useText: 'Predictions of the published and the tuned model, side by side. The image stays on this computer.',
    dropOne: 'Drop an image here',
    chooseOne: 'Choose an image',
    looking: 'Classifying…',
    speed: 'Images/s',
    chance: 'Class and probability',
  },
};
