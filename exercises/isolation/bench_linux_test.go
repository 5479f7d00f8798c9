package isolation_test

import (
	"testing"

	"github.com/slipway-workshop/slipway/exercises/isolation"
	"github.com/slipway-workshop/slipway/exercises/sandbox"
)

// BenchmarkCommand compares a command in a cell with one that runs as it is.
func BenchmarkCommand(b *testing.B) {
	b.Run("plain", func(b *testing.B) {
		for b.Loop() {
			if _, err := sandbox.Run(b.Context(), sandbox.Command{Args: []string{"/bin/true"}}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("cell", func(b *testing.B) {
		c := newCell(b, open(b, isolation.Options{Limits: isolation.DefaultLimits(), Backend: "bubblewrap"}))
		for b.Loop() {
			c.run(b, c.command("/bin/true"))
		}
	})
}

// BenchmarkCell makes cells, with a build cache, and closes them.
func BenchmarkCell(b *testing.B) {
	backend := open(b, isolation.Options{Limits: isolation.DefaultLimits(), Backend: "bubblewrap", Cache: b.TempDir()})
	for b.Loop() {
		c, err := backend.Cell(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		if err := c.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
