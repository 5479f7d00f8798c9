package kubernetes

import (
	"fmt"
	"io"
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
	left    int
	err     error // of done
}

// newCollector waits for the outcomes of items, each key once.
func newCollector(items []grade.Item, done func(grade.Outcome) error) *collector {
	c := &collector{done: done, index: map[string]int{}, faults: map[int]grade.Outcome{}}
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
	case faulty(o):
		c.faults[i] = o
		return nil
	}
	return c.settle(i, o)
}

// faulty reports whether an outcome tells nothing of the work.
func faulty(o grade.Outcome) bool { return o.Fault != "" || o.Result.Status == verdict.Error }

func (c *collector) settle(i int, o grade.Outcome) error {
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
