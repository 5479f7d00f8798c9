package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"
)

// settle is how long a folder must be quiet before a change counts: editors write several times.
const settle = 150 * time.Millisecond

// changesIn tells of changes below dir. Folders that appear are watched too.
func changesIn(dirs ...string) (changes <-chan error, stop func(), err error) {
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, nil, fmt.Errorf("watch for changes: %w", err)
	}
	for _, dir := range dirs {
		if err := watchTree(watcher, dir); err != nil {
			watcher.Close()
			return nil, nil, err
		}
	}
	out := make(chan error, 1)
	go forward(watcher, out)
	return out, func() { watcher.Close() }, nil
}

// forward sends one value for each burst of events, until the watcher is closed.
func forward(watcher *fsnotify.Watcher, out chan<- error) {
	quiet := time.NewTimer(time.Hour)
	quiet.Stop()
	for {
		select {
		case event, ok := <-watcher.Events:
			if !ok {
				return
			}
			if event.Has(fsnotify.Chmod) && !event.Has(fsnotify.Write) {
				continue
			}
			if event.Has(fsnotify.Create) {
				_ = watchTree(watcher, event.Name) // a file, or gone already
			}
			quiet.Reset(settle)
		case err, ok := <-watcher.Errors:
			if !ok {
				return
			}
			out <- fmt.Errorf("watch for changes: %w", err)
			return
		case <-quiet.C:
			select {
			case out <- nil:
			default: // one is waiting already
			}
		}
	}
}

func watchTree(watcher *fsnotify.Watcher, dir string) error {
	return filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, os.ErrNotExist):
			return nil
		case err != nil:
			return fmt.Errorf("watch for changes: %w", err)
		case !d.IsDir():
			return nil
		case d.Name() == ".git" || d.Name() == "node_modules":
			return fs.SkipDir
		}
		return watcher.Add(name)
	})
}
