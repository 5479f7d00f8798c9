// Package proxytest is what any module proxy must answer: the course's own, and those that learners write.
//
//	proxytest.Run(t, func(path string) (status int, body string) { … })
//
// The proxy serves Modules, or has an upstream that does.
package proxytest

import (
	"net/http"
	"strings"
	"testing"
)

// Modules is the library that the answers are about, as world.LoadLibrary reads it: by file name.
var Modules = map[string]string{
	"example.test_greet_v1.0.0.txtar":                                "-- go.mod --\nmodule example.test/greet\n\ngo 1.26\n-- greet.go --\npackage greet\n\nconst Word = \"v1.0.0\"\n-- .hidden --\nkept\n",
	"example.test_greet_v1.1.0.txtar":                                "-- go.mod --\nmodule example.test/greet\n\ngo 1.26\n-- greet.go --\npackage greet\n\nconst Word = \"v1.1.0\"\n-- .refs --\nmain\n3f2c1d0e9b8a7f6e5d4c3b2a1908f7e6d5c4b3a2\n",
	"example.test_greet_v1.2.0-rc.1.txtar":                           "-- go.mod --\nmodule example.test/greet\n-- greet.go --\npackage greet\n",
	"example.test_!big_v1.0.0.txtar":                                 "-- go.mod --\nmodule example.test/Big\n-- big.go --\npackage big\n",
	"example.test_untagged_v0.0.0-20260102030405-0123456789ab.txtar": "-- go.mod --\nmodule example.test/untagged\n-- u.go --\npackage untagged\n",
}

// Answers are requests below a proxy's address and what must come of them: a status, and what the body begins
// with.
var Answers = []struct {
	Path   string
	Status int
	Body   string
}{
	{"example.test/greet/@v/list", http.StatusOK, "v1.0.0\nv1.1.0\nv1.2.0-rc.1\n"},
	{"example.test/greet/@latest", http.StatusOK, `{"Version":"v1.1.0","Time":"2026-01-15T12:00:00Z"}`},
	{"example.test/greet/@v/v1.0.0.info", http.StatusOK, `{"Version":"v1.0.0"`},
	{"example.test/greet/@v/v1.0.0.mod", http.StatusOK, "module example.test/greet\n\ngo 1.26\n"},
	{"example.test/greet/@v/v1.0.0.zip", http.StatusOK, "PK"},
	{"example.test/greet/@v/v1.0.0.zip", http.StatusOK, "PK"},
	{"example.test/greet/@v/main.info", http.StatusOK, `{"Version":"v1.1.0"`},
	{"example.test/greet/@v/3f2c1d0e.info", http.StatusOK, `{"Version":"v1.1.0"`},
	{"example.test/greet/@v/v9.0.0.info", http.StatusNotFound, ""},
	{"example.test/greet/@v/v1.0.0.txt", http.StatusNotFound, ""},
	{"example.test/greet/@v/", http.StatusNotFound, ""},
	{"example.test/!big/@v/list", http.StatusOK, "v1.0.0\n"},
	{"example.test/!big/@v/v1.0.0.mod", http.StatusOK, "module example.test/Big\n"},
	{"example.test/Big/@v/list", http.StatusNotFound, ""},
	{"example.test/untagged/@v/list", http.StatusOK, ""},
	{"example.test/untagged/@latest", http.StatusOK, `{"Version":"v0.0.0-20260102030405-0123456789ab","Time":"2026-01-02T03:04:05Z"}`},
	{"example.test/none/@v/list", http.StatusNotFound, ""},
}

// Run asks for all of Answers.
func Run(t *testing.T, get func(path string) (status int, body string)) {
	t.Helper()
	for _, want := range Answers {
		status, body := get(want.Path)
		empty := want.Body == "" && body != ""
		if status != want.Status || status == http.StatusOK && (empty || !strings.HasPrefix(body, want.Body)) {
			t.Errorf("GET %s = %d %q, want %d %q", want.Path, status, body, want.Status, want.Body)
		}
	}
}
