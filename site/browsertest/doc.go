// Package browsertest drives the built slipway program through a real browser: it reads the pages,
// copies a command, checks a solution, and runs axe-core over every kind of page. It is a module of
// its own, so that what drives a browser is no dependency of the course.
//
//	go test ./...
//
// What it needs stands in the environment:
//
//	SLIPWAY_BIN          the slipway program: go build -o slipway ./cmd/slipway
//	SLIPWAY_AXE          axe.min.js of npm's axe-core
//	SLIPWAY_CHROMIUM     the browser; without it /usr/bin/chromium, or chromium on the PATH
//	SLIPWAY_ROOT         the course's checkout; without it the one that this folder stands in
//	SLIPWAY_SCREENSHOTS  a folder for pictures of all pages; without it none are taken
//
// What is missing is a failure that says what to type, never a skipped test.
package browsertest
