package prove

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/slipway-workshop/slipway/exercises/atomicfile"
)

// Update writes the explanations that a proof found into the files of the wrong solutions. The
// catalogue is the folder that holds the tasks.
func (p *TaskProof) Update(catalogue string) error {
	var errs []error
	for file, says := range p.says {
		errs = append(errs, updateSays(filepath.Join(catalogue, filepath.FromSlash(file)), says))
	}
	return errors.Join(errs...)
}

// updateSays replaces the key says, which ends the comment of a wrong solution.
func updateSays(name, says string) error {
	data, err := os.ReadFile(name)
	if err != nil {
		return fmt.Errorf("update explanation: %w", err)
	}
	comment, files := data, []byte(nil)
	if at := bytes.Index(append([]byte("\n"), data...), []byte("\n-- ")); at >= 0 {
		comment, files = data[:at], data[at:]
	}
	if at := bytes.Index(append([]byte("\n"), comment...), []byte("\nsays:")); at >= 0 {
		comment = comment[:at]
	}
	var b bytes.Buffer
	b.Write(comment)
	b.WriteString("says: |\n")
	for line := range strings.Lines(says) {
		b.WriteString("  " + line)
	}
	b.Write(files)
	if err := atomicfile.Write(name, b.Bytes()); err != nil {
		return fmt.Errorf("update explanation: %w", err)
	}
	return nil
}
