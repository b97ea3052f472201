/**
 * What the party that runs the SFTP server sets up for one partner with OpenSSH: two accounts that share one chroot, the partner's and ours. Pure.
 *
 * Nobody but root owns the chroot or `/in`, so neither account can lock the other out of it. Both write to `/in`; `/out` is ours, and the partner reads it; what was
 * filed is ours alone, because a moved file still belongs to who uploaded it and could be changed afterwards.
 */

export interface Hosting {
  partner: string;
  /** Account, authorized keys (`type base64 comment`), and the addresses it may come from; none: from anywhere. */
  theirs: Account;
  ours: Account;
  /** Local folder, below which each partner gets one. */
  root: string;
  /** Folder of `sshd_config`. */
  etc: string;
}

export interface Account {
  user: string;
  keys: readonly string[];
  from: readonly string[];
}

export interface SetUp {
  /** Goes to `sshd_config.d`. */
  sshdConfig: string;
  /** Goes to one file per account, which only root may change. */
  authorizedKeys: { user: string; lines: string[] }[];
  /** Does all of it; run as root, as often as wanted. */
  script: string;
}

/** One partner pulls and pushes side by side; more is a mistake or an attack. */
const MAX_SESSIONS = 4;

export function setUpOf(hosting: Hosting): SetUp {
  const sshdConfig = sshdConfigOf(hosting);
  const authorizedKeys = [hosting.theirs, hosting.ours].map((account) => ({
    user: account.user,
    lines: account.keys.map((key) => `${restrictionsOf(account)} ${key}`),
  }));
  return { sshdConfig, authorizedKeys, script: scriptOf(hosting, sshdConfig, authorizedKeys) };
}

const restrictionsOf = ({ from }: Account): string =>
  [...(from.length > 0 ? [`from="${from.join(',')}"`] : []), 'restrict'].join(',');

const chrootOf = ({ root, partner }: Hosting): string => `${root}/${partner}`;
const keysFolderOf = ({ etc }: Hosting): string => `${etc}/tidegate-keys`;

function sshdConfigOf(hosting: Hosting): string {
  const { partner, theirs, ours } = hosting;
  return `# Partner ${partner}: SFTP alone, in a folder of its own.
Match User ${theirs.user},${ours.user}
    ChrootDirectory ${chrootOf(hosting)}
    ForceCommand internal-sftp -f AUTHPRIV -l INFO -u 0007
    AuthorizedKeysFile ${keysFolderOf(hosting)}/%u
    AuthenticationMethods publickey
    PasswordAuthentication no
    KbdInteractiveAuthentication no
    DisableForwarding yes
    PermitTTY no
    PermitTunnel no
    PermitUserRC no
    MaxSessions ${MAX_SESSIONS}
    ClientAliveInterval 60
    ClientAliveCountMax 3
Match all
`;
}

function scriptOf(hosting: Hosting, sshdConfig: string, authorizedKeys: SetUp['authorizedKeys']): string {
  const { partner, theirs, ours, etc } = hosting;
  const mark = `Tidegate partner ${partner}`;
  const keys = authorizedKeys.map(({ user, lines }) => fileOf(`"$keys/${user}"`, `${lines.join('\n')}\n`));
  return `#!/bin/sh
# Sets up the partner ${partner} on an OpenSSH server; run it as root. Running it again changes nothing that is right.
set -eu
chroot=${chrootOf(hosting)}
keys=${keysFolderOf(hosting)}
config=${etc}/sshd_config.d/tidegate-${partner}.conf
[ "$(id -u)" = 0 ] || { echo 'This needs root.' >&2; exit 1; }
grep -Eqi '^[[:space:]]*include[[:space:]].*sshd_config\\.d' ${etc}/sshd_config ||
  { echo 'Put this line at the top of ${etc}/sshd_config first: Include ${etc}/sshd_config.d/*.conf' >&2; exit 1; }

# An account that others use would be locked into the folder, and its group let in there.
for user in ${theirs.user} ${ours.user}; do
  if known=$(getent passwd "$user") && [ "$(echo "$known" | cut -d: -f5)" != '${mark}' ]; then
    echo "$user is another's account: it was not made by this for ${partner}. Take another name (--user, --our-user)." >&2
    exit 1
  fi
done

# A group for both accounts. They have no password and no shell.
make_account() {
  getent passwd "$1" >/dev/null || useradd --system "$2" --comment '${mark}' --home-dir / --no-create-home \\
    --shell /usr/sbin/nologin --password '*' "$1"
}
make_account ${theirs.user} --user-group
make_account ${ours.user} --gid=${theirs.user}

# sshd lets nobody in unless the chroot and all above it are root's.
install -d -o root -g root -m 755 "$chroot"
install -d -o root -g ${theirs.user} -m 2770 "$chroot/in"
install -d -o ${ours.user} -g ${theirs.user} -m 2750 "$chroot/out"
for folder in processed errored archive; do
  install -d -o ${ours.user} -g ${theirs.user} -m 700 "$chroot/$folder"
done
above="$chroot"
while [ "$above" != / ]; do
  case "$(stat -c '%u %A' "$above")" in
    '0 '?????-??-?) ;;
    *) echo "$above must belong to root, and nobody else may write to it." >&2; exit 1 ;;
  esac
  above=$(dirname "$above")
done

install -d -o root -g root -m 755 "$keys" ${etc}/sshd_config.d
[ ! -f "$config" ] || cp -p "$config" "$config.before"
${keys.join('')}${fileOf('"$config"', sshdConfig)}
if ! "$(command -v sshd || echo /usr/sbin/sshd)" -t -f ${etc}/sshd_config; then
  mv "$config" "$config.refused"
  [ ! -f "$config.before" ] || mv "$config.before" "$config"
  echo "sshd refuses this, so it is put aside as $config.refused; what was there before stays." >&2
  exit 1
fi
rm -f "$config.before"

cat <<'END'
Set up. It counts when sshd has read it: systemctl reload ssh (or sshd).
Tell the partner: this host's name and port, the user ${theirs.user}, the folders /in (yours to write) and /out (yours to read), and the
fingerprint of the host key:
END
for key in ${etc}/ssh_host_ed25519_key.pub ${etc}/ssh_host_rsa_key.pub; do
  [ ! -f "$key" ] || ssh-keygen -lf "$key"
done
`;
}

/** Nothing within is expanded; who reads half of it while it is written gets the old one. */
const fileOf = (path: string, text: string): string =>
  `cat >${path}.new <<'END'\n${text}END\nchmod 644 ${path}.new\nmv ${path}.new ${path}\n`;
