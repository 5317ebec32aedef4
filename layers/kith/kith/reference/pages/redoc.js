"use strict";

const DARK = {
  colors: {
    primary: { main: "#7fd6b4" },
    text: { primary: "#eef1f3", secondary: "#a9b4bc" },
    border: { dark: "#343b41", light: "#343b41" },
    responses: {
      success: { backgroundColor: "#1f332b", tabTextColor: "#7cc18d" },
      error: { backgroundColor: "#3a2323", tabTextColor: "#ef8379" },
    },
  },
  schema: { nestedBackground: "#1f2428", typeNameColor: "#a9b4bc", typeTitleColor: "#a9b4bc" },
  sidebar: { backgroundColor: "#1f2428", textColor: "#eef1f3" },
  rightPanel: { backgroundColor: "#0e1113" },
  codeBlock: { backgroundColor: "#1f2428" },
};
const LIGHT = { colors: { primary: { main: "#0b6e4f" } }, sidebar: { backgroundColor: "#f3f5f4" } };

const dark = window.matchMedia("(prefers-color-scheme: dark)").matches;
Redoc.init(
  "/openapi.json",
  { expandResponses: "200,201", nativeScrollbars: true, theme: dark ? DARK : LIGHT },
  document.getElementById("redoc"),
);
