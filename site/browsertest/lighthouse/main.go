// Lighthouse measures pages of the built site with the tool of that name, and prints its four numbers
// for each page. It fails when one is below what is promised. Since it measures time, it is no test:
//
//	go run ./lighthouse -slipway ../../bin/slipway -lighthouse …/node_modules/.bin/lighthouse en/index.html
//
// The pages are served by a plain server of files that compresses what it sends, as a host of the
// published site would; the companion's server adds scripts of its own.
package main

import (
	"cmp"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
)

// categories are what Lighthouse judges, and what each must reach.
var categories = []struct {
	id    string
	least float64
}{{"performance", 99}, {"accessibility", 100}, {"best-practices", 100}, {"seo", 100}}

func main() {
	slipway := flag.String("slipway", "slipway", "the program")
	tool := flag.String("lighthouse", "lighthouse", "npm's lighthouse")
	chromium := flag.String("chromium", cmp.Or(os.Getenv("SLIPWAY_CHROMIUM"), "/usr/bin/chromium"), "the browser")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := measure(ctx, *slipway, *tool, *chromium, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "lighthouse:", err)
		os.Exit(1)
	}
}

func measure(ctx context.Context, slipway, tool, chromium string, pages []string) error {
	dir, err := os.MkdirTemp("", "slipway-lighthouse-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer ln.Close()
	base := "http://" + ln.Addr().String() + "/"
	public := filepath.Join(dir, "public")
	if out, err := exec.CommandContext(ctx, slipway, "build", "--out", public, "--url", base).CombinedOutput(); err != nil {
		return fmt.Errorf("build the site: %w\n%s", err, out)
	}
	go http.Serve(ln, compressed(http.FileServer(http.Dir(public))))
	var errs []error
	for _, page := range pages {
		scores, err := best(func() (map[string]float64, error) {
			return run(ctx, tool, chromium, filepath.Join(dir, "profile"), base+page)
		})
		if err != nil {
			return fmt.Errorf("%s: %w", page, err)
		}
		line := fmt.Sprintf("%-24s", page)
		for _, c := range categories {
			line += fmt.Sprintf("  %s %.0f", c.id, scores[c.id])
			if scores[c.id] < c.least {
				errs = append(errs, fmt.Errorf("%s: %s is %.0f, at least %.0f is promised", page, c.id, scores[c.id], c.least))
			}
		}
		fmt.Println(line)
	}
	return errors.Join(errs...)
}

// best measures up to three times, until nothing falls short, and returns the run with the best
// performance: what else the machine does costs time, and the page nothing.
func best(run func() (map[string]float64, error)) (scores map[string]float64, err error) {
	for range 3 {
		again, err := run()
		if err != nil {
			return nil, err
		}
		if scores == nil || again["performance"] > scores["performance"] {
			scores = again
		}
		if scores["performance"] >= categories[0].least {
			break
		}
	}
	return scores, nil
}

// run returns the scores of a page, by category, and tells what costs points.
func run(ctx context.Context, tool, chromium, profile, url string) (map[string]float64, error) {
	cmd := exec.CommandContext(ctx, tool, url, "--quiet", "--output=json", "--output-path=stdout", "--no-enable-error-reporting",
		"--only-categories=performance,accessibility,best-practices,seo",
		"--chrome-flags=--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "+
			"--disable-component-update --disable-sync --user-data-dir="+profile)
	cmd.Env = append(os.Environ(), "CHROME_PATH="+chromium)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, err
	}
	var report struct {
		RuntimeError struct{ Message string }
		Categories   map[string]struct {
			Score     float64
			AuditRefs []struct {
				ID     string
				Weight float64
			}
		}
		Audits map[string]struct {
			Title, DisplayValue string
			Score               *float64
		}
	}
	if err := json.Unmarshal(out, &report); err != nil {
		return nil, err
	}
	if report.RuntimeError.Message != "" {
		return nil, errors.New(report.RuntimeError.Message)
	}
	scores := map[string]float64{}
	for id, c := range report.Categories {
		scores[id] = math.Round(c.Score * 100)
		for _, ref := range c.AuditRefs {
			if a := report.Audits[ref.ID]; ref.Weight > 0 && a.Score != nil && *a.Score < .9 {
				fmt.Printf("%s: %s: %.2f %s %s\n", id, ref.ID, *a.Score, a.Title, a.DisplayValue)
			}
		}
	}
	return scores, nil
}

// compressed compresses what a handler sends to those who take it.
func compressed(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "public, max-age=600")
		if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") || r.Header.Get("Range") != "" {
			h.ServeHTTP(w, r)
			return
		}
		zip := gzip.NewWriter(w)
		defer zip.Close()
		h.ServeHTTP(zipped{w, zip}, r)
	})
}

// zipped writes a body through a compressor. The length that the handler knows is that of the plain one.
type zipped struct {
	http.ResponseWriter
	body io.Writer
}

func (z zipped) WriteHeader(code int) {
	z.Header().Del("Content-Length")
	z.Header().Set("Content-Encoding", "gzip")
	z.ResponseWriter.WriteHeader(code)
}

func (z zipped) Write(p []byte) (int, error) { return z.body.Write(p) }
