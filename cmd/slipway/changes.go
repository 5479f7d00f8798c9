package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"
)

// How long a folder must be quiet before a change counts. Editors write several times; a check costs
// seconds, a build milliseconds.
const (
	settleCheck = 150 * time.Millisecond
	settleBuild = 50 * time.Millisecond
)

// A watcher tells of changes in a folder and all that is below it. Folders that appear are watched too,
// and a folder that is replaced is watched in its new place. The folder itself may be a link.
type watcher struct {
	C <-chan error // nil for a burst of changes; an error for one that cannot be watched

	dir    string
	events *fsnotify.Watcher
	settle time.Duration
	done   chan struct{}
}

// changesIn watches a folder until stop is called.
func changesIn(dir string, settle time.Duration) (*watcher, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("watch for changes: %w", err)
	}
	events, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, fmt.Errorf("watch for changes: %w", err)
	}
	out := make(chan error, 1)
	w := &watcher{out, dir, events, settle, make(chan struct{})}
	if err := w.watch(); err != nil {
		events.Close()
		return nil, fmt.Errorf("watch for changes: %w", err)
	}
	go w.forward(out)
	return w, nil
}

// stop ends the watch. It may be called once.
func (w *watcher) stop() {
	close(w.done)
	w.events.Close()
}

// forward sends one value for each burst of events, until the watcher is stopped.
func (w *watcher) forward(out chan<- error) {
	quiet := time.NewTimer(time.Hour)
	quiet.Stop()
	for {
		select {
		case <-w.done:
			return
		case event, ok := <-w.events.Events:
			if ok && w.follow(event) {
				quiet.Reset(w.settle)
			}
		case err, ok := <-w.events.Errors:
			if !ok {
				return
			}
			if errors.Is(err, fsnotify.ErrEventOverflow) { // what was lost may have made folders
				err = w.watch()
				quiet.Reset(w.settle)
			}
			if err == nil {
				continue
			}
			select {
			case out <- fmt.Errorf("watch for changes: %w", err):
			case <-w.done:
			}
		case <-quiet.C:
			select {
			case out <- nil:
			default: // one is waiting already
			}
		}
	}
}

// follow watches what an event brought, watches no longer what it took away, and reports whether it is a
// change. What happens beside the folder is none.
func (w *watcher) follow(event fsnotify.Event) bool {
	beside := filepath.Dir(event.Name) == filepath.Dir(w.dir) && event.Name != w.dir
	if beside || event.Has(fsnotify.Chmod) && !event.Has(fsnotify.Write) {
		return false
	}
	if event.Has(fsnotify.Rename) || event.Has(fsnotify.Remove) {
		w.forget(event.Name)
	}
	if event.Has(fsnotify.Create) {
		_ = w.watchTree(event.Name) // a file, or gone already
	}
	return true
}

// forget ends the watch over a folder and all below it, which may live on under another name.
func (w *watcher) forget(dir string) {
	for _, name := range w.events.WatchList() {
		below := name == dir || strings.HasPrefix(name, dir+string(filepath.Separator))
		if below || dir == w.dir && name != filepath.Dir(w.dir) {
			_ = w.events.Remove(name) // gone already
		}
	}
}

// watch watches the folder, and the one around it to see the folder replaced.
func (w *watcher) watch() error {
	return errors.Join(w.events.Add(filepath.Dir(w.dir)), w.watchTree(w.dir))
}

func (w *watcher) watchTree(dir string) error {
	if dir == w.dir {
		if target, err := filepath.EvalSymlinks(dir); err == nil {
			dir = target
		}
	}
	return filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, os.ErrNotExist):
			return nil
		case err != nil:
			return err
		case !d.IsDir():
			return nil
		case d.Name() == ".git" || d.Name() == "node_modules":
			return fs.SkipDir
		}
		return w.events.Add(name)
	})
}
