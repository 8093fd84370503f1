/** What the instances share, by name. */
export interface SettingsTable {
  name: string;
  value: Buffer;
}
