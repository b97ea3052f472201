import ssh2, { type AnyAuthMethod, type AuthHandlerMiddleware } from 'ssh2';
import { privateKeyError } from './sftp-errors.ts';
import type { SftpOptions } from './sftp-options.ts';

/**
 * How to log in. A private key is read once: undoing its passphrase takes ssh2 about a second of computing. Gives a fresh handler for each
 * connection. Throws `REMOTE_AUTH` when the key cannot be read.
 */
export function prepareLogin({ auth, username, host, port }: SftpOptions): () => AuthHandlerMiddleware {
  if ('password' in auth) {
    const { password } = auth;
    return () => inTurn({ type: 'password', username, password }, dialogue(username, password));
  }
  const key = ssh2.utils.parseKey(auth.privateKey, auth.passphrase);
  const server = `${host}:${port}`;
  if (key instanceof Error) throw privateKeyError(server, key);
  if (!key.isPrivateKey()) throw privateKeyError(server);
  return () => inTurn({ type: 'publickey', username, key });
}

/** Some servers ask for the password as a dialogue. Only a single hidden question is taken for one. */
function dialogue(username: string, password: string): AnyAuthMethod {
  return {
    type: 'keyboard-interactive',
    username,
    prompt: (_name, _instructions, _language, prompts, finish) =>
      finish(prompts.length === 1 && prompts[0]?.echo !== true ? [password] : []),
  };
}

/** One refused try is one less before a ban: the second method is only tried when the server does not offer the first one. */
function inTurn(first: AnyAuthMethod, second?: AnyAuthMethod): AuthHandlerMiddleware {
  let tries = 0;
  return (offered, _partial, next) => {
    tries++;
    if (tries === 1) next(first);
    else if (tries === 2 && second && !offered.includes(first.type) && offered.includes(second.type))
      next(second);
    // ssh2 stops at `false`, which its types do not know.
    else next(false as unknown as AnyAuthMethod);
  };
}
