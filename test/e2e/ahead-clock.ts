// Preloaded into a step (`node --import`), so that its clock is ahead by CLOCK_AHEAD_MS for whatever asks Date.now().
const ahead = Number(process.env['CLOCK_AHEAD_MS']);
const now = Date.now;

Date.now = () => now() + ahead;
