package grade

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Verified is what holds in an output folder.
type Verified struct {
	Lines     int    `json:"lines"`    // of the journal, each of which names the one before
	Evidence  int    `json:"evidence"` // pieces that are as the journal tells
	Runs      int    `json:"runs"`
	Torn      bool   `json:"torn,omitempty"`      // the last line was half written: the next run cuts it off
	Gradebook string `json:"gradebook,omitempty"` // digest of the gradebook, which is the one that was accepted last
}

// Verify holds the journal, the evidence and the gradebook of a folder against one another. All that does not fit is told
// at once. It changes nothing, and may be called while somebody grades.
func Verify(dir string) (Verified, error) {
	v, _, err := verify(dir)
	return v, err
}

func verify(dir string) (Verified, []Entry, error) {
	name := filepath.Join(dir, journalName)
	if _, err := os.Stat(name); err != nil {
		return Verified{}, nil, fmt.Errorf("verify %s: it is no folder of slipway grade: %w", dir, err)
	}
	c, err := readChain(name)
	v := Verified{Lines: len(c.entries), Torn: c.torn > 0}
	if err != nil {
		return v, c.entries, err
	}
	evidence := map[string]string{}
	accepted := ""
	for _, e := range c.entries {
		switch e.Kind {
		case RunBegan:
			v.Runs++
		case ItemBegan:
			delete(evidence, e.Key) // judged anew: what was there may be overwritten already
		case ItemDone:
			evidence[e.Key] = e.Digest
		case Accepted:
			accepted = e.Digest
		}
	}
	var errs []error
	for _, e := range c.entries { // in the order of the journal
		digest, ok := evidence[e.Key]
		if !ok || e.Kind != ItemDone {
			continue
		}
		delete(evidence, e.Key)
		if _, err := readEvidence(dir, e.Key, digest); err != nil {
			errs = append(errs, err)
		} else {
			v.Evidence++
		}
	}
	v.Gradebook = accepted
	return v, c.entries, errors.Join(append(errs, verifyGradebook(dir, accepted))...)
}

func verifyGradebook(dir, accepted string) error {
	name := filepath.Join(dir, gradebookName)
	data, err := os.ReadFile(name)
	switch {
	case errors.Is(err, fs.ErrNotExist) && accepted == "":
		return nil
	case err != nil:
		return fmt.Errorf("verify gradebook: %w", err)
	case digestOf(data) != accepted:
		return fmt.Errorf("verify gradebook: %s is not the one that was accepted last: slipway grade --out %s --resume makes it anew from the evidence", name, dir)
	}
	return nil
}
