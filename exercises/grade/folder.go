package grade

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

const (
	journalName   = "journal.jsonl"
	evidenceName  = "evidence"
	gradebookName = "gradebook.json"
	newSuffix     = ".new" // of a file that is being written
)

// A Folder is the output folder of a class, held by one grader.
type Folder struct {
	dir      string
	lock     *os.File
	journal  *journal
	evidence map[string]string // digests of the evidence of what is done, by key
	begun    map[string]int    // how often an item went to an engine
	settings json.RawMessage   // of the last run
	accepted string            // digest of the gradebook accepted last
	at       func(point string)
}

// Open makes or opens an output folder, locks it, verifies its journal, and mends what a crash has left: a line that
// was half written, a gradebook that was accepted and not yet in its place.
func Open(dir string) (*Folder, error) { return open(dir, func(string) {}) }

func open(dir string, at func(string)) (*Folder, error) {
	if err := os.MkdirAll(filepath.Join(dir, evidenceName), 0o777); err != nil {
		return nil, fmt.Errorf("open %s: %w", dir, err)
	}
	lock, err := lock(dir)
	if err != nil {
		return nil, err
	}
	f := &Folder{dir: dir, lock: lock, evidence: map[string]string{}, begun: map[string]int{}, at: at}
	if err := f.load(); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	if err := f.mend(); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

func (f *Folder) load() error {
	name := filepath.Join(f.dir, journalName)
	c, err := readChain(name)
	if err != nil {
		return err
	}
	for _, e := range c.entries {
		switch e.Kind {
		case RunBegan:
			f.settings = e.Settings
		case ItemBegan:
			f.begun[e.Key] = e.Try
			delete(f.evidence, e.Key) // what was there may be overwritten already
		case ItemDone:
			f.evidence[e.Key] = e.Digest
		case Accepted:
			f.accepted = e.Digest
		}
	}
	if f.journal, err = openJournal(name, c); err != nil {
		return err
	}
	f.journal.at = f.at
	return syncDir(f.dir)
}

// mend puts an accepted gradebook in its place, and removes what was half written.
func (f *Folder) mend() error {
	name := filepath.Join(f.dir, gradebookName)
	if data, err := os.ReadFile(name + newSuffix); err == nil && digestOf(data) == f.accepted {
		if err := errors.Join(os.Rename(name+newSuffix, name), syncDir(f.dir)); err != nil {
			return fmt.Errorf("open %s: %w", f.dir, err)
		}
	}
	left, err := filepath.Glob(filepath.Join(f.dir, evidenceName, "*"+newSuffix))
	for _, name := range append(left, name+newSuffix) {
		if e := os.Remove(name); !errors.Is(e, fs.ErrNotExist) {
			err = errors.Join(err, e)
		}
	}
	if err != nil {
		return fmt.Errorf("open %s: %w", f.dir, err)
	}
	return nil
}

// Close lets the folder go.
func (f *Folder) Close() error { return errors.Join(f.journal.file.Close(), f.lock.Close()) }

// Settings returns what the last run was given as Config.Settings; it is nil in a new folder.
func (f *Folder) Settings() json.RawMessage { return f.settings }

// Evidence is what is kept of judging an item.
type Evidence struct {
	Version int     `json:"version"`
	Inputs  Inputs  `json:"inputs"` // whose digest is the key
	Outcome Outcome `json:"outcome"`
}

func evidenceFile(key string) string { return evidenceName + "/" + key + ".json" }

// keep writes the evidence of an outcome, then the line of the journal that tells of it, and returns the outcome as it
// will be read.
func (f *Folder) keep(in Inputs, o Outcome) (Outcome, error) {
	data, err := json.MarshalIndent(Evidence{Version: 1, Inputs: in, Outcome: o}, "", "  ")
	if err != nil {
		return o, fmt.Errorf("keep evidence of %s: %w", o.Key, err)
	}
	data = append(data, '\n')
	if err := f.write(evidenceFile(o.Key), data); err != nil {
		return o, err
	}
	digest := digestOf(data)
	if err := f.journal.append(Entry{Kind: ItemDone, Key: o.Key, Task: o.Task, Digest: digest, File: evidenceFile(o.Key), Worker: o.Worker}); err != nil {
		return o, err
	}
	f.evidence[o.Key] = digest
	var e Evidence
	err = json.Unmarshal(data, &e)
	return e.Outcome, err
}

// known returns the outcome of an item that was judged before. Evidence that is gone counts as never made; evidence
// that is not the one the journal tells of is an error.
func (f *Folder) known(key string) (Outcome, bool, error) {
	digest, ok := f.evidence[key]
	if !ok {
		return Outcome{}, false, nil
	}
	e, err := readEvidence(f.dir, key, digest)
	if errors.Is(err, fs.ErrNotExist) {
		return Outcome{}, false, nil
	}
	return e.Outcome, err == nil, err
}

// readEvidence reads evidence and holds it against its digest and its key.
func readEvidence(dir, key, digest string) (Evidence, error) {
	var e Evidence
	name := filepath.Join(dir, filepath.FromSlash(evidenceFile(key)))
	data, err := os.ReadFile(name)
	if err != nil {
		return e, fmt.Errorf("read evidence: %w", err)
	}
	if digestOf(data) != digest {
		return e, fmt.Errorf("read evidence: %s is not as the journal tells: take it back from a copy, or remove it to have the work judged again", name)
	}
	if err := json.Unmarshal(data, &e); err != nil {
		return e, fmt.Errorf("read evidence: %s: %w", name, err)
	}
	if e.Inputs.Key() != key || e.Outcome.Key != key {
		return e, fmt.Errorf("read evidence: %s belongs to another item", name)
	}
	return e, nil
}

// write makes data the content of a file of the folder, on the disk before it returns.
func (f *Folder) write(name string, data []byte) error {
	name = filepath.Join(f.dir, filepath.FromSlash(name))
	err := f.stage(name, data)
	if err == nil {
		err = f.install(name)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", name, errors.Join(err, removeIfThere(name+newSuffix)))
	}
	return nil
}

// stage writes data beside a file.
func (f *Folder) stage(name string, data []byte) error {
	f.at("file: before")
	file, err := os.Create(name + newSuffix)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	f.at("file: written")
	err = errors.Join(err, file.Sync(), file.Close())
	f.at("file: synced")
	return err
}

// install moves what was staged to the place of the file.
func (f *Folder) install(name string) error {
	if err := os.Rename(name+newSuffix, name); err != nil {
		return err
	}
	f.at("file: renamed")
	err := syncDir(filepath.Dir(name))
	f.at("file: in place")
	return err
}

func removeIfThere(name string) error {
	if err := os.Remove(name); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// syncDir waits until the names in a folder are on the disk. Windows has no such call.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
