/** Writes two columns of some items: the smallest transform there is. */
export const extension = 'csv';
export const header = 'id,total\n';
export default (item) => (item.status === 'paid' ? `${item.id},${item.total}\n` : null);
