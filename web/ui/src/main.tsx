import { render } from "preact";
import { App } from "./app";
import { language, loadMessages } from "./i18n";
import { startRouting } from "./route";
import "./style.css";

startRouting();
loadMessages(language.value).finally(() => render(<App />, document.getElementById("app")!));
