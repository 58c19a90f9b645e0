import "@mantine/core/styles.layer.css";
import "./app/theme.css";
import { MantineProvider } from "@mantine/core";
import { createRoot } from "react-dom/client";
import { App } from "./app/App";
import { theme } from "./app/theme";

createRoot(document.getElementById("root")!).render(
  <MantineProvider theme={theme} defaultColorScheme="auto" withCssVariables={false} withGlobalClasses={false}>
    <App />
  </MantineProvider>,
);
