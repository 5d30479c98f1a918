// The judging page. Without this file it still works, as plain forms.

import { startAnswers, welcome } from "./judge/answers.js";
import { startKeys } from "./judge/keys.js";

startAnswers();
startKeys();
welcome();
