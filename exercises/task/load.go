package task

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/slipway-workshop/slipway/content"
	"github.com/slipway-workshop/slipway/content/frontmatter"
)

type taskFile struct {
	Title      string   `yaml:"title"`
	Minutes    int      `yaml:"minutes"`
	Points     int      `yaml:"points"`
	Chapter    string   `yaml:"chapter"`
	Objectives []string `yaml:"objectives"`
	Needs      []string `yaml:"needs,omitempty"`
	Draft      bool     `yaml:"draft,omitempty"`
}

type checkHead struct {
	Title  string   `yaml:"title"`
	Points int      `yaml:"points"`
	Needs  []string `yaml:"needs,omitempty"`
	Why    string   `yaml:"why"`
	Next   string   `yaml:"next"`
}

type changeHead struct {
	Title    string   `yaml:"title"`
	Removes  []string `yaml:"removes,omitempty"`
	CaughtBy string   `yaml:"caught-by,omitempty"`
	Says     string   `yaml:"says,omitempty"`
}

var folderName = regexp.MustCompile(`^(x[0-9]{2}|lab-[0-9]+)-[a-z0-9-]+$`)

// LoadCatalog reads every task below fsys and reports the mistakes of all of them at once.
func LoadCatalog(fsys fs.FS) (Catalog, error) {
	entries, err := fs.ReadDir(fsys, ".")
	if err != nil {
		return nil, fmt.Errorf("read catalogue: %w", err)
	}
	var cat Catalog
	var errs []error
	for _, e := range entries {
		if !e.IsDir() {
			continue
		}
		t, err := Load(fsys, e.Name())
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if twin := cat.Get(t.ID); twin != nil {
			errs = append(errs, frontmatter.Position{File: t.File}.Errorf("task id %q is used twice, first in %s", t.ID, twin.File))
		}
		cat = append(cat, t)
	}
	return cat, errors.Join(errs...)
}

// Load reads the task in folder dir of fsys, with its variants. The error joins all mistakes found.
func Load(fsys fs.FS, dir string) (*Task, error) {
	m := folderName.FindStringSubmatch(dir)
	if m == nil {
		return nil, frontmatter.Position{File: dir}.Errorf("folder name is not an id and a slug, such as x06-build-list or lab-12-four-nodes")
	}
	l := loader{fsys: fsys, dir: dir, task: &Task{ID: m[1], Name: dir}}
	l.load()
	names, err := fs.Glob(fsys, path.Join(dir, variantsDir, "*"))
	l.fail(err)
	for _, name := range names {
		l.variant(path.Base(name))
	}
	return l.task, errors.Join(l.errs...)
}

const variantsDir = "variants"

var variantName = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// variant reads one variant of the task.
func (l *loader) variant(name string) {
	over := path.Join(l.dir, variantsDir, name)
	if !variantName.MatchString(name) {
		l.fail(frontmatter.Position{File: over}.Errorf("name of a variant is not made of small letters, digits and dashes"))
		return
	}
	v := loader{fsys: l.fsys, dir: l.dir, over: over, task: &Task{ID: l.task.ID + "-" + name, Name: l.task.Name, Base: l.task}}
	v.load()
	if v.task.Chapter != l.task.Chapter {
		v.fail(frontmatter.Position{File: v.task.File}.Errorf("variant belongs to chapter %q, and its task to %q", v.task.Chapter, l.task.Chapter))
	}
	l.errs = append(l.errs, v.errs...)
	l.task.Variants = append(l.task.Variants, v.task)
}

type loader struct {
	fsys fs.FS
	dir  string
	over string // folder of the variant that is read: what is there takes the place of what is in dir
	task *Task
	errs []error
}

func (l *loader) load() {
	l.task.File = path.Join(l.dir, "task.md")
	if l.over != "" {
		l.task.File = path.Join(l.over, "task.md")
	}
	l.text()
	l.translations()
	l.start()
	l.checks()
	l.task.Solutions = l.changes("solutions", false)
	l.task.Wrong = l.changes("wrong", true)
	l.digest()
}

// path returns where a file or folder of the task is.
func (l *loader) path(name string) string {
	if l.over != "" {
		over := path.Join(l.over, name)
		if _, err := fs.Stat(l.fsys, over); err == nil {
			return over
		}
	}
	return path.Join(l.dir, name)
}

// Path returns where a file of a task is, in the catalogue's file system.
func (t *Task) Path(fsys fs.FS, name string) string {
	l := loader{fsys: fsys, dir: t.Name}
	if t.Base != nil {
		l.over = path.Dir(t.File)
	}
	return l.path(name)
}

func (l *loader) fail(err error) {
	if err != nil {
		l.errs = append(l.errs, err)
	}
}

// read reads a file of the task, and says where it is.
func (l *loader) read(name string) (string, []byte) {
	name = l.path(name)
	return name, l.readAt(name)
}

func (l *loader) readAt(name string) []byte {
	data, err := fs.ReadFile(l.fsys, name)
	if errors.Is(err, fs.ErrNotExist) {
		err = frontmatter.Position{File: name}.Errorf("file is missing")
	}
	l.fail(err)
	return data
}

func (l *loader) archive(name string) *Archive { return l.archiveAt(l.path(name)) }

func (l *loader) archiveAt(name string) *Archive {
	data := l.readAt(name)
	a, err := ParseArchive(name, data)
	l.fail(err)
	if a == nil {
		a = &Archive{Name: name}
	}
	return a
}

func (l *loader) text() {
	name, src := l.read("task.md")
	if src == nil {
		return
	}
	if name != l.task.File {
		l.fail(frontmatter.Position{File: l.task.File}.Errorf("file is missing: a variant says in its own words what is to do"))
		return
	}
	doc, body, err := frontmatter.Split(name, src)
	if err != nil {
		l.fail(err)
		return
	}
	var file taskFile
	l.fail(doc.Decode(&file))
	t := l.task
	t.Title, t.Minutes, t.Points, t.Chapter = file.Title, file.Minutes, file.Points, file.Chapter
	t.Objectives, t.Needs, t.Draft = file.Objectives, file.Needs, file.Draft
	first := 1 + strings.Count(string(src[:len(src)-len(body)]), "\n")
	t.Line = textLine(string(body), 0, first)
	t.Text, t.Hints, t.HintLines, err = splitHints(name, string(body), first)
	l.fail(err)
}

var hintHeading = regexp.MustCompile(`(?m)^## Hint ([0-9]+)[ \t]*\n`)

// splitHints separates the text of a task from its hints, which are numbered from 1.
func splitHints(name, body string, line int) (text string, hints []string, lines []int, err error) {
	found := hintHeading.FindAllStringSubmatchIndex(body, -1)
	if len(found) == 0 {
		return "", nil, nil, frontmatter.Position{File: name}.Errorf("task has no hint: add a heading %q", "## Hint 1")
	}
	for i, at := range found {
		end := len(body)
		if i+1 < len(found) {
			end = found[i+1][0]
		}
		if number := body[at[2]:at[3]]; number != fmt.Sprint(i+1) {
			pos := frontmatter.Position{File: name, Line: line + strings.Count(body[:at[0]], "\n"), Col: 1}
			return "", nil, nil, pos.Errorf("hint %s stands where hint %d is due", number, i+1)
		}
		hints = append(hints, strings.TrimSpace(body[at[1]:end]))
		lines = append(lines, textLine(body, at[1], line))
	}
	return strings.TrimSpace(body[:found[0][0]]) + "\n", hints, lines, nil
}

// textLine is the line of the first text after offset at in a body that begins at line first.
func textLine(body string, at, first int) int {
	blank := len(body[at:]) - len(strings.TrimLeftFunc(body[at:], unicode.IsSpace))
	return first + strings.Count(body[:at+blank], "\n")
}

func (l *loader) start() {
	l.task.Start = l.archive("start.txtar")
}

func (l *loader) checks() {
	a := l.archive("checks.txtar")
	checks, support := l.scripts(a)
	l.task.Checks, l.task.Support = checks, support
	sum := 0
	for _, c := range checks {
		sum += c.Points
	}
	if len(checks) == 0 {
		l.fail(frontmatter.Position{File: a.Name}.Errorf("task has no check"))
	} else if sum != l.task.Points {
		l.fail(frontmatter.Position{File: l.task.File}.Errorf("task has %d points, and its checks have %d together", l.task.Points, sum))
	}
}

// scripts reads the checks of an archive, and the files for them. A check may need those of the task that are there
// already, and those before it.
func (l *loader) scripts(a *Archive) (checks []Check, support []File) {
	seen := map[string]bool{}
	for _, c := range l.task.Checks {
		seen[c.ID] = true
	}
	for _, f := range a.Files {
		if name, ok := strings.CutPrefix(f.Name, "files/"); ok {
			support = append(support, File{Name: name, Data: f.Data, Line: f.Line})
			continue
		}
		pos := frontmatter.Position{File: a.Name, Line: f.Line, Col: 1}
		id, ok := strings.CutSuffix(f.Name, ".txt")
		if !ok || strings.Contains(id, "/") {
			l.fail(pos.Errorf("%q is neither a check, such as 10-answer.txt, nor a file for the checks, such as files/probe.go", f.Name))
			continue
		}
		c, err := newCheck(id, string(f.Data), pos)
		l.fail(err)
		for _, need := range c.Needs {
			if !seen[need] {
				l.fail(pos.Errorf("check needs %q, and no check before it has that id", need))
			}
		}
		seen[id] = true
		checks = append(checks, c)
	}
	return checks, support
}

func newCheck(id, script string, pos frontmatter.Position) (Check, error) {
	var yaml strings.Builder
	for line := range strings.Lines(script) {
		if !strings.HasPrefix(line, "# ") {
			break
		}
		yaml.WriteString(line[2:])
	}
	var head checkHead
	err := frontmatter.New(pos.File, []byte(yaml.String()), pos.Line-1, 2).Decode(&head)
	if err == nil && head.Points < 0 {
		err = pos.Errorf("check has %d points", head.Points)
	}
	return Check{
		ID: id, Title: head.Title, Points: head.Points, Needs: head.Needs, Why: head.Why, Next: head.Next,
		Script: script, Pos: pos,
	}, err
}

func (l *loader) changes(sub string, wrong bool) []Change {
	names, err := fs.Glob(l.fsys, path.Join(l.path(sub), "*.txtar"))
	l.fail(err)
	var list []Change
	for _, name := range names {
		a := l.archiveAt(name)
		var head changeHead
		doc := frontmatter.New(a.Name, a.Comment, 0, 0)
		if err := doc.Decode(&head); err != nil {
			l.fail(err)
			continue
		}
		l.fail(l.checkChange(doc, head, wrong))
		list = append(list, Change{
			Name: strings.TrimSuffix(path.Base(name), ".txtar"), Title: head.Title, Removes: head.Removes,
			CaughtBy: head.CaughtBy, Says: head.Says, Files: a.Files, File: a.Name,
		})
	}
	return list
}

func (l *loader) checkChange(doc *frontmatter.Doc, head changeHead, wrong bool) error {
	known := slices.ContainsFunc(l.task.Checks, func(c Check) bool { return c.ID == head.CaughtBy })
	switch {
	case wrong && !known:
		return doc.At("$.caught-by").Errorf("no check has the id %q: name the check that must catch this wrong solution", head.CaughtBy)
	case !wrong && head.CaughtBy+head.Says != "":
		return doc.At("$.title").Errorf("a solution has no caught-by and no says")
	}
	for i, name := range head.Removes {
		inStart := slices.ContainsFunc(l.task.Start.Files, func(f File) bool {
			return f.Name == name || strings.HasPrefix(f.Name, name+"/")
		})
		if !inStart {
			return doc.At(fmt.Sprintf("$.removes[%d]", i)).Errorf("start has no file or folder %q", name)
		}
	}
	return nil
}

func (l *loader) digest() {
	var all strings.Builder
	err := fs.WalkDir(l.fsys, l.dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || translationName.MatchString(path.Base(name)) {
			return err
		}
		data, err := fs.ReadFile(l.fsys, name)
		fmt.Fprintf(&all, "%s %s\n", content.Digest(data), name)
		return err
	})
	l.fail(err)
	l.task.Digest = content.Digest([]byte(all.String()))
}
