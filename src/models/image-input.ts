/** How a picture becomes the numbers a model was trained on, as timm's and transformers' files say it. */
import { because } from '../errors.ts';
import { ConfigReader, invalidConfig, isObject, type JsonObject } from './config-reader.ts';
import type { ImageInput } from './image-model.ts';

const imageNet = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] } as const;

/** A list of `length` numbers. @throws AppError 'config-invalid' */
export function readNumbers(
  json: JsonObject,
  key: string,
  length: number,
  fallback: readonly number[],
): readonly number[] {
  const value = json[key] ?? fallback;
  const fits = Array.isArray(value) && value.length === length && value.every((item) => Number.isFinite(item));
  if (!fits) throw invalidConfig(because`${key} is ${JSON.stringify(value)}, not ${length} numbers`);
  return value as number[];
}

/** timm's `pretrained_cfg`; its defaults are those of timm's `resolve_data_config`. @throws AppError 'config-invalid' */
export function timmInput(json: JsonObject): ImageInput {
  const read = new ConfigReader(json);
  const [channels, height, width] = readNumbers(json, 'input_size', 3, [3, 224, 224]) as [number, number, number];
  if (channels !== 3 || height !== width) throw invalidConfig(because`input_size must be three channels and a square`);
  const interpolation = json.interpolation ?? 'bicubic';
  if (interpolation !== 'bilinear' && interpolation !== 'bicubic')
    throw invalidConfig(because`interpolation is ${JSON.stringify(interpolation)}, not bilinear or bicubic`);
  return {
    size: height,
    mean: readNumbers(json, 'mean', 3, imageNet.mean),
    std: readNumbers(json, 'std', 3, imageNet.std),
    interpolation,
    resizeTo: Math.floor(height / read.positive('crop_pct', 0.875)),
    squashes: read.choice('crop_mode', { center: false, squash: true }, 'center'),
  };
}

/** What a processor of transformers does where its file is silent. */
interface ProcessorDefaults {
  readonly resample: number;
  readonly size: number;
  /** Side of the middle that is cut out; absent: nothing is. */
  readonly crop?: number;
}

const vit: ProcessorDefaults = { resample: 2, size: 224 };
const deit: ProcessorDefaults = { resample: 3, size: 256, crop: 224 };

/** By what they are called without `ImageProcessor` or `FeatureExtractor`. */
const processors: Readonly<Record<string, ProcessorDefaults>> = { ViT: vit, DeiT: deit };

/** Pillow's numbers of its filters. */
const filters: ReadonlyMap<unknown, ImageInput['interpolation']> = new Map([
  [2, 'bilinear'],
  [3, 'bicubic'],
] as const);

/**
 * `preprocessor_config.json` of a ViT: what transformers' ViTImageProcessor or DeiTImageProcessor does with Pillow.
 * @param size pixels along each side that the model takes
 * @throws AppError 'config-invalid' for a step that is not carried out, and for pictures of another size
 */
export function processorInput(json: JsonObject, size: number): ImageInput {
  const read = new ConfigReader(json);
  const name = read.text('image_processor_type', read.text('feature_extractor_type', 'ViTImageProcessor'));
  const kind = name.replace(/(ImageProcessor|FeatureExtractor)(Fast|Pil)?$/, '');
  if (!Object.hasOwn(processors, kind))
    throw invalidConfig(because`preprocessor_config.json names ${name}, not ViTImageProcessor or DeiTImageProcessor`);
  const usual = processors[kind]!;
  requireSteps(json);
  const resample = json.resample ?? usual.resample;
  const interpolation = filters.get(resample);
  if (!interpolation)
    throw invalidConfig(because`resample is ${JSON.stringify(resample)}, not 2 (bilinear) or 3 (bicubic)`);
  const resizeTo = side(json, 'size', usual.size);
  const cuts = read.flag('do_center_crop', usual.crop !== undefined);
  const given = cuts ? side(json, 'crop_size', usual.crop ?? size) : resizeTo;
  if (given !== size)
    throw invalidConfig(because`preprocessor_config.json makes pictures of ${given} pixels, and image_size is ${size}`);
  // Where an odd number of pixels is cut off, transformers' processors and others leave different ones.
  if (resizeTo < size || (resizeTo - size) % 2 !== 0)
    throw invalidConfig(because`size ${resizeTo} leaves no equal borders around crop_size ${size}`);
  const normalises = read.flag('do_normalize', true);
  return {
    size,
    mean: normalises ? readNumbers(json, 'image_mean', 3, [0.5, 0.5, 0.5]) : [0, 0, 0],
    std: normalises ? readNumbers(json, 'image_std', 3, [0.5, 0.5, 0.5]) : [1, 1, 1],
    interpolation,
    resizeTo,
    squashes: true,
  };
}

/** @throws AppError 'config-invalid' where bytes are not resized and brought to 0 … 1, or more is done */
function requireSteps(json: JsonObject): void {
  const read = new ConfigReader(json);
  for (const key of ['do_resize', 'do_rescale'])
    if (!read.flag(key, true)) throw invalidConfig(because`${key} false in preprocessor_config.json is not supported`);
  const factor = read.positive('rescale_factor', 1 / 255);
  if (Math.abs(factor * 255 - 1) > 1e-6) throw invalidConfig(because`rescale_factor is ${factor}, not 1/255`);
  const more = read.flag('do_pad', false) ? 'do_pad' : read.optionalPositive('crop_pct') && 'crop_pct';
  if (more) throw invalidConfig(because`${more} in preprocessor_config.json is not supported`);
}

/** The side of a square: a number, or height and width. */
function side(json: JsonObject, key: string, fallback: number): number {
  const value = json[key] ?? fallback;
  const [height, width] = isObject(value) ? [value.height, value.width] : [value, value];
  if (typeof height !== 'number' || height !== width || !Number.isInteger(height) || height < 1)
    throw invalidConfig(because`${key} is ${JSON.stringify(value)}, not one height and width`);
  return height;
}
