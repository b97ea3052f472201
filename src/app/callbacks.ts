/** Listening for results that targets tell by themselves, as configured. */
import { callbackNotice } from '../alerts/callback-notices.ts';
import type { Clock } from '../base/clock.ts';
import { explain } from '../base/errors.ts';
import { scrub } from '../base/scrub.ts';
import { callbackPath } from '../config/cross.ts';
import type { Config, TargetConfig } from '../config/types.ts';
import type { LogLine } from '../exchange/events.ts';
import type { Room } from '../exchange/room.ts';
import type { Ledger } from '../ledger/port.ts';
import type { Systems } from '../mapping/types.ts';
import {
  type CallbackEvent,
  type CallbackListener,
  type Caller,
  listenForCallbacks,
} from '../web/callbacks.ts';
import type { Proof } from '../web/proof.ts';
import { systemOf } from './systems.ts';

export interface CallbackPorts {
  ledger: Ledger;
  clock: Clock;
  room: Room;
  systems: Systems;
  write(line: LogLine): void;
  /** Something is to be mailed. */
  tell(): void;
  /** There may be news for the feeds of the target. */
  nudge(target: string): void;
}

/** `null` when nothing is configured. */
export async function openCallbacks(
  { callbacks, targets }: Config,
  { ledger, clock, room, systems, write, tell, nudge }: CallbackPorts,
): Promise<CallbackListener | null> {
  if (!callbacks) return null;
  const { host, port, tls, maxBytes, deadline } = callbacks;
  return listenForCallbacks(
    {
      ...{ host, port, maxBytes, deadlineMs: deadline },
      tls: tls && { cert: tls.cert.reveal(), key: tls.key.reveal() },
      callers: Object.values(targets).flatMap((target) => callerOf(target, systems)),
    },
    {
      ...{ ledger, clock, notice: callbackNotice },
      demandRoom: () => room.demand(0),
      report(event) {
        write(lineOf(event));
        if (event.kind === 'kept') tell();
        if (isNews(event)) nudge(event.target);
      },
    },
  );
}

const isNews = (event: CallbackEvent): event is Extract<CallbackEvent, { kind: 'hint' | 'kept' }> =>
  event.kind === 'hint' || (event.kind === 'kept' && event.fate === 'result' && !event.repeated);

type Calling = Extract<TargetConfig, { callback: unknown }>;

function callerOf(target: TargetConfig, systems: Systems): Caller[] {
  if ('statusCallback' in target && target.statusCallback) {
    const path = new URL(target.statusCallback.reveal()).pathname;
    return [{ target: target.name, path, results: null }];
  }
  if (!('callback' in target) || target.callback === null) return [];
  const modes = [...(systems.get(systemOf(target))?.values() ?? [])].flatMap(({ async }) =>
    async?.mode === 'callback' ? [async] : [],
  );
  return [
    {
      target: target.name,
      path: callbackPath(target.name, target.callback),
      results: {
        proof: proofOf(target.callback.login),
        codeOf: (body) => modes.map((mode) => mode.codeOf(body)).find((code) => code !== null) ?? null,
      },
    },
  ];
}

function proofOf(login: NonNullable<Calling['callback']>['login']): Proof {
  switch (login.kind) {
    case 'header':
      return { ...login, value: login.value.reveal() };
    case 'basic':
      return { ...login, password: login.password.reveal() };
    case 'hmac':
      return { ...login, secret: login.secret.reveal(), windowMs: login.window };
  }
}

function lineOf(event: CallbackEvent): LogLine {
  const { target } = event;
  switch (event.kind) {
    case 'kept':
      return {
        level: 'info',
        fields: { target, fate: event.repeated ? 'repeat' : event.fate },
        text: 'callback',
      };
    case 'hint':
      return { level: 'debug', fields: { target }, text: 'told that a job has ended' };
    case 'refused':
      return { level: 'warn', fields: { target, status: event.status }, text: 'callback refused' };
    case 'failed':
      return {
        level: 'error',
        fields: { target },
        text: `callback not kept: ${scrub(explain(event.error))}`,
      };
  }
}
