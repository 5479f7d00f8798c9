package main

import (
	"io"
	"testing"
	"time"

	"github.com/slipway-workshop/slipway/exercises/workspace"
)

// TestPassed holds that pages are told what the terminal has recorded as solved, and nothing else.
func TestPassed(t *testing.T) {
	a := &app{out: io.Discard, err: io.Discard, courseDir: "testdata/course", workDir: t.TempDir()}
	if list, err := a.passed(); err != nil || len(list) > 0 {
		t.Errorf("without a record: %v, %v", list, err)
	}
	begun := time.Now().Truncate(time.Second)
	err := workspace.Root{Dir: a.workDir}.Record(func(p *workspace.Progress) {
		p.Score("x02", 1, 4, false)
		p.Score("x03", 4, 4, true)
		p.Score("x01", 4, 4, true)
	})
	if err != nil {
		t.Fatal(err)
	}
	list, err := a.passed()
	if err != nil || len(list) != 2 || list[0].Task != "x01" || list[1].Task != "x03" {
		t.Fatalf("passed: %v, %v", list, err)
	}
	if at := list[0].At; at.Before(begun) || at.Location() != time.UTC {
		t.Errorf("passed at %s", at)
	}
}
