package grade

import (
	"errors"
	"fmt"
	"strings"
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
