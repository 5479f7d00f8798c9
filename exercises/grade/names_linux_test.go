package grade

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// Names of files may be anything on Linux, and a gradebook is UTF-8.
func TestNamesInOtherEncodings(t *testing.T) {
	dir := t.TempDir()
	lay(t, dir, map[string]string{"\xcd\xf5.zip": "x01/points=3", "s1/\xcd\xf5.zip": "broken"})
	class, problems := ReadClass([]string{dir}, nil, nil)
	if got, want := shown(class), "s1 | s1/\ufffd.zip unreadable\n\ufffd | \ufffd.zip x01\n"; got != want {
		t.Errorf("class:\n%s\nwant:\n%s", got, want)
	}
	c := fakeConfig(class, fakeJudge{})
	c.Problems = problems
	if got := string(gradeAll(t, t.TempDir(), c)); !utf8.ValidString(got) || strings.Contains(got, `\ufffd`) {
		t.Errorf("the gradebook is\n%s", got)
	}
}
