package companion

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestStylesheetUsesTheSitesVariables holds that a variable is not renamed in one place only.
func TestStylesheetUsesTheSitesVariables(t *testing.T) {
	own, err := static.ReadFile("static/companion.css")
	if err != nil {
		t.Fatal(err)
	}
	site, err := os.ReadFile("../style/site.css")
	if err != nil {
		t.Fatal(err)
	}
	used := regexp.MustCompile(`var\((--[a-z-]+)`).FindAllSubmatch(own, -1)
	if len(used) == 0 {
		t.Error("no variable is used")
	}
	for _, m := range used {
		if name := string(m[1]); !strings.Contains(string(site), name+":") {
			t.Errorf("site.css does not define %s", name)
		}
	}
}

func TestScriptWritesTextOnly(t *testing.T) {
	var script []byte
	for _, name := range []string{"companion.js", "place.js"} {
		data, err := static.ReadFile("static/" + name)
		if err != nil {
			t.Fatal(err)
		}
		script = append(script, data...)
	}
	if m := regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|\.style\b`).Find(script); m != nil {
		t.Errorf("script uses %s", m)
	}
}
