// The judging page. Without this file it still works, as plain forms.

import { startDesk } from "./judge/desk.js";
import { startDialogs } from "./judge/dialogs.js";
import { startKeys } from "./judge/keys.js";
import { startZoom } from "./judge/zoom.js";

startDialogs();
startKeys();
startZoom();
startDesk();
