package isolation

import (
	"bytes"

	"github.com/slipway-workshop/slipway/exercises/sandbox"
)

// An output keeps the first bytes that a command writes, and tells when it writes more than it may.
type output struct {
	kept   bytes.Buffer
	keep   int64 // room left in kept
	may    int64 // what may come yet
	bound  bool
	excess func() // called at each write beyond
	over   bool
	lost   bool
}

// newOutput returns an output that keeps most bytes, or as many as a command may print by itself when that is less.
func newOutput(l Limits, most int, excess func()) *output {
	o := &output{keep: int64(most), may: l.Output, excess: excess}
	o.bound = o.may > 0
	switch {
	case o.keep == 0 && o.bound, o.bound && o.may < o.keep:
		o.keep = o.may
	case o.keep == 0:
		o.keep = sandbox.DefaultMaxOutput
	}
	return o
}

func (o *output) Write(p []byte) (int, error) {
	n := min(int64(len(p)), o.keep)
	o.keep -= n
	o.kept.Write(p[:n])
	o.lost = o.lost || n < int64(len(p))
	o.may -= int64(len(p))
	if o.bound && o.may < 0 {
		o.over = true
		o.excess()
	}
	return len(p), nil
}
