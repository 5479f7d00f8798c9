package grade

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"time"

	"golang.org/x/text/unicode/norm"
)

// Received is when work came in, by the id of the learner or the name of the file.
type Received map[string]time.Time

// ReadReceived reads a CSV file with a header: a column learner, id, file or submission, and a column received or time, as
// 2026-10-24T23:59:00+02:00.
func ReadReceived(file string, data []byte) (Received, error) {
	t, err := readTable(file, data, []string{"file", "submission", "learner", "id"}, []string{"received", "time"})
	if err != nil {
		return nil, fmt.Errorf("read times: %w", err)
	}
	r := Received{}
	var errs []error
	for _, row := range t {
		who := row.first("file", "submission", "learner", "id")
		at, err := time.Parse(time.RFC3339, row.first("received", "time"))
		_, twice := r[who]
		switch {
		case who == "":
			errs = append(errs, fmt.Errorf("read times: %s:%d: it names neither a file nor a learner", file, row.line))
		case err != nil:
			errs = append(errs, fmt.Errorf("read times: %s:%d: %.40q is no time with a zone: write 2026-10-24T23:59:00+02:00", file, row.line, row.first("received", "time")))
		case twice:
			errs = append(errs, fmt.Errorf("read times: %s:%d: %.100q stands there twice", file, row.line, who))
		}
		r[who] = at
	}
	return r, errors.Join(errs...)
}

// receivedAt returns when something was received: as the list of times says, for the file before the learner, else when
// the file or the newest one of the folder was changed. Gradebooks hold seconds.
func (r *reading) receivedAt(f found, id string) (time.Time, error) {
	for _, key := range []string{f.path, path.Base(f.path), id} {
		if at, ok := r.received[norm.NFC.String(key)]; ok {
			r.used[norm.NFC.String(key)] = true
			return at.UTC(), nil
		}
	}
	at, err := newest(f.file)
	return at.UTC().Truncate(time.Second), err
}

// newest returns when a file, or the newest file of a folder, was changed; of a folder without files, when that was.
func newest(name string) (time.Time, error) {
	info, err := os.Stat(name)
	if err != nil {
		return time.Time{}, err
	}
	if !info.IsDir() {
		return info.ModTime(), nil
	}
	var at time.Time
	err = filepath.WalkDir(name, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			if err == nil && d.Name() == ".git" {
				return fs.SkipDir
			}
			return err
		}
		file, err := d.Info()
		if err == nil && file.ModTime().After(at) {
			at = file.ModTime()
		}
		return err
	})
	if at.IsZero() {
		at = info.ModTime()
	}
	return at, err
}
