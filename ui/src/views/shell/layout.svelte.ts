// How much room there is: four columns, three without the people, or one thing at a time.

import { MediaQuery } from "svelte/reactivity";

// In em, so that 200 % zoom and a larger font lead to the smaller layout.
const phone = new MediaQuery("(max-width: 40em)");
const wide = new MediaQuery("(min-width: 66em)");

export const layout = {
  /** One thing at a time, with a way back. */
  get phone(): boolean {
    return phone.current;
  },
  /** The people have a column of their own. */
  get wide(): boolean {
    return wide.current;
  },
};
