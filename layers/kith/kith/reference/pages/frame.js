// Only the local cloud has a start page.
"use strict";

const LOCAL = ["127.0.0.1", "localhost", "[::1]"];
document.getElementById("start").hidden = !LOCAL.includes(window.location.hostname);
