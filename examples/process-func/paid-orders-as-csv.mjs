/** Writes two attributes of the paid orders as CSV and leaves the other items out. */
export const extension = 'csv';
export const header = 'id,total\n';
export default (item) => (item.status === 'paid' ? `${item.id},${item.total}\n` : null);
