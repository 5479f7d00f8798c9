package companion

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestProgress(t *testing.T) {
	srv := newServer(t, passes)
	ask := func() (status int, answer string) {
		resp := do(t, srv, "GET /-/progress", own(srv)...)
		if got := resp.Header.Get("Cache-Control"); resp.StatusCode == 200 && got != "no-store" {
			t.Errorf("Cache-Control %q", got)
		}
		return resp.StatusCode, strings.TrimSpace(body(t, resp))
	}
	if status, answer := ask(); status != 200 || answer != `{"passed":[]}` {
		t.Errorf("without a record: %d, %s", status, answer)
	}
	at := time.Date(2026, 8, 3, 10, 0, 0, 0, time.UTC)
	srv.opt.Passed = func() ([]Passed, error) { return []Passed{{"x01", at}, {"lab-1", at.Add(time.Hour)}}, nil }
	want := `{"passed":[{"id":"x01","at":"2026-08-03T10:00:00Z"},{"id":"lab-1","at":"2026-08-03T11:00:00Z"}]}`
	if status, answer := ask(); status != 200 || answer != want {
		t.Errorf("answer %d, %s; want %s", status, answer, want)
	}
	srv.opt.Passed = func() ([]Passed, error) { return nil, errors.New("read progress: progress.json is damaged") }
	if status, answer := ask(); status != 500 || !strings.Contains(answer, "progress.json is damaged") {
		t.Errorf("damaged record: %d, %s", status, answer)
	}
}
