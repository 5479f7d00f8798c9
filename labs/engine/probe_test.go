package engine

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/slipway-workshop/slipway/exercises/sandbox"
)

func TestProbeFromHere(t *testing.T) {
	answers := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/broken" {
			http.Error(w, "out of order", http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "name: web")
	})
	plain, secure := httptest.NewServer(answers), httptest.NewTLSServer(answers)
	defer plain.Close()
	defer secure.Close()
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	tests := []struct {
		script string
		wrong  string // part of what is found; empty: nothing
	}{
		{plain.URL, ""},
		{plain.URL + " body ^name:", ""},
		{plain.URL + " body ^name:.*db", "answers name: web"},
		{plain.URL + "/broken", "status 503"},
		{plain.URL + "/broken status 503", ""},
		{plain.URL + " status 503", "status 200"},
		{secure.URL, "certificate"},
		{secure.URL + " insecure", ""},
		{"http://" + closed.Addr().String(), "connection refused"},
		{strings.Replace(plain.URL, "http:", "tcp:", 1), ""},
		{"tcp://" + closed.Addr().String(), "connection refused"},
	}
	for _, tt := range tests {
		p, err := parseProbe(strings.Fields(tt.script))
		if err != nil {
			t.Errorf("%s: %v", tt.script, err)
			continue
		}
		if wrong := p.judge(askHere(t.Context(), p)); (wrong == "") != (tt.wrong == "") || !strings.Contains(wrong, tt.wrong) {
			t.Errorf("%s: found %q, want %q", tt.script, wrong, tt.wrong)
		}
	}
}

func TestParseProbeRefuses(t *testing.T) {
	for _, script := range []string{
		"", "web", "http://web to outside", "http://web from", "http://web status many", "http://web body (",
	} {
		if _, err := parseProbe(strings.Fields(script)); err == nil {
			t.Errorf("probe %s is no error", script)
		}
	}
}

func TestAnswersFromElsewhere(t *testing.T) {
	tests := []struct {
		name string
		got  answer
		want answer
	}{
		{"curl", fromCurl(sandbox.Result{Stdout: []byte("name: web\n\nstatus 200")}), answer{status: 200, body: "name: web\n"}},
		{"curl refused", fromCurl(sandbox.Result{ExitCode: 7, Stdout: []byte("curl: (7) refused\n\nstatus 000")}), answer{err: "curl: (7) refused"}},
		{"tcp closed", fromCurl(sandbox.Result{ExitCode: 124}), answer{err: "no answer"}},
		{"tcp open", fromCurl(sandbox.Result{}), answer{status: 200}},
		{"client", fromClient(sandbox.Result{Stdout: []byte(`{"status":404,"kind":"status","body":"no"}`)}), answer{status: 404, body: "no"}},
		{"client dns", fromClient(sandbox.Result{ExitCode: 3, Stdout: []byte(`{"kind":"dns","error":"no such host"}`)}), answer{err: "dns: no such host"}},
		{"client tcp", fromClient(sandbox.Result{Stdout: []byte(`{"kind":""}`)}), answer{status: 200}},
		{"no pod", fromClient(sandbox.Result{ExitCode: 1, Stderr: []byte("pods \"web\" not found\n")}), answer{err: `pods "web" not found`}},
	}
	for _, tt := range tests {
		if tt.got != tt.want {
			t.Errorf("%s: %+v, want %+v", tt.name, tt.got, tt.want)
		}
	}
}
