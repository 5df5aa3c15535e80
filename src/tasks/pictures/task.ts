import { type Labels, readLabels } from '../../data/labels.ts';
import { type Model, requireImageModel } from '../../models/model.ts';
import { modelFromConfig } from '../../models/registry.ts';
import { classFindings } from '../class-findings.ts';
import { requireLoss, tokenLoss } from '../losses.ts';
import { type PictureMaterial, requirePictures } from '../material.ts';
import { once } from '../prepared.ts';
import { classScores } from '../scores.ts';
import type { FittedLesson, OpenSettings, Task } from '../task.ts';
import { picturesObjective } from './objective.ts';
import { chosenPictures, pictureOutcome, preparePictures } from './prepare.ts';

const problem = 'single_label_classification';
const losses = [tokenLoss, 'CrossEntropy'];

/** The classes of the model's files, whatever it is opened for. */
const publishedClasses = ({ config }: Model) => requireImageModel(modelFromConfig(config)).classifier;

/** The classes of a run's pictures. */
function labelsOf({ pictures }: PictureMaterial, config: OpenSettings, published: Model): Labels {
  requireLoss(config, losses);
  const rows = pictures.training.pictures.map(({ label }) => ({ answer: label }));
  const known = publishedClasses(published).names;
  return readLabels(rows, { problem, classes: config.dataset.num_classes, column: 'label', known });
}

/** To tell what a picture shows. */
export const pictures: Task = {
  problemTypes: ['image-classification'],
  unit: 'pictures',
  reads: 'pictures',
  asked: 'picture',
  columns: () => null,
  learned: () => 'label',
  template: () => null,
  objective: picturesObjective,
  scores: [classScores],
  isOf: ({ kind }) => kind === 'image',
  plannedHead(config, published) {
    requireImageModel(published);
    requireLoss(config, losses);
    const outputs = config.dataset.num_classes || publishedClasses(published).outputs;
    return { problem, outputs, names: [] };
  },
  open(material, config, published) {
    const own = requirePictures(material, requireImageModel(published));
    const labels = labelsOf(own, config, published);
    const classes = () => {
      const shown = own.pictures.training.pictures;
      return labels.names.map((name) => ({ name, count: shown.filter(({ label }) => label === name).length }));
    };
    const found = once(() => classFindings(classes(), own.pictures.training.pictures.length, 'label'));
    return {
      labels,
      head: labels,
      classes,
      fit(model, _tuning, config, sample): FittedLesson {
        const imageModel = requireImageModel(model);
        const tables = (sample ? requirePictures(sample, imageModel) : own).pictures;
        const chosen = once(() => chosenPictures(tables, config, labels));
        return {
          prepare: () => preparePictures(chosen(), config, imageModel, labels, found()),
          outcome: () => pictureOutcome(chosen(), config, found()),
          firstRows: () => [],
        };
      },
    };
  },
};
