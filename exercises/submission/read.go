package submission

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/slipway-workshop/slipway/exercises/workspace"
)

var taskID = regexp.MustCompile(`^(x[0-9]{2}|lab-[0-9]+)(-[a-z0-9]+)*$`)

// Read reads an archive of slipway pack that may come from anybody. The error says what is wrong with it.
func Read(r io.Reader) (*Submission, error) {
	s, err := readTar(r, true)
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

// readTar reads a .tar.gz. One that begins with a list has to fit it; one that does not was made by hand.
func readTar(r io.Reader, listed bool) (*Submission, error) {
	packed := &counter{r: r}
	zip, err := gzip.NewReader(packed)
	if err != nil {
		return nil, fmt.Errorf("it is no .tar.gz: %w", err)
	}
	in := tar.NewReader(zip)
	c := newCollection(func() int64 { return packed.n })
	for n := 0; ; n++ {
		h, err := in.Next()
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, err
		}
		if n == 0 && h.Name == listName && h.Typeflag == tar.TypeReg {
			listed = true
		} else if n == 0 && listed {
			return nil, fmt.Errorf("it does not begin with %s: make it with slipway pack", listName)
		}
		if err := tarEntry(c, h, in, listed); err != nil {
			return nil, err
		}
	}
	if listed {
		return c.packed()
	}
	return c.byHand()
}

func tarEntry(c *collection, h *tar.Header, in io.Reader, listed bool) error {
	name := h.Name
	if !listed {
		name = strings.TrimPrefix(name, "./")
	}
	switch {
	case h.Typeflag == tar.TypeReg:
		return c.file(name, h.Mode&0o100 != 0, in)
	case h.Typeflag == tar.TypeSymlink:
		return c.link(name, h.Linkname)
	case listed:
	case h.Typeflag == tar.TypeDir:
		return c.folder(strings.TrimSuffix(name, "/"))
	case h.Typeflag == tar.TypeXGlobalHeader: // git archive begins with one
		return c.count()
	}
	return fmt.Errorf("%.80q is neither a file nor a link", h.Name)
}

// packed returns what an archive of slipway pack holds: the list, then the files of each task, and no others.
func (c *collection) packed() (*Submission, error) {
	if len(c.files) == 0 {
		return nil, errors.New("it is empty: make it with slipway pack")
	}
	l, err := readList(c.files[0].Data)
	if err != nil {
		return nil, err
	}
	s := &Submission{Course: l.Course, Slipway: l.Slipway, Go: l.Go}
	for _, f := range c.files[1:] {
		id, name, below := strings.Cut(f.Name, "/")
		if !below {
			return nil, fmt.Errorf("%.80q belongs to no task", f.Name)
		}
		last := len(s.Tasks) - 1
		if last < 0 || s.Tasks[last].ID != id {
			s.Tasks = append(s.Tasks, Task{ID: id})
			last++
		}
		f.Name = name
		s.Tasks[last].Files = append(s.Tasks[last].Files, f)
	}
	if err := s.checkLinks(); err != nil {
		return nil, err
	}
	if err := s.fits(l); err != nil {
		return nil, err
	}
	s.clean()
	return s, nil
}

func readList(data []byte) (list, error) {
	var l list
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&l); err != nil {
		return l, fmt.Errorf("%s: %w", listName, err)
	}
	if l.Version != version {
		return l, fmt.Errorf("%s has version %d, and this program reads %d", listName, l.Version, version)
	}
	return l, nil
}

// fits holds that there are the tasks of the list, each with its files, and no others. A task may have no files: the
// list alone tells of it.
func (s *Submission) fits(l list) error {
	found := map[string]Task{}
	for _, t := range s.Tasks {
		if _, twice := found[t.ID]; twice {
			return fmt.Errorf("the files of %q do not stand together", t.ID)
		}
		found[t.ID] = t
	}
	s.Tasks = nil
	for i, entry := range l.Tasks {
		switch {
		case !taskID.MatchString(entry.ID):
			return fmt.Errorf("%s: %.80q is no id of a task", listName, entry.ID)
		case i > 0 && l.Tasks[i-1].ID >= entry.ID:
			return fmt.Errorf("%s: tasks are not in order at %q", listName, entry.ID)
		}
		t := found[entry.ID]
		delete(found, entry.ID)
		t.ID, t.Digest = entry.ID, entry.Digest
		if len(t.Files) != entry.Files || t.SHA256() != entry.SHA256 {
			return fmt.Errorf("the files of %s are not those of its list", entry.ID)
		}
		s.Tasks = append(s.Tasks, t)
	}
	for id := range found {
		return fmt.Errorf("%q is not in its list", id)
	}
	return nil
}

// clean takes out what pack leaves out, in whatever way the work came.
func (s *Submission) clean() {
	for i := range s.Tasks {
		t := &s.Tasks[i]
		t.Files = slices.DeleteFunc(t.Files, func(f workspace.File) bool { return leaveOut(f.Name) != "" || hasJunk(f.Name) })
		if len(t.Files) == 0 {
			t.Files = nil
		}
	}
}
