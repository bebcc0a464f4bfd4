// Chooses the platform, makes the one app object, mounts the views. Knows what each is, and nothing of what they do.

import { mount } from "svelte";
import { choosePlatform } from "./platform/choose";
import { App } from "./state/app.svelte";
import View from "./views/App.svelte";
import { tieWindow } from "./window.svelte";

const app = new App(await choosePlatform());
tieWindow(app);

const target = document.getElementById("app");
if (!target) throw new Error("index.html has no #app");
mount(View, { target, props: { app } });
await app.start();
