package grade

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
)

// A Kind says what a line of the journal tells.
type Kind string

const (
	RunBegan  Kind = "run"      // Digest is that of the manifest, Settings are those of the command
	ItemBegan Kind = "begin"    // the item with Key goes to the engine for the Try-th time
	ItemDone  Kind = "done"     // Digest is that of File, which holds the evidence
	ItemFault Kind = "fault"    // the item could not be judged
	RunEnded  Kind = "end"      // all items have been told
	Accepted  Kind = "accepted" // Digest is that of gradebook.json
)

// An Entry is one line of the journal.
type Entry struct {
	Seq      int             `json:"seq"`  // from 1
	Prev     string          `json:"prev"` // SHA-256 of the line before, without its end; empty in the first
	Time     time.Time       `json:"time"` // for people: the order is that of the lines, also where a clock went back
	Kind     Kind            `json:"kind"`
	Key      string          `json:"key,omitempty"`
	Task     string          `json:"task,omitempty"`
	Try      int             `json:"try,omitempty"`
	Digest   string          `json:"digest,omitempty"`
	File     string          `json:"file,omitempty"`
	Worker   string          `json:"worker,omitempty"`
	Fault    string          `json:"fault,omitempty"`
	Tries    []Try           `json:"tries,omitempty"` // of a fault
	Settings json.RawMessage `json:"settings,omitempty"`
}

// A journal is the file of entries, open for appending.
type journal struct {
	file  *os.File
	size  int64  // of the whole lines
	seq   int    // of the last line
	last  string // digest of the last line
	fault error  // of an earlier write: nothing is appended after it
	now   func() time.Time
	at    func(point string) // tests end the process here
}

// chain is what reading a journal found.
type chain struct {
	entries []Entry
	last    string // digest of the last line
	whole   int64  // bytes of the whole lines
	torn    int64  // bytes after them: a line that was being written when the program or the machine stopped
}

// readChain reads and verifies a journal. The error names the first line that is not as it was written.
func readChain(name string) (chain, error) {
	data, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return chain{}, nil
	} else if err != nil {
		return chain{}, fmt.Errorf("read journal: %w", err)
	}
	var c chain
	for rest := data; len(rest) > 0; {
		line, after, ended := bytes.Cut(rest, []byte("\n"))
		if !ended {
			c.torn = int64(len(line))
			break
		}
		if err := c.add(line); err != nil {
			return c, fmt.Errorf("read journal: %s:%d: %w: take the folder back from a copy, or grade into a new one", name, len(c.entries)+1, err)
		}
		rest = after
	}
	return c, nil
}

func (c *chain) add(line []byte) error {
	var e Entry
	dec := json.NewDecoder(bytes.NewReader(line))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&e); err != nil {
		return fmt.Errorf("the line is damaged: %w", err)
	}
	switch {
	case dec.InputOffset() != int64(len(line)):
		return errors.New("the line is damaged: it holds more than one object")
	case e.Seq != len(c.entries)+1:
		return fmt.Errorf("the line has number %d: lines are missing or have changed places", e.Seq)
	case e.Prev != c.last:
		return errors.New("the line before is not the one that was written")
	}
	c.entries = append(c.entries, e)
	c.last = digestOf(line)
	c.whole += int64(len(line)) + 1
	return nil
}

// openJournal opens a journal for appending after what was read, and cuts off a torn last line.
func openJournal(name string, c chain) (*journal, error) {
	file, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, fmt.Errorf("open journal: %w", err)
	}
	j := &journal{file: file, size: c.whole, seq: len(c.entries), last: c.last, now: time.Now, at: func(string) {}}
	if c.torn > 0 {
		err = errors.Join(file.Truncate(c.whole), file.Sync())
	}
	if err == nil {
		_, err = file.Seek(c.whole, 0)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open journal: %w", err), file.Close())
	}
	return j, nil
}

// append writes entries and waits until they are on the disk. After an error the journal is as it was before, as far as
// the disk allows, and takes nothing more.
func (j *journal) append(entries ...Entry) error {
	if j.fault != nil {
		return j.fault
	}
	var out []byte
	seq, last := j.seq, j.last
	for _, e := range entries {
		seq++
		e.Seq, e.Prev, e.Time = seq, last, j.now().UTC()
		line, err := json.Marshal(e)
		if err != nil {
			return fmt.Errorf("write journal: %w", err)
		}
		last = digestOf(line)
		out = append(append(out, line...), '\n')
	}
	if err := j.write(out); err != nil {
		_, seek := j.file.Seek(j.size, 0)
		_ = errors.Join(j.file.Truncate(j.size), seek) // else the torn line is cut off at the next start
		j.fault = fmt.Errorf("write journal: %w", err)
		return j.fault
	}
	j.seq, j.last, j.size = seq, last, j.size+int64(len(out))
	return nil
}

func (j *journal) write(out []byte) error {
	j.at("journal: before")
	half := len(out) / 2
	if _, err := j.file.Write(out[:half]); err != nil {
		return err
	}
	j.at("journal: half")
	if _, err := j.file.Write(out[half:]); err != nil {
		return err
	}
	j.at("journal: written")
	if err := j.file.Sync(); err != nil {
		return err
	}
	j.at("journal: synced")
	return nil
}
