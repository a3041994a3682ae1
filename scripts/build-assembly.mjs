// Compiles assembly/ into modules in src/. Running the sources then needs no compiler.
import { writeFileSync } from 'node:fs';
import { main } from 'assemblyscript/asc';

/** Name of the exported constant by the name of the file. */
const MODULES = { 'copy-items': 'COPY_ITEMS', 'check-lines': 'CHECK_LINES' };

for (const [name, constant] of Object.entries(MODULES)) {
  const source = `assembly/${name}.ts`;
  const { error, stderr, binary } = await compile(source);
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

async function compile(source) {
  let binary = new Uint8Array();
  const result = await main([source, '-O3', '--noAssert', '--enable', 'simd', '--runtime', 'stub', '-o', 'out.wasm'], {
    writeFile: (name, contents) => {
      if (name.endsWith('.wasm')) binary = contents;
    },
  });
  return { ...result, binary };
}
