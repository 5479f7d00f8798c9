package classtest

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"

	"github.com/slipway-workshop/slipway/exercises"
	"github.com/slipway-workshop/slipway/exercises/submission"
)

// What hostile programs write where they find they can.
const (
	Marker = "slipway-hostile-marker" // name of a file
	Leak   = "slipway-hostile-leak:"  // beginning of a line of output
)

// A Class is what must come of grading: expected.json.
type Class struct {
	Seed     uint64    `json:"seed"`
	Learners []Learner `json:"learners"` // in the order of the roster, then who is not on it
}

// A Learner is somebody who is on the roster or handed something in.
type Learner struct {
	ID         string  `json:"id"`
	Name       string  `json:"name,omitempty"`
	Email      string  `json:"email,omitempty"`
	OnRoster   bool    `json:"onRoster"`
	Submission string  `json:"submission,omitempty"` // file or folder below submissions; nothing was handed in without
	Reading    Reading `json:"reading,omitempty"`
	Hostile    string  `json:"hostile,omitempty"` // name of the archive
	Tries      string  `json:"tries,omitempty"`   // what it tries
	Tasks      []Task  `json:"tasks,omitempty"`   // sorted; of what can be read
}

// A Reading says what must come of reading a submission.
type Reading string

const (
	Read    Reading = "read"    // as a submission
	Refused Reading = "refused" // a problem is told, and there are no points
	Either  Reading = "either"  // refused, or read without what is odd about it
)

// A Kind is what work is like.
type Kind string

const (
	Right     Kind = "right"
	Wrong     Kind = "wrong"
	Untouched Kind = "untouched"
	Hostile   Kind = "hostile"
)

// A Task is what must come of a learner's work on a task, by the public checks.
type Task struct {
	ID     string   `json:"id"`
	Kind   Kind     `json:"kind"`
	Change string   `json:"change,omitempty"` // name of the solution, the wrong one, or the program
	Tries  string   `json:"tries,omitempty"`  // what a program tries
	Limit  string   `json:"limit,omitempty"`  // that a program runs into where it is bounded
	Status string   `json:"status"`           // pass or fail, never error
	Least  int      `json:"least"`            // points
	Most   int      `json:"most"`
	Max    int      `json:"max"`
	Fails  []string `json:"fails,omitempty"` // checks that must not pass
}

// Write makes a class of n submissions in the folder dir, which must not exist or be empty.
func Write(dir string, n int, seed uint64) (*Class, error) {
	c, err := write(dir, n, seed)
	if err != nil {
		return nil, fmt.Errorf("make class: %w", err)
	}
	return c, nil
}

func write(dir string, n int, seed uint64) (*Class, error) {
	if n < 2 {
		return nil, errors.New("a class has 2 submissions at the least: one is of somebody who is not on the roster")
	}
	m, err := newMaker(seed)
	if err != nil {
		return nil, err
	}
	folder := filepath.Join(dir, "submissions")
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return nil, err
	}
	if old, err := os.ReadDir(folder); err != nil || len(old) > 0 {
		return nil, errors.Join(err, fmt.Errorf("%s is not empty: name another folder", folder))
	}
	c := &Class{Seed: seed}
	hostile := m.hostile(n)
	for i := range n - 1 {
		l := m.person(i)
		if err := m.handIn(folder, &l, i, hostile[i]); err != nil {
			return nil, fmt.Errorf("%s: %w", l.ID, err)
		}
		c.Learners = append(c.Learners, l)
	}
	c.Learners = append(c.Learners, m.person(n-1)) // hands nothing in
	stray := Learner{ID: "stray"}
	if err := m.handIn(folder, &stray, 0, nil); err != nil {
		return nil, fmt.Errorf("%s: %w", stray.ID, err)
	}
	c.Learners = append(c.Learners, stray)
	return c, c.writeLists(dir)
}

// writeLists writes the roster, and what is expected.
func (c *Class) writeLists(dir string) error {
	f, err := os.Create(filepath.Join(dir, "roster.csv"))
	if err != nil {
		return err
	}
	defer f.Close()
	w := csv.NewWriter(f)
	lines := [][]string{{"id", "name", "email"}}
	for _, l := range c.Learners {
		if l.OnRoster {
			lines = append(lines, []string{l.ID, l.Name, l.Email})
		}
	}
	if err := errors.Join(w.WriteAll(lines), f.Close()); err != nil {
		return err
	}
	data, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "expected.json"), append(data, '\n'), 0o666)
}

// names of learners; one is a formula, as spreadsheets take it.
var names = []string{
	"Ana Souza", "王芳", "Bo Lindqvist", "李娜", "Chidi Okafor", "张伟", "Dana O'Neil", "刘洋", "Emre Yılmaz", "陈静",
	`=HYPERLINK("http://x.test","Fay")`, "Gita Rao, Jr.", "杨勇", "Hana Sato", "Ivo \"Ivi\" Horvat", "欧阳娜娜",
}

func (m *maker) person(i int) Learner {
	id := fmt.Sprintf("l%03d", i+1)
	return Learner{ID: id, Name: names[i%len(names)], Email: id + "@class.test", OnRoster: true}
}

// A maker makes the submissions of a class.
type maker struct {
	rand     *rand.Rand
	tasks    exercises.Catalog
	programs []Program
	archives []Archive
}

func newMaker(seed uint64) (*maker, error) {
	cat, err := exercises.Load(exercises.FS)
	if err != nil {
		return nil, err
	}
	m := &maker{rand: rand.New(rand.NewPCG(seed, 0x736c6970)), archives: Archives()}
	for _, x := range cat {
		if !x.Draft {
			m.tasks = append(m.tasks, x)
		}
	}
	m.programs, err = Programs()
	return m, err
}

// hostile draws who hands in something hostile: half of the class at the most.
func (m *maker) hostile(n int) map[int]any {
	var all []any
	for _, a := range m.archives {
		all = append(all, a)
	}
	for _, p := range m.programs {
		all = append(all, p)
	}
	m.rand.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	who := map[int]any{}
	for i, learner := range m.rand.Perm(n - 1) {
		if i < min(len(all), n/2) {
			who[learner] = all[i]
		}
	}
	return who
}

// handIn writes what a learner hands in, and notes what must come of it.
func (m *maker) handIn(folder string, l *Learner, i int, hostile any) error {
	if a, ok := hostile.(Archive); ok {
		l.Submission, l.Reading, l.Hostile, l.Tries = l.ID+a.Ext, a.Reading, a.Name, a.Tries
		return a.Write(filepath.Join(folder, l.Submission))
	}
	l.Reading = Read
	s := &submission.Submission{Course: "generated", Slipway: "v0.0.0-classtest", Go: "go1.26"}
	if p, ok := hostile.(Program); ok {
		if err := m.addProgram(s, l, p); err != nil {
			return err
		}
	}
	for range 1 + m.rand.IntN(3-len(l.Tasks)) {
		m.addWork(s, l)
	}
	return m.save(folder, s, l, i)
}

// save writes a submission in one of the forms that may be handed in.
func (m *maker) save(folder string, s *submission.Submission, l *Learner, i int) error {
	entries, err := entriesOf(s)
	if err != nil {
		return err
	}
	switch {
	case i%5 == 2:
		l.Submission = l.ID + ".zip"
		return writeWhole(filepath.Join(folder, l.Submission), entries, writeZip)
	case i%7 == 3 && !hasLinks(entries): // Windows gives links to few
		l.Submission = l.ID
		return writeFolder(filepath.Join(folder, l.Submission), entries)
	}
	l.Submission = l.ID + ".tar.gz"
	return writeWhole(filepath.Join(folder, l.Submission), entries, writeTar)
}
