// What a row of the timeline can ask for.

export interface Actions {
  link(url: string): void;
  copy(text: string): Promise<void>;
  retry(messageId: string): void;
  discard(messageId: string): void;
}
