package main

import (
	"bufio"
	"context"
	"strings"

	"github.com/slipway-workshop/slipway/exercises/task"
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
func (a *app) whereToBegin(c *course, args []string) (*task.Task, error) {
	if len(args) == 1 {
		return c.task(args[0])
	}
	progress, err := a.work(c).Progress()
	if err != nil {
		return nil, err
	}
	if x := c.catalog.get(progress.Current); x != nil && !progress.Solved(x.ID) {
		return x, nil
	}
	return c.next(c.catalog.get(progress.Current), progress.Solved), nil
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
func (w *watch) run(ctx context.Context, x *task.Task) error {
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

// An action is what comes next for the exercise that is watched.
type action int

const (
	stay action = iota // nothing yet
	again
	next
	quit
)

// one watches one exercise. It reports whether the learner wants to go on to the next.
func (w *watch) one(ctx context.Context, x *task.Task) (goOn bool, err error) {
	changes, err := changesIn(w.app.work(w.judge.course).Path(x.ID), settleCheck)
	if err != nil {
		return false, err
	}
	defer changes.stop()
	for first := true; ; first = false {
		res, err := w.check(ctx, x, !first)
		if err != nil {
			return false, err
		}
		act, err := w.wait(ctx, x, res.Status == verdict.Pass, changes.C)
		if err != nil || act != again {
			return act == next, err
		}
	}
}

// wait returns when there is something to do: a file has changed, or the learner has typed it.
func (w *watch) wait(ctx context.Context, x *task.Task, solved bool, changes <-chan error) (action, error) {
	for {
		if w.keys == nil && solved {
			return next, nil // nobody can press Enter
		}
		select {
		case <-ctx.Done():
			return quit, ctx.Err()
		case err := <-changes:
			if err == nil {
				return again, nil
			}
			w.app.note("slipway: %v: Enter checks again\n", err)
		case key, ok := <-w.keys:
			if !ok {
				w.keys = nil
				continue
			}
			if act := w.key(x, key, solved); act != stay {
				return act, nil
			}
		}
	}
}

// key acts on what the learner typed.
func (w *watch) key(x *task.Task, key string, solved bool) action {
	switch key {
	case "":
		if solved {
			return next
		}
		return again
	case "n":
		return w.skip(x, solved)
	case "q":
		return quit
	case "h":
		if err := w.app.nextHint(w.judge.course, x); err != nil {
			w.app.note("slipway: %v\n", err)
		}
	case "t":
		w.app.say("%s\n", w.app.prose(x.Text))
	default:
		w.app.say("Type h for a hint, t for the task, n for the next exercise, q to stop, and then Enter; Enter alone checks again.\n")
	}
	return stay
}

// skip goes on to the next exercise, if there is one.
func (w *watch) skip(x *task.Task, solved bool) action {
	progress, err := w.app.work(w.judge.course).Progress()
	switch {
	case err != nil:
		w.app.note("slipway: %v\n", err)
		return stay
	case !solved && !progress.Solved(x.ID) && w.judge.course.next(x, progress.Solved) == nil:
		w.app.say("%s is the last one that is not solved.\n", x.ID)
		return stay
	}
	return next
}

// check checks and says what can be done now. It clears the terminal before, but not the first time,
// when the task may stand there.
func (w *watch) check(ctx context.Context, x *task.Task, clear bool) (verdict.Result, error) {
	if clear && w.app.style().Colour {
		w.app.say("\x1b[H\x1b[2J")
	}
	res, err := w.app.judged(ctx, w.judge, x.ID, "text", false)
	if err != nil {
		return res, err
	}
	dir := w.app.work(w.judge.course).Path(x.ID)
	if res.Status == verdict.Pass {
		w.app.say("\nEnter goes on to the next exercise; q and Enter stops.\n")
	} else {
		w.app.say("\nWatching %s: save a file to check again.\nOr type a letter and Enter: h hint, t task, n next, q stop.\n", dir)
	}
	return res, nil
}
