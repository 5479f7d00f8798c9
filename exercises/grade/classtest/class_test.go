package classtest

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/slipway-workshop/slipway/exercises/submission"
)

func classOf(t *testing.T, n int, seed uint64) (string, *Class) {
	t.Helper()
	dir := t.TempDir()
	c, err := Write(dir, n, seed)
	if err != nil {
		t.Fatal(err)
	}
	return dir, c
}

// A class of 200 has everything, in every form.
func TestClass(t *testing.T) {
	dir, c := classOf(t, 200, 1)
	t.Run("read", func(t *testing.T) { testRead(t, dir, c) })
	t.Run("expected", func(t *testing.T) { testExpected(t, c) })
}

// What slipway pack could have written is read back as what is expected of it, and what is to be refused is refused.
func testRead(t *testing.T, dir string, c *Class) {
	hostile, programs, forms := 0, map[string]bool{}, map[string]int{}
	for _, l := range c.Learners {
		for _, task := range l.Tasks {
			if task.Kind == Hostile {
				programs[task.Change] = true
			}
		}
		if l.Hostile != "" {
			hostile++
		}
		_, form, _ := strings.Cut(l.Submission, ".")
		if l.Submission != "" && l.Hostile == "" {
			forms[form]++
		}
		if form != "tar.gz" {
			continue
		}
		f, err := os.Open(filepath.Join(dir, "submissions", l.Submission))
		if err != nil {
			t.Fatal(err)
		}
		s, err := submission.Read(f)
		f.Close()
		switch {
		case l.Reading == Refused && err == nil:
			t.Errorf("%s: %s is read: %+v", l.ID, l.Hostile, s)
		case l.Reading == Read && err != nil:
			t.Errorf("%s: %v", l.ID, err)
		case l.Reading == Read && fmt.Sprint(ids(s)) != fmt.Sprint(expectedIDs(l)):
			t.Errorf("%s: read %v, want %v", l.ID, ids(s), expectedIDs(l))
		}
	}
	if want := len(Archives()); hostile != want {
		t.Errorf("%d hostile archives, want %d", hostile, want)
	}
	if all, err := Programs(); err != nil || len(programs) != len(all) {
		t.Errorf("%d hostile programs, want %d: %v", len(programs), len(all), err)
	}
	if forms["tar.gz"] < 20 || forms["zip"] < 10 || forms[""] < 5 {
		t.Errorf("forms %v", forms)
	}
}

func ids(s *submission.Submission) (list []string) {
	for _, task := range s.Tasks {
		list = append(list, task.ID)
	}
	return list
}

func expectedIDs(l Learner) (list []string) {
	for _, task := range l.Tasks {
		list = append(list, task.ID)
	}
	return list
}

func TestLists(t *testing.T) {
	dir, c := classOf(t, 20, 3)
	data, err := os.ReadFile(filepath.Join(dir, "expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	var again Class
	if err := json.Unmarshal(data, &again); err != nil || !reflect.DeepEqual(&again, c) {
		t.Errorf("expected.json is another class: %v", err)
	}
	f, err := os.Open(filepath.Join(dir, "roster.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil || len(lines) != 21 || lines[2][1] != "王芳" {
		t.Errorf("roster %q: %v", lines, err)
	}
	last, missing := c.Learners[len(c.Learners)-1], c.Learners[len(c.Learners)-2]
	if last.OnRoster || last.Submission == "" || !missing.OnRoster || missing.Submission != "" {
		t.Errorf("the last two are %+v and %+v", missing, last)
	}
	handedIn, err := os.ReadDir(filepath.Join(dir, "submissions"))
	if err != nil || len(handedIn) != 20 {
		t.Errorf("%d submissions: %v", len(handedIn), err)
	}
	if _, err := Write(dir, 20, 3); err == nil || !strings.Contains(err.Error(), "not empty") {
		t.Errorf("again in the same folder: %v", err)
	}
}

// What is expected is what the catalogue says.
func testExpected(t *testing.T, c *Class) {
	kinds := map[Kind]int{}
	for _, l := range c.Learners {
		for _, task := range l.Tasks {
			kinds[task.Kind]++
			full, none := task.Least == task.Max, task.Most == 0
			ok := task.Max > 0 && task.Least <= task.Most && task.Most <= task.Max && full == (task.Kind == Right) && full == (task.Status == "pass")
			if task.Kind == Wrong {
				ok = ok && len(task.Fails) > 0 && task.Most < task.Max
			}
			if !ok || task.Kind == Untouched && !none {
				t.Errorf("%s: %+v", l.ID, task)
			}
		}
	}
	for _, k := range []Kind{Right, Wrong, Untouched, Hostile} {
		if kinds[k] < 10 {
			t.Errorf("kinds %v", kinds)
		}
	}
}

// The same number and seed give the same files, and another seed others.
func TestDeterministic(t *testing.T) {
	one, _ := classOf(t, 12, 5)
	two, _ := classOf(t, 12, 5)
	three, _ := classOf(t, 12, 6)
	files := func(dir string) map[string]string {
		all := map[string]string{}
		err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return err
			}
			data, err := os.ReadFile(name)
			all[strings.TrimPrefix(name, dir)] = string(data)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	if !reflect.DeepEqual(files(one), files(two)) {
		t.Error("the same seed gives two classes")
	}
	if reflect.DeepEqual(files(one), files(three)) {
		t.Error("two seeds give the same class")
	}
}

// Each hostile thing has a name of its own, and tells what it tries; each program is for a task of the catalogue.
func TestCorpus(t *testing.T) {
	m, err := newMaker(1)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, a := range m.archives {
		if seen[a.Name] || a.Tries == "" {
			t.Errorf("archive %q", a.Name)
		}
		seen[a.Name] = true
	}
	for _, p := range m.programs {
		x := m.tasks.Get(p.Task)
		if seen[p.Name] || p.Tries == "" || x == nil {
			t.Errorf("program %q for %s", p.Name, p.Task)
			continue
		}
		seen[p.Name] = true
		if p.Limit != "" && !strings.Contains(" time memory processes output disk ", " "+p.Limit+" ") {
			t.Errorf("program %s has the limit %q", p.Name, p.Limit)
		}
		var out bytes.Buffer
		s := &submission.Submission{Tasks: []submission.Task{{ID: x.ID, Digest: x.Digest, Files: p.Apply(x.Task)}}}
		if err := s.Write(&out); err != nil {
			t.Fatal(err)
		}
		if _, err := submission.Read(&out); err != nil {
			t.Errorf("program %s is refused before it can run: %v", p.Name, err)
		}
	}
}
