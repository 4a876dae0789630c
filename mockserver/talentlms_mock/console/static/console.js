// What a page can do more with scripts: be live, be used by keys, copy. Without them it works too.
import { live } from "./live.js";
import { keys } from "./keys.js";
import { copying } from "./copying.js";
import { together } from "./together.js";

copying(document);
together(document);
keys();
live(document.body.dataset.events);
