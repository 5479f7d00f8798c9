package content

import "errors"

func (c *Course) has(page string) bool { return c.chapters[page] != nil || c.tasks[page] != nil }

// Attach gives each task to its chapter and checks that what a task needs comes before it. Within a
// chapter tasks keep the order in which they are given.
func (c *Course) Attach(tasks []*Task) error {
	var errs []error
	for _, t := range tasks {
		ch := c.chapters[t.Chapter]
		switch {
		case c.tasks[t.ID] != nil:
			errs = append(errs, t.Pos.Errorf("task id %q is used twice, first in %s", t.ID, c.tasks[t.ID].Pos.File))
			continue
		case ch == nil:
			errs = append(errs, t.Pos.Errorf("task %q belongs to unknown chapter %q", t.ID, t.Chapter))
			continue
		}
		c.tasks[t.ID] = t
		t.inherit(ch.Draft)
		ch.Tasks = append(ch.Tasks, t)
		for _, v := range t.Variants {
			c.tasks[v.ID] = v
		}
	}
	seen := map[string]bool{}
	for t := range c.Tasks() {
		for _, need := range t.Needs {
			switch {
			case c.tasks[need] == nil:
				errs = append(errs, t.Pos.Errorf("task %q needs unknown task %q", t.ID, need))
			case c.tasks[need].Draft && !t.Draft:
				errs = append(errs, needsDraft(t.Pos, "task", need))
			case !seen[need]:
				errs = append(errs, t.Pos.Errorf("task %q needs task %q, which comes later", t.ID, need))
			}
		}
		seen[t.ID] = true
	}
	for _, r := range c.Redirects {
		switch {
		case c.has(r.From):
			errs = append(errs, r.Pos.Errorf("redirect from %q: there is a page of this name", r.From))
		case !slugForm.MatchString(r.From):
			errs = append(errs, r.Pos.Errorf("redirect from %q: write the old name of a chapter or task, without a folder and .html", r.From))
		case !c.has(r.To):
			errs = append(errs, r.Pos.Errorf("redirect to %q: there is no such chapter or task", r.To))
		}
	}
	return errors.Join(errs...)
}
