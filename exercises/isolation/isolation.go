package isolation

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"

	"github.com/slipway-workshop/slipway/exercises/sandbox"
)

// Options say how commands are run.
type Options struct {
	Limits  Limits
	GoRoot  string // the Go distribution that commands see
	Cache   string // a build cache that commands see and cannot change; each cell has its own additions
	Dir     string // where cells are made; empty means the system's folder for temporary files
	Backend string // bubblewrap, landlock or process; empty means the strongest that works here
}

// A Mode says what commands may do with a path.
type Mode int

const (
	Read  Mode = iota
	Write      // the path belongs to the user of the commands
)

// A Backend makes cells.
type Backend struct {
	achieved Achieved
	maker    maker
}

// A Cell is what the commands of one check share: files, a build cache, and a loopback network of their own. Its
// methods may be called at once.
type Cell struct{ room room }

// A maker makes the rooms of a backend.
type maker interface {
	room(ctx context.Context) (room, error)
	close() error
}

// A room is what a backend knows of a cell. Its methods are those of Cell.
type room interface {
	Dir() string
	Show(path string, mode Mode) error
	Own(path string) error
	Listen() (net.Listener, error)
	ListenAt(addr string) (net.Listener, error)
	Run(ctx context.Context, c sandbox.Command) (sandbox.Result, error)
	Close() error
}

// An opener tries a backend. The error says why it does not work here, and what to type.
type opener struct {
	name string
	open func(ctx context.Context, o Options) (maker, Achieved, error)
}

// Open finds the strongest backend that works on this machine. It has been tried: programs that do what they must not
// have run in a cell, and have failed.
func Open(ctx context.Context, o Options) (*Backend, error) {
	o.Dir = cmp.Or(o.Dir, os.TempDir())
	all := append(slices.Clone(strong), opener{"process", openProcess})
	var notes []string
	for _, opener := range all {
		if o.Backend != "" && o.Backend != opener.name {
			continue
		}
		m, achieved, err := opener.open(ctx, o)
		if ctx.Err() != nil {
			return nil, fmt.Errorf("open isolation: %w", context.Cause(ctx))
		}
		if err != nil {
			notes = append(notes, fmt.Sprintf("no %s: %v", opener.name, err))
			continue
		}
		achieved.Backend = opener.name
		achieved.Notes = append(notes, achieved.Notes...)
		return &Backend{achieved: achieved, maker: m}, nil
	}
	if notes == nil {
		return nil, fmt.Errorf("open isolation: no backend %q on this system", o.Backend)
	}
	return nil, errors.New("open isolation: " + strings.Join(notes, "; "))
}

// Achieved is how well commands are kept apart.
func (b *Backend) Achieved() Achieved { return b.achieved }

// Cell makes a cell. The judge closes it.
func (b *Backend) Cell(ctx context.Context) (*Cell, error) {
	r, err := b.maker.room(ctx)
	if err != nil {
		return nil, fmt.Errorf("make cell: %w", err)
	}
	return &Cell{r}, nil
}

// Close removes what the backend has made. All cells are closed before.
func (b *Backend) Close() error { return b.maker.close() }

// Dir is a folder of the judge, empty at first, that commands do not see. Its size has a limit.
func (c *Cell) Dir() string { return c.room.Dir() }

// Show lets the commands that are started from now on see path, at the same path. What is shown for writing lies below
// Dir. What is shown for reading has to be readable for every user.
func (c *Cell) Show(path string, mode Mode) error { return c.room.Show(path, mode) }

// Own gives what the judge has put into path, or below, to the user of the commands. Path has been shown for writing,
// or is below what has.
func (c *Cell) Own(path string) error { return c.room.Own(path) }

// Listen listens on a free port of the loopback that commands see. Close closes what still listens.
func (c *Cell) Listen() (net.Listener, error) { return c.room.Listen() }

// ListenAt listens on an address of the loopback that commands see.
func (c *Cell) ListenAt(addr string) (net.Listener, error) { return c.room.ListenAt(addr) }

// Run runs a command as sandbox.Run does, within the limits. A program that is not there is a result too, with the exit
// code 127; one that a signal ended has 128 and the signal's number, and -1 where the limits or ctx ended it.
func (c *Cell) Run(ctx context.Context, command sandbox.Command) (sandbox.Result, error) {
	return c.room.Run(ctx, command)
}

// Close ends all commands, and removes Dir and what commands have written.
func (c *Cell) Close() error { return c.room.Close() }
