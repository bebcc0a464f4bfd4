// Days as the field for a date writes them: `2026-11-20`, in the time zone of this device.

const DAY = /^(\d{4})-(\d{1,2})-(\d{1,2})$/;

export function dayValue(date: Date): string {
  const two = (number: number) => String(number).padStart(2, "0");
  return `${String(date.getFullYear()).padStart(4, "0")}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** When that day begins here, in milliseconds since 1970; null: there is no such day. */
export function dayStart(value: string): number | null {
  const found = DAY.exec(value.trim());
  if (!found) return null;
  const [year, month, day] = found.slice(1).map(Number) as [number, number, number];
  const date = new Date(year, month - 1, day);
  const isReal = date.getFullYear() === year && date.getMonth() === month - 1 && date.getDate() === day;
  return isReal ? date.getTime() : null;
}
