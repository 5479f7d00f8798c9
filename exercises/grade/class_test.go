package grade

import (
	"archive/zip"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/slipway-workshop/slipway/exercises/submission"
	"github.com/slipway-workshop/slipway/exercises/workspace"
)

// lay writes files below a folder, all changed at the same time. A name that ends in .zip or .tar.gz gets an archive whose
// files its content lists, name=content; a name that ends in / is a folder.
func lay(t testing.TB, dir string, files map[string]string) {
	t.Helper()
	for name, content := range files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		err := os.MkdirAll(filepath.Dir(file), 0o755)
		switch {
		case err != nil:
		case strings.HasSuffix(name, "/"):
			err = os.MkdirAll(file, 0o755)
		case strings.HasSuffix(name, ".zip") && strings.Contains(content, "="):
			err = os.WriteFile(file, zipOf(t, content), 0o644)
		case strings.HasSuffix(name, ".tar.gz") && strings.Contains(content, "="):
			err = os.WriteFile(file, packOf(t, content), 0o644)
		default:
			err = os.WriteFile(file, []byte(content), 0o644)
		}
		if err == nil {
			err = os.Chtimes(file, day, day)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func zipOf(t testing.TB, content string) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for part := range strings.SplitSeq(content, ";") {
		name, data, _ := strings.Cut(part, "=")
		f, err := w.Create(name)
		if err == nil {
			_, err = f.Write([]byte(data))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// packOf is what slipway pack makes of one file, id/name=content@digest of the task.
func packOf(t testing.TB, content string) []byte {
	t.Helper()
	content, digest, _ := strings.Cut(content, "@")
	name, data, _ := strings.Cut(content, "=")
	id, name, _ := strings.Cut(name, "/")
	s := submission.Submission{Course: "c", Tasks: []submission.Task{{ID: id, Digest: digest, Files: []workspace.File{{Name: name, Data: []byte(data)}}}}}
	var out bytes.Buffer
	if err := s.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// shown is a class in a line for each attempt: id path tasks received, where it is not the usual time.
func shown(c Class) string {
	var out strings.Builder
	for _, l := range c.Learners {
		fmt.Fprint(&out, l.ID)
		if !l.OnRoster {
			out.WriteString("?")
		}
		for _, a := range l.Attempts {
			var tasks []string
			if a.Work == nil {
				tasks = []string{"unreadable"}
			} else {
				for _, p := range a.Work.Pieces {
					tasks = append(tasks, p.Task)
				}
			}
			fmt.Fprintf(&out, " | %s %s", a.Path, strings.Join(tasks, ","))
			if !a.Received.Equal(day) {
				out.WriteString(" " + a.Received.Format("15:04"))
			}
		}
		out.WriteString("\n")
	}
	return out.String()
}

var people = Roster{{"s1", "Ada Lovelace", "ada@x.test"}, {"s2", "王小明", "wang@x.test"}, {"s3", "Grace Hopper", "grace@x.test"}}

func TestReadClass(t *testing.T) {
	for name, tt := range map[string]struct {
		files    map[string]string
		paths    []string
		roster   Roster
		received Received
		want     string
		problems []string
	}{
		"flat archives": {
			files: map[string]string{"in/s1.zip": "x01/points=1", "in/王小明.tar.gz": "x02/points=1 1@d", "in/grace.zip": "work/x01/points=2;work/x02/points=3"},
			paths: []string{"in"}, roster: people,
			want: "s1 | s1.zip x01\ns2 | 王小明.tar.gz x02\ns3 | grace.zip x01,x02\n",
		},
		"folders of learners": {
			files: map[string]string{"in/s1/x01/points": "1", "in/s1/x02/": "", "in/s2/mine/x01/points": "2", "in/s3/a.zip": "x01/p=1", "in/s3/b.zip": "x01/p=2"},
			paths: []string{"in"}, roster: people,
			want: "s1 | s1 x01,x02\ns2 | s2 x01\ns3 | s3/a.zip x01 | s3/b.zip x01\n",
		},
		"one learner's folder": {
			files: map[string]string{"ada/x01/points": "1"},
			paths: []string{"ada"}, roster: people,
			want: "s1 | ada x01\ns2\ns3\n",
		},
		"one learner's folder in a folder": {
			files: map[string]string{"ada/work/x01/points": "1"},
			paths: []string{"ada"}, roster: people,
			want: "s1 | ada x01\ns2\ns3\n",
		},
		"a class of one": {
			files: map[string]string{"in/s1/x01/points": "1"},
			paths: []string{"in"},
			want:  "s1 | s1 x01\n",
		},
		"a class in one more folder": {
			files: map[string]string{"in/class/s1.zip": "x01/p=1", "in/class/ada-2.zip": "x01/p=2", "in/class/s2.tar.gz": "x01/p=3"},
			paths: []string{"in"}, roster: people,
			want: "s1 | class/ada-2.zip x01 | class/s1.zip x01\ns2 | class/s2.tar.gz x01\ns3\n",
		},
		"several paths": {
			files: map[string]string{"a/s1.zip": "x01/p=1", "b/s1.zip": "x01/p=2", "s2-2.zip": "x01/p=3"},
			paths: []string{"a", "b", "s2-2.zip"}, roster: people,
			want: "s1 | a/s1.zip x01 | b/s1.zip x01\ns2 | s2-2.zip x01\ns3\n",
		},
		"no roster": {
			files: map[string]string{"in/ada.zip": "x01/p=1", "in/ada-2.zip": "x01/p=2", "in/s-1.zip": "x01/p=3", "in/s-2.zip": "x01/p=4"},
			paths: []string{"in"},
			want:  "ada | ada-2.zip x01 | ada.zip x01\ns-1 | s-1.zip x01\ns-2 | s-2.zip x01\n",
		},
		"not on the roster": {
			files: map[string]string{"in/mallory.zip": "x01/p=1"},
			paths: []string{"in"}, roster: people,
			want:     "s1\ns2\ns3\nmallory? | mallory.zip x01\n",
			problems: []string{"mallory.zip mallory: the learner is not on the roster: graded all the same"},
		},
		"times": {
			files: map[string]string{"in/s1.zip": "x01/p=1", "in/s1-2.zip": "x01/p=2", "in/s2.zip": "x01/p=3"},
			paths: []string{"in"}, roster: people,
			received: Received{"s1.zip": day.Add(3 * time.Hour), "s1": day.Add(time.Hour), "nobody": day},
			want:     "s1 | s1-2.zip x01 13:00 | s1.zip x01 15:00\ns2 | s2.zip x01\ns3\n",
			problems: []string{"nobody : the list of times names it, and nothing was handed in under that name"},
		},
		"what nobody can read": {
			files: map[string]string{"in/s1.zip": "PK\x03\x04 broken", "in/s1-2.zip": "x01/p=2", "in/s2.zip": "", "in/s3.rar": "Rar!", "in/notes.txt": "hello", "in/.DS_Store": "x", "in/ghost/": "",
				"in/evil.zip": "x01/../../p=1", "in/nested.zip": "x01.zip=PK"},
			paths: []string{"in", "missing"}, roster: people,
			want: "s1 | in/s1-2.zip x01 | in/s1.zip unreadable\ns2 | in/s2.zip unreadable\ns3\n",
			problems: []string{
				"in/s1.zip s1: it is no .zip that can be read: zip: not a valid zip file", "in/s2.zip s2: the file is empty",
				"in/evil.zip evil: the name \"x01/../../p\" cannot be that of a file in a workspace: it may lead to another place",
				"in/ghost ghost: it is empty: it should hold a folder for each task, as slipway pack makes it",
				"in/s3.rar s3.rar: it is a .rar, and neither .zip nor .tar.gz",
				"missing : it cannot be read: no such file or directory",
			},
		},
		"what nobody can read, without a roster": {
			files: map[string]string{"in/s1.zip": "PK\x03\x04 broken", "in/notes.txt": "hello"}, paths: []string{"in"},
			want:     "s1 | s1.zip unreadable\n",
			problems: []string{"notes.txt notes.txt: it is a file of another kind, and neither .zip nor .tar.gz"},
		},
		"an empty folder": {files: map[string]string{"in/": ""}, paths: []string{"in"}, want: "", problems: []string{"in : the folder is empty"}},
		"whose it is, is open": {
			files: map[string]string{"in/sam.zip": "x01/p=1"}, paths: []string{"in"},
			roster: Roster{{"a", "", "sam@a"}, {"b", "", "sam@b"}}, want: "a\nb\n",
			problems: []string{`sam.zip : "sam" can be a or b of the roster: name it by the id`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			lay(t, dir, tt.files)
			var paths []string
			for _, p := range tt.paths {
				paths = append(paths, filepath.Join(dir, p))
			}
			class, problems := ReadClass(paths, tt.roster, tt.received)
			if got := shown(class); got != tt.want {
				t.Errorf("class:\n%s\nwant:\n%s", got, tt.want)
			}
			var said []string
			for _, p := range problems {
				said = append(said, fmt.Sprintf("%s %s: %s", p.Submission, p.Learner, p.What))
			}
			for _, want := range tt.problems {
				if !slices.Contains(said, want) {
					t.Errorf("problem is missing: %s", want)
				}
			}
			if tt.problems == nil && said != nil || t.Failed() {
				t.Logf("problems:\n%s", strings.Join(said, "\n"))
				if tt.problems == nil && said != nil {
					t.Fail()
				}
			}
		})
	}
}

// What a person should look at is in the gradebook, beside grades that it does not change.
func TestFlagsAndProblems(t *testing.T) {
	dir := t.TempDir()
	lay(t, dir, map[string]string{
		"s1.tar.gz": "x01/points=10@an older digest",
		"s2.zip":    "x01/points=3;x01/checks.txtar=skip;x01/Solutions/a.txtar=x;x01/go.mod=module m;x01/slipway-hidden-x02=x;x77/points=1;results.json={}",
		"s3.zip":    "PK broken",
	})
	class, problems := ReadClass([]string{dir}, append(people, Person{ID: "s4"}), nil)
	c := fakeConfig(class, fakeJudge{})
	c.Problems = problems
	f := mustOpen(t, t.TempDir())
	defer f.Close()
	book, _, err := f.Run(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, p := range book.Problems {
		said = append(said, fmt.Sprintf("%s %s %s: %s", p.Submission, p.Learner, p.Task, p.What))
	}
	for i, want := range [][]string{
		{oldVersion},
		{`holds "Solutions", which`, `holds "checks.txtar", which`, `holds "slipway-hidden-x02", which`},
		{"s3.zip could not be read: see the problems"},
		nil,
	} {
		cell := book.Learners[i].Cells[0]
		if len(cell.Flags) != len(want) {
			t.Errorf("flags of %d: %q, want %q", i, cell.Flags, want)
			continue
		}
		for j := range want {
			if !strings.Contains(cell.Flags[j], want[j]) {
				t.Errorf("flags of %d: %q, want %q", i, cell.Flags, want)
			}
		}
	}
	for _, want := range []string{
		"s1.tar.gz s1 x01: " + oldVersion, "s2.zip s2 x77: the class is not graded on this task",
		`s2.zip s2 : files outside of the folders of tasks are not read: "results.json"`, " s4 : handed in nothing",
	} {
		if !slices.Contains(said, want) {
			t.Errorf("problem is missing: %s\nof\n%s", want, strings.Join(said, "\n"))
		}
	}
	c.Aside = []string{"x77"}
	if book, _, err = f.Run(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if slices.ContainsFunc(book.Problems, func(p Problem) bool { return p.Task == "x77" }) || len(book.Problems) != len(said)-1 {
		t.Errorf("a task that was left aside is a problem: %+v", book.Problems)
	}
	if got := book.Learners[1].Cells[0]; got.Points != 3 || got.HiddenRun || book.Learners[3].Cells[0].State != Absent {
		t.Errorf("the cells are %+v, %+v", got, book.Learners[3].Cells[0])
	}
}
