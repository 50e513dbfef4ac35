// How do many texts become one file that every system can open? By the plain form of ZIP: no encryption, up to 4 GB.

export type Entry = { name: string; text: string };

/** Longer ones no archive of this form can hold. */
const MOST_ENTRIES = 0xffff;

export async function zip(entries: Entry[], at = new Date()): Promise<Blob> {
  if (entries.length > MOST_ENTRIES) throw new Error(`an archive holds ${MOST_ENTRIES} files at most`);
  // Time and date as MS-DOS had them, in steps of two seconds.
  const time = (at.getHours() << 11) | (at.getMinutes() << 5) | (at.getSeconds() >> 1);
  const date = ((at.getFullYear() - 1980) << 9) | ((at.getMonth() + 1) << 5) | at.getDate();
  const encoder = new TextEncoder();
  const files: BlobPart[] = [];
  const directory: BlobPart[] = [];
  let [offset, size] = [0, 0];
  for (const { name, text } of entries) {
    const [path, plain] = [encoder.encode(name), encoder.encode(text)];
    const packed = await deflated(plain);
    // Version 2.0, names in UTF-8, deflated; then when, what it has to add up to, and how long it is.
    const about = fields([20, 2], [0x800, 2], [8, 2], [time, 2], [date, 2], [crc(plain), 4], [packed.length, 4]);
    const lengths = fields([plain.length, 4], [path.length, 2], [0, 2]);
    const head = [fields([0x04034b50, 4]), about, lengths, path];
    const entry = [fields([0x02014b50, 4], [20, 2]), about, lengths, fields([0, 2], [0, 4], [0, 4], [offset, 4]), path];
    files.push(...head, packed);
    directory.push(...entry);
    offset += 30 + path.length + packed.length;
    size += 46 + path.length;
  }
  const count = entries.length;
  const end = fields([0x06054b50, 4], [0, 4], [count, 2], [count, 2], [size, 4], [offset, 4], [0, 2]);
  return new Blob([...files, ...directory, end], { type: "application/zip" });
}

async function deflated(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const packing = new Blob([bytes]).stream().pipeThrough(new CompressionStream("deflate-raw"));
  return new Uint8Array(await new Response(packing).arrayBuffer());
}

/** Numbers in so many bytes each, the lowest first. */
function fields(...of: [number, number][]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(of.flatMap(([value, length]) => Array.from({ length }, (_, at) => value >>> (8 * at))));
}

const TABLE = Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

/** CRC-32, as ZIP wants it. */
function crc(bytes: Uint8Array): number {
  let sum = -1;
  for (const byte of bytes) sum = (TABLE[(sum ^ byte) & 255] ?? 0) ^ (sum >>> 8);
  return ~sum;
}
