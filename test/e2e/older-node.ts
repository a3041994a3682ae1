// Preloaded into a step (`node --import`), so that it takes its Node for the one of the first runners with node24, which
// has no support for proxies.
Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '24.4.1' } });
