package prove

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/slipway-workshop/slipway/content"
	"github.com/slipway-workshop/slipway/exercises/gotool"
	"github.com/slipway-workshop/slipway/exercises/world"
)

const pageHead = "---\nnumber: 1\ntitle: T\noutcome: O.\nminutes: 5\n---\n"

// newChapter writes a course of one page, and returns its folder and its prover.
func newChapter(t *testing.T, body string) (dir string, ch *content.Chapter, cs *Prover) {
	t.Helper()
	dir = t.TempDir()
	for name, text := range map[string]string{
		"course.yaml": "title: T\ndescription: {en: D}\nurl: https://example.test/course\nsource: https://example.test/src\n" +
			"parts:\n  - id: one\n    title: {en: One}\n    chapters: [page]\n",
		"normalise.yaml": "rules: []\n",
		"en/page.md":     pageHead + body,
	} {
		writeFile(t, filepath.Join(dir, name), text)
	}
	course, err := content.Load(os.DirFS(dir), "en")
	if err != nil {
		t.Fatal(err)
	}
	tool, err := gotool.Find(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	lib, err := world.LoadLibrary(os.DirFS("../world/modules"))
	if err != nil {
		t.Fatal(err)
	}
	cs, err = New(tool, lib, os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	return dir, course.Chapter("page"), cs
}

func writeFile(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

// problems proves a page and holds that its problems begin as they should.
func problems(t *testing.T, cs *Prover, ch *content.Chapter, want ...string) *ChapterProof {
	t.Helper()
	p, err := cs.Chapter(t.Context(), ch)
	if err != nil {
		t.Fatal(err)
	}
	ok := len(p.Problems) == len(want)
	for i := 0; ok && i < len(want); i++ {
		ok = strings.HasPrefix(p.Problems[i], want[i])
	}
	if !ok {
		t.Errorf("problems = %q\nwant       %q", p.Problems, want)
	}
	return p
}

const badOutput = "A page.\n\n```console\n$ echo one\nother\n```\n"

func TestUpdateChapter(t *testing.T) {
	dir, ch, cs := newChapter(t, badOutput)
	p := problems(t, cs, ch, "en/page.md:10:1: `echo one` does not print")
	if err := p.Update(dir, ch); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(dir, "en/page.md"))
	if want := pageHead + strings.Replace(badOutput, "other", "one", 1); err != nil || string(got) != want {
		t.Errorf("page = %q, %v\nwant   %q", got, err, want)
	}
}

// What an author saves while the proof runs stays as it is.
func TestUpdateLeavesAFileThatChanged(t *testing.T) {
	dir, ch, cs := newChapter(t, badOutput)
	p := problems(t, cs, ch, "en/page.md:10:1: `echo one` does not print")
	saved := pageHead + "A line more.\n\n" + badOutput
	writeFile(t, filepath.Join(dir, "en/page.md"), saved)
	if err := p.Update(dir, ch); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(filepath.Join(dir, "en/page.md")); err != nil || string(got) != saved {
		t.Errorf("page = %q, %v\nwant   %q", got, err, saved)
	}
	if n := len(p.Problems); n != 2 || !strings.HasPrefix(p.Problems[1], "en/page.md: file changed during the proof") {
		t.Errorf("problems = %q", p.Problems)
	}
}

// The digest is that of the text that was proven, also when the file has changed since the course
// was loaded.
func TestChapterDigest(t *testing.T) {
	dir, ch, cs := newChapter(t, "A page.\n")
	saved := pageHead + "Another page.\n"
	writeFile(t, filepath.Join(dir, "en/page.md"), saved)
	if p := problems(t, cs, ch); p.Digest != content.Digest([]byte(saved)) {
		t.Errorf("digest = %q", p.Digest)
	}
}

func TestMistakesDoNotEndTheProof(t *testing.T) {
	_, ch, cs := newChapter(t, "```text {file=../x.txt}\nx\n```\n\n```diff {file=../x.txt}\n-x\n```\n\n"+
		"```text {file=a}\nx\n```\n\n```text {file=a/b}\nx\n```\n\n```console\n$ sleep 30\n$ echo two\nother\n$ echo three\nthree\n```\n")
	cs.stepDeadline = 300 * time.Millisecond
	p := problems(t, cs, ch,
		`en/page.md:8:1: file "../x.txt" leads out of the chapter's folder`,
		`en/page.md:12:1: file "../x.txt" leads out of the chapter's folder`,
		`en/page.md:20:1: write a/b: `,
		"en/page.md:24:1: `sleep 30` was still running after 300ms",
		"en/page.md:25:1: `echo two` does not print",
	)
	if p.Commands != 3 {
		t.Errorf("%d commands were run, want 3", p.Commands)
	}
}

func TestNoProblemsInJSON(t *testing.T) {
	_, ch, cs := newChapter(t, "A page.\n")
	data, err := json.Marshal(problems(t, cs, ch))
	if err != nil || !strings.Contains(string(data), `"problems":[]`) {
		t.Errorf("JSON = %s, %v", data, err)
	}
}
