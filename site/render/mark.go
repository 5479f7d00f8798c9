package render

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// markLines puts an element around each line of code, given as HTML, that a mark such as 3,5-7 names.
func markLines(html, mark string) (string, error) {
	if mark == "" {
		return html, nil
	}
	lines := slices.Collect(strings.Lines(html))
	marked, err := parseMark(mark, len(lines))
	if err != nil {
		return "", err
	}
	for i := range lines {
		if marked[i+1] {
			lines[i] = "<mark>" + lines[i] + "</mark>"
		}
	}
	return strings.Join(lines, ""), nil
}

// parseMark reads the numbers of marked lines of a block that has n.
func parseMark(mark string, n int) (map[int]bool, error) {
	marked := map[int]bool{}
	for part := range strings.SplitSeq(mark, ",") {
		first, last, ranged := strings.Cut(strings.TrimSpace(part), "-")
		if !ranged {
			last = first
		}
		from, err := strconv.Atoi(first)
		to, err2 := strconv.Atoi(last)
		switch {
		case err != nil || err2 != nil || from < 1 || to < from || ranged && to == from:
			return nil, fmt.Errorf(`mark %q: %q names no lines: write numbers and ranges, as mark="3,5-7"`, mark, part)
		case to > n:
			return nil, fmt.Errorf("mark %q: the block has no line %d: its last is %d", mark, to, n)
		}
		for i := from; i <= to; i++ {
			if marked[i] {
				return nil, fmt.Errorf("mark %q: line %d is marked twice", mark, i)
			}
			marked[i] = true
		}
	}
	return marked, nil
}
