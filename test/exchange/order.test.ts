import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Exchange, startExchange } from '../support/exchange.ts';
import { cancellation, csv, rowsOf, sale } from '../support/sales.ts';

const first = 'Sales_20240611_100000.csv';
const second = 'Sales_20240612_100000.csv';
const answerTo = (name: string): string => `/out/${name.replace('_', 'Ack_')}`;

describe('the order of the rows of one contract, over several files', () => {
  let exchange: Exchange;
  beforeEach(async () => {
    exchange = await startExchange({
      adjust: (config) => {
        config.targets.servify.deadline = '500ms';
      },
    });
  });
  afterEach(() => exchange.stop());

  const answers = async (name: string) => rowsOf(await exchange.read(answerTo(name)));

  it('holds behind a row that is parked in an earlier file, for that contract alone', async () => {
    exchange.rehearsal.servify.faults.next('Contract/cancelContract', { kind: 'drop-after' });
    await exchange.drop(first, csv([sale(1), cancellation(1)]));
    await exchange.poll();
    expect((await answers(first)).map((row) => row['Status Code'])).toEqual([expect.anything(), 'PARKED']);

    const reactivation = { 'External Contract ID': 'C-1', 'Action Type': 'Reactivation' };
    await exchange.drop(second, csv([reactivation, sale(2)]));
    await exchange.poll();
    const [behind, other] = await answers(second);
    expect(behind?.['Status Code']).toMatch(/PARKED$/);
    expect(other?.['Result']).toBe('Accepted');
    expect(exchange.rehearsal.servify.calls.get('Contract/reactivate')).toBeUndefined();
  });

  it('lets a poll that has to wait say how far it came', async () => {
    exchange.rehearsal.servify.faults.next('Contract/cancelContract', {
      kind: 'throttle',
      retryAfter: '3600',
    });
    await exchange.drop(first, csv([sale(1), cancellation(1)]));
    const { arrivals, waitsFor } = await exchange.poll();
    expect(waitsFor).not.toBeNull();
    expect(arrivals).toMatchObject([{ state: 'staged', counts: { accepted: 1, pending: 1 } }]);
  });
});
