package grade

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// A Roster is who belongs to a class. A nil one knows nobody, and takes everybody.
type Roster []Person

// ReadRoster reads a CSV file with a header: columns id, name and email in any order and letter case, separated by
// comma, semicolon or tab; other columns are not looked at. All that is wrong is told at once.
func ReadRoster(file string, data []byte) (Roster, error) {
	t, err := readTable(file, data, []string{"id"})
	if err != nil {
		return nil, fmt.Errorf("read roster: %w", err)
	}
	r := Roster{}
	lines := map[string]int{}
	var errs []error
	for _, row := range t {
		p := Person{row.cells["id"], row.cells["name"], row.cells["email"]}
		if p.ID == "" {
			errs = append(errs, fmt.Errorf("read roster: %s:%d: the id is empty", file, row.line))
			continue
		}
		for _, key := range []string{"id " + p.ID, "email " + strings.ToLower(p.Email)} {
			if first, twice := lines[key]; twice {
				errs = append(errs, fmt.Errorf("read roster: %s:%d: %.100q stands in line %d too", file, row.line, key, first))
			} else if key != "email " {
				lines[key] = row.line
			}
		}
		r = append(r, p)
	}
	if len(r) == 0 && errs == nil {
		errs = append(errs, fmt.Errorf("read roster: %s: nobody is on it", file))
	}
	return r, errors.Join(errs...)
}

// Received is when work came in, by the id of the learner or the name of the file.
type Received map[string]time.Time

// ReadReceived reads a CSV file with a header: a column learner, id or file, and a column received or time, as
// 2026-10-24T23:59:00+02:00.
func ReadReceived(file string, data []byte) (Received, error) {
	t, err := readTable(file, data, []string{"file", "learner", "id"}, []string{"received", "time"})
	if err != nil {
		return nil, fmt.Errorf("read times: %w", err)
	}
	r := Received{}
	var errs []error
	for _, row := range t {
		who := row.first("file", "learner", "id")
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
