package companion

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/slipway-workshop/slipway/exercises/verdict"
)

func TestRefusals(t *testing.T) {
	checked := false
	srv := newServer(t, checkFunc(func(context.Context, string, func(verdict.Check)) (verdict.Result, error) {
		checked = true
		return verdict.Result{}, nil
	}))
	const check, events = "POST /-/check/x06", "GET /-/events?generation=0"
	const progress = "GET /-/progress"
	const page = "GET /en/index.html"
	origin := "Origin: http://" + testHost
	token := tokenHeader + ": " + srv.token
	tests := []struct {
		name    string
		line    string
		headers []string
		status  int
		says    string
	}{
		{"rebound name", page, []string{"Host: evil.test:8080"}, 403, "open http://127.0.0.1:8080/"},
		{"rebound name, own origin", check, []string{"Host: evil.test:8080", "Origin: http://evil.test:8080", token}, 403, "open http://"},
		{"rebound name, script", "GET /-/companion.js", []string{"Host: evil.test:8080"}, 403, "open http://"},
		{"name under localhost", page, []string{"Host: evil.localhost:8080"}, 403, "open http://"},
		{"name that begins like loopback", page, []string{"Host: 127.0.0.1.evil.test:8080"}, 403, "open http://"},
		{"every interface", page, []string{"Host: 0.0.0.0:8080"}, 403, "open http://"},
		{"another port", page, []string{"Host: 127.0.0.1:9090"}, 403, "open http://"},
		{"no port", page, []string{"Host: localhost"}, 403, "open http://"},
		{"empty host", page, []string{"Host:"}, 403, "open http://"},

		{"no origin", check, []string{token}, 403, "press the button there"},
		{"foreign origin", check, []string{token, "Origin: http://evil.test"}, 403, "press the button there"},
		{"other local port", check, []string{token, "Origin: http://127.0.0.1:3000"}, 403, "press the button there"},
		{"other name of this machine", check, []string{token, "Origin: http://localhost:8080"}, 403, "press the button there"},
		{"opaque origin", check, []string{token, "Origin: null"}, 403, "press the button there"},
		{"https origin", check, []string{token, "Origin: https://" + testHost}, 403, "press the button there"},
		{"two origins", check, []string{token, origin, "Origin: http://evil.test"}, 403, "press the button there"},
		{"cross-site", check, []string{token, origin, "Sec-Fetch-Site: cross-site"}, 403, "another site"},
		{"same site, other port", check, []string{token, origin, "Sec-Fetch-Site: same-site"}, 403, "another site"},
		{"typed address", check, []string{token, origin, "Sec-Fetch-Site: none"}, 403, "another site"},
		{"no token", check, []string{origin}, 403, "reload the page"},
		{"wrong token", check, []string{origin, tokenHeader + ": " + strings.Repeat("A", 26)}, 403, "reload the page"},
		{"start of the token", check, []string{origin, token[:len(token)-1]}, 403, "reload the page"},
		{"token in the address", "POST /-/check/x06?token=" + srv.token, []string{origin}, 403, "reload the page"},
		{"unknown task", "POST /-/check/x99", own(srv), 404, "slipway list"},
		{"task with a slash", "POST /-/check/x06%2fx", own(srv), 404, "slipway list"},
		{"path for a task", "POST /-/check/%2e%2e", own(srv), 404, ""},

		{"events without token", events, nil, 403, "reload the page"},
		{"events for another site", events, []string{token, "Sec-Fetch-Site: cross-site"}, 403, "another site"},
		{"progress without token", progress, nil, 403, "reload the page"},
		{"progress with a wrong token", progress, []string{tokenHeader + ": " + strings.Repeat("A", 26)}, 403, "reload the page"},
		{"progress for another site", progress, []string{token, "Sec-Fetch-Site: cross-site"}, 403, "another site"},
		{"progress for another port", progress, []string{token, "Sec-Fetch-Site: same-site"}, 403, "another site"},
		{"progress by a rebound name", progress, []string{token, "Host: evil.test:8080"}, 403, "open http://"},
		{"progress by POST", "POST /-/progress", own(srv), 405, ""},
		{"events without generation", "GET /-/events", []string{token}, 400, "reload the page"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			resp := do(t, srv, tt.line, tt.headers...)
			text := body(t, resp)
			if resp.StatusCode != tt.status || !strings.Contains(text, tt.says) {
				t.Errorf("status %d, %q; want %d, %q", resp.StatusCode, text, tt.status, tt.says)
			}
			if tt.says != "" && strings.Count(text, "\n") != 1 {
				t.Errorf("refusal is not one line: %q", text)
			}
			if checked {
				t.Fatal("the check has run")
			}
		})
	}
}

func TestAccepts(t *testing.T) {
	srv := newServer(t, passes)
	for _, host := range []string{"127.0.0.1:8080", "localhost:8080", "LOCALHOST:8080", "[::1]:8080", "127.0.0.2:8080"} {
		token := tokenHeader + ": " + srv.token
		resp := do(t, srv, "POST /-/check/x06", "Host: "+host, "Origin: http://"+host, token)
		if resp.StatusCode != http.StatusOK {
			t.Errorf("host %s: status %d, %s", host, resp.StatusCode, body(t, resp))
		}
	}
}

func TestHostWithoutConnection(t *testing.T) {
	rec := httptest.NewRecorder()
	newServer(t, passes).ServeHTTP(rec, httptest.NewRequest("GET", "http://127.0.0.1:8080/", nil))
	if rec.Code != http.StatusForbidden {
		t.Errorf("request that came in nowhere: status %d", rec.Code)
	}
}
