package engine

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/lockedfile"
	"github.com/slipway-workshop/slipway/exercises/atomicfile"
	"github.com/slipway-workshop/slipway/labs"
)

// A record is what the engine remembers of a cluster. It is written before each step, so that after
// an interruption the next command knows what may be half done.
type record struct {
	Cluster string `json:"cluster,omitempty"` // identity: the uid of its namespace kube-system
	Lab     string `json:"lab,omitempty"`     // that may have left something; empty: the cluster is as it was made
	Digest  string `json:"digest,omitempty"`  // of that lab
	Ready   bool   `json:"ready,omitempty"`   // it is set up whole
}

const (
	recordName   = "record.json"
	lockName     = "lock"
	holderName   = "holder"
	baselineName = "baseline"
)

func readRecord(dir string) (record, error) {
	var r record
	data, err := os.ReadFile(filepath.Join(dir, recordName))
	if errors.Is(err, fs.ErrNotExist) {
		return r, nil
	}
	if err != nil {
		return r, fmt.Errorf("read record of the cluster: %w", err)
	}
	if json.Unmarshal(data, &r) != nil {
		return record{}, nil // what cannot be read says nothing: the cluster is made anew
	}
	return r, nil
}

func (r record) write(dir string) error {
	data, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return fmt.Errorf("write record of the cluster: %w", err)
	}
	if err := atomicfile.Write(filepath.Join(dir, recordName), append(data, '\n')); err != nil {
		return fmt.Errorf("write record of the cluster: %w", err)
	}
	return nil
}

// holds reports whether a lab, as it is now, is set up.
func (r record) holds(l *labs.Lab) bool { return r.Ready && r.Lab == l.ID && r.Digest == l.Digest }

// patience is how long a command waits for another one before it says so.
const patience = 300 * time.Millisecond

// lock waits until no other command works on the cluster of dir. waits is told who does.
func lock(dir, what string, waits func(string)) (unlock func(), err error) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, fmt.Errorf("make folder of the cluster: %w", err)
	}
	holder := filepath.Join(dir, holderName)
	impatient := time.AfterFunc(patience, func() {
		by, _ := os.ReadFile(holder) // a name is a courtesy
		waits("waiting for another slipway that works on this cluster: " + strings.TrimSpace(string(by)))
	})
	unlock, err = lockedfile.MutexAt(filepath.Join(dir, lockName)).Lock()
	impatient.Stop()
	if err != nil {
		return nil, fmt.Errorf("lock the cluster: %w", err)
	}
	_ = os.WriteFile(holder, []byte(fmt.Sprintf("%s (process %d)\n", what, os.Getpid())), 0o666) // as above
	return unlock, nil
}
