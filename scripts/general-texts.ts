/**
 * Writes src/data/general-texts.json: short texts of everyday matters in English and Japanese, by which it is seen whether a
 * model forgets. All sentences were written for this project. Each topic is told twice, with other words in its gaps.
 *
 *     npx tsx scripts/general-texts.ts
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Sentences with gaps `{name}`, and two fillings of each gap. */
interface Topic {
  readonly text: string;
  readonly gaps: Readonly<Record<string, readonly [string, string]>>;
}

const english: readonly Topic[] = [
  {
    text: 'The forecast for {day} is mostly {sky}, with {wind} from the {from}. In the morning it will be cool enough for a jacket, and by noon the temperature should reach {degrees} degrees. Toward evening a few clouds will come in over the hills, but the rain is not expected before midnight. People who want to walk along the river should go early, because the path is crowded when the weather is good.',
    gaps: {
      day: ['Tuesday', 'the weekend'],
      sky: ['sunny', 'cloudy'],
      wind: ['a light breeze', 'a strong wind'],
      from: ['west', 'north'],
      degrees: ['twenty-two', 'seventeen'],
    },
  },
  {
    text: 'To make {dish} for four people, you need {first}, two onions, a little oil and some salt. Cut the onions into thin slices and fry them slowly until they are soft and golden. Add the {first} and enough water to cover everything, then let it simmer for {time} with the lid on. Taste it before you serve it: if it is too thick, add a spoonful of water, and if it tastes flat, a few drops of lemon juice will help.',
    gaps: {
      dish: ['a simple soup', 'a winter stew'],
      first: ['potatoes', 'carrots and beans'],
      time: ['half an hour', 'about forty minutes'],
    },
  },
  {
    text: 'The train to {city} leaves from platform {platform} at {time}. If you miss it, the next one goes an hour later and stops at every village on the way. Tickets can be bought at the machine near the entrance, and children under six travel free of charge. Please keep your luggage with you at all times, and stand behind the yellow line until the train has come to a complete stop.',
    gaps: {
      city: ['the coast', 'the capital'],
      platform: ['three', 'nine'],
      time: ['a quarter past seven', 'ten to five'],
    },
  },
  {
    text: 'Water boils when its {what} is high enough for bubbles of steam to form inside it. At sea level this happens at one hundred degrees Celsius, but on a {high} mountain the air presses less on the surface, so the water boils sooner. That is why {food} takes longer to cook at a great height: the water cannot become as hot as it does in the valley. A closed pot raises the pressure again and shortens the time.',
    gaps: { what: ['temperature', 'heat'], high: ['high', 'very high'], food: ['rice', 'an egg'] },
  },
  {
    text: 'The old {building} in the middle of the town was built by {people} more than three hundred years ago. At first it was used to store {goods}, and later a school moved into the upper floor. During a fire in the last century the roof was destroyed, but the walls survived because they were made of stone. Today the building is a museum, and on the first Sunday of every month the entrance is free.',
    gaps: {
      building: ['hall', 'mill'],
      people: ['merchants', 'farmers'],
      goods: ['wool and cloth', 'grain and salt'],
    },
  },
  {
    text: 'Dear {name}, thank you for your letter, which arrived {when}. I was glad to hear that your {relative} is feeling better and that the new house is almost finished. Here everything is well, although the children have had colds and the garden is full of weeds. We would like to visit you in {month}, if that suits you. Please write soon and tell us which week would be best. With love from all of us.',
    gaps: {
      name: ['Martha', 'Peter'],
      when: ['yesterday', 'on Friday'],
      relative: ['mother', 'brother'],
      month: ['August', 'October'],
    },
  },
  {
    text: '"Good morning, can I help you?" asked the shopkeeper. "Yes, please. I am looking for {thing}," said the customer, "but it must not be too {quality}." The shopkeeper thought for a moment and then took a box from the shelf. "This one came in last week. It costs {price}, and if it does not suit you, you can bring it back." The customer looked at it from all sides, smiled and took out a purse.',
    gaps: {
      thing: ['a lamp for my desk', 'a pair of winter gloves'],
      quality: ['bright', 'thick'],
      price: ['twenty-five dollars', 'eighteen pounds'],
    },
  },
  {
    text: '{who} has {many} apples and gives half of them to a friend. Then {who} buys {more} more at the market. To find out how many there are now, we first divide {many} by two, and then we add {more} to the result. Problems like this one become easy when they are solved one step at a time, and it is always a good idea to check the answer by working backward from the end to the beginning.',
    gaps: { who: ['Anna', 'Omar'], many: ['twelve', 'thirty'], more: ['five', 'seven'] },
  },
  {
    text: 'The {animal} lives in {place} and feeds mainly on {food}. In spring it builds a nest of dry grass, in which the young are born blind and without hair. After a few weeks they follow their mother outside and learn what is good to eat. The greatest danger for them comes from birds of prey, so the animals rarely leave the shelter of the bushes before it is dark.',
    gaps: {
      animal: ['field mouse', 'hedgehog'],
      place: ['meadows and gardens', 'forests and parks'],
      food: ['seeds and roots', 'insects and worms'],
    },
  },
  {
    text: 'Most adults need between seven and eight hours of sleep. If you find it hard to fall asleep, try to go to bed at the same time every night and avoid {drink} after {hour}. A dark, quiet room helps, and so does a short walk in the evening. Looking at a bright screen in bed keeps the brain awake, because the light tells it that the day is not over. If the trouble lasts for {long}, talk to a doctor.',
    gaps: { drink: ['coffee', 'strong tea'], hour: ['noon', 'four o’clock'], long: ['weeks', 'more than a month'] },
  },
  {
    text: 'A computer program is a list of instructions that are carried out one after another. When the {part} reads a number from memory, it can add it to another one, compare the two, or store the result in a different place. A loop repeats the same steps until a condition is met, for example until every {item} in a list has been counted. If the condition is never met, the program does not end, and someone has to stop it by hand.',
    gaps: { part: ['processor', 'machine'], item: ['word', 'name'] },
  },
  {
    text: 'In the second half the home team played with more {spirit}, and after {minute} minutes the first goal was scored from a free kick. The visitors answered quickly, but their best chance hit the post. Near the end of the match the referee showed a red card, and the last minutes were very {mood}. After the final whistle the coach said that he was proud of his players and that the supporters had made the difference.',
    gaps: { spirit: ['courage', 'patience'], minute: ['sixty', 'fifty-three'], mood: ['tense', 'exciting'] },
  },
];

const japanese: readonly Topic[] = [
  {
    text: '{day}の天気は{sky}でしょう。朝のうちは{feel}ので、上着があると安心です。昼ごろには気温が{degrees}度まで上がり、過ごしやすくなります。夕方からは山のほうで雲が広がりますが、雨が降るのは夜遅くになってからの見込みです。川沿いの道を歩く人は、混み始める前の早い時間に出かけるとよいでしょう。',
    gaps: {
      day: ['火曜日', '週末'],
      sky: ['おおむね晴れ', '曇りがち'],
      feel: ['少し肌寒い', '風が強い'],
      degrees: ['二十二', '十七'],
    },
  },
  {
    text: '四人分の{dish}を作るには、{first}と玉ねぎを二個、それに少しの油と塩を用意します。玉ねぎを薄く切り、色がつくまで弱火でゆっくり炒めます。そこに{first}を入れ、かぶるくらいの水を加えて、ふたをして{time}ほど煮ます。味を見て、濃すぎるときは水を足し、物足りないときはレモンの汁を少し加えると味がまとまります。',
    gaps: { dish: ['スープ', '煮込み'], first: ['じゃがいも', 'にんじんと豆'], time: ['三十分', '四十分'] },
  },
  {
    text: '{city}行きの電車は、{platform}番線から{time}に発車します。乗り遅れた場合、次の電車は一時間後で、途中のすべての駅に止まります。切符は入口の近くの券売機で買うことができ、六歳未満の子どもは無料です。お荷物から目を離さないようにし、電車が完全に止まるまで黄色い線の内側でお待ちください。',
    gaps: { city: ['海岸', '空港'], platform: ['三', '九'], time: ['七時十五分', '四時五十分'] },
  },
  {
    text: '水が沸騰するのは、{what}が十分に高くなり、水の中に蒸気の泡ができるからです。海の近くでは百度で沸騰しますが、{high}山の上では空気が水面を押す力が弱いため、もっと低い温度で沸騰します。そのため、高い場所で{food}には長い時間がかかります。ふたを閉めた鍋を使うと中の圧力が上がり、時間を短くすることができます。',
    gaps: { what: ['温度', '水の温度'], high: ['高い', 'とても高い'], food: ['米を炊くの', '卵をゆでるの'] },
  },
  {
    text: '町の中心にある古い{building}は、三百年以上前に{people}によって建てられました。初めは{goods}をしまっておくために使われ、後には二階に学校が入りました。前の世紀の火事で屋根は焼けてしまいましたが、壁は石でできていたため残りました。今は博物館になっていて、毎月最初の日曜日は無料で入ることができます。',
    gaps: { building: ['建物', '蔵'], people: ['商人たち', '農民たち'], goods: ['布や糸', '米や塩'] },
  },
  {
    text: '{name}さん、お手紙をありがとうございました。{when}届きました。{relative}のお加減がよくなり、新しい家ももうすぐ完成すると聞いて、とてもうれしく思いました。こちらは皆元気ですが、子どもたちが風邪をひき、庭は草だらけです。ご都合がよければ、{month}にお伺いしたいと思っています。いつごろがよいか、お返事をお待ちしております。',
    gaps: {
      name: ['山田', '佐藤'],
      when: ['昨日', '金曜日に'],
      relative: ['お母様', '弟さん'],
      month: ['八月', '十月'],
    },
  },
  {
    text: '「いらっしゃいませ。何かお探しですか」と店の人が尋ねました。「はい、{thing}を探しているのですが、あまり{quality}ものは困ります」と客は答えました。店の人は少し考えてから、棚の箱を一つ下ろしました。「こちらは先週入ったばかりで、{price}です。お気に召さなければお返しください」。客はいろいろな方向から眺め、にっこりして財布を出しました。',
    gaps: {
      thing: ['机の上に置く明かり', '冬の手袋'],
      quality: ['まぶしい', '厚い'],
      price: ['三千円', '二千五百円'],
    },
  },
  {
    text: '{who}さんはりんごを{many}個持っていて、その半分を友だちにあげました。それから市場で{more}個買いました。今いくつあるかを知るには、まず{many}を二で割り、その答えに{more}を足します。このような問題は、一つずつ順番に考えれば難しくありません。終わりから初めへと逆に計算して、答えを確かめるのもよい方法です。',
    gaps: { who: ['花子', '太郎'], many: ['十二', '三十'], more: ['五', '七'] },
  },
  {
    text: '{animal}は{place}に住み、主に{food}を食べます。春になると枯れ草で巣を作り、そこで子どもを産みます。生まれたばかりの子は目が見えず、毛も生えていません。何週間かたつと母親について外に出て、何を食べればよいかを覚えます。空から襲ってくる鳥がいちばん危険なので、暗くなるまで茂みの陰から出てくることはほとんどありません。',
    gaps: {
      animal: ['野ねずみ', 'はりねずみ'],
      place: ['草原や庭', '森や公園'],
      food: ['種や根', '虫やみみず'],
    },
  },
  {
    text: '大人には七時間から八時間の睡眠が必要だと言われています。なかなか眠れない人は、毎晩同じ時間に床につき、{hour}を過ぎたら{drink}を飲まないようにしてみましょう。暗くて静かな部屋や、夕方の短い散歩も役に立ちます。布団の中で明るい画面を見ると、脳はまだ昼間だと思い、目が覚めてしまいます。{long}続くようなら、医者に相談してください。',
    gaps: { hour: ['正午', '四時'], drink: ['コーヒー', '濃いお茶'], long: ['何週間も', '一か月以上'] },
  },
  {
    text: '計算機のプログラムとは、順番に実行される命令の並びです。{part}は記憶装置から数を読み出し、別の数と足したり、二つを比べたり、結果を別の場所に書き込んだりします。同じ手順を、ある条件が満たされるまで繰り返すこともできます。例えば、並んでいる{item}をすべて数え終わるまで、といった具合です。条件がいつまでも満たされないと、プログラムは終わらず、人が止めなければなりません。',
    gaps: { part: ['処理装置', '機械'], item: ['言葉', '名前'] },
  },
  {
    text: '後半に入ると、地元のチームは{spirit}攻め、{minute}分に最初の点を取りました。相手もすぐに反撃しましたが、いちばんよい機会は柱に当たってしまいました。試合の終わり近くに一人が退場となり、最後の数分間はとても{mood}ものになりました。試合の後、監督は選手たちを誇りに思うと話し、応援してくれた人たちのおかげだと感謝しました。',
    gaps: { spirit: ['勇気を出して', '落ち着いて'], minute: ['六十', '五十三'], mood: ['緊張した', '見ごたえのある'] },
  },
];

const told = ({ text, gaps }: Topic, time: 0 | 1): string =>
  text.replace(/\{(\w+)\}/g, (_, gap: string) => gaps[gap]![time]);

const twice = (topics: readonly Topic[]): string[] =>
  ([0, 1] as const).flatMap((time) => topics.map((topic) => told(topic, time)));

export const generalTexts = { en: twice(english), ja: twice(japanese) };

if (process.argv[1] === fileURLToPath(import.meta.url))
  writeFileSync(
    fileURLToPath(new URL('../src/data/general-texts.json', import.meta.url)),
    `${JSON.stringify(generalTexts, null, 2)}\n`,
  );
