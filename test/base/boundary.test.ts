import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { boundary, boundaryHook } from '../../src/base/boundary.ts';

class Port {
  readonly name = 'port';
  #calls = 0;
  count(): number {
    this.#calls += 1;
    return this.#calls;
  }
  async ask(what: string): Promise<string> {
    if (what === 'nothing') throw new Error('nothing is asked');
    return `${what}?`;
  }
  async *read(pieces: number): AsyncGenerator<number> {
    for (let piece = 1; piece <= pieces; piece++) yield piece;
  }
  async write(content: AsyncIterable<number>): Promise<number> {
    let sum = 0;
    for await (const piece of content) sum += piece;
    return sum;
  }
}

describe('boundary', () => {
  const seen: string[] = [];
  beforeEach(() => {
    seen.length = 0;
    Reflect.set(globalThis, boundaryHook, (point: string) => seen.push(point));
  });
  afterEach(() => {
    Reflect.deleteProperty(globalThis, boundaryHook);
  });

  it('is the port itself when nobody watches', () => {
    Reflect.deleteProperty(globalThis, boundaryHook);
    const port = new Port();
    expect(boundary('port', port)).toBe(port);
  });

  it('reports before and after a call, which stays synchronous and keeps its private fields', () => {
    const port = boundary('port', new Port());
    expect([port.count(), port.count(), port.name]).toEqual([1, 2, 'port']);
    expect(seen).toEqual(['port.count:before', 'port.count:after', 'port.count:before', 'port.count:after']);
  });

  it('reports a promise once it has settled, whichever way, and says what the call is about', async () => {
    const port = boundary('port', new Port(), (_method, [what]) => String(what));
    const answer = port.ask('way');
    expect(seen).toEqual(['port.ask way:before']);
    expect(await answer).toBe('way?');
    await expect(port.ask('nothing')).rejects.toThrow('nothing is asked');
    expect(seen.slice(1)).toEqual([
      'port.ask way:after',
      'port.ask nothing:before',
      'port.ask nothing:after',
    ]);
  });

  it('reports every piece that is read, and the end also when the reader stops early', async () => {
    const port = boundary('port', new Port());
    for await (const piece of port.read(9)) if (piece === 2) break;
    expect(seen).toEqual(['port.read:before', 'port.read:chunk', 'port.read:chunk', 'port.read:after']);
  });

  it('reports every piece that is handed over', async () => {
    const port = boundary('port', new Port());
    expect(await port.write(new Port().read(3))).toBe(6);
    expect(seen.filter((point) => point.endsWith(':chunk'))).toHaveLength(3);
    expect(seen.at(-1)).toBe('port.write:after');
  });

  it('lets the hook break off before the call has done anything', () => {
    const inner = new Port();
    const port = boundary('port', inner);
    Reflect.set(globalThis, boundaryHook, () => {
      throw new Error('killed');
    });
    // Only ports that are made while a hook is set are watched; this one keeps the hook it was made with.
    expect(port.count()).toBe(1);
    expect(() => boundary('port', inner).count()).toThrow('killed');
    expect(inner.count()).toBe(2);
  });
});
