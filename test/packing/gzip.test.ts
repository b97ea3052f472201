import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packingFolder } from './folder.ts';

const spec = { gzip: true, maxRatio: 200, pgp: null };
const text = 'A,B\n'.repeat(50_000);
const refusal = (code: string, message: RegExp | string = '') =>
  expect.objectContaining({ code, message: expect.stringMatching(message) });

let folder: Awaited<ReturnType<typeof packingFolder>>;
beforeAll(async () => {
  folder = await packingFolder();
});
afterAll(() => folder.remove());
const unpacked: typeof folder.unpacked = (...args) => folder.unpacked(...args);

it('packs what others unpack, in the same bytes every time', async () => {
  const one = await folder.packed(text, { gzip: true, pgp: null });
  expect(gunzipSync(one).toString()).toBe(text);
  expect(await folder.packed(text, { gzip: true, pgp: null })).toEqual(one);
});

it('unpacks what others packed, with names, comments, extras and sums in the header', async () => {
  const plain = gzipSync(text);
  const [head, rest] = [Buffer.from(plain.subarray(0, 10)), plain.subarray(10)];
  head[3] = 2 | 4 | 8 | 16;
  const extras = [
    Buffer.from([3, 0, 1, 2, 3]),
    Buffer.from('Sales.csv\0'),
    Buffer.from('of today\0'),
    Buffer.from([0, 0]),
  ];
  expect((await unpacked(Buffer.concat([head, ...extras, rest]), spec)).toString()).toBe(text);
  expect((await unpacked(plain, spec)).toString()).toBe(text);
});

it('unpacks an empty content', async () => {
  expect((await unpacked(gzipSync(''), spec)).length).toBe(0);
});

describe('a file is refused that', () => {
  const good = gzipSync(text);

  it('has no bytes', () => expect(unpacked('', spec)).rejects.toEqual(refusal('FILE_EMPTY')));
  it('is not packed', () =>
    expect(unpacked(text, spec)).rejects.toEqual(refusal('FILE_PACKING', /not packed/)));
  it('is a ZIP archive', () =>
    expect(unpacked('PK\u0003\u0004rest', spec)).rejects.toEqual(refusal('FILE_PACKING', /ZIP/)));

  it('was cut at any place', async () => {
    const short = gzipSync('A,B\n1,2\n');
    for (let length = 1; length < short.length; length++)
      await expect(unpacked(short.subarray(0, length), spec), `${length}`).rejects.toEqual(
        refusal('FILE_PACKING'),
      );
  });

  it('has other bytes behind it', () =>
    expect(unpacked(Buffer.concat([good, Buffer.from('x')]), spec)).rejects.toEqual(
      refusal('FILE_PACKING', /other bytes after the end/),
    ));
  it('has a second member', () =>
    expect(unpacked(Buffer.concat([good, good]), spec)).rejects.toEqual(
      refusal('FILE_PACKING', /second gzip member/),
    ));
  it('has a flipped bit', async () => {
    const flipped = Buffer.from(good);
    flipped[good.length - 6] = (flipped[good.length - 6] ?? 0) ^ 1;
    await expect(unpacked(flipped, spec)).rejects.toEqual(refusal('FILE_PACKING', /damaged/));
  });
  it('is packed twice', () =>
    expect(unpacked(gzipSync(good), spec)).rejects.toEqual(refusal('FILE_PACKING', /gzip data again/)));

  it('grows beyond the ratio', () =>
    expect(unpacked(gzipSync(Buffer.alloc(4e6)), spec)).rejects.toEqual(
      refusal('FILE_TOO_LARGE', /200 times/),
    ));
  it('grows beyond the limit of the feed', () =>
    expect(unpacked(good, spec, { maxBytes: 100_000 })).rejects.toEqual(
      refusal('FILE_TOO_LARGE', /100000 bytes/),
    ));
});

it('stops when the work is to stop, and says so instead of blaming the file', async () => {
  const stop = new AbortController();
  stop.abort(new Error('stopped'));
  await expect(unpacked(gzipSync(text), spec, { signal: stop.signal })).rejects.toThrow('stopped');
});
