// Compiles assembly/ into modules in src/. Running the sources then needs no compiler.
import { writeFileSync } from 'node:fs';
import { main } from 'assemblyscript/asc';

/** Options of a module that works in memory which threads share. src/format/web-assembly.ts has the same limits. */
const IMPORTED_MEMORY = [
  ...['--importMemory', '--sharedMemory', '--enable', 'threads'],
  ...['--initialMemory', '1', '--maximumMemory', '65536'],
];

/** Name of the exported constant, and options of the compiler, by the name of the file. */
const MODULES = { 'copy-items': ['COPY_ITEMS', IMPORTED_MEMORY], 'check-lines': ['CHECK_LINES', []] };

for (const [name, [constant, options]] of Object.entries(MODULES)) {
  const source = `assembly/${name}.ts`;
  const { error, stderr, binary } = await compile(source, options);
  if (error) {
    process.stderr.write(stderr.toString());
    process.exitCode = 1;
    continue;
  }
  writeFileSync(
    `src/format/${name}.wasm.ts`,
    `/** ${source}, compiled by \`npm run build\`; not to be edited. */\n` +
      `export const ${constant} =\n  '${Buffer.from(binary).toString('base64')}';\n`,
  );
}

async function compile(source, options) {
  let binary = new Uint8Array();
  const always = ['-O3', '--noAssert', '--enable', 'simd', '--runtime', 'stub', '-o', 'out.wasm'];
  const result = await main([source, ...always, ...options], {
    writeFile: (name, contents) => {
      if (name.endsWith('.wasm')) binary = contents;
    },
  });
  return { ...result, binary };
}
