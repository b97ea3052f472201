/** What the catchers of messages over HTTP share: loopback, requests that are kept, misbehaviour on demand. */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Answer, page, readBody, sendAnswer, sendDripping, sendWithoutEnd } from './answering.ts';

export interface CaughtRequest {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

/** What a catcher does wrong; may be changed at any time. */
export interface CatcherFaults {
  /** Takes requests and says nothing. */
  mute: boolean;
  /** Answers with blanks, one at a time, at this pace in milliseconds. */
  dripMs: number | null;
  /** Answers without an end. */
  endless: boolean;
  /** Cuts the connection when the whole request has come, without an answer. */
  dropAfterData: boolean;
  /** Answers with this status, and a page that is no JSON. */
  status: number | null;
  /** Leads elsewhere. */
  redirect: string | null;
}

export interface Catcher {
  readonly url: string;
  readonly faults: CatcherFaults;
  /** Everything that came, whatever was answered. */
  requests(): readonly CaughtRequest[];
  close(): Promise<void>;
}

export async function startCatcher(answer: (request: CaughtRequest) => Answer, port = 0): Promise<Catcher> {
  const caught: CaughtRequest[] = [];
  const faults: CatcherFaults = {
    mute: false,
    dripMs: null,
    endless: false,
    dropAfterData: false,
    status: null,
    redirect: null,
  };
  const server = createServer((request, response) => {
    const serve = async (): Promise<void> => {
      const { method = '', url: path = '', headers } = request;
      const asked = { method, path, headers, body: await readBody(request) };
      caught.push(asked);
      if (faults.mute) return;
      if (faults.dropAfterData) return void response.destroy();
      if (faults.dripMs !== null) return sendDripping(response, faults.dripMs);
      if (faults.endless) return sendWithoutEnd(response);
      if (faults.redirect !== null) {
        response.setHeader('location', faults.redirect);
        return sendAnswer(response, page(307, ''));
      }
      sendAnswer(response, faults.status === null ? answer(asked) : page(faults.status, '<html>no</html>'));
    };
    serve().catch(() => response.destroy());
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    faults,
    requests: () => caught,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
