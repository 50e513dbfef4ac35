// Lays a Brotli copy beside every text of the build, so that the server compresses nothing.
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants } from "node:zlib";

const compress = promisify(brotliCompress);
const dist = new URL("../dist/app/", import.meta.url).pathname;

for (const entry of await readdir(dist, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || !/\.(js|css|html|svg|txt)$/.test(entry.name)) continue;
  const path = join(entry.parentPath, entry.name);
  const text = await readFile(path);
  const packed = await compress(text, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: text.length },
  });
  if (packed.length < text.length) await writeFile(`${path}.br`, packed);
}
