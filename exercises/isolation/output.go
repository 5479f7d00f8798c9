package isolation

import "bytes"

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
