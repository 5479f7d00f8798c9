package engine

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/slipway-workshop/slipway/exercises/task"
	"github.com/slipway-workshop/slipway/labs"
)

func TestRecord(t *testing.T) {
	dir := t.TempDir()
	if r, err := readRecord(dir); err != nil || r != (record{}) {
		t.Fatalf("a cluster that nothing is known of: %+v, %v", r, err)
	}
	lab := &labs.Lab{Task: &task.Task{ID: "lab-7", Digest: "one"}}
	half := record{Cluster: "uid", Lab: "lab-7", Digest: "one"}
	if err := half.write(dir); err != nil {
		t.Fatal(err)
	}
	r, err := readRecord(dir)
	if err != nil || r != half || r.holds(lab) {
		t.Errorf("a lab that is half set up: %+v, %v, holds %v", r, err, r.holds(lab))
	}
	r.Ready = true
	if !r.holds(lab) {
		t.Error("a lab that is set up does not hold")
	}
	lab.Digest = "two"
	if r.holds(lab) {
		t.Error("a lab that has changed since it was set up holds")
	}
	if err := os.WriteFile(filepath.Join(dir, recordName), []byte("{"), 0o666); err != nil {
		t.Fatal(err)
	}
	if r, err := readRecord(dir); err != nil || r != (record{}) {
		t.Errorf("a record that cannot be read: %+v, %v", r, err)
	}
}

func TestLockTellsWhoHoldsIt(t *testing.T) {
	dir := t.TempDir()
	silent := func(text string) { t.Errorf("told %q without need", text) }
	unlock, err := lock(dir, "set up lab-7", silent)
	if err != nil {
		t.Fatal(err)
	}
	told := make(chan string, 1)
	done := make(chan struct{})
	go func() {
		defer close(done)
		second, err := lock(dir, "check lab-7", func(text string) { told <- text })
		if err != nil {
			t.Error(err)
			return
		}
		second()
	}()
	if text := <-told; !strings.Contains(text, "set up lab-7") {
		t.Errorf("told %q, which does not name the one who works", text)
	}
	unlock()
	<-done
	if third, err := lock(dir, "reset", silent); err != nil {
		t.Error(err)
	} else {
		third()
	}
	time.Sleep(2 * patience) // a timer that was not stopped would tell now
}

func TestQuantile(t *testing.T) {
	var list []time.Duration
	for i := range 20 {
		list = append(list, time.Duration(i+1))
	}
	for share, want := range map[float64]time.Duration{0.5: 10, 0.95: 19, 1: 20} {
		if got := quantile(list, share); got != want {
			t.Errorf("quantile %v is %d, want %d", share, got, want)
		}
	}
	if got := quantile(list[:1], 0.95); got != 1 {
		t.Errorf("quantile of one is %d", got)
	}
}
