package grade

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/slipway-workshop/slipway/exercises/submission"
	"golang.org/x/text/unicode/norm"
)

// A Class is the learners of a roster and whoever else handed something in.
type Class struct {
	Learners []Learner // in the order of the roster, then of their ids
}

// A Person is a line of a roster.
type Person struct {
	ID    string
	Name  string
	Email string
}

// A Learner is a person and what the person handed in.
type Learner struct {
	Person
	OnRoster bool
	Attempts []Attempt // in the order in which they were received
}

// An Attempt is one archive or folder of a learner.
type Attempt struct {
	Path       string // below what was named on the command line, with slashes
	Received   time.Time
	Work       *Work  // nil where it cannot be read
	Unreadable string // why
}

// ReadClass reads what a class handed in. A path is an archive of one learner; a folder of one, which holds folders of
// tasks or has a name that is on the roster; or a folder of many, whose entries are archives and folders of learners. A
// learner's folder may hold archives, each of which is an attempt. What cannot be read is a problem, and the rest is read.
func ReadClass(paths []string, roster Roster, received Received) (Class, []Problem) {
	r := reading{roster: roster, received: received, used: map[string]bool{}}
	for _, p := range paths {
		r.path(p, len(paths) > 1)
	}
	for i := range r.found { // gradebooks are UTF-8, and names of files may be anything
		f := &r.found[i]
		f.path, f.owner = strings.ToValidUTF8(f.path, "\ufffd"), strings.ToValidUTF8(f.owner, "\ufffd")
	}
	class := r.class()
	return class, r.rest()
}

// reading is the state of ReadClass.
type reading struct {
	roster   Roster
	received Received
	used     map[string]bool // of received
	found    []found
	problems []Problem
}

// A found is an archive or a folder, and the name that says whose it is.
type found struct {
	file, path, owner string
}

func (r *reading) problem(path, what, next string) {
	r.problems = append(r.problems, Problem{Submission: strings.ToValidUTF8(path, "\ufffd"), What: what, Next: next})
}

// path finds what a path of the command line holds.
func (r *reading) path(name string, several bool) {
	name, err := filepath.Abs(name) // "." has no name that says whose it is
	if err != nil {
		r.problem(name, plain(err), "")
		return
	}
	base := filepath.Base(name)
	info, err := os.Stat(name)
	switch {
	case err != nil:
		r.problem(base, plain(err), "")
		return
	case !info.IsDir():
		r.found = append(r.found, found{name, base, ownerOf(base)})
		return
	}
	if p, err := r.roster.find(base); p != nil || err != nil || submission.IsFolder(name) {
		r.folder(name, base, base)
		return
	}
	entries, err := os.ReadDir(name)
	if err != nil {
		r.problem(base, plain(err), "")
	} else if len(entries) == 0 {
		r.problem(base, "the folder is empty", "")
	}
	for _, e := range entries {
		below := e.Name()
		if several {
			below = base + "/" + e.Name()
		}
		r.entry(filepath.Join(name, e.Name()), below, e)
	}
}

// entry finds what an entry of a folder of many holds.
func (r *reading) entry(file, below string, e fs.DirEntry) {
	switch {
	case submission.Junk(e.Name()):
	case e.IsDir():
		r.folder(file, below, e.Name())
	case e.Type().IsRegular():
		r.found = append(r.found, found{file, below, ownerOf(e.Name())})
	default:
		r.problem(below, "it is neither a file nor a folder", "put the archive itself there")
	}
}

// folder finds what the folder of one learner holds: archives, or the folders of tasks, or both.
func (r *reading) folder(dir, below, owner string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		r.problem(below, plain(err), "")
		return
	}
	archives, folders := 0, false
	for _, e := range entries {
		switch {
		case submission.Junk(e.Name()):
		case e.Type().IsRegular() && archiveSuffix.MatchString(e.Name()):
			archives++
			r.found = append(r.found, found{filepath.Join(dir, e.Name()), below + "/" + e.Name(), r.ownerIn(owner, e.Name())})
		case e.IsDir():
			folders = true
		}
	}
	if archives == 0 || folders {
		r.found = append(r.found, found{dir, below, owner})
	}
}

// ownerIn returns the name that says whose an archive in a folder is: that of the folder, unless the roster knows only the
// archive's own. So it is where somebody has put a class into one more folder.
func (r *reading) ownerIn(folder, base string) string {
	if p, err := r.roster.find(folder); p != nil || err != nil {
		return folder
	}
	if p, err := r.roster.find(ownerOf(base)); p != nil && err == nil {
		return ownerOf(base)
	}
	return folder
}

// ownerOf returns the part of a file's name that says whose it is.
func ownerOf(base string) string { return archiveSuffix.ReplaceAllString(base, "") }

// class reads everything that was found, and sorts it by learner.
func (r *reading) class() Class {
	learners := map[string]*Learner{}
	var order []*Learner
	for _, p := range r.roster {
		l := &Learner{Person: p, OnRoster: true}
		order, learners[p.ID] = append(order, l), l
	}
	var others []*Learner
	seen := map[string]bool{}
	for _, f := range r.found {
		if seen[f.file] {
			continue // a path was named twice
		}
		seen[f.file] = true
		p, err := r.owner(f)
		if err != nil {
			r.problem(f.path, plain(err), "")
			continue
		}
		l := learners[p.ID]
		a := r.attempt(f, p.ID)
		if l == nil && a.Work == nil && !r.ofSomebody(f) {
			continue // it is told, and gets no row
		}
		if l == nil {
			l = &Learner{Person: p, OnRoster: r.roster == nil} // without a roster nobody is missing on it
			others, learners[p.ID] = append(others, l), l
		}
		if !l.OnRoster && r.roster != nil {
			r.problems = append(r.problems, Problem{Submission: f.path, Learner: p.ID, What: "the learner is not on the roster: graded all the same",
				Next: "name the file by an id of the roster, or add the learner to it"})
		}
		l.Attempts = append(l.Attempts, a)
	}
	slices.SortFunc(others, func(a, b *Learner) int { return cmp.Compare(a.ID, b.ID) })
	var c Class
	for _, l := range append(order, others...) {
		slices.SortFunc(l.Attempts, func(a, b Attempt) int {
			return cmp.Or(a.Received.Compare(b.Received), cmp.Compare(a.Path, b.Path))
		})
		c.Learners = append(c.Learners, *l)
	}
	return c
}

// owner says whose something is.
func (r *reading) owner(f found) (Person, error) {
	switch p, err := r.roster.find(f.owner); {
	case err != nil:
		return Person{}, err
	case p != nil:
		return *p, nil
	}
	names := map[string]bool{}
	for _, other := range r.found {
		names[norm.NFC.String(other.owner)] = true
	}
	id := guess(f.owner, names)
	if id == "" || strings.ContainsFunc(id, unicode.IsControl) {
		return Person{}, fmt.Errorf("the name %.80q says nothing of whose it is", f.owner)
	}
	return Person{ID: id}, nil
}

// ofSomebody reports whether something that cannot be read, and whose name the roster does not know, is a submission all
// the same, and not a file that happens to lie there.
func (r *reading) ofSomebody(f found) bool {
	return r.roster == nil && (f.owner != path.Base(f.path) || archiveSuffix.MatchString(f.path))
}

func (r *reading) attempt(f found, id string) Attempt {
	a := Attempt{Path: f.path}
	var err error
	if a.Received, err = r.receivedAt(f, id); err == nil {
		a.Work, err = readWork(func() (*submission.Submission, error) { return submission.Open(f.file) })
	}
	if err != nil {
		a.Work, a.Unreadable = nil, plain(err)
		r.problems = append(r.problems, Problem{Submission: f.path, Learner: id, What: a.Unreadable, Next: "ask the learner for the output of slipway pack"})
	}
	return a
}

// rest returns all problems, those of times that belong to nothing too.
func (r *reading) rest() []Problem {
	for key := range r.received {
		if !r.used[key] {
			r.problem(key, "the list of times names it, and nothing was handed in under that name", "")
		}
	}
	slices.SortStableFunc(r.problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Submission, b.Submission), cmp.Compare(a.Learner, b.Learner), cmp.Compare(a.What, b.What))
	})
	return r.problems
}

// plain puts an error into words that are the same on every machine: without the path of a folder that is not handed in.
func plain(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		return "it cannot be read: " + p.Err.Error()
	}
	return err.Error()
}
