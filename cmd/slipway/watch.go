package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/fsnotify/fsnotify"
	"github.com/slipway-workshop/slipway/exercises"
	"github.com/slipway-workshop/slipway/exercises/verdict"
	"github.com/spf13/cobra"
)

func (a *app) watchCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "watch [ID]",
		GroupID: groupLearn,
		Short:   "Work through the exercises; each is checked whenever you save",
		Long: `Watch begins with the exercise that you worked on last, or the first that is not solved, and
checks it again whenever a file in its workspace changes. When it is solved, Enter goes on to the
next. The place is kept: stop with Ctrl-C and start again another day.`,
		Example:           "  slipway watch\n  slipway watch x06",
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: a.completeIDs,
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := a.open()
			if err != nil {
				return err
			}
			x, err := a.whereToBegin(c, args)
			if err != nil {
				return err
			}
			if x == nil {
				a.say("All exercises are solved. slipway watch ID goes back to one.\n")
				return nil
			}
			j, err := a.newJudge(cmd.Context(), c)
			if err != nil {
				return err
			}
			w := &watch{app: a, judge: j, keys: a.readKeys(cmd.Context())}
			return w.run(cmd.Context(), x)
		},
	}
}

// whereToBegin returns the exercise that was named, or the one worked on last, or the next unsolved.
func (a *app) whereToBegin(c *course, args []string) (*exercises.Exercise, error) {
	if len(args) == 1 {
		return c.exercise(args[0])
	}
	progress, err := a.work(c).Progress()
	if err != nil {
		return nil, err
	}
	if x := c.catalog.Get(progress.Current); x != nil && !progress.Solved(x.ID) {
		return x, nil
	}
	return c.next(c.catalog.Get(progress.Current), progress.Solved), nil
}

// readKeys delivers what the learner types, a line each. The channel is closed when the input ends.
func (a *app) readKeys(ctx context.Context) <-chan string {
	keys := make(chan string)
	go func() {
		defer close(keys)
		lines := bufio.NewScanner(a.in)
		for lines.Scan() {
			select {
			case keys <- strings.TrimSpace(lines.Text()):
			case <-ctx.Done():
				return
			}
		}
	}()
	return keys
}

// A watch is a learner at work.
type watch struct {
	app   *app
	judge *judge
	keys  <-chan string
}

// run works on one exercise after the other, until the learner stops or all are solved.
func (w *watch) run(ctx context.Context, x *exercises.Exercise) error {
	for x != nil {
		root := w.app.work(w.judge.course)
		if !root.Started(x.ID) {
			if err := w.app.start(w.judge.course, x); err != nil {
				return err
			}
			w.app.say("\n")
		}
		goOn, err := w.one(ctx, x)
		if err != nil || !goOn {
			return err
		}
		progress, err := root.Progress()
		if err != nil {
			return err
		}
		x = w.judge.course.next(x, progress.Solved)
	}
	w.app.say("All exercises are solved.\n")
	return nil
}

// one watches one exercise. It reports whether the learner wants to go on to the next.
func (w *watch) one(ctx context.Context, x *exercises.Exercise) (goOn bool, err error) {
	dir := w.app.work(w.judge.course).Path(x.ID)
	changes, stop, err := changesIn(dir)
	if err != nil {
		return false, err
	}
	defer stop()
	keys := w.keys
	for {
		res, err := w.check(ctx, x)
		if err != nil {
			return false, err
		}
		solved := res.Status == verdict.Pass
		if keys == nil && solved {
			return true, nil // nobody can press Enter
		}
	waiting:
		for {
			select {
			case <-ctx.Done():
				return false, ctx.Err()
			case err := <-changes:
				if err != nil {
					return false, err
				}
				break waiting
			case key, ok := <-keys:
				if !ok {
					keys = nil
					if solved {
						return true, nil
					}
					continue
				}
				switch again, next, quit := w.key(x, key, solved); {
				case quit:
					return false, nil
				case next:
					return true, nil
				case again:
					break waiting
				}
			}
		}
	}
}

// key acts on what the learner typed.
func (w *watch) key(x *exercises.Exercise, key string, solved bool) (again, next, quit bool) {
	switch key {
	case "":
		return !solved, solved, false
	case "n":
		return false, true, false
	case "q":
		return false, false, true
	case "h":
		if err := w.app.nextHint(w.judge.course, x); err != nil {
			w.app.note("slipway: %v\n", err)
		}
	case "t":
		w.app.say("%s\n", strings.TrimSpace(x.Text))
	default:
		w.app.say("Type h for a hint, t for the task, n for the next exercise, q to stop, Enter to check again.\n")
	}
	return false, false, false
}

// check clears the terminal, checks, and says what can be done now.
func (w *watch) check(ctx context.Context, x *exercises.Exercise) (verdict.Result, error) {
	if w.app.style().Colour {
		w.app.say("\x1b[H\x1b[2J")
	}
	res, err := w.app.judged(ctx, w.judge, x.ID, "text", false)
	if err != nil {
		return res, err
	}
	dir := w.app.work(w.judge.course).Path(x.ID)
	if res.Status == verdict.Pass {
		w.app.say("\nEnter goes on to the next exercise; q stops.\n")
	} else {
		w.app.say("\nWatching %s: save a file to check again. h hint, t task, n next, q stop.\n", dir)
	}
	return res, nil
}

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
