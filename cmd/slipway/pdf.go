package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/slipway-workshop/slipway/exercises/sandbox"
)

// browserEnv names the browser that prints.
const browserEnv = "SLIPWAY_CHROMIUM"

// printTime is how long a browser may take for a book.
const printTime = 10 * time.Minute

// browsers are the names of Chromium and of what is made of it, on PATH and where installers of macOS and
// Windows put it.
var browsers = []string{
	"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge", "msedge",
	"/Applications/Chromium.app/Contents/MacOS/Chromium",
	"/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
	"/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
	`C:\Program Files\Google\Chrome\Application\chrome.exe`,
	`C:\Program Files (x86)\Google\Chrome\Application\chrome.exe`,
	`C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe`,
}

// findBrowser returns the path of the browser that prints.
func findBrowser(getenv func(string) string) (string, error) {
	if name := getenv(browserEnv); name != "" {
		path, err := exec.LookPath(name)
		if err != nil {
			return "", fmt.Errorf("find the browser that %s names: %w", browserEnv, err)
		}
		return path, nil
	}
	for _, name := range browsers {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errors.New("print: there is no Chromium, Chrome or Edge here: " + installBrowser(runtime.GOOS) +
		", or name one with " + browserEnv + "=path; slipway book --format html writes a page that any browser prints")
}

func installBrowser(goos string) string {
	switch goos {
	case "darwin":
		return "type brew install --cask chromium"
	case "windows":
		return "type winget install Google.Chrome"
	}
	return "type sudo apt-get install chromium"
}

// printPDF prints a page of this disk. The browser has a profile below dir and looks for nothing outside
// of this machine.
func printPDF(ctx context.Context, browser, page, dir string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, printTime)
	defer cancel()
	out := filepath.Join(dir, "book.pdf")
	args := []string{
		browser, "--headless", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--disable-sync", "--disable-extensions", "--host-resolver-rules=MAP * ~NOTFOUND",
		"--user-data-dir=" + filepath.Join(dir, "profile"),
		"--no-pdf-header-footer", "--generate-pdf-document-outline", "--print-to-pdf=" + out,
	}
	if os.Geteuid() == 0 {
		args = append(args, "--no-sandbox") // Chromium refuses to start its own for root
	}
	env := append(os.Environ(), "HOME="+dir) // crash reports go there, and nothing is read from the real one
	res, err := sandbox.Run(ctx, sandbox.Command{Args: append(args, fileURL(page)), Dir: dir, Env: env, Merge: true})
	switch {
	case err != nil:
		return nil, err
	case res.TimedOut:
		return nil, fmt.Errorf("%s did not print within %s", browser, printTime)
	}
	data, err := os.ReadFile(out)
	if res.ExitCode != 0 || err != nil || !bytes.HasPrefix(data, []byte("%PDF-")) {
		return nil, fmt.Errorf("%s printed nothing (exit %d):\n%s", browser, res.ExitCode, lastLines(string(res.Stdout), 5))
	}
	return data, nil
}

// fileURL is the address of a file of this disk.
func fileURL(name string) string {
	slashed := filepath.ToSlash(name)
	if !strings.HasPrefix(slashed, "/") {
		slashed = "/" + slashed // a drive of Windows
	}
	return (&url.URL{Scheme: "file", Path: slashed}).String()
}

func lastLines(s string, n int) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
