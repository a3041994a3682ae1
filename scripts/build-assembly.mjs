// Compiles assembly/ into a module in src/. Running the sources then needs no compiler.
import { writeFileSync } from 'node:fs';
import { main } from 'assemblyscript/asc';

const SOURCE = 'assembly/copy-items.ts';
const TARGET = 'src/format/copy-items.wasm.ts';

const { error, stderr, binary } = await compile();
if (error) {
  process.stderr.write(stderr.toString());
  process.exitCode = 1;
} else {
  writeFileSync(
    TARGET,
    `/** ${SOURCE}, compiled by \`npm run build\`; not to be edited. */\n` +
      `export const COPY_ITEMS =\n  '${Buffer.from(binary).toString('base64')}';\n`,
  );
}

async function compile() {
  let binary = new Uint8Array();
  const result = await main([SOURCE, '-O3', '--noAssert', '--enable', 'simd', '--runtime', 'stub', '-o', 'out.wasm'], {
    writeFile: (name, contents) => {
      if (name.endsWith('.wasm')) binary = contents;
    },
  });
  return { ...result, binary };
}
