import type { Messages } from './en.ts';

/** 画像分類の言葉。 */
export const picturesJa: Pick<Messages, 'pictures'> = {
  pictures: {
    lead: '種類ごとに分けた画像を用意します。モデルは、画像がどの種類かを見分けることを学びます。',
    drop: '画像のフォルダーをここに落としてください',
    dropText:
      '種類ごとにその名前のフォルダーを作って入れておきます。フォルダーごと .zip にしたものでもかまいません。PNG、JPEG など、ブラウザーで見られる画像を使えます。画像はこのコンピューターから出ません。',
    chooseFolder: 'フォルダーを選ぶ',
    chooseArchive: '.zip を選ぶ',
    openTitle: '画像',
    another: '別の画像を開く',
    count: '画像',
    classes: '種類',
    split: '学習用と検証用',
    splitCounts: (training: string, validation: string) => `学習 ${training} 枚、検証 ${validation} 枚`,
    classTitle: '種類ごとの枚数',
    perClass: (n: string) => `${n} 枚`,
    samples: '画像の例',
    size: '画像の大きさ',
    sizeText: (side: string) => `${side} × ${side} 画素`,
    use: '何が写っていますか',
    useText: '公開されたモデルと学習後のモデルが、何に見えるかを並べて答えます。画像はこのコンピューターから出ません。',
    dropOne: '画像をここに落としてください',
    chooseOne: '画像を選ぶ',
    looking: '見ています…',
    speed: '画像毎秒',
    chance: '種類と確からしさ',
  },
};
