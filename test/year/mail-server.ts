/** A mail server that is down for a while, and keeps what it was given before. */
import { type CaughtMail, type MailCatcher, startMailCatcher } from '../../src/sandbox/mail-catcher.ts';

export interface MailServer extends MailCatcher {
  /** Nobody listens any more. */
  goDown(): Promise<void>;
  comeBack(): Promise<void>;
}

export async function startMailServer(): Promise<MailServer> {
  let catcher = await startMailCatcher();
  const { port, faults, met } = catcher;
  const earlier: CaughtMail[] = [];
  return {
    ...{ port, faults, met },
    messages: () => [...earlier, ...catcher.messages()],
    close: () => catcher.close(),
    async goDown() {
      await catcher.close();
    },
    async comeBack() {
      earlier.push(...catcher.messages());
      catcher = await startMailCatcher({ port });
    },
  };
}
