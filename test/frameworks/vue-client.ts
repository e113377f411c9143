/** @module What the browser runs for vue-hydration.test.ts: takes over the page that the server rendered. */

import { createSSRApp } from "vue";
import { type CarryoutPluginOptions, carryout } from "../../src/vue/index.ts";
import { VuePage } from "./vue.page.ts";

const { initial } = globalThis as unknown as Pick<CarryoutPluginOptions, "initial">;
createSSRApp(VuePage).use(carryout({ initial })).mount("#app");
