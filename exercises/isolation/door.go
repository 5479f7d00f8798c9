package isolation

import (
	"errors"
	"sync"
)

var errClosed = errors.New("the cell is closed")

// A door lets commands into a room until it is shut.
type door struct {
	mu     sync.Mutex
	closed bool
	inside sync.WaitGroup
}

// enter reports whether a command is let in, which leaves then.
func (d *door) enter() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.closed {
		d.inside.Add(1)
	}
	return !d.closed
}

func (d *door) leave() { d.inside.Done() }

// shut has end called, which ends all commands, and waits for them. It reports whether nobody has shut the door before.
func (d *door) shut(end func()) bool {
	d.mu.Lock()
	before := d.closed
	d.closed = true
	d.mu.Unlock()
	if !before {
		end()
		d.inside.Wait()
	}
	return !before
}
