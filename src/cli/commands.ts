import type { CommandDefinition } from './command.ts';

interface Listed {
  /** Name and arguments. */
  signature: string;
  summary: string;
  /** A command's module, with all that it needs, is loaded only when it is run: that is most of the time a short command takes. */
  load(): Promise<CommandDefinition>;
}

/** In the order of the help. */
export const commands: readonly Listed[] = [
  {
    signature: 'demo',
    summary: 'see the main job done on sample files: nothing else is needed',
    load: async () => (await import('./commands/demo.ts')).demoCommand,
  },
  {
    signature: 'keygen',
    summary: 'make an ed25519 key pair for SFTP, or a PGP pair, read back before it is trusted',
    load: async () => (await import('./commands/keygen.ts')).keygenCommand,
  },
  {
    signature: 'host-config <partner>',
    summary: 'print the set-up of an OpenSSH server for one partner, for whoever runs it',
    load: async () => (await import('./commands/host-config.ts')).hostConfigCommand,
  },
  {
    signature: 'check',
    summary: 'prove that everything a run needs is there and answers',
    load: async () => (await import('./commands/check.ts')).checkCommand,
  },
  {
    signature: 'preview <file>',
    summary: 'what a file would send, masked, and everything that is wrong with it; makes no call',
    load: async () => (await import('./commands/preview.ts')).previewCommand,
  },
  {
    signature: 'test-mapping [mappings...]',
    summary: 'run the tests that lie beside the mappings (all of them unless files are named)',
    load: async () => (await import('./commands/test-mapping.ts')).testMappingCommand,
  },
  {
    signature: 'operations [operation]',
    summary:
      'the calls that mappings can make, by system; with a name such as servify/Contract/createContract its fields',
    load: async () => (await import('./commands/operations.ts')).operationsCommand,
  },
  {
    signature: 'once',
    summary: 'poll every feed once and end',
    load: async () => (await import('./commands/once.ts')).onceCommand,
  },
  {
    signature: 'run',
    summary: 'work until stopped: poll every feed by its schedule',
    load: async () => (await import('./commands/run.ts')).runCommand,
  },
  {
    signature: 'status',
    summary: 'how every feed stands',
    load: async () => (await import('./commands/status.ts')).statusCommand,
  },
  {
    signature: 'incidents',
    summary: 'what is wrong: since when, how often it was noticed, who was told',
    load: async () => (await import('./commands/incidents.ts')).incidentsCommand,
  },
  {
    signature: 'alerts <action>',
    summary: '`alerts test` really sends a test message every way that notices can go',
    load: async () => (await import('./commands/alerts.ts')).alertsCommand,
  },
  {
    signature: 'files',
    summary: 'the latest arrivals, newest first',
    load: async () => (await import('./commands/files.ts')).filesCommand,
  },
  {
    signature: 'show <arrival>',
    summary: 'everything about one arrival, or about one of its rows',
    load: async () => (await import('./commands/show.ts')).showCommand,
  },
  {
    signature: 'dispatches [outbound]',
    summary: 'files that were sent and how they are answered; with a number, row by row',
    load: async () => (await import('./commands/dispatches.ts')).dispatchesCommand,
  },
  {
    signature: 'resolve <rows>',
    summary: 'decide about parked rows, ARRIVAL:LINES, after asking at the target',
    load: async () => (await import('./commands/resolve.ts')).resolveCommand,
  },
  {
    signature: 'retry <arrival>',
    summary: 'work rejected and parked rows of an arrival off again',
    load: async () => (await import('./commands/retry.ts')).retryCommand,
  },
  {
    signature: 'pause <name>',
    summary: 'let a feed, an export, or all of a partner, rest until a time or a word: nothing new is begun',
    load: async () => (await import('./commands/pause.ts')).pauseCommand,
  },
  {
    signature: 'resume <name>',
    summary: 'end a pause',
    load: async () => (await import('./commands/resume.ts')).resumeCommand,
  },
  {
    signature: 'export [exports...]',
    summary: 'export the windows that are due; --from and --to export one once more',
    load: async () => (await import('./commands/export.ts')).exportCommand,
  },
  {
    signature: 'archive',
    summary: 'archive the months that are due; --dry-run only says which',
    load: async () => (await import('./commands/archive.ts')).archiveCommand,
  },
  {
    signature: 'verify-archive',
    summary: 'prove that archives are as they were made',
    load: async () => (await import('./commands/verify-archive.ts')).verifyArchiveCommand,
  },
  {
    signature: 'adopt <partner>',
    summary:
      'hold the inbound folder of a partner that another installation holds, once that one is stopped for good',
    load: async () => (await import('./commands/adopt.ts')).adoptCommand,
  },
  {
    signature: 'sandbox',
    summary:
      'start a partner’s SFTP server, all five APIs and a mail server on this machine, to rehearse with',
    load: async () => (await import('./commands/sandbox.ts')).sandboxCommand,
  },
];
