/** The rooms and what each must not know; the table is in docs/architecture.md. */
const room = (name) => `^src/${name}/`;
const not = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

/** What a room may import besides itself and src/base. */
const allowed = {
  base: [],
  config: ['mapping/schema', 'mapping/export/schema', 'connectors/declared/schema'],
  csv: [],
  remote: [],
  hosting: [],
  packing: [],
  connectors: [],
  mapping: ['csv/types', 'connectors/port'],
  ledger: ['mapping/types'],
  delivery: ['ledger/port', 'connectors/port', 'mapping/types'],
  alerts: ['ledger/port'],
  schedule: [],
  web: ['ledger/port'],
  sandbox: [],
  exchange: [
    'ledger/port',
    'connectors/port',
    'mapping/types',
    'mapping/export/types',
    'remote/port',
    'remote/names',
    'remote/temporary',
    'packing/port',
    'packing/checksum',
    'csv/',
    'delivery/',
    'schedule/calendar',
    'alerts/arrival-notices',
    'alerts/trouble-notices',
    'alerts/folder-notices',
    'alerts/archive-notices',
    'alerts/export-notices',
    'alerts/expected-notices',
    'alerts/incident-notices',
    'alerts/partner-notices',
    'alerts/digest-notice',
    'alerts/dispatch-notices',
  ],
};

module.exports = {
  forbidden: [
    not('no-circles', 'A circle means that two rooms are one.', {}, { circular: true }),
    not(
      'no-orphans',
      'Nothing imports it.',
      {
        orphan: true,
        pathNot: ['^src/cli/main\\.ts$', '\\.d\\.ts$', '-worker\\.ts$', '^src/config/generate\\.ts$'],
      },
      {},
    ),
    not(
      'no-unlisted',
      'What src imports is a dependency.',
      { path: '^src/' },
      { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'unknown'] },
    ),
    ...Object.entries(allowed).map(([name, others]) =>
      not(
        `${name}-stays-in-its-room`,
        'Arrows point down: cli → app → exchange → ports; implementations depend on ports.',
        { path: room(name) },
        { path: '^src/', pathNot: [room(name), room('base'), ...others.map((other) => `^src/${other}`)] },
      ),
    ),
    not(
      'app-picks',
      'Only the composition root and the commands see everything.',
      { path: '^src/app/' },
      { path: '^src/cli/' },
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      extensions: ['.ts', '.js', '.json'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
