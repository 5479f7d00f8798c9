package report_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/slipway-workshop/slipway/exercises/grade"
	"github.com/slipway-workshop/slipway/exercises/grade/report"
)

// readCSV reads with the csv module of Python where there is one, since it is not the package that wrote.
func readCSV(t *testing.T, data []byte) [][]string {
	t.Helper()
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Log("no python3: read by encoding/csv, which is also what wrote")
		rows, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		return rows
	}
	cmd := exec.Command(python, "-I", "-S", "-c", `
import csv, io, json, sys
rows = csv.reader(io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8", newline=""), strict=True)
json.dump(list(rows), sys.stdout)`)
	cmd.Stdin = bytes.NewReader(data)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("python3: %v", err)
	}
	var rows [][]string
	if err := json.Unmarshal(out, &rows); err != nil {
		t.Fatal(err)
	}
	return rows
}

type sheet func(io.Writer, *grade.Gradebook, bool) error

func sheetOf(t *testing.T, write sheet, g *grade.Gradebook, absentZero bool) [][]string {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b, g, absentZero); err != nil {
		t.Fatal(err)
	}
	rows := readCSV(t, b.Bytes())
	for i, row := range rows {
		if len(row) != len(rows[0]) {
			t.Fatalf("row %d has %d cells of %d", i, len(row), len(rows[0]))
		}
	}
	return rows
}

// onRoster are the learners that the sheets hold.
func onRoster(g *grade.Gradebook) []grade.Row {
	var rows []grade.Row
	for _, r := range g.Learners {
		if r.OnRoster {
			rows = append(rows, r)
		}
	}
	return rows
}

func wantPoints(c grade.Cell, absentZero bool) string {
	switch {
	case c.State == grade.Graded:
		return fmt.Sprint(c.Points)
	case c.State == grade.Absent && absentZero:
		return "0"
	}
	return ""
}

func TestCanvas(t *testing.T) {
	g := class(30)
	for _, zero := range []bool{false, true} {
		rows := sheetOf(t, report.Canvas, g, zero)
		if got := strings.Join(rows[0], "|"); got != `Student|ID|SIS User ID|SIS Login ID|Section|lab-1 A pod that waits|x01 Pins, "exact"|x06 Predict a build list` {
			t.Errorf("head %s", got)
		}
		if got := strings.Join(rows[1], "|"); got != "    Points Possible|||||10|10|10" {
			t.Errorf("second row %s", got)
		}
		learners := onRoster(g)
		if len(rows) != len(learners)+2 {
			t.Fatalf("%d rows for %d learners", len(rows), len(learners))
		}
		for i, row := range learners {
			for j, cell := range row.Cells {
				if got, want := rows[i+2][5+j], wantPoints(cell, zero); got != want {
					t.Errorf("%s %s (%s): %q, want %q", row.ID, g.Tasks[j].ID, cell.State, got, want)
				}
			}
		}
	}
}

func TestMoodle(t *testing.T) {
	g := class(30)
	for _, zero := range []bool{false, true} {
		rows := sheetOf(t, report.Moodle, g, zero)
		for i, row := range onRoster(g) {
			line := rows[i+1]
			if row.ID == "ana" && (line[0] != "ana" || line[1] != "ana@school.test") {
				t.Errorf("line begins %q", line[:2])
			}
			for j, cell := range row.Cells {
				points, feedback := line[2+2*j], line[3+2*j]
				if want := wantPoints(cell, zero); points != want {
					t.Errorf("%s %s (%s): %q, want %q", row.ID, g.Tasks[j].ID, cell.State, points, want)
				}
				if (points == "") != (feedback == "") {
					t.Errorf("%s %s: points %q with feedback %q: one of them would be wiped", row.ID, g.Tasks[j].ID, points, feedback)
				}
			}
		}
	}
}

// TestSheetsHoldNoFormula reads the sheets as spreadsheets of both separators would.
func TestSheetsHoldNoFormula(t *testing.T) {
	g := class(30)
	names := []string{"=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\u00a0=1", "\ufeff=1", "\u200b-1", "＝1", "\x00=1", "a;=1", "a; \"+1", "a\t@x", "'=1", "a,=1"}
	for i, name := range names {
		g.Learners[8+i].Name, g.Learners[8+i].ID, g.Learners[8+i].Email = name, name, name
	}
	for _, write := range []sheet{report.Canvas, report.Moodle} {
		for _, row := range sheetOf(t, write, g, true) {
			for _, cell := range row {
				if _, err := strconv.ParseFloat(cell, 64); err == nil {
					continue
				}
				for part := range strings.FieldsFuncSeq(cell, func(r rune) bool { return r == ';' || r == '\t' }) {
					start := strings.TrimLeft(part, " \"\n\u00a0")
					if start != "" && strings.ContainsRune("=+-@＝", []rune(start)[0]) {
						t.Errorf("a spreadsheet takes %q of %q for a formula", part, cell)
					}
				}
			}
		}
	}
}

func TestSheetsKeepNames(t *testing.T) {
	g := class(8)
	rows := sheetOf(t, report.Canvas, g, false)
	for i, want := range map[int]string{2: "Ana Horvat", 4: `王小明，"阿明"`, 7: "O'Neil, \"Pat\"\nsecond line; '=SUM(A1)", 3: "'=cmd|' /C calc'!A0"} {
		if rows[i][0] != want {
			t.Errorf("name %q, want %q", rows[i][0], want)
		}
	}
}

func TestSheetsWithoutRosterHoldAll(t *testing.T) {
	g := class(8)
	for i := range g.Learners {
		g.Learners[i].OnRoster = false
	}
	if rows := sheetOf(t, report.Moodle, g, false); len(rows) != 9 {
		t.Errorf("%d rows", len(rows))
	}
}
