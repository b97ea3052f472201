import { describe, expect, it } from 'vitest';
import {
  foreignMarkers,
  isMarkerOf,
  markerName,
  markersIn,
  markerText,
  readMarkerText,
} from '../../src/exchange/marker.ts';
import { inspectName, isUnfinished } from '../../src/remote/names.ts';

const [ours, theirs] = ['0123456789ab', 'ffffffffffff'];
const entry = (name: string) => ({ name, kind: 'file' as const, size: 1, modifiedAt: 1 });

describe('a marker', () => {
  it('tells by its name alone whose it is', () => {
    const [mine, other] = [markerName(ours, '00000001'), markerName(theirs, '00000002')];
    const entries = [mine, other, '.tidegate-rehearsal', `${mine}.part`, 'Sales_20240611.csv'].map(entry);
    expect(markersIn(entries).map(({ name }) => name)).toEqual([mine, other]);
    expect(foreignMarkers(entries, ours)).toEqual([{ name: other, installation: theirs }]);
    expect([isMarkerOf(mine, ours), isMarkerOf(other, ours), isMarkerOf('x', ours)]).toEqual([
      true,
      false,
      false,
    ]);
  });

  it('is never taken for a file of a feed', () => {
    const name = markerName(ours, '00000001');
    expect([isUnfinished(name), inspectName(name)]).toEqual([true, { safe: true }]);
  });

  it('says in words who made it and when, and what a stranger writes there is not believed', () => {
    const text = markerText('backoffice-1', Date.UTC(2026, 10, 21));
    expect(readMarkerText(text)).toEqual({ host: 'backoffice-1', since: '2026-11-21T00:00:00.000Z' });
    for (const other of [
      '',
      'x',
      text.replace('backoffice-1', '\u001b[31mme'),
      text.replace('2026', 'soon '),
    ])
      expect(readMarkerText(other)).toBeNull();
  });
});
