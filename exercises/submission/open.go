package submission

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/slipway-workshop/slipway/exercises/workspace"
)

// Open reads what somebody handed in: an archive of slipway pack, a .zip or .tar.gz made by hand, or a folder. What it is
// is told by its content. The error says what is wrong with it, for people who see its name beside that.
func Open(name string) (*Submission, error) {
	info, err := os.Stat(name)
	switch {
	case err != nil:
		return nil, err
	case info.IsDir():
		return readFolder(name)
	case !info.Mode().IsRegular():
		return nil, errors.New("it is neither an archive nor a folder")
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readArchive(f, info.Size())
}

// readArchive reads an archive of any of the three kinds.
func readArchive(r io.ReaderAt, size int64) (*Submission, error) {
	if size == 0 {
		return nil, errors.New("the file is empty")
	}
	if size > mostBytes {
		return nil, fmt.Errorf("it has more than %d MB", mostBytes>>20)
	}
	head := make([]byte, 8)
	n, err := r.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	switch kind := kindOf(head[:n]); kind {
	case "zip":
		return readZip(r, size)
	case "gzip":
		return readTar(io.NewSectionReader(r, 0, size), false)
	default:
		return nil, fmt.Errorf("it is %s, and neither .zip nor .tar.gz", kind)
	}
}

// kindOf tells archives apart by how they begin.
func kindOf(head []byte) string {
	for _, k := range []struct{ begin, kind string }{
		{"PK\x03\x04", "zip"}, {"PK\x05\x06", "zip"}, {"\x1f\x8b", "gzip"},
		{"Rar!", "a .rar"}, {"7z\xbc\xaf\x27\x1c", "a .7z"}, {"\xfd7zXZ\x00", "packed with xz"}, {"BZh", "packed with bzip2"}, {"\x28\xb5\x2f\xfd", "packed with zstd"},
	} {
		if bytes.HasPrefix(head, []byte(k.begin)) {
			return k.kind
		}
	}
	return "a file of another kind"
}

// IsFolder reports whether a folder is the work of one learner: whether folders named by tasks stand in it.
func IsFolder(dir string) bool {
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		if e.IsDir() && taskID.MatchString(e.Name()) {
			return true
		}
	}
	_, list := os.Lstat(filepath.Join(dir, listName))
	return err == nil && list == nil
}

// readFolder reads a folder that holds the folders of tasks, or one folder with these.
func readFolder(dir string) (*Submission, error) {
	c := newCollection(nil)
	if err := c.addFolder(dir, "", !IsFolder(dir)); err != nil {
		return nil, err
	}
	return c.byHand()
}

// addFolder adds the folders of tasks in dir, or, where it may be a wrapping one, in the folders of dir. Of what else
// stands there only the names are taken.
func (c *collection) addFolder(dir, prefix string, wrapping bool) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		name, file := prefix+e.Name(), filepath.Join(dir, e.Name())
		switch {
		case Junk(e.Name()):
		case e.IsDir() && taskID.MatchString(e.Name()):
			err = c.addTask(file, name)
		case e.IsDir() && wrapping && IsFolder(file):
			err = c.addFolder(file, name+"/", false)
		case e.Name() == listName && e.Type().IsRegular():
			err = c.addFile(file, name)
		case taskID.MatchString(e.Name()):
			err = fmt.Errorf("%s is no folder: put the folder itself there", name)
		default:
			err = c.file(name, false, bytes.NewReader(nil)) // for its name
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// addTask adds a workspace.
func (c *collection) addTask(dir, name string) error {
	if err := c.folder(name); err != nil {
		return err
	}
	files, err := workspace.Snapshot(dir)
	var refused *workspace.Refusal
	if errors.As(err, &refused) {
		return fmt.Errorf("%s/%s: %s", name, refused.Path, refused.Reason)
	} else if err != nil {
		return err
	}
	for _, f := range files {
		whole := name + "/" + f.Name
		if f.Link != "" {
			err = c.link(whole, f.Link)
		} else {
			err = c.file(whole, f.Exec, bytes.NewReader(f.Data))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *collection) addFile(file, name string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	return c.file(name, false, f)
}
