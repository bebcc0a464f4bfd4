// The dialogs of one who hosts: a part of its own, which no guest ever loads.

export { default as HostForm } from "./HostForm.svelte";
export { default as HostPanel } from "./HostPanel.svelte";
