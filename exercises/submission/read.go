package submission

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/slipway-workshop/slipway/exercises/workspace"
)

// What an archive may hold at most. A workspace may hold as much by itself.
const (
	mostFiles = 20_000
	mostBytes = 256 << 20 // unpacked
	mostRatio = 200       // unpacked to packed, above smallBytes
	smallSize = 8 << 20
	longest   = 1024 // bytes of a name
)

var taskID = regexp.MustCompile(`^(x[0-9]{2}|lab-[0-9]+)(-[a-z0-9]+)*$`)

// Read reads an archive that may come from anybody. The error says what is wrong with it.
func Read(r io.Reader) (*Submission, error) {
	packed := &counter{r: r}
	zip, err := gzip.NewReader(packed)
	if err != nil {
		return nil, fmt.Errorf("read submission: it is no .tar.gz: %w", err)
	}
	in := reading{packed: packed, in: tar.NewReader(zip), seen: map[string]string{}}
	s, err := in.read()
	if err != nil {
		return nil, fmt.Errorf("read submission: %w", err)
	}
	return s, nil
}

// A counter counts what is read.
type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// reading is the state of one Read.
type reading struct {
	packed *counter
	in     *tar.Reader
	files  int
	bytes  int64
	seen   map[string]string // names in lower case, and as they stand
	sub    Submission
	list   list
}

func (r *reading) read() (*Submission, error) {
	for {
		h, err := r.in.Next()
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, err
		}
		if err := r.entry(h); err != nil {
			return nil, err
		}
	}
	return &r.sub, r.fits()
}

func (r *reading) entry(h *tar.Header) error {
	if r.files++; r.files > mostFiles {
		return fmt.Errorf("it holds more than %d files", mostFiles)
	}
	if err := r.checkName(h.Name); err != nil {
		return err
	}
	f := workspace.File{Exec: h.Mode&0o100 != 0}
	var err error
	switch h.Typeflag {
	case tar.TypeReg:
		f.Data, err = r.data(h.Name)
	case tar.TypeSymlink:
		f.Exec = false
		f.Link, err = h.Linkname, checkLink(h.Name, h.Linkname)
	default:
		err = fmt.Errorf("%q is neither a file nor a link", h.Name)
	}
	if err != nil {
		return err
	}
	id, name, below := strings.Cut(h.Name, "/")
	switch {
	case r.files == 1:
		if h.Name != listName || f.Link != "" {
			return fmt.Errorf("it does not begin with %s: make it with slipway pack", listName)
		}
		return r.readList(f.Data)
	case !below:
		return fmt.Errorf("%q belongs to no task", h.Name)
	}
	last := len(r.sub.Tasks) - 1
	if last < 0 || r.sub.Tasks[last].ID != id {
		r.sub.Tasks = append(r.sub.Tasks, Task{ID: id})
		last++
	}
	f.Name = name
	r.sub.Tasks[last].Files = append(r.sub.Tasks[last].Files, f)
	return nil
}

// checkName refuses names that lead out of the archive on any system, and names that some systems take for one
// that is there already.
func (r *reading) checkName(name string) error {
	bad := name == "" || len(name) > longest || path.Clean(name) != name || path.IsAbs(name) || name == ".." || strings.HasPrefix(name, "../") ||
		!filepath.IsLocal(name) || strings.ContainsAny(name, "\\:\x00")
	if bad {
		return fmt.Errorf("the name %.80q cannot be that of a file in a workspace", name)
	}
	lower := strings.ToLower(name)
	if other, ok := r.seen[lower]; ok {
		return fmt.Errorf("%q and %q are the same file on some systems", other, name)
	}
	r.seen[lower] = name
	return nil
}

// checkLink refuses links out of the folder of a task.
func checkLink(name, target string) error {
	id, _, _ := strings.Cut(name, "/")
	end := path.Join(path.Dir(name), target)
	if target == "" || path.IsAbs(target) || strings.ContainsAny(target, "\\:\x00") || end != id && !strings.HasPrefix(end, id+"/") {
		return fmt.Errorf("the link %q leads out of its task", name)
	}
	return nil
}

// data reads the content of the entry, as long as there is room.
func (r *reading) data(name string) ([]byte, error) {
	var out bytes.Buffer
	n, err := io.Copy(&out, io.LimitReader(r.in, mostBytes-r.bytes+1))
	if err != nil {
		return nil, fmt.Errorf("%q: %w", name, err)
	}
	r.bytes += n
	switch {
	case r.bytes > mostBytes:
		return nil, fmt.Errorf("it holds more than %d MB", mostBytes>>20)
	case r.bytes > smallSize && r.bytes > mostRatio*r.packed.n:
		return nil, fmt.Errorf("it unpacks to more than %d times its size", mostRatio)
	}
	return out.Bytes(), nil
}

func (r *reading) readList(data []byte) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&r.list); err != nil {
		return fmt.Errorf("%s: %w", listName, err)
	}
	if r.list.Version != version {
		return fmt.Errorf("%s has version %d, and this program reads %d", listName, r.list.Version, version)
	}
	r.sub.Course, r.sub.Slipway, r.sub.Go = r.list.Course, r.list.Slipway, r.list.Go
	return nil
}

// fits holds that the archive has the tasks of its list, each with its files, and no others. A task may
// have no files: the list alone tells of it.
func (r *reading) fits() error {
	if r.files == 0 {
		return fmt.Errorf("it is empty: make it with slipway pack")
	}
	found := map[string]Task{}
	for _, t := range r.sub.Tasks {
		if _, twice := found[t.ID]; twice {
			return fmt.Errorf("the files of %q do not stand together", t.ID)
		}
		found[t.ID] = t
	}
	r.sub.Tasks = nil
	for i, l := range r.list.Tasks {
		switch {
		case !taskID.MatchString(l.ID):
			return fmt.Errorf("%s: %.80q is no id of a task", listName, l.ID)
		case i > 0 && r.list.Tasks[i-1].ID >= l.ID:
			return fmt.Errorf("%s: tasks are not in order at %q", listName, l.ID)
		}
		t := found[l.ID]
		delete(found, l.ID)
		t.ID, t.Digest = l.ID, l.Digest
		if len(t.Files) != l.Files || t.SHA256() != l.SHA256 {
			return fmt.Errorf("the files of %s are not those of its list", l.ID)
		}
		r.sub.Tasks = append(r.sub.Tasks, t)
	}
	for id := range found {
		return fmt.Errorf("%q is not in its list", id)
	}
	return nil
}
