import type { JsonObject } from '../../base/json.ts';

/** What was found out about a partner's server. */
export interface KnownServer {
  /** The server, login and key for which it holds. */
  identity: string;
  probedAt: number;
  /** In the words of whoever found it out. */
  traits: JsonObject;
}

/** What the partners' servers are worth. */
export interface ServerLedger {
  knownServer(partner: string): Promise<KnownServer | null>;
  /** Takes the place of what was known of the partner's server. */
  rememberServer(partner: string, server: KnownServer): Promise<void>;
}
