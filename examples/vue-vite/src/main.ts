import "carryout/carryout.css";
import { carryout } from "carryout/vue";
import { createApp } from "vue";
import App from "./App.vue";

createApp(App)
  .use(carryout({ src: "/exports/downloads" }))
  .mount("#app");
