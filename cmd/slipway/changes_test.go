package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fsnotify/fsnotify"
)

func (w *watcher) expect(t *testing.T, what string) error {
	t.Helper()
	select {
	case err := <-w.C:
		return err
	case <-time.After(10 * time.Second):
		t.Fatalf("%s is not told", what)
		return nil
	}
}

// Lost events and other faults are told, and the watch goes on.
func TestChangesAfterErrors(t *testing.T) {
	dir := t.TempDir()
	w, err := changesIn(dir, settleBuild)
	if err != nil {
		t.Fatal(err)
	}
	defer w.stop()
	w.events.Errors <- fsnotify.ErrEventOverflow
	if err := w.expect(t, "an overflow"); err != nil {
		t.Errorf("an overflow is an error: %v", err)
	}
	fault := errors.New("fault")
	w.events.Errors <- fault
	if err := w.expect(t, "a fault"); !errors.Is(err, fault) {
		t.Errorf("a fault is told as %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "a"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := w.expect(t, "a change after that"); err != nil {
		t.Error(err)
	}
}

// Faults that nobody takes do not keep a watch from ending.
func TestChangesStop(t *testing.T) {
	w, err := changesIn(t.TempDir(), settleBuild)
	if err != nil {
		t.Fatal(err)
	}
	w.events.Errors <- errors.New("one")
	w.events.Errors <- errors.New("two")
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		w.forward(make(chan error)) // a second reader, which has nobody to send to
	}()
	w.events.Errors <- errors.New("three")
	w.stop()
	select {
	case <-ended:
	case <-time.After(10 * time.Second):
		t.Error("the watch does not end")
	}
}

// What happens beside the folder is no change: the record of progress is written there.
func TestChangesBeside(t *testing.T) {
	work := t.TempDir()
	dir := filepath.Join(work, "x01")
	if err := os.Mkdir(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	w, err := changesIn(dir, settleBuild)
	if err != nil {
		t.Fatal(err)
	}
	defer w.stop()
	if err := os.WriteFile(filepath.Join(work, "progress.json"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-w.C:
		t.Errorf("a change beside is told: %v", err)
	case <-time.After(10 * settleBuild):
	}
}

// A course that cannot be watched is served all the same.
func TestServeUnwatched(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	var out terminal
	l := &live{app: &app{out: &out, err: &out}, course: &course{root: file}}
	defer l.watch()()
	if told := out.String(); !strings.Contains(told, "exercises/catalog changes") || !strings.Contains(told, "pages are not built anew") {
		t.Errorf("told: %s", told)
	}
	ended := errors.New("ended")
	if err := l.serve(t.Context(), func(context.Context) error { return ended }); !errors.Is(err, ended) {
		t.Errorf("serve: %v", err)
	}
}
