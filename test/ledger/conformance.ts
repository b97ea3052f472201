import { afterEach, beforeEach, describe } from 'vitest';
import type { Ledger } from '../../src/ledger/port.ts';
import { answersConform } from './conformance/answers.ts';
import { archivesConform } from './conformance/archives.ts';
import { arrivalsConform } from './conformance/arrivals.ts';
import { attachmentsConform } from './conformance/attachments.ts';
import { callsConform } from './conformance/calls.ts';
import { correctionsConform } from './conformance/corrections.ts';
import { deliveryConforms } from './conformance/delivery.ts';
import { dispatchesConform } from './conformance/dispatches.ts';
import { fileLinesConform } from './conformance/file-lines.ts';
import { incidentsConform } from './conformance/incidents.ts';
import { installationConforms } from './conformance/installation.ts';
import { outboundConforms } from './conformance/outbound.ts';
import { roundsConform } from './conformance/rounds.ts';
import { schedulesConform } from './conformance/schedules.ts';
import { serversConform } from './conformance/servers.ts';
import { stagingConforms } from './conformance/staging.ts';
import type { Store } from './store.ts';

/** What every ledger must do, whatever keeps it. */
export function ledgerConforms(name: string, makeStore: () => Promise<Store>): void {
  describe(`a ledger on ${name}`, () => {
    let store: Store;
    let ledger: Ledger;
    beforeEach(async () => {
      store = await makeStore();
      ledger = await store.open();
    });
    afterEach(async () => {
      await ledger.close();
      await store.remove();
    });
    installationConforms(
      () => ledger,
      () => store,
    );
    arrivalsConform(() => ledger);
    stagingConforms(() => ledger);
    deliveryConforms(
      () => ledger,
      () => store,
    );
    callsConform(
      () => ledger,
      () => store,
    );
    roundsConform(() => ledger);
    correctionsConform(() => ledger);
    answersConform(
      () => ledger,
      () => store,
    );
    attachmentsConform(
      () => ledger,
      () => store,
    );
    serversConform(
      () => ledger,
      () => store,
    );
    archivesConform(() => ledger);
    incidentsConform(
      () => ledger,
      () => store,
    );
    schedulesConform(
      () => ledger,
      () => store,
    );
    outboundConforms(() => ledger);
    fileLinesConform(() => ledger);
    dispatchesConform(() => ledger);
  });
}
