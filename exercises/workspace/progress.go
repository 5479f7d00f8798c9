package workspace

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/rogpeppe/go-internal/lockedfile"
	"github.com/slipway-workshop/slipway/exercises/atomicfile"
)

const (
	progressName    = "progress.json"
	progressVersion = 1
)

// Progress is what the learner has done.
type Progress struct {
	Version int             `json:"version"`
	Current string          `json:"current,omitempty"` // the task worked on last
	Tasks   map[string]Done `json:"tasks"`
}

// Done is how far a task has come.
type Done struct {
	Solved *time.Time `json:"solved,omitempty"` // when it was solved first
	Points int        `json:"points"`           // the most that a check gave
	Max    int        `json:"max"`
	Hints  int        `json:"hints,omitempty"` // how many were asked for
}

// Progress reads the record. A folder without one has an empty record.
func (r Root) Progress() (Progress, error) {
	p := Progress{Version: progressVersion, Tasks: map[string]Done{}}
	name := filepath.Join(r.Dir, progressName)
	data, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return p, nil
	} else if err != nil {
		return p, fmt.Errorf("read progress: %w", err)
	}
	if err := json.Unmarshal(data, &p); err != nil {
		return p, fmt.Errorf("read progress: %s: %w: move the file away to begin a new record", name, err)
	}
	if p.Version != progressVersion {
		return p, fmt.Errorf("read progress: %s has version %d, this slipway writes %d: use the newer slipway", name, p.Version, progressVersion)
	}
	if p.Tasks == nil {
		p.Tasks = map[string]Done{}
	}
	return p, nil
}

// Record changes the record. Several programs may do so at once, and a crash leaves the record as
// it was before or after the change.
func (r Root) Record(change func(*Progress)) error {
	if err := r.make(); err != nil {
		return err
	}
	unlock, err := lockedfile.MutexAt(filepath.Join(r.Dir, ".progress.lock")).Lock()
	if err != nil {
		return fmt.Errorf("record progress: %w", err)
	}
	defer unlock()
	p, err := r.Progress()
	if err != nil {
		return err
	}
	change(&p)
	data, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return fmt.Errorf("record progress: %w", err)
	}
	return atomicfile.Write(filepath.Join(r.Dir, progressName), append(data, '\n'))
}

// Solved reports whether a task has been solved once.
func (p Progress) Solved(id string) bool { return p.Tasks[id].Solved != nil }

// Score notes what a check of a task gave.
func (p *Progress) Score(id string, points, most int, solved bool) {
	d := p.Tasks[id]
	d.Points, d.Max = max(d.Points, points), most
	if solved && d.Solved == nil {
		now := time.Now().UTC().Truncate(time.Second)
		d.Solved = &now
	}
	p.Tasks[id] = d
}
