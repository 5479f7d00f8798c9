package site

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"sync"

	"github.com/slipway-workshop/slipway/content"
)

const (
	manifestName = ".slipway-site.json"
	stagingName  = ".slipway-staging"
)

// An output is the folder of the site. Files are first staged beside it, on the same disk, and take
// their places together when the build has ended well: stage and keep for each file, then commit.
type output struct {
	dir   string
	known map[string]string // digests of the files that this output wrote or found the same
	empty bool              // there was no file when the build began

	mu     sync.Mutex
	sizes  map[string]int64  // of all files that were ever staged
	staged map[string]string // digests of files that wait in the staging folder
	kept   map[string]bool   // files that stay as they are
}

// manifest is the file that says which files of the folder are ours.
type manifest struct {
	Version int      `json:"version"`
	Files   []string `json:"files"`
}

func newOutput(dir string) *output {
	return &output{dir: dir, known: map[string]string{}, sizes: map[string]int64{}}
}

func (o *output) file(name string) string { return filepath.Join(o.dir, filepath.FromSlash(name)) }

func (o *output) stagingFile(name string) string {
	return filepath.Join(o.dir, stagingName, filepath.FromSlash(name))
}

// begin makes an empty staging folder.
func (o *output) begin() error {
	o.staged, o.kept = map[string]string{}, map[string]bool{}
	staging := filepath.Join(o.dir, stagingName)
	err := os.MkdirAll(o.dir, 0o777)
	if err == nil {
		err = os.RemoveAll(staging) // a build that was killed leaves it
	}
	if err == nil {
		err = os.Mkdir(staging, 0o777)
	}
	if err != nil {
		return fmt.Errorf("make the site's folder: %w", err)
	}
	entries, err := os.ReadDir(o.dir)
	o.empty = err == nil && len(entries) == 1 // the staging folder
	return nil
}

// abandon removes what is staged.
func (o *output) abandon() { os.RemoveAll(filepath.Join(o.dir, stagingName)) }

// has reports whether this output wrote a file, or found it the same, in an earlier build.
func (o *output) has(name string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	_, ok := o.known[name]
	return ok
}

// keep says that a file of the last build belongs to this one unchanged.
func (o *output) keep(name string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.kept[name] = true
}

// stage takes the new bytes of a file. It may be called by several goroutines.
func (o *output) stage(name string, data []byte) error {
	digest := content.Digest(data)
	o.mu.Lock()
	o.sizes[name] = int64(len(data))
	o.mu.Unlock()
	if o.same(name, digest, data) {
		o.keep(name)
		return nil
	}
	if err := writeFile(o.stagingFile(name), data); err != nil {
		return fmt.Errorf("write site: %w", err)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.staged[name] = digest
	return nil
}

// read returns a file of the build that is under way.
func (o *output) read(name string) ([]byte, error) {
	o.mu.Lock()
	_, staged := o.staged[name]
	o.mu.Unlock()
	if staged {
		return os.ReadFile(o.stagingFile(name))
	}
	return os.ReadFile(o.file(name))
}

// same reports whether the folder already has these bytes under the name.
func (o *output) same(name, digest string, data []byte) bool {
	if o.empty {
		return false
	}
	o.mu.Lock()
	known, ok := o.known[name]
	o.mu.Unlock()
	if ok {
		return known == digest
	}
	old, err := os.ReadFile(o.file(name))
	if err != nil || !bytes.Equal(old, data) {
		return false
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.known[name] = digest
	return true
}

func writeFile(name string, data []byte) error {
	return inFolder(name, func() error { return os.WriteFile(name, data, 0o666) })
}

// inFolder makes a file, and its folder first where that is missing.
func inFolder(name string, create func() error) error {
	err := create()
	if errors.Is(err, fs.ErrNotExist) {
		if err = os.MkdirAll(filepath.Dir(name), 0o777); err == nil {
			err = create()
		}
	}
	return err
}

// commit puts the staged files into their places and removes the files that are gone. It touches
// only files that a build has written.
func (o *output) commit() (written, removed []string, err error) {
	ours, err := o.readManifest()
	if err != nil {
		return nil, nil, err
	}
	written = slices.Sorted(maps.Keys(o.staged))
	if err := o.refuseForeign(ours, written); err != nil {
		return nil, nil, err
	}
	for name := range ours {
		if _, ok := o.staged[name]; !ok && !o.kept[name] {
			removed = append(removed, name)
		}
	}
	slices.Sort(removed)
	if len(written)+len(removed) == 0 {
		return nil, nil, nil
	}
	// The list names the files before they are there and until they are gone, so that a build which
	// ends in between leaves nothing that the next one takes for another's.
	if err := o.writeManifest(append(o.names(), removed...)); err != nil {
		return nil, nil, err
	}
	if err := o.move(written, removed); err != nil {
		return nil, nil, err
	}
	return written, removed, o.writeManifest(o.names())
}

// digests returns those of all files of this build.
func (o *output) digests() map[string]string {
	digests := map[string]string{}
	for name := range o.kept {
		digests[name] = o.known[name]
	}
	maps.Copy(digests, o.staged)
	return digests
}

// size returns how many files this build consists of, and their bytes together.
func (o *output) size() (files int, bytes int64) {
	for _, name := range o.names() {
		bytes += o.sizes[name]
		files++
	}
	return files, bytes
}

func (o *output) names() []string {
	return slices.Concat(slices.Collect(maps.Keys(o.staged)), slices.Collect(maps.Keys(o.kept)))
}

func (o *output) move(written, removed []string) error {
	for _, name := range written {
		delete(o.known, name)
		if err := inFolder(o.file(name), func() error { return os.Rename(o.stagingFile(name), o.file(name)) }); err != nil {
			return fmt.Errorf("write site: %w", err)
		}
		o.known[name] = o.staged[name]
	}
	for _, name := range removed {
		delete(o.known, name)
		if err := os.Remove(o.file(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove old page: %w", err)
		}
		if dir := path.Dir(name); dir != "." {
			_ = os.Remove(o.file(dir)) // succeeds when it is empty
		}
	}
	return nil
}

// refuseForeign reports files of others that would be overwritten.
func (o *output) refuseForeign(ours map[string]bool, written []string) error {
	for _, name := range written {
		if ours[name] || o.empty {
			continue
		}
		if _, err := os.Lstat(o.file(name)); err == nil {
			return fmt.Errorf("write site: %s is not from a build of the site: choose an empty folder, or remove it", o.file(name))
		}
	}
	return nil
}

func (o *output) readManifest() (map[string]bool, error) {
	ours := map[string]bool{}
	data, err := os.ReadFile(o.file(manifestName))
	if errors.Is(err, fs.ErrNotExist) {
		return ours, nil
	} else if err != nil {
		return nil, fmt.Errorf("read the site's list of files: %w", err)
	}
	var m manifest
	if err := json.Unmarshal(data, &m); err != nil {
		return nil, fmt.Errorf("read the site's list of files: %s: %w: remove the folder and build again", o.file(manifestName), err)
	}
	for _, name := range m.Files {
		if !fs.ValidPath(name) {
			return nil, fmt.Errorf("%s: name %q leads out of the folder: remove the folder and build again", o.file(manifestName), name)
		}
		ours[name] = true
	}
	return ours, nil
}

func (o *output) writeManifest(names []string) error {
	slices.Sort(names)
	data, err := json.Marshal(manifest{1, names})
	if err != nil {
		return err
	}
	tmp := o.stagingFile(manifestName)
	if err := writeFile(tmp, data); err != nil {
		return fmt.Errorf("write the site's list of files: %w", err)
	}
	if err := os.Rename(tmp, o.file(manifestName)); err != nil {
		return fmt.Errorf("write the site's list of files: %w", err)
	}
	return nil
}
