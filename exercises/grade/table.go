package grade

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// A row is one line of a CSV file.
type row struct {
	line  int
	cells map[string]string // by the names of the columns, in lower case
}

// first returns the first of the columns that is filled.
func (r row) first(names ...string) string {
	for _, n := range names {
		if s := r.cells[n]; s != "" {
			return s
		}
	}
	return ""
}

// readTable reads a CSV file with a header, which names one column of each group at least. Fields lose the space around
// them, and have their letters in the composed form, since a Mac writes names of files in the other.
func readTable(file string, data []byte, groups ...[]string) ([]row, error) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if at := invalidUTF8(data); at >= 0 {
		return nil, fmt.Errorf("%s:%d: it is not in UTF-8: save it again, in a spreadsheet as 'CSV UTF-8'", file, 1+bytes.Count(data[:at], []byte("\n")))
	}
	head, _, _ := bytes.Cut(data, []byte("\n"))
	in := csv.NewReader(bytes.NewReader(data))
	in.Comma, in.FieldsPerRecord = separator(string(head)), -1
	var names []string
	var rows []row
	for {
		record, err := in.Read()
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		line, _ := in.FieldPos(0)
		if names == nil {
			names, err = header(record, groups)
		} else {
			rows, err = addRow(rows, line, names, record)
		}
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", file, line, err)
		}
	}
	if names == nil {
		return nil, fmt.Errorf("%s:1: %w", file, missing(groups[0]))
	}
	return rows, nil
}

func header(record []string, groups [][]string) (names []string, err error) {
	for _, field := range record {
		names = append(names, strings.ToLower(strings.TrimSpace(field)))
	}
	for _, group := range groups {
		n := 0
		for _, column := range group {
			count := len(slices.DeleteFunc(slices.Clone(names), func(name string) bool { return name != column }))
			if n += count; count > 1 {
				return nil, fmt.Errorf("column %s stands there twice", column)
			}
		}
		if n == 0 {
			return nil, missing(group)
		}
	}
	return names, nil
}

func missing(group []string) error {
	return fmt.Errorf("the first line has no column %s: begin the file with a line of column names", strings.Join(group, " or "))
}

func addRow(rows []row, line int, names, record []string) ([]row, error) {
	r := row{line, map[string]string{}}
	for i, field := range record {
		field = norm.NFC.String(strings.TrimSpace(field))
		switch {
		case strings.ContainsFunc(field, unicode.IsControl):
			return rows, fmt.Errorf("%.80q has a control character", field)
		case i < len(names):
			r.cells[names[i]] = field
		case field != "":
			return rows, fmt.Errorf("it has %d fields, and the first line has %d", len(record), len(names))
		}
	}
	if r.first(names...) == "" {
		return rows, nil // the empty line of a spreadsheet
	}
	return append(rows, r), nil
}

// separator returns what stands between the fields of a header.
func separator(head string) rune {
	best := ','
	for _, sep := range ";\t" {
		if strings.Count(head, string(sep)) > strings.Count(head, string(best)) {
			best = sep
		}
	}
	return best
}

// invalidUTF8 returns where data is not UTF-8, or a negative number. UTF-16 is full of zero bytes.
func invalidUTF8(data []byte) int {
	for at := 0; at < len(data); {
		r, n := utf8.DecodeRune(data[at:])
		if r == utf8.RuneError && n == 1 || r == 0 {
			return at
		}
		at += n
	}
	return -1
}
