import type { Picture } from '../data/resize.ts';

const isPng = (bytes: Uint8Array): boolean => bytes[0] === 0x89 && bytes[1] === 0x50;
const isJpeg = (bytes: Uint8Array): boolean => bytes[0] === 0xff && bytes[1] === 0xd8;

/** PNG and JPEG as RGB. @throws Error for anything else */
export async function decodePicture(file: Blob): Promise<Picture> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  if (isPng(bytes)) return decodePng(bytes);
  if (!isJpeg(bytes)) throw new Error('neither PNG nor JPEG');
  const { decode } = await import('jpeg-js');
  const { width, height, data } = decode(bytes, { useTArray: true, formatAsRGBA: false, maxMemoryUsageInMB: 2048 });
  return { width, height, pixels: data };
}

async function decodePng(bytes: Uint8Array): Promise<Picture> {
  const { convertIndexedToRgb, decode } = await import('fast-png');
  const image = decode(bytes);
  const { width, height } = image;
  const indexed = image.palette !== undefined;
  const data = indexed ? convertIndexedToRgb(image) : image.data;
  const channels = indexed ? data.length / (width * height) : image.channels;
  const shift = image.depth === 16 ? 8 : 0;
  const pixels = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++)
    for (let channel = 0; channel < 3; channel++)
      // Grey, with or without alpha, has one value for all three.
      pixels[3 * i + channel] = data[i * channels + (channels < 3 ? 0 : channel)]! >> shift;
  return { width, height, pixels };
}
