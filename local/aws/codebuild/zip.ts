/** A zip archive of some files. Separate because build artifacts are zipped and nothing else is; no program need be installed. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';

/** The archive of these files below a folder. Times are fixed, so that equal files make equal archives. */
export function zip(folder: string, files: readonly { readonly path: string; readonly name: string }[]): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { path, name } of files) {
    const content = readFileSync(join(folder, path));
    const packed = deflateRawSync(content);
    const title = Buffer.from(name);
    // Version 2.0, UTF-8 names, deflate, 1980-01-01: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
    const shared = Buffer.alloc(26);
    [20, 0x0800, 8, 0, 0x21].forEach((value, index) => shared.writeUInt16LE(value, index * 2));
    [crc32(content), packed.length, content.length].forEach((value, index) =>
      shared.writeUInt32LE(value, 10 + index * 4),
    );
    shared.writeUInt16LE(title.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), shared, title, packed]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE((statSync(join(folder, path)).mode << 16) >>> 0, 6);
    rest.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x03', 'latin1'), shared, rest, title]));
    parts.push(local);
    offset += local.length;
  }
  const list = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(files.length, 8);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(list.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, list, end]);
}
