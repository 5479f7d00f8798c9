package submission

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/slipway-workshop/slipway/exercises/workspace"
)

// Junk reports whether systems and tools leave something of that name in folders and archives, which nobody hands in.
func Junk(name string) bool {
	return slices.Contains([]string{".git", ".ds_store", "__macosx", "thumbs.db", "desktop.ini"}, strings.ToLower(name)) || strings.HasPrefix(name, "._")
}

func hasJunk(name string) bool { return slices.ContainsFunc(strings.Split(name, "/"), Junk) }

// byHand returns what an archive or a folder holds that somebody put together: folders named by the ids of tasks, at the
// top or below one folder.
func (c *collection) byHand() (*Submission, error) {
	base, err := c.base()
	if err != nil {
		return nil, err
	}
	s := &Submission{}
	tasks := map[string]*Task{}
	at := func(id string) *Task {
		if tasks[id] == nil {
			tasks[id] = &Task{ID: id}
		}
		return tasks[id]
	}
	for _, name := range c.folders {
		if id, ok := below(base, name); ok && taskID.MatchString(id) {
			at(id)
		}
	}
	digests := map[string]string{}
	for _, f := range c.files {
		rel, ok := below(base, f.Name)
		id, name, deep := strings.Cut(rel, "/")
		switch {
		case hasJunk(f.Name):
		case ok && deep && taskID.MatchString(id):
			f.Name = name
			at(id).Files = append(at(id).Files, f)
		case ok && rel == listName && f.Link == "":
			digests = s.versions(f)
		default:
			s.stray(f.Name, base)
		}
	}
	for id, t := range tasks {
		t.Digest = digests[id]
		slices.SortFunc(t.Files, func(a, b workspace.File) int { return cmp.Compare(a.Name, b.Name) })
		s.Tasks = append(s.Tasks, *t)
	}
	slices.SortFunc(s.Tasks, func(a, b Task) int { return cmp.Compare(a.ID, b.ID) })
	s.clean()
	return s, s.checkLinks()
}

// base returns the folder that holds the folders of tasks.
func (c *collection) base() (string, error) {
	bases := map[string]bool{}
	var tops []string
	look := func(name string, folder bool) {
		parts := strings.Split(name, "/")
		if hasJunk(name) {
			return
		}
		if !slices.Contains(tops, parts[0]) && len(tops) <= 5 {
			tops = append(tops, parts[0])
		}
		for i, part := range parts[:min(2, len(parts))] {
			if (folder || i < len(parts)-1) && taskID.MatchString(part) {
				bases[path.Join(parts[:i]...)] = true
				return
			}
		}
	}
	for _, name := range c.folders {
		look(name, true)
	}
	for _, f := range c.files {
		look(f.Name, false)
	}
	switch {
	case bases[""]:
		return "", nil
	case len(bases) == 1:
		for base := range bases {
			return base, nil
		}
	case len(bases) > 1:
		return "", fmt.Errorf("folders of tasks stand in %d places: put them side by side, or use slipway pack", len(bases))
	case len(tops) == 0:
		return "", fmt.Errorf("it is empty: it should hold a folder for each task, as slipway pack makes it")
	}
	slices.Sort(tops)
	return "", fmt.Errorf("it holds no folder that is named by a task, such as x06, but %.60q: archives in archives are not opened; use slipway pack", tops)
}

// below returns a name as it is below a folder.
func below(base, name string) (string, bool) {
	if base == "" {
		return name, true
	}
	return strings.CutPrefix(name, base+"/")
}

// stray notes what belongs to no task, by what stands at the top. What a folder of all workspaces has beside these is not
// worth a word.
func (s *Submission) stray(name, base string) {
	rel, ok := below(base, name)
	top, _, _ := strings.Cut(rel, "/")
	if ok && slices.Contains([]string{".old", "progress.json", ".progress.lock", "go.mod"}, top) {
		return
	}
	if ok {
		top = path.Join(base, top)
	}
	if !slices.Contains(s.Stray, top) {
		s.Stray = append(s.Stray, top)
	}
}

// versions takes what a list says, if there is one that can be read, and returns its digests of tasks. The files need
// not be those that were packed.
func (s *Submission) versions(f workspace.File) map[string]string {
	l, err := readList(f.Data)
	if err != nil {
		s.Stray = append(s.Stray, f.Name)
		return nil
	}
	s.Course, s.Slipway, s.Go = l.Course, l.Slipway, l.Go
	digests := map[string]string{}
	for _, t := range l.Tasks {
		digests[t.ID] = t.Digest
	}
	return digests
}
