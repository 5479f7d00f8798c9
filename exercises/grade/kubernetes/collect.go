package kubernetes

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"sync"

	"github.com/slipway-workshop/slipway/exercises/grade"
	"github.com/slipway-workshop/slipway/exercises/verdict"
)

// A collector takes outcomes by their keys: what is told twice counts once.
type collector struct {
	done func(grade.Outcome) error

	mu      sync.Mutex
	items   []grade.Item
	index   map[string]int // of items, by key
	settled []bool
	faults  map[int]grade.Outcome // the last that was told of an item that is not settled
	tries   map[int][]grade.Try   // that ended with a fault
	left    int
	err     error // of done
}

// newCollector waits for the outcomes of items, each key once. Items of the same task are judged side by side, since what
// a judge prepares for a task serves them all.
func newCollector(items []grade.Item, done func(grade.Outcome) error) *collector {
	c := &collector{done: done, index: map[string]int{}, faults: map[int]grade.Outcome{}, tries: map[int][]grade.Try{}}
	items = slices.Clone(items)
	slices.SortStableFunc(items, func(a, b grade.Item) int { return cmp.Compare(a.Task, b.Task) })
	for _, i := range items {
		if _, twice := c.index[i.Key]; !twice {
			c.index[i.Key] = len(c.items)
			c.items = append(c.items, i)
		}
	}
	c.settled, c.left = make([]bool, len(c.items)), len(c.items)
	return c
}

// add takes one outcome. A fault settles nothing: the item is judged once more.
func (c *collector) add(o grade.Outcome) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	i, known := c.index[o.Key]
	switch {
	case !known:
		return fmt.Errorf("%s tells of key %.12q, which the class does not have", o.Worker, o.Key)
	case o.Task != c.items[i].Task:
		return fmt.Errorf("%s tells of task %.40q under key %.12s, which belongs to %s", o.Worker, o.Task, o.Key, c.items[i].Task)
	case c.settled[i] || c.err != nil:
		return c.err
	}
	if fault := faultOf(o); fault != "" {
		c.fault(i, o, fault)
		return nil
	}
	return c.settle(i, o)
}

// fault keeps a fault, unless it was read before.
func (c *collector) fault(i int, o grade.Outcome, fault string) {
	known := func(t grade.Try) bool { return t.Worker == o.Worker && t.Begin.Equal(o.Begin) }
	if slices.ContainsFunc(c.tries[i], known) {
		return
	}
	o.Fault, o.Result = fault, verdict.Result{}
	c.faults[i] = o
	c.tries[i] = append(c.tries[i], grade.Try{Begin: o.Begin, End: o.End, Worker: o.Worker, Fault: fault})
}

// faultOf returns why an outcome tells nothing of the work, or nothing when it does.
func faultOf(o grade.Outcome) string {
	if o.Fault == "" && o.Result.Status == verdict.Error {
		return "the task could not be judged"
	}
	return o.Fault
}

func (c *collector) settle(i int, o grade.Outcome) error {
	o.Tries = c.tries[i]
	if c.err = c.done(o); c.err != nil {
		return c.err
	}
	c.settled[i] = true
	c.left--
	return nil
}

// missing returns the items that are not settled.
func (c *collector) missing() []int {
	c.mu.Lock()
	defer c.mu.Unlock()
	var list []int
	for i, settled := range c.settled {
		if !settled {
			list = append(list, i)
		}
	}
	return list
}

// count returns how many items are not settled, and the error of done.
func (c *collector) count() (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.left, c.err
}

// missesOf reports whether one of some items is not settled.
func (c *collector) missesOf(items []int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, i := range items {
		if !c.settled[i] {
			return true
		}
	}
	return false
}

// giveUp settles what is missing: with the fault that was told of it, or with why nothing was.
func (c *collector) giveUp(why func(item int) string) error {
	for _, i := range c.missing() {
		o, told := c.faults[i]
		if !told {
			o = grade.Outcome{Key: c.items[i].Key, Task: c.items[i].Task, Fault: why(i)}
		}
		c.mu.Lock()
		err := c.settle(i, o)
		c.mu.Unlock()
		if err != nil {
			return err
		}
	}
	return nil
}

// read takes the outcomes of a log. Lines that are refused are told to report; the error is that of reading.
func (c *collector) read(log io.Reader, secret []byte, report func(error)) error {
	return readLines(log, func(line []byte) error {
		o, ok, err := parseOutcome(line, secret)
		if ok && err == nil {
			err = c.add(o)
		}
		if err != nil {
			report(err)
		}
		return nil
	})
}
